/**
 * How a door stands by itself at an instant, and why: its hours, the holidays in them, First-In, and the modes that
 * suspend hours (domain-rules d6, "Modes and hours", design 5.5). The door and the timeline both ask this.
 * Not here: what a person set over it, or a clock that is not known (edge/door).
 */
import { after, type Instant, instant, type Millis, millis } from "@lintel/protocol/base/units.ts";
import type { Mode } from "@lintel/protocol/base/words.ts";
import type { Holiday } from "@lintel/protocol/keyset/keyset.ts";
import { dayOf, wallOf } from "./civil.ts";
import type { Hours } from "./hours.ts";
import { type HoursInterval, hoursBetween, settingHours } from "./hours.ts";
import { windowText } from "./say.ts";
import { firstInstantOf, type Interval, wallAt, type Zone } from "./zone.ts";

/** What keeps a door open by itself. */
export interface Opening {
  /** Null: the door has no business hours, and then no holiday does anything to it either. */
  readonly hours: Hours | null;
  readonly mode: Mode;
}

/** The words of design 5.5. `first-in`: locked because nobody came yet. */
export type CauseKind = "hours" | "holiday" | "first-in" | "mode" | "outside";

export interface Cause {
  readonly kind: CauseKind;
  /** Of a holiday. Of two on a day, the one that closes it, else the first. */
  readonly id?: string;
  /** `HH:MM-HH:MM`: the window inside of which the instant lies. */
  readonly window?: string;
}

export interface Standing {
  readonly state: "unlocked" | "locked";
  readonly cause: Cause;
}

/** Where several causes apply: mode, holiday, first-in, hours. `hasFirstIn`: somebody qualified has come for it. */
export function standingAt(
  { hours, mode }: Opening,
  at: Instant,
  hasFirstIn: (interval: HoursInterval) => boolean,
): Standing {
  if (suspendsHours(mode)) return { state: "locked", cause: { kind: "mode" } };
  if (hours === null) return { state: "locked", cause: { kind: "outside" } };
  const running = runningAt(hours, at);
  const opened = running.filter(hasFirstIn);
  if (opened.length > 0) return { state: "unlocked", cause: causeOf(opened, "hours") };
  if (running.some(isHoliday)) return { state: "locked", cause: causeOf(running, "hours") };
  const closing = settingHours(hours.holidays, dayAt(hours.zone, at));
  if (closing.length > 0) return { state: "locked", cause: { kind: "holiday", id: restrictive(closing).id } };
  return { state: "locked", cause: running.length > 0 ? causeOf(running, "first-in") : { kind: "outside" } };
}

/** Lockdown, privacy and vacation suspend hours; tour and resident do not. */
export function suspendsHours(mode: Mode): boolean {
  return mode === "lockdown" || mode === "privacy" || mode === "vacation";
}

/** The stretches of hours that an instant lies in: more than one where a holiday's hours run into the next morning. */
export function runningAt(hours: Hours, at: Instant): readonly HoursInterval[] {
  return hoursBetween(hours, at, after(at, millis(1)));
}

/** Whether an unlock at `at` is the First-In of an interval: in it, or at most `grace` before it (d6.2). */
export function isFirstInOf(interval: Interval, at: Instant, grace: Millis): boolean {
  return instant(interval.from - grace) <= at && at < interval.to;
}

/** Every instant from `from` until just before `to` at which a standing may change without anybody coming. In order. */
export function changesBetween({ hours, mode }: Opening, from: Instant, to: Instant): readonly Instant[] {
  if (hours === null || suspendsHours(mode)) return [];
  const changes = new Set<Instant>();
  for (const interval of hoursBetween(hours, from, to)) changes.add(interval.from).add(interval.to);
  const last = dayOf(wallAt(hours.zone, to)) + 1;
  for (let day = dayOf(wallAt(hours.zone, from)) - 1; day <= last; day += 1) {
    if (settingHours(hours.holidays, day).length === 0) continue;
    changes.add(firstInstantOf(hours.zone, wallOf(day))).add(firstInstantOf(hours.zone, wallOf(day + 1)));
  }
  return [...changes].filter((at) => from <= at && at < to).sort((a, b) => a - b);
}

/** The day an instant belongs to: from its first midnight on, also where a fold shows the day before once more. */
function dayAt(zone: Zone, at: Instant): number {
  const shown = dayOf(wallAt(zone, at));
  return firstInstantOf(zone, wallOf(shown + 1)) <= at ? shown + 1 : shown;
}

function isHoliday({ holidays }: HoursInterval): boolean {
  return holidays.length > 0;
}

function causeOf(intervals: readonly HoursInterval[], ordinary: "hours" | "first-in"): Cause {
  const holiday = intervals.find(isHoliday);
  if (holiday !== undefined) {
    return { kind: "holiday", id: restrictive(holiday.holidays).id, window: windowText(holiday.window) };
  }
  return { kind: ordinary, window: windowText(intervals[0]!.window) };
}

function restrictive(holidays: readonly Holiday[]): Holiday {
  return holidays.find(({ hours }) => hours === "closed") ?? holidays[0]!;
}
