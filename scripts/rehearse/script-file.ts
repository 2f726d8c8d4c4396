/**
 * A script as the command takes it: JSON Lines or YAML, told apart by its name, else by how it begins. Answers what is
 * played, or ends the command with the place of what is wrong (exit 2).
 */
import { DAY, type Wall, wallOf } from "@lintel/edge/calendar/civil.ts";
import { holidaysAt, holidaysOn } from "@lintel/edge/calendar/holidays.ts";
import { firstInstantOf, openZone, wallAt, type Zone } from "@lintel/edge/calendar/zone.ts";
import { doorsNamed, type Site } from "@lintel/edge/site/site.ts";
import type { Script } from "@lintel/firmware-sim/rehearsal/play.ts";
import { type Entry, expand, isEndless } from "@lintel/firmware-sim/rehearsal/repetition.ts";
import { readScript, type ScriptNames } from "@lintel/firmware-sim/rehearsal/script.ts";
import { invariant } from "@lintel/protocol/base/invariant.ts";
import { type Instant, instant } from "@lintel/protocol/base/units.ts";
import { wrongUse } from "../command.ts";
import { readYamlScript, type ScriptSite } from "./yaml-script.ts";

export interface ScriptWish {
  readonly path: string;
  readonly text: string;
  readonly site: Site;
  readonly names: ScriptNames;
  readonly seed: number;
  /** `--days`; null: as the script has it. */
  readonly days: number | null;
}

export function requireScript(wish: ScriptWish): Script {
  return isYaml(wish.path, wish.text) ? requireYaml(wish) : requireLines(wish);
}

/** A line of JSON begins with a brace; so may YAML, but nobody writes a script so. */
function isYaml(path: string, text: string): boolean {
  if (/\.ya?ml$/i.test(path)) return true;
  return !/\.(jsonl?|ndjson)$/i.test(path) && !/^\s*[{[]/.test(text) && text.trim() !== "";
}

function requireLines({ path, text, site, names, days }: ScriptWish): Script {
  const steps = readScript(text, names);
  if (!steps.ok) {
    const { line, field, message } = steps.error;
    throw wrongUse(`${path}:${line}: ${field === "" ? "" : `${field}: `}${message}`);
  }
  const begin = steps.value[0]!.at;
  return { begin, end: days === null ? null : daysLater(siteZone(site), begin, days), steps: steps.value };
}

function requireYaml({ path, text, site, names, seed, days }: ScriptWish): Script {
  const read = readYamlScript(text, { ...names, ...calendarOf(site) });
  if (!read.ok) {
    const { line, column, field, message } = read.error;
    throw wrongUse(`${path}:${line}:${column}: ${field === "" ? "" : `${field}: `}${message}`);
  }
  const { entries } = read.value;
  const single = entries.find((entry) => entry.kind === "single");
  const begin = read.value.begin ?? firstOf(entries);
  if (begin === null) throw wrongUse(`${path}: it does not say where it begins: begin: 2026-01-01, or a step with at`);
  if (single !== undefined && single.kind === "single" && single.at < begin)
    throw wrongUse(`${path}:${single.line}: at: before the run begins`);
  const lasting = days ?? read.value.days;
  const endless = entries.find(isEndless);
  const ends = entries.some((entry) => entry.act.kind === "end");
  if (lasting === null && endless !== undefined && !ends)
    throw wrongUse(`${path}:${endless.line}: this comes again for ever: give --days N, days: N or its until`);
  const end = lasting === null ? null : daysLater(siteZone(site), begin, lasting);
  return { begin, end, steps: { [Symbol.iterator]: () => expand(entries, { begin, end, seed }) } };
}

/** The first step, or the first day of what comes again; null where nothing says a day. */
function firstOf(entries: readonly Entry[]): Instant | null {
  const firsts = entries.flatMap((entry) => {
    if (entry.kind === "single") return [entry.at];
    return entry.from === null ? [] : [firstInstantOf(entry.zone, wallOf(entry.from))];
  });
  return firsts.length === 0 ? null : instant(Math.min(...firsts));
}

/** The same time of day so many days later, as the clocks of the site show it. */
function daysLater(zone: Zone, begin: Instant, days: number): Instant {
  return firstInstantOf(zone, (wallAt(zone, begin) + days * DAY) as Wall);
}

function calendarOf(site: Site): Pick<ScriptSite, "zoneOf" | "isFree"> {
  const zones = new Map(site.doors.map(({ id, timezone }) => [id, zoneNamed(timezone)]));
  const named = site.holidays.map((holiday) => ({ ...holiday, doors: doorsNamed(site, holiday.doors) }));
  const off = named.filter(({ hours, access }) => hours === "closed" || access === "suspended");
  const free = new Map(site.doors.map(({ id }) => [id, holidaysAt(id, off)]));
  // What is done at no door is free with the first one.
  const first = site.doors[0]?.id ?? "";
  return {
    zoneOf: (door) => zones.get(door ?? "") ?? siteZone(site),
    isFree(door, day) {
      const calendar = free.get(door ?? first);
      return calendar !== undefined && holidaysOn(calendar, day).length > 0;
    },
  };
}

function siteZone(site: Site): Zone {
  return zoneNamed(site.site.timezone);
}

function zoneNamed(timezone: string): Zone {
  const zone = openZone(timezone);
  invariant(zone !== null, "a site that was read has zones", { timezone });
  return zone;
}
