/** The buzzer: so many tones of a length, with pauses; or, with a count of 0, until told otherwise. */
import { after, type Millis, type Monotonic } from "@lintel/protocol/base/units.ts";
import type { CommandNamed } from "@lintel/protocol/osdp/commands.ts";

export interface Buzzer {
  readonly on: boolean;
  /** Null: silent until told otherwise. */
  readonly tune: Tune | null;
}

interface Tune {
  readonly tone: Millis;
  readonly pause: Millis;
  /** Tones still to begin; null: without end. */
  readonly left: number | null;
  /** When the tone or pause ends. */
  readonly until: Monotonic;
}

export const SILENT: Buzzer = { on: false, tune: null };

export function sound({ tone, on, off, count }: CommandNamed<"BUZ">, now: Monotonic): Buzzer {
  if (tone !== "default") return SILENT;
  const left = count === 0 ? null : count - 1;
  return { on: true, tune: { tone: on, pause: off, left, until: after(now, on) } };
}

export function buzzerDue(buzzer: Buzzer): Monotonic | null {
  return buzzer.tune?.until ?? null;
}

/** One step of the tune; call again until nothing is due. A tone without a pause goes over into the next. */
export function passBuzzerTime(buzzer: Buzzer, now: Monotonic): Buzzer {
  const { on, tune } = buzzer;
  if (tune === null || now < tune.until) return buzzer;
  if (on && tune.left === 0) return SILENT;
  if (on && tune.pause > 0) return { on: false, tune: { ...tune, until: after(tune.until, tune.pause) } };
  const left = tune.left === null ? null : tune.left - 1;
  return { on: true, tune: { ...tune, left, until: after(tune.until, tune.tone) } };
}

/** The line went down: what would sound until told otherwise is ended, for nobody is left to tell it. */
export function loseLine(buzzer: Buzzer): Buzzer {
  return buzzer.tune?.left === null ? SILENT : buzzer;
}
