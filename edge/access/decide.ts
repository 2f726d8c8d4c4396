/**
 * Whether a code opens a door now: known, enabled, for this door, let in by the mode, within its times, not used up.
 * Every rule is asked, so that a denial can name all that failed (domain-rules, "Which reasons together").
 * Not here: making a use durable (edge/journal), what the strike then does (edge/door), lock-out.
 * Rules: d4, d5, d7, d10. The single rules are in `rules.ts`.
 */

import { invariant } from "@lintel/protocol/base/invariant.ts";
import type { Instant, Millis } from "@lintel/protocol/base/units.ts";
import { type ClockTrust, REASONS, type Reason } from "@lintel/protocol/base/words.ts";
import type { KeysetKey } from "@lintel/protocol/keyset/keyset.ts";
import { codesAt, type HeldDoor, type HeldKeyset } from "./hold.ts";
import { LIMITS } from "./limits.ts";
import { isConsumable } from "./restrictions.ts";
import { judge, REASON_OF, type RuleAnswer } from "./rules.ts";
import { lowestCounter, type Token, type TokenMatch, type TypedOtp, tokenElsewhere, tokensHere } from "./tokens.ts";

export type { RuleAnswer } from "./rules.ts";

/** A finished code entry at one door. */
export interface Attempt {
  readonly door: string;
  readonly entry: Entry;
  readonly at: Instant;
  readonly clock: ClockTrust;
  /** Whether every door that the interlock of this one names is closed. Not said: nobody looked, so they count as open. */
  readonly peersClosed?: boolean;
}

/** What was typed, as far as the decision may know it: the digits themselves never come here. */
export type Entry =
  /** Six digits: `index` is their keyed index. Without `otp` no token is asked. */
  | { readonly kind: "code"; readonly index: Uint8Array; readonly otp?: TypedOtp }
  /** The digits of a slot, which are no secret, and six more (domain-rules, "Slot form"). */
  | { readonly kind: "slot"; readonly slot: string; readonly otp: TypedOtp }
  | { readonly kind: "wrong-length" };

/** What the journal knows of the uses of a key, by issue: only an explicit re-issue begins anew. */
export interface UsesView {
  usesOf(key: string, issue: number): Uses;
  /** The lowest moving factor of its token that was not taken yet (after the last counter or step); 0 while none was. */
  otpNextOf(key: string, issue: number): number;
}

/** Nothing was ever used: where `explain` begins. */
export const NOTHING_USED: UsesView = {
  usesOf: () => ({ count: 0, doors: [], firstAt: null }),
  otpNextOf: () => 0,
};

export interface Uses {
  /** Over all doors. */
  readonly count: number;
  /** Doors that it opened at least once. */
  readonly doors: readonly string[];
  /** Null while it was never used. */
  readonly firstAt: Instant | null;
  /** A later issue of the key was used here: this one came back, which only an authority from a backup would do. */
  readonly superseded?: boolean;
}

export interface Decision {
  readonly outcome: "grant" | "deny";
  /** Of a denial, every rule that failed, in the order of d10; empty for a grant. */
  readonly reasons: readonly Reason[];
  readonly key: string | null;
  readonly user: string | null;
  /** What the code is; null for one that nobody here has. */
  readonly via: "pin" | "otp" | "master" | null;
  /**
   * The code was the duress code of its key. It is everywhere as if its PIN had been typed: this goes into the sealed
   * field of the record, and nowhere else (domain-rules, "Duress").
   */
  readonly duress: boolean;
  /** Design 5.4: all ten for a code of this door, `door` alone for one of another door, else none. */
  readonly rules: readonly RuleAnswer[];
  /** How long the strike is to be driven; null for a denial. */
  readonly release: Millis | null;
  /** What must be durable before the strike is driven; null where nothing is used up. */
  readonly consumes: { readonly key: string; readonly issue: number; readonly door: string } | null;
  /** Where the token of the key stands after a grant; durable together with `consumes`. Null where none was typed. */
  readonly moves: OtpMove | null;
}

export interface OtpMove {
  readonly key: string;
  readonly issue: number;
  /** The lowest moving factor that is still taken. */
  readonly next: number;
  /** Codes of a HOTP token that were passed over and are void now, where they are more than `LIMITS.otpJump`; else 0. */
  readonly skipped: number;
}

export function decide(held: HeldKeyset, attempt: Attempt, uses: UsesView): Decision {
  const { entry } = attempt;
  if (entry.kind === "wrong-length") return unmatched("wrong-length");
  const { here, elsewhere, master } =
    entry.kind === "code" ? matchesOf(held, attempt.door, entry.index) : { here: [], elsewhere: [], master: null };
  const door = held.doors.get(attempt.door);
  if (door !== undefined) {
    // A code is unique at a door (d1.3), so there is one candidate. Were there more, one that opens goes first.
    const candidates = here.map((match) => decideKey(held, door, match, attempt, uses));
    if (master === "here") candidates.push(decideMaster(door, attempt));
    const opens = ({ outcome }: Decision) => outcome === "grant";
    // Tokens are asked last: a PIN that opens uses up no one-time code that happens to look like it.
    if (!candidates.some(opens)) {
      candidates.push(...tokensHere(held, attempt, uses).map((match) => decideToken(held, door, match, attempt, uses)));
    }
    const decision = candidates.find(opens) ?? candidates[0];
    if (decision !== undefined) return decision;
  }
  if (elsewhere[0] !== undefined) return decideElsewhere(held, elsewhere[0].key, "pin");
  if (master === "elsewhere") return { ...unmatched("wrong-door"), via: "master", rules: [OTHER_DOORS_MASTER] };
  const token = tokenElsewhere(held, attempt, uses);
  return token === null ? unmatched("unknown-code") : decideElsewhere(held, token.key, "otp");
}

/** A key by one of its fixed codes. */
export interface CodeMatch {
  readonly key: KeysetKey;
  readonly duress: boolean;
}

export interface Matches {
  /** Keys for this door, by id. */
  readonly here: readonly CodeMatch[];
  /** Keys for other doors of the same edge only, by id. */
  readonly elsewhere: readonly CodeMatch[];
  readonly master: "here" | "elsewhere" | null;
}

/** What a code stands for, seen from one door. The order is that of the ids: the keyset's own order says nothing. */
export function matchesOf(held: HeldKeyset, door: string, index: Uint8Array): Matches {
  const here: CodeMatch[] = [];
  const elsewhere: CodeMatch[] = [];
  let master: Matches["master"] = null;
  for (const entry of codesAt(held, index)) {
    if (entry.kind === "master") {
      if (entry.door === door) master = "here";
      else master ??= "elsewhere";
      continue;
    }
    const key = held.keys.get(entry.key);
    if (key === undefined) continue; // A code of nobody is an unknown code.
    const match = { key, duress: entry.kind === "duress" };
    if (held.doors.has(door) && key.doors.includes(door)) here.push(match);
    else elsewhere.push(match);
  }
  return { here: here.sort(byId), elsewhere: elsewhere.sort(byId), master };
}

function byId({ key: a }: CodeMatch, { key: b }: CodeMatch): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

function decideKey(
  held: HeldKeyset,
  door: HeldDoor,
  { key, duress }: CodeMatch,
  attempt: Attempt,
  uses: UsesView,
): Decision {
  return { ...judged(held, door, key, attempt, uses), via: "pin", duress };
}

/** A code that is refused for another reason moves no counter: its token may show it once more. */
function decideToken(
  held: HeldKeyset,
  door: HeldDoor,
  { token, factor }: TokenMatch,
  attempt: Attempt,
  uses: UsesView,
): Decision {
  const decision = judged(held, door, token.key, attempt, uses, token.otp.type === "totp");
  const granted = decision.outcome === "grant";
  invariant(!granted || factor !== null, "a code that nobody looked at is refused by the clock rule", {
    key: decision.key,
  });
  return { ...decision, via: "otp", moves: granted && factor !== null ? moveOf(token, factor, uses) : null };
}

function moveOf({ key, otp }: Token, factor: number, uses: UsesView): OtpMove {
  const { id, issue } = key;
  const passed = otp.type === "hotp" ? factor - lowestCounter(otp, uses.otpNextOf(id, issue)) : 0;
  return { key: id, issue, next: factor + 1, skipped: passed > LIMITS.otpJump ? passed : 0 };
}

function judged(
  held: HeldKeyset,
  door: HeldDoor,
  key: KeysetKey,
  attempt: Attempt,
  uses: UsesView,
  totp = false,
): Decision {
  const rules = judge({ held, door, key, at: attempt.at, clock: attempt.clock, uses, totp });
  const failed = rules.filter(({ ok }) => !ok).map(({ rule }) => REASON_OF[rule]);
  if (isInterlocked(door, attempt)) failed.push("interlock");
  const granted = failed.length === 0;
  const { release, extendedRelease } = door.door.strike;
  return {
    outcome: granted ? "grant" : "deny",
    reasons: REASONS.filter((reason) => failed.includes(reason)),
    key: key.id,
    user: key.user,
    via: null,
    duress: false,
    rules,
    release: granted ? (key.extended ? extendedRelease : release) : null,
    consumes: granted && isConsumable(key) ? { key: key.id, issue: key.issue, door: door.door.id } : null,
    moves: null,
  };
}

/** Grants wait for the peers to be closed; fire release and REX never ask (d9.4). */
function isInterlocked({ door }: HeldDoor, { peersClosed }: Attempt): boolean {
  return door.interlock.length > 0 && peersClosed !== true;
}

/** Whether the master code of a door opens it: in every mode but lockdown, at every time (domain-rules, "Master code"). */
export function masterOpens({ door }: HeldDoor): boolean {
  return door.mode !== "lockdown" && door.withheld.length === 0;
}

function decideMaster(door: HeldDoor, attempt: Attempt): Decision {
  const reasons: Reason[] = masterOpens(door) ? [] : ["mode-blocks"];
  if (isInterlocked(door, attempt)) reasons.push("interlock");
  const opens = reasons.length === 0;
  return {
    ...NOBODY,
    outcome: opens ? "grant" : "deny",
    reasons,
    via: "master",
    release: opens ? door.door.strike.release : null,
  };
}

/** A key of other doors: said with its id, and nothing else of it is asked (domain-rules, "Decision"). */
function decideElsewhere(held: HeldKeyset, key: KeysetKey, via: "pin" | "otp"): Decision {
  const names = key.doors.map((id) => held.doors.get(id)?.door.name ?? id);
  const why = names.length === 0 ? "the key opens no door" : `the key opens ${names.join(", ")}, not this door`;
  return {
    ...unmatched("wrong-door"),
    key: key.id,
    user: key.user,
    via,
    rules: [{ rule: "door", ok: false, why }],
  };
}

const OTHER_DOORS_MASTER: RuleAnswer = { rule: "door", ok: false, why: "the master code of another door" };

function unmatched(reason: Reason): Decision {
  return { ...NOBODY, reasons: [reason] };
}

const NOBODY: Decision = {
  outcome: "deny",
  reasons: [],
  key: null,
  user: null,
  via: null,
  duress: false,
  rules: [],
  release: null,
  consumes: null,
  moves: null,
};
