/**
 * Simulated pins with a door behind them: keypad matrix, strike and leaf, contact, REX button, fire contact, tamper
 * switch. The wiring follows the settings that the firmware keeps: what is not fitted there has no wire here.
 * Not here: the firmware (firmware-sim/controller), and what its person says (person.ts).
 */
import { after, type Monotonic } from "@lintel/protocol/base/units.ts";
import type { Clock } from "../controller/clock.ts";
import { rowsUnder } from "../controller/keypad.ts";
import type { BoardSize, PinChange, PinDrive, PinLevels, Pins } from "../controller/pins.ts";
import type { DoorSettings } from "../controller/settings.ts";
import type { Card } from "./card.ts";
import { KeyContacts } from "./faults/key-contacts.ts";
import {
  closedDoor,
  type DoorLeaf,
  force,
  isContactOpen,
  leafDue,
  passLeafTime,
  pull,
  push,
  tellStrike,
} from "./leaf.ts";
import { LIMITS } from "./limits.ts";

/** A bolt that does not move: it holds the leaf though released, or lets it go though locked. */
export type Jam = "held" | "free";

export class SimulatedBoard implements Pins {
  /** Of the keypad. */
  readonly keys: KeyContacts;
  readonly #clock: Clock;
  readonly #size: BoardSize;
  #wiring: DoorSettings;
  #listener: (change: PinChange) => void = () => {};
  #leaf: DoorLeaf;
  #forgetLeaf = () => {};
  #columns = 0;
  #rows = 0;
  readonly #energised: boolean[];
  readonly #levels: boolean[];
  readonly #bridged = new Set<number>();
  /** The contact says the opposite of what the leaf does. */
  #rattled = false;
  #jam: Jam | null = null;
  #rexDown = false;
  #fire = false;
  #tamper = false;

  constructor(size: BoardSize, wiring: DoorSettings, clock: Clock) {
    this.#clock = clock;
    this.#size = size;
    this.#wiring = wiring;
    this.#energised = Array.from({ length: size.outputs }, () => false);
    this.#levels = Array.from({ length: size.inputs }, () => false);
    this.#leaf = closedDoor(this.#isReleased(), clock.now());
    this.keys = new KeyContacts(clock, () => this.#readRows());
  }

  // What the firmware does.

  drive(drive: PinDrive): void {
    if (drive.kind === "output") {
      this.#energised[drive.output] = drive.energised;
      this.#tellStrike();
    } else if (drive.kind === "columns") {
      this.#columns = drive.columns;
      this.#readRows();
    }
  }

  onChange(listener: (change: PinChange) => void): void {
    this.#listener = listener;
  }

  levels(): PinLevels {
    return { inputs: [...this.#levels], tamper: this.#tamper };
  }

  /** The firmware holds other settings: an installer has moved the wires with them. */
  rewire(wiring: DoorSettings): void {
    if (wiring === this.#wiring) return;
    this.#wiring = wiring;
    this.#tellStrike();
    this.#readInputs();
  }

  /** No current anywhere: every relay falls back, every column rests. */
  losePower(): void {
    this.#energised.fill(false);
    this.#columns = 0;
    this.#rows = 0;
    this.#tellStrike();
  }

  // What a person does.

  rex(down: boolean): void {
    this.#rexDown = down;
    this.#readInputs();
  }

  fire(on: boolean): void {
    this.#fire = on;
    this.#readInputs();
  }

  tamper(on: boolean): void {
    if (on === this.#tamper) return;
    this.#tamper = on;
    this.#listener({ kind: "tamper", on });
  }

  card({ bits, card }: Card): void {
    this.#listener({ kind: "card", bits, card });
  }

  /** Makes an input active whatever is wired to it, as a jumper on its terminals does. */
  bridge(input: number, on: boolean): void {
    if (on) this.#bridged.add(input);
    else this.#bridged.delete(input);
    this.#readInputs();
  }

  /** Null: it moves as the relay says. */
  jam(jam: Jam | null): void {
    this.#jam = jam;
    // Who was already pulling pulls in vain.
    if (jam === "held") this.#moveLeaf({ ...this.#leaf, pulledUntil: null });
  }

  /** True: what the contact shows is the opposite of what the leaf does. */
  rattle(on: boolean): void {
    this.#rattled = on;
    this.#readInputs();
  }

  /** False: the strike holds the leaf. */
  openLeaf(): boolean {
    const now = this.#clock.now();
    if (this.#isStuckShut()) return false;
    const pulled = this.#jam === "free" ? force(this.#leaf, now) : pull(this.#leaf, now);
    if (pulled !== null) this.#moveLeaf(pulled);
    return pulled !== null;
  }

  closeLeaf(): void {
    this.#moveLeaf(push(this.#leaf, this.#clock.now()));
  }

  /** False: who breaks a door breaks a locked one; at a released one they pull, and find it jammed. */
  forceLeaf(): boolean {
    if (this.#isStuckShut()) return false;
    this.#moveLeaf(force(this.#leaf, this.#clock.now()));
    return true;
  }

  // What can be seen.

  /** The strike is released, and its bolt holds the leaf all the same. */
  get isJammed(): boolean {
    return this.#jam === "held" && this.#isReleased();
  }

  /** Current through the relay. */
  energised(output: number): boolean {
    return this.#energised[output] ?? false;
  }

  isContactOpen(): boolean {
    return isContactOpen(this.#leaf, this.#clock.now()) !== this.#rattled;
  }

  /** When the leaf comes to rest; now, if it does not move. */
  leafRests(): Monotonic {
    const now = this.#clock.now();
    const { pulledUntil, movedAt } = this.#leaf;
    const rests = after(pulledUntil ?? movedAt, LIMITS.leafSwing);
    return rests > now ? rests : now;
  }

  #isStuckShut(): boolean {
    return this.isJammed && this.#leaf.leaf === "closed";
  }

  #isReleased(): boolean {
    const { output, fail } = this.#wiring.strike;
    return (this.#energised[output] ?? false) !== (fail === "safe");
  }

  #tellStrike(): void {
    this.#moveLeaf(tellStrike(this.#leaf, this.#isReleased(), this.#clock.now()));
  }

  #moveLeaf(leaf: DoorLeaf): void {
    this.#leaf = leaf;
    this.#forgetLeaf();
    this.#readInputs();
    const due = leafDue(leaf, this.#clock.now());
    if (due === null) return;
    this.#forgetLeaf = this.#clock.wake(due, () => this.#moveLeaf(passLeafTime(this.#leaf, this.#clock.now())));
  }

  #readInputs(): void {
    const { contact, rex, fire } = this.#wiring;
    for (let input = 0; input < this.#size.inputs; input += 1) {
      const active =
        this.#bridged.has(input) ||
        (input === contact?.input && this.isContactOpen()) ||
        (input === rex?.input && this.#rexDown) ||
        (input === fire?.input && this.#fire);
      if (active === this.#levels[input]) continue;
      this.#levels[input] = active;
      this.#listener({ kind: "input", input, active });
    }
  }

  /** A matrix without diodes would also show keys that nobody presses; the firmware does not trust three at once. */
  #readRows(): void {
    const rows = rowsUnder(this.#columns, this.keys.closed);
    if (rows === this.#rows) return;
    this.#rows = rows;
    this.#listener({ kind: "rows", rows });
  }
}
