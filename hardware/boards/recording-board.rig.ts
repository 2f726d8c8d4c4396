/**
 * For tests: an Uno in place of the board, as an IO plugin of johnny-five. It keeps what is done to every pin, works out
 * the level of every pin from what is driven, pulled up and connected, and reports as StandardFirmata 2.5 does: a whole
 * port at once, when an input of it has changed. Keys and contacts are connections between two pins, or a pin and ground.
 */
import { EventEmitter } from "node:events";
import five, { type Board } from "johnny-five";
import type { BoardIo } from "./board-io.ts";

const MODES = { INPUT: 0, OUTPUT: 1, ANALOG: 2, PWM: 3, SERVO: 4, PULLUP: 11 } as const;
export const GROUND = "ground";

interface BoardPinState {
  supportedModes: number[];
  mode: number;
  /** What was written. */
  value: 0 | 1;
  report: boolean;
}

export interface PinAct {
  readonly pin: number;
  readonly act: "mode" | "write";
  readonly value: number;
}

export class RecordingIo extends EventEmitter implements BoardIo {
  readonly MODES = MODES;
  readonly HIGH = 1;
  readonly LOW = 0;
  /** As an Uno over Firmata: johnny-five treats its pin numbers specially. */
  readonly name = "Firmata";
  readonly isReady = true;
  readonly pins: BoardPinState[];
  readonly analogPins = [14, 15, 16, 17, 18, 19];
  readonly acts: PinAct[] = [];
  /** Two outputs have met, at different levels, for a moment at least. */
  shorted = false;
  /** How an answer comes: at once, or later. */
  #soon: (answer: () => void) => void;
  readonly #wires = new Set<string>();
  readonly #reported = new Map<number, number>();

  constructor(soon: (answer: () => void) => void = (answer) => answer()) {
    super();
    this.setMaxListeners(64);
    this.#soon = soon;
    this.pins = Array.from({ length: 20 }, (_, pin) => ({
      supportedModes: pin < 2 ? [] : [MODES.INPUT, MODES.OUTPUT, MODES.PULLUP],
      // StandardFirmata starts so: every digital pin an output that is low.
      mode: pin < 14 ? MODES.OUTPUT : MODES.ANALOG,
      value: 0,
      report: false,
    }));
  }

  pinMode(pin: number, mode: number): void {
    this.acts.push({ pin, act: "mode", value: mode });
    const state = this.#pin(pin);
    // The latch of a pin that was pulled up is high.
    if (state.mode === MODES.PULLUP && mode === MODES.OUTPUT) state.value = 1;
    if (mode === MODES.INPUT) state.value = 0;
    state.mode = mode;
    this.#look();
  }

  digitalWrite(pin: number, level: 0 | 1): void {
    this.acts.push({ pin, act: "write", value: level });
    this.#pin(pin).value = level;
    this.#look();
  }

  digitalRead(pin: number, listener: (level: number) => void): void {
    this.#pin(pin).report = true;
    this.on(`digital-read-${pin}`, listener);
    this.#reported.delete(pin >> 3);
    this.#look();
  }

  queryPinState(pin: number, answered: () => void): void {
    this.once(`pin-state-${pin}`, answered);
    this.#soon(() => this.emit(`pin-state-${pin}`));
  }

  // What stands on the bench beside it.

  connect(pin: number, other: number | typeof GROUND, on: boolean): void {
    const wire = `${pin}-${other}`;
    if (on) this.#wires.add(wire);
    else this.#wires.delete(wire);
    this.#look();
  }

  /** What a meter shows at the pin. */
  level(pin: number): 0 | 1 {
    const net = this.#netOf(pin);
    if (net.has(GROUND)) return 0;
    const pins = [...net] as number[];
    const driven = pins.filter((each) => this.pins[each]!.mode === MODES.OUTPUT);
    if (driven.length > 0) return driven.some((each) => this.pins[each]!.value === 0) ? 0 : 1;
    return pins.some((each) => this.pins[each]!.mode === MODES.PULLUP) ? 1 : 0;
  }

  /** Looks for outputs of different levels on one wire: current that no pin stands for long. */
  #findShort(): void {
    const outputs = [...this.pins.keys()].filter((pin) => this.pins[pin]!.mode === MODES.OUTPUT);
    for (const pin of outputs) {
      const net = this.#netOf(pin);
      const others = outputs.filter((each) => net.has(each));
      this.shorted ||= others.some((each) => this.pins[each]!.value !== this.pins[pin]!.value);
    }
  }

  #pin(pin: number): BoardPinState {
    const state = this.pins[pin];
    if (state === undefined || state.supportedModes.length === 0) throw new Error(`an Uno has no pin ${pin} to use`);
    return state;
  }

  #netOf(pin: number): Set<number | typeof GROUND> {
    const net = new Set<number | typeof GROUND>([pin]);
    for (let size = 0; size !== net.size; ) {
      size = net.size;
      for (const wire of this.#wires) {
        const [one, other] = wire.split("-").map((end) => (end === GROUND ? GROUND : Number(end)));
        if (net.has(one!) || net.has(other!)) net.add(one!).add(other!);
      }
      // Ground joins nothing to anything: what lies on it is on it.
      if (net.has(GROUND)) return new Set([pin, GROUND]);
    }
    return net;
  }

  /** Reports each port whose inputs read otherwise than it last reported. */
  #look(): void {
    this.#findShort();
    for (let port = 0; port < 3; port += 1) {
      const pins = [0, 1, 2, 3, 4, 5, 6, 7].map((bit) => port * 8 + bit).filter((pin) => pin < this.pins.length);
      if (!pins.some((pin) => this.pins[pin]!.report)) continue;
      const inputs = pins.filter(
        (pin) => this.pins[pin]!.mode === MODES.INPUT || this.pins[pin]!.mode === MODES.PULLUP,
      );
      const levels = inputs.map((pin) => [pin, this.level(pin)] as const);
      const bits = levels.reduce((mask, [pin, level]) => mask | (level << (pin & 7)), 0);
      if (this.#reported.get(port) === bits) continue;
      this.#reported.set(port, bits);
      this.#soon(() => {
        for (const [pin, level] of levels) this.emit(`digital-read-${pin}`, level);
      });
    }
  }
}

/** johnny-five's board on it, with which pins can be taken at once. */
export function boardOn(io: RecordingIo): Board {
  const board = new five.Board({ io, repl: false, debug: false, sigint: false });
  board.on("error", () => {});
  return board;
}
