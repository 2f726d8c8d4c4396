/** One record made durable by the edge's store, beside a bare append with fsync to a file in the same folder. */
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { openStore, type SqliteStore } from "@lintel/edge/shell/store.ts";
import { toHex } from "@lintel/protocol/base/bytes.ts";
import { instant } from "@lintel/protocol/base/units.ts";
import type { JournalRecord } from "@lintel/protocol/mqtt/record.ts";
import { encodeRecord } from "@lintel/protocol/mqtt/record-codec.ts";
import { sha256 } from "@noble/hashes/sha2.js";
import type { Figure } from "./figure.ts";

export function diskFigures(folder: string, samples: number): Figure[] {
  const store = openStore(join(folder, "bench.db"));
  if (!store.ok) throw new Error(JSON.stringify(store.error));
  const file = openSync(join(folder, "bench.log"), "a", 0o600);
  const ours: number[] = [];
  const bare: number[] = [];
  try {
    // By turns: a disk that is busy with something else is so for both.
    for (let seq = 1; seq <= samples; seq += 1) {
      const record = someGrant(seq);
      const bytes = encodeRecord(record);
      ours.push(inMs(() => keep(store.value, record, bytes)));
      bare.push(
        inMs(() => {
          writeSync(file, bytes);
          fsyncSync(file);
        }),
      );
    }
  } finally {
    closeSync(file);
    store.value.close();
  }
  const beside = { what: "bare append and fsync", samples: bare };
  return [{ what: "durable record (a grant and its use)", unit: "ms", samples: ours, beside }];
}

const FIRST_USE = instant(Date.UTC(2026, 10, 23, 12));

function keep(store: SqliteStore, record: JournalRecord, bytes: Uint8Array): void {
  const count = record.seq;
  const at = { door: "front", count, given: 0 };
  const uses = { key: "k1", issue: 1, count, given: 0, doors: [at], firstAt: FIRST_USE };
  store.commit([
    { kind: "record", record, hash: toHex(sha256(bytes)) },
    { kind: "uses", uses },
  ]);
}

function someGrant(seq: number): JournalRecord {
  return {
    epoch: "00112233445566aa",
    seq,
    at: instant(Date.UTC(2026, 10, 23, 12) + seq),
    clock: "trusted",
    door: "front",
    event: "granted",
    reasons: [],
    key: "k1",
    user: "u1",
    fingerprint: null,
    covert: null,
    detail: { via: "pin", release: 5000 },
  };
}

function inMs(act: () => void): number {
  const begun = performance.now();
  act();
  return performance.now() - begun;
}
