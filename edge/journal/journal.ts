/**
 * The journal: the place of every record in one chain, and what a key has used up. Pure planning: what a moment brings
 * becomes a list of changes that the store makes durable together or not at all (d7.1).
 * Not here: when to write, and what to do when the store cannot (edge/box).
 */
import type { Instant } from "@lintel/protocol/base/units.ts";
import { EMPTY_LINK, nextLink } from "@lintel/protocol/mqtt/chain.ts";
import type { JournalRecord, NewRecord } from "@lintel/protocol/mqtt/record.ts";
import { encodeRecord } from "@lintel/protocol/mqtt/record-codec.ts";

/** Where the journal ends. The next record takes `seq + 1` and is chained to `hash`. */
export interface JournalHead {
  /** 16 hex digits: one life of the database. */
  readonly epoch: string;
  /** 0: empty. */
  readonly seq: number;
  /** SHA-256, 64 hex digits, of the record before's hash ‖ the record's bytes; of an empty journal, zeros. */
  readonly hash: string;
}

export const EMPTY_HASH = EMPTY_LINK;

/** What one issue of a key has used up. Rows are raised, never deleted: no keyset lowers a count (d7.4). */
export interface StoredUses {
  readonly key: string;
  readonly issue: number;
  /** Every use that ever was. */
  readonly count: number;
  /** How many of them were given back (d7.2). At most `count`; only rises too. */
  readonly given: number;
  /** In the order of their first use. */
  readonly doors: readonly UsesAtDoor[];
  /** When the first of them was that was not given back, or may still be. */
  readonly firstAt: Instant;
}

export interface UsesAtDoor {
  readonly door: string;
  readonly count: number;
  readonly given: number;
}

/** Where the token of one issue of a key stands: the lowest counter, or step, that is still taken. It only rises. */
export interface StoredOtp {
  readonly key: string;
  readonly issue: number;
  readonly next: number;
}

/** Of a record: `hash` is that of the journal with it. */
export type JournalChange =
  | { readonly kind: "record"; readonly record: JournalRecord; readonly hash: string }
  | ConsumptionChange;

/** What a key uses up. */
export type ConsumptionChange =
  | { readonly kind: "uses"; readonly uses: StoredUses }
  | { readonly kind: "otp"; readonly otp: StoredOtp };

export interface JournalPlan {
  readonly head: JournalHead;
  readonly changes: readonly JournalChange[];
}

/** Gives each record its number and its link, in order. Nothing is true before the changes are durable. */
export function planRecords(head: JournalHead, records: readonly NewRecord[]): JournalPlan {
  let at = head;
  const changes = records.map((fresh): JournalChange => {
    const record = placed(fresh, at.epoch, at.seq + 1);
    at = { ...at, seq: record.seq, hash: chainHash(at.hash, record) };
    return { kind: "record", record, hash: at.hash };
  });
  return { head: at, changes };
}

/** The fields in the order in which people and programs read them. */
function placed(fresh: NewRecord, epoch: string, seq: number): JournalRecord {
  const { at, clock, door, event, reasons, key, user, fingerprint, covert = null, detail } = fresh;
  return { epoch, seq, at, clock, door, event, reasons, key, user, fingerprint, covert, detail };
}

export function chainHash(before: string, record: JournalRecord): string {
  return nextLink(before, encodeRecord(record));
}

/** The seq of the first record that does not follow from the one before; null: the chain holds. */
export function brokenLink(
  before: string,
  records: readonly { readonly record: JournalRecord; readonly hash: string }[],
): number | null {
  let link = before;
  for (const { record, hash } of records) {
    if (chainHash(link, record) !== hash) return record.seq;
    link = hash;
  }
  return null;
}
