/**
 * What a rehearsal tells: one event for each thing that happened at a door, at the true time at which it happened
 * (design 5.6). `unlocked` and `locked` are the relay of the simulated Controller; the rest is what the edge recorded.
 */
import { between, type Instant } from "@lintel/protocol/base/units.ts";
import type { ClockTrust, Reason } from "@lintel/protocol/base/words.ts";
import type { RecordEvent, ShownRecord } from "@lintel/protocol/mqtt/record.ts";
import { LIMITS } from "./limits.ts";

export interface TranscriptEvent {
  readonly at: Instant;
  /** Null for what concerns no door. */
  readonly door: string | null;
  readonly event: string;
  readonly key?: string;
  readonly reasons?: readonly Reason[];
  /** Numbers and words that belong to it. */
  readonly detail?: ShownRecord["detail"];
  /** Of a grant or a denial: how far the edge believed its clock. For the story; not in `lineOf`. */
  readonly trust?: ClockTrust;
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
    ...(event === "granted" || event === "denied" ? { trust: record.clock } : {}),
  };
}

/** As one line of `--json`. */
export function lineOf({ at, trust: _untold, ...rest }: TranscriptEvent): string {
  return JSON.stringify({ at: new Date(at).toISOString(), ...rest });
}

/** By time; what happened at the same ms stays in the order in which it became known. */
export function inOrder(events: readonly TranscriptEvent[]): readonly TranscriptEvent[] {
  return events
    .map((event, place) => ({ event, place }))
    .sort((a, b) => a.event.at - b.event.at || a.place - b.place)
    .map(({ event }) => event);
}

/**
 * Puts in order while a run goes on. What a Controller kept while its line was down becomes known later than what
 * happened after it: so nothing is let go before every line has stood for a while.
 */
export class Telling {
  readonly #heard: TranscriptEvent[] = [];
  /** Since when nothing can be late; null: something may be. */
  #wholeSince: Instant | null = null;

  hear(event: TranscriptEvent): void {
    if (event.event === "online" || event.event === "offline") this.#wholeSince = null;
    let place = this.#heard.length;
    while (place > 0 && this.#heard[place - 1]!.at > event.at) place -= 1;
    this.#heard.splice(place, 0, event);
  }

  /** What nothing can come before any more, in order. `whole`: every edge hears all of its doors now. */
  take(now: Instant, whole: boolean): readonly TranscriptEvent[] {
    if (!whole) this.#wholeSince = null;
    else this.#wholeSince ??= now;
    if (this.#wholeSince === null || between(this.#wholeSince, now) < LIMITS.hearsay) return [];
    const kept = this.#heard.findIndex(({ at }) => between(at, now) < LIMITS.hearsay);
    return this.#heard.splice(0, kept < 0 ? this.#heard.length : kept);
  }

  /** All that is left: the run is over. */
  rest(): readonly TranscriptEvent[] {
    return this.#heard.splice(0);
  }
}
