/**
 * A keyset as the decision reads it: doors, keys and codes by name, schedules as weeks, zones open. Built once for each
 * keyset that comes into force; it holds nothing that the keyset does not say.
 * A name that stands twice counts as its first: the keyset's codec refuses such, this only must not fail on it.
 */

import type { Mode } from "@lintel/protocol/base/words.ts";
import type { CodeEntry, Keyset, KeysetDoor, KeysetKey } from "@lintel/protocol/keyset/keyset.ts";
import { type HolidayCalendar, holidaysAt } from "../calendar/holidays.ts";
import type { Hours } from "../calendar/hours.ts";
import { type Week, weekOf } from "../calendar/week.ts";
import { openZone, type Zone } from "../calendar/zone.ts";
import { type DoorTokens, holdTokens, type Token, tokensOf } from "./tokens.ts";

export interface HeldDoor {
  readonly door: KeysetDoor;
  /** Null: the zone data here do not know the name. What depends on time is then denied. */
  readonly zone: Zone | null;
  readonly holidays: HolidayCalendar;
}

export interface HeldKeyset {
  readonly keyset: Keyset;
  readonly doors: ReadonlyMap<string, HeldDoor>;
  readonly keys: ReadonlyMap<string, KeysetKey>;
  readonly schedules: ReadonlyMap<string, Week>;
  /** By `codeName` of the index. One entry as itself: 100,000 lists of one would be a third of the memory. */
  readonly codes: ReadonlyMap<string, CodeEntry | readonly CodeEntry[]>;
  /** All tokens, by id of the key; and those of each door that has some. */
  readonly tokens: readonly Token[];
  readonly tokensAt: ReadonlyMap<string, DoorTokens>;
}

export function holdKeyset(keyset: Keyset): HeldKeyset {
  const keys = byId(keyset.keys.map((key) => ({ id: key.id, value: key })));
  return {
    keyset,
    doors: byId(keyset.doors.map((door) => ({ id: door.id, value: holdDoor(door, keyset) }))),
    keys,
    schedules: byId(keyset.schedules.map(({ id, windows }) => ({ id, value: weekOf(windows) }))),
    codes: indexCodes(keyset.codes),
    tokens: tokensOf(keyset, keys),
    tokensAt: holdTokens(keyset, keys),
  };
}

function holdDoor(door: KeysetDoor, keyset: Keyset): HeldDoor {
  return { door, zone: openZone(door.timezone), holidays: holidaysAt(door.id, keyset.holidays) };
}

/** The keyset with the modes that commands have set at some of its doors, by id: every rule then asks the mode in force. */
export function withModes(held: HeldKeyset, modes: ReadonlyMap<string, Mode>): HeldKeyset {
  const doors = new Map(held.doors);
  for (const [id, mode] of modes) {
    const one = held.doors.get(id);
    if (one !== undefined && one.door.mode !== mode) doors.set(id, { ...one, door: { ...one.door, mode } });
  }
  return { ...held, doors };
}

/** The business hours of a door, resolved in its zone; null where it has none, or where the zone is not known here. */
export function hoursOf({ door, zone, holidays }: HeldDoor): Hours | null {
  return door.businessHours === null || zone === null ? null : { zone, windows: door.businessHours.windows, holidays };
}

function byId<T>(named: readonly { readonly id: string; readonly value: T }[]): Map<string, T> {
  const map = new Map<string, T>();
  for (const { id, value } of named) if (!map.has(id)) map.set(id, value);
  return map;
}

function indexCodes(codes: readonly CodeEntry[]): Map<string, CodeEntry | readonly CodeEntry[]> {
  const map = new Map<string, CodeEntry | readonly CodeEntry[]>();
  for (const code of codes) {
    const name = codeName(code.index);
    const same = map.get(name);
    map.set(name, same === undefined ? code : [...entriesOf(same), code]);
  }
  return map;
}

/** The bytes of an index as text, one character each: what a Map can compare. */
function codeName(index: Uint8Array): string {
  return String.fromCharCode(...index);
}

/** What a code stands for at this edge; empty for an unknown one. */
export function codesAt(held: HeldKeyset, index: Uint8Array): readonly CodeEntry[] {
  return entriesOf(held.codes.get(codeName(index)));
}

function entriesOf(found: CodeEntry | readonly CodeEntry[] | undefined): readonly CodeEntry[] {
  if (found === undefined) return [];
  return "kind" in found ? [found] : found;
}
