/**
 * Weekly windows as stretches of one week on the wall clock. A window is wall clock and nothing else (d5.1, d5.3), so
 * "inside" needs no zone: both passes of a fold show the same times, a gap shows none (d5.2). Unions and intersections
 * of windows are then plain lists.
 * Not here: overlap as an error of a site file, which looks at the windows one by one; only its question is answered.
 */
import type { Window } from "@lintel/protocol/keyset/keyset.ts";
import { DAY, DAY_MINUTES, MINUTE, type Wall, WEEK_MINUTES } from "./civil.ts";

/** Minutes after Monday 00:00, half-open, 0 to 10080. */
export interface WeekStretch {
  readonly from: number;
  readonly to: number;
}

/** In order, disjoint and apart from each other; a stretch over the end of Sunday stands as two. */
export type Week = readonly WeekStretch[];

/** All hours of all days. */
export const ALWAYS: Week = [{ from: 0, to: WEEK_MINUTES }];

/** A window that breaks its bounds is none: it could only be read as wider than meant (d4.6). */
function isWindow({ days, from, length }: Window): boolean {
  return within(days, 1, 127) && within(from, 0, DAY_MINUTES - 1) && within(length, 1, DAY_MINUTES);
}

function within(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

/** The days of a mask, 0 = Monday. */
export function daysOf(mask: number): readonly number[] {
  return [0, 1, 2, 3, 4, 5, 6].filter((day) => (mask & (1 << day)) !== 0);
}

/** The stretches of one window, each from its start day; those over the end of Sunday wrapped to Monday (d4.5). */
function unroll(window: Window): WeekStretch[] {
  const unrolled: WeekStretch[] = [];
  for (const day of daysOf(window.days)) {
    const from = day * DAY_MINUTES + window.from;
    const to = from + window.length;
    unrolled.push({ from, to: Math.min(to, WEEK_MINUTES) });
    if (to > WEEK_MINUTES) unrolled.push({ from: 0, to: to - WEEK_MINUTES });
  }
  return unrolled;
}

/** The union of windows: inside where at least one is (d4.2). */
export function weekOf(windows: readonly Window[]): Week {
  return merge(windows.filter(isWindow).flatMap(unroll));
}

export function union(weeks: readonly Week[]): Week {
  return weeks.length === 1 ? weeks[0]! : merge(weeks.flat());
}

function merge(stretches: readonly WeekStretch[]): Week {
  const merged: WeekStretch[] = [];
  for (const stretch of [...stretches].sort((a, b) => a.from - b.from)) {
    const last = merged[merged.length - 1];
    if (last === undefined || stretch.from > last.to) merged.push(stretch);
    else if (stretch.to > last.to) merged[merged.length - 1] = { from: last.from, to: stretch.to };
  }
  return merged;
}

/** Inside both. */
export function intersection(a: Week, b: Week): Week {
  const shared: WeekStretch[] = [];
  let left = 0;
  let right = 0;
  while (left < a.length && right < b.length) {
    const from = Math.max(a[left]!.from, b[right]!.from);
    const to = Math.min(a[left]!.to, b[right]!.to);
    if (from < to) shared.push({ from, to });
    if (a[left]!.to < b[right]!.to) left += 1;
    else right += 1;
  }
  return shared;
}

const WEEK = 7 * DAY;

/** Ms after the Monday 00:00 before it, on the wall clock. */
function inWeek(wall: Wall): number {
  return (((wall + 3 * DAY) % WEEK) + WEEK) % WEEK; // 1970-01-01 was a Thursday.
}

/** Half-open: at its start inside, at its end outside (d4.3). */
export function isInside(week: Week, wall: Wall): boolean {
  const minute = inWeek(wall) / MINUTE;
  return week.some((stretch) => minute >= stretch.from && minute < stretch.to);
}

/** The first time from `wall` on that lies inside, `wall` itself if it does; null where nothing ever does. */
export function nextInside(week: Week, wall: Wall): Wall | null {
  if (week.length === 0) return null;
  const ms = inWeek(wall);
  const monday = wall - ms;
  for (const { from, to } of week) {
    if (ms < to * MINUTE) return (monday + Math.max(ms, from * MINUTE)) as Wall;
  }
  return (monday + WEEK + week[0]!.from * MINUTE) as Wall;
}

/** Two windows of a list that share a moment of the week, by their places in it; touching is none (d4.3, d4.5). */
export function overlaps(windows: readonly Window[]): readonly { readonly first: number; readonly second: number }[] {
  const weeks = windows.map((window) => weekOf([window]));
  const found: { first: number; second: number }[] = [];
  for (let second = 1; second < weeks.length; second += 1) {
    for (let first = 0; first < second; first += 1) {
      if (intersection(weeks[first]!, weeks[second]!).length > 0) found.push({ first, second });
    }
  }
  return found;
}

/**
 * The union said in windows: what is offered in place of two that overlap (d4.4). Each is owned by the day on which it
 * starts and lasts at most 24 h; a longer stretch is cut at midnights.
 */
export function windowsOf(week: Week): readonly Window[] {
  const joined = [...week];
  const first = joined[0];
  const last = joined[joined.length - 1];
  // What runs over the end of Sunday is one stretch again, owned by the day it starts on.
  if (first !== undefined && last !== undefined && joined.length > 1 && first.from === 0 && last.to === WEEK_MINUTES) {
    joined.shift();
    joined[joined.length - 1] = { from: last.from, to: WEEK_MINUTES + first.to };
  }
  return gather(joined.flatMap(daily));
}

/** Pieces of at most 24 h, the longest a window may be, cut at midnights after the first day. */
function daily({ from, to }: WeekStretch): { day: number; from: number; length: number }[] {
  const pieces: { day: number; from: number; length: number }[] = [];
  let at = from;
  while (at < to) {
    const day = Math.floor(at / DAY_MINUTES);
    const midnight = (day + 1) * DAY_MINUTES;
    const end = to - at <= DAY_MINUTES ? to : midnight;
    pieces.push({ day: day % 7, from: at - day * DAY_MINUTES, length: end - at });
    at = end;
  }
  return pieces;
}

function gather(pieces: readonly { day: number; from: number; length: number }[]): Window[] {
  const windows = new Map<string, Window>();
  for (const { day, from, length } of pieces) {
    const name = `${from}+${length}`;
    windows.set(name, { days: (windows.get(name)?.days ?? 0) | (1 << day), from, length });
  }
  return [...windows.values()];
}
