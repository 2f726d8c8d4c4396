/**
 * Where in the stream of a pad an entry stands that was just looked at. Only what one event brought is known in digits;
 * of what came before it only the number is kept, so that no digit outlives its turn.
 */
import { SecretText } from "@lintel/protocol/base/secret.ts";
import { LIMITS as DOOR } from "../door/limits.ts";

export interface Pad {
  readonly bus: string;
  readonly address: number;
  /** Digits it told before this event. */
  count: number;
  /** Those of them that wait for what completes them. */
  waiting: number;
}

type Known = Pick<Pad, "count" | "waiting">;

export interface Place {
  /** The number of its first digit among all that the pad told. */
  readonly at: number;
  /** Keys of this event that are behind it now. */
  readonly used: number;
}

/** `keys`: all of the event, of which `used` are behind an entry already. Null where the entry is not found: then it was put together in a way that is not known here. */
export function placeOf(entry: SecretText, keys: SecretText, pad: Known, used: number): Place | null {
  return entry.use((typed) => keys.use((text) => place(typed, text, pad, used)));
}

function place(typed: string, keys: string, { count, waiting }: Known, used: number): Place | null {
  for (let end = used; end <= keys.length; end += 1) {
    const start = end - typed.length;
    const here = keys.slice(Math.max(0, start), end);
    if (!typed.endsWith(here) || !/^\d*$/.test(here)) continue;
    // An entry ends before a key that is no digit, or by itself at the last digit of a code.
    const ends = !isDigit(keys[end]) || typed.length === DOOR.codeDigits;
    if (!ends || !begins(keys, start, { waiting, used })) continue;
    const before = keys.slice(0, Math.max(0, start)).replace(/\D/g, "").length;
    return { at: start < 0 ? count + start : count + before, used: end };
  }
  return null;
}

/** Whether an entry may begin at this key: all that waits belongs to the first one, and to no other. */
function begins(
  keys: string,
  start: number,
  { waiting, used }: { readonly waiting: number; readonly used: number },
): boolean {
  if (start < 0) return used === 0 && waiting === -start;
  if (start < used) return false;
  if (start === 0) return waiting === 0;
  return start === used || !isDigit(keys[start - 1]);
}

function isDigit(key: string | undefined): boolean {
  return key !== undefined && key >= "0" && key <= "9";
}

export function part(typed: SecretText, from: number, to: number): SecretText {
  return typed.use((text) => new SecretText(text.slice(from, to)));
}
