/**
 * A zone: which wall time stands at an instant, and which instants show a wall time (domain-rules d5.1, d5.2).
 * Everything follows from one list, the stretches of time in which the offset stays the same; they are found once in
 * the zone data of the machine and kept, so that a decision costs a look-up.
 * Not here: what a window or a holiday means.
 */
import { after, between, type Instant, type Millis } from "@lintel/protocol/base/units.ts";
import { DAY, MINUTE, type Wall, wallText } from "./civil.ts";
import { LIMITS } from "./limits.ts";

/** Instants from `from` until just before `to`. */
export interface Interval {
  readonly from: Instant;
  readonly to: Instant;
}

/** Half-open, as an interval; the wall clock is `offset` ahead of UTC all through it. */
export interface Stretch extends Interval {
  readonly offset: Millis;
}

export interface Zone {
  /** IANA name. */
  readonly id: string;
  /** What has been found of this zone so far, by number of span. A memory, no state: the same answers without it. */
  readonly spans: Map<number, readonly Stretch[]>;
  /** Asks the zone data: slow. */
  readonly probe: (at: number) => number;
}

const OPEN = new Map<string, Zone>();

/** Null for what is no zone name, a fixed offset (`+01:00`) among them: a door must follow its region's clock (d5.1). */
export function openZone(id: string): Zone | null {
  const open = OPEN.get(id);
  if (open !== undefined) return open;
  if (!/^[A-Za-z]/.test(id)) return null; // Later engines take "+01:00" as a zone.
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", { timeZone: id, timeZoneName: "longOffset" });
  } catch {
    return null;
  }
  const zone: Zone = { id, spans: new Map(), probe: (at) => offsetIn(format.format(at)) };
  if (OPEN.size >= LIMITS.zones) OPEN.clear();
  OPEN.set(id, zone);
  return zone;
}

/** `…, GMT-04:56:02` → ms. `GMT` alone is zero. */
function offsetIn(text: string): number {
  const parts = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text);
  if (parts?.[1] === undefined) return 0;
  const size = (Number(parts[2]) * 60 + Number(parts[3])) * MINUTE + Number(parts[4] ?? 0) * 1_000;
  return parts[1] === "-" ? -size : size;
}

/** About a year: most spans hold two changes of offset. */
const SPAN = 366 * DAY;
/** No time value of the language lies further from 1970, on either side (ECMA-262). The calendar ends with them. */
const LAST_INSTANT = 8.64e15 as Instant;
const LAST_SPAN = Math.floor(LAST_INSTANT / SPAN);

/** The number of the span that holds an instant; whatever lies beyond the last one is taken for a part of it. */
function spanNumber(at: Instant): number {
  return Math.max(-LAST_SPAN, Math.min(LAST_SPAN, Math.floor(at / SPAN)));
}

function spanOf(zone: Zone, number: number): readonly Stretch[] {
  const known = zone.spans.get(number);
  if (known !== undefined) return known;
  const found = findStretches(zone, number * SPAN, Math.min((number + 1) * SPAN, LAST_INSTANT));
  if (zone.spans.size >= LIMITS.spansPerZone) zone.spans.clear();
  zone.spans.set(number, found);
  return found;
}

function findStretches(zone: Zone, from: number, to: number): Stretch[] {
  const stretches: Stretch[] = [];
  let begun = from;
  let offset = zone.probe(from);
  for (let at = from; at < to; at += LIMITS.offsetProbe) {
    const end = Math.min(at + LIMITS.offsetProbe, to);
    // The end of the span belongs to the next one: a change exactly there is found by that one's first probe.
    const next = zone.probe(end);
    if (next === offset) continue;
    const change = changeBetween(zone, at, end, offset);
    if (change < to) {
      stretches.push({ from: begun, to: change, offset } as Stretch);
      begun = change;
      offset = next;
    }
  }
  stretches.push({ from: begun, to, offset } as Stretch);
  return stretches;
}

/** The first whole second with another offset than `offset`, which stands at `low` and no longer at `high`. */
function changeBetween(zone: Zone, low: number, high: number, offset: number): number {
  let before = low;
  let behind = high;
  while (behind - before > 1_000) {
    const middle = before + Math.floor((behind - before) / 2_000) * 1_000;
    if (zone.probe(middle) === offset) before = middle;
    else behind = middle;
  }
  return behind;
}

/**
 * The stretches that meet `from` to `to` (both included), in order and gapless; the outer ones reach beyond. None where
 * that lies beyond the last instant.
 */
export function stretches(zone: Zone, from: Instant, to: Instant): readonly Stretch[] {
  const last = spanNumber(to);
  const met: Stretch[] = [];
  for (let number = spanNumber(from); number <= last; number += 1) {
    for (const stretch of spanOf(zone, number)) {
      if (stretch.to > from && stretch.from <= to) met.push(stretch);
    }
  }
  return met;
}

/** How far the wall clock is ahead of UTC at an instant. */
export function offsetAt(zone: Zone, at: Instant): Millis {
  const span = spanOf(zone, spanNumber(at));
  for (const stretch of span) if (at < stretch.to) return stretch.offset;
  return span[span.length - 1]!.offset;
}

/** What the wall clock shows at an instant. */
export function wallAt(zone: Zone, at: Instant): Wall {
  return (at + offsetAt(zone, at)) as number as Wall;
}

/** No wall clock is further from UTC than this, nor jumps further: Apia left out a whole day in 2011. */
const FURTHEST_OFFSET = (26 * 3_600_000) as Millis;

/**
 * The first instant at which the wall clock shows `wall` or later. In a fold that is the first pass, in a gap the
 * instant of the jump (domain-rules, "Time"); a 24:00 after a doubled hour is the later instant.
 */
export function firstInstantOf(zone: Zone, wall: Wall): Instant {
  const near = wall as number as Instant;
  const around = stretches(zone, after(near, -FURTHEST_OFFSET as Millis), after(near, FURTHEST_OFFSET));
  for (const { from, to, offset } of around) {
    if (wall < from + offset) return from;
    if (wall < to + offset) return (wall - offset) as Instant;
  }
  return (wall - around[around.length - 1]!.offset) as Instant;
}

/**
 * Every instant within `within` at which the wall clock shows a time from `from` until just before `to`: both passes
 * of a fold, nothing of a gap (d5.2). In order; two where a fold is covered only in part.
 */
export function instantsOf(zone: Zone, from: Wall, to: Wall, within: Interval): readonly Interval[] {
  const found: Interval[] = [];
  for (const stretch of stretches(zone, within.from, within.to)) {
    const begin = Math.max(stretch.from, from - stretch.offset, within.from) as Instant;
    const end = Math.min(stretch.to, to - stretch.offset, within.to) as Instant;
    if (begin >= end) continue;
    const last = found[found.length - 1];
    if (last !== undefined && between(last.to, begin) === 0) found[found.length - 1] = { from: last.from, to: end };
    else found.push({ from: begin, to: end });
  }
  return found;
}

/** `2026-11-01T01:30:00-04:00`: wall time with the offset in force (RFC 3339). */
export function localText(zone: Zone, at: Instant): string {
  return `${wallText(wallAt(zone, at))}${offsetText(offsetAt(zone, at))}`;
}

/** `+05:30`. RFC 3339 has no seconds in an offset: those of old local mean times are cut off. */
function offsetText(offset: Millis): string {
  const minutes = Math.floor(Math.abs(offset) / MINUTE);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
