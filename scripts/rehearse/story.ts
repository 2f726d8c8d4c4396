/** A transcript as people read it: a heading for each day, the time at the door, and at last what it came to. */
import { dayOf, type Wall } from "@lintel/edge/calendar/civil.ts";
import { sayDate, sayWeekday } from "@lintel/edge/calendar/say.ts";
import { openZone, wallAt, type Zone } from "@lintel/edge/calendar/zone.ts";
import type { Site } from "@lintel/edge/site/site.ts";
import type { TranscriptEvent } from "@lintel/firmware-sim/rehearsal/transcript.ts";
import { invariant } from "@lintel/protocol/base/invariant.ts";
import { between, type Instant, type Millis } from "@lintel/protocol/base/units.ts";

/** The lines of a story, in order; `events` as `inOrder` has them. */
export function* story(events: readonly TranscriptEvent[], site: Site): Generator<string> {
  const zones = new Map(site.doors.map(({ id, timezone }) => [id, zoneOf(timezone)]));
  const own = zoneOf(site.site.timezone);
  let day: number | null = null;
  for (const event of events) {
    const wall = wallAt(zones.get(event.door ?? "") ?? own, event.at);
    if (dayOf(wall) !== day) {
      day = dayOf(wall);
      yield `${sayWeekday(wall)} ${sayDate(wall)}`;
    }
    yield storyLine(event, wall);
  }
}

function storyLine({ door, event, key, reasons, detail }: TranscriptEvent, wall: Wall): string {
  const about = [
    key === undefined ? "" : `key ${key}`,
    ...(reasons ?? []),
    detail?.fault === undefined ? "" : `${detail.fault}${detail.on === false ? " is over" : ""}`,
    detail?.message === undefined ? "" : String(detail.message),
  ];
  const time = new Date(wall).toISOString().slice(11, 19);
  return `${time}  ${(door ?? "").padEnd(12)}  ${[event, ...about].filter((word) => word !== "").join(" ")}`;
}

/** What a run came to: who was let in and who not and why, how long doors stood open by themselves, and what surprises. */
export function summary(events: readonly TranscriptEvent[], site: Site, end: Instant): readonly string[] {
  const count = (name: string) => events.filter(({ event }) => event === name).length;
  const denials = tally(events.flatMap(({ event, reasons = [] }) => (event === "denied" ? reasons : [])));
  const why = [...denials].map(([reason, times]) => `${reason} ${times}`).join(", ");
  const denied = count("denied");
  const hours = spans(events, "hours-started", "hours-ended", end);
  const offline = spans(events, "offline", "online", end);
  return [
    `${count("granted")} granted, ${denied} denied${denied === 0 ? "" : ` (${why})`}, ${count("rex")} went out by the button`,
    ...(hours.length === 0 ? [] : [`hours kept ${sayTimes(hours.length)}, ${sayHours(sum(hours))} in all`]),
    ...(offline.length === 0
      ? []
      : [
          `a door was offline ${sayTimes(offline.length)}, the longest for ${sayHours(Math.max(...offline) as Millis)}`,
        ]),
    ...surprises(events, site).map((sentence) => `! ${sentence}`),
  ];
}

/** Words of a transcript that an owner did not expect, each with its sentence. */
const SURPRISING: Readonly<Record<string, string>> = {
  forced: "was opened by force",
  "held-open": "was held open too long",
  lockout: "was locked out after wrong codes",
  tamper: "had its housing opened",
};

function surprises(events: readonly TranscriptEvent[], site: Site): readonly string[] {
  const found: string[] = [];
  for (const [word, sentence] of Object.entries(SURPRISING)) {
    const doors = tally(events.flatMap(({ event, door }) => (event === word ? [door ?? "a door"] : [])));
    for (const [door, times] of doors) found.push(`${door} ${sentence}, ${sayTimes(times)}`);
  }
  const unknown = events.filter(({ event, detail }) => event === "clock" && detail?.to === "floor-only").length;
  if (unknown > 0) found.push(`the clock of an edge could not be believed, ${sayTimes(unknown)}`);
  const errors = events.filter(({ event }) => event === "error").length;
  if (errors > 0) found.push(`${errors} ${errors === 1 ? "step" : "steps"} of the script could not be done`);
  const used = new Set(events.flatMap(({ event, key }) => (event === "granted" && key !== undefined ? [key] : [])));
  const unused = site.keys.filter(({ id }) => !used.has(id)).map(({ id }) => id);
  if (used.size > 0 && unused.length > 0) found.push(`never used: ${unused.join(", ")}`);
  return found;
}

/** How long each lasted, per door; what still goes on lasts until `end`. */
function spans(events: readonly TranscriptEvent[], from: string, to: string, end: Instant): readonly Millis[] {
  const since = new Map<string | null, Instant>();
  const lengths: Millis[] = [];
  for (const { at, door, event } of events) {
    const begun = since.get(door);
    if (event === from && begun === undefined) since.set(door, at);
    if (event !== to || begun === undefined) continue;
    lengths.push(between(begun, at));
    since.delete(door);
  }
  return [...lengths, ...[...since.values()].map((at) => between(at, end))];
}

function tally(words: readonly string[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const word of words) times.set(word, (times.get(word) ?? 0) + 1);
  return times;
}

function sayTimes(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

function sum(lengths: readonly Millis[]): Millis {
  return lengths.reduce((all, one) => all + one, 0) as Millis;
}

/** `61 h 04 min`, `3 min 20 s`. */
function sayHours(length: Millis): string {
  const seconds = Math.round(length / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (hours > 0) return `${hours} h ${String(minutes).padStart(2, "0")} min`;
  return `${minutes} min ${seconds % 60} s`;
}

function zoneOf(timezone: string): Zone {
  const zone = openZone(timezone);
  invariant(zone !== null, "a site that was read has zones", { timezone });
  return zone;
}
