/**
 * This machine's monotonic time, for what otherwise runs in given time: simulated Controllers. A process that had to
 * wait for the machine catches up: what fell due meanwhile happens in order, each at its own instant, as it would have
 * on a Controller's own chip. Else a key that was down and up again while this process stood still was never down.
 */
import type { Clock } from "@lintel/firmware-sim/board/clock.ts";
import { type Monotonic, monotonic } from "@lintel/protocol/base/units.ts";

/** Longest that a timer of Node can be set; what lies further off is looked at again then. */
const TIMER_MAX = 2 ** 31 - 1;

interface Due {
  readonly at: Monotonic;
  readonly call: () => void;
}

export function realClock(): Clock {
  return new RealClock();
}

class RealClock implements Clock {
  /** The next first. */
  readonly #due: Due[] = [];
  /** How far time has been lived through. */
  #lived = monotonic(performance.now());
  #passing = false;
  /** This turn of the event loop has its time already. */
  #told = false;
  #timer: NodeJS.Timeout | undefined;

  /**
   * Inside a call of `wake` its instant; else the moment of this turn, after everything that was due before it. Within
   * one turn it stands still: what falls due in the middle of a firmware's step must not happen inside of it.
   */
  now(): Monotonic {
    if (!this.#passing && !this.#told) {
      this.#pass();
      this.#told = true;
      queueMicrotask(() => {
        this.#told = false;
      });
    }
    return this.#lived;
  }

  wake(at: Monotonic, call: () => void): () => void {
    const due = { at, call };
    const later = this.#due.findIndex((each) => each.at > at);
    this.#due.splice(later < 0 ? this.#due.length : later, 0, due);
    this.#setTimer();
    return () => {
      const place = this.#due.indexOf(due);
      if (place < 0) return;
      this.#due.splice(place, 1);
      this.#setTimer();
    };
  }

  #pass(): void {
    this.#passing = true;
    try {
      const until = monotonic(performance.now());
      for (let next = this.#due[0]; next !== undefined && next.at <= until; next = this.#due[0]) {
        this.#due.shift();
        if (next.at > this.#lived) this.#lived = next.at;
        next.call();
      }
      this.#lived = until;
    } finally {
      this.#passing = false;
    }
    this.#setTimer();
  }

  #setTimer(): void {
    if (this.#passing) return;
    clearTimeout(this.#timer);
    const next = this.#due[0];
    if (next === undefined) return;
    const wait = Math.min(Math.max(Math.ceil(next.at - performance.now()), 0), TIMER_MAX);
    this.#timer = setTimeout(() => this.#pass(), wait);
  }
}
