/** One-time, counted, and ended by first use (d4.1, d7, "One-time over several doors", "Consumption"). */
import { millis } from "@lintel/protocol/base/units.ts";
import type { Restriction } from "@lintel/protocol/keyset/keyset.ts";
import { answerOf, ask, at, makeDoor, nextOf, usedBy, withKey } from "@lintel/test/support/access.ts";
import { test } from "tap";

const NOW = at("2026-11-23T10:00:00-05:00");
const ONCE: Restriction = { kind: "one-time" };
const THRICE: Restriction = { kind: "uses", uses: 3 };
const HALF_HOUR: Restriction = { kind: "after-first-use", length: millis(1_800_000) };
const before = (ms: number) => at(new Date(NOW - ms).toISOString());

const rows = [
  { name: "one-time, never used", list: [ONCE], count: 0, doors: [], firstAt: null, answer: "grant", rule: "d7.1" },
  {
    name: "one-time, used here",
    list: [ONCE],
    count: 1,
    doors: ["front"],
    firstAt: before(1),
    answer: "used-up",
    rule: "d7.1",
  },
  {
    name: "one-time, used at another of its doors",
    list: [ONCE],
    count: 1,
    doors: ["back"],
    firstAt: before(1),
    answer: "grant",
    rule: "each of its doors once",
  },
  {
    name: "one-time, used at all its doors",
    list: [ONCE],
    count: 2,
    doors: ["back", "front"],
    firstAt: before(1),
    answer: "used-up",
    rule: "each of its doors once",
  },
  {
    name: "3 uses, 2 taken",
    list: [THRICE],
    count: 2,
    doors: ["front"],
    firstAt: before(1),
    answer: "grant",
    rule: "uses: N",
  },
  {
    name: "3 uses, 3 taken",
    list: [THRICE],
    count: 3,
    doors: ["front"],
    firstAt: before(1),
    answer: "used-up",
    rule: "uses: N",
  },
  {
    name: "3 uses, all taken at another door",
    list: [THRICE],
    count: 3,
    doors: ["back"],
    firstAt: before(1),
    answer: "used-up",
    rule: "over all its doors",
  },
  {
    name: "3 uses, more than that taken",
    list: [THRICE],
    count: 9,
    doors: ["front"],
    firstAt: before(1),
    answer: "used-up",
    rule: "d8.4 lowered by an edit",
  },
  {
    name: "no uses at all",
    list: [{ kind: "uses", uses: 0 }],
    count: 0,
    doors: [],
    firstAt: null,
    answer: "used-up",
    rule: "bounds",
  },
  {
    name: "half an hour, never used",
    list: [HALF_HOUR],
    count: 0,
    doors: [],
    firstAt: null,
    answer: "grant",
    rule: "d4.1",
  },
  {
    name: "half an hour, its last ms",
    list: [HALF_HOUR],
    count: 1,
    doors: ["front"],
    firstAt: before(1_799_999),
    answer: "grant",
    rule: "d4.3 half-open",
  },
  {
    name: "half an hour, run out",
    list: [HALF_HOUR],
    count: 1,
    doors: ["front"],
    firstAt: before(1_800_000),
    answer: "expired",
    rule: "Decision: expired",
  },
  {
    name: "half an hour from a use at another door",
    list: [HALF_HOUR],
    count: 1,
    doors: ["back"],
    firstAt: before(1_800_000),
    answer: "expired",
    rule: "first use at any door",
  },
  {
    name: "half an hour from a time that is not known",
    list: [HALF_HOUR],
    count: 1,
    doors: ["front"],
    firstAt: null,
    answer: "expired",
    rule: "nobody gets in who should not",
  },
  {
    name: "the shorter of two lengths",
    list: [HALF_HOUR, { kind: "after-first-use", length: millis(60_000) }],
    count: 1,
    doors: [],
    firstAt: before(60_000),
    answer: "expired",
    rule: "AND",
  },
  {
    name: "a list: one-time and 3 uses, both used up",
    list: [ONCE, THRICE],
    count: 3,
    doors: ["front"],
    firstAt: before(1),
    answer: "used-up",
    rule: "AND",
  },
  {
    name: "a list: used up and run out",
    list: [ONCE, HALF_HOUR],
    count: 1,
    doors: ["front"],
    firstAt: before(1_800_000),
    answer: "expired used-up",
    rule: "order of d10",
  },
] as const;
for (const { name, list, count, doors, firstAt, answer, rule } of rows) {
  test(`${name}: ${answer} (${rule})`, (t) => {
    const question = {
      keyset: withKey({ doors: ["front", "back"], restrictions: list }),
      uses: usedBy({ "k1/1": { count, doors, firstAt } }),
      at: NOW,
    };
    t.equal(answerOf(question), answer);
    t.equal(nextOf(question), answer === "grant" ? "2026-11-23T15:00:00.000Z" : null, "no waiting gives a use back");
    t.end();
  });
}

test("consumption belongs to the key's id and issue: only a re-issue begins anew", (t) => {
  const uses = usedBy({ "k1/1": { count: 1, doors: ["front"], firstAt: before(1) } });
  t.equal(answerOf({ keyset: withKey({ restrictions: [ONCE] }), uses }), "used-up");
  t.equal(answerOf({ keyset: withKey({ restrictions: [ONCE], issue: 2 }), uses }), "grant");
  t.equal(answerOf({ keyset: withKey({ restrictions: [ONCE], issue: 2, id: "k2" }), code: "k2", uses }), "grant");
  t.end();
});

for (const list of [[ONCE], [THRICE], [HALF_HOUR]]) {
  test(`${list[0]?.kind}, a later issue was used: used-up, whatever was left of this one (d7.4)`, (t) => {
    const uses = usedBy({ "k1/1": { count: 0, doors: [], firstAt: null, superseded: true } });
    t.equal(answerOf({ keyset: withKey({ restrictions: list }), uses }), "used-up");
    t.equal(nextOf({ keyset: withKey({ restrictions: list }), uses }), null);
    t.equal(answerOf({ keyset: withKey({}), uses }), "grant", "a key of which nothing is used up is not concerned");
    t.end();
  });
}

const consumed = [
  { name: "a plain key", list: [], consumes: false },
  {
    name: "a scheduled key",
    list: [{ kind: "scheduled", schedules: [], windows: [{ days: 127, from: 0, length: 1_440 }] }],
    consumes: false,
  },
  { name: "a one-time key", list: [ONCE], consumes: true },
  { name: "a counted key", list: [THRICE], consumes: true },
  { name: "a key ended by its first use", list: [HALF_HOUR], consumes: true },
] as const;
for (const { name, list, consumes } of consumed) {
  test(`a grant of ${name} ${consumes ? "must be made durable as a use" : "uses nothing up"} (d7.1)`, (t) => {
    const keyset = withKey({ restrictions: list, issue: 4 }, { doors: [makeDoor()] });
    t.same(ask({ keyset }).consumes, consumes ? { key: "k1", issue: 4, door: "front" } : null);
    const denied = ask({ keyset: withKey({ restrictions: list, enabled: false }) });
    t.same([denied.outcome, denied.consumes], ["deny", null], "a denial never uses anything up");
    t.end();
  });
}
