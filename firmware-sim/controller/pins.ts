/**
 * The pins of a Controller as the firmware sees them: what it drives, and what it is told of. Simulated pins
 * (firmware-sim/board) and real ones (hardware/boards) both implement `Pins`; which pin of which chip is theirs.
 */
import { type Millis, millis } from "@lintel/protocol/base/units.ts";
import type { Colour } from "@lintel/protocol/osdp/commands.ts";

/** How many of each the board has. */
export interface BoardSize {
  readonly outputs: number;
  readonly inputs: number;
  readonly leds: number;
}

/** Four outputs, eight inputs, one LED: what a door of a site file may name, where no board file says otherwise. */
export const DEFAULT_SIZE: BoardSize = { outputs: 4, inputs: 8, leds: 1 };

/** What else a reader has. A display is one line of 16 characters. */
export interface ReaderParts {
  readonly cards: boolean;
  readonly display: boolean;
}

export const BARE_READER: ReaderParts = { cards: false, display: false };

/** What a LED shows until told otherwise; the pins blink by themselves. `off` 0: steady in `colour`. */
export interface LedPattern {
  readonly colour: Colour;
  readonly offColour: Colour;
  readonly on: Millis;
  readonly off: Millis;
}

export const DARK: LedPattern = { colour: "black", offColour: "black", on: millis(0), off: millis(0) };

export type PinDrive =
  /** Current through the relay, or none. What "released" is for a strike, the firmware has worked out. */
  | { readonly kind: "output"; readonly output: number; readonly energised: boolean }
  /** Which keypad columns are driven: bit 0 is the first. */
  | { readonly kind: "columns"; readonly columns: number }
  | { readonly kind: "led"; readonly led: number; readonly pattern: LedPattern }
  | { readonly kind: "buzzer"; readonly on: boolean }
  /** Where a display is fitted: all that it shows. */
  | { readonly kind: "text"; readonly text: string };

/** Raw levels, with every bounce. */
export type PinChange =
  /** `active`: contact of an open leaf, pressed REX, fire. The pins know which way a contact is wired. */
  | { readonly kind: "input"; readonly input: number; readonly active: boolean }
  | { readonly kind: "tamper"; readonly on: boolean }
  /** The rows that read as connected, under the columns now driven: bit 0 is the first. */
  | { readonly kind: "rows"; readonly rows: number }
  /** A card in the field, where a card reader is fitted: its bits, the first leftmost, zero filled at the end. */
  | { readonly kind: "card"; readonly bits: number; readonly card: Uint8Array };

export interface PinLevels {
  /** Active, per input. */
  readonly inputs: readonly boolean[];
  readonly tamper: boolean;
}

export interface Pins {
  drive(drive: PinDrive): void;
  /** Called at every change, and at a drive of the columns if the rows then differ. */
  onChange(listener: (change: PinChange) => void): void;
  /** What the pins read now, for a firmware that starts. */
  levels(): PinLevels;
}
