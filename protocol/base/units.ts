/**
 * Numbers that carry their unit in their type. A value is branded where it enters (decoder, site file, clock) and
 * stays so; adding and comparing are the only things done with them here.
 */
import { invariant } from "./invariant.ts";

export type Branded<T, B extends string> = T & { readonly __brand: B };

/** A length of time in ms. */
export type Millis = Branded<number, "Millis">;
/** A point on one machine's monotonic clock, in ms. Means nothing after a restart or on another machine. */
export type Monotonic = Branded<number, "Monotonic">;
/** A point in UTC, in ms since 1970. Jumps when the clock is set: never used to measure. */
export type Instant = Branded<number, "Instant">;
/** A point in the time that one edge has run, over all its lives, in whole ms. It stands still while the edge does not run. */
export type Powered = Branded<number, "Powered">;

/** A length of time; finite, may be negative when it is a difference. */
export function millis(value: number): Millis {
  invariant(Number.isFinite(value), "a length of time is finite", { value });
  return value as Millis;
}

export function monotonic(value: number): Monotonic {
  invariant(Number.isFinite(value), "a monotonic time is finite", { value });
  return value as Monotonic;
}

export function instant(value: number): Instant {
  invariant(Number.isFinite(value), "an instant is finite", { value });
  return value as Instant;
}

export function powered(value: number): Powered {
  invariant(Number.isSafeInteger(value) && value >= 0, "a powered time is whole and not negative", { value });
  return value as Powered;
}

/** `length` later on the same clock. */
export function after<T extends Monotonic | Instant | Powered>(at: T, length: Millis): T {
  return (at + length) as T;
}

/** From `from` to `to`, on one clock; negative when `to` lies before. */
export function between<T extends Monotonic | Instant | Powered>(from: T, to: T): Millis {
  return (to - from) as Millis;
}
