/** One debounced level: a change counts once it has stood for LIMITS.debounce. */
import { after, type Monotonic } from "@lintel/protocol/base/units.ts";
import { LIMITS } from "./limits.ts";

export interface Debounced {
  /** What counts. */
  readonly level: boolean;
  /** What the pin reads, since `since`. */
  readonly raw: boolean;
  readonly since: Monotonic;
}

/** A level as it is found at power-on: it has stood for as long as anybody knows. */
export function settledAt(level: boolean, now: Monotonic): Debounced {
  return { level, raw: level, since: now };
}

export function readRaw(pin: Debounced, raw: boolean, now: Monotonic): Debounced {
  return pin.raw === raw ? pin : { ...pin, raw, since: now };
}

/** When the level will change if the pin stays as it is; null if it will not. */
export function changesAt(pin: Debounced): Monotonic | null {
  return pin.raw === pin.level ? null : after(pin.since, LIMITS.debounce);
}

export function passTime(pin: Debounced, now: Monotonic): Debounced {
  const at = changesAt(pin);
  return at === null || now < at ? pin : { ...pin, level: pin.raw };
}
