/**
 * A whole simulated Controller: the firmware on simulated pins, with power that can fail, flash that outlives it, and a
 * byte link. Time, randomness and the link are given. Several may hang on one link: each is handed all bytes.
 */
import { invariant } from "@lintel/protocol/base/invariant.ts";
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import type { Secret } from "@lintel/protocol/base/secret.ts";
import { after, type Millis, type Monotonic } from "@lintel/protocol/base/units.ts";
import type { Clock } from "../controller/clock.ts";
import { type Flash, memoryFlash } from "../controller/flash.ts";
import { BARE_READER, type BoardSize, DEFAULT_SIZE, type ReaderParts } from "../controller/pins.ts";
import { type Activity, RunningFirmware } from "../controller/running.ts";
import { BLANK_FLASH, type DoorSettings, type FlashContents, fitSettings } from "../controller/settings.ts";
import type { Seen } from "../controller/state.ts";
import { SimulatedBoard } from "./board.ts";
import { BoardFaults } from "./faults/board-faults.ts";
import type { Fault } from "./faults/fault.ts";
import { LIMITS } from "./limits.ts";
import { type Fingers, Person } from "./person.ts";

export { type Flash, memoryFlash } from "../controller/flash.ts";
export { DEFAULT_SIZE } from "../controller/pins.ts";

export interface SimulatedOptions {
  readonly address: number;
  readonly baud: number;
  /** Put into the flash before the start, over what is there. */
  readonly scbk: Secret | null;
  /** From the start to the first KEYSET. */
  readonly install: boolean;
  readonly clear: boolean;
  readonly allowPermanent?: boolean;
  /** Tells this Controller from every other. Default: 1 + address. */
  readonly serial?: number;
  readonly size?: BoardSize;
  /** What is fitted beside the keypad. Default: nothing. */
  readonly reader?: ReaderParts;
  /** Put into the flash before the start, over what is there; must fit the board. */
  readonly door?: DoorSettings;
  /** How `press` is typed. Default: as by a practised person. */
  readonly fingers?: Fingers;
  /** Default: memory, blank but for a number of boots that no other start is likely to have. */
  readonly flash?: Flash;
}

export interface Machine {
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/** What can be watched from outside. Digits are secrets: `key` prints as dots. */
export type SimulatedEvent =
  | Seen
  | { readonly kind: "power"; readonly on: boolean }
  /** Begun, or taken off (fallible.ts). */
  | { readonly kind: "fault"; readonly fault: Fault };

/** The sight of a whole Controller at one moment. */
export interface SimulatedState {
  readonly powered: boolean;
  /** Released, per output. */
  readonly relay: readonly boolean[];
  /** Whether the leaf's contact is open; null where none is fitted. */
  readonly contact: boolean | null;
  readonly tamper: boolean;
  readonly secure: boolean;
  readonly online: boolean;
}

export interface SimulatedController {
  receive(bytes: Uint8Array): void;
  /** One line of design 5.3, done or begun now. Answers a sentence where it could not be done. */
  command(line: string): string | null;
  /** When everything commanded so far is done: keys up, button up, leaf at rest. */
  restsAt(): Monotonic;
  onEvent(listener: (event: SimulatedEvent) => void): void;
  state(): SimulatedState;
  /** Ends it as the power would, and all its timers. */
  stop(): void;
}

/** One that can be made faulty. */
export interface FallibleController extends SimulatedController {
  /** One of the board's own faults begins, or is taken off. Answers a sentence where it cannot be. */
  fault(fault: Fault): string | null;
}

/** For a model that leaves out what changes nothing (firmware-sim/rehearsal). */
export interface SkippableController extends FallibleController {
  activity(): Activity;
  /** `length` ms of nothing but polls are over, and the clock has moved on by as much. */
  skipIdle(length: Millis): void;
}

export function startSimulated(
  options: SimulatedOptions,
  link: { write(bytes: Uint8Array): void },
  machine: Machine,
): SkippableController {
  const controller = new Simulated(options, link, machine);
  controller.power(true);
  return controller;
}

/** The edge tells events of one boot from another's by their number: two lives in memory must not share it. */
export function blankFlash(random: RandomBytes): Flash {
  return memoryFlash({ ...BLANK_FLASH, boots: random(4).reduce((number, byte) => number * 256 + byte, 0) });
}

class Simulated implements SkippableController {
  readonly #options: SimulatedOptions;
  readonly #size: BoardSize;
  readonly #machine: Machine;
  readonly #flash: Flash;
  readonly #board: SimulatedBoard;
  readonly #person: Person;
  readonly #listeners: ((event: SimulatedEvent) => void)[] = [];
  readonly #firmware: RunningFirmware;
  readonly #faults: BoardFaults;
  /** What was told last: released, per output. */
  readonly #shown: boolean[];
  #install: boolean;
  #forgetDip = () => {};

  constructor(options: SimulatedOptions, link: { write(bytes: Uint8Array): void }, machine: Machine) {
    this.#options = options;
    this.#size = options.size ?? DEFAULT_SIZE;
    this.#machine = machine;
    this.#flash = options.flash ?? blankFlash(machine.random);
    this.#install = options.install;
    const found = this.#flash.read() ?? BLANK_FLASH;
    const contents = { ...found, scbk: options.scbk ?? found.scbk, door: options.door ?? found.door };
    invariant(fitSettings(contents.door, this.#size).ok, "the settings fit the simulated board");
    invariant(!options.clear || contents.scbk === null, "a Controller that speaks in clear has no SCBK");
    this.#flash.write(contents);
    this.#shown = this.#withoutPower();
    this.#board = new SimulatedBoard(this.#size, contents.door, machine.clock);
    this.#faults = new BoardFaults(this.#board, machine, {
      isOn: () => this.#isPowered(),
      cut: () => this.power(false),
      dip: (length) => this.#dip(length),
      restore: () => this.power(true),
      door: () => this.#contents().door,
    });
    this.#firmware = new RunningFirmware({
      ...machine,
      pins: {
        drive: (drive) => this.#faults.drive(drive, (driven) => this.#board.drive(driven)),
        onChange: (listener) => this.#board.onChange(listener),
        levels: () => this.#board.levels(),
      },
      link: { write: (bytes) => this.#faults.send(bytes, (sent) => link.write(sent)) },
      flash: { read: () => this.#contents(), write: (written) => this.#faults.store(() => this.#write(written)) },
      seen: (seen) => this.#seen(seen),
    });
    const around = {
      power: (on: boolean) => this.#switch(on),
      brownout: () => this.#dip(LIMITS.brownout),
      door: () => this.#contents().door,
      cards: options.reader?.cards === true,
    };
    this.#person = new Person(this.#board, machine.clock, around, options.fingers);
  }

  receive(bytes: Uint8Array): void {
    this.#firmware.receive(bytes);
  }

  command(line: string): string | null {
    this.#machine.clock.now();
    return this.#person.command(line);
  }

  fault(fault: Fault): string | null {
    this.#machine.clock.now();
    return this.#faults.fault(fault);
  }

  restsAt(): Monotonic {
    return this.#person.restsAt();
  }

  onEvent(listener: (event: SimulatedEvent) => void): void {
    this.#listeners.push(listener);
  }

  activity(): Activity {
    const activity = this.#firmware.activity();
    return this.#faults.busy ? { ...activity, kind: "busy" } : activity;
  }

  skipIdle(length: Millis): void {
    this.#firmware.skipIdle(length);
  }

  state(): SimulatedState {
    const { contact } = this.#contents().door;
    const { state } = this.#firmware;
    return {
      powered: state !== null,
      relay: state?.driven.released.map((released) => released === true) ?? this.#withoutPower(),
      contact: contact === null ? null : this.#board.isContactOpen(),
      tamper: this.#board.levels().tamper,
      secure: (state?.session ?? null) !== null,
      online: state?.online ?? false,
    };
  }

  stop(): void {
    this.#person.leave();
    this.#faults.stop();
    this.#forgetDip();
    this.power(false);
  }

  power(on: boolean): void {
    this.#forgetDip();
    if (on === this.#isPowered()) return;
    if (on) this.#powerOn();
    else this.#powerOff();
  }

  #powerOn(): void {
    const { address, baud, serial, reader, clear, allowPermanent } = this.#options;
    const options = {
      address,
      baud,
      serial: serial ?? address + 1,
      size: this.#size,
      reader: reader ?? BARE_READER,
      flash: this.#contents(),
      install: this.#install,
      clear,
      allowPermanent: allowPermanent ?? false,
    };
    this.#tell({ kind: "power", on: true });
    this.#firmware.start(options);
    this.#tellRelays();
  }

  /** Bytes on their way, timers and keys are gone; a fail-safe strike releases, a fail-secure one locks. */
  #powerOff(): void {
    const before = this.state();
    this.#firmware.stop();
    this.#board.losePower();
    this.#tell({ kind: "power", on: false });
    this.#tellRelays();
    if (before.secure) this.#tell({ kind: "secure", on: false, key: null });
    if (before.online) this.#tell({ kind: "link", online: false });
  }

  #switch(on: boolean): void {
    this.#faults.switched();
    this.power(on);
  }

  #dip(length: Millis): void {
    if (!this.#isPowered()) return;
    this.power(false);
    const back = after(this.#machine.clock.now(), length);
    this.#forgetDip = this.#machine.clock.wake(back, () => this.power(true));
  }

  /** Released, per output, with no current in any relay. */
  #withoutPower(): boolean[] {
    const { output, fail } = this.#contents().door.strike;
    return Array.from({ length: this.#size.outputs }, (_, number) => number === output && fail === "safe");
  }

  /** The firmware tells of every change it drives; what the power does to a relay nobody else tells. */
  #tellRelays(): void {
    this.state().relay.forEach((released, output) => {
      if (released !== this.#shown[output]) this.#tell({ kind: "relay", output, released, for: null });
    });
  }

  #contents(): FlashContents {
    return this.#flash.read() ?? BLANK_FLASH;
  }

  #isPowered(): boolean {
    return this.#firmware.state !== null;
  }

  #write(contents: FlashContents): void {
    this.#flash.write(contents);
    this.#board.rewire(contents.door);
  }

  #seen(seen: Seen): void {
    if (seen.kind === "keyed") this.#install = false;
    this.#tell(seen);
  }

  #tell(event: SimulatedEvent): void {
    if (event.kind === "relay") this.#shown[event.output] = event.released;
    for (const listener of this.#listeners) listener(event);
  }
}
