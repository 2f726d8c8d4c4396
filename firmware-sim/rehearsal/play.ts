/**
 * A script played on a world, a stretch at a time: whoever asks for the next stretch prints what was told meanwhile, or
 * stops asking. Where the stretches end changes nothing of what happens in them.
 */
import { after, type Instant } from "@lintel/protocol/base/units.ts";
import { LIMITS } from "./limits.ts";
import type { Step, StepKind } from "./script.ts";

/** A script as it was read, from whatever file. */
export interface Script {
  readonly begin: Instant;
  /** Where the run ends, if no step ends it before; null: a minute after the last step. */
  readonly end: Instant | null;
  /** `at` never decreases. May be asked for anew. */
  readonly steps: Iterable<Step>;
}

/** The part of a Rehearsal that is played on. */
export interface Stage {
  readonly now: Instant;
  passTo(until: Instant): void;
  do(step: StepKind): void;
}

/** Answers the step just done, or null in a stretch without one. */
export function* play(stage: Stage, { steps, end }: Pick<Script, "steps" | "end">): Generator<Step | null> {
  let last = stage.now;
  for (const step of steps) {
    if (end !== null && step.at >= end) break;
    yield* pass(stage, step.at);
    stage.do(step);
    last = step.at;
    yield step;
    if (step.kind === "end") return;
  }
  yield* pass(stage, end ?? after(last, LIMITS.afterLast));
}

function* pass(stage: Stage, until: Instant): Generator<null> {
  while (stage.now < until) {
    const next = after(stage.now, LIMITS.stretch);
    stage.passTo(next < until ? next : until);
    yield null;
  }
}
