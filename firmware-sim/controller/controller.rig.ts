/**
 * For tests: a Controller on pins, in virtual time. `wait` lets time pass through everything that the firmware and the
 * pins asked to be woken for, in order; what the firmware drove, sent, stored and showed is kept with the time at which
 * it did. Which pins they are is `usePins`'s: simulated ones unless told otherwise.
 */
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import { Secret } from "@lintel/protocol/base/secret.ts";
import { type Monotonic, monotonic } from "@lintel/protocol/base/units.ts";
import type { Command, CommandNamed } from "@lintel/protocol/osdp/commands.ts";
import { deframe, IDLE_LINE } from "@lintel/protocol/osdp/deframe.ts";
import type { Frame } from "@lintel/protocol/osdp/frame.ts";
import { decodeRing, encodeConfigure, encodeRingAck, LINTEL_VENDOR, type RingMfg } from "@lintel/protocol/osdp/mfg.ts";
import { CpRig, countingBytes, type PdRig } from "@lintel/protocol/osdp/pd.rig.ts";
import type { Reply } from "@lintel/protocol/osdp/replies.ts";
import type { KeyKind } from "@lintel/protocol/osdp/secure.ts";
import { SimulatedBoard } from "../board/board.ts";
import { VirtualClock } from "../board/clock.ts";
import { type ControllerStep, startController, stepController } from "./controller.ts";
import type { Key } from "./keypad.ts";
import type { BoardSize, PinDrive, Pins } from "./pins.ts";
import { BLANK_FLASH, type DoorSettings, type FlashContents } from "./settings.ts";
import type { ControllerInput, ControllerOptions, ControllerState, Seen } from "./state.ts";

export const RIG_SCBK = new Secret(Uint8Array.from({ length: 16 }, (_, at) => at * 3 + 1));

export const RIG_OPTIONS: ControllerOptions = {
  address: 5,
  baud: 9600,
  serial: 77,
  size: { outputs: 2, inputs: 4, leds: 1 },
  flash: { ...BLANK_FLASH, scbk: RIG_SCBK },
  install: false,
  clear: false,
  allowPermanent: false,
  levels: { inputs: [false, false, false, false], tamper: false },
};

/** Inputs of the default settings, and where the tests put the fire contact. */
export const CONTACT = 0;
export const REX = 1;
export const FIRE = 2;

/** Pins, with the hands that move what is wired to them. */
export interface PinsUnderTest {
  readonly pins: Pins;
  keyDown(key: Key): void;
  keyUp(key: Key): void;
  /** Makes an input active or not, as its contact would. */
  input(input: number, active: boolean): void;
  tamper(on: boolean): void;
  /** Current through the relay. */
  energised(output: number): boolean;
}

let makePins: (size: BoardSize, clock: VirtualClock) => PinsUnderTest = (size, clock) => {
  const pins = new SimulatedBoard(size, BARE_DOOR, clock);
  return {
    pins,
    keyDown: (key) => pins.keys.move(key, true),
    keyUp: (key) => pins.keys.move(key, false),
    input: (input, active) => pins.bridge(input, active),
    tamper: (on) => pins.tamper(on),
    energised: (output) => pins.energised(output),
  };
};

/** What every rig made from now on runs on. */
export function usePins(make: typeof makePins): void {
  makePins = make;
}

/** A door whose inputs the test moves itself: no leaf, no button. */
const BARE_DOOR: DoorSettings = { strike: { output: 0, fail: "secure" }, contact: null, rex: null, fire: null };

export class ControllerRig {
  state: ControllerState;
  readonly options: ControllerOptions;
  readonly drives: { readonly at: number; readonly drive: PinDrive }[] = [];
  readonly seen: { readonly at: number; readonly seen: Seen }[] = [];
  readonly stored: FlashContents[] = [];
  readonly #clock = new VirtualClock(monotonic(10_000));
  readonly #on: PinsUnderTest;
  /** Every effect kind of the last input, in order. */
  order: string[] = [];
  #forgetWake = () => {};
  #frames: Frame[] = [];
  readonly #waiting: ControllerInput[] = [];
  #stepping = true;
  readonly #random: RandomBytes = countingBytes();

  constructor(options: Partial<ControllerOptions> = {}) {
    this.options = { ...RIG_OPTIONS, ...options };
    this.state = {} as ControllerState;
    this.#on = makePins(this.options.size, this.#clock);
    this.options.levels.inputs.forEach((active, input) => {
      if (active) this.#on.input(input, true);
    });
    this.#on.tamper(this.options.levels.tamper);
    this.#on.pins.onChange((change) => this.input(change));
    this.boot();
  }

  get now(): Monotonic {
    return this.#clock.now();
  }

  /** Power comes; with what the flash held. */
  boot(): void {
    const flash = this.stored.at(-1) ?? this.options.flash;
    const levels = this.#on.pins.levels();
    this.#take(startController({ ...this.options, flash, levels }, this.now, this.#random));
    this.#workOff();
  }

  input(input: ControllerInput): void {
    this.#waiting.push(input);
    if (!this.#stepping) this.#workOff();
  }

  pin(input: number, active: boolean): void {
    this.#on.input(input, active);
  }

  tamper(on: boolean): void {
    this.#on.tamper(on);
  }

  wait(length: number): void {
    this.#clock.pass(length);
  }

  hold(key: Key): void {
    this.#on.keyDown(key);
  }

  release(key: Key): void {
    this.#on.keyUp(key);
  }

  /** As `Pick<PdRig, "send">`. */
  send(bytes: Uint8Array): readonly Frame[] {
    this.#frames = [];
    this.input({ kind: "serial", bytes });
    return this.#frames;
  }

  /** Current through a relay now. */
  energised(output: number): boolean {
    return this.#on.energised(output);
  }

  kinds(): string[] {
    return this.seen.map(({ seen }) => seen.kind);
  }

  sightings<K extends Seen["kind"]>(kind: K): readonly (Extract<Seen, { kind: K }> & { readonly at: number })[] {
    const found = this.seen.filter(({ seen }) => seen.kind === kind);
    return found.map(({ at, seen }) => ({ ...(seen as Extract<Seen, { kind: K }>), at }));
  }

  forget(): void {
    this.drives.length = 0;
    this.seen.length = 0;
  }

  /** One input after the other: the pins that a step drives may change others. */
  #workOff(): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#take(stepController(this.state, next, this.now, this.#random));
    }
  }

  #take(step: ControllerStep): void {
    this.#stepping = true;
    this.state = step.state;
    this.order = step.effects.map(({ kind }) => kind);
    for (const effect of step.effects) {
      switch (effect.kind) {
        case "drive":
          this.drives.push({ at: this.now, drive: effect.drive });
          this.#on.pins.drive(effect.drive);
          break;
        case "send": {
          const [item] = deframe(IDLE_LINE, effect.bytes, monotonic(0)).items;
          if (item?.kind === "frame") this.#frames.push(item.frame);
          break;
        }
        case "flash":
          this.stored.push(effect.contents);
          break;
        case "wake":
          this.#forgetWake();
          this.#forgetWake =
            effect.at === null ? () => {} : this.#clock.wake(effect.at, () => this.input({ kind: "time" }));
          break;
        case "seen":
          this.seen.push({ at: this.now, seen: effect.seen });
      }
    }
    this.#stepping = false;
  }
}

/** A CP on the rig's line, which says what it wants in one call. */
export class RigCp {
  readonly rig: ControllerRig;
  readonly #cp: CpRig;
  constructor(rig: ControllerRig) {
    this.rig = rig;
    this.#cp = new CpRig(rig as Pick<PdRig, "send"> as PdRig, rig.options.address);
  }

  /** A session, under the rig's SCBK unless told otherwise. */
  open(scbk: Secret = RIG_SCBK, key: KeyKind = "scbk"): this {
    const said = this.#cp.open(scbk, key);
    if (said !== "secure") throw new Error(`no session: ${said}`);
    return this;
  }

  /** What the Controller answers; a word where there is no sealed reply. */
  ask(command: Command): Reply | string | null {
    return this.#cp.ask(command);
  }

  out(...records: CommandNamed<"OUT">["outputs"]): string {
    return this.brief({ name: "OUT", outputs: records });
  }

  configure(door: DoorSettings): string {
    return this.brief({ name: "MFG", vendor: Uint8Array.from(LINTEL_VENDOR), payload: encodeConfigure(door) });
  }

  acknowledge(boot: number, upTo: number): string {
    const payload = encodeRingAck({ boot, upTo });
    return this.brief({ name: "MFG", vendor: Uint8Array.from(LINTEL_VENDOR), payload });
  }

  brief(command: Command): string {
    return this.#briefOf(this.ask(command));
  }

  #briefOf(reply: Reply | string | null): string {
    if (reply === null || typeof reply === "string") return reply ?? "silence";
    return reply.name === "NAK" ? `NAK ${reply.error}` : reply.name;
  }

  /** A command as bytes, also one that no table writes. */
  briefRaw(code: number, data: Uint8Array): string {
    return this.#briefOf(this.#cp.askRaw({ code, data }));
  }

  /** Polls until there is nothing more to fetch: the replies but the last ACK. */
  fetch(): Reply[] {
    const replies: Reply[] = [];
    for (;;) {
      const reply = this.ask({ name: "POLL" });
      if (reply === null || typeof reply === "string") throw new Error(`no reply to POLL: ${reply}`);
      if (reply.name === "ACK") return replies;
      replies.push(reply);
    }
  }

  /** The rings among what is fetched. */
  fetchRings(): RingMfg[] {
    return this.fetch().flatMap((reply) => {
      if (reply.name !== "MFGREP") return [];
      const ring = decodeRing(reply.payload);
      if (!ring.ok) throw new Error(ring.error.kind);
      return [ring.value];
    });
  }
}

/** Each key down for 40 ms and up for 40 ms. */
export function type(rig: ControllerRig, keys: string): void {
  for (const key of keys as Iterable<Key>) {
    rig.hold(key);
    rig.wait(40);
    rig.release(key);
    rig.wait(40);
  }
}
