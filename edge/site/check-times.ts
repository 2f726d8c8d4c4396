/** Windows that overlap or are missing, zones that are none, ends before beginnings (d4, d5.1). */
import type { DayHours, Window } from "@lintel/protocol/keyset/keyset.ts";
import { DAY_MINUTES } from "../calendar/civil.ts";
import { overlaps, union, weekOf, windowsOf } from "../calendar/week.ts";
import { isFixedOffset, isKnownZone } from "./contact.ts";
import { fromText, toText, windowText } from "./days.ts";
import { error, type Finding, warning } from "./finding.ts";
import { beginOf, endOf } from "./lengths.ts";
import { type Path, quoted } from "./problem.ts";
import { doorsNamed, type Site, type SiteHoliday } from "./site.ts";

export function checkTimes(site: Site): readonly Finding[] {
  return [
    ...checkZone(["site", "timezone"], site.site.timezone),
    ...site.doors.flatMap((door, at) =>
      door.timezone === site.site.timezone ? [] : checkZone(["doors", at, "timezone"], door.timezone),
    ),
    ...site.doors.flatMap(({ businessHours }, at) =>
      businessHours === null ? [] : checkWindows(["doors", at, "businessHours", "windows"], businessHours.windows),
    ),
    ...site.schedules.flatMap(({ windows }, at) => checkWindows(["schedules", at, "windows"], windows)),
    ...site.holidays.flatMap(({ hours }, at) =>
      typeof hours === "string" ? [] : checkHours(["holidays", at, "hours"], hours),
    ),
    ...checkHolidayDates(site),
    ...site.keys.flatMap((_, at) => checkKey(site, at)),
  ];
}

function checkZone(path: Path, zone: string): readonly Finding[] {
  const fault = zoneFault(zone);
  return fault === null ? [] : [error(path, fault)];
}

export function zoneFault(zone: string): string | null {
  const expected = "expected an IANA zone such as America/New_York";
  if (isFixedOffset(zone)) return `the fixed offset ${quoted(zone)}, ${expected}: it knows when clocks change`;
  return isKnownZone(zone) ? null : `an unknown zone "${quoted(zone)}", ${expected}`;
}

export function noWindow(windows: readonly Window[]): string | null {
  return windows.length === 0 ? "no window, expected at least one: with none nothing ever opens" : null;
}

/** Of one list: at least one window, and no two that overlap, after unrolling onto the week (d4.4, d4.5). */
function checkWindows(path: Path, windows: readonly Window[]): readonly Finding[] {
  const none = noWindow(windows);
  if (none !== null) return [error(path, none)];
  return overlaps(windows).map(({ first, second }) => {
    const [a, b] = [windows[first]!, windows[second]!];
    const merged = windowsOf(weekOf([a, b]))
      .map(windowText)
      .join(" and ");
    return error([...path, second], `${windowText(b)} overlaps ${windowText(a)} [${first}]; merged: ${merged}`);
  });
}

/** Hours of one day lie on a line: what runs into the next day meets nothing there. */
function checkHours(path: Path, hours: readonly DayHours[]): readonly Finding[] {
  const text = (each: DayHours) => `${fromText(each)}-${toText(each)}`;
  const found: Finding[] = [];
  for (const [second, b] of hours.entries())
    for (const [first, a] of hours.slice(0, second).entries()) {
      const from = Math.min(a.from, b.from);
      const end = Math.max(a.from + a.length, b.from + b.length);
      if (end - from >= a.length + b.length) continue;
      const merged =
        end - from > DAY_MINUTES
          ? "together they are more than 24 h, the most that hours may last"
          : `merged: ${text({ from, length: end - from })}`;
      found.push(error([...path, second], `${text(b)} overlaps ${text(a)} [${first}]; ${merged}`));
    }
  return found;
}

/** Two holidays on one date at one door: the more restrictive wins (d6.6), and somebody should know. */
function checkHolidayDates(site: Site): readonly Finding[] {
  const byDay = new Map<string, number[]>();
  for (const [at, { date }] of site.holidays.entries()) {
    const day = date.slice(5);
    byDay.set(day, [...(byDay.get(day) ?? []), at]);
  }
  const found: Finding[] = [];
  for (const same of byDay.values())
    for (const [later, second] of same.entries())
      for (const first of same.slice(0, later)) {
        const [a, b] = [site.holidays[first]!, site.holidays[second]!];
        if (!meet(a, b) || !shareDoor(site, a, b)) continue;
        const path: Path = ["holidays", second, "date"];
        found.push(warning(path, `the same date as holiday ${a.id}; at a door of both the more restrictive wins`));
      }
  return found;
}

/** Whether two holidays of one month and day fall together in any year. */
function meet(a: SiteHoliday, b: SiteHoliday): boolean {
  if (a.date === b.date || (a.yearly && b.yearly)) return true;
  const [earlier, later] = a.date < b.date ? [a, b] : [b, a];
  return earlier.yearly && later.date >= earlier.date;
}

function shareDoor(site: Site, a: SiteHoliday, b: SiteHoliday): boolean {
  const doors = new Set(doorsNamed(site, a.doors));
  return doorsNamed(site, b.doors).some((door) => doors.has(door));
}

function checkKey(site: Site, at: number): readonly Finding[] {
  const key = site.keys[at]!;
  const found: Finding[] = [];
  for (const [member, restriction] of key.restrictions.entries()) {
    if (restriction.kind !== "scheduled") continue;
    const path: Path = ["keys", at, "restriction", member];
    if (restriction.windows.length > 0) found.push(...checkWindows([...path, "windows"], restriction.windows));
    else if (restriction.schedules.length === 0)
      found.push(error(path, "neither a schedule nor a window, expected at least one: with none nothing ever opens"));
    found.push(...checkSchedules(site, [...path, "schedules"], restriction.schedules));
  }
  const [from, until] = [beginOf(key.validFrom), endOf(key.validUntil)];
  if (from !== null && until !== null && from >= until)
    found.push(warning(["keys", at, "validUntil"], "not after validFrom: the key never opens"));
  return found;
}

/** Schedules of one entry are a union, so that two of them overlap is no fault, but seldom meant (d4.4). */
function checkSchedules(site: Site, path: Path, ids: readonly string[]): readonly Finding[] {
  const weeks = ids.map((id) => weekOf(site.schedules.find((schedule) => schedule.id === id)?.windows ?? []));
  const found: Finding[] = [];
  for (const [second, b] of weeks.entries())
    for (const [first, a] of weeks.slice(0, second).entries())
      if (minutes(a) + minutes(b) > minutes(union([a, b])))
        found.push(warning([...path, second], `schedule ${ids[second]} overlaps schedule ${ids[first]}`));
  return found;
}

function minutes(week: ReturnType<typeof weekOf>): number {
  return week.reduce((sum, { from, to }) => sum + to - from, 0);
}
