import { Secret } from "@lintel/protocol/base/secret.ts";
import { instant, monotonic } from "@lintel/protocol/base/units.ts";
import { signMessage } from "@lintel/protocol/mqtt/envelope.ts";
import type { JournalRecord } from "@lintel/protocol/mqtt/record.ts";
import { test } from "tap";
import { acknowledge, fillBatch, need, nextToSend, openOutbox, reconnected, sent } from "./outbox.ts";

const EPOCH = "00112233445566aa";
const at = (ms: number) => monotonic(ms);
const record = (seq: number, detail: JournalRecord["detail"] = {}): JournalRecord => ({
  epoch: EPOCH,
  seq,
  at: instant(1_790_000_000_000),
  clock: "trusted",
  door: "front",
  event: "granted",
  reasons: [],
  key: "k1",
  user: "u1",
  fingerprint: null,
  covert: null,
  detail,
});

test("records go oldest first, at most a hundred, and the next ones after the acknowledgement", (t) => {
  const full = openOutbox(EPOCH, 0, 250);
  t.same(nextToSend(full, at(0)), { from: 1, to: 100 });
  const flying = sent(full, { from: 1, to: 100 }, at(0));
  t.equal(nextToSend(flying, at(9_999)), null);
  const acked = acknowledge(flying, { epoch: EPOCH, seq: 100 }, 1);
  t.ok(acked.ok);
  if (acked.ok) t.same(nextToSend(acked.value, at(1)), { from: 101, to: 200 });
  t.end();
});

test("a batch without an acknowledgement is sent again, and after a reconnect at once", (t) => {
  const flying = sent(openOutbox(EPOCH, 4, 6), { from: 5, to: 6 }, at(0));
  t.same(nextToSend(flying, at(10_000)), { from: 5, to: 6 });
  t.same(nextToSend(reconnected(flying), at(1)), { from: 5, to: 6 });
  t.end();
});

const acks = [
  { name: "of the whole batch", ack: { epoch: EPOCH, seq: 6 }, acked: 6, next: null },
  { name: "of a part of it", ack: { epoch: EPOCH, seq: 5 }, acked: 5, next: null },
  { name: "that repeats an older one", ack: { epoch: EPOCH, seq: 2 }, acked: 4, next: null },
  { name: "of another epoch", ack: { epoch: "ff".repeat(8), seq: 6 }, acked: "other-epoch", next: null },
  { name: "of a record that was never written", ack: { epoch: EPOCH, seq: 8 }, acked: "beyond-journal", next: null },
] as const;
for (const { name, ack, acked } of acks) {
  test(`an acknowledgement ${name}`, (t) => {
    const flying = sent(openOutbox(EPOCH, 4, 7), { from: 5, to: 6 }, at(0));
    const taken = acknowledge({ ...flying, unheard: false }, ack, 1);
    t.same(taken.ok ? taken.value.acked : taken.error.kind, acked);
    t.same(taken.ok ? taken.value.needs : [], [], "nothing is sent again for it");
    t.end();
  });
}

test("an authority that forgot what it had acknowledged gets it again, where the first word of a connection says so", (t) => {
  const forgot = acknowledge(openOutbox(EPOCH, 300, 310), { epoch: EPOCH, seq: 120 }, 1);
  t.match(forgot, { ok: true, value: { acked: 300, needs: [{ from: 121, to: 300 }] } });
  const pruned = acknowledge(openOutbox(EPOCH, 300, 310), { epoch: EPOCH, seq: 120 }, 151);
  t.match(pruned, { value: { needs: [{ from: 151, to: 300 }] } }, "as far as the journal goes back");
  const again = forgot.ok && acknowledge(forgot.value, { epoch: EPOCH, seq: 100 }, 1);
  t.match(again, { value: { needs: [{ from: 121, to: 300 }] } }, "an older one that comes late is not asked twice");
  const late = forgot.ok && acknowledge(reconnected(forgot.value), { epoch: EPOCH, seq: 310 }, 1);
  t.match(late, { value: { acked: 310, needs: [] } }, "the next connection says it anew");
  t.end();
});

test("what the authority asks for is sent before what is new, and within the journal only", (t) => {
  const asked = need(openOutbox(EPOCH, 300, 310), { epoch: EPOCH, from: 1, to: 250 }, 51);
  t.ok(asked.ok);
  if (!asked.ok) return t.end();
  t.same(nextToSend(asked.value, at(0)), { from: 51, to: 150 });
  const part = sent(asked.value, { from: 51, to: 120 }, at(0));
  t.same(nextToSend(part, at(99)), { from: 301, to: 310 }, "pauses between them, and what is new goes on");
  t.same(nextToSend(part, at(100)), { from: 121, to: 220 });
  const beyond = need(openOutbox(EPOCH, 0, 9), { epoch: EPOCH, from: 10, to: 20 }, 1);
  t.ok(beyond.ok && beyond.value.needs.length === 0);
  t.same(need(openOutbox(EPOCH, 0, 9), { epoch: "ff".repeat(8), from: 1, to: 2 }, 1), {
    ok: false,
    error: { kind: "other-epoch" },
  });
  t.end();
});

test("a range asked for twice is sent once, and sixteen at most wait", (t) => {
  let outbox = openOutbox(EPOCH, 1000, 1000);
  for (let from = 1; from <= 20; from += 1) {
    for (const _twice of [1, 2]) {
      const asked = need(outbox, { epoch: EPOCH, from: from * 10, to: from * 10 + 1 }, 1);
      if (asked.ok) outbox = asked.value;
    }
  }
  t.equal(outbox.needs.length, 16);
  t.end();
});

test("a batch of the longest records stays within 32 KiB when it is signed, and of one record it is that one", (t) => {
  const long = Object.fromEntries(Array.from({ length: 16 }, (_, n) => [`n${n}`, "x".repeat(200)]));
  const records = Array.from({ length: 100 }, (_, n) => record(n + 1, long));
  const batch = fillBatch(records);
  t.ok(batch.length >= 8 && batch.length < 12, `${batch.length} records`);
  const message = signMessage(
    "evt",
    {
      site: "s".repeat(32),
      edge: "e".repeat(32),
      epoch: EPOCH,
      seq: 1,
      t: instant(0),
      exp: null,
      id: new Uint8Array(16),
    },
    { epoch: EPOCH, oldest: 1, records: batch },
    new Secret(new Uint8Array(32).fill(1)),
  );
  t.ok(message.length <= 32 * 1024, `${message.length} bytes`);
  t.equal(fillBatch(Array.from({ length: 150 }, (_, n) => record(n + 1))).length, 100);
  t.equal(fillBatch([record(1, long)]).length, 1);
  t.end();
});
