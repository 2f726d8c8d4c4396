/**
 * What the clocks of a machine show of the model's time when its crystal is off. As on a clock that shows whole ms, the
 * error comes in slips of one: between two slips it runs as the model does, so that what repeats itself still does.
 */
import { invariant } from "@lintel/protocol/base/invariant.ts";
import { type Monotonic, monotonic } from "@lintel/protocol/base/units.ts";

export class Crystal {
  /** Since when it runs at this rate, on the model's clock, and what it showed then. */
  #since: { readonly at: number; readonly shown: number } = { at: 0, shown: 0 };
  #ppm = 0;

  /** What is shown at a moment of the model's clock, which must not lie before the last change of rate. */
  shows(at: Monotonic): Monotonic {
    return monotonic(this.#since.shown + (at - this.#since.at) + Math.sign(this.#ppm) * this.#slipsBy(at));
  }

  /** The first moment of the model's clock at which `shown` is shown or passed. */
  when(shown: Monotonic): Monotonic {
    const distance = shown - this.#since.shown;
    if (this.#ppm === 0) return monotonic(this.#since.at + distance);
    // From just before, step by step: slips make the sum uneven by one.
    let at = Math.max(this.#since.at, this.#since.at + Math.ceil(distance / (1 + this.#ppm / 1e6)) - 2);
    while (this.shows(monotonic(at)) < shown) at += 1;
    return monotonic(at);
  }

  /** From `now` on. Millionths that it runs fast; 0: right. */
  run(ppm: number, now: Monotonic): void {
    invariant(Math.abs(ppm) < 1e6, "a clock runs forward", { ppm });
    this.#since = { at: now, shown: this.shows(now) };
    this.#ppm = ppm;
  }

  /** When the next slip comes, on the model's clock; null: never. */
  nextSlip(now: Monotonic): Monotonic | null {
    if (this.#ppm === 0) return null;
    let at = this.#since.at + Math.floor(((this.#slipsBy(now) + 1) * 1e6) / Math.abs(this.#ppm));
    while (this.#slipsBy(at) <= this.#slipsBy(now)) at += 1;
    return monotonic(at);
  }

  /** Slips since the rate was set. */
  #slipsBy(at: number): number {
    return Math.floor(((at - this.#since.at) * Math.abs(this.#ppm)) / 1e6);
  }
}
