/**
 * What the restrictions of a key amount to: hours of the week, limits as instants, an end after first use.
 * Not here: whether they let it in (`rules.ts`).
 */
import { after, type Instant, type Millis } from "@lintel/protocol/base/units.ts";
import type { KeysetKey, Restriction, WallTime } from "@lintel/protocol/keyset/keyset.ts";
import { parseWall } from "../calendar/civil.ts";
import { intersection, union, type Week, weekOf } from "../calendar/week.ts";
import { firstInstantOf, type Zone } from "../calendar/zone.ts";
import type { Uses } from "./decide.ts";
import type { HeldKeyset } from "./hold.ts";

/**
 * The hours of the week left to a key: inside every one of its scheduled restrictions, each the union of its schedules
 * and windows (d4.2). Null where it has none, so that it opens at all hours. A missing schedule leaves nothing.
 */
export function weekOfKey(held: HeldKeyset, key: KeysetKey): Week | null {
  let left: Week | null = null;
  for (const restriction of key.restrictions) {
    if (restriction.kind !== "scheduled") continue;
    const week = weekOfRestriction(held, restriction);
    left = left === null ? week : intersection(left, week);
  }
  return left;
}

function weekOfRestriction(held: HeldKeyset, { schedules, windows }: Scheduled): Week {
  const weeks: Week[] = [weekOf(windows)];
  for (const id of schedules) {
    const week = held.schedules.get(id);
    if (week === undefined) return []; // Opposite of UHPPOTE: what is not known opens nothing (d4.2).
    weeks.push(week);
  }
  return union(weeks);
}

type Scheduled = Extract<Restriction, { kind: "scheduled" }>;

/** Ids of schedules that a key names and the keyset does not have. */
export function missingSchedules(held: HeldKeyset, key: KeysetKey): readonly string[] {
  const named = key.restrictions.flatMap((each) => (each.kind === "scheduled" ? each.schedules : []));
  return named.filter((id) => !held.schedules.has(id));
}

/** From is the first pass in a fold and the jump in a gap, like until (domain-rules, "Time"). Null: no wall time. */
export function instantOf(wallTime: WallTime, zone: Zone): Instant | null {
  const wall = parseWall(wallTime);
  return wall === null ? null : firstInstantOf(zone, wall);
}

/** Whether a grant of the key uses something up: it must then be made durable as consumption (d7.1). */
export function isConsumable(key: KeysetKey): boolean {
  return key.restrictions.some(({ kind }) => kind !== "scheduled");
}

/**
 * Whether it makes a difference that the last use of a key was none (d7.2). Uses that are counted: yes. A key that only
 * ends a time after its first use: where that was its only one, so that the time has not begun.
 */
export function givesBack(key: KeysetKey, { count }: Uses): boolean {
  return key.restrictions.some(
    ({ kind }) => kind === "one-time" || kind === "uses" || (kind === "after-first-use" && count === 1),
  );
}

/** The shortest of the lengths set, the list of restrictions being AND; null where none is. */
export function firstUseLength(key: KeysetKey): Millis | null {
  let shortest: Millis | null = null;
  for (const restriction of key.restrictions) {
    if (restriction.kind !== "after-first-use") continue;
    // Written so that a length which is no number stays, and so denies.
    if (shortest === null || !(restriction.length >= shortest)) shortest = restriction.length;
  }
  return shortest;
}

/**
 * When a key that ends a time after its first use ends; null where it has no such end, or was never used. A use whose
 * time is not known ended it long ago.
 */
export function firstUseEnd(key: KeysetKey, { count, firstAt }: Uses): Instant | null {
  const length = firstUseLength(key);
  if (length === null || (count === 0 && firstAt === null)) return null;
  return firstAt === null ? (Number.NEGATIVE_INFINITY as Instant) : after(firstAt, length);
}
