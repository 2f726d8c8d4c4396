/**
 * Uses that are given back (d7.2): a grant used something up, its door was not opened, and where the door says so the
 * use is none. Only what is sure: the line stood all the while, its Controller was heard of after the end of the release,
 * and the leaf is known to be closed. In every other case the use stays used, which wastes one and repeats none (d7.1).
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
  /** When it is looked at next. */
  readonly at: Monotonic;
  /** When the Controller was first heard of after `until`; null: not yet. */
  readonly heardAt: Monotonic | null;
}

/** What is given back later, with the grants among `awaiting` that were not taken by `now`. */
export function withReturns(
  { position, returning }: Leaf,
  awaiting: readonly AwaitedOpening[],
  now: Monotonic,
  { settings }: LeafRules,
): readonly Returning[] {
  if (!settings.giveBack || settings.contact === null || position !== "closed") return returning;
  const over = awaiting.filter(({ until }) => now >= until);
  const more = over.flatMap(({ use, user, until }) =>
    use === null ? [] : [{ use, user, until, at: after(until, LIMITS.giveBackLook), heardAt: null }],
  );
  return [...returning, ...more].slice(-LIMITS.openGrants);
}

/**
 * What is given back now, and what waits on for word of the Controller. It must be heard of twice: the first answer after
 * a gap may be an old one, repeated, and the next one to a poll brings what the Controller had to tell of the leaf.
 */
export function dueReturns(
  { returning }: Leaf,
  now: Monotonic,
  { settings, heardAt = null }: LeafRules,
): { readonly effects: readonly DoorEffect[]; readonly left: readonly Returning[] } {
  if (returning.length === 0 || !settings.giveBack) return { effects: [], left: [] };
  const effects: DoorEffect[] = [];
  const left: Returning[] = [];
  for (const each of returning) {
    const { use, user, until, at } = each;
    const heard = heardAt !== null && heardAt >= after(each.heardAt ?? until, LIMITS.giveBackHeard);
    const again = after(now, LIMITS.giveBackLook);
    if (now < at) left.push(each);
    else if (!heard) left.push({ ...each, at: again });
    else if (each.heardAt === null) left.push({ ...each, at: again, heardAt });
    else effects.push({ kind: "give-back", key: use.key, issue: use.issue, user });
  }
  return { effects, left };
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
