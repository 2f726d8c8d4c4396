/**
 * Whether a code opens a door now: known, enabled, for this door, let in by the mode, within its times, not used up.
 * Every rule is asked, so that a denial can name all that failed (domain-rules, "Which reasons together").
 * Not here: making a use durable (edge/journal), what the strike then does (edge/door), lock-out.
 * Rules: d4, d5, d7, d10. The single rules are in `rules.ts`.
 */

import type { Instant, Millis } from "@lintel/protocol/base/units.ts";
import { type ClockTrust, REASONS, type Reason } from "@lintel/protocol/base/words.ts";
import type { KeysetKey } from "@lintel/protocol/keyset/keyset.ts";
import { codesAt, type HeldDoor, type HeldKeyset } from "./hold.ts";
import { isConsumable } from "./restrictions.ts";
import { judge, REASON_OF, type RuleAnswer } from "./rules.ts";

export type { RuleAnswer } from "./rules.ts";

/** A finished code entry at one door. `index` is the keyed index of the digits; they themselves never come here. */
export interface Attempt {
  readonly door: string;
  readonly entry: { readonly kind: "code"; readonly index: Uint8Array } | { readonly kind: "wrong-length" };
  readonly at: Instant;
  readonly clock: ClockTrust;
}

/** What the journal knows of the uses of a key, by issue: only an explicit re-issue begins anew. */
export interface UsesView {
  usesOf(key: string, issue: number): Uses;
}

export interface Uses {
  /** Over all doors. */
  readonly count: number;
  /** Doors that it opened at least once. */
  readonly doors: readonly string[];
  /** Null while it was never used. */
  readonly firstAt: Instant | null;
}

export interface Decision {
  readonly outcome: "grant" | "deny";
  /** Of a denial, every rule that failed, in the order of d10; empty for a grant. */
  readonly reasons: readonly Reason[];
  readonly key: string | null;
  readonly user: string | null;
  /** What the code is; null for one that nobody here has. */
  readonly via: "pin" | "master" | null;
  /** Design 5.4: all ten for a code of this door, `door` alone for one of another door, else none. */
  readonly rules: readonly RuleAnswer[];
  /** How long the strike is to be driven; null for a denial. */
  readonly release: Millis | null;
  /** What must be durable before the strike is driven; null where nothing is used up. */
  readonly consumes: { readonly key: string; readonly issue: number; readonly door: string } | null;
}

export function decide(held: HeldKeyset, attempt: Attempt, uses: UsesView): Decision {
  if (attempt.entry.kind === "wrong-length") return unmatched("wrong-length");
  const { here, elsewhere, master } = matchesOf(held, attempt.door, attempt.entry.index);
  const door = held.doors.get(attempt.door);
  if (door !== undefined) {
    // A code is unique at a door (d1.3), so there is one candidate. Were there more, one that opens goes first.
    const candidates = here.map((key) => decideKey(held, door, key, attempt, uses));
    if (master === "here") candidates.push(decideMaster(door));
    const decision = candidates.find(({ outcome }) => outcome === "grant") ?? candidates[0];
    if (decision !== undefined) return decision;
  }
  if (elsewhere[0] !== undefined) return decideElsewhere(held, elsewhere[0]);
  if (master === "elsewhere") return { ...unmatched("wrong-door"), via: "master", rules: [OTHER_DOORS_MASTER] };
  return unmatched("unknown-code");
}

export interface Matches {
  /** Keys for this door, by id. */
  readonly here: readonly KeysetKey[];
  /** Keys for other doors of the same edge only, by id. */
  readonly elsewhere: readonly KeysetKey[];
  readonly master: "here" | "elsewhere" | null;
}

/** What a code stands for, seen from one door. The order is that of the ids: the keyset's own order says nothing. */
export function matchesOf(held: HeldKeyset, door: string, index: Uint8Array): Matches {
  const here: KeysetKey[] = [];
  const elsewhere: KeysetKey[] = [];
  let master: Matches["master"] = null;
  for (const entry of codesAt(held, index)) {
    if (entry.kind === "master") {
      if (entry.door === door) master = "here";
      else master ??= "elsewhere";
      continue;
    }
    const key = held.keys.get(entry.key);
    if (key === undefined) continue; // A code of nobody is an unknown code.
    if (held.doors.has(door) && key.doors.includes(door)) here.push(key);
    else elsewhere.push(key);
  }
  return { here: here.sort(byId), elsewhere: elsewhere.sort(byId), master };
}

function byId(a: KeysetKey, b: KeysetKey): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

function decideKey(held: HeldKeyset, door: HeldDoor, key: KeysetKey, attempt: Attempt, uses: UsesView): Decision {
  const rules = judge({ held, door, key, at: attempt.at, clock: attempt.clock, uses });
  const failed = rules.filter(({ ok }) => !ok).map(({ rule }) => REASON_OF[rule]);
  const granted = failed.length === 0;
  const { release, extendedRelease } = door.door.strike;
  return {
    outcome: granted ? "grant" : "deny",
    reasons: granted ? [] : REASONS.filter((reason) => failed.includes(reason)),
    key: key.id,
    user: key.user,
    via: "pin",
    rules,
    release: granted ? (key.extended ? extendedRelease : release) : null,
    consumes: granted && isConsumable(key) ? { key: key.id, issue: key.issue, door: door.door.id } : null,
  };
}

/** Whether the master code of a door opens it: in every mode but lockdown, at every time (domain-rules, "Master code"). */
export function masterOpens({ door }: HeldDoor): boolean {
  return door.mode !== "lockdown" && door.withheld.length === 0;
}

function decideMaster(door: HeldDoor): Decision {
  const opens = masterOpens(door);
  return {
    outcome: opens ? "grant" : "deny",
    reasons: opens ? [] : ["mode-blocks"],
    key: null,
    user: null,
    via: "master",
    rules: [],
    release: opens ? door.door.strike.release : null,
    consumes: null,
  };
}

/** A key of other doors: said with its id, and nothing else of it is asked (domain-rules, "Decision"). */
function decideElsewhere(held: HeldKeyset, key: KeysetKey): Decision {
  const names = key.doors.map((id) => held.doors.get(id)?.door.name ?? id);
  const why = names.length === 0 ? "the key opens no door" : `the key opens ${names.join(", ")}, not this door`;
  return {
    ...unmatched("wrong-door"),
    key: key.id,
    user: key.user,
    via: "pin",
    rules: [{ rule: "door", ok: false, why }],
  };
}

const OTHER_DOORS_MASTER: RuleAnswer = { rule: "door", ok: false, why: "the master code of another door" };

function unmatched(reason: Reason): Decision {
  return {
    outcome: "deny",
    reasons: [reason],
    key: null,
    user: null,
    via: null,
    rules: [],
    release: null,
    consumes: null,
  };
}
