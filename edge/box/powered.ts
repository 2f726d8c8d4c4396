/**
 * Powered time: how long this edge has run, over all its lives. It goes on from what was stored last, so a life that
 * ended between two marks counts a little less, and never more: what waits for it is never shortened by an outage.
 */
import { type Monotonic, monotonic, type Powered, powered } from "@lintel/protocol/base/units.ts";
import type { EdgeTime } from "./time.ts";

export class PoweredTime {
  readonly #time: EdgeTime;
  /** Whole ms on both clocks, so that a wake and what it waits for agree to the last of them. */
  readonly #from: { readonly at: number; readonly powered: Powered };

  constructor(time: EdgeTime, stored: Powered) {
    this.#time = time;
    this.#from = { at: Math.ceil(time.monotonic), powered: stored };
  }

  get now(): Powered {
    const run = Math.floor(this.#time.monotonic) - this.#from.at;
    return powered(this.#from.powered + Math.max(0, run));
  }

  /** When it will be `moment`, on the monotonic clock of this life. */
  monotonicAt(moment: Powered): Monotonic {
    return monotonic(this.#from.at + (moment - this.#from.powered));
  }
}
