/**
 * Tokens that stand for codes in a recording: letters `a` to `j`, as many as the code has digits. They are handed out in
 * the order in which codes are met, and kept by the keyed index of a code: neither a token nor the table says anything
 * about digits. All `a` stands for digits that nobody completed, and hits nothing.
 */
import { toHex } from "@lintel/protocol/base/bytes.ts";

const LETTERS = "abcdefghij";

export class Tokens {
  readonly #byIndex = new Map<string, string>();
  /** How many of each length there are. */
  readonly #counts = new Map<number, number>();

  /** `index`: of these digits alone, keyed. Of a length that has run out of tokens (2 digits: 99) it is the one of all `a`. */
  of(index: Uint8Array, length: number): string {
    const name = toHex(index);
    const known = this.#byIndex.get(name);
    if (known !== undefined) return known;
    const number = (this.#counts.get(length) ?? 0) + 1;
    this.#counts.set(length, number);
    const digits = String(number).padStart(length, "0");
    const token = digits.length > length ? "a".repeat(length) : lettersOf(digits);
    this.#byIndex.set(name, token);
    return token;
  }
}

function lettersOf(digits: string): string {
  return digits.replace(/\d/g, (digit) => LETTERS[Number(digit)]!);
}

export function isToken(text: string): boolean {
  return /^[a-j]+$/.test(text);
}

/** The digits that a replay types for a token: one for one, and nothing to do with those that were typed. */
export function digitsFor(token: string): string {
  return token.replace(/[a-j]/g, (letter) => String(LETTERS.indexOf(letter)));
}

/** The token that a replay's digits are. */
export function tokenFor(digits: string): string {
  return lettersOf(digits);
}
