/**
 * The PD link machine: which frames are answered, once, and what a Controller takes with and without a key.
 * Pure: time, randomness and the firmware's answers come in as values.
 * Rules: facts osdp 1, 2, 6, 8, 9, 10; design 4 ("An unkeyed Controller").
 */
import { unreachable } from "../base/invariant.ts";
import type { RandomBytes } from "../base/random.ts";
import type { Secret } from "../base/secret.ts";
import type { Monotonic } from "../base/units.ts";
import type { Command } from "./commands.ts";
import type { Capability, PdIdentity, Reply } from "./replies.ts";
import type { KeyKind } from "./secure.ts";

export interface PdSettings {
  /** 0..0x7E. */
  readonly address: number;
  readonly baud: number;
  readonly identity: PdIdentity;
  readonly capabilities: readonly Capability[];
  /** Null: unkeyed. A keyed PD answers nothing of weight in clear. */
  readonly scbk: Secret | null;
  /** Takes SCBK-D, until the first KEYSET. */
  readonly install: boolean;
  /** `sim --clear`: everything in clear but KEYSET. Never together with an SCBK. */
  readonly clear: boolean;
}

export type PdInput =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "time" }
  /** The firmware's answer to the last `execute`; given before any other input. */
  | { readonly kind: "answer"; readonly reply: Reply }
  /** An event for a later POLL, oldest first. `expires`: dropped from then on; KEYPAD expires 5 s after the key. */
  | { readonly kind: "queue"; readonly reply: Reply; readonly expires: Monotonic | null };

/** Done in order, each after the one before it. */
export type PdEffect =
  | { readonly kind: "send"; readonly bytes: Uint8Array }
  /** Answered by the input `answer`. Never twice for one command. */
  | { readonly kind: "execute"; readonly command: Command }
  /** KEYSET was taken: the key is stored before its ACK, whose `send` follows. Also ends install mode. */
  | { readonly kind: "keyed"; readonly scbk: Secret }
  | { readonly kind: "link"; readonly online: boolean }
  | { readonly kind: "secure"; readonly on: boolean; readonly key: KeyKind | null }
  /** Keypresses nobody will be sent. */
  | { readonly kind: "dropped-keypresses"; readonly count: number }
  | { readonly kind: "counted"; readonly what: string }
  /** Asks for the input `time` then. Replaces the wake before it; late or twice does no harm. */
  | { readonly kind: "wake"; readonly at: Monotonic };

export interface PdStep {
  readonly state: PdState;
  readonly effects: readonly PdEffect[];
}

export interface PdState {
  readonly settings: PdSettings;
}

export function startPd(settings: PdSettings, _now: Monotonic): PdState {
  return { settings };
}

export function stepPd(state: PdState, input: PdInput, _now: Monotonic, _random: RandomBytes): PdStep {
  switch (input.kind) {
    case "bytes":
    case "time":
    case "answer":
    case "queue":
      return { state, effects: [] };
    default:
      return unreachable(input);
  }
}
