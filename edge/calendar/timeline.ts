/**
 * When a door stands unlocked by itself over a length of time, and why: what `lintel timeline` shows (design 5.5). It is
 * the standing of the door at every instant at which that may change, so it can never say something else than the door.
 * Not here: overrides, modes by command, and what a clock is believed: nobody knows them ahead.
 */
import type { Instant, Millis } from "@lintel/protocol/base/units.ts";
import type { HoursInterval } from "./hours.ts";
import { changesBetween, isFirstInOf, type Opening, type Standing, standingAt } from "./standing.ts";
import type { Interval } from "./zone.ts";

/** When somebody qualified comes: never, at the start of every interval, or once. */
export type Comes = "never" | "at-start" | Instant;

export interface TimelineDoor extends Opening {
  readonly firstIn: { readonly required: boolean; readonly grace: Millis };
}

export interface TimelineEntry extends Interval, Standing {}

/** Gapless from `from` to `to`, at most `LIMITS.timeline` long; neighbours differ in state or cause. */
export function timeline(door: TimelineDoor, comes: Comes, { from, to }: Interval): readonly TimelineEntry[] {
  const changes = new Set([from, ...changesBetween(door, from, to)]);
  if (typeof comes === "number" && from <= comes && comes < to) changes.add(comes);
  const entries: TimelineEntry[] = [];
  const begins = [...changes].filter((at) => at < to).sort((a, b) => a - b);
  begins.forEach((at, number) => {
    const standing = standingAt(door, at, (interval) => isOpened(door, comes, interval, at));
    const last = entries.at(-1);
    const end = begins[number + 1] ?? to;
    if (last !== undefined && sameStanding(last, standing)) entries[entries.length - 1] = { ...last, to: end };
    else entries.push({ from: at, to: end, ...standing });
  });
  return entries;
}

/** Whether, by `at`, somebody qualified has come for an interval. */
export function isOpened({ firstIn }: TimelineDoor, comes: Comes, interval: HoursInterval, at: Instant): boolean {
  if (!firstIn.required || comes === "at-start") return true;
  return comes !== "never" && comes <= at && isFirstInOf(interval, comes, firstIn.grace);
}

function sameStanding(a: Standing, b: Standing): boolean {
  return (
    a.state === b.state &&
    a.cause.kind === b.cause.kind &&
    a.cause.id === b.cause.id &&
    a.cause.window === b.cause.window
  );
}
