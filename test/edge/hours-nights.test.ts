/** The nights on which clocks change, at a true door (d5.2, d5.6): what opens once opens once, when its own rule says. */
import { millis } from "@lintel/protocol/base/units.ts";
import { test } from "tap";
import { doorAt, World } from "./world.ts";

const MINUTE = 60_000;

/** `window` of every day; the instants in UTC. `later`: its wall time comes a second time, or it is just a while on. */
const nights: readonly {
  readonly zone: string;
  readonly window: readonly [from: number, length: number];
  readonly opens: string;
  readonly shuts: string;
  readonly later: string;
}[] = [
  // 01:00–01:30 comes twice: at the first pass alone.
  {
    zone: "America/New_York",
    window: [60, 30],
    opens: "2026-11-01T05:00Z",
    shuts: "2026-11-01T05:30Z",
    later: "2026-11-01T06:15Z",
  },
  // 02:00–02:30 comes twice.
  {
    zone: "Europe/Berlin",
    window: [120, 30],
    opens: "2026-10-25T00:00Z",
    shuts: "2026-10-25T00:30Z",
    later: "2026-10-25T01:15Z",
  },
  // 02:30 does not come: 03:00 is the first instant after it.
  {
    zone: "Europe/Berlin",
    window: [150, 60],
    opens: "2027-03-28T01:00Z",
    shuts: "2027-03-28T01:30Z",
    later: "2027-03-28T02:00Z",
  },
  // Half an hour is missing, from 02:00.
  {
    zone: "Australia/Lord_Howe",
    window: [135, 30],
    opens: "2026-10-03T15:30Z",
    shuts: "2026-10-03T15:45Z",
    later: "2026-10-03T16:00Z",
  },
  // These have no midnight.
  {
    zone: "Africa/Cairo",
    window: [0, 120],
    opens: "2027-04-29T22:00Z",
    shuts: "2027-04-29T23:00Z",
    later: "2027-04-29T23:15Z",
  },
  {
    zone: "America/Santiago",
    window: [0, 120],
    opens: "2026-09-06T04:00Z",
    shuts: "2026-09-06T05:00Z",
    later: "2026-09-06T05:15Z",
  },
  {
    zone: "Asia/Beirut",
    window: [30, 60],
    opens: "2027-03-27T22:00Z",
    shuts: "2027-03-27T22:30Z",
    later: "2027-03-27T22:45Z",
  },
];

for (const {
  zone,
  window: [from, length],
  ...night
} of nights) {
  test(`the night of ${night.opens.slice(0, 10)} in ${zone}: open from ${night.opens.slice(11)} to ${night.shuts.slice(11)}`, (t) => {
    const [opens, shuts, later] = [night.opens, night.shuts, night.later].map((text) => Date.parse(text)) as [
      number,
      number,
      number,
    ];
    const firstIn = { required: false, grace: millis(0), who: "admins" } as const;
    const businessHours = { windows: [{ days: 127, from, length }], firstIn };
    const doors = [doorAt("front", 0, { timezone: zone, businessHours }), doorAt("back", 1)];
    const world = World.ready({ doors }, opens - MINUTE / 2);
    const until = (at: number) => world.pass(at - world.trueTime());
    /** Without polls in between: they are many. The strike re-locks meanwhile, and is leased again. */
    const leap = (at: number) => {
      world.box.portClosed("b1", "leap");
      until(at - MINUTE / 2);
      world.box.portOpened("b1");
      until(at);
    };
    const released = () => world.at(0).controller.state().relay[0];
    until(opens - 500);
    t.notOk(released());
    until(opens + 500);
    t.ok(released());
    leap(shuts - 500);
    t.ok(released());
    until(shuts + 500);
    t.notOk(released());
    leap(later);
    t.notOk(released());
    const told = world.records("hours-started", "hours-ended");
    t.same(
      told.map(({ event, at }) => [event, Math.round((at - opens) / MINUTE)]),
      [
        ["hours-started", 0],
        ["hours-ended", (shuts - opens) / MINUTE],
      ],
    );
    t.end();
  });
}
