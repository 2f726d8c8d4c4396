/**
 * What happens in a random world before it is healed. Swarm: each run takes some of what may happen and leaves the rest
 * out, so that what one kind of fault would cover up comes to light where it is missing.
 */
import type { FaultKind, Parameter } from "../../board/faults/fault.ts";
import { sayLength } from "../../board/faults/fault.ts";
import type { Draw } from "./draw.ts";
import type { DrawnDoor, DrawnKey, DrawnSite } from "./site.ts";
import type { Line } from "./world.ts";

interface Setting {
  readonly site: DrawnSite;
  readonly files: Readonly<Record<string, DrawnSite>>;
  readonly begin: number;
  readonly end: number;
  readonly faults: readonly FaultKind[];
}

export interface Life {
  /** In order. */
  readonly lines: readonly Line[];
  /** In force at the authority at last. */
  readonly last: DrawnSite;
  /** Somebody guessed: pads may be locked out. */
  readonly attacked: boolean;
}

type Act = Line["act"];
/** Adds what it does, from a time on. */
type Actor = (draw: Draw, at: number, world: Setting) => readonly Line[];

const SECOND = 1_000;
const MINUTE = 60_000;
/** A person types a key every 300 ms. */
const KEY_TIME = 300;
/** Things that happen a minute, on average, of all kinds together. */
const RATE = 1.2;
/** Wrong entries of one run: below the cap of a day, which would lock a pad for longer than the run. */
const GUESSES = 45;

const ACTORS: Readonly<Record<string, Actor>> = {
  slip: (draw, at, { site }) => {
    const { key, door } = drawUse(draw, site);
    const place = draw.whole(0, 5);
    const wrong = String((Number(key.pin[place]) + draw.whole(1, 9)) % 10);
    const slipped = `${key.pin.slice(0, place)}${wrong}${key.pin.slice(place + 1)}`;
    return [press(at, door, `${slipped}#`), press(at + draw.whole(4, 9) * SECOND, door, `${key.pin}#`)];
  },
  forgetful: (draw, at, { site }) => {
    const { key, door } = drawUse(draw, site);
    const half = key.pin.slice(0, draw.whole(1, 5));
    const begins = draw.chance(50) ? `${half}*` : half;
    return [press(at, door, begins), press(at + draw.whole(3, 15) * SECOND, door, `${key.pin}#`)];
  },
  "wrong-length": (draw, at, { site }) => {
    const { key, door } = drawUse(draw, site);
    return [press(at, door, draw.chance(50) ? `${key.pin}${draw.whole(0, 9)}#` : `${key.pin.slice(1)}#`)];
  },
  again: (draw, at, { site }) => {
    const { key, door } = drawUse(draw, site);
    const times = draw.whole(2, 4);
    return Array.from({ length: times }, (_, number) =>
      press(at + number * draw.whole(4, 20) * SECOND, door, `${key.pin}#`),
    );
  },
  guess: (draw, at, { site }) => {
    const door = draw.one(site.doors).id;
    const own = draw.chance(30) ? drawUse(draw, site).key : null;
    return Array.from({ length: draw.whole(4, 9) }, (_, number) => {
      const code = own !== null && number === 3 ? own.pin : String(draw.whole(1_000_000, 1_999_999)).slice(1);
      return press(at + number * 4 * SECOND, door, `${code}#`);
    });
  },
  exit: (draw, at, { site }) => {
    const door = doorWith(draw, site, "rex");
    return door === null ? [] : [line(at, { rex: true, door })];
  },
  "edge-power": (draw, at, { site }) => [
    line(at, { power: "off", unit: "edge", door: draw.one(site.doors).id }),
    ...back(draw, at, (then) =>
      site.doors.slice(0, 3).map(({ id }) => line(then, { power: "on", unit: "edge", door: id })),
    ),
  ],
  "controller-power": (draw, at, { site }) => {
    const door = draw.one(site.doors).id;
    return [
      line(at, { power: "off", unit: "controller", door }),
      ...back(draw, at, (then) => [line(then, { power: "on", unit: "controller", door })]),
    ];
  },
  "cut-at-grant": (draw, at, { site }) => {
    const { key, door } = drawUse(draw, site);
    const judged = at + 6 * KEY_TIME;
    const cut = judged + draw.whole(0, 250);
    return [
      press(at, door, `${key.pin}#`),
      line(cut, { power: "off", unit: draw.one(["edge", "controller"]), door }),
      line(cut + draw.whole(1, 20) * SECOND, { power: "on", unit: "edge", door }),
      line(cut + 21 * SECOND, { power: "on", unit: "controller", door }),
      press(cut + draw.whole(25, 60) * SECOND, door, `${key.pin}#`),
    ];
  },
  authority: (draw, at) => [
    line(at, { authority: "off" }),
    ...back(draw, at, (then) => [line(then, { authority: "on" })]),
  ],
  "clock-unknown": (draw, at) => [
    line(at, { clock: "unknown" }),
    ...back(draw, at, (then) => [line(then, { clock: "trusted" })]),
  ],
  "clock-step": (draw, at) => {
    const size = draw.one([3 * SECOND, 10 * SECOND, 4 * MINUTE, 6 * MINUTE, 60 * MINUTE, 26 * 60 * MINUTE]);
    return [line(at, { clock: { stepMs: draw.chance(50) ? size : -size } })];
  },
  mode: (draw, at, { site }) => {
    const door = draw.one(site.doors).id;
    return [
      line(at, { mode: draw.one(["resident", "tour", "privacy", "vacation", "lockdown"]), door }),
      ...back(draw, at, (then) => [line(then, { mode: "normal", door })]),
    ];
  },
  override: (draw, at, { site }) => {
    const door = draw.one(site.doors).id;
    const until = draw.chance(50) ? { until: new Date(at + draw.whole(1, 20) * MINUTE).toISOString() } : {};
    const set = line(at, { override: draw.one(["unlock", "unlock", "lock"]), ...until, door });
    return draw.chance(50) ? [set] : [set, line(at + draw.whole(1, 10) * MINUTE, { override: "resume", door })];
  },
  fire: (draw, at, { site }) => {
    const door = doorWith(draw, site, "fireRelease");
    if (door === null) return [];
    return [line(at, { fire: true, door }), ...back(draw, at, (then) => [line(then, { fire: false, door })])];
  },
  tamper: (draw, at, { site }) => {
    const door = draw.one(site.doors).id;
    return [line(at, { tamper: true, door }), line(at + draw.whole(1, 60) * SECOND, { tamper: false, door })];
  },
  force: (draw, at, { site }) => {
    const door = draw.one(site.doors).id;
    return [line(at, { contact: "open", door }), line(at + draw.whole(1, 60) * SECOND, { contact: "closed", door })];
  },
};

export function drawLife(draw: Draw, world: Setting): Life {
  const actors = Object.keys(ACTORS).filter((name) => draw.part(`takes ${name}`).chance(45));
  const faults = world.faults.filter(({ name }) => draw.part(`takes ${name}`).chance(25));
  const count = Math.ceil(((world.end - world.begin) / MINUTE) * RATE);
  const lines: Line[] = [];
  let guesses = 0;
  for (let number = 0; number < count; number += 1) {
    const own = draw.part(`${number}`);
    const at = own.whole(world.begin, world.end - 1);
    const what = own.whole(1, 100);
    if (what <= 35 || actors.length + faults.length === 0) lines.push(...use(own, at, world));
    else if (faults.length > 0 && what > 80) lines.push(...befall(own, at, world.site, own.one(faults)));
    else if (actors.length > 0) {
      const name = own.one(actors);
      const drawn = ACTORS[name]!(own, at, world);
      if (name === "guess") guesses += drawn.length;
      if (name !== "guess" || guesses < GUESSES) lines.push(...drawn);
    }
  }
  const edits = applyAll(draw.part("edits"), world);
  const all = [...lines, ...edits].filter(({ at }) => at < world.end);
  const inOrder = all
    .map((each, place) => ({ each, place }))
    .sort((a, b) => a.each.at - b.each.at || a.place - b.place);
  const ordered = inOrder.map(({ each }) => each);
  return {
    lines: ordered,
    last: lastApplied(ordered, world),
    attacked: guesses > 0 || actors.includes("wrong-length"),
  };
}

/** Comes, types, goes through and lets the door fall shut; or does not. */
function use(draw: Draw, at: number, { site, files }: Setting): readonly Line[] {
  const known = draw.one([site, site, ...Object.values(files)]);
  const { key, door } = drawUse(draw, known);
  const opens = at + 7 * KEY_TIME + draw.whole(200, 2_500);
  const master = draw.chance(10) ? known.doors.find(({ id }) => id === door)?.masterCode : undefined;
  const code = master ?? (draw.chance(15) ? (key.duressPin ?? key.pin) : key.pin);
  const walks = draw.chance(75)
    ? [line(opens, { contact: "open", door }), line(opens + draw.whole(1, 40) * SECOND, { contact: "closed", door })]
    : [];
  return [press(at, door, `${code}#`), ...walks];
}

/** In their order, at random times: an edit of an edit is the whole site of its time. */
function applyAll(draw: Draw, { files, begin, end }: Setting): readonly Line[] {
  const times = Object.keys(files).map(() => draw.whole(begin, end - 1));
  times.sort((a, b) => a - b);
  return Object.keys(files).map((apply, at) => line(times[at]!, { apply }));
}

/** With the authority off nothing is applied. */
function lastApplied(lines: readonly Line[], { site, files }: Setting): DrawnSite {
  let on = true;
  let last = site;
  for (const { act } of lines) {
    if (act.authority !== undefined) on = act.authority === "on";
    if (act.apply !== undefined && on) last = files[act.apply as string]!;
  }
  return last;
}

function befall(draw: Draw, at: number, site: DrawnSite, kind: FaultKind): readonly Line[] {
  const { name: fault, place, lasts, parameters } = kind;
  const door = place === "site" ? {} : { door: draw.one(site.doors).id };
  const settings = Object.fromEntries(
    Object.entries(parameters).flatMap(([name, parameter]) =>
      draw.chance(30) ? [] : [[name, drawParameter(draw, parameter)] as const],
    ),
  );
  const ends = lasts && draw.chance(70) ? { for: `${draw.whole(1, 120)}s` } : {};
  return [line(at, { fault, ...door, ...settings, ...ends })];
}

/** Mostly of the size of its default, sometimes at an end of what is allowed. */
function drawParameter(draw: Draw, parameter: Parameter): unknown {
  if (parameter.kind === "word") return draw.one(parameter.words);
  const { min, max, default: usual } = parameter;
  const ends = draw.chance(10) ? draw.one([min, max]) : null;
  const value = ends ?? Math.min(max, Math.max(min, (usual * draw.whole(10, 300)) / 100));
  const round = Number.isInteger(min) && Number.isInteger(max) && Number.isInteger(usual) && max > 1;
  if (parameter.kind === "duration") return sayLength(Math.round(value));
  return round ? Math.round(value) : Number(value.toFixed(6));
}

function drawUse(draw: Draw, { doors, keys }: DrawnSite): { readonly key: DrawnKey; readonly door: string } {
  const key = draw.one(keys);
  const all = doors.map(({ id }) => id);
  // Now and then at a door that is not its own.
  const door = draw.one(key.doors === "all" || draw.chance(10) ? all : key.doors);
  return { key, door };
}

function doorWith(draw: Draw, { doors }: DrawnSite, fitted: keyof DrawnDoor): string | null {
  const those = doors.filter((door) => door[fitted] !== undefined);
  return those.length === 0 ? null : draw.one(those).id;
}

function back(draw: Draw, at: number, lines: (then: number) => readonly Line[]): readonly Line[] {
  const away = draw.chance(30) ? draw.whole(100, 5_000) : draw.whole(5, 300) * SECOND;
  return draw.chance(90) ? lines(at + away) : [];
}

function press(at: number, door: string, press: string): Line {
  return line(at, { press, door });
}

function line(at: number, act: Act): Line {
  return { at, act };
}
