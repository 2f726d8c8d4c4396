/** What a clock that is not known lets through (d5.4, "Decision", "Clock states"). */
import { millis } from "@lintel/protocol/base/units.ts";
import type { KeysetKey } from "@lintel/protocol/keyset/keyset.ts";
import {
  answerOf,
  ask,
  during,
  makeDoor,
  makeHoliday,
  makeKeyset,
  nextOf,
  withKey,
} from "@lintel/test/support/access.ts";
import { test } from "tap";

const kinds: readonly { name: string; change: Partial<KeysetKey>; dependsOnTime: boolean }[] = [
  { name: "a plain key", change: {}, dependsOnTime: false },
  { name: "a one-time key", change: { restrictions: [{ kind: "one-time" }] }, dependsOnTime: false },
  { name: "a counted key", change: { restrictions: [{ kind: "uses", uses: 3 }] }, dependsOnTime: false },
  {
    name: "a key with windows that are now",
    change: { restrictions: [during("daily 00:00-24:00")] },
    dependsOnTime: true,
  },
  { name: "a key with a start that is past", change: { validFrom: "2020-01-01T00:00:00" }, dependsOnTime: true },
  { name: "a key with an end to come", change: { validUntil: "2030-01-01T00:00:00" }, dependsOnTime: true },
  {
    name: "a key ended by its first use",
    change: { restrictions: [{ kind: "after-first-use", length: millis(60_000) }] },
    dependsOnTime: true,
  },
];
for (const { name, change, dependsOnTime } of kinds) {
  const answer = dependsOnTime ? "clock-unknown" : "grant";
  test(`${name}, floor-only: ${answer}; trusted, holdover, or at a door that allows it: grant (d5.4)`, (t) => {
    const allowing = withKey(change, { doors: [makeDoor({ clockUnknown: "allow" })] });
    t.equal(answerOf({ keyset: withKey(change), clock: "floor-only" }), answer);
    t.equal(answerOf({ keyset: withKey(change), clock: "holdover" }), "grant");
    t.equal(answerOf({ keyset: withKey(change), clock: "trusted" }), "grant");
    t.equal(answerOf({ keyset: allowing, clock: "floor-only" }), "grant");
    t.equal(nextOf({ keyset: withKey(change), clock: "floor-only" }) === null, dependsOnTime);
    t.end();
  });
}

test("a door that allows it judges by the clock as it is (d5.4)", (t) => {
  const doors = [makeDoor({ clockUnknown: "allow" })];
  const keyset = withKey({ restrictions: [during("tue 09:00-17:00")], validUntil: "2026-11-01T00:00:00" }, { doors });
  t.equal(answerOf({ keyset, clock: "floor-only" }), "expired outside-window");
  const holidays = [makeHoliday({ date: "2026-11-23" })];
  t.equal(answerOf({ keyset: makeKeyset({ doors, holidays }), clock: "floor-only" }), "holiday");
  t.end();
});

test("with the clock floor-only nobody knows which day is a holiday: plain keys work", (t) => {
  const keyset = makeKeyset({ holidays: [makeHoliday({ date: "2026-11-23" })] });
  t.equal(answerOf({ keyset, clock: "floor-only" }), "grant");
  t.equal(answerOf({ keyset, clock: "trusted" }), "holiday");
  t.end();
});

test("what the clock keeps from being judged is not held against the key: clock-unknown, and what else is known", (t) => {
  const change = { validUntil: "2020-01-01T00:00:00", restrictions: [during("tue 09:00-17:00")], enabled: false };
  const decision = ask({ keyset: withKey(change), clock: "floor-only" });
  t.same(decision.reasons, ["disabled", "clock-unknown"]);
  t.same(
    decision.rules.filter(({ why }) => why.startsWith("not judged")).map(({ rule }) => rule),
    ["until", "window", "holiday"],
  );
  t.end();
});

test("a zone that the zone data do not have: what depends on the wall clock is denied, plain keys work", (t) => {
  const doors = [makeDoor({ timezone: "Mars/Olympus", clockUnknown: "allow" })];
  t.equal(answerOf({ keyset: makeKeyset({ doors }) }), "grant");
  t.equal(answerOf({ keyset: withKey({ restrictions: [during("daily 00:00-24:00")] }, { doors }) }), "clock-unknown");
  t.equal(answerOf({ keyset: withKey({ validFrom: "2020-01-01T00:00:00" }, { doors }) }), "clock-unknown");
  const holidays = [makeHoliday()];
  t.equal(answerOf({ keyset: makeKeyset({ doors, holidays }) }), "clock-unknown", "any day may be the holiday");
  t.equal(answerOf({ keyset: withKey({ role: "admin" }, { doors, holidays }) }), "grant");
  t.end();
});
