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
