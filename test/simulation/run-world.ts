/**
 * One simulated run: a world through the rehearsal, with every invariant listening. It ends at the first that is broken,
 * and says at which line of the script.
 */
import { readSite } from "@lintel/edge/site/read.ts";
import { edgesOfDoors, type Site } from "@lintel/edge/site/site.ts";
import { FAULTS } from "@lintel/firmware-sim/rehearsal/faults/catalogue.ts";
import type { Happening, Invariant, Setting, What } from "@lintel/firmware-sim/rehearsal/invariants/history.ts";
import { watchMarks } from "@lintel/firmware-sim/rehearsal/invariants/marks.ts";
import { Rehearsal } from "@lintel/firmware-sim/rehearsal/rehearsal.ts";
import { readScript, type Step } from "@lintel/firmware-sim/rehearsal/script.ts";
import type { World } from "@lintel/firmware-sim/rehearsal/swarm/world.ts";
import { lineOf } from "@lintel/firmware-sim/rehearsal/transcript.ts";
import { type Instant, instant } from "@lintel/protocol/base/units.ts";
import { nodeEd25519 } from "../../scripts/node-ed25519.ts";
import { scriptText, siteText } from "./world-text.ts";

const ED25519 = nodeEd25519();

export interface Broken {
  /** Of the invariant; `crash` where the code itself found a mistake of its own. */
  readonly name: string;
  readonly why: string;
  /** Of the script, from 1: the last that was done; 0: none was. */
  readonly line: number;
  readonly at: number;
}

export interface Run {
  readonly broken: Broken | null;
  readonly marks: ReadonlySet<string>;
  readonly events: number;
}

export function runWorld(world: World, invariants: readonly Invariant[]): Run {
  const site = read(siteText(world.site));
  const steps = readSteps(world, site);
  const setting: Setting = { site, edgeOfDoor: edgesOfDoors(site) };
  const listening = new Listening(setting, invariants, instant(world.begin));
  try {
    play(world, { site, steps, listening });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    listening.broke("crash", error.stack ?? error.message);
  }
  return { broken: listening.broken, marks: listening.marks, events: listening.events };
}

/** Why a world cannot be run: what a shrinker tries must stay a site and a script. Null: it can. */
export function whyNotRun(world: World): string | null {
  for (const site of [world.site, ...Object.values(world.files)]) {
    const { problems } = readSite(siteText(site));
    const wrong = problems.find(({ severity }) => severity === "error");
    if (wrong !== undefined) return `${wrong.path}: ${wrong.message}`;
  }
  try {
    readSteps(world, read(siteText(world.site)));
  } catch (error) {
    return String(error);
  }
  return null;
}

interface Playing {
  readonly site: Site;
  readonly steps: readonly Step[];
  readonly listening: Listening;
}

function play(world: World, { site, steps, listening }: Playing): void {
  const rehearsal = new Rehearsal({
    site,
    seed: world.seed,
    ed25519: ED25519,
    begin: instant(world.begin),
    readFile: (path) => {
      const file = world.files[path];
      return file === undefined ? { ok: false, why: "there is no such file" } : { ok: true, text: siteText(file) };
    },
    observer: listening.observer,
  });
  listening.begins(rehearsal);
  let healed = false;
  for (const step of steps) {
    if (!healed && step.at >= world.healedAt) {
      healed = true;
      rehearsal.passTo(instant(world.healedAt));
      listening.tell({ kind: "healed" });
      listening.look();
    }
    rehearsal.passTo(step.at);
    listening.line = step.line;
    listening.tell({ kind: "step", step });
    rehearsal.do(step);
    listening.look();
    if (listening.broken !== null) return;
  }
  listening.tell({ kind: "over" });
}

class Listening {
  readonly #watches: readonly { readonly name: string; readonly hear: (happening: Happening) => string | null }[];
  readonly #marks: ReturnType<typeof watchMarks>;
  #rehearsal: Rehearsal | null = null;
  #now: Instant;
  #said = 0;
  line = 0;
  broken: Broken | null = null;
  events = 0;

  constructor(setting: Setting, invariants: readonly Invariant[], begin: Instant) {
    this.#watches = invariants.map((each) => ({ name: each.name, hear: each.watch(setting) }));
    this.#marks = watchMarks(setting);
    this.#now = begin;
  }

  get marks(): ReadonlySet<string> {
    return this.#marks.reached;
  }

  readonly observer: ConstructorParameters<typeof Rehearsal>[0]["observer"] = {
    edge: (edge, event) => {
      this.tell({ kind: "told", edge, event });
      if (event.event === "record") this.tell({ kind: "record", edge, record: event.record });
    },
    controller: (doors, event) => {
      for (const door of doors) {
        if (event.kind === "relay" && event.output === 0) this.tell({ kind: "relay", door, released: event.released });
        if (event.kind === "power") this.tell({ kind: "power", door, on: event.on });
        if (event.kind === "rex") this.tell({ kind: "noticed", door, what: "rex", on: event.pressed });
        if (event.kind === "fire") this.tell({ kind: "noticed", door, what: "fire", on: event.on });
      }
    },
    authority: (event) => {
      if (event.event === "collected") this.tell({ kind: "collected", edge: event.edge, record: event.record });
    },
    applied: (site, keysets) => this.tell({ kind: "applied", site, keysets }),
    message: (topic, payload) => this.tell({ kind: "message", topic, payload }),
  };

  begins(rehearsal: Rehearsal): void {
    this.#rehearsal = rehearsal;
  }

  tell(what: What): void {
    this.#now = this.#rehearsal?.now ?? this.#now;
    const happening: Happening = { ...what, at: this.#now };
    this.events += 1;
    this.#marks.hear(happening);
    for (const { name, hear } of this.#watches) {
      const wrong = hear(happening);
      if (wrong !== null) this.broke(name, wrong);
    }
  }

  /** How all is now: the edges, and what the transcript says since the last look. */
  look(): void {
    const rehearsal = this.#rehearsal!;
    this.tell({ kind: "issued", numbers: rehearsal.issued() });
    this.tell({ kind: "look", edges: rehearsal.statuses() });
    for (const event of rehearsal.events.slice(this.#said)) this.tell({ kind: "said", text: lineOf(event) });
    this.#said = rehearsal.events.length;
  }

  /** The first counts: what follows from a broken world says little. */
  broke(name: string, why: string): void {
    this.broken ??= { name, why, line: this.line, at: this.#now };
  }
}

function read(text: string): Site {
  const { site, problems } = readSite(text);
  if (site === null) throw new Error(`a drawn site reads: ${JSON.stringify(problems)}`);
  return site;
}

function readSteps(world: World, site: Site): readonly Step[] {
  const script = readScript(scriptText(world), {
    doors: new Set(site.doors.map(({ id }) => id)),
    faults: FAULTS,
    instantOf: (text) => instant(Date.parse(text)),
  });
  if (!script.ok) throw new Error(`a drawn script reads: ${JSON.stringify(script.error)}`);
  return script.value;
}
