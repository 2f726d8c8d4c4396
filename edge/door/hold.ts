/**
 * What holds a door open or shut beyond single grants: its hours with First-In, an override, a mode by command. A level
 * and never an edge (d6.4): `holdAt` follows from what is stored and the time alone, so a missed tick or a restart
 * changes nothing. Precedence (d6.8): lockdown, override, holiday and hours. Fire is above all, and the Controller's.
 * Not here: the lease by which the strike is held (step.ts), and making any of this durable (edge/box).
 */
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { after, between, type Instant, type Millis, millis } from "@lintel/protocol/base/units.ts";
import type { ClockTrust, Mode, Role } from "@lintel/protocol/base/words.ts";
import type { Hours, HoursInterval } from "../calendar/hours.ts";
import { hoursBetween } from "../calendar/hours.ts";
import { type Cause, changesBetween, isFirstInOf, runningAt, type Standing, standingAt } from "../calendar/standing.ts";
import type { Interval } from "../calendar/zone.ts";
import { LIMITS } from "./limits.ts";

/** What the keyset says of a door, as far as it concerns holding. */
export interface HoldRules {
  /** Null: no business hours, or a zone that is not known here. */
  readonly hours: Hours | null;
  readonly firstIn: {
    readonly required: boolean;
    readonly grace: Millis;
    readonly who: "admins" | readonly string[];
  };
  readonly mode: Mode;
  readonly clockUnknown: "deny" | "allow";
  /** Names hours, First-In, holidays and zone as they are: another one is an edit (d6.7). */
  readonly schedule: string;
}

export interface Override {
  readonly state: "unlock" | "lock";
  readonly until: Instant;
  /** Who set it, for status and records. */
  readonly by: string;
}

/** All that is remembered of one door; it survives every restart. */
export interface HoldState {
  /** The schedule that `armed` and `over` belong to. */
  readonly schedule: string;
  /** Intervals for which somebody qualified has come (d6.3). */
  readonly armed: readonly Interval[];
  readonly override: Override | null;
  /** A mode by command, and the keyset's own mode when it was given. */
  readonly mode: { readonly mode: Mode; readonly over: Mode } | null;
  /** The last interval that is over: a clock set back does not begin it again (d5.5). */
  readonly over: Interval | null;
  /** The record `hours-started` stands in the journal, and `hours-ended` not yet. */
  readonly started: boolean;
}

export const NOTHING_HELD: HoldState = {
  schedule: "",
  armed: [],
  override: null,
  mode: null,
  over: null,
  started: false,
};

/** When, and how far that is believed. */
export interface Moment {
  readonly at: Instant;
  readonly clock: ClockTrust;
}

export type HoldCause = Cause | { readonly kind: "override" } | { readonly kind: "clock" };

export interface Hold {
  readonly open: boolean;
  /** Which hours hold it open, whether or not an override does so too; null: none. */
  readonly hours: Cause | null;
  readonly cause: HoldCause;
  /** The answer stays the same until then; null: until the clock, the keyset or the state changes. */
  readonly until: Instant | null;
}

/** Whether the door is held open at a moment, and why. */
export function holdAt(rules: HoldRules, state: HoldState, moment: Moment): Hold {
  const known = isKnown(rules, moment);
  const override = overrideAt(rules, state, moment);
  const until = known ? nextLook(rules, state, moment.at) : null;
  const shut = (cause: HoldCause): Hold => ({ open: false, hours: null, cause, until });
  if (modeOf(rules, state) === "lockdown") return shut({ kind: "mode" });
  if (override?.state === "lock") return shut({ kind: "override" });
  // Floor-only is the unknown of the rules: hours are not open then (d5.4).
  if (!known) return shut({ kind: "clock" });
  const { state: stands, cause } = standingOf(rules, state, moment.at);
  const hours = stands === "unlocked" ? cause : null;
  if (override !== null) return { open: true, hours, cause: { kind: "override" }, until };
  return { open: hours !== null, hours, cause, until };
}

/** The mode in force: that of a command goes before the keyset's. */
export function modeOf(rules: Pick<HoldRules, "mode">, { mode }: HoldState): Mode {
  return mode?.mode ?? rules.mode;
}

/** `clockUnknown: allow` goes by the clock as it is. */
function isKnown({ clockUnknown }: HoldRules, { clock }: Moment): boolean {
  return clock !== "floor-only" || clockUnknown === "allow";
}

/** The override that counts now. Where the time is not known, its end is not either: a lock stands, an unlock is void. */
export function overrideAt(rules: HoldRules, { override }: HoldState, moment: Moment): Override | null {
  if (override === null) return null;
  if (!isKnown(rules, moment)) return override.state === "lock" ? override : null;
  return moment.at < override.until ? override : null;
}

function standingOf(rules: HoldRules, state: HoldState, at: Instant): Standing {
  const opening = { hours: rules.hours, mode: modeOf(rules, state) };
  return standingAt(opening, at, (interval) => {
    if (state.over !== null && isSame(interval, state.over)) return false;
    return !rules.firstIn.required || state.armed.some((armed) => isSame(interval, armed));
  });
}

function nextLook(rules: HoldRules, { override, ...state }: HoldState, at: Instant): Instant {
  const horizon = after(at, LIMITS.holdHorizon);
  const opening = { hours: rules.hours, mode: modeOf(rules, { override, ...state }) };
  const [change] = changesBetween(opening, after(at, millis(1)), horizon);
  const ends = [horizon, change ?? horizon, override !== null && at < override.until ? override.until : horizon];
  return ends.reduce((first, end) => (end < first ? end : first));
}

function isSame(a: Interval, b: Interval): boolean {
  return a.from === b.from && a.to === b.to;
}

/** Forgets what is over. Where the time is not known nothing is. */
export function ageHold(rules: HoldRules, state: HoldState, moment: Moment): HoldState {
  const { at } = moment;
  if (!isKnown(rules, moment)) return state;
  const override = state.override !== null && state.override.until <= at ? null : state.override;
  const armed = state.armed.filter(({ to }) => at < to);
  return { ...state, override, armed, over: lastOver(rules, state, at) };
}

function lastOver({ hours }: HoldRules, { over }: HoldState, at: Instant): Interval | null {
  if (hours === null) return null;
  // Back in an interval that was over already: it stays over. Before its start, the clock was far wrong: it is forgotten.
  if (over !== null && over.from <= at && at < over.to) return over;
  const ended = hoursBetween(hours, after(at, -LIMITS.hoursLookBack as Millis), at).filter(({ to }) => to <= at);
  const last = ended.reduce<HoursInterval | null>(
    (best, one) => (best === null || one.to > best.to ? one : best),
    null,
  );
  return last === null ? null : { from: last.from, to: last.to };
}

/**
 * A key was granted here. Of somebody who qualifies it opens every interval that it lies in, and those whose grace it
 * lies in (d6.2, "First-In"). Nobody's key (a master code) never does.
 */
export function arm(
  rules: HoldRules,
  state: HoldState,
  key: { readonly role: Role; readonly user: string } | null,
  moment: Moment,
): HoldState {
  const { hours, firstIn } = rules;
  if (hours === null || !firstIn.required || key === null || !isKnown(rules, moment)) return state;
  const qualifies = firstIn.who === "admins" ? key.role === "admin" : firstIn.who.includes(key.user);
  if (!qualifies) return state;
  const { at } = moment;
  const fresh = hoursBetween(hours, at, after(at, millis(firstIn.grace + 1)))
    .filter((interval) => isFirstInOf(interval, at, firstIn.grace))
    .filter((interval) => !state.armed.some((armed) => isSame(armed, interval)))
    .map(({ from, to }) => ({ from, to }));
  return fresh.length === 0 ? state : { ...state, armed: [...state.armed, ...fresh].slice(-LIMITS.armed) };
}

export type OverrideRefusal = "wrong-end" | "clock-unknown";

/** Sets or ends an override (d6.5; domain-rules, "Interlock and groups"). What was set before is over. */
export function setOverride(
  rules: HoldRules,
  state: HoldState,
  asked: {
    readonly state: Override["state"] | "resume";
    readonly until: Instant | "period-end" | null;
    readonly by: string;
  },
  moment: Moment,
): Result<HoldState, OverrideRefusal> {
  if (asked.state === "resume") return ok({ ...state, override: null });
  // Its end could not be kept, and it would be void at once.
  if (asked.state === "unlock" && !isKnown(rules, moment)) return fail("clock-unknown");
  const until = endOfOverride(rules, state, asked.until, moment);
  return until === null ? fail("wrong-end") : ok({ ...state, override: { state: asked.state, until, by: asked.by } });
}

function endOfOverride(
  rules: HoldRules,
  state: HoldState,
  until: Instant | "period-end" | null,
  moment: Moment,
): Instant | null {
  const { at } = moment;
  if (typeof until === "number") return at < until && between(at, until) <= LIMITS.overrideAhead ? until : null;
  const running = rules.hours === null || !isKnown(rules, moment) ? [] : runningAt(rules.hours, at);
  const ends = running.filter((interval) => state.over === null || !isSame(interval, state.over)).map(({ to }) => to);
  if (ends.length > 0) return ends.reduce((last, end) => (end > last ? end : last));
  return until === "period-end" ? null : after(at, LIMITS.overrideOpenEnd);
}

/** A mode by command. It stays until another one, or until a keyset says of this door another mode than now. */
export function commandMode(rules: HoldRules, state: HoldState, mode: Mode): HoldState {
  return { ...state, mode: { mode, over: rules.mode } };
}

/** A keyset came into force: an explicit edit wins over a mode by command, and an edited schedule is armed anew (d6.7). */
export function settleHold(rules: HoldRules, state: HoldState): HoldState {
  const mode = state.mode !== null && state.mode.over !== rules.mode ? null : state.mode;
  if (state.schedule === rules.schedule) return { ...state, mode };
  return { ...state, mode, schedule: rules.schedule, armed: [], over: null };
}

/** After a restart. `gap`: how long the edge was gone; null where nobody can say, which counts as too long (d6.3). */
export function recallHold(state: HoldState, gap: Millis | null): HoldState {
  return gap !== null && gap < LIMITS.armedGap ? state : { ...state, armed: [] };
}

/** Whether two states are the same one. */
export function sameHold(a: HoldState, b: HoldState): boolean {
  const same = (one: Interval | null, other: Interval | null) =>
    one === null || other === null ? one === other : isSame(one, other);
  return (
    a.schedule === b.schedule &&
    a.started === b.started &&
    a.override?.state === b.override?.state &&
    a.override?.until === b.override?.until &&
    a.override?.by === b.override?.by &&
    a.mode?.mode === b.mode?.mode &&
    a.mode?.over === b.mode?.over &&
    same(a.over, b.over) &&
    a.armed.length === b.armed.length &&
    a.armed.every((armed, at) => isSame(armed, b.armed[at]!))
  );
}
