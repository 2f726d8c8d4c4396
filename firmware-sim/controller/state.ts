/** What a Controller is, between two inputs; and one turn of it, which collects what it does in order. */
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import type { SecretText } from "@lintel/protocol/base/secret.ts";
import type { Millis, Monotonic } from "@lintel/protocol/base/units.ts";
import type { PdInput, PdState } from "@lintel/protocol/osdp/pd.ts";
import type { KeyKind } from "@lintel/protocol/osdp/secure.ts";
import type { Buzzer } from "./buzzer.ts";
import type { Debounced } from "./debounce.ts";
import type { Display } from "./display.ts";
import type { FileReception, FileStep } from "./files.ts";
import type { KeypadState } from "./keypad.ts";
import type { Led } from "./leds.ts";
import type { Outputs } from "./outputs.ts";
import type { BoardSize, LedPattern, PinChange, PinDrive, PinLevels, ReaderParts } from "./pins.ts";
import type { Report } from "./report.ts";
import type { Ring } from "./ring.ts";
import type { FlashContents } from "./settings.ts";

export interface ControllerOptions {
  /** 0..126. Address and line speed until a CP sets others. */
  readonly address: number;
  readonly baud: number;
  /** Burnt in; tells this Controller from every other. */
  readonly serial: number;
  readonly size: BoardSize;
  /** Left out: a keypad, LEDs and a buzzer, and no more. */
  readonly reader?: ReaderParts;
  /** As found at power-on; its settings fit the board. */
  readonly flash: FlashContents;
  /** Takes SCBK-D until the first KEYSET. */
  readonly install: boolean;
  /** Everything but KEYSET in clear, with any CP. Never with an SCBK. */
  readonly clear: boolean;
  /** Takes output states without an end, for foreign panels that need them. */
  readonly allowPermanent: boolean;
  /** What the pins read at power-on. */
  readonly levels: PinLevels;
}

export type ControllerInput =
  | PinChange
  | { readonly kind: "serial"; readonly bytes: Uint8Array }
  | { readonly kind: "time" };

/** Done in order, each after the one before it. */
export type ControllerEffect =
  | { readonly kind: "drive"; readonly drive: PinDrive }
  | { readonly kind: "send"; readonly bytes: Uint8Array }
  /** Durable before the next effect. */
  | { readonly kind: "flash"; readonly contents: FlashContents }
  /** A piece of a file that the CP sends. */
  | { readonly kind: "file"; readonly file: FileStep }
  /** Asks for the input `time` then. Replaces the wake before it; null asks for none. */
  | { readonly kind: "wake"; readonly at: Monotonic | null }
  | { readonly kind: "seen"; readonly seen: Seen };

/** What a person at the bench may watch. Nothing depends on it. */
export type Seen =
  | { readonly kind: "key"; readonly key: SecretText }
  /** `released` is what the lock does, whichever way its relay is wired. `for`: until the re-lock; null: no timer ends it. */
  | { readonly kind: "relay"; readonly output: number; readonly released: boolean; readonly for: Millis | null }
  | { readonly kind: "led"; readonly led: number; readonly pattern: LedPattern }
  | { readonly kind: "buzzer"; readonly on: boolean }
  | { readonly kind: "contact"; readonly input: number; readonly open: boolean }
  | { readonly kind: "rex"; readonly pressed: boolean }
  | { readonly kind: "tamper"; readonly on: boolean }
  | { readonly kind: "fire"; readonly on: boolean }
  | { readonly kind: "link"; readonly online: boolean }
  | { readonly kind: "secure"; readonly on: boolean; readonly key: KeyKind | null }
  | { readonly kind: "keyed" }
  /** A card was read. Its bits are whoever's key somewhere: only how many is told. */
  | { readonly kind: "card"; readonly bits: number }
  | { readonly kind: "text"; readonly text: string }
  /** Another address or line speed, from the bytes sent before this on. */
  | { readonly kind: "line"; readonly address: number; readonly baud: number }
  | {
      readonly kind: "update";
      readonly state: "receiving" | "received" | "abandoned";
      readonly bytes: number;
      readonly total: number;
    }
  | { readonly kind: "keys-dropped"; readonly count: number };

export interface ControllerState {
  readonly options: ControllerOptions;
  readonly flash: FlashContents;
  readonly pd: PdState;
  readonly pdWake: Monotonic | null;
  readonly online: boolean;
  /** The key of the session that stands. */
  readonly session: KeyKind | null;
  readonly inputs: readonly Debounced[];
  readonly tamper: Debounced;
  readonly keypad: KeypadState;
  readonly outputs: Outputs;
  readonly leds: readonly Led[];
  readonly buzzer: Buzzer;
  readonly display: Display;
  /** The file that is coming; null: none is. */
  readonly file: FileReception | null;
  readonly ring: Ring;
  readonly report: Report;
  /** What the pins were last told; null before the first time. */
  readonly driven: {
    readonly energised: readonly (boolean | null)[];
    readonly released: readonly (boolean | null)[];
    readonly leds: readonly (LedPattern | null)[];
    readonly buzzer: boolean | null;
    readonly text: string;
  };
}

/** One input on its way through the firmware: the state as it stands, and what was done so far. */
export interface Turn {
  state: ControllerState;
  readonly effects: ControllerEffect[];
  /** What waits to be handed to the link machine, in order. */
  readonly forLink: PdInput[];
  readonly now: Monotonic;
  readonly random: RandomBytes;
}

export function change(turn: Turn, part: Partial<ControllerState>): void {
  turn.state = { ...turn.state, ...part };
}

export function see(turn: Turn, seen: Seen): void {
  turn.effects.push({ kind: "seen", seen });
}

/** Stores, and only then counts as true. */
export function store(turn: Turn, part: Partial<FlashContents>): void {
  const contents = { ...turn.state.flash, ...part };
  turn.effects.push({ kind: "flash", contents });
  change(turn, { flash: contents });
}

/** Unkeyed, and not told to speak in clear: answers states, and nothing that moves a lock. */
export function isUnkeyed(state: ControllerState): boolean {
  return state.flash.scbk === null && !state.options.clear;
}
