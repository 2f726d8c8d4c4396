/**
 * Which holidays fall on a day at one door. A holiday is a wall date: it lasts from that day's midnight to the next
 * (domain-rules, "Holidays"), whatever the zone does in between.
 * Not here: what a holiday does to business hours (`hours.ts`).
 */
import type { Holiday } from "@lintel/protocol/keyset/keyset.ts";
import { dateOfDay, parseDate } from "./civil.ts";

/** The holidays of one door, by day. */
export interface HolidayCalendar {
  readonly once: ReadonlyMap<number, readonly Holiday[]>;
  /** By month × 100 + day, with the first day on which each counts. */
  readonly yearly: ReadonlyMap<number, readonly { readonly since: number; readonly holiday: Holiday }[]>;
}

export function holidaysAt(door: string, holidays: readonly Holiday[]): HolidayCalendar {
  const once = new Map<number, Holiday[]>();
  const yearly = new Map<number, { since: number; holiday: Holiday }[]>();
  for (const holiday of holidays) {
    const day = parseDate(holiday.date);
    if (day === null || !holiday.doors.includes(door)) continue; // A date that does not exist never comes.
    if (holiday.yearly) push(yearly, monthAndDay(day), { since: day, holiday });
    else push(once, day, holiday);
  }
  return { once, yearly };
}

function push<T>(lists: Map<number, T[]>, at: number, item: T): void {
  const list = lists.get(at);
  if (list === undefined) lists.set(at, [item]);
  else list.push(item);
}

function monthAndDay(day: number): number {
  const date = dateOfDay(day);
  return date.month * 100 + date.day; // 29 February comes in leap years only, as the rule has it.
}

/** `day` in days since 1970-01-01. A yearly one never counts before its date. */
export function holidaysOn(calendar: HolidayCalendar, day: number): readonly Holiday[] {
  const once = calendar.once.get(day) ?? [];
  if (calendar.yearly.size === 0) return once;
  const yearly = calendar.yearly.get(monthAndDay(day)) ?? [];
  return [...once, ...yearly.filter(({ since }) => day >= since).map(({ holiday }) => holiday)];
}

/** The first holiday of the day that suspends the access of users; of two on a day the more restrictive wins (d6.6). */
export function suspension(calendar: HolidayCalendar, day: number): Holiday | null {
  return holidaysOn(calendar, day).find((holiday) => holiday.access === "suspended") ?? null;
}

/** Whether any holiday ever suspends the access of users: asked where no day can be told. */
export function maySuspend(calendar: HolidayCalendar): boolean {
  const yearly = [...calendar.yearly.values()].flat().map(({ holiday }) => holiday);
  return [...[...calendar.once.values()].flat(), ...yearly].some(({ access }) => access === "suspended");
}
