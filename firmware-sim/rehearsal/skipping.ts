/**
 * Leaving out stretches in which provably nothing happens. While every edge's lines carry nothing but polls, no rule has
 * anything to do and nothing is on its way, the world is the same again after one round of polls; so it may be moved on
 * by any number of rounds at once. Both ends of every line jump by the same length; numbers and seals stay as they are.
 * Not left out: the last alive mark before whatever comes next, and all that a rule waits for.
 */
import { between, type Millis, type Monotonic, millis, monotonic } from "@lintel/protocol/base/units.ts";
import type { EdgeUnit } from "./edge-unit.ts";
import type { ModelTime } from "./model-time.ts";

/** A round of polls takes 50 or 100 ms a bus. What looks the same after longer may have been something else between. */
const ROUND_MAX = millis(1_000);

export class Skipping {
  readonly #time: ModelTime;
  readonly #edges: readonly EdgeUnit[];
  /** A quiet moment, and how the lines stood then. */
  #seen: { readonly at: Monotonic; readonly rhythm: string } | null = null;

  constructor(time: ModelTime, edges: readonly EdgeUnit[]) {
    this.#time = time;
    this.#edges = edges;
  }

  /** Moves on towards `end` if nothing can happen before it. Called after everything that happens. */
  leap(end: Monotonic): void {
    const until = this.#quietUntil(end);
    if (until === null) return;
    const now = this.#time.now();
    const rhythm = this.#edges.map((edge) => edge.rhythm().join()).join(";");
    if (this.#seen === null || between(this.#seen.at, now) > ROUND_MAX) {
      this.#seen = { at: now, rhythm };
      return;
    }
    const round = between(this.#seen.at, now);
    if (round === 0 || this.#seen.rhythm !== rhythm) return;
    const length = millis(Math.floor(between(now, until) / round) * round);
    this.#seen = null;
    if (length > 0) this.#move(length);
  }

  /** Null: something goes on, or is on its way. */
  #quietUntil(end: Monotonic): Monotonic | null {
    const { pending } = this.#time;
    if (pending !== this.#edges.reduce((sum, edge) => sum + edge.idleWakes, 0)) return null;
    const now = this.#time.now();
    let until: number = end;
    for (const edge of this.#edges) {
      if (edge.busy) return null;
      until = Math.min(until, edge.idleUntil()!);
    }
    const mark = Math.min(...this.#edges.map((edge) => edge.lastMark(monotonic(until))).filter((at) => at > now));
    const stop = Math.min(until, mark);
    return stop > now ? monotonic(stop) : null;
  }

  #move(length: Millis): void {
    this.#time.leap(length);
    for (const edge of this.#edges) edge.skipIdle(length);
  }
}
