/**
 * The wall clock as numbers: days, dates and times of day of the proleptic Gregorian calendar, without any zone.
 * Not here: which instants a wall clock shows something at (`zone.ts`).
 */
import type { Branded } from "@lintel/protocol/base/units.ts";
import type { WallDate, WallTime } from "@lintel/protocol/keyset/keyset.ts";

/** What a wall clock shows, as ms since it showed 1970-01-01T00:00. The same number may come twice, or never. */
export type Wall = Branded<number, "Wall">;

export const MINUTE = 60_000;
export const DAY = 86_400_000;
/** Minutes of one day, and of one week. */
export const DAY_MINUTES = 1_440;
export const WEEK_MINUTES = 10_080;

export interface CivilDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
}

/** The day that a wall clock shows, in days since 1970-01-01. */
export function dayOf(wall: Wall): number {
  return Math.floor(wall / DAY);
}

/** The first moment of a day on the wall clock, plus `minutes`. Whether it exists in a zone is another question. */
export function wallOf(day: number, minutes = 0): Wall {
  return (day * DAY + minutes * MINUTE) as Wall;
}

/** 0 = Monday … 6 = Sunday. */
export function weekdayOf(day: number): number {
  return (((day + 3) % 7) + 7) % 7; // 1970-01-01 was a Thursday.
}

/** Days since 1970-01-01. Years are shifted to begin in March, so that the leap day is their last. */
export function dayOfDate({ year, month, day }: CivilDate): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}

export function dateOfDay(days: number): CivilDate {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const march = Math.floor((5 * dayOfYear + 2) / 153);
  const month = march < 10 ? march + 3 : march - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * march + 2) / 5) + 1,
  };
}

/** Days since 1970-01-01, or null where the text is no date that exists. */
export function parseDate(text: WallDate): number | null {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (parts === null) return null;
  const date = { year: Number(parts[1]), month: Number(parts[2]), day: Number(parts[3]) };
  const day = dayOfDate(date);
  return dateText(day) === text ? day : null; // 2026-02-30 would come back as 2 March.
}

/** Null where the text is no wall time: a date that does not exist, an hour 24, an offset. Seconds may be left out. */
export function parseWall(text: WallTime): Wall | null {
  const parts = /^(\d{4}-\d\d-\d\d)T([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(text);
  if (parts === null) return null;
  const day = parseDate(parts[1]!);
  if (day === null) return null;
  return (wallOf(day, Number(parts[2]) * 60 + Number(parts[3])) + Number(parts[4] ?? 0) * 1_000) as Wall;
}

function digits(value: number, count = 2): string {
  return String(value).padStart(count, "0");
}

/** `YYYY-MM-DD`. */
export function dateText(day: number): WallDate {
  const date = dateOfDay(day);
  return `${digits(date.year, 4)}-${digits(date.month)}-${digits(date.day)}`;
}

/** `HH:MM` of minutes after midnight; 1440 is `24:00`, later minutes are those of the next day. */
export function timeText(minutes: number): string {
  const shown = minutes > DAY_MINUTES ? minutes - DAY_MINUTES : minutes;
  return `${digits(Math.floor(shown / 60))}:${digits(shown % 60)}`;
}

/** `YYYY-MM-DDTHH:MM:SS`, with `.mmm` only where there are ms to show. */
export function wallText(wall: Wall): string {
  const day = dayOf(wall);
  const ms = wall - day * DAY;
  const time = `${timeText(Math.floor(ms / MINUTE))}:${digits(Math.floor((ms % MINUTE) / 1_000))}`;
  return `${dateText(day)}T${time}${ms % 1_000 === 0 ? "" : `.${digits(Math.floor(ms % 1_000), 3)}`}`;
}
