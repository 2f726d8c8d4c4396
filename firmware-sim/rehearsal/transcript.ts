/**
 * What a rehearsal tells: one event for each thing that happened at a door, at the true time at which it happened
 * (design 5.6). `unlocked` and `locked` are the relay of the simulated Controller; the rest is what the edge recorded.
 */
import type { Instant } from "@lintel/protocol/base/units.ts";
import type { Reason } from "@lintel/protocol/base/words.ts";
import type { RecordEvent, ShownRecord } from "@lintel/protocol/mqtt/record.ts";

export interface TranscriptEvent {
  readonly at: Instant;
  /** Null for what concerns no door. */
  readonly door: string | null;
  readonly event: string;
  readonly key?: string;
  readonly reasons?: readonly Reason[];
  /** Numbers and words that belong to it. */
  readonly detail?: ShownRecord["detail"];
}

/** Records that are the edge's own business: a reader of a rehearsal looks for what happened at doors. */
const UNTOLD: readonly RecordEvent[] = [
  "edge-started",
  "adopted",
  "paired",
  "pairing-opened",
  "pairing-closed",
  "controller-boot",
  "keyset-refused",
  "message-refused",
];

/** Null: nothing that a transcript tells. `at` is the true time. */
export function eventOf(record: ShownRecord, at: Instant): TranscriptEvent | null {
  if (UNTOLD.includes(record.event)) return null;
  const { door, event, key, reasons, detail } = record;
  return {
    at,
    door,
    event,
    ...(key === null ? {} : { key }),
    ...(event === "denied" ? { reasons } : {}),
    ...(Object.keys(detail).length === 0 ? {} : { detail }),
  };
}

/** As one line of `--json`. */
export function lineOf({ at, ...rest }: TranscriptEvent): string {
  return JSON.stringify({ at: new Date(at).toISOString(), ...rest });
}

/** By time; what happened at the same ms stays in the order in which it became known. */
export function inOrder(events: readonly TranscriptEvent[]): readonly TranscriptEvent[] {
  return events
    .map((event, place) => ({ event, place }))
    .sort((a, b) => a.event.at - b.event.at || a.place - b.place)
    .map(({ event }) => event);
}
