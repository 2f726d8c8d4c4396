/**
 * A decision in a sentence that a receptionist understands: what the key may do, what stands against it now, and when
 * it opens next (row L2). For people who may see the log; whoever typed the code gets the same refusal for all (d2.4).
 */
import { unreachable } from "@lintel/protocol/base/invariant.ts";
import type { Instant } from "@lintel/protocol/base/units.ts";
import type { KeysetDoor, KeysetKey } from "@lintel/protocol/keyset/keyset.ts";
import { DAY, dayOf, type Wall } from "../calendar/civil.ts";
import {
  sayDate,
  sayEnd,
  sayLength,
  sayMoment,
  sayTime,
  sayWeek,
  sayWeekday,
  sayWeekdayTime,
} from "../calendar/say.ts";
import { nextInside, type Week } from "../calendar/week.ts";
import { wallAt } from "../calendar/zone.ts";
import type { Attempt, Decision } from "./decide.ts";
import type { HeldDoor, HeldKeyset } from "./hold.ts";
import { weekOfKey } from "./restrictions.ts";
import type { Rule } from "./rules.ts";

/** `next` as `nextOpen` answers it; null where it never opens, as far as was searched. */
export function sentence(held: HeldKeyset, decision: Decision, attempt: Attempt, next: Instant | null): string {
  const door = held.doors.get(attempt.door);
  const name = door === undefined ? `door ${attempt.door}` : sayDoor(door.door);
  const key = decision.key === null ? undefined : held.keys.get(decision.key);
  if (decision.via === "master") return `${masterSentence(decision, door, name)}.`;
  if (key === undefined || decision.reasons.includes("wrong-door"))
    return `${strangerSentence(held, key, decision, name)}.`;
  const wall = door?.zone == null ? null : wallAt(door.zone, attempt.at);
  const right = `This key opens ${name} ${sayRight(held, key)}`.trimEnd();
  if (decision.outcome === "grant")
    return `${right}; ${wall === null ? "" : `it is ${sayWeekdayTime(wall)}: `}it opens now.`;
  const failed = decision.rules.filter(({ ok }) => !ok);
  const against = failed.map(({ rule }) => sayAgainst(rule, held, key, door, wall));
  if (decision.reasons.includes("interlock")) against.push("a door that must be closed is open");
  const after =
    next === null || door?.zone == null
      ? "it will not open unless something changes"
      : `next: ${sayNext(wallAt(door.zone, next), wall)}`;
  return `${[right, ...against, after].join("; ")}.`;
}

/** `Front door` is a phrase: the front door. `Front Door`, `HQ 2` are names and stay as they are. */
function sayDoor({ name, id }: KeysetDoor): string {
  const words = (name || id).split(" ");
  const last = words[words.length - 1]!;
  const isPhrase = words.length > 1 && /^[A-Z][a-z]+$/.test(words[0]!) && /^[a-z]+$/.test(last);
  return isPhrase ? `the ${name[0]!.toLowerCase()}${name.slice(1)}` : name || id;
}

function masterSentence(decision: Decision, door: HeldDoor | undefined, name: string): string {
  if (decision.outcome === "grant") return `This is the master code of ${name}; it opens now`;
  if (decision.reasons.includes("wrong-door"))
    return `This is the master code of another door; it does not open ${name}`;
  return `This is the master code of ${name}; ${sayMode(door)}`;
}

/** A code that no key of this door has. */
function strangerSentence(held: HeldKeyset, key: KeysetKey | undefined, decision: Decision, name: string): string {
  if (decision.reasons.includes("wrong-length")) return "A code has 6 digits; this entry has not";
  if (key === undefined) return `No key of ${name} has this code`;
  const others = key.doors.map((id) => held.doors.get(id)).filter((door) => door !== undefined);
  const names = others.map(({ door }) => sayDoor(door));
  return `This key opens ${names.length === 0 ? "no door here" : names.join(" and ")}, not ${name}`;
}

/** What the key may do, as its restrictions say it: `Mon–Fri 09:00–17:00, once`. */
function sayRight(held: HeldKeyset, key: KeysetKey): string {
  const week = weekOfKey(held, key);
  const limits = key.restrictions.flatMap((restriction) => {
    if (restriction.kind === "one-time") return ["once"];
    if (restriction.kind === "uses") return [restriction.uses === 1 ? "once" : `${restriction.uses} times`];
    if (restriction.kind === "after-first-use") return [`for ${sayLength(restriction.length)} from its first use`];
    return [];
  });
  return [week === null ? "at all hours" : sayWeek(week), ...limits].join(", ");
}

/** What stands against it, seen from now. */
function sayAgainst(
  rule: Rule,
  held: HeldKeyset,
  key: KeysetKey,
  door: HeldDoor | undefined,
  wall: Wall | null,
): string {
  switch (rule) {
    case "enabled":
      return key.enabled ? `${key.withheld.join(", ")} is not enforced yet, so it is denied` : "it is disabled";
    case "mode":
      return sayMode(door);
    case "from":
      return `it is in force only from ${sayMoment(key.validFrom ?? "")}`;
    case "until":
      return `it was in force ${sayEnd(key.validUntil ?? "")}`;
    case "window":
      return wall === null ? "it is outside those hours" : `it is ${sayOutside(weekOfKey(held, key) ?? [], wall)}`;
    case "holiday":
      return "a holiday suspends access today";
    case "uses":
      return "it is used up";
    case "first-use":
      return "its time from the first use is over";
    case "clock":
      return "the door does not know what time it is";
    case "door":
      return "it is a key of another door";
    default:
      return unreachable(rule);
  }
}

function sayMode(door: HeldDoor | undefined): string {
  if (door === undefined) return "the door is not known";
  const { mode, withheld } = door.door;
  return withheld.length > 0
    ? `${withheld.join(", ")} of the door is not enforced yet, so every code is denied`
    : `the door is in mode ${mode}`;
}

/** The weekday alone where nothing is open on it; else with the time. */
function sayOutside(week: Week, wall: Wall): string {
  const midnight = (dayOf(wall) * DAY) as Wall;
  const opens = nextInside(week, midnight);
  return opens === null || dayOf(opens) > dayOf(wall) ? sayWeekday(wall) : sayWeekdayTime(wall);
}

/** `Monday 09:00` within six days, else with the date: a weekday alone would be taken for the coming one. */
function sayNext(next: Wall, now: Wall | null): string {
  if (now !== null && dayOf(next) === dayOf(now)) return `today ${sayTime(next)}`;
  if (now !== null && dayOf(next) - dayOf(now) < 7) return sayWeekdayTime(next);
  return `${sayWeekday(next)} ${sayDate(next)} ${sayTime(next)}`;
}
