/** Time that a test moves, for what otherwise lives in the machine's. */
import { type Monotonic, monotonic } from "@lintel/protocol/base/units.ts";
import type { Clock } from "../controller/clock.ts";

export type { Clock };

interface Due {
  readonly at: Monotonic;
  readonly call: () => void;
}

/** Time that stands until it is moved; then everything due happens in order, each at its own instant. */
export class VirtualClock implements Clock {
  #now: Monotonic;
  #due: Due[] = [];

  constructor(start: Monotonic = monotonic(0)) {
    this.#now = start;
  }

  now(): Monotonic {
    return this.#now;
  }

  wake(at: Monotonic, call: () => void): () => void {
    const due = { at, call };
    this.#due.push(due);
    return () => {
      this.#due = this.#due.filter((each) => each !== due);
    };
  }

  pass(length: number): void {
    const until = monotonic(this.#now + length);
    for (;;) {
      const next = this.#due.reduce<Due | null>(
        (first, due) => (due.at <= until && (first === null || due.at < first.at) ? due : first),
        null,
      );
      if (next === null) break;
      this.#due = this.#due.filter((each) => each !== next);
      if (next.at > this.#now) this.#now = next.at;
      next.call();
    }
    this.#now = until;
  }
}
