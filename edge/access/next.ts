/**
 * When a code would open next, if nothing changes: no use, no edit, no mode (design 5.4). Exact to the ms.
 * The search walks stretches of equal offset, in which the wall clock runs evenly: there a window starts, or a day
 * begins that is no holiday, at a time that can be computed. So it asks no instant that could not be the answer.
 */
import { after, type Instant, type Millis } from "@lintel/protocol/base/units.ts";
import type { KeysetKey } from "@lintel/protocol/keyset/keyset.ts";
import { DAY, dayOf, type Wall, wallOf } from "../calendar/civil.ts";
import { type HolidayCalendar, suspension } from "../calendar/holidays.ts";
import { ALWAYS, nextInside, type Week } from "../calendar/week.ts";
import { stretches, type Zone } from "../calendar/zone.ts";
import { type Attempt, masterOpens, matchesOf, type UsesView } from "./decide.ts";
import type { HeldDoor, HeldKeyset } from "./hold.ts";
import { firstUseEnd, instantOf, isConsumable, weekOfKey } from "./restrictions.ts";
import { judge, type Rule } from "./rules.ts";
import { tokensHere } from "./tokens.ts";

/** How far ahead is searched (design 5.4). */
const SEARCH_DAYS = 400;

/** The first instant from `attempt.at` on at which the code is granted, at most `days` × 24 h later; null for none. */
export function nextOpen(held: HeldKeyset, attempt: Attempt, uses: UsesView, days = SEARCH_DAYS): Instant | null {
  const door = held.doors.get(attempt.door);
  const { entry } = attempt;
  if (door === undefined || entry.kind === "wrong-length") return null;
  const found: (Instant | null)[] = [];
  if (entry.kind === "code") {
    const { here, master } = matchesOf(held, attempt.door, entry.index);
    found.push(...here.map(({ key }) => nextOfKey(held, door, key, attempt, uses, days)));
    if (master === "here" && masterOpens(door)) found.push(attempt.at);
  }
  // A one-time code opens now or never: a minute on, its token shows another.
  for (const { token } of tokensHere(held, attempt, uses)) {
    const totp = token.otp.type === "totp";
    const rules = judge({ held, door, key: token.key, at: attempt.at, clock: attempt.clock, uses, totp });
    if (rules.every(({ ok }) => ok)) found.push(attempt.at);
  }
  return found.reduce<Instant | null>(
    (first, at) => (at !== null && (first === null || at < first) ? at : first),
    null,
  );
}

/** Rules whose answer time alone can change to yes. All others stay as they are. */
const CHANGED_BY_TIME: readonly Rule[] = ["from", "window", "holiday"];

function nextOfKey(
  held: HeldKeyset,
  door: HeldDoor,
  key: KeysetKey,
  attempt: Attempt,
  uses: UsesView,
  days: number,
): Instant | null {
  const answers = judge({ held, door, key, at: attempt.at, clock: attempt.clock, uses });
  const failed = answers.filter(({ ok }) => !ok);
  if (failed.length === 0) return attempt.at;
  if (failed.some(({ rule }) => !CHANGED_BY_TIME.includes(rule)) || door.zone === null) return null;
  const zone = door.zone;
  const from = key.validFrom === null ? attempt.at : instantOf(key.validFrom, zone);
  if (from === null) return null;
  const ends = [
    after(attempt.at, (days * DAY + 1) as Millis), // One ms on: the last instant of the search is one of it.
    key.validUntil === null ? null : instantOf(key.validUntil, zone),
    isConsumable(key) ? firstUseEnd(key, uses.usesOf(key.id, key.issue)) : null,
  ].filter((end) => end !== null);
  return search({
    zone,
    week: weekOfKey(held, key) ?? ALWAYS,
    holidays: key.role === "admin" ? null : door.holidays,
    from: Math.max(from, attempt.at) as Instant,
    to: Math.min(...ends) as Instant,
  });
}

interface Search {
  readonly zone: Zone;
  readonly week: Week;
  /** Null: holidays do not concern the key. */
  readonly holidays: HolidayCalendar | null;
  readonly from: Instant;
  /** Half-open. */
  readonly to: Instant;
}

function search({ zone, week, holidays, from, to }: Search): Instant | null {
  if (from >= to) return null;
  for (const stretch of stretches(zone, from, to)) {
    const begin = Math.max(stretch.from, from) + stretch.offset;
    const end = Math.min(stretch.to, to) + stretch.offset;
    const wall = nextAllowed(week, holidays, begin as Wall, end as Wall);
    if (wall !== null) return (wall - stretch.offset) as Instant;
  }
  return null;
}

/** The first wall time from `from` until just before `to` that lies in the week and on no day of suspension. */
function nextAllowed(week: Week, holidays: HolidayCalendar | null, from: Wall, to: Wall): Wall | null {
  let wall = nextInside(week, from);
  while (wall !== null && wall < to) {
    const day = dayOf(wall);
    if (holidays === null || suspension(holidays, day) === null) return wall;
    wall = nextInside(week, wallOf(day + 1)); // Suspended from this midnight to the next.
  }
  return null;
}
