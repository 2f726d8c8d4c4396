import { INVARIANTS } from "@lintel/firmware-sim/rehearsal/invariants/all.ts";
import { drawWorld } from "@lintel/firmware-sim/rehearsal/swarm/world.ts";
import { runWorld } from "/work/wt/simulate/test/simulation/run-world.ts";

const [a, b, m] = process.argv.slice(2).map(Number);
const all = new Map<string, number>();
for (let s = a!; s <= b!; s++) {
  const t = process.cpuUsage().user;
  try {
    const w = drawWorld({ seed: s, minutes: m ?? 10, faults: [] });
    const r = runWorld(w, INVARIANTS);
    for (const x of r.marks) all.set(x, (all.get(x) ?? 0) + 1);
    console.log(
      s,
      w.lines.length,
      "lines",
      r.events,
      "ev",
      ((process.cpuUsage().user - t) / 1e6).toFixed(1) + "s",
      r.broken ? JSON.stringify(r.broken).slice(0, 700) : "ok",
      r.marks.size,
    );
  } catch (e) {
    console.log(s, "EX", String((e as Error).stack).slice(0, 600));
  }
}
console.log(all);
