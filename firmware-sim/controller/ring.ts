/**
 * The ring of local events: what happened at the door, kept until the edge has made it durable, also over hours of a cut
 * line (domain-rules, "What happens while the line is down"). It lives in memory: a boot begins a new one.
 */
import { between, type Monotonic } from "@lintel/protocol/base/units.ts";
import type { RingEvent } from "@lintel/protocol/osdp/mfg.ts";
import { LIMITS } from "./limits.ts";

/** An event as the ring keeps it: with its time, from which its age is made when it is sent. */
export interface KeptEvent extends Omit<RingEvent, "ageMs"> {
  readonly at: Monotonic;
}

export interface Ring {
  /** Oldest first. */
  readonly kept: readonly KeptEvent[];
  /** The number of the next event. */
  readonly next: number;
  /** Events lost and not yet told: they stand as one `overflow` before all others, in the place of the last of them. */
  readonly lost: { readonly first: number; readonly last: number; readonly at: Monotonic } | null;
}

export const EMPTY_RING: Ring = { kept: [], next: 1, lost: null };

/** What happened, without the number that the ring gives it. */
export type LocalEvent = Pick<RingEvent, "kind" | "on" | "count">;

export function keep(ring: Ring, event: LocalEvent, now: Monotonic): Ring {
  const kept = [...ring.kept, { ...event, n: ring.next, at: now }];
  const room = LIMITS.ringEvents - (ring.lost === null ? 0 : 1);
  const fuller = { ...ring, kept, next: ring.next + 1 };
  if (kept.length <= room) return fuller;
  // The overflow itself takes a place: the first time two events go for it.
  const going = kept.slice(0, kept.length - (LIMITS.ringEvents - 1));
  const first = ring.lost?.first ?? going[0]!.n;
  const last = going.at(-1)!;
  return { ...fuller, kept: kept.slice(going.length), lost: { first, last: last.n, at: last.at } };
}

/** Keypresses that nobody will be sent. As long as `sentUpTo` leaves them unsent, they add up to one event. */
export function keepDropped(ring: Ring, count: number, sentUpTo: number, now: Monotonic): Ring {
  const last = ring.kept.at(-1);
  if (last?.kind !== "keys-dropped" || last.n <= sentUpTo) return keep(ring, { kind: "keys-dropped", count }, now);
  const more = { ...last, count: (last.count ?? 0) + count };
  return { ...ring, kept: [...ring.kept.slice(0, -1), more] };
}

export function oldestEvents(ring: Ring, most: number, now: Monotonic): RingEvent[] {
  const events = ring.kept.slice(0, most).map(({ at, ...event }) => ({ ...event, ageMs: between(at, now) }));
  if (ring.lost === null) return events;
  const { first, last, at } = ring.lost;
  const overflow: RingEvent = { n: last, ageMs: between(at, now), kind: "overflow", count: last - first + 1 };
  return [overflow, ...events].slice(0, most);
}

/** The edge holds everything up to `upTo`, also of what was lost meanwhile. */
export function acknowledge(ring: Ring, upTo: number): Ring {
  const { lost } = ring;
  return {
    ...ring,
    kept: ring.kept.filter(({ n }) => n > upTo),
    lost: lost === null || lost.last <= upTo ? null : { ...lost, first: Math.max(lost.first, upTo + 1) },
  };
}

export function isEmpty(ring: Ring): boolean {
  return ring.kept.length === 0 && ring.lost === null;
}
