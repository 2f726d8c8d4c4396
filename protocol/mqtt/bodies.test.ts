import fc from "fast-check";
import { test } from "tap";
import { encodeCbor } from "../base/cbor.ts";
import { instant } from "../base/units.ts";
import { CLOCK_TRUSTS, REASONS } from "../base/words.ts";
import { BODIES, type MessageKind } from "./bodies.ts";
import { LIMITS } from "./limits.ts";
import { type JournalRecord, RECORD_EVENTS } from "./record.ts";
import { decodeRecord, encodeRecord, RECORD } from "./record-codec.ts";
import type { Shape } from "./shape.ts";

const epoch = "00112233445566aa";
const record: JournalRecord = {
  epoch,
  seq: 5,
  at: instant(1_795_000_000_000),
  clock: "trusted",
  door: "front",
  event: "denied",
  reasons: ["disabled", "outside-window"],
  key: "k1",
  user: "u1",
  fingerprint: null,
  covert: null,
  detail: { release: 5000, by: "rex", first: true },
};
const written = RECORD.write(record) as Record<string, never>;
const bytes32 = new Uint8Array(32).fill(9);
const digest = "ab".repeat(32);

/** One of each kind, as it is sent. */
const samples: { readonly [K in MessageKind]: unknown } = {
  root: { n: 1, root: bytes32, keyset: bytes32, online: bytes32 },
  adopt: { signing: bytes32, agreement: bytes32, mac: bytes32 },
  "adopt-answer": { root: bytes32, agreement: bytes32, mac: bytes32 },
  time: { nonce: new Uint8Array(16) },
  "time-answer": { nonce: new Uint8Array(16), now: 5 },
  evt: { epoch, oldest: 1, records: [record, { ...record, seq: 6 }] },
  ack: { epoch, seq: 0 },
  need: { epoch, from: 1, to: 1 },
  birth: {
    software: "0.1.0",
    session: 4,
    doors: ["front"],
    keyset: { number: 1, digest },
    journal: { epoch, oldest: 1, head: 0 },
    clock: { trust: "floor-only", floor: 0 },
  },
  keyset: { edge: "e1", number: 3, digest, size: 10, chunks: [digest] },
  "keyset-report": { number: 3, digest, state: { refused: "wrong-hash" } },
  command: { n: 1, act: { kind: "release", door: "front" }, by: "operator" },
  checkpoint: { epoch, seq: 1, hash: digest, keyset: 0, floor: 0 },
  "log-checkpoint": { place: 0, log: digest, entry: 0, audit: digest },
  "command-answer": { n: 1, command: new Uint8Array(16), outcome: { kind: "refused", why: "stale" } },
};

for (const [kind, sample] of Object.entries(samples)) {
  const shape = BODIES[kind as MessageKind] as Shape<unknown>;
  test(`${kind}: read as it was written; each field missing, added or of another type is refused by its path`, (t) => {
    const body = shape.write(sample) as Record<string, never>;
    t.same(shape.read(body, ""), { ok: true, value: sample });
    const fields = Object.keys(body);
    t.ok(fields.length > 0);
    for (const field of fields) {
      const { [field]: _gone, ...without } = body;
      t.match(shape.read(without, ""), { ok: false, error: { at: field } }, `${field} missing`);
      t.notOk(shape.read({ ...body, [field]: Number.NaN }, "").ok, `${field} of another type`);
    }
    t.match(shape.read({ ...body, extra: 1 }, ""), { ok: false, error: { at: "extra" } });
    for (const other of [null, 1, "x", [], new Uint8Array(3)]) t.notOk(shape.read(other, "").ok);
    t.end();
  });
}

const batches: readonly { name: string; batch: object; ok: boolean }[] = [
  { name: "100 records", batch: { records: many(100) }, ok: true },
  { name: "101 records", batch: { records: many(101) }, ok: false },
  { name: "none", batch: { records: [] }, ok: false },
  { name: "a gap in the numbers", batch: { records: [at(5), at(9)] }, ok: true },
  { name: "one number twice", batch: { records: [at(5), at(5)] }, ok: false },
  { name: "falling numbers", batch: { records: [at(6), at(5)] }, ok: false },
  { name: "a record of another epoch", batch: { records: [{ ...at(5), epoch: new Uint8Array(8) }] }, ok: false },
  { name: "number 0", batch: { records: [at(0)] }, ok: false },
];
for (const { name, batch, ok } of batches) {
  test(`a batch: ${name}: ${ok ? "taken" : "refused"}`, (t) => {
    const whole = { epoch: Uint8Array.from([0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0xaa]), oldest: 1, ...batch };
    t.equal(BODIES.evt.read(whole as never, "").ok, ok);
    t.end();
  });
}

test("100 ordinary records make a batch that fits its limit", (t) => {
  const batch = BODIES.evt.write({ epoch, oldest: 1, records: Array.from({ length: 100 }, () => record) });
  t.ok(encodeCbor(batch).length < LIMITS.batchBytes);
  t.end();
});

const details: readonly { name: string; detail: unknown; ok: boolean }[] = [
  { name: "empty", detail: {}, ok: true },
  { name: "at its limits", detail: entries(LIMITS.detailEntries, LIMITS.detailText), ok: true },
  { name: "one entry too many", detail: entries(LIMITS.detailEntries + 1, 1), ok: false },
  { name: "one character too many", detail: entries(1, LIMITS.detailText + 1), ok: false },
  { name: "a name too long", detail: { ["n".repeat(LIMITS.detailName + 1)]: 1 }, ok: false },
  { name: "a map inside", detail: { inner: {} }, ok: false },
  { name: "bytes inside", detail: { inner: new Uint8Array(2) }, ok: false },
  { name: "not a number", detail: { n: Number.POSITIVE_INFINITY }, ok: false },
];
for (const { name, detail, ok } of details) {
  test(`a record's detail: ${name}: ${ok ? "taken" : "refused"}`, (t) => {
    t.equal(RECORD.read({ ...written, detail: detail as never }, "").ok, ok);
    t.end();
  });
}

test("a time between two ms travels as the earlier one", (t) => {
  const between = { ...record, at: instant(1_795_000_000_000.75) };
  t.same(decodeRecord(encodeRecord(between)), { ok: true, value: record });
  t.end();
});

test("any record comes back from its bytes, and equal records have equal bytes", (t) => {
  const name = fc.stringMatching(/^[a-z0-9-]{1,32}$/);
  const anyRecord: fc.Arbitrary<JournalRecord> = fc.record({
    epoch: fc.stringMatching(/^[0-9a-f]{16}$/),
    seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    at: fc.integer({ min: 0, max: 8.64e15 }).map(instant),
    clock: fc.constantFrom(...CLOCK_TRUSTS),
    door: fc.option(name),
    event: fc.constantFrom(...RECORD_EVENTS),
    reasons: fc.uniqueArray(fc.constantFrom(...REASONS)),
    key: fc.option(name),
    user: fc.option(name),
    fingerprint: fc.option(fc.stringMatching(/^[0-9a-f]{8}$/)),
    covert: fc.option(fc.stringMatching(/^[0-9a-f]{96}$/)),
    detail: fc.dictionary(
      fc.stringMatching(/^[a-z]{1,20}$/),
      fc.oneof(
        fc.integer(),
        fc.boolean(),
        fc.string({ maxLength: 40 }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
      ),
      { maxKeys: 10, noNullPrototype: true },
    ),
  });
  let seen = 0;
  fc.assert(
    fc.property(anyRecord, (one) => {
      seen += 1;
      const bytes = encodeRecord(one);
      const read = decodeRecord(bytes);
      t.ok(read.ok);
      return read.ok && Buffer.compare(encodeRecord(read.value), bytes) === 0;
    }),
  );
  t.ok(seen >= 100);
  t.end();
});

function at(seq: number) {
  return { ...written, seq };
}
function many(count: number) {
  return Array.from({ length: count }, (_, index) => at(index + 1));
}
function entries(count: number, length: number) {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`n${index}`, "x".repeat(length)]));
}
