/**
 * The keyset of one edge: every right, schedule, holiday and door setting that concerns it, whole and numbered.
 * These are the shapes alone; how they travel is in `codec.ts`, what they mean at the door in edge/access.
 *
 * Times of day are minutes of the wall clock at the door; dates are wall dates at the door. Nothing here is an
 * instant but `issuedAt`: the edge resolves wall time by its own zone rules (domain-rules d5.1).
 */

import type { Instant, Millis } from "../base/units.ts";
import type { Kind, Mode, Role } from "../base/words.ts";

/** Days of the week: bit 0 = Monday … bit 6 = Sunday. 1 to 127: no day is refused, not read as "all" (d4.6). */
export type DayMask = number;

/** A wall-clock date and time without offset: `YYYY-MM-DDTHH:MM:SS`. Resolved at the door (d5.1). */
export type WallTime = string;
/** A wall-clock date: `YYYY-MM-DD`. */
export type WallDate = string;

/**
 * A weekly window, owned by its start day: from `from` for `length` minutes of wall clock, half-open (d4.3, d4.5).
 * 22:00–06:00 is { from: 1320, length: 480 }; 00:00–24:00 is { from: 0, length: 1440 }.
 */
export interface Window {
  readonly days: DayMask;
  /** Minutes after midnight, 0 to 1439. */
  readonly from: number;
  /** Minutes of wall clock, 1 to 1440. */
  readonly length: number;
}

/** A stretch of one day without its weekday: holiday hours. */
export interface DayHours {
  readonly from: number;
  readonly length: number;
}

export interface Schedule {
  readonly id: string;
  readonly windows: readonly Window[];
}

export interface Holiday {
  readonly id: string;
  readonly date: WallDate;
  /** Comes again on this day every year, never before `date`; 29 February only in leap years. */
  readonly yearly: boolean;
  /** Ids of the doors of this edge that it concerns. */
  readonly doors: readonly string[];
  /** `unchanged`: business hours as on any day. */
  readonly hours: "unchanged" | "closed" | readonly DayHours[];
  /** `suspended`: keys of role user are denied that whole local day, reason `holiday`. */
  readonly access: "unchanged" | "suspended";
}

/** One member of the list of restrictions of a key; the list is AND, and empty means none. */
export type Restriction =
  | { readonly kind: "one-time" }
  | { readonly kind: "uses"; readonly uses: number }
  | { readonly kind: "after-first-use"; readonly length: Millis }
  /** A union of named schedules and own windows. A schedule id that is not in the keyset denies (d4.2). */
  | { readonly kind: "scheduled"; readonly schedules: readonly string[]; readonly windows: readonly Window[] };

export interface KeysetKey {
  readonly id: string;
  /** Consumption belongs to (id, issue). Raised only by an explicit re-issue. At least 1. */
  readonly issue: number;
  readonly user: string;
  /** Doors of this edge that the key opens. */
  readonly doors: readonly string[];
  readonly enabled: boolean;
  readonly role: Role;
  readonly kind: Kind;
  readonly restrictions: readonly Restriction[];
  /** Half-open: in force from `validFrom` until just before `validUntil`. */
  readonly validFrom: WallTime | null;
  readonly validUntil: WallTime | null;
  readonly remote: boolean;
  readonly extended: boolean;
  /**
   * Narrowing fields that the site file asks for and that this version does not enforce, by name (`duressPin`).
   * Not empty: the key denies with the reason `disabled` (design 5.2: never silently wider).
   */
  readonly withheld: readonly string[];
}

export interface KeysetDoor {
  readonly id: string;
  readonly name: string;
  /** IANA zone. */
  readonly timezone: string;
  readonly controller: { readonly bus: string; readonly address: number };
  readonly strike: {
    readonly output: number;
    readonly release: Millis;
    readonly extendedRelease: Millis;
    readonly fail: "secure" | "safe";
  };
  /** Input numbers at the Controller; null where not fitted. */
  readonly contact: number | null;
  readonly rex: number | null;
  readonly fireRelease: number | null;
  readonly heldOpenAfter: Millis;
  /** Zero: none. */
  readonly preAlarm: Millis;
  readonly mode: Mode;
  readonly codeEntry: {
    /** Of `#` and `*`. */
    readonly submit: readonly string[];
    readonly clear: readonly string[];
    readonly autoSubmit: boolean;
    readonly timeout: Millis;
  };
  readonly keypadGroup: string | null;
  readonly interlock: readonly string[];
  readonly giveBack: boolean;
  readonly clockUnknown: "deny" | "allow";
  readonly businessHours: {
    readonly windows: readonly Window[];
    readonly firstIn: {
      readonly required: boolean;
      readonly grace: Millis;
      readonly who: "admins" | readonly string[];
    };
  } | null;
  /** As at the key: not empty, and all code entry at this door is denied with the reason `mode-blocks`. */
  readonly withheld: readonly string[];
}

export interface KeysetBus {
  readonly id: string;
  /** The site file's default; the edge's own setting wins. */
  readonly port: string;
  readonly baud: number;
}

/**
 * One code, as the edge may know it: `index` is HMAC-SHA256(K_index, length ‖ digits)[0..16] (design 4), never digits.
 * One index may stand several times: two keys may share a PIN where they share no door.
 */
export type CodeEntry =
  | { readonly index: Uint8Array; readonly kind: "pin"; readonly key: string }
  /** A separate code of the same key: opens as it does, and says under the seal of the record that it was forced. */
  | { readonly index: Uint8Array; readonly kind: "duress"; readonly key: string }
  | { readonly index: Uint8Array; readonly kind: "master"; readonly door: string };

/** A token of a key that has no PIN: HOTP (RFC 4226) or TOTP (RFC 6238), six digits. */
export interface KeysetOtp {
  readonly key: string;
  readonly type: "hotp" | "totp";
  /** 2 to 4 digits typed before the code; null: none. All slots at a door have one length. */
  readonly slot: string | null;
  readonly algorithm: "SHA1" | "SHA256" | "SHA512";
  /** Seconds of one step; TOTP. */
  readonly period: number;
  /** HOTP: the lowest counter that is taken. The edge's own, where it is higher, wins; raising this resynchronises. */
  readonly counter: number;
  /** The shared secret, sealed to this edge (`otp-seal.ts`). */
  readonly secret: Uint8Array;
}

export interface Keyset {
  readonly site: string;
  readonly siteName: string;
  readonly edge: string;
  /** Rises by one with every issue; at least 1. */
  readonly number: number;
  readonly issuedAt: Instant;
  readonly buses: readonly KeysetBus[];
  readonly doors: readonly KeysetDoor[];
  readonly schedules: readonly Schedule[];
  readonly holidays: readonly Holiday[];
  readonly keys: readonly KeysetKey[];
  readonly codes: readonly CodeEntry[];
  readonly otps: readonly KeysetOtp[];
}
