/** Times in words, for people: `Mon–Fri 09:00–17:00`, `Saturday 10:12`, `1 December 2026 14:00`. English. */
import type { Millis } from "@lintel/protocol/base/units.ts";
import type { WallTime, Window } from "@lintel/protocol/keyset/keyset.ts";
import { DAY, DAY_MINUTES, dateOfDay, dayOf, MINUTE, parseWall, timeText, type Wall, weekdayOf } from "./civil.ts";
import { LIMITS } from "./limits.ts";
import { daysOf, type Week, windowsOf } from "./week.ts";

const SHORT = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;
const LONG = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const;
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;

/** `Mon–Fri`, `Sat–Mon`, `Mon, Wed`, `daily`. Runs of three days and more are said as a range, around the week too. */
export function sayDays(mask: number): string {
  const days = daysOf(mask);
  if (days.length === 7) return "daily";
  const begins = days.filter((day) => !days.includes((day + 6) % 7));
  const runs = begins.map((begin) => {
    let length = 1;
    while (days.includes((begin + length) % 7)) length += 1;
    return length;
  });
  return begins.map((begin, at) => sayRun(begin, runs[at]!)).join(", ");
}

function sayRun(begin: number, length: number): string {
  const end = SHORT[(begin + length - 1) % 7]!;
  if (length === 1) return end;
  return length === 2 ? `${SHORT[begin]}, ${end}` : `${SHORT[begin]}–${end}`;
}

/** `Mon–Fri 09:00–17:00`; an end at or before the start is one of the next day. */
export function sayWindow(window: Window): string {
  return `${sayDays(window.days)} ${timeText(window.from)}–${timeText(window.from + window.length)}`;
}

/** `HH:MM-HH:MM`, without days. The text of a window in a timeline (design 5.5). */
export function windowText({ from, length }: { readonly from: number; readonly length: number }): string {
  return `${timeText(from)}-${timeText(from + length)}`;
}

/** A whole week of windows, in the fewest words that are all of it. */
export function sayWeek(week: Week): string {
  if (week.length === 0) return "never";
  const windows = windowsOf(week);
  if (windows.length === 1 && windows[0]!.days === 127 && windows[0]!.length === DAY_MINUTES) return "at all hours";
  const said = windows.slice(0, LIMITS.windowsSaid).map(sayWindow).join(", ");
  return windows.length > LIMITS.windowsSaid ? `${said} and ${windows.length - LIMITS.windowsSaid} more` : said;
}

/** `Saturday`. */
export function sayWeekday(wall: Wall): string {
  return LONG[weekdayOf(dayOf(wall))]!;
}

/** `10:12`. Seconds are cut off, as a clock on a wall does it. */
export function sayTime(wall: Wall): string {
  const minute = Math.floor(wall / MINUTE);
  return timeText(((minute % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES);
}

/** `Saturday 10:12`. */
export function sayWeekdayTime(wall: Wall): string {
  return `${sayWeekday(wall)} ${sayTime(wall)}`;
}

/** `1 December 2026`. */
export function sayDate(wall: Wall): string {
  const { year, month, day } = dateOfDay(dayOf(wall));
  return `${day} ${MONTHS[month - 1]} ${year}`;
}

/** `1 December 2026 14:00`, a midnight as its date alone; the text itself where it is no wall time. */
export function sayMoment(text: WallTime): string {
  const wall = parseWall(text);
  if (wall === null) return text;
  return isMidnight(wall) ? sayDate(wall) : `${sayDate(wall)} ${sayTime(wall)}`;
}

/** `until 1 December 2026 14:00`; where it ends with a day, `through 30 November 2026`, as it was written (d4.7). */
export function sayEnd(text: WallTime): string {
  const wall = parseWall(text);
  return wall !== null && isMidnight(wall) ? `through ${sayDate((wall - 1) as Wall)}` : `until ${sayMoment(text)}`;
}

function isMidnight(wall: Wall): boolean {
  return wall % DAY === 0;
}

/** `30 minutes`, `2 hours`, `1 day`: the largest unit that says it exactly; seconds are the smallest. */
export function sayLength(length: Millis): string {
  const units = [
    ["day", 86_400_000],
    ["hour", 3_600_000],
    ["minute", 60_000],
  ] as const;
  const [name, size] = units.find(([, unit]) => length >= unit && length % unit === 0) ?? (["second", 1_000] as const);
  const count = length / size;
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}
