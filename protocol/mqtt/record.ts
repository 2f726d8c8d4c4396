/**
 * A record: one journal entry, as it is written at the edge and collected by the authority. No digit of a code is ever
 * in one: a code that matched is its key's id, one that did not is a keyed fingerprint (d1.7).
 */

import type { Instant } from "../base/units.ts";
import type { ClockTrust, Reason } from "../base/words.ts";

/** What a record tells. The words of design 5.6 where both exist. */
export const RECORD_EVENTS = [
  "granted",
  "denied",
  "taken",
  "not-taken",
  "opened",
  "closed",
  "forced",
  "held-open-soon",
  "held-open",
  "held-open-cleared",
  "rex",
  "fire",
  "fire-cleared",
  "tamper",
  "tamper-cleared",
  "online",
  "offline",
  "paired",
  "pairing-opened",
  "pairing-closed",
  "controller-boot",
  "keypresses-dropped",
  "ring-overflow",
  "bus-alarm",
  "edge-started",
  "adopted",
  "keyset-applied",
  "keyset-refused",
  "message-refused",
  "clock",
  "hardware-fault",
  "lockout",
  "lockout-cleared",
  "wrong-entries",
  "hours-started",
  "hours-ended",
  "override",
  "mode",
  "given-back",
  "command-refused",
] as const;
export type RecordEvent = (typeof RECORD_EVENTS)[number];

export interface JournalRecord {
  /** Names one life of the journal: 16 hex digits, made with the database. A restored disk is noticed by it. */
  readonly epoch: string;
  /** From 1, without gap, within an epoch. The order of records is this and never the time. */
  readonly seq: number;
  readonly at: Instant;
  readonly clock: ClockTrust;
  /** The door it is about; null for the edge itself. */
  readonly door: string | null;
  readonly event: RecordEvent;
  /** Of a denial, all of them; else empty. */
  readonly reasons: readonly Reason[];
  readonly key: string | null;
  readonly user: string | null;
  /** Of an unknown code: first 4 bytes of a keyed hash, hex, to see repeats without the digits. */
  readonly fingerprint: string | null;
  /**
   * Of a grant: 48 bytes in hex, sealed to the authority (`covert.ts`). It is there whichever code was typed, and says
   * whether it was a duress code. Null for everything else.
   */
  readonly covert: string | null;
  /** What else belongs to the event: numbers and words, never a secret. */
  readonly detail: Readonly<Record<string, string | number | boolean>>;
}

/**
 * A record as it is shown: without its sealed field. That nobody who only looks could open it is not enough, for what is
 * not there needs no trust.
 */
export type ShownRecord = Omit<JournalRecord, "covert">;

export function shownRecord(record: JournalRecord): ShownRecord {
  const { covert: _sealed, ...shown } = record;
  return shown;
}

/** A record before the journal gave it its place. */
export type NewRecord = Omit<JournalRecord, "epoch" | "seq" | "covert"> & { readonly covert?: string | null };
