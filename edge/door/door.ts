/**
 * The shapes of one door: its settings, its state, what reaches it and what it asks for. What it does with them is in
 * step.ts. A door knows no other door, no clock, no port; every time here is monotonic (d5.5).
 */
import type { SecretText } from "@lintel/protocol/base/secret.ts";
import type { Millis, Monotonic } from "@lintel/protocol/base/units.ts";
import type { Reason } from "@lintel/protocol/base/words.ts";
import type { Decision } from "../access/decide.ts";
import type { CodeEntry, CodeEntrySettings } from "./code-entry.ts";
import type { Light, Tone } from "./feedback.ts";
import type { Leaf } from "./leaf.ts";

/** What a door needs of its keyset entry; a `KeysetDoor` has all of it. */
export interface DoorSettings {
  readonly strike: { readonly release: Millis; readonly fail: "secure" | "safe" };
  /** Null: no contact fitted, so nothing is ever opened, forced, held or taken. */
  readonly contact: number | null;
  /** A use whose door was not opened is given back (d7.2); only where a contact is fitted. */
  readonly giveBack: boolean;
  readonly heldOpenAfter: Millis;
  /** Zero: none. */
  readonly preAlarm: Millis;
  readonly codeEntry: CodeEntrySettings;
}

export interface DoorState {
  readonly settings: DoorSettings;
  /** Null until the line has once been judged. */
  readonly online: boolean | null;
  /** While a session is this young, what the Controller kept meanwhile is still on its way. */
  readonly settledAt: Monotonic;
  readonly entry: CodeEntry;
  readonly leaf: Leaf;
  readonly tamper: boolean;
  readonly fire: boolean;
  readonly hold: HoldOpen;
  /** What the session found and nothing has told yet. Taken as it is once the session settled. */
  readonly found: Found;
}

/** Hold-open as a lease (domain-rules, "Outputs end by themselves"). */
export interface HoldOpen {
  readonly open: boolean;
  /** When the lease is renewed; null while nothing is held, or nobody is there to be told. */
  readonly renewAt: Monotonic | null;
  /** The Controller may hold the strike by a lease until then; null: surely not. */
  readonly leasedUntil: Monotonic | null;
  /** Until then the strike is released by what this edge drove for a person: no re-lock cuts it short (d4.8). */
  readonly drivenUntil: Monotonic | null;
}

export interface Found {
  readonly open: boolean | null;
  readonly tamper: boolean | null;
  readonly fire: boolean | null;
}

export type DoorInput =
  | { readonly kind: "keys"; readonly keys: SecretText }
  /** The answer to a `judge`. Of a grant, `release` is the length the strike is driven. */
  | { readonly kind: "judged"; readonly decision: Judged; readonly fingerprint: string | null }
  /** A grant of this edge's life before, whose release may still run. */
  | {
      readonly kind: "recalled";
      readonly key: string | null;
      readonly user: string | null;
      readonly happened: Monotonic;
      readonly release: Millis;
    }
  /** The door is held open from now on, or no longer; said again, it changes nothing. Opening is durable by then. */
  | { readonly kind: "hold"; readonly open: boolean }
  /** A lease of this edge's life before may still run. */
  | { readonly kind: "lease-recalled" }
  /** The store failed while an entry was judged: the typist is told so, and nothing opens. */
  | { readonly kind: "fault" }
  /** A lock-out runs, or starts: the pad says so (domain-rules, "Lockout"). */
  | { readonly kind: "locked-out" }
  | { readonly kind: "contact"; readonly open: boolean; readonly happened: Monotonic }
  /** What a new session finds; what led to it may still come. Null: not asked, or not fitted. */
  | { readonly kind: "found"; readonly found: Found }
  /** `driven`: the Controller has driven the strike itself. Where not (another maker's), the edge does. */
  | { readonly kind: "rex"; readonly driven: boolean; readonly happened: Monotonic }
  | { readonly kind: "tamper"; readonly on: boolean; readonly happened: Monotonic }
  | { readonly kind: "fire"; readonly on: boolean; readonly happened: Monotonic }
  | { readonly kind: "link"; readonly online: boolean }
  /** A new keyset. */
  | { readonly kind: "settings"; readonly settings: DoorSettings }
  /** `heardAt`: when its Controller said last what could be believed. Not said: nobody knows. */
  | { readonly kind: "time"; readonly heardAt?: Monotonic | null };

/** What a door needs of a decision. */
export type Judged = Pick<Decision, "outcome" | "reasons" | "key" | "user" | "via" | "release"> &
  Partial<Pick<Decision, "consumes" | "moves">>;

export type DoorEvent =
  | "granted"
  | "denied"
  | "taken"
  | "not-taken"
  | "opened"
  | "closed"
  | "forced"
  | "held-open-soon"
  | "held-open"
  | "held-open-cleared"
  | "rex"
  | "fire"
  | "fire-cleared"
  | "tamper"
  | "tamper-cleared"
  | "online"
  | "offline";

export interface DoorRecord {
  readonly event: DoorEvent;
  readonly happened: Monotonic;
  readonly reasons: readonly Reason[];
  readonly key: string | null;
  readonly user: string | null;
  readonly fingerprint: string | null;
  readonly detail: Readonly<Record<string, string | number | boolean>>;
}

/** In order: each is done after the one before it is done. A record that cannot be made durable ends the list. */
export type DoorEffect =
  | { readonly kind: "judge"; readonly entry: SecretText }
  | { readonly kind: "record"; readonly record: DoorRecord }
  | { readonly kind: "strike"; readonly release: Millis }
  /** Hold-open: the strike is released for `LIMITS.lease`. */
  | { readonly kind: "lease" }
  /** Ends what leases and grants have released; exits and fire go on at the Controller. */
  | { readonly kind: "relock" }
  /** A use of a key at this door was not taken: it is one no more, if that makes a difference. */
  | { readonly kind: "give-back"; readonly key: string; readonly issue: number; readonly user: string | null }
  | { readonly kind: "led"; readonly light: Light }
  | { readonly kind: "buzzer"; readonly tone: Tone }
  | { readonly kind: "wake"; readonly at: Monotonic };

export interface DoorStep {
  readonly state: DoorState;
  readonly effects: readonly DoorEffect[];
}

/** A record effect of an event that concerns nobody in particular. */
export function recordOf(
  event: DoorEvent,
  happened: Monotonic,
  detail: DoorRecord["detail"] = {},
): { readonly kind: "record"; readonly record: DoorRecord } {
  return {
    kind: "record",
    record: { event, happened, reasons: [], key: null, user: null, fingerprint: null, detail },
  };
}
