/**
 * A script as YAML: the steps of the JSON Lines, steps that come again, and steps that follow one another
 * (docs/rehearsal.md). Here: what its fields mean, and where in the file a bad one stands. What comes of it is
 * firmware-sim/rehearsal/repetition.ts.
 */
import { parseDate, parseWall, type Wall, wallOf } from "@lintel/edge/calendar/civil.ts";
import { firstInstantOf, type Zone } from "@lintel/edge/calendar/zone.ts";
import { parseDays } from "@lintel/edge/site/days.ts";
import {
  openDocument,
  pairsOf,
  placeOf,
  placeOfName,
  resolved,
  type SiteDocument,
} from "@lintel/edge/site/document.ts";
import { parseLength, parseMoment } from "@lintel/edge/site/lengths.ts";
import { type Path, quoted } from "@lintel/edge/site/problem.ts";
import { LIMITS } from "@lintel/firmware-sim/rehearsal/limits.ts";
import type { Days, Entry, Follower } from "@lintel/firmware-sim/rehearsal/repetition.ts";
import {
  type Fields,
  isAtDoor,
  readAct,
  type ScriptNames,
  type StepKind,
} from "@lintel/firmware-sim/rehearsal/script.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { type Instant, type Millis, millis } from "@lintel/protocol/base/units.ts";
import { isMap, isScalar, isSeq, type Node } from "yaml";

export interface YamlScript {
  /** Null: with the first step. */
  readonly begin: Instant | null;
  /** How many days it shall run; null: to its end. */
  readonly days: number | null;
  readonly entries: readonly Entry[];
}

export interface PlacedError {
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  readonly field: string;
  readonly message: string;
}

/** What the site says that a script is about. `door` null: the site itself. */
export interface ScriptSite extends ScriptNames {
  readonly zoneOf: (door: string | null) => Zone;
  /** Whether nobody works there on a day: hours closed, or access suspended. */
  readonly isFree: (door: string | null, day: number) => boolean;
}

/** The first thing that is wrong ends it: nothing of a faulty script is done. */
export function readYamlScript(text: string, site: ScriptSite): Result<YamlScript, PlacedError> {
  const opened = openDocument(text);
  if (!opened.ok) {
    const { line, column, message } = opened.error;
    return fail({ line, column, field: "", message });
  }
  try {
    return ok(new ScriptReader(opened.value, site).read());
  } catch (error) {
    if (error instanceof Misread) return fail(error.placed);
    throw error;
  }
}

/** Goes up from the field that is wrong to `readYamlScript`, and no further. */
class Misread extends Error {
  readonly placed: PlacedError;
  constructor(placed: PlacedError) {
    super(placed.message);
    this.placed = placed;
  }
}

const EVERY = "workday, daily, days such as mon-fri, or a list of them";
/** The fields of the kinds of step that say when; all others say what. */
const WHEN = {
  single: ["at", "then"],
  repetition: ["every", "time", "about", "from", "until", "then"],
  follower: ["after", "about"],
} as const;
type Kind = keyof typeof WHEN;

class ScriptReader {
  readonly #document: SiteDocument;
  readonly #site: ScriptSite;

  constructor(document: SiteDocument, site: ScriptSite) {
    this.#document = document;
    this.#site = site;
  }

  read(): YamlScript {
    const root = resolved(this.#document, this.#document.root);
    if (isSeq(root)) return { begin: null, days: null, entries: this.#entries(root, []) };
    if (!isMap(root)) this.#wrong([], "expected a list of steps, or a mapping with steps, begin and days");
    const fields = this.#fieldsOf(root, []);
    const strange = [...fields.keys()].find((name) => !["steps", "begin", "days"].includes(name));
    if (strange !== undefined) this.#wrong([strange], "an unknown field, expected steps, begin or days", "name");
    const begin = fields.has("begin") ? this.#moment(fields.get("begin")!, ["begin"], this.#site.zoneOf(null)) : null;
    const days = fields.has("days") ? this.#days(fields.get("days")!) : null;
    const steps = fields.get("steps") ?? null;
    if (!isSeq(steps)) this.#wrong(["steps"], "expected a list of steps");
    const entries = this.#entries(steps, ["steps"]);
    return { begin, days, entries };
  }

  #entries(list: Node, path: Path): readonly Entry[] {
    const items = isSeq(list) ? (list.items as Node[]) : [];
    if (items.length === 0) this.#wrong(path, "an empty script: nothing happens in it");
    if (items.length > LIMITS.scriptEntries) this.#wrong(path, `more than ${LIMITS.scriptEntries} steps`);
    const entries: Entry[] = [];
    let before: { readonly at: Instant; readonly line: number; readonly ends: boolean } | null = null;
    for (const [index, item] of items.entries()) {
      const own = [...path, index];
      const entry = this.#entry(resolved(this.#document, item), own);
      entries.push(entry);
      if (entry.kind !== "single") continue;
      if (before !== null && entry.at < before.at)
        this.#wrong([...own, "at"], `earlier than line ${before.line}; at never decreases`);
      if (before?.ends) this.#wrong(own, `behind the end, which is line ${before.line}`);
      before = { at: entry.at, line: entry.line, ends: entry.act.kind === "end" };
    }
    return entries;
  }

  #entry(node: Node | null, path: Path): Entry {
    const fields = this.#fieldsOf(node, path);
    const kind = fields.has("every") ? "repetition" : "single";
    const { act, door } = this.#act(fields, kind, path, null);
    const then = fields.has("then") ? this.#followers(fields.get("then")!, [...path, "then"], door) : [];
    const chain = { act, line: placeOf(this.#document, path).line, then };
    const zone = this.#site.zoneOf(door);
    if (kind === "single") {
      if (!fields.has("at")) this.#wrong(path, "at: missing; or every and time, for what comes again");
      return { kind, at: this.#moment(fields.get("at")!, [...path, "at"], zone), ...chain };
    }
    if (act.kind === "end") this.#wrong([...path, "end"], "a run ends once: give the end its at", "name");
    if (!fields.has("time")) this.#wrong(path, 'time: missing, such as "08:55"');
    return {
      kind,
      ...chain,
      zone,
      days: this.#every(fields.get("every")!, [...path, "every"], door),
      times: this.#times(fields.get("time")!, [...path, "time"]),
      about: this.#about(fields, path, LIMITS.about),
      from: this.#date(fields, "from", path),
      until: this.#date(fields, "until", path),
    };
  }

  #followers(node: Node, path: Path, door: string | null): readonly Follower[] {
    if (!isSeq(node)) this.#wrong(path, "expected a list of steps, each with after");
    const items = node.items as Node[];
    if (items.length > LIMITS.followers) this.#wrong(path, `more than ${LIMITS.followers} steps`);
    return items.map((item, index) => {
      const own = [...path, index];
      const fields = this.#fieldsOf(resolved(this.#document, item), own);
      if (!fields.has("after")) this.#wrong(own, "after: missing, such as 3s");
      const { act } = this.#act(fields, "follower", own, door);
      const wait = this.#length(fields.get("after")!, [...own, "after"], LIMITS.following);
      return { after: wait, about: this.#about(fields, own, wait), act, line: placeOf(this.#document, own).line };
    });
  }

  /** What a step does. A follower that names no door follows at its leader's. */
  #act(fields: ReadonlyMap<string, Node | null>, kind: Kind, path: Path, leader: string | null): Acting {
    const when: readonly string[] = WHEN[kind];
    const doing = [...fields].filter(([name]) => !when.includes(name));
    const plain: Record<string, unknown> = {};
    for (const [name, node] of doing) plain[name] = this.#plain(node);
    if (leader !== null && plain.door === undefined && isAtDoor(plain)) plain.door = leader;
    const act = readAct(plain as Fields, this.#site);
    if (!act.ok) {
      const { field, message } = act.error;
      const quotes = field === "press" && typeof plain.press === "number" ? ", in quotes" : "";
      const missing = !fields.has(field);
      if (missing) this.#wrong(path, `${field === "" ? "" : `${field}: `}${message}`);
      this.#wrong([...path, field], `${message}${quotes}`, message.startsWith("an unknown field") ? "name" : "value");
    }
    return { act: act.value, door: typeof plain.door === "string" ? plain.door : null };
  }

  #every(node: Node, path: Path, door: string | null): Days {
    const items = isSeq(node) ? (node.items as Node[]) : [node];
    let mask = 0;
    let workdays = false;
    for (const [index, item] of items.entries()) {
      const word = this.#plain(item);
      const days = typeof word === "string" ? parseDays(word) : null;
      if (word === "workday") workdays = true;
      else if (days !== null) mask |= days;
      else this.#wrong(isSeq(node) ? [...path, index] : path, `expected ${EVERY}`);
    }
    if (items.length === 0) this.#wrong(path, `an empty list, expected ${EVERY}`);
    return { mask, workdays, free: (day) => this.#site.isFree(door, day) };
  }

  #times(node: Node, path: Path): readonly Millis[] {
    const items = isSeq(node) ? (node.items as Node[]) : [node];
    if (items.length === 0) this.#wrong(path, 'an empty list, expected times such as "08:55"');
    const times = items.map((item, index) => {
      const text = this.#plain(item);
      const wall = typeof text === "string" ? parseWall(`1970-01-01T${text}`) : null;
      if (wall === null) this.#wrong(isSeq(node) ? [...path, index] : path, 'expected a time such as "08:55"');
      return millis(wall);
    });
    return times.sort((a, b) => a - b);
  }

  #about(fields: ReadonlyMap<string, Node | null>, path: Path, max: Millis): Millis {
    return fields.has("about") ? this.#length(fields.get("about")!, [...path, "about"], max) : millis(0);
  }

  #length(node: Node | null, path: Path, max: Millis): Millis {
    const text = this.#plain(node);
    const length = typeof text === "string" ? parseLength(text) : null;
    if (length === null || length > max) this.#wrong(path, `expected a length from 0s to ${max / 1000}s, such as 5m`);
    return length;
  }

  /** Days since 1970-01-01. */
  #date(fields: ReadonlyMap<string, Node | null>, name: string, path: Path): number | null {
    if (!fields.has(name)) return null;
    const text = this.#plain(fields.get(name)!);
    const day = typeof text === "string" ? parseDate(text) : null;
    if (day === null) this.#wrong([...path, name], "expected a date such as 2026-12-24");
    return day;
  }

  /** An instant, or what the wall clock shows in `zone`: a date alone is its first moment. */
  #moment(node: Node | null, path: Path, zone: Zone): Instant {
    const text = this.#plain(node);
    const at = typeof text === "string" ? this.#site.instantOf(text) : null;
    if (at !== null) return at;
    const moment = typeof text === "string" ? parseMoment(text) : null;
    const wall = moment === null ? null : moment.includes("T") ? parseWall(moment) : wallOfDate(moment);
    if (wall === null) this.#wrong(path, "expected 2026-12-05T09:30 at the door, or an instant with Z or an offset");
    return firstInstantOf(zone, wall);
  }

  #days(node: Node | null): number {
    const days = this.#plain(node);
    const whole = typeof days === "number" && Number.isInteger(days) && days >= 1 && days <= LIMITS.days;
    if (!whole) this.#wrong(["days"], `expected a number from 1 to ${LIMITS.days}`);
    return days;
  }

  #fieldsOf(node: Node | null, path: Path): ReadonlyMap<string, Node | null> {
    if (!isMap(node)) this.#wrong(path, "expected a mapping: what happens, and when");
    return new Map(pairsOf(node).map(({ name, pair }) => [name, resolved(this.#document, pair.value)]));
  }

  /** As JSON would have it. Nothing of ours nests deeper than a clock's step. */
  #plain(node: Node | null, depth = 0): unknown {
    const found = resolved(this.#document, node);
    if (isScalar(found)) return found.value;
    if (found === null || depth > 2) return null;
    if (isSeq(found)) return (found.items as Node[]).map((item) => this.#plain(item, depth + 1));
    return Object.fromEntries(pairsOf(found).map(({ name, pair }) => [name, this.#plain(pair.value, depth + 1)]));
  }

  #wrong(path: Path, message: string, at: "name" | "value" = "value"): never {
    const place = at === "name" ? placeOfName(this.#document, path) : placeOf(this.#document, path);
    throw new Misread({ ...place, field: fieldOf(path), message });
  }
}

interface Acting {
  readonly act: StepKind;
  readonly door: string | null;
}

/** The last name on the way to a value. */
function fieldOf(path: Path): string {
  return quoted(String(path.findLast((step) => typeof step === "string" && step !== "steps" && step !== "then") ?? ""));
}

function wallOfDate(date: string): Wall | null {
  const day = parseDate(date);
  return day === null ? null : wallOf(day);
}
