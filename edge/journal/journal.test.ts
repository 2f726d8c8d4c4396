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

test("uses count per issue, name each door once, and keep the first moment (d7)", (t) => {
  const uses = new Uses([{ key: "k1", issue: 1, count: 2, doors: ["front"], firstAt: instant(5) }]);
  const planned = uses.plan({ key: "k1", issue: 1, door: "back" }, instant(9));
  t.same(planned, { key: "k1", issue: 1, count: 3, doors: ["front", "back"], firstAt: 5 });
  t.same(uses.usesOf("k1", 1), { count: 2, doors: ["front"], firstAt: 5 }, "a plan is not yet a use");
  uses.take(planned);
  t.same(uses.plan({ key: "k1", issue: 1, door: "back" }, instant(10)).doors, ["front", "back"]);
  t.same(uses.usesOf("k1", 2), { count: 0, doors: [], firstAt: null }, "a re-issue begins again");
  t.same(uses.plan({ key: "k1", issue: 2, door: "back" }, instant(10)).firstAt, 10);
  t.end();
});

test("a count never falls (d7.4)", (t) => {
  const uses = new Uses([{ key: "k1", issue: 1, count: 2, doors: ["front"], firstAt: instant(5) }]);
  for (const count of [0, 1, 2, 2.5, Number.NaN]) {
    t.throws(() => uses.take({ key: "k1", issue: 1, count, doors: ["front"], firstAt: instant(5) }), /only rises/);
  }
  t.equal(uses.usesOf("k1", 1).count, 2);
  t.end();
});
