/**
 * The ten rules that a key of a door must pass, each asked by itself and answered with a sentence (design 5.4).
 * Rules: domain-rules d4, d5, d7 and "Fine points, decided".
 * Times are judged at the instant given and nowhere else (d4.8); the wall clock is the door's.
 */
import { after, type Instant, type Millis } from "@lintel/protocol/base/units.ts";
import type { ClockTrust, Kind, Mode, Reason } from "@lintel/protocol/base/words.ts";
import type { KeysetKey, Restriction, WallTime } from "@lintel/protocol/keyset/keyset.ts";
import { dateText, dayOf, parseWall } from "../calendar/civil.ts";
import { suspension } from "../calendar/holidays.ts";
import { sayLength, sayMoment, sayWeek, sayWeekdayTime } from "../calendar/say.ts";
import { ALWAYS, intersection, isInside, union, type Week, weekOf } from "../calendar/week.ts";
import { firstInstantOf, wallAt, type Zone } from "../calendar/zone.ts";
import type { Uses, UsesView } from "./decide.ts";
import type { HeldDoor, HeldKeyset } from "./hold.ts";

export const RULES = [
  "enabled",
  "door",
  "mode",
  "from",
  "until",
  "window",
  "holiday",
  "uses",
  "first-use",
  "clock",
] as const;
export type Rule = (typeof RULES)[number];

export interface RuleAnswer {
  readonly rule: Rule;
  /** True also where the rule does not apply. */
  readonly ok: boolean;
  /** For a person, without a full stop. */
  readonly why: string;
}

/** With the word of d10 that stands for this rule when it fails. */
export interface Verdict extends RuleAnswer {
  readonly reason: Reason;
}

export interface Case {
  readonly held: HeldKeyset;
  readonly door: HeldDoor;
  /** A key that names this door. */
  readonly key: KeysetKey;
  readonly at: Instant;
  readonly clock: ClockTrust;
  readonly uses: UsesView;
}

/** All ten, in the order of design 5.4. */
export function judge(asked: Case): readonly Verdict[] {
  const uses = isConsumable(asked.key) ? asked.uses.usesOf(asked.key.id, asked.key.issue) : NEVER_USED;
  const clock = judgeClock(asked);
  // With no clock to go by nothing is known of from, until, window, holiday, first use: the clock rule speaks for them.
  const zone = timeIsKnown(asked) ? asked.door.zone : null;
  return [
    judgeEnabled(asked.key),
    { rule: "door", reason: "wrong-door", ok: true, why: "the key opens this door" },
    judgeMode(asked),
    judgeFrom(asked, zone),
    judgeUntil(asked, zone),
    judgeWindow(asked, zone),
    judgeHoliday(asked, zone),
    judgeUses(asked, uses),
    judgeFirstUse(asked, uses),
    clock,
  ];
}

const NEVER_USED: Uses = { count: 0, doors: [], firstAt: null };
const UNJUDGED = "not judged: the time is not known";

function judgeEnabled({ enabled, withheld }: KeysetKey): Verdict {
  const answer = { rule: "enabled", reason: "disabled" } as const;
  if (!enabled) return { ...answer, ok: false, why: "the key is disabled" };
  // Design 5.2: what only narrows and is not enforced yet denies, it is never left out silently.
  if (withheld.length > 0) return { ...answer, ok: false, why: `not enforced yet, so denied: ${withheld.join(", ")}` };
  return { ...answer, ok: true, why: "the key is enabled" };
}

/** Who opens by code in which mode (domain-rules, "Modes and hours"). The role outranks none of it. */
const OPENS_IN: Readonly<Record<Mode, readonly Kind[]>> = {
  normal: ["staff", "resident", "tour", "guest"],
  tour: ["staff", "tour"],
  resident: ["staff", "resident", "guest"],
  privacy: [],
  vacation: [],
  lockdown: [],
};

function judgeMode({ door: { door }, key }: Case): Verdict {
  const answer = { rule: "mode", reason: "mode-blocks" } as const;
  if (door.withheld.length > 0) {
    return { ...answer, ok: false, why: `not enforced yet at this door, so denied: ${door.withheld.join(", ")}` };
  }
  const opens = OPENS_IN[door.mode] ?? [];
  if (opens.includes(key.kind)) return { ...answer, ok: true, why: `mode ${door.mode} admits ${key.kind} keys` };
  return { ...answer, ok: false, why: `mode ${door.mode} does not admit ${key.kind} keys` };
}

/** From is the first pass in a fold and the jump in a gap, like until (domain-rules, "Time"). Null: no wall time. */
export function instantOf(wallTime: WallTime, zone: Zone): Instant | null {
  const wall = parseWall(wallTime);
  return wall === null ? null : firstInstantOf(zone, wall);
}

function judgeFrom({ key: { validFrom }, at }: Case, zone: Zone | null): Verdict {
  const answer = { rule: "from", reason: "not-yet-active" } as const;
  if (validFrom === null) return { ...answer, ok: true, why: "no start is set" };
  if (zone === null) return { ...answer, ok: true, why: UNJUDGED };
  const from = instantOf(validFrom, zone);
  if (from === null) return { ...answer, ok: false, why: "its start is no date that exists" };
  const ok = at >= from;
  return { ...answer, ok, why: `${ok ? "in force since" : "in force only from"} ${sayMoment(validFrom)}` };
}

/** Half-open: at `validUntil` exactly it is over. */
function judgeUntil({ key: { validUntil }, at }: Case, zone: Zone | null): Verdict {
  const answer = { rule: "until", reason: "expired" } as const;
  if (validUntil === null) return { ...answer, ok: true, why: "no end is set" };
  if (zone === null) return { ...answer, ok: true, why: UNJUDGED };
  const until = instantOf(validUntil, zone);
  if (until === null) return { ...answer, ok: false, why: "its end is no date that exists" };
  const ok = at < until;
  return { ...answer, ok, why: `${ok ? "in force until" : "over since"} ${sayMoment(validUntil)}` };
}

function judgeWindow({ held, key, at }: Case, zone: Zone | null): Verdict {
  const answer = { rule: "window", reason: "outside-window" } as const;
  const week = weekOfKey(held, key);
  if (week === null) return { ...answer, ok: true, why: "open at all hours" };
  if (zone === null) return { ...answer, ok: true, why: UNJUDGED };
  const missing = missingSchedules(held, key);
  if (missing.length > 0) return { ...answer, ok: false, why: `schedule ${missing.join(", ")} is missing` };
  if (week.length === 0) return { ...answer, ok: false, why: "no time of the week is left to the key" };
  const wall = wallAt(zone, at);
  const ok = isInside(week, wall);
  return { ...answer, ok, why: `${sayWeekdayTime(wall)} is ${ok ? "inside" : "outside"} ${sayWeek(week)}` };
}

/**
 * The hours of the week left to a key: inside every one of its scheduled restrictions, each the union of its schedules
 * and windows (d4.2). Null where it has none, so that it opens at all hours. A missing schedule leaves nothing.
 */
export function weekOfKey(held: HeldKeyset, key: KeysetKey): Week | null {
  let left: Week | null = null;
  for (const restriction of key.restrictions) {
    if (restriction.kind === "scheduled") left = intersection(left ?? ALWAYS, weekOfRestriction(held, restriction));
  }
  return left;
}

function weekOfRestriction(held: HeldKeyset, restriction: Scheduled): Week {
  const weeks: Week[] = [weekOf(restriction.windows)];
  for (const id of restriction.schedules) {
    const week = held.schedules.get(id);
    if (week === undefined) return []; // Opposite of UHPPOTE: what is not known opens nothing (d4.2).
    weeks.push(week);
  }
  return union(weeks);
}

type Scheduled = Extract<Restriction, { kind: "scheduled" }>;

function missingSchedules(held: HeldKeyset, key: KeysetKey): readonly string[] {
  const named = key.restrictions.flatMap((each) => (each.kind === "scheduled" ? each.schedules : []));
  return named.filter((id) => !held.schedules.has(id));
}

function judgeHoliday({ door, key, at }: Case, zone: Zone | null): Verdict {
  const answer = { rule: "holiday", reason: "holiday" } as const;
  if (zone === null) return { ...answer, ok: true, why: UNJUDGED };
  const day = dayOf(wallAt(zone, at));
  const holiday = suspension(door.holidays, day);
  if (holiday === null) return { ...answer, ok: true, why: "no holiday suspends access" };
  if (key.role === "admin") return { ...answer, ok: true, why: `admin keys keep access on holiday ${holiday.id}` };
  return { ...answer, ok: false, why: `holiday ${holiday.id} suspends access all day on ${dateText(day)}` };
}

/** Uses count over all doors of the key; one-time is once at each door (domain-rules, "One-time over several doors"). */
function judgeUses({ door, key }: Case, uses: Uses): Verdict {
  const answer = { rule: "uses", reason: "used-up" } as const;
  const said: string[] = [];
  for (const restriction of key.restrictions) {
    if (restriction.kind === "one-time") {
      if (uses.doors.includes(door.door.id)) return { ...answer, ok: false, why: "a one-time key, used at this door" };
      said.push("a one-time key, not used at this door");
    } else if (restriction.kind === "uses") {
      const why = `used ${uses.count} of ${restriction.uses} times`;
      if (!(uses.count < restriction.uses)) return { ...answer, ok: false, why };
      said.push(why);
    }
  }
  return { ...answer, ok: true, why: said.length === 0 ? "uses are not limited" : said.join("; ") };
}

/**
 * When a key that ends a time after its first use ends; null where it has no such end, or was never used. A use whose
 * time is not known ends it at once.
 */
export function firstUseEnd(key: KeysetKey, { count, firstAt }: Uses): Instant | null {
  const length = firstUseLength(key);
  if (length === null || (count === 0 && firstAt === null)) return null;
  return firstAt === null ? (Number.NEGATIVE_INFINITY as Instant) : after(firstAt, length);
}

/** The shortest of the lengths set: the list of restrictions is AND. */
function firstUseLength(key: KeysetKey): Millis | null {
  const lengths = key.restrictions.flatMap((each) => (each.kind === "after-first-use" ? [each.length] : []));
  return lengths.length === 0 ? null : (Math.min(...lengths) as Millis);
}

function judgeFirstUse(asked: Case, uses: Uses): Verdict {
  const answer = { rule: "first-use", reason: "expired" } as const;
  const length = firstUseLength(asked.key);
  if (length === null) return { ...answer, ok: true, why: "no end after first use" };
  if (!timeIsKnown(asked)) return { ...answer, ok: true, why: UNJUDGED };
  const end = firstUseEnd(asked.key, uses);
  if (end === null) return { ...answer, ok: true, why: `opens for ${sayLength(length)} from its first use` };
  const ok = asked.at < end;
  return { ...answer, ok, why: `${sayLength(length)} from its first use ${ok ? "still run" : "are over"}` };
}

/** Whether a key makes use of a use: its grant must then be made durable as consumption. */
export function isConsumable(key: KeysetKey): boolean {
  return key.restrictions.some(({ kind }) => kind !== "scheduled");
}

/** Floor-only is the "unknown" of the rules; `clockUnknown: allow` goes by the clock as it is (d5.4). */
function timeIsKnown({ clock, door }: Case): boolean {
  return clock !== "floor-only" || door.door.clockUnknown === "allow";
}

function judgeClock(asked: Case): Verdict {
  const answer = { rule: "clock", reason: "clock-unknown" } as const;
  const { door, key } = asked;
  const onWall = weekOfKey(asked.held, key) !== null || key.validFrom !== null || key.validUntil !== null;
  if (!timeIsKnown(asked)) {
    const ok = !onWall && firstUseLength(key) === null;
    return { ...answer, ok, why: ok ? "nothing of the key depends on the time" : "the time is not known here" };
  }
  // A zone that is not in the zone data: no wall time can be told, nor which day is a holiday.
  if (door.zone === null && (onWall || (key.role !== "admin" && mayBeSuspended(door)))) {
    return { ...answer, ok: false, why: `the zone ${door.door.timezone} is not known here` };
  }
  return {
    ...answer,
    ok: true,
    why: asked.clock === "floor-only" ? "judged by the clock as it is" : "the time is known",
  };
}

function mayBeSuspended({ holidays }: HeldDoor): boolean {
  const yearly = [...holidays.yearly.values()].flat().map(({ holiday }) => holiday);
  return [...[...holidays.once.values()].flat(), ...yearly].some(({ access }) => access === "suspended");
}
