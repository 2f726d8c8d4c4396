/**
 * What a recording of an edge holds, line by line (docs/recording.md): how it began, what reached it from outside and
 * when, and what it did then. It holds no digit of a code and no key: codes are tokens (recording-tokens.ts), and what
 * passes on the serial lines is recorded above the seal.
 */
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import type { Instant, Monotonic } from "@lintel/protocol/base/units.ts";
import type { CodeEntry, Keyset, KeysetOtp } from "@lintel/protocol/keyset/keyset.ts";
import type { AdoptionToken } from "@lintel/protocol/mqtt/adoption.ts";
import { fromBase64Url, toBase64Url } from "@lintel/protocol/mqtt/base64url.ts";
import type { DoorAct } from "@lintel/protocol/mqtt/command.ts";
import type { JournalRecord } from "@lintel/protocol/mqtt/record.ts";
import type { ControllerEvent } from "../bus/events.ts";
import type { KeysetRefusal } from "../keyset/receive.ts";
import type { OpenAnswer } from "./adopting.ts";
import type { ClockSigns } from "./clock-trust.ts";
import type { StoredEdge, StoredKeyset, StoredScbk } from "./ports.ts";

/** Raised when the lines below change their meaning. */
export const RECORDING_VERSION = 1;

/** The first line of one life of the process; a file may hold several, one behind the other. */
export interface Head {
  readonly recording: "edge";
  readonly version: number;
  readonly software: string;
  /** Of the zone rules that the edge decided by; null where it does not know. */
  readonly tzdata: string | null;
  /** Settings `--bus`: a bus and its port. */
  readonly buses: readonly (readonly [string, string])[];
}

/** What the store held at the start: no key of a Controller, only whether there was one, and of the keyset its name. */
export interface StartLine {
  readonly store: Omit<StoredEdge, "scbks" | "keyset"> & {
    readonly scbks: readonly (Pick<StoredScbk, "controller" | "identity"> & {
      readonly scbk: boolean;
      readonly candidate: boolean;
    })[];
    readonly keyset: Omit<StoredKeyset, "bytes"> | null;
  };
  readonly journal: { readonly seq: number; readonly hash: string; readonly oldest: number };
}

/** A keyset as it was opened: every index and every slot a token, every secret of a token left out. */
export interface KeysetLine {
  readonly digest: string;
  readonly keyset: Omit<Keyset, "codes" | "otps"> & {
    readonly codes: readonly (Without<CodeEntry, "index"> & { readonly index: string })[];
    readonly otps: readonly Omit<KeysetOtp, "secret">[];
  };
}

/** `Omit`, of each member of a union by itself. */
type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never;

/** Records from before the recording that were read again. */
export interface RecordsLine {
  readonly records: readonly JournalRecord[];
}

/** The last line, where the recording ended in order: `closed` with the edge, `full` at its limit. */
export interface EndLine {
  readonly end: "closed" | "full";
}

/** What came from outside and began a turn. */
export type Did =
  /** The box was made, from what the store held. */
  | { readonly kind: "boot" }
  | { readonly kind: "start" }
  | { readonly kind: "stop" }
  /** Something was due. */
  | { readonly kind: "wake" }
  | { readonly kind: "bytes"; readonly bus: string }
  | { readonly kind: "port-opened"; readonly bus: string }
  | { readonly kind: "port-closed"; readonly bus: string; readonly why: string }
  | { readonly kind: "broker-connected" }
  | { readonly kind: "broker-closed"; readonly refused: boolean; readonly why: string }
  /** `payload` is null for a piece of a keyset and the answer to an adoption: what came of it is in `taken`, `adopted`. */
  | {
      readonly kind: "message";
      readonly topic: string;
      readonly payload: Uint8Array | null;
      readonly retained: boolean;
    }
  /** Of its token all but the secret; null: it was none. */
  | { readonly kind: "adopt"; readonly token: Omit<AdoptionToken, "secret"> | null }
  | {
      readonly kind: "pair";
      readonly door: string;
      readonly windowMs: number;
      /** Whether the key was brought by hand, and whether it was none at all. */
      readonly key: "fresh" | "hand" | "weak";
    }
  | { readonly kind: "execute"; readonly act: DoorAct; readonly by: string }
  /** A model left out so many ms in which nothing happened. */
  | { readonly kind: "skip"; readonly length: number };

/** What a Controller told. `after`: how many orders its lines had been given in this turn by then. */
export interface HeardEvent {
  readonly after: number;
  readonly bus: string;
  readonly address: number;
  /** Digits are `•`; which they were is in the `codes` of the turn that completed them. */
  readonly event: RecordedEvent;
}

export type RecordedEvent =
  | Exclude<ControllerEvent, { kind: "keys" | "paired" }>
  | { readonly kind: "keys"; readonly keys: string }
  | { readonly kind: "paired" };

/** An entry that was looked at: its token, and the place of its first digit among all that its Controller told. */
export interface TypedCode {
  readonly code: string;
  /** Null where the digits could not be found again. */
  readonly at: number | null;
  readonly bus: string;
  readonly address: number;
  /** Tokens that showed it, each by its key and the moving factor. */
  readonly shown: readonly (readonly [string, number])[];
  /** Of an unknown code. */
  readonly fingerprint: string | null;
}

/** One entry from outside, worked off to its end; what is not said was not asked. */
export interface Turn {
  /** Monotonic time at its beginning, in ms. Within a turn only a commit takes time. */
  readonly t: Monotonic;
  readonly did: Did;
  /** What the machine's clock showed. */
  readonly wall?: Instant;
  /** What vouched for it, where that is not as it was said last. */
  readonly signs?: Omit<ClockSigns, "wall">;
  /** Random bytes drawn, in order, in hex: what became public by being used. Keys are drawn elsewhere. */
  readonly random?: readonly string[];
  readonly heard?: readonly HeardEvent[];
  /** Answers to when a Controller was heard of last. */
  readonly heardAt?: readonly (Monotonic | null)[];
  readonly codes?: readonly TypedCode[];
  /** What became of the pieces of a keyset, and of the keysets that were opened. */
  readonly taken?: readonly ("taken" | "unasked" | "wrong-hash")[];
  readonly opened?: readonly (KeysetRefusal | null)[];
  /** What an answer to an adoption told, or why it was not believed. */
  readonly adopted?: readonly ReturnType<OpenAnswer>[];
  /** Monotonic time at the end of each commit; of one that failed, in a list of its own. */
  readonly commits?: readonly (Monotonic | readonly [Monotonic])[];
  /** Where the journal was found to end, after a commit that failed. */
  readonly ends?: readonly number[];
  /** In order, what the edge did. */
  readonly out?: readonly Output[];
  /** Our own bug ended it here. */
  readonly threw?: string;
}

/** What goes out: told to whoever watches, ordered of a line, sent to the broker, answered. */
export type Output = Readonly<Record<string, unknown>>;

export type RecordingLine = Head | StartLine | KeysetLine | RecordsLine | Turn | EndLine;

/** One line, without its end. Bytes are `{"b64":…}`; a secret that strayed here would be dots. */
export function writeLine(line: RecordingLine): string {
  return JSON.stringify(line, function (this: Readonly<Record<string, unknown>>, name, value) {
    const raw = this[name];
    return raw instanceof Uint8Array ? { b64: toBase64Url(raw) } : value;
  });
}

/** The opposite. Nothing is known yet of what it holds. */
export function readLine(text: string): Result<Readonly<Record<string, unknown>>, { readonly kind: "no-json" }> {
  try {
    const line: unknown = JSON.parse(text, (_, value) => bytesIn(value) ?? value);
    const isObject = typeof line === "object" && line !== null && !Array.isArray(line);
    return isObject ? ok(line as Record<string, unknown>) : fail({ kind: "no-json" });
  } catch {
    return fail({ kind: "no-json" });
  }
}

function bytesIn(value: unknown): Uint8Array | null {
  if (typeof value !== "object" || value === null || !("b64" in value) || typeof value.b64 !== "string") return null;
  const bytes = fromBase64Url(value.b64);
  return bytes.ok ? bytes.value : null;
}
