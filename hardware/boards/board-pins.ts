/**
 * The firmware's pins on a real board, by johnny-five. Its parts for relays, buttons and LEDs are left alone: they
 * debounce by themselves, which hides the bounces that the firmware looks for, and they take pin 14 for pin 0. What is
 * used is its board: modes, levels, reports.
 *
 * Every output is off from the first moment, and after `release`. Not here: how the board is reached (firmata.ts).
 */
import type { Clock } from "@lintel/firmware-sim/controller/clock.ts";
import type { LedPattern, PinChange, PinDrive, PinLevels, Pins } from "@lintel/firmware-sim/controller/pins.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { after } from "@lintel/protocol/base/units.ts";
import type { Colour } from "@lintel/protocol/osdp/commands.ts";
import type { Board } from "johnny-five";
import type { BoardIo } from "./board-io.ts";
import { Matrix } from "./matrix.ts";
import { type BoardPin, type BoardWiring, type Contact, type Driven, type Light, pinName } from "./wiring.ts";

export type WiringError =
  | { readonly kind: "no-such-pin"; readonly pin: string }
  /** Input, output or pull-up. */
  | { readonly kind: "cannot"; readonly pin: string; readonly what: string }
  | { readonly kind: "one-pin-twice"; readonly pin: string; readonly other: string };

/** Whether this board has every pin of the wiring, and each can do what it is for. */
export function checkWiring(io: BoardIo, wiring: BoardWiring): WiringError | null {
  const seen = new Map<number, string>();
  for (const { pin, modes } of usesOf(wiring)) {
    const number = numberOf(io, pin);
    const supported = io.pins[number]?.supportedModes ?? [];
    if (supported.length === 0) return { kind: "no-such-pin", pin: pinName(pin) };
    const missing = modes.find((mode) => !supported.includes(io.MODES[mode]));
    if (missing !== undefined) return { kind: "cannot", pin: pinName(pin), what: missing };
    const other = seen.get(number);
    if (other !== undefined) return { kind: "one-pin-twice", pin: pinName(pin), other };
    seen.set(number, pinName(pin));
  }
  return null;
}

/** Takes the board's pins, with every output off, and calls `ready` once all inputs have been read. */
export function takePins(
  board: Board,
  wiring: BoardWiring,
  clock: Clock,
  ready: (pins: BoardPins) => void,
): Result<BoardPins, WiringError> {
  const wrong = checkWiring(board.io, wiring);
  if (wrong !== null) return fail(wrong);
  const pins = new BoardPins(board, wiring, clock);
  pins.afterReading(() => ready(pins));
  return ok(pins);
}

/** The parts of each colour. */
const PARTS: Readonly<Record<Colour, readonly ("red" | "green" | "blue")[]>> = {
  black: [],
  red: ["red"],
  green: ["green"],
  amber: ["red", "green"],
  blue: ["blue"],
  magenta: ["red", "blue"],
  cyan: ["green", "blue"],
  white: ["red", "green", "blue"],
};

/** Made by `takePins` alone. */
export class BoardPins implements Pins {
  readonly #board: Board;
  readonly #wiring: BoardWiring;
  readonly #clock: Clock;
  readonly #matrix: Matrix | null;
  #listener: (change: PinChange) => void = () => {};
  /** Low until the board says otherwise: Firmata reports no level that it never saw change from low. */
  readonly #high = new Set<number>();
  #columns = 0;
  #rows = 0;
  readonly #levels: boolean[];
  #tamper = false;
  #ready = false;
  #ended = false;
  readonly #forgetBlink: (() => void)[];

  constructor(board: Board, wiring: BoardWiring, clock: Clock) {
    this.#board = board;
    this.#wiring = wiring;
    this.#clock = clock;
    this.#levels = wiring.inputs.map(() => false);
    this.#forgetBlink = wiring.leds.map(() => () => {});
    for (const driven of allDriven(wiring)) this.#prepare(driven);
    for (const contact of contactsOf(wiring)) this.#listen(contact);
    this.#matrix = this.#startMatrix();
  }

  drive(drive: PinDrive): void {
    if (this.#ended) return;
    switch (drive.kind) {
      case "output":
        this.#switch(this.#wiring.outputs[drive.output]!, drive.energised);
        return;
      case "columns":
        this.#columns = drive.columns;
        this.#tellRows();
        return;
      case "led":
        this.#show(drive.led, drive.pattern);
        return;
      case "buzzer":
        if (this.#wiring.buzzer !== null) this.#switch(this.#wiring.buzzer, drive.on);
        return;
    }
  }

  onChange(listener: (change: PinChange) => void): void {
    this.#listener = listener;
  }

  levels(): PinLevels {
    return { inputs: [...this.#levels], tamper: this.#tamper };
  }

  /** Everything off, and nothing told or driven any more: what a loss of power does to pins. */
  release(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const forget of this.#forgetBlink) forget();
    for (const driven of allDriven(this.#wiring)) this.#switch(driven, false);
    this.#matrix?.end();
  }

  /** Calls once the board has done everything that was asked of it so far. */
  afterAnswer(call: () => void): void {
    this.#board.queryPinState(numberOf(this.#board.io, this.#wiring.outputs[0]!.pin), call);
  }

  /**
   * Calls once the board has done everything and then looked at its inputs. The first answer says that it did what was
   * asked; it looks at its inputs between two readings of its line, so that the second answer comes behind what it saw.
   */
  afterReading(call: () => void): void {
    const pin = numberOf(this.#board.io, this.#matrixPin());
    this.#board.queryPinState(pin, () => {
      this.#board.queryPinState(pin, () => {
        if (!this.#ready) this.#readAll();
        call();
      });
    });
  }

  /** Not that of `afterAnswer`: one answer would end both waits. */
  #matrixPin(): BoardPin {
    const { keypad, inputs, outputs } = this.#wiring;
    return keypad?.rows[0] ?? inputs[0]?.pin ?? outputs[0]!.pin;
  }

  /** Takes the levels as they are found for what has always been so. */
  #readAll(): void {
    this.#ready = true;
    this.#wiring.inputs.forEach((contact, input) => {
      this.#levels[input] = this.#isActive(contact);
    });
    if (this.#wiring.tamper !== null) this.#tamper = this.#isActive(this.#wiring.tamper);
    // A key may be down already.
    this.#matrix?.rowReported();
  }

  /** Off, without a moment of on: a pull-up holds what is off when it is high, until the output holds it. */
  #prepare(driven: Driven): void {
    const { io } = this.#board;
    const pin = numberOf(io, driven.pin);
    if (driven.active === "low") this.#board.pinMode(pin, io.MODES.PULLUP);
    this.#board.pinMode(pin, io.MODES.OUTPUT);
    this.#switch(driven, false);
  }

  #switch({ pin, active }: Driven, on: boolean): void {
    const { io } = this.#board;
    this.#board.digitalWrite(numberOf(io, pin), on === (active === "high") ? io.HIGH : io.LOW);
  }

  #listen({ pin, pull }: Pick<Contact, "pin" | "pull">): void {
    const { io } = this.#board;
    const number = numberOf(io, pin);
    this.#board.pinMode(number, pull === "internal" ? io.MODES.PULLUP : io.MODES.INPUT);
    this.#board.digitalRead(number, (level) => {
      if (level === io.HIGH) this.#high.add(number);
      else this.#high.delete(number);
      if (this.#ready && !this.#ended) this.#reported();
    });
  }

  /** A report is of a whole port, and comes also where nothing has changed. */
  #reported(): void {
    this.#wiring.inputs.forEach((contact, input) => {
      const active = this.#isActive(contact);
      if (active === this.#levels[input]) return;
      this.#levels[input] = active;
      this.#listener({ kind: "input", input, active });
    });
    const { tamper } = this.#wiring;
    if (tamper !== null && this.#isActive(tamper) !== this.#tamper) {
      this.#tamper = !this.#tamper;
      this.#listener({ kind: "tamper", on: this.#tamper });
    }
    this.#matrix?.rowReported();
  }

  #isActive({ pin, normally }: Contact): boolean {
    const closed = !this.#high.has(numberOf(this.#board.io, pin));
    return closed === (normally === "open");
  }

  #startMatrix(): Matrix | null {
    const { keypad } = this.#wiring;
    if (keypad === null) return null;
    const { io } = this.#board;
    const columns = keypad.columns.map((pin) => numberOf(io, pin));
    const rows = keypad.rows.map((pin) => numberOf(io, pin));
    for (const pin of keypad.rows) this.#listen({ pin, pull: "internal" });
    let driven = -1;
    const driveColumns = (mask: number) => {
      // Those let go first: two outputs never meet over two keys.
      for (const [at, pin] of columns.entries())
        if ((mask & (1 << at)) === 0 && (driven & (1 << at)) !== 0) this.#board.pinMode(pin, io.MODES.PULLUP);
      for (const [at, pin] of columns.entries()) {
        if ((mask & (1 << at)) === 0 || (driven !== -1 && (driven & (1 << at)) !== 0)) continue;
        // By way of an input: straight from pulled up to output it would be high at first, and two keys of a row would
        // join it to a column that is low.
        this.#board.pinMode(pin, io.MODES.INPUT);
        this.#board.pinMode(pin, io.MODES.OUTPUT);
        this.#board.digitalWrite(pin, io.LOW);
      }
      driven = mask;
    };
    driveColumns((1 << columns.length) - 1);
    return new Matrix(
      {
        rows: rows.length,
        columns: columns.length,
        driveColumns,
        rowsLow: () => rows.reduce((low, pin, at) => (this.#high.has(pin) ? low : low | (1 << at)), 0),
        afterReading: (call) => this.afterReading(call),
      },
      this.#clock,
      () => this.#tellRows(),
    );
  }

  #tellRows(): void {
    const rows = this.#matrix?.rowsUnder(this.#columns) ?? 0;
    if (rows === this.#rows || this.#ended) return;
    this.#rows = rows;
    this.#listener({ kind: "rows", rows });
  }

  #show(led: number, { colour, offColour, on, off }: LedPattern): void {
    this.#forgetBlink[led]!();
    this.#light(led, colour);
    if (off === 0) return;
    const then = (lit: boolean) => {
      this.#forgetBlink[led] = this.#clock.wake(after(this.#clock.now(), lit ? on : off), () => {
        this.#light(led, lit ? offColour : colour);
        then(!lit);
      });
    };
    then(true);
  }

  /** A LED without blue shows what is left of the colour. */
  #light(led: number, colour: Colour): void {
    const light = this.#wiring.leds[led]!;
    for (const [name, driven] of partsOf(light)) this.#switch(driven, PARTS[colour].includes(name));
  }
}

function partsOf({ red, green, blue, active }: Light): readonly (readonly ["red" | "green" | "blue", Driven])[] {
  const parts = [
    ["red", red],
    ["green", green],
    ["blue", blue],
  ] as const;
  return parts.flatMap(([name, pin]) => (pin === null ? [] : [[name, { pin, active }] as const]));
}

function allDriven({ outputs, leds, buzzer }: BoardWiring): readonly Driven[] {
  const lights = leds.flatMap((light) => partsOf(light).map(([, driven]) => driven));
  return [...outputs, ...lights, ...(buzzer === null ? [] : [buzzer])];
}

function contactsOf({ inputs, tamper }: BoardWiring): readonly Contact[] {
  return tamper === null ? inputs : [...inputs, tamper];
}

type Mode = keyof BoardIo["MODES"];

function usesOf(wiring: BoardWiring): readonly { readonly pin: BoardPin; readonly modes: readonly Mode[] }[] {
  const { rows = [], columns = [] } = wiring.keypad ?? {};
  return [
    ...allDriven(wiring).map(({ pin, active }) => ({
      pin,
      modes: active === "low" ? (["PULLUP", "OUTPUT"] as const) : (["OUTPUT"] as const),
    })),
    ...contactsOf(wiring).map(({ pin, pull }) => ({
      pin,
      modes: [pull === "internal" ? ("PULLUP" as const) : ("INPUT" as const)],
    })),
    ...rows.map((pin) => ({ pin, modes: ["PULLUP"] as const })),
    ...columns.map((pin) => ({ pin, modes: ["PULLUP", "OUTPUT"] as const })),
  ];
}

/** As Firmata counts; -1 where the board has no such analog pin. */
function numberOf(io: BoardIo, pin: BoardPin): number {
  return pin.kind === "digital" ? pin.number : (io.analogPins[pin.number] ?? -1);
}
