/**
 * A smaller script that still breaks the same invariant: lines are left out in runs of halving length as long as that helps.
 * The site stays as it is, and so does what heals it: a script without that breaks in another way. Every attempt is a whole run of the world, so attempts have an end.
 */
import type { Invariant } from "@lintel/firmware-sim/rehearsal/invariants/history.ts";
import { HEALS, type Line, type World } from "@lintel/firmware-sim/rehearsal/swarm/world.ts";
import { type Broken, runWorld, whyNotRun } from "./run-world.ts";

export interface Shrunk {
  readonly world: World;
  readonly broken: Broken;
  readonly tries: number;
}

/** `world` breaks as `broken` says. `tries`: the most runs that are made. */
export function shrink(world: World, broken: Broken, invariants: readonly Invariant[], tries: number): Shrunk {
  let best = { world: upTo(world, broken), broken, tries: 0 };
  const breaks = (lines: readonly Line[]): boolean => {
    const smaller = { ...best.world, lines };
    best = { ...best, tries: best.tries + 1 };
    if (whyNotRun(smaller) !== null) return false;
    const found = runWorld(smaller, invariants).broken;
    if (found?.name !== broken.name) return false;
    best = { ...best, world: smaller, broken: found };
    return true;
  };
  if (!breaks(best.world.lines)) best = { ...best, world };
  for (let size = Math.ceil(best.world.lines.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < best.world.lines.length && best.tries < tries; ) {
      const { lines } = best.world;
      const fewer = lines.filter((line, at) => at < from || at >= from + size || heals(world, line));
      if (fewer.length === 0 || fewer.length === lines.length || !breaks(fewer)) from += size;
    }
  }
  return best;
}

function heals({ healedAt }: World, { at }: Line): boolean {
  return at === healedAt - HEALS;
}

/** What comes behind the broken moment has no part in it, but for the look at a healed world. */
function upTo(world: World, { line }: Broken): World {
  const end = world.lines.at(-1)!;
  const kept = world.lines.slice(0, Math.max(1, line));
  return { ...world, lines: kept.includes(end) ? kept : [...kept, end] };
}
