/** How often the same thing may be done or said: once in an interval, by its name. */
import type { Instant, Millis } from "@lintel/protocol/base/units.ts";

export interface Rate {
  /** True when `name` did not pass within `interval`; then it has passed now. */
  pass(name: string, now: Instant): boolean;
}

/** Remembers at most `most` names; beyond it all further ones share one place. A clock set back lets pass. */
export function startRate(interval: Millis, most: number): Rate {
  const passed = new Map<string, Instant>();
  return {
    pass(name, now) {
      const place = passed.has(name) || passed.size < most ? name : "";
      const before = passed.get(place);
      if (before !== undefined && now >= before && now - before < interval) return false;
      passed.set(place, now);
      return true;
    },
  };
}

export interface Tally {
  /** Counts one. A number: tell of it now, so many came since it was last told of. Null: counted only. */
  count(name: string, now: Instant): number | null;
}

/** Counts what must not be told each time: once in `interval` by its name. Names and clock as in `startRate`. */
export function startTally(interval: Millis, most: number): Tally {
  const rate = startRate(interval, most);
  const waiting = new Map<string, number>();
  return {
    count(name, now) {
      const place = waiting.has(name) || waiting.size < most ? name : "";
      const count = (waiting.get(place) ?? 0) + 1;
      const told = rate.pass(place, now);
      waiting.set(place, told ? 0 : count);
      return told ? count : null;
    },
  };
}
