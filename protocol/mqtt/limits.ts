/** Bounds of what passes between edge and authority over MQTT. */
import { millis } from "../base/units.ts";

export const LIMITS = {
  /** The sealed field of a grant's record: nonce, 8 bytes, tag. Of one size, so that its length tells nothing. */
  covertBytes: 48,
  /** Records in one batch (facts mqtt 3). The sender waits for the acknowledgement before it sends much more. */
  batchRecords: 100,
  /** Longest signed batch, in bytes (facts mqtt 3): fits every broker's cap, and a slow line is free again soon. */
  batchBytes: 32 * 1024,
  /** Longest signed message of any kind, in bytes. A manifest of 1024 chunks is 35 KiB. */
  messageBytes: 128 * 1024,
  /** Longest payload a broker of ours takes, in bytes: a chunk of 64 KiB is less, a signed message is the longest. */
  packetBytes: 160 * 1024,
  /** Deepest nesting in a message: envelope, body, list of records, record, reasons. */
  depth: 8,
  /** Chunks that one manifest may name: the longest keyset, 64 MiB, in pieces of 64 KiB. */
  manifestChunks: 1024,
  /** Doors one edge may report. */
  doors: 1000,
  /** Entries of a record's `detail`, the longest name in it and the longest text, in characters. */
  detailEntries: 16,
  detailName: 32,
  detailText: 200,
  /** Longest adoption token as text. A broker URL of 500 characters fits. */
  tokenText: 1200,
  brokerUrl: 500,
  /** How long an adoption token may be used (design 4; row K1). */
  tokenLife: millis(48 * 3600_000),
} as const;
