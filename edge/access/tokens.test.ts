/**
 * One-time codes (domain-rules "Slot form", "Lockout", "Decision", "Which reasons together"; facts security 5): whose
 * token is meant, which counters and steps are taken, and what a grant moves. The tokens here show their factor.
 */
import type { Keyset, KeysetKey, KeysetOtp } from "@lintel/protocol/keyset/keyset.ts";
import { at, during, indexOf, makeDoor, makeKey, makeKeyset } from "@lintel/test/support/access.ts";
import { test } from "tap";
import { type Attempt, type Decision, decide, type Entry, NOTHING_USED, type UsesView } from "./decide.ts";
import { holdKeyset } from "./hold.ts";
import { nextOpen } from "./next.ts";
import { slotLengthAt, type TypedOtp } from "./tokens.ts";

/** 59 s after 1970-01-01T00:00 is in the second step of 30 s; this is in step 1000. */
const NOW = at("1970-01-01T08:20:10Z");
const STEP = 1000;

const token = (over: Partial<KeysetOtp> = {}): KeysetOtp => ({
  key: "k1",
  type: "hotp",
  slot: null,
  algorithm: "SHA1",
  period: 30,
  counter: 0,
  secret: new Uint8Array(0),
  ...over,
});

/** An entry that the token of `key` shows at `factor`, or at several. */
function showing(key: string, ...factors: readonly number[]): TypedOtp {
  return { shows: (otp, factor) => otp.key === key && factors.includes(factor) };
}
const bare = (otp: TypedOtp): Entry => ({ kind: "code", index: indexOf("digits"), otp });
const slotted = (slot: string, otp: TypedOtp): Entry => ({ kind: "slot", slot, otp });
const standing = (next: number, issue = 1): UsesView => ({
  ...NOTHING_USED,
  otpNextOf: (key, asked) => (key === "k1" && asked === issue ? next : 0),
});

interface Asked {
  readonly otps?: readonly KeysetOtp[];
  readonly key?: Partial<KeysetKey>;
  readonly keyset?: Partial<Keyset>;
  readonly entry: Entry;
  readonly uses?: UsesView;
  readonly attempt?: Partial<Attempt>;
}
function ask({ otps = [token()], key, keyset, entry, uses = NOTHING_USED, attempt }: Asked): Decision {
  const keys = keyset?.keys ?? [makeKey(key)];
  const held = holdKeyset(makeKeyset({ doors: [makeDoor({ timezone: "UTC" })], codes: [], otps, ...keyset, keys }));
  const asked: Attempt = { door: "front", entry, at: NOW, clock: "trusted", ...attempt };
  const decision = decide(held, asked, uses);
  const next = nextOpen(held, asked, uses);
  const open = decision.outcome === "grant" ? asked.at : null;
  if (next !== open) throw new Error(`nextOpen of a one-time code is \`at\` or null, not ${next}`);
  return decision;
}
const answerOf = (asked: Asked) => {
  const { outcome, reasons } = ask(asked);
  return outcome === "grant" ? "grant" : reasons.join(" ");
};

const counters = [
  { name: "the expected one", next: 7, counter: 0, typed: 7, moves: 8, skipped: 0 },
  { name: "3 on, no jump yet", next: 7, counter: 0, typed: 10, moves: 11, skipped: 0 },
  { name: "4 on, a jump", next: 7, counter: 0, typed: 11, moves: 12, skipped: 4 },
  { name: "the last of the look-ahead", next: 7, counter: 0, typed: 17, moves: 18, skipped: 10 },
  { name: "one past it", next: 7, counter: 0, typed: 18, moves: null },
  { name: "one used already", next: 7, counter: 0, typed: 6, moves: null },
  { name: "the keyset's counter, where it is higher", next: 7, counter: 100, typed: 100, moves: 101, skipped: 0 },
  { name: "below the keyset's counter: it resynchronised", next: 7, counter: 100, typed: 7, moves: null },
  { name: "the edge's own, where it is higher than the keyset's", next: 7, counter: 3, typed: 3, moves: null },
  { name: "the very first", next: 0, counter: 0, typed: 0, moves: 1, skipped: 0 },
  {
    name: "the last that is exact",
    next: Number.MAX_SAFE_INTEGER - 1,
    counter: 0,
    typed: Number.MAX_SAFE_INTEGER - 1,
    moves: Number.MAX_SAFE_INTEGER,
    skipped: 0,
  },
  { name: "none is left", next: Number.MAX_SAFE_INTEGER, counter: 0, typed: Number.MAX_SAFE_INTEGER, moves: null },
] as const;
for (const { name, next, counter, typed, moves, ...rest } of counters) {
  test(`HOTP, ${name}: ${moves === null ? "unknown-code" : `next ${moves}`} (RFC 4226 7.2, look-ahead 10)`, (t) => {
    const otps = [token({ counter })];
    const decision = ask({ otps, entry: bare(showing("k1", typed)), uses: standing(next) });
    if (moves === null) {
      t.match(decision, { outcome: "deny", reasons: ["unknown-code"], key: null, moves: null });
    } else {
      const { skipped } = rest as { skipped: number };
      t.match(decision, { outcome: "grant", key: "k1", via: "otp", consumes: null });
      t.same(decision.moves, { key: "k1", issue: 1, next: moves, skipped });
    }
    t.end();
  });
}

test("where a token stands belongs to key and issue: a re-issue begins at the keyset's counter", (t) => {
  const entry = bare(showing("k1", 0));
  t.equal(answerOf({ entry, uses: standing(7) }), "unknown-code");
  t.same(ask({ entry, uses: standing(7), key: { issue: 2 } }).moves, { key: "k1", issue: 2, next: 1, skipped: 0 });
  t.end();
});

test("of digits that a HOTP token shows twice the earlier counter is meant: its owner's next ones stay good", (t) => {
  t.equal(ask({ entry: bare(showing("k1", 3, 5)) }).moves?.next, 4);
  t.end();
});

const TOTP = token({ type: "totp" });
const steps = [
  { name: "this step", typed: STEP, next: 0, answer: "grant" },
  { name: "the step before", typed: STEP - 1, next: 0, answer: "grant" },
  { name: "the step after", typed: STEP + 1, next: 0, answer: "grant" },
  { name: "two steps before", typed: STEP - 2, next: 0, answer: "unknown-code" },
  { name: "two steps after", typed: STEP + 2, next: 0, answer: "unknown-code" },
  { name: "this step, taken already", typed: STEP, next: STEP + 1, answer: "unknown-code" },
  { name: "the step before the one that was taken", typed: STEP - 1, next: STEP + 1, answer: "unknown-code" },
  { name: "the step after the one that was taken", typed: STEP + 1, next: STEP + 1, answer: "grant" },
  { name: "the step after the one before", typed: STEP, next: STEP, answer: "grant" },
] as const;
for (const clock of ["trusted", "holdover"] as const) {
  for (const { name, typed, next, answer } of steps) {
    test(`TOTP, clock ${clock}, ${name}: ${answer} (RFC 6238 5.2; each step once)`, (t) => {
      const asked: Asked = {
        otps: [TOTP],
        entry: bare(showing("k1", typed)),
        uses: standing(next),
        attempt: { clock },
      };
      t.equal(answerOf(asked), answer);
      const moves = answer === "grant" ? { key: "k1", issue: 1, next: typed + 1, skipped: 0 } : null;
      t.same(ask(asked).moves, moves);
      t.end();
    });
  }
}

test("a step is `period` seconds: its first and its last ms", (t) => {
  const otps = [token({ type: "totp", period: 60 })];
  const entry = bare(showing("k1", 10));
  for (const [ms, answer] of [
    [540_000, "grant"],
    [539_999, "unknown-code"],
    [719_999, "grant"],
    [720_000, "unknown-code"],
  ] as const) {
    t.equal(answerOf({ otps, entry, attempt: { at: at(new Date(ms).toISOString()) } }), answer, `${ms} ms`);
  }
  t.equal(answerOf({ otps, entry: bare(showing("k1", 0, -1)), attempt: { at: at("1970-01-01T00:00:00Z") } }), "grant");
  t.end();
});

test("of digits that a TOTP token shows twice the later step is taken: they open once", (t) => {
  t.equal(ask({ otps: [TOTP], entry: bare(showing("k1", STEP - 1, STEP + 1)) }).moves?.next, STEP + 2);
  t.end();
});

const floorOnly = [
  { name: "TOTP without a slot", otp: TOTP, entry: bare(showing("k1", STEP)), answer: "unknown-code" },
  {
    name: "TOTP with a slot, whatever code follows",
    otp: token({ type: "totp", slot: "42" }),
    entry: slotted("42", showing("nobody", 0)),
    answer: "clock-unknown",
  },
  { name: "HOTP", otp: token(), entry: bare(showing("k1", 0)), answer: "grant" },
  { name: "HOTP with a slot", otp: token({ slot: "42" }), entry: slotted("42", showing("k1", 0)), answer: "grant" },
  {
    name: "HOTP with a slot and a wrong code",
    otp: token({ slot: "42" }),
    entry: slotted("42", showing("k1", 99)),
    answer: "unknown-code",
  },
] as const;
for (const { name, otp, entry, answer } of floorOnly) {
  test(`floor-only, ${name}: ${answer} (Decision)`, (t) => {
    const decision = ask({ otps: [otp], entry, attempt: { clock: "floor-only" } });
    t.equal(decision.outcome === "grant" ? "grant" : decision.reasons.join(" "), answer);
    t.equal(decision.key, answer === "unknown-code" ? null : "k1");
    t.equal(decision.moves !== null, answer === "grant");
    t.end();
  });
}

test("`clockUnknown: allow` judges TOTP by the clock as it is (d5.4)", (t) => {
  const keyset = { doors: [makeDoor({ timezone: "UTC", clockUnknown: "allow" })] };
  const asked = { keyset, otps: [TOTP], attempt: { clock: "floor-only" } } as const;
  t.equal(answerOf({ ...asked, entry: bare(showing("k1", STEP)) }), "grant");
  t.equal(answerOf({ ...asked, entry: bare(showing("k1", STEP + 2)) }), "unknown-code");
  t.end();
});

test("a slot says whose code follows: another key's code is an unknown code", (t) => {
  const keys = [makeKey(), makeKey({ id: "k2" })];
  const otps = [token({ slot: "42" }), token({ key: "k2", slot: "43" })];
  t.equal(ask({ keyset: { keys }, otps, entry: slotted("42", showing("k1", 0)) }).key, "k1");
  t.equal(ask({ keyset: { keys }, otps, entry: slotted("43", showing("k2", 0)) }).key, "k2");
  t.same(ask({ keyset: { keys }, otps, entry: slotted("42", showing("k2", 0)) }).reasons, ["unknown-code"]);
  t.same(ask({ keyset: { keys }, otps, entry: slotted("44", showing("k1", 0)) }).reasons, ["unknown-code"]);
  t.same(ask({ keyset: { keys }, otps, entry: bare(showing("k1", 0)) }).reasons, ["unknown-code"], "no slot, no key");
  t.end();
});

test("the slots of a door have one length; a door without any has none", (t) => {
  const keys = [makeKey({ doors: ["front"] }), makeKey({ id: "k2", doors: ["front", "back"] })];
  const keyset = makeKeyset({
    keys,
    doors: [makeDoor(), makeDoor({ id: "back" })],
    otps: [token({ slot: "4242" }), token({ key: "k2" })],
  });
  const held = holdKeyset(keyset);
  t.equal(slotLengthAt(held, "front"), 4);
  t.equal(slotLengthAt(held, "back"), null);
  t.equal(slotLengthAt(held, "attic"), null);
  t.end();
});

const refused: readonly { name: string; key: Partial<KeysetKey>; uses?: Partial<UsesView>; reasons: string }[] = [
  { name: "disabled", key: { enabled: false }, reasons: "disabled" },
  { name: "outside its window", key: { restrictions: [during("sat 09:00-17:00")] }, reasons: "outside-window" },
  {
    name: "used up and over",
    key: { restrictions: [{ kind: "uses", uses: 1 }], validUntil: "1970-01-01T00:00:00" },
    uses: { usesOf: () => ({ count: 1, doors: ["front"], firstAt: NOW }) },
    reasons: "expired used-up",
  },
];
for (const { name, key, uses, reasons } of refused) {
  test(`a code that matches, of a key that is ${name}: all its reasons, and no counter moves (Which reasons)`, (t) => {
    const entry = bare(showing("k1", 5));
    const decision = ask({ key, entry, uses: { ...NOTHING_USED, ...uses } });
    t.match(decision, { outcome: "deny", key: "k1", user: "u1", via: "otp", consumes: null, moves: null });
    t.equal(decision.reasons.join(" "), reasons);
    t.end();
  });
}

test("a key with uses uses both up: one of them, and its code", (t) => {
  const { consumes, moves } = ask({
    key: { restrictions: [{ kind: "uses", uses: 2 }] },
    entry: bare(showing("k1", 2)),
  });
  t.same(consumes, { key: "k1", issue: 1, door: "front" });
  t.same(moves, { key: "k1", issue: 1, next: 3, skipped: 0 });
  t.end();
});

test("an extended key releases longer by its token too (d9.1)", (t) => {
  t.equal(ask({ key: { extended: true }, entry: bare(showing("k1", 0)) }).release, 15_000);
  t.equal(ask({ entry: bare(showing("k1", 0)) }).release, 5_000);
  t.end();
});

test("a PIN that opens uses up no one-time code that looks like it; one that is refused leaves it to the token", (t) => {
  const keys = [makeKey(), makeKey({ id: "k2" })];
  const codes: Keyset["codes"] = [{ kind: "pin", index: indexOf("digits"), key: "k2" }];
  const entry = bare(showing("k1", 0));
  t.match(ask({ keyset: { keys, codes }, entry }), { key: "k2", via: "pin", moves: null });
  const closed = [makeKey(), makeKey({ id: "k2", enabled: false })];
  t.match(ask({ keyset: { keys: closed, codes }, entry }), { key: "k1", via: "otp", outcome: "grant" });
  t.end();
});

const TWO_DOORS = [makeDoor(), makeDoor({ id: "back", name: "Back door" })];

test("a code of a token for another door is wrong-door with its key's id, and moves nothing (Decision)", (t) => {
  const keys = [makeKey({ doors: ["back"] }), makeKey({ id: "k2" })];
  for (const slot of [null, "42"]) {
    const otps = [token({ slot }), token({ key: "k2", slot: "43" })];
    const entry = (typed: TypedOtp) => (slot === null ? bare(typed) : slotted(slot, typed));
    const keyset = { doors: TWO_DOORS, keys };
    t.match(ask({ keyset, otps, entry: entry(showing("k1", 4)) }), {
      reasons: ["wrong-door"],
      key: "k1",
      via: "otp",
      moves: null,
      rules: [{ rule: "door", ok: false, why: "the key opens Back door, not this door" }],
    });
    t.same(ask({ keyset, otps, entry: entry(showing("k1", 11)) }).reasons, ["unknown-code"], "past its look-ahead");
    t.same(ask({ keyset, otps, entry: entry(showing("k1", 4)), uses: standing(5) }).reasons, ["unknown-code"], "used");
    t.equal(ask({ keyset, otps, entry: entry(showing("k1", 4)), attempt: { door: "back" } }).outcome, "grant");
  }
  t.end();
});

test("of tokens for other doors 32 are asked, by their keys' ids: the codes of the others are unknown here", (t) => {
  const ids = Array.from({ length: 33 }, (_, each) => `a${String(each).padStart(2, "0")}`);
  const keyset = { doors: TWO_DOORS, keys: ids.map((id) => makeKey({ id, doors: ["back"] })) };
  const otps = ids.map((key) => token({ key })).reverse();
  t.same(ask({ keyset, otps, entry: bare(showing("a31", 0)) }).reasons, ["wrong-door"]);
  t.same(ask({ keyset, otps, entry: bare(showing("a32", 0)) }).reasons, ["unknown-code"]);
  t.end();
});

test("an entry of which nothing but its index is known is compared with no token", (t) => {
  t.same(ask({ entry: { kind: "code", index: indexOf("digits") } }).reasons, ["unknown-code"]);
  t.end();
});

test("a token of a key that is not in the keyset is nobody's", (t) => {
  const entry = bare(showing("gone", 0));
  t.same(ask({ otps: [token({ key: "gone" })], entry }).reasons, ["unknown-code"]);
  t.end();
});
