/**
 * `make fuzz`: hostile bytes into the deframer, the tables and both ends of the line, for SECONDS (default 60), each
 * target for the same share. SEED begins elsewhere; ONLY names one target. A finding prints how to have it again, and
 * becomes a row of fuzz.test.ts.
 */
import { TARGETS, type Target } from "./targets.ts";

const seconds = Number(process.env.SECONDS ?? "60");
const first = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
/** One case alone, the one of SEED, with all that was thrown. */
const alone = process.env.CASE === "1";
const targets = TARGETS.filter(({ name }) => process.env.ONLY === undefined || name === process.env.ONLY);
if (targets.length === 0 || !Number.isInteger(first) || !(seconds > 0)) {
  console.error(`SECONDS a number, SEED a whole number, ONLY one of ${TARGETS.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}

console.log(`fuzz: SEED=${first}, ${seconds} s`);
/** Of one target: the first few tell enough. */
const FINDINGS_MAX = 3;
let found = 0;
for (const target of targets) {
  const until = performance.now() + (seconds * 1_000) / targets.length;
  let cases = 0;
  let here = 0;
  do {
    here += tried(target, first + cases) ? 0 : 1;
    cases += 1;
  } while (!alone && here < FINDINGS_MAX && performance.now() < until);
  found += here;
  const heap = Math.round(process.memoryUsage().heapUsed / 2 ** 20);
  console.log(`${target.name.padEnd(12)} ${String(cases).padStart(6)} cases, heap ${heap} MB`);
}
console.log(found === 0 ? "nothing found" : `${found} found`);
process.exitCode = found === 0 ? 0 : 1;

function tried(target: Target, seed: number): boolean {
  const thrown: string[] = [];
  try {
    target.run(seed, (what) => thrown.push(what));
    return true;
  } catch (error) {
    console.log(`FOUND ${target.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    if (alone) for (const each of thrown) console.log(`  ${each}`);
    console.log(`again: make fuzz ONLY=${target.name} SEED=${seed} CASE=1`);
    return false;
  }
}
