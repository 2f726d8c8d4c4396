/**
 * What the CP knows of one PD, what it is told and what it answers. Only types, their beginnings and the numbers of
 * the standard's rhythm; the rules are in cp (turns, repetition, offline), cp-handshake and cp-session.
 */
import type { Secret } from "../base/secret.ts";
import { type Millis, type Monotonic, millis } from "../base/units.ts";
import type { Command, CommandName } from "./commands.ts";
import type { Offer, Pairing, PairingBy } from "./cp-keys.ts";
import type { CheckKind, Frame } from "./frame.ts";
import type { PdIdentity, Reply } from "./replies.ts";
import type { Handshake, Session } from "./secure.ts";

export interface CpSettings {
  /** 0..0x7E. Never 0x7F: every PD of the bus would answer it. */
  readonly address: number;
  readonly baud: number;
  /** Null: the PD is discovered and left alone. With a key it is spoken to in a session or not at all. */
  readonly scbk: Secret | null;
  /** A bench's CP, to test PDs that know no Secure Channel. Only without an SCBK; the edge never sets it. */
  readonly clear: boolean;
}

/** Whose command it is: the giver's own number or word, given back with the answer. */
export type CommandTag = number | string;

export interface Queued {
  readonly tag: CommandTag;
  readonly command: Command;
}

export type CpInput =
  /** The line is free and this PD's: send what is due, or nothing. */
  | { readonly kind: "turn" }
  /** A frame with the reply bit and this address, its check right. Asked for or not. */
  | { readonly kind: "reply"; readonly frame: Frame }
  /** The time for an answer to the last send is over. */
  | { readonly kind: "silence" }
  | { readonly kind: "time" }
  | { readonly kind: "command"; readonly tag: CommandTag; readonly command: Command; readonly urgent: boolean }
  | { readonly kind: "pair"; readonly scbk: Secret; readonly by: PairingBy; readonly until: Monotonic }
  | { readonly kind: "pair-end" }
  /** Another key or another line speed: the session under the old one ends. The same ones change nothing. */
  | { readonly kind: "settings"; readonly scbk: Secret | null; readonly baud: number }
  /** The line went away: no session survives it. */
  | { readonly kind: "line-lost" };

export type CpAlarm =
  | "bad-mac"
  | "clear-in-session"
  | "wrong-key"
  | "key-refused"
  | "wrong-rmac-i"
  | "weak-key"
  | "unpaired"
  | `nak-${number}-to-${CommandName}`;

export type CpEffect =
  | { readonly kind: "send"; readonly bytes: Uint8Array }
  /** A session stands (or, with `clear`, the PD answers). Said for each new session. */
  | { readonly kind: "online"; readonly identity: PdIdentity }
  /** Nothing believable for 8 s. Said once until the next `online`. */
  | { readonly kind: "offline" }
  /** What the PD had to tell, by a POLL. */
  | { readonly kind: "event"; readonly reply: Reply }
  | { readonly kind: "done"; readonly tag: CommandTag; readonly answer: Reply | "lost" }
  | { readonly kind: "paired"; readonly scbk: Secret }
  | { readonly kind: "pairing-closed" }
  | { readonly kind: "alarm"; readonly what: CpAlarm };

/** One command and the wait for its answer. */
export interface Exchange {
  readonly command: Command;
  readonly tag: CommandTag | null;
  /** As written, mark and check included: a repetition is these bytes, or the PD's MAC chain breaks. */
  readonly bytes: Uint8Array;
  readonly number: number;
  readonly firstAt: Monotonic;
  readonly sends: number;
  /** The line is held for the answer. */
  readonly waiting: boolean;
  /** When it is sent again, once it no longer waits. */
  readonly againAt: Monotonic;
  /** The send whose answer could not be believed, being unsealed in a session; 0 for none. */
  readonly doubtedSend: number;
}

export type CpPhase =
  /** Nothing is sent before `until`; then from the beginning. */
  | { readonly kind: "rest"; readonly until: Monotonic }
  | { readonly kind: "identify" }
  | { readonly kind: "capabilities" }
  /** `rndA`: fresh for each handshake, null until it is sent; a repetition of the same bytes keeps it. */
  | { readonly kind: "challenge"; readonly rndA: Uint8Array | null }
  | { readonly kind: "cryptogram"; readonly handshake: Handshake }
  /** A session stands, and its first and only command is KEYSET. */
  | { readonly kind: "give" }
  /** A session stands; the PD says once more who it is, this time sealed. */
  | { readonly kind: "confirm" }
  | { readonly kind: "session" }
  | { readonly kind: "clear" };

export interface CpCounts {
  readonly silences: number;
  readonly badMacs: number;
  readonly doubts: number;
  /** Answers of the right PD that fit no waiting command, or could not be read. */
  readonly misfits: number;
}

export interface CpState {
  readonly settings: CpSettings;
  readonly phase: CpPhase;
  readonly session: Session | null;
  readonly check: CheckKind;
  /** Of the last new command, 0..3. */
  readonly number: number;
  readonly exchange: Exchange | null;
  readonly urgent: readonly Queued[];
  readonly queue: readonly Queued[];
  readonly pollAt: Monotonic;
  readonly polledLast: boolean;
  /** The last poll was answered by an event. */
  readonly toldLast: boolean;
  /** Last answer that could be believed: sealed, where a key exists. At first, the start. */
  readonly heardAt: Monotonic;
  readonly reported: "nothing" | "online" | "offline";
  readonly identity: PdIdentity | null;
  readonly pairing: Pairing | null;
  /** Which of the keys that may be offered comes next. */
  readonly offerAt: number;
  /** The key of the handshake that goes on, or of the session that is there to give another. */
  readonly offer: Offer | null;
  /** Sessions that ended by a bad MAC or by doubt, while they follow each other within `CP_RHYTHM.troubleMemory`. */
  readonly trouble: { readonly count: number; readonly at: Monotonic };
  readonly counts: CpCounts;
}

export interface CpStep {
  readonly state: CpState;
  readonly effects: readonly CpEffect[];
}

/** Lengths of time of the CP (facts osdp 2 and 9). */
export const CP_RHYTHM = {
  /** How often the same bytes are sent without a pause; after that every `repeatPause`. */
  sendsAtOnce: 3,
  repeatPause: millis(250),
  /** Between two tries to find a PD that does not answer, and after a handshake that failed. */
  retry: millis(1_000),
  /** So many sessions broken by what was not the PD's are followed by a rest of `retry` before each new one. */
  troubleMax: 3,
  troubleMemory: millis(60_000),
} as const;

/** From one poll of a PD to the next: 100 ms at 9600 and 19200, where each takes 30 ms of the bus, else 50 ms. */
export function pollInterval(baud: number): Millis {
  return millis(baud >= 38_400 ? 50 : 100);
}

export function step(state: CpState, ...effects: readonly CpEffect[]): CpStep {
  return { state, effects };
}

/** `next` on the state that `first` left, with the effects of both in order. */
export function andThen(first: CpStep, next: (state: CpState) => CpStep): CpStep {
  const second = next(first.state);
  return { state: second.state, effects: [...first.effects, ...second.effects] };
}

export function countedAs(state: CpState, what: keyof CpCounts): CpState {
  return { ...state, counts: { ...state.counts, [what]: state.counts[what] + 1 } };
}
