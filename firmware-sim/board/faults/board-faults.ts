/**
 * The faults of one simulated board: of its keypad, contact, strike, housing and supply. What stands, and at which step
 * of the firmware the supply fails. How the pins then behave: board.ts, key-contacts.ts.
 */
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import { after, type Millis, millis } from "@lintel/protocol/base/units.ts";
import type { Clock } from "../../controller/clock.ts";
import type { Key } from "../../controller/keypad.ts";
import type { PinDrive } from "../../controller/pins.ts";
import type { DoorSettings } from "../../controller/settings.ts";
import type { Jam, SimulatedBoard } from "../board.ts";
import { around } from "./chance.ts";
import type { Fault } from "./fault.ts";

/** What the board hangs on. */
export interface Supply {
  isOn(): boolean;
  cut(): void;
  /** Power goes, and is back after `length`; of one that is off nothing. */
  dip(length: Millis): void;
  restore(): void;
  door(): DoorSettings;
}

type CutStep = "answer" | "drive" | "store";

/** Power that fails at a step of the firmware. */
interface ArmedCut {
  readonly step: CutStep;
  readonly when: "before" | "after";
  /** Bytes of the answer that are out by then, where it is cut before. */
  readonly sent: number;
  /** Such steps until then, this one included. */
  left: number;
}

type Settings = Fault["settings"];

export class BoardFaults {
  readonly #board: SimulatedBoard;
  readonly #clock: Clock;
  readonly #random: RandomBytes;
  readonly #supply: Supply;
  #armed: ArmedCut | null = null;
  /** The cut that stands has come, and nobody has switched since: power is back when it is over. */
  #isCut = false;
  /** How long the supply is gone whenever a relay begins to draw current; null: it holds. */
  #weak: Millis | null = null;
  #forgetChatter = () => {};

  constructor(board: SimulatedBoard, machine: { readonly clock: Clock; readonly random: RandomBytes }, supply: Supply) {
    this.#board = board;
    this.#clock = machine.clock;
    this.#random = machine.random;
    this.#supply = supply;
  }

  /** It begins, in the place of the same one that stands, or is taken off. Null, or a sentence that says why it cannot. */
  fault({ kind: { name }, off, settings }: Fault): string | null {
    switch (name) {
      case "stuck-key":
        this.#board.keys.stick(off ? null : (settings.key as Key));
        return null;
      case "bouncing-keys":
        this.#board.keys.bounce(
          off ? null : { times: Number(settings.times), spacing: millis(Number(settings.spacing)) },
        );
        return null;
      case "contact-chatter":
        if (!off && this.#supply.door().contact === null) return "no contact is fitted";
        this.#chatter(off ? null : Number(settings.every));
        return null;
      case "strike-jam":
        this.#board.jam(off ? null : (settings.bolt as Jam));
        return null;
      case "tamper":
        this.#board.tamper(!off);
        return null;
      case "brown-out":
        if (!this.#supply.isOn()) return "there is no power that could dip";
        this.#supply.dip(millis(Number(settings.length)));
        return null;
      case "weak-supply":
        this.#weak = off ? null : millis(Number(settings.length));
        return null;
      case "power-cut":
        this.#armed = off ? null : armed(settings);
        if (off && this.#isCut) this.#supply.restore();
        if (off) this.#isCut = false;
        return null;
      default:
        return `a Controller has no fault ${name}`;
    }
  }

  /** True: every poll counts, for its answer may be the one that is cut. */
  get busy(): boolean {
    return this.#armed?.step === "answer";
  }

  /** Somebody switches the supply: a cut that is over later gives no power back. */
  switched(): void {
    this.#isCut = false;
  }

  /** The firmware answers. */
  send(bytes: Uint8Array, write: (bytes: Uint8Array) => void): void {
    const part = (sent: number) => {
      if (sent > 0) write(bytes.subarray(0, sent));
    };
    this.#step("answer", () => write(bytes), part);
  }

  /** The firmware drives a pin. */
  drive(drive: PinDrive, reach: (drive: PinDrive) => void): void {
    if (drive.kind !== "output") {
      reach(drive);
      return;
    }
    this.#step("drive", () => reach(drive));
    if (drive.energised && this.#weak !== null) this.#supply.dip(this.#weak);
  }

  /** The firmware stores something. */
  store(write: () => void): void {
    this.#step("store", write);
  }

  /** Nothing more comes of them. */
  stop(): void {
    this.#chatter(null);
    this.#board.keys.stop();
    this.#armed = null;
    this.#weak = null;
  }

  /** `part`: what is left of a step that is cut before. */
  #step(step: CutStep, take: () => void, part: (sent: number) => void = () => {}): void {
    const cut = this.#dueAt(step);
    if (cut?.when === "before") part(cut.sent);
    else take();
    if (cut === null) return;
    this.#isCut = true;
    this.#supply.cut();
  }

  /** The cut that this step brings, and no later one. */
  #dueAt(step: CutStep): ArmedCut | null {
    const armed = this.#armed;
    if (armed === null || armed.step !== step) return null;
    armed.left -= 1;
    if (armed.left > 0) return null;
    this.#armed = null;
    return armed;
  }

  #chatter(every: number | null): void {
    this.#forgetChatter();
    this.#forgetChatter = () => {};
    this.#board.rattle(false);
    if (every !== null) this.#rattleSoon(every, true);
  }

  #rattleSoon(every: number, to: boolean): void {
    this.#forgetChatter = this.#clock.wake(after(this.#clock.now(), around(every, this.#random)), () => {
      this.#board.rattle(to);
      this.#rattleSoon(every, !to);
    });
  }
}

function armed({ step, when, sent, nth }: Settings): ArmedCut {
  return { step: step as CutStep, when: when as ArmedCut["when"], sent: Number(sent), left: Number(nth) };
}
