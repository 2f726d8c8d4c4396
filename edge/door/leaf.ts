/**
 * The leaf of a door: when it should be closed and is not. Forced, held open with its pre-alarm, taken and not taken
 * (d9.2, d7.2). Everything is judged at the time it happened at the Controller, which after a cut line lies in the past.
 */
import { after, type Millis, type Monotonic } from "@lintel/protocol/base/units.ts";
import { type DoorEffect, type DoorSettings, recordOf } from "./door.ts";
import { preAlarmTone, TONES } from "./feedback.ts";
import { dueReturns, type Returning, takenAfterAll, type Use, withReturns } from "./give-back.ts";
import { LIMITS } from "./limits.ts";

export interface Leaf {
  readonly position: "unknown" | "open" | "closed";
  /** From when the open limit counts; null unless open. */
  readonly openSince: Monotonic | null;
  readonly told: "nothing" | "soon" | "held";
  /** When an opening is nobody's surprise: from the first to the end of what is released now. */
  readonly released: Released | null;
  /** The same of the leases of hold-open, oldest first; at most `LIMITS.leases`. */
  readonly leases: readonly Released[];
  /** Grants whose door was not opened yet, oldest first. */
  readonly awaiting: readonly AwaitedOpening[];
  /** Uses that were not taken and are given back soon (give-back.ts), oldest first. */
  readonly returning: readonly Returning[];
}

/** From when until when an opening is expected. */
export interface Released {
  readonly from: Monotonic;
  readonly until: Monotonic;
}

export interface AwaitedOpening {
  readonly key: string | null;
  readonly user: string | null;
  readonly until: Monotonic;
  /** What the grant used up and may be given back; null for nothing. */
  readonly use: Use | null;
}

export interface LeafStep {
  readonly leaf: Leaf;
  readonly effects: readonly DoorEffect[];
}

/** What the leaf must know of its door. */
export interface LeafRules {
  readonly settings: DoorSettings;
  /** While the fire input releases the door, no opening is an alarm (d9.4, domain-rules "Fire release"). */
  readonly fire: boolean;
  /** While the door is held open, an open leaf is none either (d6.9). */
  readonly hold: { readonly open: boolean };
  /** When the Controller was heard of last; null or not said: nobody knows. */
  readonly heardAt?: Monotonic | null;
}

export const UNKNOWN_LEAF: Leaf = {
  position: "unknown",
  openSince: null,
  told: "nothing",
  released: null,
  leases: [],
  awaiting: [],
  returning: [],
};

/** A release that began at `from`: an opening during it is expected. The end of a release never moves earlier. */
export function expectOpening(leaf: Leaf, from: Monotonic, release: Millis): Leaf {
  const until = after(from, release);
  const running = leaf.released !== null && from <= leaf.released.until ? leaf.released : null;
  if (running === null) return { ...leaf, released: { from, until } };
  const earlier = running.from < from ? running.from : from;
  return { ...leaf, released: { from: earlier, until: until > running.until ? until : running.until } };
}

/** A lease of hold-open that begins at `from`, or goes on from the one before. */
export function leaseOpening(leaf: Leaf, from: Monotonic): Leaf {
  const until = after(from, LIMITS.lease);
  const last = leaf.leases.at(-1);
  const leases =
    last !== undefined && from <= last.until
      ? leaf.leases.with(-1, { from: last.from, until })
      : [...leaf.leases, { from, until }].slice(-LIMITS.leases);
  return { ...leaf, leases };
}

/** The strike was locked at `at`, before the lease was over. */
export function endLease(leaf: Leaf, at: Monotonic): Leaf {
  const last = leaf.leases.at(-1);
  if (last === undefined || last.until <= at) return leaf;
  return { ...leaf, leases: leaf.leases.with(-1, { from: last.from, until: at }) };
}

/** The door begins or ends to be released for all: what was told of an open leaf is over, and counts anew from `at`. */
export function forgive(leaf: Leaf, at: Monotonic): LeafStep {
  const effects: DoorEffect[] = [];
  if (leaf.told === "held") effects.push(recordOf("held-open-cleared", at));
  if (leaf.told !== "nothing") effects.push({ kind: "buzzer", tone: TONES.silence });
  return { leaf: { ...leaf, told: "nothing", openSince: leaf.openSince === null ? null : at }, effects };
}

/** A grant: `taken` if the door is opened during its release, `not-taken` at its end. A leaf that stands open is taken. */
export function awaitOpening(leaf: Leaf, grant: AwaitedOpening, now: Monotonic): LeafStep {
  if (leaf.position === "open") return { leaf, effects: [taken("taken", grant, now)] };
  return { leaf: { ...leaf, awaiting: [...leaf.awaiting, grant].slice(-LIMITS.openGrants) }, effects: [] };
}

/** What an edge that has just started finds, and nothing has explained: nobody can say how it came to be so. */
export function findLeaf(leaf: Leaf, open: boolean, now: Monotonic, rules: LeafRules): LeafStep {
  if (leaf.position !== "unknown") return moveLeaf(leaf, open, now, rules);
  if (!open) return { leaf: { ...leaf, position: "closed" }, effects: [] };
  return { leaf: { ...leaf, position: "open", openSince: now }, effects: [recordOf("opened", now)] };
}

/** The contact changed. A change to what is known already is none. */
export function moveLeaf(leaf: Leaf, open: boolean, happened: Monotonic, rules: LeafRules): LeafStep {
  if (leaf.position === (open ? "open" : "closed")) return { leaf, effects: [] };
  return open ? opened(takenAfterAll(leaf, happened), happened, rules) : closed(leaf, happened);
}

function opened(leaf: Leaf, happened: Monotonic, rules: LeafRules): LeafStep {
  const { awaiting, released } = leaf;
  const lease = leaf.leases.find((one) => isExpected(one, happened)) ?? null;
  const expected = lease !== null || (released !== null && isExpected(released, happened));
  const event = expected || rules.fire ? "opened" : "forced";
  // Opened while it was held open and told later: the limit counts from the re-lock (domain-rules, "Rehearsal").
  const openSince = lease !== null && lease.until > happened ? lease.until : happened;
  return {
    leaf: {
      ...leaf,
      position: "open",
      openSince,
      told: "nothing",
      awaiting: [],
      returning: withReturns(leaf, awaiting, happened, rules),
    },
    effects: [recordOf(event, happened), ...awaiting.map((grant) => judgeAwaited(grant, happened))],
  };
}

function isExpected({ from, until }: Released, happened: Monotonic): boolean {
  return happened >= from - LIMITS.releaseSlack && happened < after(until, LIMITS.releaseSlack);
}

function closed(leaf: Leaf, happened: Monotonic): LeafStep {
  const effects: DoorEffect[] = [];
  if (leaf.position === "open") effects.push(recordOf("closed", happened));
  if (leaf.told === "held") effects.push(recordOf("held-open-cleared", happened));
  if (leaf.told !== "nothing") effects.push({ kind: "buzzer", tone: TONES.silence });
  return { leaf: { ...leaf, position: "closed", openSince: null, told: "nothing" }, effects };
}

/** The opening came in time, or the release had ended before: no tick in between may hide it. */
function judgeAwaited(grant: AwaitedOpening, openedAt: Monotonic): DoorEffect {
  return openedAt < grant.until ? taken("taken", grant, openedAt) : taken("not-taken", grant, grant.until);
}

/** What only time brings: not-taken and what follows from it, the pre-alarm, held open. */
export function ageLeaf(leaf: Leaf, now: Monotonic, rules: LeafRules): LeafStep {
  const over = leaf.awaiting.filter((grant) => now >= grant.until);
  const due = dueReturns(leaf, now, rules);
  const effects: DoorEffect[] = [...over.map((grant) => taken("not-taken", grant, grant.until)), ...due.effects];
  const aged: Leaf = {
    ...leaf,
    awaiting: over.length === 0 ? leaf.awaiting : leaf.awaiting.filter((grant) => now < grant.until),
    returning: withReturns({ ...leaf, returning: due.left }, over, now, rules),
  };
  const limit = openLimit(aged, rules);
  if (limit === null) return { leaf: aged, effects };
  if (now >= limit.held) {
    effects.push(recordOf("held-open", limit.held), { kind: "buzzer", tone: TONES.heldOpen });
    return { leaf: { ...aged, told: "held" }, effects };
  }
  if (limit.soon !== null && now >= limit.soon && aged.told === "nothing") {
    const tone = preAlarmTone((limit.held - now) as Millis);
    effects.push(recordOf("held-open-soon", limit.soon), { kind: "buzzer", tone });
    return { leaf: { ...aged, told: "soon" }, effects };
  }
  return { leaf: aged, effects };
}

/** When `ageLeaf` has something to do next; null: not until something moves. */
export function leafWake(leaf: Leaf, rules: LeafRules): Monotonic | null {
  const limit = openLimit(leaf, rules);
  const times = [...leaf.awaiting.map((grant) => grant.until), ...leaf.returning.map(({ at }) => at)];
  if (limit !== null) times.push(limit.soon !== null && leaf.told === "nothing" ? limit.soon : limit.held);
  return times.length === 0 ? null : times.reduce((a, b) => (a < b ? a : b));
}

/** Null where nothing is left to tell of an open leaf. */
function openLimit(
  leaf: Leaf,
  { settings, fire, hold }: LeafRules,
): { readonly soon: Monotonic | null; readonly held: Monotonic } | null {
  if (leaf.openSince === null || leaf.told === "held" || fire || hold.open) return null;
  const held = after(leaf.openSince, settings.heldOpenAfter);
  // A pre-alarm longer than the limit begins with the opening.
  const lead = Math.min(settings.preAlarm, settings.heldOpenAfter);
  return { soon: lead > 0 ? ((held - lead) as Monotonic) : null, held };
}

function taken(event: "taken" | "not-taken", grant: AwaitedOpening, happened: Monotonic): DoorEffect {
  const { record } = recordOf(event, happened);
  return { kind: "record", record: { ...record, key: grant.key, user: grant.user } };
}
