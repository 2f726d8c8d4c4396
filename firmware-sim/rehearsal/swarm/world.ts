/**
 * A random world: a site, the sites it is edited into, and a script of what people, attackers and faults do in it; then
 * all is healed, and every code is tried once more. All of it is what `lintel rehearse` takes: text of site files and
 * lines of a script.
 */
import type { FaultKind } from "../../board/faults/fault.ts";
import { Draw } from "./draw.ts";
import { drawLife } from "./life.ts";
import { type DrawnSite, drawSite, editSite } from "./site.ts";

/** A line of a script as it is written: `at` in ms since 1970. */
export interface Line {
  readonly at: number;
  readonly act: Readonly<Record<string, unknown>>;
}

export interface World {
  /** Of the parts' own randomness: nonces, keys. */
  readonly seed: number;
  readonly site: DrawnSite;
  /** Site files that `apply` names. */
  readonly files: Readonly<Record<string, DrawnSite>>;
  readonly begin: number;
  /** In order. */
  readonly lines: readonly Line[];
  /** From then on everything must be well again. */
  readonly healedAt: number;
}

export interface Swarm {
  readonly seed: number;
  /** How long it goes on before it is healed. */
  readonly minutes: number;
  readonly faults: readonly FaultKind[];
}

const MINUTE = 60_000;
/** In ms. What is taken off needs this long until the last of its traces is gone: sessions, connections, outboxes, ages of signed time. */
export const HEALS = 3 * MINUTE;
/** The longest lock-out, but for the cap of a day: after it every pad answers. */
const LOCKED = 16 * MINUTE;
/** Between two codes that are tried at last: longer than any release, and than what waits for an opening. */
const BETWEEN = 45_000;
/** The file that is applied where the authority was put back. */
const RESTORED = "restored.yaml";
/** Keys that are tried at last. */
const TRIED = 6;

export function drawWorld({ seed, minutes, faults }: Swarm): World {
  const draw = new Draw(seed, "world");
  const begin = drawBegin(draw.part("begin"));
  const site = drawSite(draw.part("site"), begin);
  const files = drawEdits(draw.part("edits"), site, begin);
  const end = begin + minutes * MINUTE;
  const life = drawLife(draw.part("life"), { site, files, begin, end, faults });
  const lasting = new Set(faults.flatMap(({ name, lasts }) => (lasts ? [name] : [])));
  // Who puts an authority back from a backup applies the site as it should be: docs/install.md.
  const restored = life.lines.some(({ act }) => act.fault === "authority-restored");
  if (restored) files[RESTORED] = life.last;
  const healing = heal(site, life.lines, { at: end, lasting });
  if (restored) healing.push({ at: end, act: { apply: RESTORED } });
  const healedAt = end + HEALS;
  const probes = tryCodes(draw.part("codes"), life.last, healedAt + (life.attacked ? LOCKED : MINUTE / 2));
  return { seed, site, files, begin, lines: [...life.lines, ...healing, ...probes], healedAt };
}

/** Any time of two years, often in the hours in which something happens; sometimes a night on which clocks change. */
function drawBegin(draw: Draw): number {
  const nights = [Date.UTC(2026, 9, 25, 0, 40), Date.UTC(2027, 2, 28, 0, 40), Date.UTC(2026, 10, 1, 5, 40)];
  if (draw.chance(10)) return draw.one(nights);
  const day = Date.UTC(2026, 5, 1) + draw.whole(0, 500) * 86_400_000;
  return day + draw.whole(0, 24 * 60 - 1) * MINUTE + draw.whole(0, 59_999);
}

function drawEdits(draw: Draw, first: DrawnSite, begin: number): Record<string, DrawnSite> {
  const files: Record<string, DrawnSite> = {};
  let site = first;
  for (let number = 1; number <= draw.whole(0, 4); number += 1) {
    site = editSite(draw, site, begin);
    files[`edit-${number}.yaml`] = site;
  }
  return files;
}

/** Takes off whatever may stand; a fault only where one was put. */
function heal(
  site: DrawnSite,
  lines: readonly Line[],
  { at, lasting }: { readonly at: number; readonly lasting: ReadonlySet<string> },
): Line[] {
  const standing = new Map<string, Record<string, unknown>>();
  for (const { act } of lines) {
    if (typeof act.fault !== "string" || !lasting.has(act.fault)) continue;
    const door = act.door === undefined ? {} : { door: act.door };
    standing.set(`${act.fault} ${act.door}`, { fault: act.fault, ...door, off: true });
  }
  const line = (act: Record<string, unknown>): Line => ({ at, act });
  return [
    ...[...standing.values()].map(line),
    ...site.doors.flatMap(({ id: door, fireRelease }) => [
      line({ power: "on", unit: "controller", door }),
      line({ power: "on", unit: "edge", door }),
      line({ tamper: false, door }),
      ...(fireRelease === undefined ? [] : [line({ fire: false, door })]),
      line({ contact: "closed", door }),
    ]),
    line({ authority: "on" }),
    line({ clock: "trusted" }),
  ];
}

function tryCodes(draw: Draw, { doors, keys }: DrawnSite, from: number): readonly Line[] {
  const tried = keys.flatMap(({ pin, doors: of }) => {
    const door = draw.one(of === "all" ? doors.map(({ id }) => id) : of);
    return [{ press: `${pin}#`, door }];
  });
  const lines = tried.slice(0, TRIED).map((act, number) => ({ at: from + number * BETWEEN, act }));
  return [...lines, { at: from + lines.length * BETWEEN + MINUTE, act: { end: true } }];
}
