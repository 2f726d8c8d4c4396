/** The rules of the lock-out, as tables; times are powered time in seconds. Domain-rules, "Lockout", and d3. */
import { type Powered, powered } from "@lintel/protocol/base/units.ts";
import type { Reason } from "@lintel/protocol/base/words.ts";
import { test } from "tap";
import { LIMITS } from "./limits.ts";
import {
  AT_REST,
  ageCounter,
  type Counter,
  countsAs,
  countValid,
  countWrong,
  isAtRest,
  joinCounters,
  lengthOf,
  releaseCounter,
  remainingOf,
  type Tier,
  tallyWrong,
} from "./lockout.ts";

const at = (seconds: number): Powered => powered(Math.round(seconds * 1000));
const HOUR = 3_600;
const DAY = 86_400;

/** What is entered, `seconds` after the start: a wrong code, a valid one, or a release by an operator. */
type Entry = readonly ["wrong" | "valid" | "release", seconds: number];
const wrongAt = (...times: readonly number[]): Entry[] => times.map((seconds) => ["wrong", seconds]);

interface Lived {
  readonly counter: Counter;
  /** Of each lock-out: its tier and its length in seconds. */
  readonly lockouts: readonly (readonly [Tier, number])[];
  /** Entries that were not looked at. */
  readonly refused: number;
}

/** The box in small: what is entered while it runs is not looked at. */
function live(entries: readonly Entry[], from: Counter = AT_REST): Lived {
  let counter = from;
  let refused = 0;
  const lockouts: [Tier, number][] = [];
  for (const [kind, seconds] of entries) {
    const now = at(seconds);
    counter = ageCounter(counter, now).counter;
    if (kind === "release") {
      counter = releaseCounter(counter);
    } else if (remainingOf(counter, now) > 0) {
      refused += 1;
    } else if (kind === "valid") {
      counter = countValid(counter, now);
    } else {
      const step = countWrong(counter, "front", now);
      counter = step.counter;
      if (step.started !== null) lockouts.push([step.started.tier, (step.started.until - now) / 1000]);
    }
  }
  return { counter, lockouts, refused };
}

const answers: readonly { outcome: "grant" | "deny"; reasons: readonly Reason[]; counts: string; rule: string }[] = [
  { outcome: "deny", reasons: ["unknown-code"], counts: "wrong", rule: "Lockout: unknown code, bad or used OTP" },
  { outcome: "deny", reasons: ["wrong-length"], counts: "wrong", rule: "Lockout: wrong length" },
  { outcome: "grant", reasons: [], counts: "valid", rule: "Lockout: valid = granted" },
  ...(
    [
      "disabled",
      "not-yet-active",
      "expired",
      "outside-window",
      "holiday",
      "used-up",
      "wrong-door",
      "mode-blocks",
    ] as const
  ).map((reason) => ({ outcome: "deny" as const, reasons: [reason], counts: "nothing", rule: "d3.2" })),
  { outcome: "deny", reasons: ["clock-unknown", "interlock"], counts: "nothing", rule: "d3.2" },
  { outcome: "deny", reasons: ["locked-out"], counts: "nothing", rule: "d3.4" },
  { outcome: "deny", reasons: ["hardware-fault"], counts: "nothing", rule: "When the disk fails" },
];
for (const { outcome, reasons, counts, rule } of answers) {
  test(`${reasons.join(", ") || outcome} counts as ${counts} (${rule})`, (t) => {
    t.equal(countsAs({ outcome, reasons }), counts);
    t.end();
  });
}

/** Each as soon as it is looked at: 5 at once, then at the end of each lock-out. */
const EACH = [0, 0, 0, 0, 0, 30, 90, 210, 450, 930, 1_830, 2_730];

const cases: readonly {
  name: string;
  rule: string;
  entries: readonly Entry[];
  from?: Counter;
  lockouts?: readonly (readonly [Tier, number])[];
  refused?: number;
  counter?: Partial<Counter>;
}[] = [
  {
    name: "the first to fourth wrong entry have no effect",
    rule: "Lockout",
    entries: wrongAt(0, 1, 2, 3),
    counter: { count: 4, latched: false, tier: 0, running: null },
  },
  {
    name: "the fifth locks for 30 s",
    rule: "Lockout",
    entries: wrongAt(0, 1, 2, 3, 4),
    lockouts: [[1, 30]],
    counter: { count: 5, latched: true, tier: 1, running: { until: at(34), tier: 1, door: "front" } },
  },
  {
    name: "while it runs nothing is looked at, not even a valid code",
    rule: "d3.4",
    entries: [...wrongAt(0, 1, 2, 3, 4, 5, 33.999), ["valid", 20]],
    lockouts: [[1, 30]],
    refused: 3,
    counter: { count: 5 },
  },
  {
    name: "at its end exactly it is over, and the next wrong one locks twice as long",
    rule: "Lockout, d4.3 half-open",
    entries: wrongAt(0, 1, 2, 3, 4, 34),
    lockouts: [
      [1, 30],
      [2, 60],
    ],
  },
  {
    name: "each twice the one before, at most 15 min",
    rule: "Lockout",
    entries: wrongAt(...EACH),
    lockouts: [
      [1, 30],
      [2, 60],
      [3, 120],
      [4, 240],
      [5, 480],
      [6, 900],
      [6, 900],
      [6, 900],
    ],
  },
  {
    name: "a valid code takes three off, and the latch stays closed above zero",
    rule: "Lockout",
    entries: [...wrongAt(0, 0, 0, 0, 0), ["valid", 30], ["wrong", 31]],
    lockouts: [
      [1, 30],
      [2, 60],
    ],
    counter: { count: 3, latched: true },
  },
  {
    name: "a valid code that brings the count to zero opens the latch, and leaves the doubling",
    rule: "Lockout",
    entries: [...wrongAt(0, 0, 0, 0, 0), ["valid", 30], ["valid", 630], ...wrongAt(631, 632, 633, 634, 635)],
    lockouts: [
      [1, 30],
      [2, 60],
    ],
  },
  {
    name: "the count never falls below zero",
    rule: "Lockout",
    entries: [
      ["wrong", 0],
      ["valid", 1],
      ["wrong", 2],
    ],
    counter: { count: 1, latched: false },
  },
  {
    name: "a second valid code within 10 min takes nothing off",
    rule: "Lockout",
    entries: [...wrongAt(0, 0, 0, 0), ["valid", 10], ["valid", 609.999]],
    counter: { count: 1, easedAt: at(10) },
  },
  {
    name: "10 min after the first it does",
    rule: "Lockout",
    entries: [...wrongAt(0, 0, 0, 0), ["valid", 10], ["valid", 610]],
    counter: { count: 0, easedAt: at(610) },
  },
  {
    name: "a valid code with nothing to take off uses nothing up",
    rule: "Lockout",
    entries: [["valid", 0], ...wrongAt(1, 1, 1), ["valid", 2]],
    counter: { count: 0, easedAt: at(2) },
  },
  {
    name: "just below a clean hour all stands",
    rule: "Lockout",
    entries: wrongAt(0, 0, 0, 0, 0, 30 + HOUR - 0.001),
    lockouts: [
      [1, 30],
      [2, 60],
    ],
  },
  {
    name: "a clean hour after the end of the lock-out sets count, latch and doubling back, and the day's list stays",
    rule: "Lockout",
    entries: wrongAt(0, 0, 0, 0, 0, 30 + HOUR),
    lockouts: [[1, 30]],
    counter: { count: 1, latched: false, tier: 0, running: null, wrongs: [0, 0, 0, 0, 0, 30 + HOUR].map(at) },
  },
  {
    name: "a clean hour after a wrong entry does, and a valid code in it does no harm",
    rule: "Lockout",
    entries: [...wrongAt(0, 0, 0, 0), ["valid", 1_800], ["wrong", HOUR]],
    counter: { count: 1, latched: false, tier: 0 },
  },
  {
    name: "a release sets the running one, count, doubling and the day's list to zero",
    rule: "Lockout",
    entries: [...wrongAt(0, 0, 0, 0, 0, 30), ["release", 31]],
    lockouts: [
      [1, 30],
      [2, 60],
    ],
    counter: AT_REST,
  },
  {
    name: "a release leaves a valid code its ten minutes",
    rule: "Lockout",
    entries: [["wrong", 0], ["valid", 1], ["release", 2], ...wrongAt(3, 4), ["valid", 5]],
    counter: { count: 2 },
  },
];
for (const { name, rule, entries, lockouts = [], refused = 0, counter = {} } of cases) {
  test(`${name} (${rule})`, (t) => {
    const lived = live(entries);
    t.same(lived.lockouts, lockouts);
    t.equal(lived.refused, refused);
    t.same({ ...lived.counter, ...counter }, lived.counter);
    t.end();
  });
}

/** Wrong entries that were looked at, one every 25 min, each forgiven by a valid code: no latch ever closes. */
const slowly = (times: number): Entry[] =>
  Array.from({ length: times }, (_, n): Entry[] => [
    ["wrong", n * 1_400],
    ["valid", n * 1_400 + 700],
  ]).flat();

test("the 60th wrong entry in a day locks until the oldest is a day old, also where no latch is closed", (t) => {
  t.same(live(slowly(59)).lockouts, [], "59 do not");
  const full = live(slowly(60));
  t.same(full.lockouts, [["day", DAY - 59 * 1_400]]);
  t.equal(full.counter.running?.until, at(DAY));
  const after = live(
    [
      ["valid", DAY - 0.001],
      ["wrong", DAY],
      ["wrong", DAY + 1],
    ],
    full.counter,
  );
  t.equal(after.refused, 2, "until then nothing is looked at, and the next one is the 60th again");
  t.same(after.lockouts, [["day", 1_400]]);
  t.end();
});

test("a clean hour and a valid code shorten no full day, a release does", (t) => {
  const { counter } = live(slowly(60));
  t.ok(remainingOf(ageCounter(counter, at(59 * 1_400 + HOUR)).counter, at(59 * 1_400 + HOUR)) > 0);
  t.equal(remainingOf(releaseCounter(counter), at(59 * 1_400)), 0);
  const released = live([["release", 59 * 1_400], ...wrongAt(59 * 1_400 + 1)], counter);
  t.same(released.lockouts, [], "and the list begins anew");
  t.end();
});

test("the longer of the doubling and the day's cap runs, and says so", (t) => {
  const wrongs = Array.from({ length: 59 }, (_, n) => at(n));
  const latched: Counter = { ...AT_REST, count: 59, latched: true, tier: 6, cleanFrom: at(DAY - 1_000), wrongs };
  const near = countWrong(latched, "front", at(DAY - 899)).started;
  t.same(near, { until: at(DAY + 1), tier: 6, door: "front" });
  const far = countWrong(latched, "front", at(DAY - 901)).started;
  t.same(far, { until: at(DAY), tier: "day", door: "front" });
  t.end();
});

test("what ended is told once, and where it began", (t) => {
  const { counter } = live(wrongAt(0, 0, 0, 0, 0));
  t.equal(ageCounter(counter, at(29.999)).ended, null);
  const over = ageCounter(counter, at(30));
  t.same(over.ended, { until: at(30), tier: 1, door: "front" });
  t.equal(ageCounter(over.counter, at(31)).ended, null);
  t.end();
});

test("a counter that nothing is left of is at rest, and not a day before", (t) => {
  const { counter } = live([...wrongAt(0, 0, 0, 0, 0), ["valid", 40]]);
  t.notOk(isAtRest(ageCounter(counter, at(DAY - 0.001)).counter));
  t.ok(isAtRest(ageCounter(counter, at(DAY)).counter));
  t.same(ageCounter(counter, at(DAY)).counter, AT_REST);
  t.end();
});

test("two counters become the stricter of both, and no more than a day's wrong entries", (t) => {
  const one = live(wrongAt(0, 0, 0, 0, 0)).counter;
  const other = live([...wrongAt(1, 1), ["valid", 2]]).counter;
  const joined = joinCounters(ageCounter(one, at(5)).counter, ageCounter(other, at(5)).counter, "back");
  t.same(joined, { ...one, easedAt: at(2), wrongs: [0, 0, 0, 0, 0, 1, 1].map(at) });
  t.same(joinCounters(AT_REST, one, "back"), one);
  const half = (from: number): Counter => ({
    ...AT_REST,
    count: 1,
    cleanFrom: at(from + 39),
    wrongs: Array.from({ length: 40 }, (_, n) => at(from + n)),
  });
  const full = joinCounters(half(0), half(100), "back");
  t.equal(full.wrongs.length, LIMITS.wrongsPerDay);
  t.same(full.running, { until: at(20 + DAY), tier: "day", door: "back" });
  t.end();
});

test("over all pads: one alarm for each sixty in a day, and none where they are spread wider", (t) => {
  const alarms = (times: readonly number[]) => {
    let tally: readonly Powered[] = [];
    return times.flatMap((seconds, n) => {
      const step = tallyWrong(tally, at(seconds));
      tally = step.tally;
      t.ok(tally.length < LIMITS.alarmPerDay);
      return step.alarm ? [n + 1] : [];
    });
  };
  const every = (seconds: number, times: number) => Array.from({ length: times }, (_, n) => n * seconds);
  t.same(alarms(every(1, 59)), []);
  t.same(alarms(every(1, 180)), [60, 120, 180]);
  t.same(alarms([...every(1, 59), DAY]), [], "the first is a day old");
  t.same(alarms([...every(1, 59), DAY - 0.001]), [60]);
  t.end();
});

test("tier by tier: 30 s, doubled, at most 15 min, and no tier above its last", (t) => {
  t.same([1, 2, 3, 4, 5, 6].map(lengthOf), [30_000, 60_000, 120_000, 240_000, 480_000, 900_000]);
  t.ok(lengthOf(LIMITS.tierMax - 1) < LIMITS.lockoutMax && lengthOf(LIMITS.tierMax) === LIMITS.lockoutMax);
  t.end();
});
