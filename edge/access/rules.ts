/**
 * The ten rules that a key must pass at a door, each asked by itself and answered with a sentence (design 5.4).
 * Rules: domain-rules d4, d5, d7 and "Fine points, decided".
 * Times are judged at the instant given and nowhere else (d4.8); the wall clock is the door's.
 */
import type { Instant } from "@lintel/protocol/base/units.ts";
import type { ClockTrust, Kind, Mode, Reason } from "@lintel/protocol/base/words.ts";
import type { KeysetKey } from "@lintel/protocol/keyset/keyset.ts";
import { dateText, dayOf } from "../calendar/civil.ts";
import { maySuspend, suspension } from "../calendar/holidays.ts";
import { sayEnd, sayLength, sayMoment, sayWeek, sayWeekdayTime } from "../calendar/say.ts";
import { isInside, type Week } from "../calendar/week.ts";
import { wallAt, type Zone } from "../calendar/zone.ts";
import type { Uses, UsesView } from "./decide.ts";
import type { HeldDoor, HeldKeyset } from "./hold.ts";
import { firstUseEnd, firstUseLength, instantOf, isConsumable, missingSchedules, weekOfKey } from "./restrictions.ts";

export type Rule =
  | "enabled"
  | "door"
  | "mode"
  | "from"
  | "until"
  | "window"
  | "holiday"
  | "uses"
  | "first-use"
  | "clock";

export interface RuleAnswer {
  readonly rule: Rule;
  /** True also where the rule does not apply. */
  readonly ok: boolean;
  /** For a person, without a full stop. */
  readonly why: string;
}

/** The word of d10 that stands for a rule when it fails. */
export const REASON_OF: Readonly<Record<Rule, Reason>> = {
  enabled: "disabled",
  door: "wrong-door",
  mode: "mode-blocks",
  from: "not-yet-active",
  until: "expired",
  window: "outside-window",
  holiday: "holiday",
  uses: "used-up",
  "first-use": "expired", // domain-rules, "Decision"
  clock: "clock-unknown",
};

export interface Case {
  readonly held: HeldKeyset;
  readonly door: HeldDoor;
  /** A key that names this door. */
  readonly key: KeysetKey;
  readonly at: Instant;
  readonly clock: ClockTrust;
  readonly uses: UsesView;
  /** The code that was typed is that of a TOTP token, which goes by the clock. */
  readonly totp?: boolean;
}

/** All ten, in the order of design 5.4. */
export function judge(asked: Case): readonly RuleAnswer[] {
  const { key, door } = asked;
  const uses = isConsumable(key) ? asked.uses.usesOf(key.id, key.issue) : NEVER_USED;
  const week = weekOfKey(asked.held, key);
  // With no clock to go by nothing is known of from, until, window, holiday, first use: the clock rule speaks for them.
  const known = timeIsKnown(asked);
  const zone = known ? door.zone : null;
  return [
    judgeEnabled(key),
    answer("door", true, "the key opens this door"),
    judgeMode(asked),
    judgeFrom(asked, zone),
    judgeUntil(asked, zone),
    judgeWindow(asked, week, zone),
    judgeHoliday(asked, zone),
    judgeUses(asked, uses),
    judgeFirstUse(asked, uses, known),
    judgeClock(asked, week, known),
  ];
}

function answer(rule: Rule, ok: boolean, why: string): RuleAnswer {
  return { rule, ok, why };
}

const NEVER_USED: Uses = { count: 0, doors: [], firstAt: null };
const UNJUDGED = "not judged: the time is not known";

function judgeEnabled({ enabled, withheld }: KeysetKey): RuleAnswer {
  if (!enabled) return answer("enabled", false, "the key is disabled");
  // Design 5.2: what only narrows and is not enforced yet denies, it is never left out silently.
  if (withheld.length > 0) return answer("enabled", false, `not enforced yet, so denied: ${withheld.join(", ")}`);
  return answer("enabled", true, "the key is enabled");
}

/** Who opens by code in which mode (domain-rules, "Modes and hours"). The role outranks none of it. */
const OPENS_IN: ReadonlyMap<Mode, readonly Kind[]> = new Map<Mode, readonly Kind[]>([
  ["normal", ["staff", "resident", "tour", "guest"]],
  ["tour", ["staff", "tour"]],
  ["resident", ["staff", "resident", "guest"]],
  ["privacy", []],
  ["vacation", []],
  ["lockdown", []],
]);

function judgeMode({ door: { door }, key }: Case): RuleAnswer {
  const { mode, withheld } = door;
  if (withheld.length > 0) {
    return answer("mode", false, `not enforced yet at this door, so denied: ${withheld.join(", ")}`);
  }
  const ok = OPENS_IN.get(mode)?.includes(key.kind) ?? false;
  return answer("mode", ok, `mode ${mode} ${ok ? "admits" : "does not admit"} ${key.kind} keys`);
}

function judgeFrom({ key: { validFrom }, at }: Case, zone: Zone | null): RuleAnswer {
  if (validFrom === null) return answer("from", true, "no start is set");
  if (zone === null) return answer("from", true, UNJUDGED);
  const from = instantOf(validFrom, zone);
  if (from === null) return answer("from", false, "its start is no date that exists");
  const ok = at >= from;
  return answer("from", ok, `${ok ? "in force since" : "in force only from"} ${sayMoment(validFrom)}`);
}

/** Half-open: at `validUntil` exactly it is over. */
function judgeUntil({ key: { validUntil }, at }: Case, zone: Zone | null): RuleAnswer {
  if (validUntil === null) return answer("until", true, "no end is set");
  if (zone === null) return answer("until", true, UNJUDGED);
  const until = instantOf(validUntil, zone);
  if (until === null) return answer("until", false, "its end is no date that exists");
  const ok = at < until;
  return answer("until", ok, `${ok ? "in force" : "over: was in force"} ${sayEnd(validUntil)}`);
}

/** `week` as `weekOfKey` has it. */
function judgeWindow({ held, key, at }: Case, week: Week | null, zone: Zone | null): RuleAnswer {
  if (week === null) return answer("window", true, "open at all hours");
  if (zone === null) return answer("window", true, UNJUDGED);
  if (week.length === 0) {
    const missing = missingSchedules(held, key);
    const why = missing.length > 0 ? `schedule ${missing.join(", ")} is missing` : "no hour of the week is left to it";
    return answer("window", false, why);
  }
  const wall = wallAt(zone, at);
  const ok = isInside(week, wall);
  return answer("window", ok, `${sayWeekdayTime(wall)} is ${ok ? "inside" : "outside"} ${sayWeek(week)}`);
}

function judgeHoliday({ door, key, at }: Case, zone: Zone | null): RuleAnswer {
  if (zone === null) return answer("holiday", true, UNJUDGED);
  const day = dayOf(wallAt(zone, at));
  const holiday = suspension(door.holidays, day);
  if (holiday === null) return answer("holiday", true, "no holiday suspends access");
  if (key.role === "admin") return answer("holiday", true, `admin keys keep access on holiday ${holiday.id}`);
  return answer("holiday", false, `holiday ${holiday.id} suspends access all day on ${dateText(day)}`);
}

/** Uses count over all doors of the key; one-time is once at each door (domain-rules, "One-time over several doors"). */
function judgeUses({ door, key }: Case, uses: Uses): RuleAnswer {
  if (uses.superseded === true) return answer("uses", false, "a later issue of this key was used here");
  let why = "uses are not limited";
  for (const restriction of key.restrictions) {
    if (restriction.kind === "one-time") {
      if (uses.doors.includes(door.door.id)) return answer("uses", false, "a one-time key, used at this door");
      why = "a one-time key, not used at this door";
    } else if (restriction.kind === "uses") {
      why = `used ${uses.count} of ${restriction.uses} times`;
      if (!(uses.count < restriction.uses)) return answer("uses", false, why);
    }
  }
  return answer("uses", true, why);
}

function judgeFirstUse({ key, at }: Case, uses: Uses, known: boolean): RuleAnswer {
  const length = firstUseLength(key);
  if (length === null) return answer("first-use", true, "no end after first use");
  if (!known) return answer("first-use", true, UNJUDGED);
  const end = firstUseEnd(key, uses);
  if (end === null) return answer("first-use", true, `opens for ${sayLength(length)} from its first use`);
  const ok = at < end;
  return answer("first-use", ok, `${sayLength(length)} from its first use ${ok ? "still run" : "are over"}`);
}

/** Floor-only is the "unknown" of the rules; `clockUnknown: allow` goes by the clock as it is (d5.4). */
export function timeIsKnown({ clock, door }: Pick<Case, "clock" | "door">): boolean {
  return clock !== "floor-only" || door.door.clockUnknown === "allow";
}

function judgeClock({ clock, door, key, totp = false }: Case, week: Week | null, known: boolean): RuleAnswer {
  const onWall = week !== null || key.validFrom !== null || key.validUntil !== null;
  if (!known) {
    const ok = !onWall && !totp && firstUseLength(key) === null;
    return answer("clock", ok, ok ? "nothing of the key depends on the time" : "the time is not known here");
  }
  // A zone that is not in the zone data: no wall time can be told, nor which day is a holiday.
  if (door.zone === null && (onWall || (key.role !== "admin" && maySuspend(door.holidays)))) {
    return answer("clock", false, `the zone ${door.door.timezone} is not known here`);
  }
  return answer("clock", true, clock === "floor-only" ? "judged by the clock as it is" : "the time is known");
}
