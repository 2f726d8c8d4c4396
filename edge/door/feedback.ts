/**
 * What the pad shows and sounds. All refusals look and sound the same: only a grant, a lock-out and a system fault are
 * told apart, the rest is for the journal (d2.4). Everything here is temporary and ends by itself; the steady light stays below it.
 */
import { type Millis, millis } from "@lintel/protocol/base/units.ts";

export type Colour = "black" | "red" | "green" | "amber";

/** One state of a light: solid where `off` is zero, else blinking. */
export interface Blink {
  readonly colour: Colour;
  readonly on: Millis;
  readonly off: Millis;
}

export type Light =
  /** Stays until another steady light is set. */
  | { readonly kind: "steady"; readonly blink: Blink }
  /** Shown for `length`, then the steady light comes back. */
  | { readonly kind: "timed"; readonly blink: Blink; readonly length: Millis };

/** `count` beeps of `on` with pauses of `off`; count 0 is silence now. */
export interface Tone {
  readonly on: Millis;
  readonly off: Millis;
  readonly count: number;
}

const solid = (colour: Colour): Blink => ({ colour, on: millis(100), off: millis(0) });

export const STEADY: { readonly [state in "locked" | "released"]: Light } = {
  locked: { kind: "steady", blink: solid("red") },
  released: { kind: "steady", blink: solid("green") },
};

/** Green for as long as the strike is released. */
export function grantedLight(release: Millis): Light {
  return { kind: "timed", blink: solid("green"), length: release };
}

export const REFUSED_LIGHT: Light = {
  kind: "timed",
  blink: { colour: "red", on: millis(200), off: millis(200) },
  length: millis(2000),
};

/** Slow, where a refusal is quick: come back later. Shown as a lock-out starts, and at each submit while it runs. */
export const LOCKED_OUT_LIGHT: Light = {
  kind: "timed",
  blink: { colour: "red", on: millis(1000), off: millis(1000) },
  length: millis(6000),
};

export const FAULT_LIGHT: Light = {
  kind: "timed",
  blink: { colour: "amber", on: millis(500), off: millis(500) },
  length: millis(5000),
};

export const TONES = {
  granted: { on: millis(200), off: millis(100), count: 1 },
  refused: { on: millis(100), off: millis(100), count: 3 },
  lockedOut: { on: millis(600), off: millis(200), count: 1 },
  fault: { on: millis(1000), off: millis(500), count: 2 },
  silence: { on: millis(0), off: millis(0), count: 0 },
  heldOpen: { on: millis(500), off: millis(500), count: 60 },
} as const satisfies Readonly<Record<string, Tone>>;

/** One short beep a second until the limit is reached. */
export function preAlarmTone(length: Millis): Tone {
  return { on: millis(100), off: millis(900), count: Math.min(255, Math.max(1, Math.ceil(length / 1000))) };
}
