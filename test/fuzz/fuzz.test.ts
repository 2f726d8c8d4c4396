import { test } from "tap";
import { TARGETS } from "./targets.ts";

/** Seeds that once found something. Each stays. */
const FOUND: readonly { readonly target: string; readonly seed: number }[] = [];

const CASES = 25;
for (const { name, run } of TARGETS) {
  test(`hostile bytes, ${name}: ${CASES} cases, and every seed that ever found something`, (t) => {
    const seeds = FOUND.filter(({ target }) => target === name).map(({ seed }) => seed);
    for (let seed = 1; seed <= CASES; seed += 1) seeds.push(seed);
    for (const seed of seeds) t.doesNotThrow(() => run(seed, () => {}), `make fuzz ONLY=${name} SEED=${seed} CASE=1`);
    t.end();
  });
}
