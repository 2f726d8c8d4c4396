/** Ends of what the calendar keeps and searches. */
import { millis } from "@lintel/protocol/base/units.ts";

export const LIMITS = {
  /** Zones kept open. IANA names about 600; past it, all are forgotten and opened again when asked for. */
  zones: 1_000,
  /** Spans of offsets kept for one zone, about a year each; past it, all are forgotten and computed again. */
  spansPerZone: 64,
  /**
   * Distance of the probes between which a change of offset is looked for. Two changes that undo each other within it
   * would be missed; the closest pair in the zone data since 1970 is weeks apart (Ramadan in Casablanca, Cairo, Gaza).
   */
  offsetProbe: millis(86_400_000),
  /** Longest stretch that a timeline is made of at once: it has a few entries for every day. */
  timeline: millis(20 * 366 * 86_400_000),
  /** Windows named in one sentence; the others are counted. */
  windowsSaid: 8,
} as const;
