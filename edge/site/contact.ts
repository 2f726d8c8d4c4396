/** How a person is reached, and where a site is: phone, e-mail, language, country, zone. */
import { openZone } from "../calendar/zone.ts";

/**
 * E.164, from international form with its usual separators: `+1 (212) 555-0123`. National numbers are refused: reading
 * them needs the numbering plans of all countries, which this room may not import.
 */
export function parsePhone(text: string): string | null {
  const digits = text.replace(/[\s().\-/]/g, "");
  return /^\+[1-9]\d{6,14}$/.test(digits) && /^\+/.test(text) ? digits : null;
}

/** One `@`, something on both sides, no spaces: what a mail server then says is its matter. RFC 5321 lengths. */
export function parseEmail(text: string): string | null {
  return text.length <= 254 && /^[^\s@<>"(),:;\\]{1,64}@[^\s@<>"(),:;\\]+\.[^\s@<>"(),:;\\.]+$/.test(text)
    ? text
    : null;
}

/** BCP 47 as far as messages need it: `de`, `pt-BR`. */
export function parseLanguage(text: string): string | null {
  return /^[a-z]{2,3}(-[A-Z]{2})?$/.test(text) ? text : null;
}

/** ISO 3166-1 alpha-2, upper case. */
export function parseCountry(text: string): string | null {
  return /^[A-Z]{2}$/.test(text) ? text : null;
}

/**
 * Zones that are an offset under a name: they know no change of the clocks (d5.1). UTC stays: it is the wall clock of
 * those who want none, and says so.
 */
const FIXED = /^[+-]?\d|^(?:Etc\/)?(?:GMT|UTC|UCT|Z|Zulu|Greenwich|Universal)[+-]?\d|^(?:EST|MST|HST)$/i;

export function isFixedOffset(zone: string): boolean {
  return FIXED.test(zone);
}

/** Whether the zone data here know it, by its IANA name. */
export function isKnownZone(zone: string): boolean {
  return openZone(zone) !== null;
}
