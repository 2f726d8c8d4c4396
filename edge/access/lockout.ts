/**
 * The lock-out after wrong codes: one counter, as a pure function of what was entered and when (domain-rules, "Lockout";
 * d3). A counter belongs to a pad, or to the pads of one keypad group.
 * Not here: which door has which counter and making a change durable (edge/box), what the pad shows (edge/door).
 *
 * Every time is powered time: it goes on only while the edge runs, so that an outage pauses and never shortens (d3.5).
 */
import { invariant } from "@lintel/protocol/base/invariant.ts";
import { after, between, type Millis, millis, type Powered } from "@lintel/protocol/base/units.ts";
import type { Decision } from "./decide.ts";
import { LIMITS } from "./limits.ts";

/** How hard a lock-out is: 1 is the first length, each next twice as long up to the longest; `day` is the cap of a day. */
export type Tier = number | "day";

export interface Running {
  /** Over at this moment, half-open. */
  readonly until: Powered;
  readonly tier: Tier;
  /** The pad at which it was started. */
  readonly door: string;
}

export interface Counter {
  /** Wrong entries since the last time all was set back, less what valid codes took off. Grows by at most 60 a day. */
  readonly count: number;
  /** Closed by the fifth, until the count is back at zero: every wrong entry starts a lock-out. */
  readonly latched: boolean;
  /** Of the last lock-out by doubling; 0: none since it was set back. At most `LIMITS.tierMax`. */
  readonly tier: number;
  readonly running: Running | null;
  /** From when on nothing has been wrong or locked; null: nothing to set back. May lie ahead: the end of what runs. */
  readonly cleanFrom: Powered | null;
  /** When a valid code last took off the count. */
  readonly easedAt: Powered | null;
  /** The wrong entries of the last day, in order; at most `LIMITS.wrongsPerDay`. */
  readonly wrongs: readonly Powered[];
}

export const AT_REST: Counter = {
  count: 0,
  latched: false,
  tier: 0,
  running: null,
  cleanFrom: null,
  easedAt: null,
  wrongs: [],
};

/** What an entry counts as. A known code, whatever refuses it, counts as nothing (d3.2). */
export function countsAs({ outcome, reasons }: Pick<Decision, "outcome" | "reasons">): "wrong" | "valid" | "nothing" {
  if (outcome === "grant") return "valid";
  return reasons.includes("unknown-code") || reasons.includes("wrong-length") ? "wrong" : "nothing";
}

/** What time alone brings. `ended`: the lock-out that is over, once. */
export function ageCounter(
  counter: Counter,
  now: Powered,
): { readonly counter: Counter; readonly ended: Running | null } {
  const { running, cleanFrom } = counter;
  const ended = running !== null && now >= running.until ? running : null;
  const wrongs = counter.wrongs.filter((at) => between(at, now) < LIMITS.day);
  const eased = counter.easedAt !== null && between(counter.easedAt, now) < LIMITS.easePause;
  const aged: Counter = {
    ...counter,
    running: ended === null ? running : null,
    easedAt: eased ? counter.easedAt : null,
    wrongs,
  };
  const clean = cleanFrom !== null && between(cleanFrom, now) >= LIMITS.cleanTime;
  return { counter: clean ? { ...aged, ...SET_BACK } : aged, ended };
}

const SET_BACK = { count: 0, latched: false, tier: 0, cleanFrom: null } as const;

/** How long nothing is evaluated yet; 0: it is. */
export function remainingOf({ running }: Counter, now: Powered): Millis {
  return millis(running === null ? 0 : Math.max(0, between(now, running.until)));
}

/** A wrong entry at `door`. It was evaluated, so no lock-out runs. `started`: the one that it brought. */
export function countWrong(
  before: Counter,
  door: string,
  now: Powered,
): { readonly counter: Counter; readonly started: Running | null } {
  const { counter } = ageCounter(before, now);
  invariant(counter.running === null, "while a lock-out runs nothing is counted", { now });
  const count = counter.count + 1;
  const latched = counter.latched || count >= LIMITS.latchAt;
  const tier = latched ? Math.min(counter.tier + 1, LIMITS.tierMax) : counter.tier;
  const wrongs = [...counter.wrongs, now];
  const byTier = latched ? { until: after(now, lengthOf(tier)), tier, door } : null;
  const started = longer(byTier, dayCap(wrongs, door));
  const counted = { ...counter, count, latched, tier, wrongs, running: started, cleanFrom: started?.until ?? now };
  return { counter: counted, started };
}

/** Length of the lock-out of a tier from 1 on. */
export function lengthOf(tier: number): Millis {
  return millis(Math.min(LIMITS.lockoutFirst * 2 ** (tier - 1), LIMITS.lockoutMax));
}

/** A full day of wrong entries locks until the oldest of them is a day old. */
function dayCap(wrongs: readonly Powered[], door: string): Running | null {
  invariant(wrongs.length <= LIMITS.wrongsPerDay, "no more wrong entries than a day may have", { had: wrongs.length });
  const oldest = wrongs[0];
  if (oldest === undefined || wrongs.length < LIMITS.wrongsPerDay) return null;
  return { until: after(oldest, LIMITS.day), tier: "day", door };
}

function longer(one: Running | null, other: Running | null): Running | null {
  if (one === null || other === null) return one ?? other;
  return one.until > other.until ? one : other;
}

/** A valid code. Who has one may not reset the count with it, only ease it: an insider could interleave his own (d3). */
export function countValid(before: Counter, now: Powered): Counter {
  const { counter } = ageCounter(before, now);
  invariant(counter.running === null, "while a lock-out runs nothing is counted", { now });
  if (counter.count === 0 || counter.easedAt !== null) return counter;
  const count = Math.max(0, counter.count - LIMITS.easeBy);
  return { ...counter, count, latched: counter.latched && count > 0, easedAt: now };
}

/** By an operator, or at the box: all is set to zero, the day's list too. A valid code may not ease again for it. */
export function releaseCounter({ easedAt }: Counter): Counter {
  return { ...AT_REST, easedAt };
}

/** Nothing is remembered that a counter which never was would not have. */
export function isAtRest(counter: Counter): boolean {
  const { count, latched, tier, running, easedAt, wrongs } = counter;
  return count === 0 && !latched && tier === 0 && running === null && easedAt === null && wrongs.length === 0;
}

/**
 * One counter out of two, the stricter of both in everything: a pad that comes into a group, or leaves one, takes along
 * what was entered at it. Both aged to the same moment.
 */
export function joinCounters(one: Counter, other: Counter, door: string): Counter {
  const wrongs = [...one.wrongs, ...other.wrongs].sort((a, b) => a - b).slice(-LIMITS.wrongsPerDay);
  const running = longer(longer(one.running, other.running), dayCap(wrongs, door));
  const cleanFrom = latest(latest(one.cleanFrom, other.cleanFrom), running?.until ?? null);
  return {
    count: Math.max(one.count, other.count),
    latched: one.latched || other.latched,
    tier: Math.max(one.tier, other.tier),
    running,
    cleanFrom,
    easedAt: latest(one.easedAt, other.easedAt),
    wrongs,
  };
}

function latest(one: Powered | null, other: Powered | null): Powered | null {
  if (one === null || other === null) return one ?? other;
  return one > other ? one : other;
}

/**
 * Wrong entries over all pads of an edge: an alarm and no lock. `alarm` once for every full day's number; the list then
 * begins anew, so that an attack that goes on is told once for each sixty.
 */
export function tallyWrong(
  tally: readonly Powered[],
  now: Powered,
): { readonly tally: readonly Powered[]; readonly alarm: boolean } {
  const day = [...tally.filter((at) => between(at, now) < LIMITS.day), now];
  return day.length < LIMITS.alarmPerDay ? { tally: day, alarm: false } : { tally: [], alarm: true };
}
