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

function rig(store = new MemoryStore(), heard: number[] = []) {
  let now = 1000;
  const clock = {
    monotonic: () => monotonic(now),
    signs: () => ({ wall: instant(Date.UTC(2026, 0, 1)), boot: "b", hardwareClock: true, synchronised: false }),
  };
  const recorder = new Recorder(store, store.load(), new EdgeTime(clock, null), (records) => {
    heard.push(...records.map(({ seq }) => seq));
  });
  return {
    recorder,
    store,
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

test("a transaction that stands though the disk said that it failed is not written again", (t) => {
  const store = new MemoryStore();
  const heard: number[] = [];
  const { recorder, pass } = rig(store, heard);
  const events = () => store.records_.map(({ record }) => record.event);
  let durable = 0;
  store.fault = "throws-after";
  t.notOk(recorder.record({ records: [opened, { ...opened, event: "closed" }], durable: () => (durable += 1) }));
  t.equal(durable, 0, "nobody knows yet");
  for (let count = 0; count < 5; count += 1) {
    pass(100);
    recorder.retry();
  }
  t.same(events(), ["opened", "closed", "hardware-fault"]);
  t.equal(durable, 1);
  t.notOk(recorder.commit([{ ...opened, event: "granted" }]), "who waits at the door is told no");
  store.fault = "none";
  t.ok(recorder.commit([{ ...opened, event: "denied" }]));
  t.same(events(), ["opened", "closed", "hardware-fault", "granted", "denied"]);
  t.same(heard, [1, 2, 3, 4, 5], "each is told once");
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
