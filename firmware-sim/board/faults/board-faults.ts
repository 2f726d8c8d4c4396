/**
 * The faults of one simulated board: of its keypad, contact, strike, housing and supply. What stands, and at which step
 * of the firmware the supply fails. How the pins then behave: board.ts, key-contacts.ts.
 */
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import { after, type Millis, millis } from "@lintel/protocol/base/units.ts";
import type { Clock } from "../../controller/clock.ts";
import type { Key } from "../../controller/keypad.ts";
import type { DoorSettings } from "../../controller/settings.ts";
import type { Jam, SimulatedBoard } from "../board.ts";
import { around } from "./chance.ts";
import type { Fault } from "./fault.ts";

/** What the board hangs on. */
export interface Supply {
  /** Power goes now, and comes back after `length`. */
  cut(length: Millis): void;
  door(): DoorSettings;
}

/** The step at which the supply fails next, and for how long. */
interface ArmedCut {
  readonly step: string;
  /** Bytes of the answer that are out by then. */
  readonly sent: number;
  readonly length: Millis;
}

type Settings = Fault["settings"];

export class BoardFaults {
  readonly #board: SimulatedBoard;
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  readonly #supply: Supply;
  #armed: ArmedCut | null = null;
  /** How long the supply is gone whenever a relay draws current; null: it holds. */
  #weak: Millis | null = null;
  #stuck = false;
  #forgetChatter: (() => void) | null = null;

  constructor(board: SimulatedBoard, machine: { readonly clock: Clock; readonly random: RandomBytes }, supply: Supply) {
    this.#board = board;
    this.#clock = machine.clock;
    this.#random = machine.random;
    this.#supply = supply;
    board.onEnergised(() => this.#energised());
  }

  /** It begins, in the place of the same one that stands, or is taken off. Null, or a sentence that says why it cannot. */
  fault({ kind: { name }, off, settings }: Fault): string | null {
    switch (name) {
      case "stuck-key":
        this.#stuck = !off;
        this.#board.keys.stick(off ? null : (settings.key as Key));
        return null;
      case "bouncing-keys":
        this.#board.keys.bounce(
          off ? null : { times: Number(settings.times), spacing: millis(Number(settings.spacing)) },
        );
        return null;
      case "contact-chatter":
        if (this.#supply.door().contact === null) return "no contact is fitted";
        this.#chatter(off ? null : Number(settings.every));
        return null;
      case "strike-jam":
        this.#board.jam(off ? null : (settings.bolt as Jam));
        return null;
      case "tamper":
        this.#board.tamper(!off);
        return null;
      case "weak-supply":
        this.#weak = off ? null : millis(Number(settings.length));
        return null;
      case "brown-out":
        this.#supply.cut(millis(Number(settings.length)));
        return null;
      case "power-cut":
        this.#powerCut(settings);
        return null;
      default:
        return `a Controller has no fault ${name}`;
    }
  }

  /** True: by itself, or by chance, it makes one round of polls unlike the next. */
  get busy(): boolean {
    return this.#stuck || this.#forgetChatter !== null || this.#armed?.step === "answering";
  }

  /** The firmware says `bytes`. */
  send(bytes: Uint8Array, write: (bytes: Uint8Array) => void): void {
    const armed = this.#take("answering");
    if (armed === null) {
      write(bytes);
      return;
    }
    const sent = bytes.subarray(0, armed.sent);
    if (sent.length > 0) write(sent);
    this.#supply.cut(armed.length);
  }

  /** The firmware stores something. */
  store(write: () => void): void {
    const before = this.#take("before-storing");
    if (before !== null) {
      this.#supply.cut(before.length);
      return;
    }
    write();
    const behind = this.#take("after-storing");
    if (behind !== null) this.#supply.cut(behind.length);
  }

  /** Nothing more comes of them. */
  stop(): void {
    this.#chatter(null);
    this.#armed = null;
    this.#weak = null;
  }

  #energised(): void {
    const cut = this.#take("driving")?.length ?? this.#weak;
    if (cut !== null) this.#supply.cut(cut);
  }

  #powerCut({ step, sent, length }: Settings): void {
    const cut = { step: String(step), sent: Number(sent), length: millis(Number(length)) };
    if (cut.step === "now") this.#supply.cut(cut.length);
    else this.#armed = cut;
  }

  /** The cut that waits for this step, which has come. */
  #take(step: string): ArmedCut | null {
    const armed = this.#armed;
    if (armed === null || armed.step !== step) return null;
    this.#armed = null;
    return armed;
  }

  #chatter(every: number | null): void {
    this.#forgetChatter?.();
    this.#forgetChatter = null;
    this.#board.rattle(false);
    if (every !== null) this.#flipSoon(every, true);
  }

  #flipSoon(every: number, to: boolean): void {
    this.#forgetChatter = this.#clock.wake(after(this.#clock.now(), around(every, this.#random)), () => {
      this.#board.rattle(to);
      this.#flipSoon(every, !to);
    });
  }
}
