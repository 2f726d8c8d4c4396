/** Days of the week and weekly windows as the site file writes them, and back. */
import type { DayHours, DayMask, Window } from "@lintel/protocol/keyset/keyset.ts";
import { DAY_MINUTES } from "../calendar/civil.ts";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const DAILY = 127;

/** `mon`, `mon-fri`, `sat-mon` (wraps), `daily`; null for anything else. A range from a day to itself is that day. */
export function parseDays(text: string): DayMask | null {
  if (text === "daily") return DAILY;
  const [first, last, ...more] = text.split("-");
  const from = DAYS.indexOf(first as (typeof DAYS)[number]);
  const to = last === undefined ? from : DAYS.indexOf(last as (typeof DAYS)[number]);
  if (from < 0 || to < 0 || more.length > 0) return null;
  let mask = 1 << from;
  for (let day = from; day !== to; day = (day + 1) % 7) mask |= 1 << ((day + 1) % 7);
  return mask;
}

/** The runs of a mask as `parseDays` reads them, in the order of the week: `["mon-fri"]`, `["sat-mon", "wed"]`. */
export function daysText(mask: DayMask): readonly string[] {
  if (mask === DAILY) return ["daily"];
  const on = (day: number) => (mask & (1 << ((day + 7) % 7))) !== 0;
  const runs: string[] = [];
  for (let from = 0; from < 7; from += 1) {
    if (!on(from) || on(from - 1)) continue;
    let length = 1;
    while (on(from + length)) length += 1;
    const last = DAYS[(from + length - 1) % 7]!;
    if (length === 1) runs.push(DAYS[from]!);
    else if (length === 2) runs.push(DAYS[from]!, last);
    else runs.push(`${DAYS[from]}-${last}`);
  }
  return runs;
}

/** Minutes after midnight of `HH:MM`, 00:00 to 24:00; null for anything else. */
export function parseTimeOfDay(text: string): number | null {
  const match = /^(\d{2}):(\d{2})$/.exec(text);
  if (match === null) return null;
  const minutes = Number(match[1]) * 60 + Number(match[2]);
  return Number(match[2]) <= 59 && minutes <= DAY_MINUTES ? minutes : null;
}

/** From `from` to `to`, which lies on the next day where it is not after `from` (design 5.2). `from` is before 24:00. */
export function hoursBetween(from: number, to: number): DayHours {
  return { from, length: to > from ? to - from : to - from + DAY_MINUTES };
}

export function fromText(hours: DayHours): string {
  return timeOfDay(hours.from);
}

/** `24:00` where it ends with its day. */
export function toText(hours: DayHours): string {
  const end = hours.from + hours.length;
  return timeOfDay(end > DAY_MINUTES ? end - DAY_MINUTES : end);
}

/** `mon-fri 09:00-17:00`. */
export function windowText(window: Window): string {
  return `${daysText(window.days).join(",")} ${fromText(window)}-${toText(window)}`;
}

function timeOfDay(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}
