/** Which codes are guessed first (d1.2): one filter for those that people bring and those that are drawn. */
import { SecretText } from "@lintel/protocol/base/secret.ts";
import type { SiteCode } from "./site.ts";

/** Why a code is guessed first, or null; `kept` ones are not seen here. Only kinds are named, no digit. */
export function weakness(code: SiteCode): string | null {
  return code instanceof SecretText ? code.use(weaknessOf) : null;
}

/** As `weakness`, of the digits themselves. */
export function weaknessOf(digits: string): string | null {
  if (isRun(digits, 0)) return "all digits are equal";
  if (isRun(digits, 1) || isRun(digits, 9)) return "a run of digits";
  if (repeats(digits, 2) || repeats(digits, 3)) return "a repeated block";
  return digits.startsWith("12") ? "it begins like those that are tried first" : null;
}

/** Whether each digit is `step` above the one before it, around the ten: 890123 by 1, 321098 by 9. */
function isRun(digits: string, step: number): boolean {
  for (let at = 1; at < digits.length; at += 1)
    if ((digits.charCodeAt(at) - digits.charCodeAt(at - 1) + 10) % 10 !== step) return false;
  return true;
}

/** Whether the code is one block of `length` digits, again and again: 121212, 123123. */
function repeats(digits: string, length: number): boolean {
  for (let at = length; at < digits.length; at += 1)
    if (digits.charCodeAt(at) !== digits.charCodeAt(at - length)) return false;
  return true;
}
