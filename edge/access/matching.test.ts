/** What a code stands for: known, of another door, unknown; a master code (d1.3, d10, "Decision", "Master code"). */
import { millis } from "@lintel/protocol/base/units.ts";
import { MODES } from "@lintel/protocol/base/words.ts";
import type { Keyset } from "@lintel/protocol/keyset/keyset.ts";
import {
  answerOf,
  ask,
  attemptOf,
  indexOf,
  makeDoor,
  makeKey,
  makeKeyset,
  nextOf,
  usedBy,
  withKey,
} from "@lintel/test/support/access.ts";
import { test } from "tap";
import { type Decision, decide } from "./decide.ts";
import { holdKeyset } from "./hold.ts";

const NOTHING: Decision = {
  outcome: "deny",
  reasons: [],
  key: null,
  user: null,
  via: null,
  duress: false,
  rules: [],
  release: null,
  consumes: null,
  moves: null,
};

test("a code of a key of this door is granted, with all ten rules in the order of design 5.4", (t) => {
  const { rules, ...decision } = ask({});
  t.same(decision, {
    outcome: "grant",
    reasons: [],
    key: "k1",
    user: "u1",
    via: "pin",
    duress: false,
    release: 5_000,
    consumes: null,
    moves: null,
  });
  t.same(
    rules.map(({ rule }) => rule),
    ["enabled", "door", "mode", "from", "until", "window", "holiday", "uses", "first-use", "clock"],
  );
  t.ok(rules.every(({ ok, why }) => ok && why.length > 5));
  t.same(Object.keys(rules[0]!), ["rule", "ok", "why"], "and nothing else: it is printed as it stands");
  t.end();
});

test("an entry of another length stands alone, whatever the door (d10)", (t) => {
  const keyset = makeKeyset({ doors: [makeDoor({ mode: "lockdown" })] });
  const attempt = { ...attemptOf({}), entry: { kind: "wrong-length" } as const };
  t.same(decide(holdKeyset(keyset), attempt, usedBy({})), { ...NOTHING, reasons: ["wrong-length"] });
  t.end();
});

for (const mode of MODES) {
  test(`a code that nobody has is unknown-code alone in mode ${mode} (Decision)`, (t) => {
    const keyset = makeKeyset({ doors: [makeDoor({ mode })] });
    t.same(ask({ keyset, code: "nobody" }), { ...NOTHING, reasons: ["unknown-code"] });
    t.equal(nextOf({ keyset, code: "nobody" }), null);
    t.end();
  });
}

const TWO_DOORS: Partial<Keyset> = { doors: [makeDoor(), makeDoor({ id: "back", name: "Back door" })] };

test("a code of a key of another door is wrong-door, with its id, and nothing else of it is asked (Decision)", (t) => {
  const keyset = withKey({ doors: ["back"], enabled: false, validUntil: "2020-01-01T00:00:00" }, TWO_DOORS);
  t.same(ask({ keyset }), {
    ...NOTHING,
    reasons: ["wrong-door"],
    key: "k1",
    user: "u1",
    via: "pin",
    rules: [{ rule: "door", ok: false, why: "the key opens Back door, not this door" }],
  });
  t.equal(nextOf({ keyset }), null);
  t.equal(ask({ keyset: withKey({ doors: ["back"] }, TWO_DOORS), door: "back" }).outcome, "grant", "its twin");
  t.end();
});

test("one PIN for two keys that share no door: each door has its own (keyset, CodeEntry)", (t) => {
  const keys = [makeKey({ id: "a", doors: ["back"] }), makeKey({ id: "b", doors: ["front"] })];
  const codes = keys.map(({ id }) => ({ index: indexOf("same"), kind: "pin" as const, key: id }));
  const keyset = makeKeyset({ ...TWO_DOORS, keys, codes });
  t.equal(ask({ keyset, code: "same", door: "front" }).key, "b");
  t.equal(ask({ keyset, code: "same", door: "back" }).key, "a");
  t.end();
});

test("a door that the keyset does not have opens to nobody", (t) => {
  const keyset = withKey({ doors: ["ghost"] });
  t.equal(answerOf({ keyset, door: "ghost" }), "wrong-door");
  t.equal(answerOf({ keyset, door: "ghost", code: "nobody" }), "unknown-code");
  t.equal(nextOf({ keyset, door: "ghost" }), null);
  t.end();
});

test("a code of a key that is not in the keyset is an unknown code", (t) => {
  const keyset = makeKeyset({ codes: [{ index: indexOf("k1"), kind: "pin", key: "gone" }] });
  t.same(ask({ keyset }), { ...NOTHING, reasons: ["unknown-code"] });
  t.end();
});

test("were a code not unique at its door (d1.3): one that opens, by the order of the ids, whatever the keyset's", (t) => {
  const keys = [
    makeKey({ id: "c" }),
    makeKey({ id: "b" }),
    makeKey({ id: "a", enabled: false }),
    makeKey({ id: "d", enabled: false }),
  ];
  const codes = keys.map(({ id }) => ({ index: indexOf("same"), kind: "pin" as const, key: id }));
  for (const order of [codes, [...codes].reverse()]) {
    t.equal(ask({ keyset: makeKeyset({ keys, codes: order }), code: "same" }).key, "b");
  }
  const closed = keys.map((key) => ({ ...key, enabled: false }));
  t.equal(ask({ keyset: makeKeyset({ keys: closed, codes }), code: "same" }).key, "a", "none opens: the first");
  t.end();
});

const masters: Keyset["codes"] = [{ index: indexOf("master"), kind: "master", door: "front" }];

for (const mode of MODES) {
  const opens = mode !== "lockdown";
  test(`the master code ${opens ? "opens" : "does not open"} in mode ${mode} (Master code)`, (t) => {
    const keyset = makeKeyset({ doors: [makeDoor({ mode })], codes: masters });
    const question = { keyset, code: "master", clock: "floor-only" } as const;
    const denied = { ...NOTHING, reasons: ["mode-blocks"], via: "master" };
    const granted = { ...NOTHING, outcome: "grant", via: "master", release: millis(5_000) };
    t.same(ask(question), opens ? granted : denied);
    t.equal(nextOf(question), opens ? "2026-11-23T15:00:00.000Z" : null);
    t.end();
  });
}

test("the master code of another door is wrong-door, and no key's", (t) => {
  const keyset = makeKeyset({ ...TWO_DOORS, codes: masters });
  t.same(ask({ keyset, code: "master", door: "back" }), {
    ...NOTHING,
    reasons: ["wrong-door"],
    via: "master",
    rules: [{ rule: "door", ok: false, why: "the master code of another door" }],
  });
  t.equal(nextOf({ keyset, code: "master", door: "back" }), null);
  t.end();
});

test("a door with something narrowing that is not enforced yet denies every code (design 5.2)", (t) => {
  const keyset = makeKeyset({ doors: [makeDoor({ withheld: ["interlock"] })] });
  t.equal(answerOf({ keyset }), "mode-blocks");
  t.match(ask({ keyset }).rules[2], { rule: "mode", ok: false, why: /interlock/ });
  t.equal(answerOf({ keyset: { ...keyset, codes: masters }, code: "master" }), "mode-blocks");
  t.equal(nextOf({ keyset: { ...keyset, codes: masters }, code: "master" }), null);
  t.equal(answerOf({ keyset, code: "nobody" }), "unknown-code");
  t.end();
});

const releases = [
  { name: "an ordinary key: release", change: {}, release: 5_000 },
  { name: "an extended key: extendedRelease", change: { extended: true }, release: 15_000 },
] as const;
for (const { name, change, release } of releases) {
  test(`how long the strike is driven, ${name} (d9.1)`, (t) => {
    t.equal(ask({ keyset: withKey(change) }).release, release);
    t.equal(ask({ keyset: withKey({ ...change, enabled: false }) }).release, null, "and for a denial: not at all");
    t.end();
  });
}
