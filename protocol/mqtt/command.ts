/**
 * What an operator asks of one door of a running edge: the acts of a signed command, and what became of it. The
 * envelope, the number and the end of a command are those of its message (`bodies.ts`); this is its content alone.
 */
import type { Instant } from "../base/units.ts";
import type { Mode } from "../base/words.ts";

export type DoorAct =
  /** The lock mode from now on (row A10). */
  | { readonly kind: "mode"; readonly door: string; readonly mode: Mode }
  /**
   * `unlock` and `lock` stand over the hours until their end: an instant at most 7 days ahead, the end of the running
   * interval of hours, or, with null, that end where one runs and else 24 h. `resume` ends what stands (d6.5).
   */
  | {
      readonly kind: "override";
      readonly door: string;
      readonly state: "unlock" | "lock" | "resume";
      readonly until: Instant | "period-end" | null;
    }
  /** Ends a lock-out of the door's keypad, and sets its counts to zero. */
  | { readonly kind: "release"; readonly door: string };

/** Why an edge does not do what it was asked. One closed list: integrators compare these words. */
export const ACT_REFUSALS = [
  "unknown-door",
  /** `period-end` outside of an interval, or an end that is past or more than 7 days ahead. */
  "wrong-end",
  /** The clock is floor-only: an end could not be kept. */
  "clock-unknown",
  /** Not executed: an older command than one that was, a repetition, or one past its end. */
  "stale",
  /** The disk does not take it: nothing was changed. */
  "hardware-fault",
] as const;
export type ActRefusal = (typeof ACT_REFUSALS)[number];

export type ActOutcome = { readonly kind: "done" } | { readonly kind: "refused"; readonly why: ActRefusal };
