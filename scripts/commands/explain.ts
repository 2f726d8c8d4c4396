/**
 * `lintel explain`: what a code would do at a door at an instant, and why (design 5.4). It asks the very decision that
 * the edge asks, over a keyset made of the site file under keys that are thrown away.
 */
import { randomBytes } from "node:crypto";
import { type Attempt, type Decision, decide, NOTHING_USED } from "@lintel/edge/access/decide.ts";
import { nextOpen } from "@lintel/edge/access/next.ts";
import { sentence } from "@lintel/edge/access/sentence.ts";
import { readEntry } from "@lintel/edge/box/entry.ts";
import { type HeldEdge, holdEdge } from "@lintel/edge/box/held-edge.ts";
import { localText, openZone } from "@lintel/edge/calendar/zone.ts";
import { codesOf, edgesOfDoors, type Site } from "@lintel/edge/site/site.ts";
import { invariant } from "@lintel/protocol/base/invariant.ts";
import { SecretText } from "@lintel/protocol/base/secret.ts";
import { type Instant, instant } from "@lintel/protocol/base/units.ts";
import {
  type Command,
  EXIT,
  type ExitCode,
  type Io,
  readInstant,
  readOptions,
  readSecretArgument,
  wrongUse,
} from "../command.ts";
import { readText, requireSite } from "../site-file.ts";

const HELP = `lintel explain --site FILE --door DOOR --at INSTANT --code CODE [--json]
lintel explain --site FILE --cases FILE

Says whether a code would open a door at an instant, which rules it passes and fails, and when it would open next if
nothing changes. Changes nothing. Counters and lock-out start fresh; the clock is trusted.

  --site FILE    the site file; a faulty one is refused. Codes that are 'kept' in it match nothing
  --door DOOR    id of the door
  --at INSTANT   RFC 3339 with Z or an offset: 2026-12-05T09:30:00-05:00
  --code CODE    as typed, without # or *; @FILE reads it from a file, - from standard input
  --cases FILE   JSON Lines {"door","at","code"}, answered a line each, in order; - reads standard input
  --json         one JSON object instead of sentences (--cases always answers JSON Lines)

An entry that is not 6 digits, also an empty one or one with letters, is answered 'wrong-length'. At a door with slots
of one-time codes the digits of a slot and 6 more are an entry too.
Exit: 0 granted, 1 denied, 2 wrong use, unknown door, not an instant or a faulty file. With --cases 0 whatever the answers.
`;

export const command: Command = {
  words: "explain",
  summary: "what a code would do at a door at an instant, and why",
  help: HELP,
  async run(args, io) {
    const { values } = readOptions(args, {
      site: { type: "string" },
      door: { type: "string" },
      at: { type: "string" },
      code: { type: "string" },
      cases: { type: "string" },
      json: { type: "boolean" },
    });
    const { site: path, cases, door, at, code } = values;
    if (path === undefined) throw wrongUse("which site file? --site FILE");
    if (cases !== undefined) {
      if (door !== undefined || at !== undefined || code !== undefined)
        throw wrongUse("--cases stands alone: its file names door, at and code");
      return explainCases(requireHeldSite(path, io), cases, io);
    }
    if (door === undefined || at === undefined || code === undefined)
      throw wrongUse("needs --door DOOR, --at INSTANT and --code CODE, or --cases FILE");
    const held = requireHeldSite(path, io);
    const asked = readCase(held, { door, at, code: await readSecretArgument(code, io) });
    if (!asked.ok) throw wrongUse(`--${asked.field}: ${asked.message}`);
    return explainOne(held, asked.value, values.json === true, io);
  },
};

/** A site as all of its edges hold it, each under its own index key. */
interface HeldSite {
  readonly path: string;
  readonly site: Site;
  readonly edges: ReadonlyMap<string, HeldEdge>;
  readonly edgeOfDoor: ReadonlyMap<string, string>;
}

function requireHeldSite(path: string, io: Io): HeldSite {
  const site = requireSite(path);
  const kept = codesOf(site).filter(({ code }) => code === "kept");
  for (const { id } of kept) io.err(`lintel explain: ${path}: warning: ${id} is kept: its code matches nothing here\n`);
  const edges = new Map(site.edges.map(({ id }) => [id, holdEdge(site, id, randomBytes)]));
  return { path, site, edges, edgeOfDoor: edgesOfDoors(site) };
}

interface Asked {
  readonly door: string;
  /** As it was given: the answer says it again. */
  readonly at: string;
  readonly instant: Instant;
  readonly code: SecretText;
}

type ReadCase = { readonly ok: true; readonly value: Asked } | { readonly ok: false; field: string; message: string };

function readCase(held: HeldSite, given: { door: string; at: string; code: SecretText }): ReadCase {
  if (!held.edgeOfDoor.has(given.door))
    return { ok: false, field: "door", message: `there is no door '${given.door}' in ${held.path}` };
  const ms = readInstant(given.at);
  if (ms === null) {
    const expected = "expected RFC 3339 with Z or an offset, such as 2026-12-05T09:30:00-05:00";
    return { ok: false, field: "at", message: `'${given.at}' is not an instant, ${expected}` };
  }
  return { ok: true, value: { ...given, instant: instant(ms) } };
}

interface Answer {
  readonly json: Readonly<Record<string, unknown>>;
  readonly decision: Decision;
  readonly sentence: string;
}

function answer({ edges, edgeOfDoor, site }: HeldSite, asked: Asked): Answer {
  const { held, reading } = edges.get(edgeOfDoor.get(asked.door)!)!;
  const entry = readEntry(held, asked.door, asked.code, reading);
  // Nobody stands at the doors of a file: an interlock is not asked here (design 5.4).
  const attempt: Attempt = { door: asked.door, entry, at: asked.instant, clock: "trusted", peersClosed: true };
  const decision = decide(held, attempt, NOTHING_USED);
  const next = nextOpen(held, attempt, NOTHING_USED);
  const zone = openZone(site.doors.find(({ id }) => id === asked.door)!.timezone);
  invariant(zone !== null, "a checked site names zones that are known", { door: asked.door });
  const json = {
    door: asked.door,
    at: asked.at,
    local: localText(zone, asked.instant),
    outcome: decision.outcome,
    reasons: decision.reasons,
    key: decision.key,
    ...(decision.via === "master" ? { via: "master" } : {}),
    user: decision.user,
    rules: decision.rules.map(({ rule, ok, why }) => ({ rule, ok, why })),
    nextOpen: next === null ? null : instantText(next),
  };
  return { json, decision, sentence: sentence(held, decision, attempt, next) };
}

/** RFC 3339 in UTC, with ms only where there are any. */
function instantText(at: Instant): string {
  return new Date(at).toISOString().replace(".000Z", "Z");
}

function explainOne(held: HeldSite, asked: Asked, json: boolean, io: Io): ExitCode {
  const { json: value, decision, sentence: told } = answer(held, asked);
  if (json) io.out(`${JSON.stringify(value)}\n`);
  else io.out(`${[told, "", ...rulesTable(value, decision)].join("\n").trimEnd()}\n`);
  return decision.outcome === "grant" ? EXIT.done : EXIT.no;
}

function rulesTable(value: Answer["json"], { outcome, reasons, rules, key, user }: Decision): readonly string[] {
  const width = Math.max(0, ...rules.map(({ rule }) => rule.length));
  const because = reasons.length === 0 ? "" : `: ${reasons.join(", ")}`;
  return [
    `  ${outcome === "grant" ? "granted" : "denied"}${because}`,
    `  at ${value.local}${key === null ? "" : `, key ${key} of ${user}`}`,
    ...(value.nextOpen === null || outcome === "grant" ? [] : [`  opens next at ${value.nextOpen}`]),
    "",
    ...rules.map(({ rule, ok, why }) => `  ${ok ? "ok  " : "FAIL"}  ${rule.padEnd(width)}  ${why}`),
  ];
}

async function explainCases(held: HeldSite, path: string, io: Io): Promise<ExitCode> {
  const lines = (await readCasesText(path, io)).split("\n");
  // All are read before one is answered: a bad line never leaves half an answer.
  const asked = lines.flatMap((line, at) => {
    if (line.trim() === "") return [];
    const read = readCaseLine(held, line);
    if (read.ok) return [read.value];
    throw wrongUse(`${path}:${at + 1}: ${read.field === "" ? "" : `${read.field}: `}${read.message}`);
  });
  for (const one of asked) io.out(`${JSON.stringify(answer(held, one).json)}\n`);
  return EXIT.done;
}

async function readCasesText(path: string, io: Io): Promise<string> {
  if (path === "-") {
    let text = "";
    for await (const chunk of io.stdin) text += String(chunk);
    return text;
  }
  const text = readText(path);
  if (!text.ok) throw wrongUse(`${path}: ${text.error}`);
  return text.value;
}

function readCaseLine(held: HeldSite, line: string): ReadCase {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { ok: false, field: "", message: "not JSON" };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { ok: false, field: "", message: 'expected an object {"door","at","code"}' };
  const fields = value as Readonly<Record<string, unknown>>;
  for (const field of ["door", "at", "code"] as const)
    if (typeof fields[field] !== "string")
      return { ok: false, field, message: fields[field] === undefined ? "missing" : "expected text in quotes" };
  const { door, at, code } = fields as Record<"door" | "at" | "code", string>;
  return readCase(held, { door, at, code: new SecretText(code) });
}
