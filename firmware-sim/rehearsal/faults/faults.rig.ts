/** For tests: a site of two doors on one line, and a script with faults, run to its transcript. */
import { readSite } from "@lintel/edge/site/read.ts";
import { instant } from "@lintel/protocol/base/units.ts";
import { Rehearsal, runScript } from "../rehearsal.ts";
import { readScript } from "../script.ts";
import { inOrder, type TranscriptEvent } from "../transcript.ts";
import { FAULTS } from "./catalogue.ts";

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
    contact: { input: 0 }
    rex: { input: 1 }
users: [ { id: u1, name: Ann } ]
keys:
  - { id: k1, user: u1, doors: all, restriction: none, pin: "274936" }
`;

/** `at` of a step is its time on 1 December 2026, in UTC. */
export type Written = { readonly at: string } & Readonly<Record<string, unknown>>;

interface Running {
  readonly seed?: number;
  readonly skip?: boolean;
  /** Texts of site files, by the name that `apply` says. */
  readonly files?: Readonly<Record<string, string>>;
}

export function rehearse(steps: readonly Written[], running: Running = {}): readonly TranscriptEvent[] {
  return inOrder(rehearsed(steps, running).events);
}

/** The whole world, as it stands at the end. */
export function rehearsed(steps: readonly Written[], { seed = 1, skip = true, files = {} }: Running = {}): Rehearsal {
  const { site, problems } = readSite(SITE);
  if (site === null) throw new Error(JSON.stringify(problems));
  const script = readScript(steps.map((step) => JSON.stringify({ ...step, at: `2026-12-01T${step.at}Z` })).join("\n"), {
    doors: new Set(["front", "back"]),
    faults: FAULTS,
    instantOf: (text) => instant(Date.parse(text)),
  });
  if (!script.ok) throw new Error(JSON.stringify(script.error));
  const readFile = (path: string) => {
    const text = files[path];
    return text === undefined ? ({ ok: false, why: "there is no such file" } as const) : ({ ok: true, text } as const);
  };
  const rehearsal = new Rehearsal({ site, seed, skip, begin: script.value[0]!.at, readFile });
  runScript(rehearsal, script.value);
  return rehearsal;
}

/** `10:00:01 front granted`, of the events named, or of all. */
export function told(events: readonly TranscriptEvent[], only: readonly string[] = []): readonly string[] {
  return events
    .filter(({ event }) => only.length === 0 || only.includes(event))
    .map(({ at, door, event, reasons = [] }) =>
      [new Date(at).toISOString().slice(11, 19), door ?? "-", event, ...reasons].join(" "),
    );
}
