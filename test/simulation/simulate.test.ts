/**
 * The simulation keeps its own promises: old failures stay mended, fixed seeds hold under every invariant, and together
 * they still reach the rare paths on which something could break.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { FAULTS } from "@lintel/firmware-sim/rehearsal/faults/catalogue.ts";
import { INVARIANTS } from "@lintel/firmware-sim/rehearsal/invariants/all.ts";
import type { Invariant } from "@lintel/firmware-sim/rehearsal/invariants/history.ts";
import { drawWorld, type World } from "@lintel/firmware-sim/rehearsal/swarm/world.ts";
import t, { test } from "tap";
import { runWorld } from "./run-world.ts";
import { shrink } from "./shrink.ts";
import { scriptText } from "./world-text.ts";

// Model time costs real work: on a busy machine a file takes longer than the usual 30 s.
t.setTimeout(280_000);

const CORPUS = fileURLToPath(new URL("./corpus", import.meta.url));
const faults = [...FAULTS.values()];
/** Chosen for what they reach; whoever adds a fault or an actor draws other worlds, and chooses anew. */
const SEEDS = [40, 25, 36, 7, 6, 35, 28, 10];
const REACHED = [
  "hours over a restart of the edge",
  "a keyset applied while a door is held",
  "a keyset applied while a lock-out runs",
  "a lock-out",
  "a code refused by a lock-out",
  "a fail-safe door released by loss of power",
  "a use given back",
  "a refusal because a code is used up",
  "a refusal because the clock is unknown",
  "a refusal by mode",
  "a refusal by a holiday",
  "hours opened by First-In",
  "keys typed to nobody",
  "a grant while the authority is off",
  "a grant by master code",
];

for (const file of readdirSync(CORPUS).filter((name) => name.endsWith(".json"))) {
  test(`mended: ${file}`, (t) => {
    const world = JSON.parse(readFileSync(`${CORPUS}/${file}`, "utf8")) as World;
    t.equal(runWorld(world, INVARIANTS).broken, null);
    t.end();
  });
}

const reached = new Set<string>();
for (const seed of SEEDS) {
  test(`seed ${seed} holds`, (t) => {
    const run = runWorld(drawWorld({ seed, minutes: 10, faults }), INVARIANTS);
    t.equal(run.broken, null);
    for (const mark of run.marks) reached.add(mark);
    t.end();
  });
}

test("the seeds above reach what they were chosen for", (t) => {
  t.same(
    REACHED.filter((mark) => !reached.has(mark)),
    [],
  );
  t.end();
});

test("the same seed draws the same world", (t) => {
  const text = () => scriptText(drawWorld({ seed: 5, minutes: 10, faults }));
  t.equal(text(), text());
  t.not(text(), scriptText(drawWorld({ seed: 6, minutes: 10, faults })));
  t.end();
});

test("what breaks an invariant is found, and made small", (t) => {
  const nobody: Invariant = {
    name: "nobody-goes-out",
    says: "a door without an exit button that is pressed",
    watch: () => (happening) => (happening.kind === "noticed" && happening.what === "rex" ? "somebody went out" : null),
  };
  const world = drawWorld({ seed: 14, minutes: 10, faults: [] });
  const { broken } = runWorld(world, [nobody]);
  t.match(broken, { name: "nobody-goes-out", why: "somebody went out" });
  const small = shrink(world, broken!, [nobody], 60);
  t.ok(small.world.lines.length <= 3, `${small.world.lines.length} of ${world.lines.length} lines`);
  t.match(runWorld(small.world, [nobody]).broken, { name: "nobody-goes-out" });
  t.end();
});
