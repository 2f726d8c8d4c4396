/** Random numbers made of random bytes, which come as an argument: a rule never makes its own. */
import { invariant } from "./invariant.ts";

/** `count` bytes from a CSPRNG. A port: only a shell holds the real one; a rehearsal holds a seeded one. */
export type RandomBytes = (count: number) => Uint8Array;

const WORDS = 2 ** 32;
/** Words thrown away in a row before the source is taken for broken: by chance once in 2^64 draws at the worst. */
const REJECTED_MAX = 64;

/**
 * A whole number from 0 until just before `end` (1 to 2^32), each as likely as any other. Words beyond the last whole
 * multiple of `end` are thrown away: a remainder alone would favour the low numbers.
 */
export function uniformBelow(random: RandomBytes, end: number): number {
  invariant(Number.isInteger(end) && end >= 1 && end <= WORDS, "a number of choices", { end });
  const whole = WORDS - (WORDS % end);
  for (let rejected = 0; rejected < REJECTED_MAX; rejected += 1) {
    const bytes = random(4);
    const word = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
    if (word < whole) return word % end;
  }
  invariant(false, "a random source gives more than one number", { rejected: REJECTED_MAX });
}
