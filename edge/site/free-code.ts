/**
 * A code that may be given out: not weak, not anybody's at its doors, and no neighbour of one there, so that a mistyped
 * code is not somebody else's (d1.2, d1.3, d1.5, facts security 2.1). All codes that qualify are found first and one
 * of them is drawn, so that each is as likely as any other and the search ends.
 * Not here: whether a person may see it, and where it is kept.
 */
import { type RandomBytes, uniformBelow } from "@lintel/protocol/base/random.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { SecretText } from "@lintel/protocol/base/secret.ts";
import type { Instant } from "@lintel/protocol/base/units.ts";
import { bareCodesAt, codesAtDoors } from "./check-codes.ts";
import { LIMITS } from "./limits.ts";
import type { Site } from "./site.ts";
import { weaknessOf } from "./weak-code.ts";

/** `nuki`: digits 1 to 9 only, for locks of that maker, which read a code as a number (d1.2). */
export const CODE_PROFILES = ["any", "nuki"] as const;
export type CodeProfile = (typeof CODE_PROFILES)[number];

export interface Wanted {
  /** Every door that the code is to open; at least one. */
  readonly doors: readonly string[];
  readonly profile: CodeProfile;
  readonly now: Instant;
  /** Codes taken from somebody lately, as far as anybody knows; those within LIMITS.codeCoolDown are not given out. */
  readonly dropped: readonly DroppedCode[];
}

export interface DroppedCode {
  readonly code: SecretText;
  readonly at: Instant;
}

export type NoCode =
  | { readonly kind: "unknown-door"; readonly door: string }
  /** `codes` without a slot stand at the door, and `most` may. */
  | { readonly kind: "full"; readonly door: string; readonly codes: number; readonly most: number }
  | { readonly kind: "none-left" };

export interface FreeCodes {
  /** As numbers, at least one. */
  readonly codes: readonly number[];
  /** Whether each differs from every code at the doors by more than one digit, and more than two that change places. */
  readonly spaced: boolean;
}

/** `kept` codes of the site are counted, but cannot be compared: fill in what is stored. */
export function freeCodes(site: Site, wanted: Wanted): Result<FreeCodes, NoCode> {
  const bare = bareCodesAt(site);
  for (const id of wanted.doors) {
    const door = site.doors.find((each) => each.id === id);
    if (door === undefined) return fail({ kind: "unknown-door", door: id });
    if (bare(id) >= door.bareCodes) return fail({ kind: "full", door: id, codes: bare(id), most: door.bareCodes });
  }
  const taken = codesAtDoors(site, wanted.doors).map((code) => code.use(Number));
  const cooling = wanted.dropped
    .filter(({ at }) => wanted.now - at < LIMITS.codeCoolDown)
    .map(({ code }) => code.use(Number));
  const refused = marked(weakCodes(), [...taken, ...cooling]);
  const free = unmarked(refused, wanted.profile);
  const spaced = unmarked(marked(refused, taken.flatMap(neighboursOf)), wanted.profile);
  // Spacing may cost a guesser's search one bit at most; beyond that the door has too many codes for it.
  if (spaced.length > 0 && spaced.length * 2 >= free.length) return ok({ codes: spaced, spaced: true });
  return free.length === 0 ? fail({ kind: "none-left" }) : ok({ codes: free, spaced: false });
}

export function drawCode({ codes }: FreeCodes, random: RandomBytes): SecretText {
  return new SecretText(digitsOf(codes[uniformBelow(random, codes.length)]!));
}

const CODES = 10 ** LIMITS.codeDigits;

function digitsOf(code: number): string {
  return String(CODES + code).slice(1);
}

let weak: Uint8Array | null = null;

/** 1 at each code that is weak. A memory, no state: all of a million are looked at once and not for each code drawn. */
function weakCodes(): Uint8Array {
  weak ??= Uint8Array.from({ length: CODES }, (_, code) => (weaknessOf(digitsOf(code)) === null ? 0 : 1));
  return weak;
}

/** The same marks, and 1 at each of `codes`. */
function marked(marks: Uint8Array, codes: readonly number[]): Uint8Array {
  const more = marks.slice();
  for (const code of codes) more[code] = 1;
  return more;
}

/** Every code of a profile without a mark. */
function unmarked(marks: Uint8Array, profile: CodeProfile): readonly number[] {
  const codes: number[] = [];
  for (let code = 0; code < CODES; code += 1)
    if (marks[code] === 0 && !(profile === "nuki" && digitsOf(code).includes("0"))) codes.push(code);
  return codes;
}

/** What a code becomes by one wrong digit, or by two digits in each other's place. */
function neighboursOf(code: number): readonly number[] {
  const digits = [...digitsOf(code)];
  const neighbours: number[] = [];
  for (const [at, own] of digits.entries()) {
    for (let digit = 0; digit <= 9; digit += 1) neighbours.push(Number(digits.with(at, String(digit)).join("")));
    for (const [other, theirs] of digits.slice(0, at).entries())
      neighbours.push(Number(digits.with(at, theirs).with(other, own).join("")));
  }
  return neighbours;
}
