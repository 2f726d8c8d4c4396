/** INSTANT of design 5.1: RFC 3339 with `Z` or an offset, strictly; the calendar's own mistakes (30 February) are none. */
import { type Instant, instant } from "./units.ts";

/** Null: the text is none. */
export function readInstant(text: string): Instant | null {
  const shape = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/.exec(text);
  if (shape === null) return null;
  const [, year, month, day, hour, minute, second] = shape.map(Number) as number[];
  const lastDay = new Date(Date.UTC(year!, month!, 0)).getUTCDate();
  if (month! < 1 || month! > 12 || day! < 1 || day! > lastDay || hour! > 23 || minute! > 59 || second! > 59)
    return null;
  const offset = shape[8]!;
  if (offset.length === 6 && (Number(offset.slice(1, 3)) > 23 || Number(offset.slice(4)) > 59)) return null;
  const at = Date.parse(text.toUpperCase());
  return Number.isNaN(at) ? null : instant(at);
}
