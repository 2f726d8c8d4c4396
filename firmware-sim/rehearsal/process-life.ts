/**
 * One life of an edge's process, from its start to the end of its power. It does one thing at a time: while it waits for
 * its disk, what reaches it waits too, and what it says afterwards is said afterwards. Once its power is cut, nothing of
 * it reaches anything, though the turn that was cut still runs to its end here.
 */
import { after, type Millis, type Monotonic } from "@lintel/protocol/base/units.ts";
import type { ModelTime } from "./model-time.ts";

export class ProcessLife {
  readonly #time: ModelTime;
  #alive = true;
  /** Until when it stands still, on the model's clock. */
  #standsUntil: Monotonic;
  readonly #waiting: (() => void)[] = [];
  /** Said during a standstill, and not out yet. */
  #unsaid = 0;
  #forget = () => {};

  constructor(time: ModelTime) {
    this.#time = time;
    this.#standsUntil = time.now();
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** What its clocks count: a process that waits finds afterwards that it is later. */
  get now(): Monotonic {
    const now = this.#time.now();
    return now < this.#standsUntil ? this.#standsUntil : now;
  }

  /** It stands still, or something waits for the end of a standstill. */
  get standsStill(): boolean {
    return this.#alive && (this.#time.now() < this.#standsUntil || this.#unsaid > 0 || this.#waiting.length > 0);
  }

  /** Its system call comes back so much later. */
  stand(length: Millis): void {
    this.#standsUntil = after(this.now, length);
  }

  /** Something reaches it: now, or when it goes on. */
  reach(act: () => void): void {
    if (!this.#alive) return;
    if (!this.standsStill) {
      act();
      return;
    }
    this.#waiting.push(act);
    if (this.#waiting.length === 1) this.#goOnLater();
  }

  /** It says something: now, or when it goes on. */
  say(act: () => void): void {
    if (!this.#alive) return;
    if (this.#time.now() >= this.#standsUntil && this.#unsaid === 0) {
      act();
      return;
    }
    this.#unsaid += 1;
    this.#time.wake(this.now, () => {
      this.#unsaid -= 1;
      if (this.#alive) act();
    });
  }

  end(): void {
    this.#alive = false;
    this.#waiting.length = 0;
    this.#forget();
  }

  /** Asked for behind all that it said until then, so it comes behind that. */
  #goOnLater(): void {
    this.#forget = this.#time.wake(this.now, () => this.#goOn());
  }

  #goOn(): void {
    for (;;) {
      if (this.#waiting.length === 0) return;
      if (this.#time.now() < this.#standsUntil || this.#unsaid > 0) break;
      this.#waiting.shift()!();
    }
    this.#goOnLater();
  }
}
