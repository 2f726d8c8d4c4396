/**
 * `make sim`: random worlds, one after the other, each under every invariant. Prints the seed of each that breaks one, with
 * the line, the reason, and a smaller script beside its site that `lintel rehearse` plays.
 *
 *   node --import tsx test/simulation/simulate.ts [--seed N] [--runs N] [--seconds N] [--minutes N]
 *
 * `--seed`: the first; each run takes the next (default: drawn, and printed). `--runs` and `--seconds` (real time) end it,
 * whichever comes first; `--minutes`: how long each world goes on in its own time (default 10). Exit 1: something broke.
 */
import { randomInt } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { FAULTS } from "@lintel/firmware-sim/rehearsal/faults/catalogue.ts";
import { INVARIANTS } from "@lintel/firmware-sim/rehearsal/invariants/all.ts";
import { MARKS } from "@lintel/firmware-sim/rehearsal/invariants/marks.ts";
import { drawWorld, type World } from "@lintel/firmware-sim/rehearsal/swarm/world.ts";
import { type Broken, runWorld } from "./run-world.ts";
import { shrink } from "./shrink.ts";
import { scriptText, siteText } from "./world-text.ts";

/** Runs that a shrinker may make of one failure. */
const SHRINKING = 150;
const OUT = ".cache/simulation";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    runs: { type: "string" },
    seconds: { type: "string" },
    minutes: { type: "string", default: "10" },
  },
});
const first = whole("seed", values.seed) ?? randomInt(1, 1_000_000_000);
const runs = whole("runs", values.runs) ?? Number.POSITIVE_INFINITY;
const seconds = whole("seconds", values.seconds) ?? (values.runs === undefined ? 60 : Number.POSITIVE_INFINITY);
const minutes = whole("minutes", values.minutes) ?? 10;

const begun = Date.now();
const reached = new Map<string, number>();
let failed = 0;
let done = 0;
console.log(`seeds from ${first} on`);
for (; done < runs && (Date.now() - begun) / 1000 < seconds; done += 1) {
  const seed = first + done;
  const world = drawWorld({ seed, minutes, faults: [...FAULTS.values()] });
  const { broken, marks } = runWorld(world, INVARIANTS);
  for (const mark of marks) reached.set(mark, (reached.get(mark) ?? 0) + 1);
  if (broken === null) continue;
  failed += 1;
  tell(world, broken);
}
const missing = Object.keys(MARKS).filter((mark) => !reached.has(mark));
console.log(
  `${reached.size} of ${Object.keys(MARKS).length} marks reached${missing.length > 0 ? `; not: ${missing.join(", ")}` : ""}`,
);
console.log(`${done} worlds, seeds ${first} to ${first + done - 1}, ${((Date.now() - begun) / 1000).toFixed(0)} s`);
console.log(`${done - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 || done === 0 ? 1 : 0;

function tell(world: World, broken: Broken): void {
  const { seed } = world;
  console.log(`\nFAILED seed ${seed}, line ${broken.line}: ${broken.name}: ${broken.why}`);
  console.log(`  again: make sim SEED=${seed} RUNS=1${minutes === 10 ? "" : ` MINUTES=${minutes}`}`);
  const small = shrink(world, broken, INVARIANTS, SHRINKING);
  const folder = join(OUT, String(seed));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "site.yaml"), siteText(small.world.site));
  for (const [name, site] of Object.entries(small.world.files)) writeFileSync(join(folder, name), siteText(site));
  writeFileSync(join(folder, "script.jsonl"), scriptText(small.world));
  writeFileSync(join(folder, "world.json"), `${JSON.stringify(small.world, null, 1)}\n`);
  console.log(
    `  ${world.lines.length} lines, ${small.world.lines.length} are enough (${small.tries} tries): ${small.broken.why}`,
  );
  console.log(`  npx lintel rehearse --site ${folder}/site.yaml --script ${folder}/script.jsonl --seed ${seed}`);
  console.log(`  to keep it: copy ${folder}/world.json into test/simulation/corpus/`);
}

function whole(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  if (/^\d{1,12}$/.test(text)) return Number(text);
  console.error(`--${name} ${text}: expected a whole number`);
  process.exit(2);
}
