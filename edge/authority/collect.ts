/**
 * Collecting the journals of the edges: every record is held once, whatever arrives twice, late or out of order, and
 * is *collected* (given its place in the log and told) in the order of its seq, without gap.
 * Acknowledged is only what is durable and whole from 1 on; what is missing is asked for.
 */
import { equalBytes } from "@lintel/protocol/base/bytes.ts";
import { invariant } from "@lintel/protocol/base/invariant.ts";
import type { Instant } from "@lintel/protocol/base/units.ts";
import type { Birth, EvtBatch } from "@lintel/protocol/mqtt/bodies.ts";
import { type JournalRecord, shownRecord } from "@lintel/protocol/mqtt/record.ts";
import { decodeRecord, encodeRecord } from "@lintel/protocol/mqtt/record-codec.ts";
import { judgeCheckpoints } from "./checkpoints.ts";
import type { AuthorityEvent, AuthorityStore } from "./ports.ts";

export interface Collected {
  /** All of `epoch` up to here is durable. */
  readonly ack: { readonly epoch: string; readonly seq: number };
  /** The first gap, both ends included. */
  readonly need: { readonly epoch: string; readonly from: number; readonly to: number } | null;
  /** To be told once the transaction stands. */
  readonly events: readonly AuthorityEvent[];
}

/** Takes one batch, inside a transaction of the caller. The batch's signature is already verified. */
export function collectBatch(store: AuthorityStore, edge: string, batch: EvtBatch, now: Instant): Collected {
  const { epoch } = batch;
  const events: AuthorityEvent[] = [];
  for (const record of batch.records) {
    const bytes = encodeRecord(record);
    const held = store.record(edge, epoch, record.seq);
    if (held === null) {
      store.addRecord(edge, epoch, record.seq, bytes);
    } else if (!equalBytes(held, bytes)) {
      const subject = `${edge}/${epoch}/${record.seq}`;
      if (store.raiseAlarm("record-conflict", subject, now)) {
        events.push({ event: "alarm", what: "record-conflict", subject });
      }
    }
  }
  events.push(...advance(store, edge, batch, now));
  return { ack: { epoch, seq: store.collectedUpTo(edge, epoch) }, need: firstGap(store, edge, epoch), events };
}

/** Gives their place to all records that now follow without gap. */
function advance(store: AuthorityStore, edge: string, batch: EvtBatch, now: Instant): AuthorityEvent[] {
  const { epoch, oldest } = batch;
  const events: AuthorityEvent[] = [];
  for (;;) {
    const upTo = store.collectedUpTo(edge, epoch);
    const next = store.nextHeld(edge, epoch, upTo);
    if (next === upTo + 1) {
      store.collect(edge, epoch, next);
      events.push(...judgeCheckpoints(store, { edge, epoch, seq: next }, now));
      const record = shownRecord(heldRecord(store.record(edge, epoch, next)!));
      events.push({ event: "collected", edge, record });
      continue;
    }
    // Records below `oldest` that are not held will never come: the log goes on behind them, and says so.
    const end = Math.min(oldest, next ?? oldest) - 1;
    if (end <= upTo) return events;
    const subject = `${edge}/${epoch}/${upTo + 1}-${end}`;
    if (store.raiseAlarm("records-lost", subject, now)) events.push({ event: "alarm", what: "records-lost", subject });
    store.addAudit({ at: now, what: "records-lost", detail: { edge, epoch, from: upTo + 1, to: end } });
    store.skipTo(edge, epoch, end);
  }
}

function firstGap(store: AuthorityStore, edge: string, epoch: string): Collected["need"] {
  const upTo = store.collectedUpTo(edge, epoch);
  const next = store.nextHeld(edge, epoch, upTo);
  return next === null ? null : { epoch, from: upTo + 1, to: next - 1 };
}

/**
 * What a birth says about the journal: a head below what was collected is an older disk put back. `id`: of its message;
 * the same connection with another one is a second edge with the same data.
 */
export function judgeBirth(
  store: AuthorityStore,
  edge: string,
  { birth, id }: { readonly birth: Birth; readonly id: Uint8Array },
  now: Instant,
): readonly AuthorityEvent[] {
  const { epoch, head } = birth.journal;
  const alarm = (what: "journal-went-back" | "edge-twice", subject: string): readonly AuthorityEvent[] =>
    store.raiseAlarm(what, subject, now) ? [{ event: "alarm", what, subject }] : [];
  const twice = store.meet(edge, epoch, birth.session, id)
    ? []
    : alarm("edge-twice", `${edge}/${epoch}/${birth.session}`);
  const back = head >= store.collectedUpTo(edge, epoch) ? [] : alarm("journal-went-back", `${edge}/${epoch}/${head}`);
  return [...back, ...twice];
}

/** A held record in its shape again. Its bytes were made here, from a record that was read strictly. */
export function heldRecord(bytes: Uint8Array): JournalRecord {
  const record = decodeRecord(bytes);
  invariant(record.ok, "a held record reads as it was written");
  return record.value;
}
