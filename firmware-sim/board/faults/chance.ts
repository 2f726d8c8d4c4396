/** Numbers from random bytes, for what happens by chance. */
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import { type Millis, millis } from "@lintel/protocol/base/units.ts";

/** 0 to 1, without 1. */
export function fraction(random: RandomBytes): number {
  return random(4).reduce((number, byte) => number * 256 + byte, 0) / 2 ** 32;
}

/** At least 1 ms, and `average` on average: nothing between it and twice as much is likelier than the rest. */
export function around(average: number, random: RandomBytes): Millis {
  return millis(Math.max(1, Math.round(fraction(random) * 2 * average)));
}
