/** The clock of one edge: what it shows, how far it is believed, and what of that is stored and recorded. */
import { between, type Instant, instant, type Millis, type Monotonic } from "@lintel/protocol/base/units.ts";
import type { ClockTrust } from "@lintel/protocol/base/words.ts";
import type { ClockSight } from "./clock-fault.ts";
import {
  believedTime,
  type ClockMark,
  type ClockState,
  type ClockStep,
  lookAtClock,
  markClock,
  startClock,
  takeSignedTime,
  trustEnds,
  trustOf,
} from "./clock-trust.ts";
import { LIMITS } from "./limits.ts";
import type { Clock } from "./ports.ts";

/** A change worth a record: a jump in ms, or another degree of belief. */
export interface ClockNews {
  readonly step: number | null;
  readonly from: ClockTrust;
  readonly to: ClockTrust;
  /** `signed`: the authority told the time. `machine`: its own clock was looked at. */
  readonly by: "signed" | "machine";
}

/** The next multiple of `step`: what comes again and again comes at fixed points, whenever the edge was last awake. */
export function nextPoint(now: Monotonic, step: Millis): Monotonic {
  return ((Math.floor(now / step) + 1) * step) as Monotonic;
}

export class EdgeTime {
  readonly #clock: Clock;
  #state: ClockState;
  #told: ClockTrust;
  #lookAt: Monotonic;

  constructor(clock: Clock, mark: ClockMark | null) {
    this.#clock = clock;
    const now = clock.monotonic();
    this.#state = startClock(mark, clock.signs(), now);
    this.#told = trustOf(this.#state, now);
    this.#lookAt = now;
  }

  get monotonic(): Monotonic {
    return this.#clock.monotonic();
  }

  get trust(): ClockTrust {
    return trustOf(this.#state, this.monotonic);
  }

  /** Until when it is believed as it is now, if nothing comes; null: for ever. */
  get trustEnds(): Monotonic | null {
    return trustEnds(this.#state, this.monotonic);
  }

  get floor(): Instant {
    return this.#state.floor;
  }

  /** What the machine's clock shows beside what is believed. */
  get sight(): ClockSight {
    return { wall: this.#clock.signs().wall, now: this.now, floor: this.floor, trust: this.trust };
  }

  /** The believed time of a monotonic moment, in whole ms. */
  at(moment: Monotonic): Instant {
    const now = this.monotonic;
    const then = Math.round(believedTime(this.#state, now) - between(moment, now));
    return instant(Math.max(0, then));
  }

  get now(): Instant {
    return this.at(this.monotonic);
  }

  /** When to look again, at the latest. */
  get lookAt(): Monotonic {
    return this.#lookAt;
  }

  /** Looks at the machine's clock; null: nothing to record. */
  look(): ClockNews | null {
    const now = this.monotonic;
    this.#lookAt = nextPoint(now, LIMITS.clockLook);
    return this.#take(lookAtClock(this.#state, this.#clock.signs(), now), "machine");
  }

  /** Looks that lie behind were left out: nobody set the machine's clock meanwhile. */
  skipLooks(): void {
    const now = this.monotonic;
    if (this.#lookAt <= now) this.#lookAt = nextPoint(now, LIMITS.clockLook);
  }

  takeSigned(signed: Instant): ClockNews | null {
    return this.#take(takeSignedTime(this.#state, signed, this.monotonic), "signed");
  }

  mark(): ClockMark {
    const { state, mark } = markClock(this.#state, this.monotonic);
    this.#state = state;
    return mark;
  }

  #take({ state, step }: ClockStep, by: ClockNews["by"]): ClockNews | null {
    this.#state = state;
    const from = this.#told;
    const to = this.trust;
    this.#told = to;
    return step === null && from === to ? null : { step, from, to, by };
  }
}
