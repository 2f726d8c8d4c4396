/** Lengths of time (`5s 30m 2h 7d`), wall times and dates as the site file writes them, and back. */
import { type Millis, millis } from "@lintel/protocol/base/units.ts";
import type { WallDate, WallTime } from "@lintel/protocol/keyset/keyset.ts";
import { dayAfter, isWallDate, isWallTime } from "@lintel/protocol/keyset/wall.ts";

const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000 } as const;

export function parseLength(text: string): Millis | null {
  const match = /^(\d{1,9})([smhd])$/.exec(text);
  return match === null ? null : millis(Number(match[1]) * UNITS[match[2] as keyof typeof UNITS]);
}

/** The largest unit that says it exactly: `90s`, `2m`, `0s`. */
export function lengthText(length: Millis): string {
  for (const [unit, size] of Object.entries(UNITS))
    if (length >= size && length % size === 0) return `${length / size}${unit}`;
  return `${length / UNITS.s}s`;
}

/** `YYYY-MM-DD`, or `YYYY-MM-DDTHH:MM` with or without seconds, completed to seconds. Offsets are refused (d5.1). */
export function parseMoment(text: string): WallTime | WallDate | null {
  if (isWallDate(text)) return text;
  const whole = /T\d{2}:\d{2}$/.test(text) ? `${text}:00` : text;
  return isWallTime(whole) ? whole : null;
}

export function momentText(moment: WallTime | WallDate): string {
  return moment.replace(/:00$/, (seconds, at: number) => (at === 16 ? "" : seconds));
}

/** A date alone begins at its first moment. */
export function beginOf(moment: WallTime | WallDate | null): WallTime | null {
  return moment === null || moment.includes("T") ? moment : `${moment}T00:00:00`;
}

/** A date alone ends with its last moment, which is the first of the next day: ends are half-open (d4.7). */
export function endOf(moment: WallTime | WallDate | null): WallTime | null {
  if (moment === null || moment.includes("T")) return moment;
  // The calendar of a keyset ends with the year 9999, and so does a key that is meant for ever.
  return moment === "9999-12-31" ? "9999-12-31T23:59:59" : `${dayAfter(moment)}T00:00:00`;
}
