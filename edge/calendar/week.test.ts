import type { Window } from "@lintel/protocol/keyset/keyset.ts";
import { window } from "@lintel/test/support/access.ts";
import fc from "fast-check";
import { test } from "tap";
import { dayOf, parseWall, type Wall, wallText, weekdayOf } from "./civil.ts";
import { ALWAYS, intersection, isInside, nextInside, overlaps, union, weekOf, windowsOf } from "./week.ts";

const wall = (text: string) => parseWall(text) as Wall;

/** 2026-11-23 is a Monday. */
const times = [
  { windows: ["mon 09:00-17:00"], at: "2026-11-23T08:59:59", inside: false, rule: "d4.3 before" },
  { windows: ["mon 09:00-17:00"], at: "2026-11-23T09:00:00", inside: true, rule: "d4.3 at its start" },
  { windows: ["mon 09:00-17:00"], at: "2026-11-23T16:59:59", inside: true, rule: "d4.3 the last second" },
  { windows: ["mon 09:00-17:00"], at: "2026-11-23T17:00:00", inside: false, rule: "d4.3 at its end" },
  { windows: ["mon 09:00-24:00"], at: "2026-11-23T23:59:59", inside: true, rule: "d4.3 until 24:00" },
  { windows: ["mon 09:00-24:00"], at: "2026-11-24T00:00:00", inside: false, rule: "d4.3 24:00 is its end" },
  { windows: ["mon 09:00-17:00"], at: "2026-11-24T12:00:00", inside: false, rule: "another day" },
  { windows: ["fri 22:00-06:00"], at: "2026-11-27T22:00:00", inside: true, rule: "d4.5 owned by Friday" },
  { windows: ["fri 22:00-06:00"], at: "2026-11-28T05:59:59", inside: true, rule: "d4.5 into Saturday" },
  { windows: ["fri 22:00-06:00"], at: "2026-11-28T06:00:00", inside: false, rule: "d4.5 its end" },
  { windows: ["fri 22:00-06:00"], at: "2026-11-27T02:00:00", inside: false, rule: "d4.5 not Thursday's night" },
  { windows: ["sun 22:00-06:00"], at: "2026-11-23T05:59:59", inside: true, rule: "d4.5 Sunday into Monday" },
  { windows: ["mon 12:00-12:00"], at: "2026-11-24T11:59:59", inside: true, rule: "d4.5 24 h long" },
  { windows: ["mon 12:00-12:00"], at: "2026-11-24T12:00:00", inside: false, rule: "d4.5 and no longer" },
  { windows: ["mon 09:00-10:00", "mon 10:00-11:00"], at: "2026-11-23T10:00:00", inside: true, rule: "d4.3 touching" },
  { windows: ["tue 09:00-10:00", "mon 09:00-10:00"], at: "2026-11-23T09:30:00", inside: true, rule: "d4.2 any one" },
  { windows: [], at: "2026-11-23T09:30:00", inside: false, rule: "d4.2 none: never" },
] as const;

for (const { windows, at, inside, rule } of times) {
  test(`${at} is ${inside ? "inside" : "outside"} ${windows.join(" and ") || "no window"} (${rule})`, (t) => {
    t.equal(isInside(weekOf(windows.map(window)), wall(at)), inside);
    t.end();
  });
}

const malformed: Window[] = [
  { days: 0, from: 540, length: 60 },
  { days: 128, from: 540, length: 60 },
  { days: 1, from: -1, length: 60 },
  { days: 1, from: 1_440, length: 60 },
  { days: 1, from: 540, length: 0 },
  { days: 1, from: 540, length: 1_441 },
  { days: 1.5, from: 540, length: 60 },
  { days: 127, from: Number.NaN, length: 60 },
];
for (const broken of malformed) {
  test(`a window that breaks its bounds opens nothing: ${JSON.stringify(broken)} (d4.6)`, (t) => {
    t.same(weekOf([broken]), []);
    t.end();
  });
}

const nexts = [
  { windows: ["mon 09:00-17:00"], from: "2026-11-23T08:00:00", next: "2026-11-23T09:00:00" },
  { windows: ["mon 09:00-17:00"], from: "2026-11-23T10:00:00", next: "2026-11-23T10:00:00" },
  { windows: ["mon 09:00-17:00"], from: "2026-11-23T17:00:00", next: "2026-11-30T09:00:00" },
  { windows: ["sun 22:00-06:00"], from: "2026-11-23T06:00:00", next: "2026-11-29T22:00:00" },
  { windows: ["sun 22:00-06:00"], from: "2026-11-30T01:00:00", next: "2026-11-30T01:00:00" },
  { windows: ["mon 09:00-10:00", "fri 09:00-10:00"], from: "2026-11-24T00:00:00", next: "2026-11-27T09:00:00" },
] as const;
for (const { windows, from, next } of nexts) {
  test(`the next time inside ${windows.join(" and ")} from ${from} is ${next}`, (t) => {
    t.equal(wallText(nextInside(weekOf(windows.map(window)), wall(from)) as Wall), next);
    t.end();
  });
}

test("nothing is ever inside no window", (t) => {
  t.equal(nextInside([], wall("2026-11-23T08:00:00")), null);
  t.end();
});

const pairs = [
  { windows: ["mon 09:00-12:00", "mon 12:00-17:00"], found: [], rule: "d4.3 touching is none" },
  { windows: ["mon 09:00-12:01", "mon 12:00-17:00"], found: ["0/1"], rule: "d4.4" },
  { windows: ["sun 22:00-06:00", "mon 05:00-08:00"], found: ["0/1"], rule: "d4.5 around the week" },
  { windows: ["sun 22:00-06:00", "mon 06:00-08:00"], found: [], rule: "d4.5 and touching" },
  { windows: ["mon-fri 09:00-17:00", "sat 09:00-17:00", "fri 16:00-18:00"], found: ["0/2"], rule: "d4.4" },
  { windows: ["daily 12:00-12:00"], found: [], rule: "24 h every day touches itself" },
] as const;
for (const { windows, found, rule } of pairs) {
  test(`overlap of ${windows.join(" and ")}: ${found.join(" ") || "none"} (${rule})`, (t) => {
    t.same(
      overlaps(windows.map(window)).map(({ first, second }) => `${first}/${second}`),
      found,
    );
    t.end();
  });
}

const merged = [
  { windows: ["mon-fri 09:00-17:00"], into: ["mon-fri 09:00-17:00"] },
  { windows: ["mon 09:00-12:00", "mon 11:00-17:00"], into: ["mon 09:00-17:00"] },
  { windows: ["mon 09:00-12:00", "mon 12:00-17:00"], into: ["mon 09:00-17:00"] },
  { windows: ["daily 22:00-06:00"], into: ["daily 22:00-06:00"] },
  { windows: ["sun 22:00-06:00", "mon 05:00-08:00"], into: ["sun 22:00-08:00"] },
  { windows: ["daily 00:00-24:00"], into: ["daily 00:00-24:00"] },
  { windows: ["fri 20:00-24:00", "sat 00:00-24:00"], into: ["fri 20:00-24:00", "sat 00:00-24:00"] },
] as const;
for (const { windows, into } of merged) {
  test(`${windows.join(" and ")} in as few windows as say it: ${into.join(", ")} (d4.4)`, (t) => {
    t.same(windowsOf(weekOf(windows.map(window))), into.map(window));
    t.end();
  });
}

const anyWindow = fc.record({
  days: fc.integer({ min: 1, max: 127 }),
  from: fc.integer({ min: 0, max: 1_439 }),
  length: fc.integer({ min: 1, max: 1_440 }),
});
const anyWindows = fc.array(anyWindow, { maxLength: 5 });
const anyWall = fc
  .integer({ min: Date.UTC(2026, 0), max: Date.UTC(2027, 0) })
  .map((ms) => (ms - (ms % 15_000)) as Wall);

/** The rule as it is written: today's windows, and yesterday's that run on (d4.5). */
function slowlyInside(windows: readonly Window[], at: Wall): boolean {
  return windows.some(({ days, from, length }) =>
    [dayOf(at), dayOf(at) - 1].some((day) => {
      const start = day * 86_400_000 + from * 60_000;
      return (days & (1 << weekdayOf(day))) !== 0 && at >= start && at < start + length * 60_000;
    }),
  );
}

test("a week is inside where one of its windows is, owned by its start day (d4.5)", (t) => {
  const answers = [0, 0];
  const same = fc.property(anyWindows, anyWall, (windows, at) => {
    const inside = isInside(weekOf(windows), at);
    answers[inside ? 1 : 0]! += 1;
    return inside === slowlyInside(windows, at);
  });
  fc.assert(same, { numRuns: 3_000 });
  t.ok(
    answers.every((count) => count > 300),
    `${answers} outside and inside`,
  );
  t.end();
});

test("union, intersection and the rewritten windows say the same at every time", (t) => {
  let asked = 0;
  const same = fc.property(anyWindows, anyWindows, anyWall, (left, right, at) => {
    const a = weekOf(left);
    const b = weekOf(right);
    const [inA, inB] = [isInside(a, at), isInside(b, at)];
    asked += 1;
    return (
      isInside(union([a, b]), at) === (inA || inB) &&
      isInside(intersection(a, b), at) === (inA && inB) &&
      isInside(intersection(a, ALWAYS), at) === inA &&
      slowlyInside(windowsOf(a), at) === inA &&
      windowsOf(a).every(({ length }) => length >= 1 && length <= 1_440)
    );
  });
  fc.assert(same, { numRuns: 500 });
  t.equal(asked, 500);
  t.end();
});
