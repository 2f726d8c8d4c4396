import { instant } from "@lintel/protocol/base/units.ts";
import type { ClockTrust } from "@lintel/protocol/base/words.ts";
import { test } from "tap";
import { type ClockFault, clockFault, sayClockFault } from "./clock-fault.ts";

const NOON = Date.UTC(2026, 10, 23, 12);
const MINUTE = 60_000;

const cases: readonly {
  name: string;
  trust: ClockTrust;
  /** Ms of the machine's clock, and of the floor, against the believed time. */
  wall: number;
  floor: number;
  fault: ClockFault["kind"] | null;
}[] = [
  { name: "right", trust: "trusted", wall: 0, floor: -1, fault: null },
  { name: "a minute ahead", trust: "trusted", wall: MINUTE, floor: -1, fault: null },
  { name: "more than a minute ahead", trust: "trusted", wall: MINUTE + 1, floor: -1, fault: "far-from-signed" },
  { name: "a minute behind", trust: "trusted", wall: -MINUTE, floor: -1, fault: null },
  { name: "more than a minute behind", trust: "trusted", wall: -MINUTE - 1, floor: -1, fault: "far-from-signed" },
  { name: "1970, and the authority known", trust: "trusted", wall: -NOON, floor: 0, fault: "far-from-signed" },
  { name: "1970, and nobody to ask", trust: "floor-only", wall: -NOON, floor: 0, fault: "below-floor" },
  { name: "at the floor", trust: "floor-only", wall: 0, floor: 0, fault: null },
  { name: "just below the floor", trust: "floor-only", wall: -1, floor: 0, fault: "below-floor" },
  { name: "far ahead, and nothing to compare with", trust: "holdover", wall: 1000 * MINUTE, floor: 0, fault: null },
  { name: "slewed, a little behind", trust: "holdover", wall: -1500, floor: -10, fault: null },
];
for (const { name, trust, wall, floor, fault } of cases) {
  test(`the machine's clock: ${name}, ${trust}: ${fault ?? "nothing"}`, (t) => {
    const sight = { wall: instant(NOON + wall), now: instant(NOON), floor: instant(NOON + floor), trust };
    t.equal(clockFault(sight)?.kind ?? null, fault);
    t.end();
  });
}

test("what is wrong, what it means at the doors, and the remedy, in one sentence", (t) => {
  const wall = instant(NOON);
  t.equal(
    sayClockFault({ kind: "below-floor", wall, floor: instant(NOON + 5) }),
    "the clock of this machine shows 2026-11-23T12:00:00Z, but it was 2026-11-23T12:00:00Z already: keys with times wait for the authority's time; set it, and keep it set (systemd-timesyncd or chrony)",
  );
  t.match(sayClockFault({ kind: "far-from-signed", wall, by: 90 * MINUTE }), /, 90 min ahead of the authority's/);
  t.match(sayClockFault({ kind: "far-from-signed", wall, by: -3 * 60 * MINUTE }), /, 3 h behind the authority's/);
  t.match(sayClockFault({ kind: "far-from-signed", wall, by: 3 * 1440 * MINUTE }), /, 3 days ahead/);
  t.end();
});
