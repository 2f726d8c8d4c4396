/**
 * For tests: a simulated Controller that can be looked into. Its firmware's state is a value, so one may ask what some
 * bytes would do if they came now, as often as there are bytes to try, and the Controller itself never hears of it.
 */
import { SimulatedBoard } from "@lintel/firmware-sim/board/board.ts";
import { Person } from "@lintel/firmware-sim/board/person.ts";
import {
  DEFAULT_SIZE,
  type Machine,
  type SimulatedController,
  type SimulatedEvent,
  type SimulatedOptions,
} from "@lintel/firmware-sim/board/simulated-controller.ts";
import { startController, stepController } from "@lintel/firmware-sim/controller/controller.ts";
import { BLANK_FLASH } from "@lintel/firmware-sim/controller/settings.ts";
import type { ControllerEffect, ControllerInput, ControllerState } from "@lintel/firmware-sim/controller/state.ts";
import { after, type Monotonic } from "@lintel/protocol/base/units.ts";
import { LIMITS } from "@lintel/protocol/osdp/limits.ts";

/** A Controller at one moment. */
export interface Moment {
  readonly state: ControllerState;
  readonly now: Monotonic;
}

export class OpenFirmware implements SimulatedController {
  readonly #machine: Machine;
  readonly #link: { write(bytes: Uint8Array): void };
  readonly #board: SimulatedBoard;
  readonly #person: Person;
  readonly #listeners: ((event: SimulatedEvent) => void)[] = [];
  readonly #waiting: ControllerInput[] = [];
  #state: ControllerState;
  #stepping = false;
  #forgetWake = () => {};

  constructor(options: SimulatedOptions, link: { write(bytes: Uint8Array): void }, machine: Machine) {
    this.#machine = machine;
    this.#link = link;
    const flash = { ...BLANK_FLASH, boots: 1, scbk: options.scbk };
    this.#board = new SimulatedBoard(DEFAULT_SIZE, flash.door, machine.clock);
    this.#board.onChange((change) => this.#input(change));
    this.#person = new Person(this.#board, machine.clock, {
      power: () => {},
      brownout: () => {},
      door: () => this.#state.flash.door,
      cards: false,
    });
    const { address, baud, install, clear } = options;
    const controller = { address, baud, install, clear, flash, serial: 1, size: DEFAULT_SIZE, allowPermanent: false };
    this.#stepping = true;
    const started = startController(
      { ...controller, levels: this.#board.levels() },
      machine.clock.now(),
      machine.random,
    );
    this.#state = started.state;
    for (const effect of started.effects) this.#do(effect);
    this.#stepping = false;
    this.#workOff();
  }

  /** The Controller as it is now. */
  moment(): Moment {
    return { state: this.#state, now: this.#machine.clock.now() };
  }

  /** Whether `bytes`, heard at that moment, would move a relay: at once, or when the line has been quiet behind them. */
  wouldMove({ state, now }: Moment, bytes: Uint8Array): boolean {
    const heard = stepController(state, { kind: "serial", bytes }, now, this.#machine.random);
    const quiet = after(now, LIMITS.osdpFrameGap);
    const over = stepController(heard.state, { kind: "time" }, quiet, this.#machine.random);
    return [...heard.effects, ...over.effects].some(
      (effect) => effect.kind === "drive" && effect.drive.kind === "output",
    );
  }

  receive(bytes: Uint8Array): void {
    this.#machine.clock.now();
    this.#input({ kind: "serial", bytes });
  }

  command(line: string): string | null {
    return this.#person.command(line);
  }

  restsAt(): Monotonic {
    return this.#person.restsAt();
  }

  onEvent(listener: (event: SimulatedEvent) => void): void {
    this.#listeners.push(listener);
  }

  state() {
    const { driven, session, online } = this.#state;
    const relay = driven.released.map((released) => released === true);
    const secure = session !== null;
    return { powered: true, relay, contact: this.#board.isContactOpen(), tamper: false, secure, online };
  }

  stop(): void {
    this.#person.leave();
    this.#forgetWake();
  }

  #input(input: ControllerInput): void {
    this.#waiting.push(input);
    if (!this.#stepping) this.#workOff();
  }

  #workOff(): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#stepping = true;
      const { state, effects } = stepController(this.#state, next, this.#machine.clock.now(), this.#machine.random);
      this.#state = state;
      for (const effect of effects) this.#do(effect);
      this.#stepping = false;
    }
  }

  #do(effect: ControllerEffect): void {
    switch (effect.kind) {
      case "drive":
        this.#board.drive(effect.drive);
        break;
      case "send":
        this.#link.write(effect.bytes);
        break;
      case "flash":
        this.#board.rewire(effect.contents.door);
        break;
      case "wake":
        this.#forgetWake();
        this.#forgetWake =
          effect.at === null ? () => {} : this.#machine.clock.wake(effect.at, () => this.#input({ kind: "time" }));
        break;
      case "seen":
        for (const listener of this.#listeners) listener(effect.seen);
        break;
    }
  }
}
