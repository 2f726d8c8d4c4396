/**
 * Steps that come again, "every workday at 08:55, give or take five minutes", and steps that follow one another, as the
 * steps of a run in order of time. They are made one after the other as they are asked for: a year of them is never
 * held. How far an occurrence lies from its time follows from the seed, the step and the day alone.
 * Not here: how they are written (scripts/rehearse).
 */
import { DAY, dayOf, type Wall, wallOf, weekdayOf } from "@lintel/edge/calendar/civil.ts";
import { firstInstantOf, wallAt, type Zone } from "@lintel/edge/calendar/zone.ts";
import { invariant } from "@lintel/protocol/base/invariant.ts";
import { after, type Instant, type Millis, millis } from "@lintel/protocol/base/units.ts";
import type { DayMask } from "@lintel/protocol/keyset/keyset.ts";
import { seededBytes } from "./random.ts";
import type { Step, StepKind } from "./script.ts";

/** A step that waits for the one before it. */
export interface Follower {
  /** From the step before it. */
  readonly after: Millis;
  /** At most so much sooner or later; never more than `after`. */
  readonly about: Millis;
  readonly act: StepKind;
  readonly line: number;
}

interface Chain {
  readonly act: StepKind;
  /** Of the file it was read from. */
  readonly line: number;
  readonly then: readonly Follower[];
}

export interface Single extends Chain {
  readonly kind: "single";
  readonly at: Instant;
}

export interface Repetition extends Chain {
  readonly kind: "repetition";
  readonly zone: Zone;
  readonly days: Days;
  /** Ms after midnight on the wall clock, in order. */
  readonly times: readonly Millis[];
  /** At most so much before or after each time; at most LIMITS.about. */
  readonly about: Millis;
  /** Days since 1970-01-01, both included; null: without. */
  readonly from: number | null;
  readonly until: number | null;
}

export type Entry = Single | Repetition;

/** Which days: those of the mask, and workdays, which are Monday to Friday but for `free`. */
export interface Days {
  readonly mask: DayMask;
  readonly workdays: boolean;
  /** Whether a day of the calendar is free at the door. */
  readonly free: (day: number) => boolean;
}

export interface Span {
  /** What would come before it does not come. */
  readonly begin: Instant;
  /** Not included; null: after the last step. */
  readonly end: Instant | null;
  readonly seed: number;
}

/** The steps of a run; `at` never decreases. What falls on one ms comes in the order of the file. */
export function* expand(entries: readonly Entry[], span: Span): Generator<Step> {
  const waiting = new Waiting();
  entries.forEach((entry, place) => {
    if (entry.kind === "single") {
      const due = { at: entry.at, place, chain: entry, number: 0, more: null, name: `${place}` };
      if (entry.at >= span.begin) waiting.add(due);
    } else for (const time of entry.times.keys()) waiting.come(occurrences(entry, place, time, span));
  });
  for (let next = waiting.first(); next !== null; next = waiting.first()) {
    if (span.end !== null && next.at >= span.end) return;
    const { at, chain, number } = next;
    const { act, line } = number === 0 ? chain : chain.then[number - 1]!;
    if (next.more !== null) waiting.come(next.more);
    const follower = chain.then[number];
    if (follower !== undefined) {
      const wait = millis(follower.after + deviation(follower.about, span.seed, `${next.name} ${number + 1}`));
      waiting.add({ ...next, at: after(at, wait), number: number + 1, more: null });
    }
    yield { at, line, ...act };
  }
}

/** Whether it goes on without an end of its own. */
export function isEndless(entry: Entry): boolean {
  return entry.kind === "repetition" && entry.until === null;
}

/** A step on its way, and where those of its kind come from. */
interface Due {
  readonly at: Instant;
  /** Of its entry in the file. */
  readonly place: number;
  readonly chain: Chain;
  /** 0: the first of its chain. */
  readonly number: number;
  /** The later occurrences; null where there are none, or where another step brings them. */
  readonly more: Iterator<Due> | null;
  /** What its randomness goes by. */
  readonly name: string;
}

function* occurrences(entry: Repetition, place: number, time: number, span: Span): Generator<Due> {
  const { zone, days, about, until } = entry;
  // A day may begin later elsewhere, and an occurrence up to `about` before its time.
  const first = Math.max(dayOf(wallAt(zone, span.begin)) - 1, entry.from ?? Number.NEGATIVE_INFINITY);
  const last = Math.min(until ?? lastDay(zone, span), lastDay(zone, span));
  for (let day = first; day <= last; day += 1) {
    const meant = isOn(days, day) ? instantOn(zone, day, entry.times[time]!) : null;
    if (meant === null) continue;
    const name = `${place} ${time} ${day}`;
    const at = after(meant, deviation(about, span.seed, name));
    if (at >= span.begin) yield { at, place, chain: entry, number: 0, more: null, name };
  }
}

function lastDay(zone: Zone, { end }: Span): number {
  return end === null ? Number.POSITIVE_INFINITY : dayOf(wallAt(zone, end)) + 1;
}

function isOn({ mask, workdays, free }: Days, day: number): boolean {
  const weekday = weekdayOf(day);
  return (mask & (1 << weekday)) !== 0 || (workdays && weekday < 5 && !free(day));
}

/** In a gap the instant of the jump, in a fold the first pass (d5.2); null on a day that the zone left out. */
function instantOn(zone: Zone, day: number, time: Millis): Instant | null {
  const at = firstInstantOf(zone, (wallOf(day) + time) as Wall);
  return wallAt(zone, at) < wallOf(day) + DAY ? at : null;
}

/** From −about to +about, each whole ms as likely as any other. */
function deviation(about: Millis, seed: number, name: string): Millis {
  if (about === 0) return about;
  const drawn = seededBytes(seed, `repetition ${name}`)(6).reduce((number, byte) => number * 256 + byte, 0);
  return millis(Math.floor((drawn / 2 ** 48) * (2 * about + 1)) - about);
}

/** What comes next of many, each of them in order. */
class Waiting {
  /** The latest first, so that the next one is taken from the end. */
  readonly #due: Due[] = [];

  first(): Due | null {
    return this.#due.pop() ?? null;
  }

  add(due: Due): void {
    let low = 0;
    let high = this.#due.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(due, this.#due[middle]!)) low = middle + 1;
      else high = middle;
    }
    this.#due.splice(low, 0, due);
  }

  /** Adds the next of a kind, which brings the one after it along. */
  come(more: Iterator<Due>): void {
    const next = more.next();
    if (next.done !== true) this.add({ ...next.value, more });
  }
}

function isBefore(a: Due, b: Due): boolean {
  invariant(!Number.isNaN(a.at), "a step has its time");
  if (a.at !== b.at) return a.at < b.at;
  return a.place !== b.place ? a.place < b.place : a.number < b.number;
}
