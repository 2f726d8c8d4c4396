import { openZone } from "@lintel/edge/calendar/zone.ts";
import { type Instant, instant, millis } from "@lintel/protocol/base/units.ts";
import { test } from "tap";
import { type Entry, expand, type Repetition } from "./repetition.ts";

const BERLIN = openZone("Europe/Berlin")!;
const at = (text: string): Instant => instant(Date.parse(text));
const HOUR = 3_600_000;

function daily(fields: Partial<Repetition> = {}): Repetition {
  return {
    kind: "repetition",
    zone: BERLIN,
    days: { mask: 0b1111111 as never, workdays: false, free: () => false },
    times: [millis(9 * HOUR)],
    about: millis(0),
    from: null,
    until: null,
    act: { kind: "rex", door: "front" },
    line: 1,
    // biome-ignore lint/suspicious/noThenProperty: the field's name in a script; nothing awaits it.
    then: [],
    ...fields,
  };
}

function times(entries: readonly Entry[], begin: string, end: string, seed = 1): readonly string[] {
  return [...expand(entries, { begin: at(begin), end: at(end), seed })].map((step) => new Date(step.at).toISOString());
}

test("what comes every day comes at the same time of the wall clock, also over the change of clocks", (t) => {
  t.same(times([daily()], "2027-03-27T00:00:00Z", "2027-03-30T00:00:00Z"), [
    "2027-03-27T08:00:00.000Z",
    "2027-03-28T07:00:00.000Z",
    "2027-03-29T07:00:00.000Z",
  ]);
  t.end();
});

test("a time that a night leaves out comes as the clocks jump; one that comes twice, at its first", (t) => {
  const night = daily({ times: [millis(2.5 * HOUR)] });
  t.same(times([night], "2027-03-28T00:00:00Z", "2027-03-28T12:00:00Z"), ["2027-03-28T01:00:00.000Z"]);
  t.same(times([night], "2026-10-24T22:00:00Z", "2026-10-25T12:00:00Z"), ["2026-10-25T00:30:00.000Z"]);
  t.end();
});

test("workdays are Monday to Friday but for what is free", (t) => {
  // 2026-12-25 is a Friday; days are counted since 1970.
  const christmas = Date.UTC(2026, 11, 25) / 86_400_000;
  const days = { mask: 0 as never, workdays: true, free: (day: number) => day === christmas };
  const came = times([daily({ days })], "2026-12-23T00:00:00Z", "2026-12-29T12:00:00Z");
  t.same(
    came.map((text) => text.slice(8, 10)),
    ["23", "24", "28", "29"],
  );
  t.end();
});

test("give or take: by the seed and the day alone, and never further than that", (t) => {
  const about = daily({ about: millis(5 * 60_000) });
  const span = ["2026-12-01T00:00:00Z", "2027-03-01T00:00:00Z"] as const;
  const one = times([about], ...span);
  t.same(times([about], ...span), one, "the same seed, the same times");
  t.not(times([about], ...span, 2).join(), one.join());
  const off = one.map((text) => (Date.parse(text) % 86_400_000) - 8 * HOUR);
  t.ok(off.every((ms) => Math.abs(ms) <= 5 * 60_000) && Math.max(...off) > 60_000 && Math.min(...off) < -60_000);
  t.same(times([about], "2026-12-15T00:00:00Z", span[1]), one.slice(14), "a run that begins later has the same days");
  t.end();
});

test("followers come behind their own leader; what falls on one ms comes in the order of the file", (t) => {
  const then = [
    { after: millis(4_000), about: millis(0), act: { kind: "contact", door: "front", open: true }, line: 2 } as const,
  ];
  const steps = [
    ...expand([daily({ then }), daily({ line: 9, act: { kind: "rex", door: "back" } })], {
      begin: at("2026-12-01T00:00:00Z"),
      end: at("2026-12-02T00:00:00Z"),
      seed: 1,
    }),
  ];
  t.same(
    steps.map(({ line, kind, at: when }) => [line, kind, new Date(when).toISOString().slice(11, 19)]),
    [
      [1, "rex", "08:00:00"],
      [9, "rex", "08:00:00"],
      [2, "contact", "08:00:04"],
    ],
  );
  t.end();
});
