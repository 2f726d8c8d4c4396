/**
 * The door itself: a strike whose bolt takes its time, and a leaf that swings. Pure; what a person does and what the
 * relay does come in, the contact follows from the state and the time.
 */
import { after, type Monotonic } from "@lintel/protocol/base/units.ts";
import { LIMITS } from "./limits.ts";

export interface DoorLeaf {
  /** What the strike is told, since `toldAt`. */
  readonly released: boolean;
  readonly toldAt: Monotonic;
  /** Where the leaf is or goes, since `movedAt`. */
  readonly leaf: "closed" | "open";
  readonly movedAt: Monotonic;
  /** Somebody pulls, and the bolt is still on its way back: the leaf will move then. */
  readonly pulledUntil: Monotonic | null;
}

/** A closed door, whose strike is as `released` says. */
export function closedDoor(released: boolean, now: Monotonic): DoorLeaf {
  const long = after(now, -LIMITS.leafSwing as typeof LIMITS.leafSwing);
  return { released, toldAt: long, leaf: "closed", movedAt: long, pulledUntil: null };
}

export function tellStrike(door: DoorLeaf, released: boolean, now: Monotonic): DoorLeaf {
  if (door.released === released) return door;
  return { ...passLeafTime(door, now), released, toldAt: now, pulledUntil: null };
}

/** Null: the strike holds the leaf. */
export function pull(door: DoorLeaf, now: Monotonic): DoorLeaf | null {
  const here = passLeafTime(door, now);
  if (here.leaf === "open") return here;
  if (!here.released) return null;
  const free = after(here.toldAt, LIMITS.strikeTravel);
  return now >= free ? { ...here, leaf: "open", movedAt: now } : { ...here, pulledUntil: free };
}

/** The leaf opens, whatever holds it. */
export function force(door: DoorLeaf, now: Monotonic): DoorLeaf {
  return door.leaf === "open" ? door : { ...door, leaf: "open", movedAt: now, pulledUntil: null };
}

/** The latch snaps in, whatever the strike does. */
export function push(door: DoorLeaf, now: Monotonic): DoorLeaf {
  const here = passLeafTime(door, now);
  return here.leaf === "closed" ? { ...here, pulledUntil: null } : { ...here, leaf: "closed", movedAt: now };
}

export function passLeafTime(door: DoorLeaf, now: Monotonic): DoorLeaf {
  if (door.pulledUntil === null || now < door.pulledUntil) return door;
  return { ...door, leaf: "open", movedAt: door.pulledUntil, pulledUntil: null };
}

/** What the contact sees: it opens soon after the leaf moves, and closes as the leaf comes home. */
export function isContactOpen(door: DoorLeaf, now: Monotonic): boolean {
  const moved = now >= after(door.movedAt, door.leaf === "open" ? LIMITS.contactGap : LIMITS.leafSwing);
  return door.leaf === "open" ? moved : !moved;
}

/** When the contact will change, or the leaf move, by itself; null if neither. */
export function leafDue(door: DoorLeaf, now: Monotonic): Monotonic | null {
  if (door.pulledUntil !== null) return door.pulledUntil;
  const settles = after(door.movedAt, door.leaf === "open" ? LIMITS.contactGap : LIMITS.leafSwing);
  return settles > now ? settles : null;
}
