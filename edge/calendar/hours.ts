/**
 * Business hours as intervals of instants: the weekly windows of a door, with its holidays in their place (domain-rules
 * d5.2, d6.6, "Holidays"). An automatic unlock prefers locked: where a time comes twice, it starts and ends at the
 * first pass.
 * Not here: First-In, modes and overrides, which keep an interval from unlocking (edge/door), nor keys (`week.ts`).
 */
import type { Instant } from "@lintel/protocol/base/units.ts";
import type { DayHours, Holiday, Window } from "@lintel/protocol/keyset/keyset.ts";
import { DAY_MINUTES, dayOf, wallOf, weekdayOf } from "./civil.ts";
import { type HolidayCalendar, holidaysOn } from "./holidays.ts";
import { firstInstantOf, type Interval, wallAt, type Zone } from "./zone.ts";

/** One stretch of hours, half-open. Touching ones stay two: each needs its own First-In (d6.3). */
export interface HoursInterval extends Interval {
  /** The day that owns it, in days since 1970-01-01: hours may run on after its midnight. */
  readonly day: number;
  /** As it is set, also where a holiday or the interval's own day cuts it short. */
  readonly window: DayHours;
  /** The holidays of that day that set these hours; empty on an ordinary one. */
  readonly holidays: readonly Holiday[];
}

export interface Hours {
  readonly zone: Zone;
  readonly windows: readonly Window[];
  readonly holidays: HolidayCalendar;
}

/** Every stretch of hours that has an instant from `from` until just before `to`; whole, not cut to them. In order. */
export function hoursBetween(hours: Hours, from: Instant, to: Instant): readonly HoursInterval[] {
  const first = dayOf(wallAt(hours.zone, from)) - 2; // Yesterday's run on, and a fold may show a day twice.
  const last = dayOf(wallAt(hours.zone, to)) + 1;
  const found: HoursInterval[] = [];
  for (let day = first; day <= last; day += 1) {
    for (const interval of hoursOn(hours, day)) {
      if (interval.from < to && interval.to > from) found.push(interval);
    }
  }
  return found.sort((a, b) => a.from - b.from);
}

/** The hours owned by one day. A window wholly inside a gap is none (d5.2). */
export function hoursOn({ zone, windows, holidays }: Hours, day: number): readonly HoursInterval[] {
  const setting = settingHours(holidays, day);
  const owned = setting.length > 0 ? holidayHours(setting) : windowsOn(windows, day);
  // A holiday on the next day cuts at its midnight what this one began, its own hours or not (d6.6).
  const cut = settingHours(holidays, day + 1).length > 0;
  return owned
    .map((window) => {
      const end = window.from + window.length;
      return {
        from: firstInstantOf(zone, wallOf(day, window.from)),
        to: firstInstantOf(zone, wallOf(day, cut ? Math.min(end, DAY_MINUTES) : end)),
        day,
        window,
        holidays: setting,
      };
    })
    .filter((interval) => interval.from < interval.to)
    .sort((a, b) => a.from - b.from);
}

/** The holidays of a day that say something about hours: they replace all that the day owns. */
export function settingHours(holidays: HolidayCalendar, day: number): readonly Holiday[] {
  return holidaysOn(holidays, day).filter(({ hours }) => hours !== "unchanged");
}

function windowsOn(windows: readonly Window[], day: number): readonly DayHours[] {
  const onDay = windows.filter(({ days }) => (days & (1 << weekdayOf(day))) !== 0);
  return onDay.map(({ from, length }) => ({ from, length }));
}

/** Two holidays on a day: open only where both are (d6.6, the more restrictive). */
function holidayHours(setting: readonly Holiday[]): readonly DayHours[] {
  const lists = setting.map(({ hours }) => (typeof hours === "string" ? [] : hours));
  return lists.reduce((left, right) => left.flatMap((a) => right.flatMap((b) => shared(a, b))));
}

function shared(a: DayHours, b: DayHours): readonly DayHours[] {
  const from = Math.max(a.from, b.from);
  const to = Math.min(a.from + a.length, b.from + b.length);
  return from < to ? [{ from, length: to - from }] : [];
}
