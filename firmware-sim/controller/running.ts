/**
 * The firmware while it has power: its steps, one after the other, over pins, a link, flash and a clock that are given.
 * The same for simulated pins and for real ones. Not here: when the power comes and goes.
 */
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import type { Millis, Monotonic } from "@lintel/protocol/base/units.ts";
import type { Clock } from "./clock.ts";
import {
  type ControllerStep,
  isAsleep,
  isIdle,
  nextOwnWake,
  nextWake,
  skipIdle,
  startController,
  stepController,
} from "./controller.ts";
import type { FileStep } from "./files.ts";
import type { Flash } from "./flash.ts";
import type { Pins } from "./pins.ts";
import type { ControllerEffect, ControllerInput, ControllerOptions, ControllerState, Seen } from "./state.ts";

export interface Surroundings {
  readonly pins: Pins;
  readonly link: { write(bytes: Uint8Array): void };
  readonly flash: Flash;
  readonly clock: Clock;
  readonly random: RandomBytes;
  seen(seen: Seen): void;
  /** Where a file of the CP goes, piece by piece. Left out: it is counted and thrown away. */
  file?(step: FileStep): void;
}

/** What goes on in a firmware, for a model that leaves out what changes nothing. */
export interface Activity {
  /** `polled`: its link carries nothing but polls. `resting`: it carries nothing at all, with or without power. */
  readonly kind: "busy" | "polled" | "resting";
  /** When something of the Controller's own is due; null: nothing is. */
  readonly until: Monotonic | null;
  /** It has asked its clock to be woken. */
  readonly wakes: boolean;
}

export class RunningFirmware {
  readonly #around: Surroundings;
  #state: ControllerState | null = null;
  /** What waits while the firmware is in a step: pins change as it drives them. */
  readonly #waiting: ControllerInput[] = [];
  #stepping = false;
  #forgetWake = () => {};

  /** Listens to the pins from now on; what they tell without power is not heard. */
  constructor(around: Surroundings) {
    this.#around = around;
    around.pins.onChange((change) => this.input(change));
  }

  /** Null: without power. */
  get state(): ControllerState | null {
    return this.#state;
  }

  /** Power comes. Its levels are what the pins read now. */
  start(options: Omit<ControllerOptions, "levels">): void {
    const { pins, clock, random } = this.#around;
    this.#inStep(() => startController({ ...options, levels: pins.levels() }, clock.now(), random));
    this.#workOff();
  }

  /** Power goes: bytes on their way, timers and keys are gone. What the pins then do is their own. */
  stop(): void {
    this.#forgetWake();
    this.#state = null;
    this.#waiting.length = 0;
  }

  activity(): Activity {
    const state = this.#state;
    if (state === null) return { kind: "resting", until: null, wakes: false };
    const now = this.#around.clock.now();
    const until = nextOwnWake(state, now);
    const wakes = nextWake(state, now) !== null;
    const busy = this.#waiting.length > 0 || !(isIdle(state) || isAsleep(state));
    return { kind: busy ? "busy" : isIdle(state) ? "polled" : "resting", until, wakes };
  }

  /** `length` ms of nothing but polls are over, and the clock has moved on by as much. */
  skipIdle(length: Millis): void {
    if (this.#state === null) return;
    if (this.#state.pd.lastFrameAt !== null) this.#state = skipIdle(this.#state, length);
    // What is its own stays where it was: it is asked for anew.
    this.#wake(nextWake(this.#state, this.#around.clock.now()));
  }

  #wake(at: Monotonic | null): void {
    this.#forgetWake();
    this.#forgetWake = at === null ? () => {} : this.#around.clock.wake(at, () => this.input({ kind: "time" }));
  }

  receive(bytes: Uint8Array): void {
    this.input({ kind: "serial", bytes });
  }

  input(input: ControllerInput): void {
    // To ask for the time lets what is due happen: it lies before this input, and never in the middle of its step.
    if (!this.#stepping) this.#around.clock.now();
    if (this.#state === null && !this.#stepping) return;
    this.#waiting.push(input);
    if (!this.#stepping) this.#workOff();
  }

  /** One input after the other: the pins that a step drives may change others. */
  #workOff(): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const { clock, random } = this.#around;
      const input = next;
      this.#inStep(() => stepController(this.#state!, input, clock.now(), random));
      if (this.#state === null) return;
    }
  }

  #inStep(step: () => ControllerStep): void {
    this.#stepping = true;
    try {
      const { state, effects } = step();
      this.#state = state;
      for (const effect of effects) {
        this.#do(effect);
        // Somebody who was told of it has taken the power away: the rest does not happen.
        if (this.#state !== state) return;
      }
    } finally {
      this.#stepping = false;
    }
  }

  #do(effect: ControllerEffect): void {
    const { pins, link, flash } = this.#around;
    switch (effect.kind) {
      case "drive":
        pins.drive(effect.drive);
        return;
      case "send":
        link.write(effect.bytes);
        return;
      case "flash":
        flash.write(effect.contents);
        return;
      case "wake":
        this.#wake(effect.at);
        return;
      case "file":
        this.#around.file?.(effect.file);
        return;
      case "seen":
        this.#around.seen(effect.seen);
        return;
    }
  }
}
