/**
 * Uses that are given back (d7.2): a grant used something up, its door was not opened, and where the door says so the
 * use is none. Only what is sure: the line stood all the while and for some time more, and the leaf is known to be
 * closed. In every other case the use stays used, which wastes one and repeats none (d7.1).
 */
import { after, type Monotonic } from "@lintel/protocol/base/units.ts";
import type { DoorEffect } from "./door.ts";
import type { AwaitedOpening, Leaf, LeafRules } from "./leaf.ts";
import { LIMITS } from "./limits.ts";

/** Of which issue of a key. */
export interface Use {
  readonly key: string;
  readonly issue: number;
}

export interface Returning {
  readonly use: Use;
  readonly user: string | null;
  /** The end of the release. An opening before it that is heard of late was by this use. */
  readonly until: Monotonic;
  /** When it is given back. */
  readonly at: Monotonic;
}

/** What is given back later, with the grants among `awaiting` that were not taken by `now`. */
export function withReturns(
  { position, returning }: Leaf,
  awaiting: readonly AwaitedOpening[],
  now: Monotonic,
  { settings }: LeafRules,
): readonly Returning[] {
  if (!settings.giveBack || settings.contact === null || position !== "closed") return returning;
  const at = after(now, LIMITS.giveBackWait);
  const more = awaiting.flatMap(({ use, user, until }) =>
    use === null || now < until ? [] : [{ use, user, until, at }],
  );
  return [...returning, ...more].slice(-LIMITS.openGrants);
}

/** What is to be given back by `now`, and what is left. */
export function dueReturns(
  { returning }: Leaf,
  now: Monotonic,
  { settings }: LeafRules,
): { readonly effects: readonly DoorEffect[]; readonly left: readonly Returning[] } {
  if (returning.length === 0) return { effects: [], left: returning };
  const due = returning.filter(({ at }) => now >= at);
  return {
    effects: settings.giveBack
      ? due.map(({ use: { key, issue }, user }) => ({ kind: "give-back", key, issue, user }) as const)
      : [],
    left: returning.filter(({ at }) => now < at),
  };
}

/** An opening is heard of: uses whose release it lies in were taken after all. */
export function takenAfterAll(leaf: Leaf, openedAt: Monotonic): Leaf {
  const returning = leaf.returning.filter(({ until }) => openedAt >= until);
  return returning.length === leaf.returning.length ? leaf : { ...leaf, returning };
}

/** The line is down: what happens at the leaf from here on may never be told. */
export function keepUses(leaf: Leaf): Leaf {
  return { ...leaf, returning: [], awaiting: leaf.awaiting.map((grant) => ({ ...grant, use: null })) };
}
