/** What a board's pins are reached by: the IO plugin of johnny-five, as far as it is used here. */
import type { EventEmitter } from "node:events";

export interface BoardIo extends EventEmitter {
  /** Pins, modes and `analogPins` are known. */
  readonly isReady: boolean;
  /** `Firmata`, for a board that numbers its pins as Firmata does. */
  readonly name: string;
  readonly MODES: { readonly INPUT: number; readonly OUTPUT: number; readonly PULLUP: number };
  readonly HIGH: 1;
  readonly LOW: 0;
  readonly pins: readonly { readonly supportedModes: readonly number[] }[];
  /** The number of each analog pin: `A0` first. */
  readonly analogPins: readonly number[];
  pinMode(pin: number, mode: number): void;
  digitalWrite(pin: number, level: 0 | 1): void;
  digitalRead(pin: number, listener: (level: number) => void): void;
  queryPinState(pin: number, answered: () => void): void;
}
