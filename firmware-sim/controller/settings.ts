/**
 * What a Controller must know to let people out by itself, and what it keeps of it over a power cut. Changed by a board
 * file or by MFG `configure`; domain-rules, "REX belongs to the Controller".
 */
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import type { Secret } from "@lintel/protocol/base/secret.ts";
import { millis } from "@lintel/protocol/base/units.ts";
import { type ConfigureMfg, MFG_LIMITS } from "@lintel/protocol/osdp/mfg.ts";
import type { BoardSize } from "./pins.ts";

/** The same shape as on the wire. */
export type DoorSettings = ConfigureMfg;

export const DEFAULT_SETTINGS: DoorSettings = {
  strike: { output: 0, fail: "secure" },
  rex: { input: 1, release: millis(5_000) },
  contact: { input: 0 },
  fire: null,
};

/** Where the Controller is spoken to. */
export interface LineSettings {
  /** 0..126. */
  readonly address: number;
  readonly baud: number;
}

/** What outlives a power cut. */
export interface FlashContents {
  /** How often the Controller has started. */
  readonly boots: number;
  readonly scbk: Secret | null;
  readonly door: DoorSettings;
  /** As a CP set them by COMSET: they win over what the Controller was started with. Null: none did. */
  readonly line: LineSettings | null;
}

export const BLANK_FLASH: FlashContents = { boots: 0, scbk: null, door: DEFAULT_SETTINGS, line: null };

export type SettingsError =
  | { readonly kind: "no-such-output"; readonly output: number; readonly outputs: number }
  | { readonly kind: "no-such-input"; readonly input: number; readonly inputs: number }
  | { readonly kind: "input-twice"; readonly input: number }
  | { readonly kind: "release"; readonly release: number };

/** Whether this board can do what the settings say. */
export function fitSettings(settings: DoorSettings, size: BoardSize): Result<DoorSettings, SettingsError> {
  const { strike, rex, contact, fire } = settings;
  if (strike.output >= size.outputs)
    return fail({ kind: "no-such-output", output: strike.output, outputs: size.outputs });
  const inputs = [contact, rex, fire].flatMap((each) => (each === null ? [] : [each.input]));
  for (const [at, input] of inputs.entries()) {
    if (input >= size.inputs) return fail({ kind: "no-such-input", input, inputs: size.inputs });
    if (inputs.indexOf(input) !== at) return fail({ kind: "input-twice", input });
  }
  if (rex !== null && (rex.release <= 0 || rex.release > MFG_LIMITS.rexRelease))
    return fail({ kind: "release", release: rex.release });
  return ok(settings);
}

export function sameSettings(a: DoorSettings, b: DoorSettings): boolean {
  return (
    a.strike.output === b.strike.output &&
    a.strike.fail === b.strike.fail &&
    a.rex?.input === b.rex?.input &&
    a.rex?.release === b.rex?.release &&
    a.contact?.input === b.contact?.input &&
    a.fire?.input === b.fire?.input
  );
}
