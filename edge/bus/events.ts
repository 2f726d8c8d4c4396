/**
 * What a bus takes and what it answers: the words between the line and the box. Nothing here decides anything.
 * Addresses are 0..126; one bus holds at most `BUS_LIMITS.controllers` of them.
 */

import type { Secret, SecretText } from "@lintel/protocol/base/secret.ts";
import type { Monotonic } from "@lintel/protocol/base/units.ts";
import type { Command } from "@lintel/protocol/osdp/commands.ts";
import type { ConfigureMfg, RingEvent } from "@lintel/protocol/osdp/mfg.ts";
import type { PdIdentity } from "@lintel/protocol/osdp/replies.ts";

export interface BusController {
  readonly address: number;
  /** Null: discovered (ID, CAP) and reported as `unpaired`, never asked for keys. */
  readonly scbk: Secret | null;
  /** Sent by MFG in each new session to a Controller of ours; null sends nothing. */
  readonly configure: ConfigureMfg | null;
}

export interface BusSettings {
  readonly id: string;
  readonly baud: number;
  readonly controllers: readonly BusController[];
}

export type BusInput =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "time" }
  | { readonly kind: "port"; readonly open: boolean }
  /** A new keyset or a new key: what did not change keeps its session. */
  | { readonly kind: "settings"; readonly settings: BusSettings }
  /** Answered by exactly one `done` of this id, at once (`lost`) where no session stands. */
  | {
      readonly kind: "command";
      readonly address: number;
      readonly id: number;
      readonly command: Command;
      /** Overtakes polls and everything that is not urgent: the OUT of a grant. */
      readonly urgent: boolean;
    }
  /** Answered by exactly one `paired` or `pairing-closed`. `scbk` must be kept before this is given. */
  | {
      readonly kind: "pair";
      readonly address: number;
      readonly until: Monotonic;
      readonly scbk: Secret;
      /** hand: the PD holds `scbk`. install-window: it is given `scbk` under SCBK-D. rotate: it is given `scbk` in its session. */
      readonly by: "install-window" | "hand" | "rotate";
    }
  | { readonly kind: "pair-end"; readonly address: number }
  /** Ring events up to `upTo` of this boot are durable: they are acknowledged to the Controller. */
  | { readonly kind: "ring-recorded"; readonly address: number; readonly boot: number; readonly upTo: number };

export type BusEffect =
  | { readonly kind: "write"; readonly bytes: Uint8Array }
  | { readonly kind: "wake"; readonly at: Monotonic }
  | { readonly kind: "controller"; readonly address: number; readonly event: ControllerEvent };

/** What became of a command. `lost`: no answer that says; it may have been executed or not. */
export type CommandAnswer = "ack" | { readonly nak: number } | "lost";

export type ControllerEvent =
  /** A secure session stands. Said again for every new session, also when no `offline` came between: code entry starts afresh. */
  | { readonly kind: "online"; readonly lintel: boolean; readonly identity: PdIdentity }
  /** No session for 8 s, or the port is gone. Said once until the next `online`. */
  | { readonly kind: "offline" }
  /** Characters 0-9 * # in the order pressed; at least one. */
  | { readonly kind: "keys"; readonly keys: SecretText }
  /** All inputs of the PD, by number; active = the input's own active state, whatever is wired to it. */
  | { readonly kind: "inputs"; readonly active: readonly boolean[] }
  | { readonly kind: "tamper"; readonly on: boolean }
  | { readonly kind: "power"; readonly failed: boolean }
  | { readonly kind: "ring"; readonly boot: number; readonly events: readonly RingEvent[] }
  | { readonly kind: "done"; readonly id: number; readonly answer: CommandAnswer }
  | { readonly kind: "paired"; readonly scbk: Secret }
  | { readonly kind: "pairing-closed" }
  /** A word of `CpAlarm`, or `foreign-cp`, `unreadable-ring`, `line-noise` (at the bus's first Controller). Each word at most once a minute per Controller. */
  | { readonly kind: "alarm"; readonly what: string };
