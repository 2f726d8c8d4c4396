/**
 * Leaving out stretches in which provably nothing happens. While every line carries nothing but polls and nothing else
 * is due, the world is a clockwork: a line that stands in its round of polls as it stood before, with nothing done to it
 * between, goes on as it did then. So all of it may be moved on by any number of whole rounds at once: both ends of every
 * line, and what is on its way, jump by the same length; numbers and seals stay as they are.
 * Never passed over: whatever happens at a moment of its own (a finger, a message, a fault), whatever a rule or a
 * Controller waits for, and the last alive mark before it.
 */
import type { Rhythm } from "@lintel/edge/bus/bus.ts";
import { between, type Millis, type Monotonic, millis, monotonic } from "@lintel/protocol/base/units.ts";
import type { EdgeUnit } from "./edge-unit.ts";
import type { ModelTime } from "./model-time.ts";

/** The shortest round there is: who has less time need not ask. */
const ROUND_MIN = millis(50);

/** A stretch in which nothing is done to a line but polls, and where in it each order of them was seen first. */
interface Calm {
  readonly until: Monotonic;
  readonly polls: Map<string, Monotonic>;
}

export class Skipping {
  readonly #time: ModelTime;
  readonly #edges: readonly EdgeUnit[];
  /** By line. */
  readonly #calm = new Map<string, Calm>();
  /** How long the round is that begins so, by line and order. */
  readonly #rounds = new Map<string, Millis>();

  constructor(time: ModelTime, edges: readonly EdgeUnit[]) {
    this.#time = time;
    this.#edges = edges;
  }

  /** What the lines are made of is another than it was: rounds that were known say nothing any more. */
  forget(): void {
    this.#calm.clear();
    this.#rounds.clear();
  }

  /** Moves on towards `end` if nothing can happen before it. Called after everything that happens. */
  leap(end: Monotonic): void {
    const now = this.#time.now();
    const happens = this.#time.nextHappening;
    const first = happens === null || happens > end ? end : happens;
    if (between(now, first) <= ROUND_MIN) return;
    const until = this.#quietUntil(first);
    if (until === null) return;
    const round = this.#commonRound(until);
    if (round === null) return;
    // Strictly before: what is due at a moment may be due before the polls of that moment.
    const stop = this.#lastMark(until);
    const length = millis((Math.ceil(between(now, stop) / round) - 1) * round);
    if (length <= 0) return;
    this.#time.leap(length);
    for (const edge of this.#edges) edge.skipIdle(length);
  }

  /** Null: something goes on that is more than polls. */
  #quietUntil(first: Monotonic): Monotonic | null {
    let until: number = first;
    for (const edge of this.#edges) {
      const quiet = edge.quietUntil();
      if (quiet === null) return null;
      until = Math.min(until, quiet);
    }
    return until > this.#time.now() ? monotonic(until) : null;
  }

  /** Whatever follows may be a power cut: then it counts what was marked last. */
  #lastMark(until: Monotonic): Monotonic {
    const now = this.#time.now();
    const marks = this.#edges.map((edge) => edge.lastMark(until)).filter((at) => at > now);
    return monotonic(Math.min(until, ...marks));
  }

  /** After which all lines stand as they do now; null: of one of them that is not known yet. */
  #commonRound(until: Monotonic): Millis | null {
    let common = 1;
    let known = true;
    for (const edge of this.#edges) {
      for (const [bus, rhythm] of edge.rhythms()) {
        if (rhythm === null) continue;
        const round = this.#roundOf(`${edge.id}/${bus}`, rhythm, until);
        if (round === null) known = false;
        else common = leastCommonMultiple(common, round);
      }
    }
    return known ? millis(common) : null;
  }

  #roundOf(line: string, rhythm: Rhythm, until: Monotonic): Millis | null {
    const name = `${line} ${rhythm.order}`;
    const known = this.#rounds.get(name);
    if (known !== undefined) return known;
    let calm = this.#calm.get(line);
    if (calm === undefined || this.#time.now() >= calm.until) {
      calm = { until, polls: new Map() };
      this.#calm.set(line, calm);
    }
    const before = calm.polls.get(rhythm.order);
    if (before === undefined) calm.polls.set(rhythm.order, rhythm.pollAt);
    if (before === undefined || before === rhythm.pollAt) return null;
    const round = between(before, rhythm.pollAt);
    this.#rounds.set(name, round);
    return round;
  }
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  return (a / x) * b;
}
