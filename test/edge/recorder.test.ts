/** What waits for a disk, how much of it, and what the journal lets go of. */
import { LIMITS } from "@lintel/edge/box/limits.ts";
import { MemoryStore } from "@lintel/edge/box/memory-store.ts";
import { Recorder } from "@lintel/edge/box/recorder.ts";
import { Refusals } from "@lintel/edge/box/refusals.ts";
import { EdgeTime } from "@lintel/edge/box/time.ts";
import { instant, monotonic } from "@lintel/protocol/base/units.ts";
import type { NewRecord } from "@lintel/protocol/mqtt/record.ts";
import { test } from "tap";

const opened: NewRecord = {
  at: instant(5),
  clock: "trusted",
  door: "front",
  event: "opened",
  reasons: [],
  key: null,
  user: null,
  fingerprint: null,
  detail: {},
};

function rig(store = new MemoryStore()) {
  let now = 1000;
  const clock = {
    monotonic: () => monotonic(now),
    signs: () => ({ wall: instant(Date.UTC(2026, 0, 1)), boot: "b", hardwareClock: true, synchronised: false }),
  };
  const told: string[] = [];
  const recorder = new Recorder(store, store.load(), new EdgeTime(clock, null), (records) =>
    told.push(...records.map(({ event }) => event)),
  );
  return {
    recorder,
    store,
    told,
    pass(length: number) {
      now += length;
    },
  };
}

test("what happens while the disk takes nothing is written in order when it does, behind a word about the disk", (t) => {
  const { recorder, store } = rig();
  store.fault = "throws";
  let durable = 0;
  for (const event of ["opened", "closed"] as const) {
    t.notOk(recorder.record({ records: [{ ...opened, event }], durable: () => (durable += 1) }));
  }
  t.equal(durable, 0);
  store.fault = "none";
  t.ok(recorder.retry());
  t.same(
    store.records_.map(({ record }) => record.event),
    ["hardware-fault", "opened", "closed"],
  );
  t.equal(durable, 2);
  t.end();
});

test("the backlog has an end: at it the newest are lost, and their number is recorded", (t) => {
  const { recorder, store } = rig();
  store.fault = "throws";
  for (let count = 0; count < LIMITS.backlog + 5; count += 1) recorder.record({ records: [opened] });
  t.ok(recorder.full);
  store.fault = "none";
  t.ok(recorder.retry());
  t.equal(store.records_.length, LIMITS.backlog + 1);
  t.match(store.records_[0]!.record, { event: "hardware-fault", detail: { what: "store-failed", lost: 5 } });
  t.notOk(recorder.waiting);
  t.end();
});

test("a transaction that threw and stands all the same is done: nothing of it is written twice", (t) => {
  const { recorder, store, told } = rig();
  let durable = 0;
  store.fault = "throws-after";
  for (const event of ["opened", "closed", "opened"] as const) {
    recorder.record({ records: [{ ...opened, event }], durable: () => (durable += 1) });
  }
  t.notOk(recorder.commit([{ ...opened, event: "denied" }], { durable: () => (durable += 10) }));
  store.fault = "none";
  t.ok(recorder.retry());
  const events = store.records_.map(({ record }) => record.event);
  t.same(events, ["opened", "hardware-fault", "closed", "opened", "denied"]);
  t.same(told, events, "and each is told once");
  t.equal(durable, 13);
  t.notOk(recorder.waiting);
  t.end();
});

test("a transaction without a record is repeated: nothing tells whether it stands", (t) => {
  for (const fault of ["throws", "throws-after"] as const) {
    const { recorder, store } = rig();
    store.fault = fault;
    recorder.record({ records: [], changes: [{ kind: "session", session: 7 }] });
    store.fault = "none";
    t.ok(recorder.retry());
    t.equal(store.load().session, 7, fault);
  }
  t.end();
});

test("what came while nobody knew whether the one before stands is written behind it", (t) => {
  const { recorder, store } = rig();
  store.fault = "throws-after";
  recorder.record({ records: [opened] });
  store.fault = "throws";
  recorder.record({ records: [{ ...opened, event: "closed" }] });
  store.fault = "none";
  t.ok(recorder.retry());
  t.same(
    store.records_.map(({ record }) => record.event),
    ["opened", "hardware-fault", "closed"],
  );
  t.end();
});

test("what is lost while nobody knows whether the word of a loss stands is told in another", (t) => {
  const { recorder, store } = rig();
  const fill = (records: number) => {
    for (let count = 0; count < records; count += 1) recorder.record({ records: [opened] });
  };
  store.fault = "throws";
  fill(LIMITS.backlog + 5);
  store.fault = "throws-after";
  recorder.retry();
  store.fault = "throws";
  fill(2);
  store.fault = "none";
  t.ok(recorder.retry());
  const faults = store.records_.filter(({ record }) => record.event === "hardware-fault");
  t.same(
    faults.map(({ record }) => record.detail.lost),
    [5, 2],
  );
  t.equal(store.records_.length, LIMITS.backlog + 2);
  t.end();
});

test("a disk that stays slow is told once a minute", (t) => {
  const { recorder, store, pass } = rig();
  store.fault = () => pass(2500);
  for (let count = 0; count < 40; count += 1) {
    recorder.record({ records: [opened] });
    recorder.retry();
  }
  const faults = store.records_.filter(({ record }) => record.event === "hardware-fault").length;
  t.ok(faults >= 2 && faults <= 4, `${faults} in ${(40 * 2.5) / 60} minutes or more`);
  t.end();
});

test("nobody waits behind the backlog: what is judged goes with it in one transaction, or not at all", (t) => {
  const { recorder, store } = rig();
  store.fault = "throws";
  recorder.record({ records: [opened] });
  t.notOk(recorder.commit([{ ...opened, event: "granted" }]));
  store.fault = "none";
  t.ok(recorder.commit([{ ...opened, event: "denied" }]));
  t.same(
    store.records_.map(({ record }) => record.event),
    ["hardware-fault", "opened", "denied"],
  );
  t.equal(store.commits.length, 1);
  t.end();
});

test("the journal lets go of what is acknowledged, and only where it is longer than a million", (t) => {
  class Long extends MemoryStore {
    head = LIMITS.journalRecords;
    override journalEnd() {
      return { seq: this.head, hash: "0".repeat(64), oldest: 1 };
    }
  }
  const short = rig(new Long());
  short.recorder.prune(5000);
  t.same(short.store.commits, [], "one below the limit");
  const store = new Long();
  store.head += 1;
  const { recorder } = rig(store);
  recorder.prune(0);
  t.same(store.commits, [], "nothing is acknowledged");
  recorder.prune(700);
  recorder.prune(700);
  t.same(store.commits, [[{ kind: "prune", seq: 700 }]]);
  t.equal(recorder.oldest, 701);
  store.head += LIMITS.journalRecords;
  const longer = rig(store).recorder;
  longer.prune(10_000);
  t.equal(longer.oldest, LIMITS.pruneStep + 1, "a thousand at a time");
  t.end();
});

test("refusals: one record a minute of each kind, with their number; and the kinds have an end", (t) => {
  const refusals = new Refusals();
  const at = (ms: number) => monotonic(ms);
  t.same(
    [0, 1, 59_999].map((ms) => refusals.count("a", at(ms))),
    [1, null, null],
  );
  t.equal(refusals.count("a", at(60_000)), 3);
  t.equal(refusals.count("b", at(60_000)), 1);
  const told = Array.from({ length: 1000 }, (_, n) => refusals.count(`kind ${n}`, at(60_001))).filter(
    (count) => count !== null,
  );
  t.equal(told.length, LIMITS.refusalKinds - 2 + 1, "the rest under one name");
  t.end();
});
