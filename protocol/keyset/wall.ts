/** Whether text is a wall-clock date or time that exists in the calendar. Zones and offsets are edge/calendar's. */

/** `YYYY-MM-DD`, a day that exists, years 1970 to 9999. */
export function isWallDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  return year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month);
}

/** `YYYY-MM-DDTHH:MM:SS`, 00:00:00 to 23:59:59. */
export function isWallTime(text: string): boolean {
  const match = /^(.{10})T(\d{2}):(\d{2}):(\d{2})$/.exec(text);
  return (
    match !== null &&
    isWallDate(match[1]!) &&
    Number(match[2]) <= 23 &&
    Number(match[3]) <= 59 &&
    Number(match[4]) <= 59
  );
}

/** The day after a date that `isWallDate` takes. */
export function dayAfter(date: string): string {
  const [year, month, day] = date.split("-").map(Number) as [number, number, number];
  return new Date(Date.UTC(year, month - 1, day + 1)).toISOString().slice(0, 10);
}

function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}
