/**
 * The outbox: which records the authority has not acknowledged, and which of them to send now. The cursor is raised by
 * a signed acknowledgement of our own epoch alone; that a broker took a message says nothing (facts mqtt 2, 3).
 * One batch is on its way at a time, oldest first, so that a slow line carries each record once.
 */

import { encodeCbor } from "@lintel/protocol/base/cbor.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { after, type Monotonic, monotonic } from "@lintel/protocol/base/units.ts";
import { LIMITS as WIRE } from "@lintel/protocol/mqtt/limits.ts";
import type { JournalRecord } from "@lintel/protocol/mqtt/record.ts";
import { RECORD } from "@lintel/protocol/mqtt/record-codec.ts";
import { LIMITS } from "./limits.ts";

export interface Outbox {
  readonly epoch: string;
  /** Everything to here is durable at the authority. 0: nothing. */
  readonly acked: number;
  /** The newest record of the journal. */
  readonly head: number;
  /** Sent and not acknowledged. */
  readonly flight: { readonly to: number; readonly until: Monotonic } | null;
  /** Ranges asked for by the authority, in the order asked, both ends included. */
  readonly needs: readonly Range[];
  readonly needAt: Monotonic;
  /** On this connection nothing was acknowledged yet: the next one says up to where the authority's database goes. */
  readonly unheard: boolean;
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

export function openOutbox(epoch: string, acked: number, head: number): Outbox {
  return { epoch, acked, head, flight: null, needs: [], needAt: monotonic(0), unheard: true };
}

/** What to read from the journal and send next; null: nothing now. What was asked for goes before what is new. */
export function nextToSend(outbox: Outbox, now: Monotonic): Range | null {
  const need = outbox.needs[0];
  if (need !== undefined && now >= outbox.needAt) {
    return { from: need.from, to: Math.min(need.to, need.from + WIRE.batchRecords - 1) };
  }
  if (outbox.flight !== null && now < outbox.flight.until) return null;
  if (outbox.acked >= outbox.head) return null;
  return { from: outbox.acked + 1, to: Math.min(outbox.head, outbox.acked + WIRE.batchRecords) };
}

/** `range` was handed to the broker. It may be shorter than what was asked for: the rest follows. */
export function sent(outbox: Outbox, range: Range, now: Monotonic): Outbox {
  const [need, ...needs] = outbox.needs;
  if (need !== undefined && range.from === need.from && now >= outbox.needAt) {
    const left = range.to < need.to ? [{ from: range.to + 1, to: need.to }, ...needs] : needs;
    return { ...outbox, needs: left, needAt: after(now, LIMITS.needPause) };
  }
  return { ...outbox, flight: { to: range.to, until: after(now, LIMITS.ackWait) } };
}

/** When there may be something to send again, if nothing happens before; null: not by time alone. */
export function outboxWake(outbox: Outbox): Monotonic | null {
  const times: Monotonic[] = [];
  if (outbox.needs.length > 0) times.push(outbox.needAt);
  if (outbox.flight !== null && outbox.acked < outbox.head) times.push(outbox.flight.until);
  return times.length === 0 ? null : times.reduce((a, b) => (a < b ? a : b));
}

/**
 * A signed acknowledgement. One that repeats, or that comes late, is taken and changes nothing. But where the first of a
 * connection, the answer to our birth, lies below the cursor, the authority forgot what it had acknowledged (a database
 * put back from a backup): that is sent again, as far as the journal goes back (`oldest`).
 */
export function acknowledge(
  outbox: Outbox,
  ack: { readonly epoch: string; readonly seq: number },
  oldest: number,
): Result<Outbox, { readonly kind: "other-epoch" } | { readonly kind: "beyond-journal" }> {
  if (ack.epoch !== outbox.epoch) return fail({ kind: "other-epoch" });
  // The authority holds more of this epoch than we do: an older disk was put back, and seqs were given twice.
  if (ack.seq > outbox.head) return fail({ kind: "beyond-journal" });
  if (ack.seq < outbox.acked && outbox.unheard) {
    const forgotten = { epoch: ack.epoch, from: ack.seq + 1, to: outbox.acked };
    return need({ ...outbox, unheard: false }, forgotten, oldest);
  }
  if (ack.seq <= outbox.acked) return ok({ ...outbox, unheard: false });
  const flight = outbox.flight !== null && ack.seq >= outbox.flight.to ? null : outbox.flight;
  return ok({ ...outbox, acked: ack.seq, flight, unheard: false });
}

/** `oldest`: the first record that the journal still holds. What lies outside of the journal is left out. */
export function need(
  outbox: Outbox,
  asked: Range & { readonly epoch: string },
  oldest: number,
): Result<Outbox, { readonly kind: "other-epoch" }> {
  if (asked.epoch !== outbox.epoch) return fail({ kind: "other-epoch" });
  const range = { from: Math.max(asked.from, oldest), to: Math.min(asked.to, outbox.head) };
  const asksAlready = outbox.needs.some(({ from, to }) => from <= range.from && range.to <= to);
  if (range.from > range.to || asksAlready || outbox.needs.length >= LIMITS.needs) return ok(outbox);
  return ok({ ...outbox, needs: [...outbox.needs, range] });
}

/** The connection is a new one: what was on its way may be lost. */
export function reconnected(outbox: Outbox): Outbox {
  return { ...outbox, flight: null, needs: [], unheard: true };
}

/** As many of `records`, from the first, as one signed message carries. At least one. */
export function fillBatch(records: readonly JournalRecord[]): readonly JournalRecord[] {
  let bytes = LIMITS.batchOverhead;
  let count = 0;
  for (const record of records.slice(0, WIRE.batchRecords)) {
    bytes += encodeCbor(RECORD.write(record)).length;
    if (count > 0 && bytes > WIRE.batchBytes) break;
    count += 1;
  }
  return records.slice(0, count);
}
