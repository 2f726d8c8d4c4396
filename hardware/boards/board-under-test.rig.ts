/** For tests: the firmware's pins on the recording board, in virtual time, with hands on its keys and contacts. */
import type { VirtualClock } from "@lintel/firmware-sim/board/clock.ts";
import type { PinsUnderTest } from "@lintel/firmware-sim/controller/controller.rig.ts";
import { type Key, placeOf } from "@lintel/firmware-sim/controller/keypad.ts";
import type { BoardSize } from "@lintel/firmware-sim/controller/pins.ts";
import { type BoardPins, takePins } from "./board-pins.ts";
import { boardOn, GROUND, RecordingIo } from "./recording-board.rig.ts";
import { type BoardWiring, readPinName } from "./wiring.ts";

export function pinsOf(...names: readonly (string | number)[]) {
  return names.map((name) => readPinName(String(name))!);
}

const KEYPAD = { rows: pinsOf(2, 3, 4, 5), columns: pinsOf(6, 7, 8) };

/** Wires an Uno so that everything of this size is there: outputs and contacts of both kinds. */
export function wiringFor(size: BoardSize): BoardWiring {
  const free = pinsOf(9, 10, 11, 12, 13, "A0", "A1", "A2", "A3", "A4", "A5");
  const next = () => free.shift() ?? pinsOf("A15")[0]!;
  return {
    keypad: KEYPAD,
    leds: Array.from({ length: size.leds }, () => ({
      red: next(),
      green: next(),
      blue: null,
      active: "high" as const,
    })),
    buzzer: { pin: next(), active: "high" },
    outputs: Array.from({ length: size.outputs }, () => next()).map((pin) => ({
      pin,
      active: pin.kind === "analog" ? ("low" as const) : ("high" as const),
    })),
    inputs: Array.from({ length: size.inputs }, (_, input) => ({
      pin: next(),
      normally: input % 2 === 0 ? ("closed" as const) : ("open" as const),
      pull: "internal" as const,
    })),
    tamper: { pin: next(), normally: "closed", pull: "internal" },
  };
}

export class BoardUnderTest implements PinsUnderTest {
  readonly io: RecordingIo;
  readonly wiring: BoardWiring;
  readonly pins: BoardPins;

  constructor(wiring: BoardWiring, clock: VirtualClock) {
    this.io = new RecordingIo();
    this.wiring = wiring;
    for (const contact of [...wiring.inputs, wiring.tamper!]) this.#close(contact, contact.normally === "closed");
    const taken = takePins(boardOn(this.io), wiring, clock, () => {});
    if (!taken.ok) throw new Error(JSON.stringify(taken.error));
    this.pins = taken.value;
  }

  keyDown(key: Key): void {
    this.#key(key, true);
  }

  keyUp(key: Key): void {
    this.#key(key, false);
  }

  input(input: number, active: boolean): void {
    const contact = this.wiring.inputs[input]!;
    this.#close(contact, active === (contact.normally === "open"));
  }

  tamper(on: boolean): void {
    const contact = this.wiring.tamper!;
    this.#close(contact, on === (contact.normally === "open"));
  }

  energised(output: number): boolean {
    const { pin, active } = this.wiring.outputs[output]!;
    return (this.level(pin) === 1) === (active === "high");
  }

  level(pin: { readonly kind: "digital" | "analog"; readonly number: number }): 0 | 1 {
    return this.io.level(this.numberOf(pin));
  }

  numberOf({ kind, number }: { readonly kind: "digital" | "analog"; readonly number: number }): number {
    return kind === "analog" ? this.io.analogPins[number]! : number;
  }

  #key(key: Key, down: boolean): void {
    const { row, column } = placeOf(key);
    const { rows, columns } = this.wiring.keypad!;
    this.io.connect(this.numberOf(rows[row]!), this.numberOf(columns[column]!), down);
  }

  #close({ pin }: { readonly pin: ReturnType<typeof pinsOf>[number] }, closed: boolean): void {
    this.io.connect(this.numberOf(pin), GROUND, closed);
  }
}
