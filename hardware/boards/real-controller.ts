/**
 * A whole Controller on a real board: the firmware, the pins of a board that may be lost and found again, flash, and a
 * byte link to the panel. A lost board is lost power: the firmware ends, the panel hears nothing more, and with the
 * board's return it starts anew. Time, randomness, the link and the way to the board are given.
 */
import type { Clock } from "@lintel/firmware-sim/controller/clock.ts";
import { type Flash, memoryFlash } from "@lintel/firmware-sim/controller/flash.ts";
import type { BoardSize } from "@lintel/firmware-sim/controller/pins.ts";
import { RunningFirmware } from "@lintel/firmware-sim/controller/running.ts";
import { BLANK_FLASH, type DoorSettings } from "@lintel/firmware-sim/controller/settings.ts";
import type { ControllerState, Seen } from "@lintel/firmware-sim/controller/state.ts";
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import type { Secret } from "@lintel/protocol/base/secret.ts";
import { after } from "@lintel/protocol/base/units.ts";
import type { OpenBoard } from "./firmata.ts";
import { LIMITS } from "./limits.ts";

export interface RealOptions {
  readonly address: number;
  readonly baud: number;
  /** Put into the flash before the start, over what is there. */
  readonly scbk: Secret | null;
  /** From the start to the first KEYSET. */
  readonly install: boolean;
  readonly clear: boolean;
  readonly allowPermanent: boolean;
  readonly serial: number;
  /** As many as the wiring has. */
  readonly size: BoardSize;
  /** Put into the flash before the start; must fit the board. */
  readonly door: DoorSettings;
  /** Default: memory, blank but for a number of boots that no other start is likely to have. */
  readonly flash?: Flash;
}

export interface RealSurroundings {
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly link: { write(bytes: Uint8Array): void };
  /** Another try to reach the board; null where it is not there. */
  reopen(): Promise<OpenBoard | null>;
}

/** `power`: whether the board is there. */
export type RealEvent = Seen | { readonly kind: "power"; readonly on: boolean };

export interface RealState {
  /** The board is there. */
  readonly powered: boolean;
  /** Released, per output; false while nobody knows. */
  readonly relay: readonly boolean[];
  readonly contact: boolean | null;
  readonly tamper: boolean;
  readonly secure: boolean;
  readonly online: boolean;
}

export class RealController {
  readonly #options: RealOptions;
  readonly #around: RealSurroundings;
  readonly #flash: Flash;
  readonly #listeners: ((event: RealEvent) => void)[] = [];
  #board: OpenBoard | null = null;
  #firmware: RunningFirmware | null = null;
  #install: boolean;
  #ended = false;
  #forgetReopen = () => {};

  constructor(options: RealOptions, board: OpenBoard, around: RealSurroundings) {
    this.#options = options;
    this.#around = around;
    // The edge tells events of one boot from another's by this number: two lives in memory must not share it.
    const some = around.random(4).reduce((number, byte) => number * 256 + byte, 0);
    this.#flash = options.flash ?? memoryFlash({ ...BLANK_FLASH, boots: some });
    this.#install = options.install;
    const found = this.#flash.read() ?? BLANK_FLASH;
    this.#flash.write({ ...found, scbk: options.scbk ?? found.scbk, door: options.door });
    this.#use(board);
  }

  receive(bytes: Uint8Array): void {
    this.#firmware?.receive(bytes);
  }

  onEvent(listener: (event: RealEvent) => void): void {
    this.#listeners.push(listener);
  }

  state(): RealState {
    const state = this.#firmware?.state ?? null;
    return {
      powered: state !== null,
      relay: Array.from({ length: this.#options.size.outputs }, (_, at) => state?.driven.released[at] === true),
      contact: contactOf(state, this.#flash.read()?.door ?? this.#options.door),
      tamper: state?.tamper.level ?? false,
      secure: (state?.session ?? null) !== null,
      online: state?.online ?? false,
    };
  }

  /** Everything off, and the board let go. */
  async stop(): Promise<void> {
    this.#ended = true;
    this.#forgetReopen();
    this.#firmware?.stop();
    this.#firmware = null;
    await this.#board?.close();
  }

  #use(board: OpenBoard): void {
    this.#board = board;
    const { clock, random, link } = this.#around;
    this.#tell({ kind: "power", on: true });
    this.#firmware = new RunningFirmware({
      pins: board.pins,
      link,
      flash: this.#flash,
      clock,
      random,
      seen: (seen) => this.#seen(seen),
    });
    const { address, baud, clear, allowPermanent, serial, size } = this.#options;
    const flash = this.#flash.read() ?? BLANK_FLASH;
    const install = this.#install;
    this.#firmware.start({ address, baud, clear, allowPermanent, serial, size, flash, install });
    board.onLost(() => this.#lost());
  }

  #lost(): void {
    const before = this.state();
    this.#firmware?.stop();
    this.#firmware = null;
    this.#board = null;
    this.#tell({ kind: "power", on: false });
    if (before.secure) this.#tell({ kind: "secure", on: false, key: null });
    if (before.online) this.#tell({ kind: "link", online: false });
    this.#reopenSoon();
  }

  #reopenSoon(): void {
    const { clock, reopen } = this.#around;
    this.#forgetReopen = clock.wake(after(clock.now(), LIMITS.reopen), async () => {
      const board = await reopen();
      if (this.#ended) await board?.close();
      else if (board === null) this.#reopenSoon();
      else this.#use(board);
    });
  }

  #seen(seen: Seen): void {
    if (seen.kind === "keyed") this.#install = false;
    this.#tell(seen);
  }

  #tell(event: RealEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function contactOf(state: ControllerState | null, { contact }: DoorSettings): boolean | null {
  return contact === null || state === null ? null : (state.inputs[contact.input]?.level ?? null);
}
