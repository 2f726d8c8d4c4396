import { instant } from "@lintel/protocol/base/units.ts";
import type { NewRecord } from "@lintel/protocol/mqtt/record.ts";
import { test } from "tap";
import { brokenLink, EMPTY_HASH, type JournalHead, planRecords } from "./journal.ts";
import { Uses } from "./uses.ts";

const empty: JournalHead = { epoch: "0011223344556677", seq: 0, hash: EMPTY_HASH };
const record = (event: NewRecord["event"], at = 1000): NewRecord => ({
  at: instant(at),
  clock: "trusted",
  door: "front",
  event,
  reasons: [],
  key: null,
  user: null,
  fingerprint: null,
  detail: {},
});

test("records are numbered from 1 without a gap, whatever their times say", (t) => {
  const plan = planRecords(empty, [record("opened", 5000), record("closed", 4000)]);
  const next = planRecords(plan.head, [record("rex", 1)]);
  const seqs = [...plan.changes, ...next.changes].map((change) =>
    change.kind === "record" ? change.record.seq : null,
  );
  t.same(seqs, [1, 2, 3]);
  t.equal(next.head.seq, 3);
  t.equal(next.head.epoch, empty.epoch);
  t.end();
});

test("each record is chained to the one before: a changed, a left out and a moved one are found", (t) => {
  const { changes } = planRecords(empty, [record("opened"), record("closed"), record("rex")]);
  const rows = changes.flatMap((change) => (change.kind === "record" ? [change] : []));
  const [first, second, third] = rows as [(typeof rows)[0], (typeof rows)[0], (typeof rows)[0]];
  t.equal(brokenLink(EMPTY_HASH, rows), null);
  t.equal(brokenLink(first.hash, [second, third]), null, "a chain may be read from its middle");
  t.equal(brokenLink(EMPTY_HASH, [first, third]), 3);
  t.equal(brokenLink(EMPTY_HASH, [second, first]), 2);
  t.equal(brokenLink(EMPTY_HASH, [first, { ...second, record: { ...second.record, key: "k9" } }, third]), 2);
  t.end();
});

test("nothing to record moves nothing", (t) => {
  t.same(planRecords(empty, []), { head: empty, changes: [] });
  t.end();
});

const front = (count: number, given = 0) => ({ door: "front", count, given });
const back = (count: number, given = 0) => ({ door: "back", count, given });
const k1 = { key: "k1", issue: 1 };

test("uses count per issue, name each door once, and keep the first moment (d7)", (t) => {
  const uses = new Uses([{ ...k1, count: 2, given: 0, doors: [front(2)], firstAt: instant(5) }], []);
  const planned = uses.plan({ ...k1, door: "back" }, instant(9));
  t.same(planned, { ...k1, count: 3, given: 0, doors: [front(2), back(1)], firstAt: 5 });
  t.same(uses.usesOf("k1", 1), { count: 2, doors: ["front"], firstAt: 5 }, "a plan is not yet a use");
  uses.take(planned);
  t.same(uses.plan({ ...k1, door: "back" }, instant(10)).doors, [front(2), back(2)]);
  t.same(uses.usesOf("k1", 2), { count: 0, doors: [], firstAt: null }, "a re-issue begins again");
  t.same(uses.plan({ key: "k1", issue: 2, door: "back" }, instant(10)).firstAt, 10);
  t.end();
});

const given: readonly { name: string; doors: readonly ReturnType<typeof front>[]; net: object }[] = [
  { name: "one of two", doors: [front(2, 1)], net: { count: 1, doors: ["front"], firstAt: 5 } },
  { name: "the only one", doors: [front(1, 1)], net: { count: 0, doors: [], firstAt: null } },
  { name: "that of one door of two", doors: [front(1, 1), back(1)], net: { count: 1, doors: ["back"], firstAt: 5 } },
  { name: "one, and used again", doors: [front(2, 1), back(1, 1)], net: { count: 1, doors: ["front"], firstAt: 5 } },
];
for (const { name, doors, net } of given) {
  test(`what is used up where a use was given back: ${name} (d7.2)`, (t) => {
    const sum = (of: "count" | "given") => doors.reduce((all, at) => all + at[of], 0);
    const stored = { ...k1, count: sum("count"), given: sum("given"), doors, firstAt: instant(5) };
    t.same(new Uses([stored], []).usesOf("k1", 1), net);
    t.end();
  });
}

test("giving back raises a count of its own, at most as often as there were uses at that door (d7.2, d7.4)", (t) => {
  const uses = new Uses([{ ...k1, count: 1, given: 0, doors: [front(1)], firstAt: instant(5) }], []);
  t.equal(uses.planBack({ ...k1, door: "back" }), null, "never used there");
  t.equal(uses.planBack({ ...k1, issue: 2, door: "front" }), null, "another issue");
  const planned = uses.planBack({ ...k1, door: "front" })!;
  t.same(planned, { ...k1, count: 1, given: 1, doors: [front(1, 1)], firstAt: 5 });
  t.equal(uses.usesOf("k1", 1).count, 1, "a plan gives nothing back yet");
  uses.take(planned);
  t.equal(uses.planBack({ ...k1, door: "front" }), null, "once");
  t.throws(() => uses.take({ ...planned, given: 0 }), /only rises/);
  const again = uses.plan({ ...k1, door: "front" }, instant(9));
  t.same(again, { ...k1, count: 2, given: 1, doors: [front(2, 1)], firstAt: 9 }, "all were given back: the first anew");
  t.end();
});

test("an issue below one that was used is over: what was left of it stays unused (d7.4, restored authority)", (t) => {
  const later = { key: "k1", issue: 2, count: 1, given: 1, doors: [front(1, 1)], firstAt: instant(5) };
  const uses = new Uses(
    [later],
    [
      { key: "k9", issue: 3, next: 1 },
      { key: "k9", issue: 2, next: 5 },
    ],
  );
  t.match(uses.usesOf("k1", 1), { count: 0, superseded: true });
  t.notOk(uses.usesOf("k1", 2).superseded);
  t.notOk(uses.usesOf("k1", 3).superseded);
  t.same(
    [1, 2, 3, 4].map((issue) => uses.otpNextOf("k9", issue)),
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 1, 0],
  );
  t.end();
});

test("a count never falls (d7.4)", (t) => {
  const uses = new Uses([{ ...k1, count: 2, given: 1, doors: [front(2, 1)], firstAt: instant(5) }], []);
  for (const [count, back_] of [
    [0, 0],
    [1, 1],
    [2, 1],
    [2.5, 1],
    [Number.NaN, 1],
    [3, 0],
    [2, 3],
  ] as const) {
    const wrong = { ...k1, count, given: back_, doors: [front(count, back_)], firstAt: instant(5) };
    t.throws(() => uses.take(wrong), /only rises/, `${count}, ${back_} given back`);
  }
  t.equal(uses.usesOf("k1", 1).count, 1);
  t.end();
});

test("where a token stands belongs to key and issue, and never falls (RFC 4226, d7.4)", (t) => {
  const uses = new Uses([], [{ ...k1, next: 7 }]);
  t.same([uses.otpNextOf("k1", 1), uses.otpNextOf("k1", 2), uses.otpNextOf("k2", 1)], [7, 0, 0]);
  uses.takeOtp({ ...k1, next: 8 });
  for (const next of [8, 7, 0, 8.5, Number.NaN]) t.throws(() => uses.takeOtp({ ...k1, next }), /only rises/);
  t.equal(uses.otpNextOf("k1", 1), 8);
  t.end();
});
