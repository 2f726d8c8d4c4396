/** For tests: one edge with two doors through a fault, and what must be true of it whatever fails. */
import { readSite } from "@lintel/edge/site/read.ts";
import { instant, type Millis, millis } from "@lintel/protocol/base/units.ts";
import type { ShownRecord } from "@lintel/protocol/mqtt/record.ts";
import { Rehearsal, runScript } from "../rehearsal.ts";
import { readScript } from "../script.ts";
import { inOrder, lineOf, type TranscriptEvent } from "../transcript.ts";
import { FAULTS } from "./catalogue.ts";
import type { Written } from "./faults.rig.ts";

export const SITE = `
site: { id: hq, name: Head office, timezone: Europe/Berlin }
edges: [ { id: e1 } ]
buses: [ { id: b1, edge: e1, port: sim, baud: 38400 } ]
doors:
  - id: front
    controller: { bus: b1, address: 0 }
    contact: { input: 0 }
    rex: { input: 1 }
  - id: back
    controller: { bus: b1, address: 1 }
users: [ { id: u1, name: Ann } ]
keys:
  - { id: always, user: u1, doors: all, restriction: none, pin: "274936" }
  - { id: once, user: u1, doors: [front], restriction: one-time, pin: "385047" }
  - { id: ended, user: u1, doors: all, restriction: none, validUntil: "2026-12-01T09:00", pin: "496158" }
  - { id: revoked, user: u1, doors: all, restriction: none, pin: "507269" }
`;

/** As `apply` puts it in force: nobody opens with \`revoked\` any more. */
export const REVOKED = SITE.replace(
  'restriction: none, pin: "507269"',
  'restriction: none, enabled: false, pin: "507269"',
);

const FILES: Readonly<Record<string, string>> = { "revoked.yaml": REVOKED, "first.yaml": SITE };

export interface Ran {
  readonly rehearsal: Rehearsal;
  readonly events: readonly TranscriptEvent[];
  readonly lines: readonly string[];
}

/** `at` of a step is its time on 1 December 2026, in UTC. */
export function rehearseSite(steps: readonly Written[], { seed = 1, skip = true } = {}): Ran {
  const { site, problems } = readSite(SITE);
  if (site === null) throw new Error(JSON.stringify(problems));
  const text = steps.map((step) => JSON.stringify({ ...step, at: `2026-12-01T${step.at}Z` })).join("\n");
  const script = readScript(text, {
    doors: new Set(site.doors.map(({ id }) => id)),
    faults: FAULTS,
    instantOf: (written) => instant(Date.parse(written)),
  });
  if (!script.ok) throw new Error(JSON.stringify(script.error));
  const readFile = (path: string) => {
    const file = FILES[path];
    return file === undefined ? ({ ok: false, why: "no such file" } as const) : ({ ok: true, text: file } as const);
  };
  const rehearsal = new Rehearsal({ site, seed, skip, begin: script.value[0]!.at, readFile });
  runScript(rehearsal, script.value);
  const events = inOrder(rehearsal.events);
  return { rehearsal, events, lines: events.map(lineOf) };
}

/** All that the authority has collected of the edge, in the order of collection. */
export function collected({ rehearsal }: Ran): readonly ShownRecord[] {
  return rehearsal.authority.records(0, 1000).map(({ record }) => record);
}

/** Strikes of a door, each with how long it was driven; null: it still is. */
export function releases({ events }: Ran, door: string): readonly { at: number; length: Millis | null }[] {
  const ours = events.filter((event) => event.door === door);
  return ours.flatMap(({ at, event }, place) => {
    if (event !== "unlocked") return [];
    const end = ours.slice(place).find((later) => later.event === "locked");
    return [{ at, length: end === undefined ? null : millis(end.at - at) }];
  });
}
