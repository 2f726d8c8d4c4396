/**
 * `make interop`: independent implementations of OSDP against ours, in both roles, over real pseudo-terminals. What they
 * are and how they get here: install.ts. What is seen, row by row, is printed; what it means stands in docs/interop.md.
 * Ends with `N passed, N failed, N skipped`, and exit 1 where a row failed. POLLS=10000 polls longer.
 */
import { install, LIBOSDP, OSDP_PYTHON, type PeerKind } from "./install.ts";
import { libosdpPanel, type Wanted } from "./libosdp-panel.ts";
import { libosdpReader } from "./libosdp-reader.ts";
import { plainPanel } from "./plain-panel.ts";
import { NotTried, Rows } from "./rows.ts";
import { trueEdge } from "./true-edge.ts";

const GROUPS: readonly { name: string; kind: PeerKind; run: (rows: Rows, wanted: Wanted) => Promise<void> }[] = [
  { name: "libosdp as panel", kind: LIBOSDP, run: libosdpPanel },
  { name: "libosdp as reader", kind: LIBOSDP, run: libosdpReader },
  { name: "libosdp at lintel up", kind: LIBOSDP, run: trueEdge },
  { name: "osdp-python as panel", kind: OSDP_PYTHON, run: plainPanel },
];

const polls = readPolls(process.env.POLLS);
const only = process.argv.slice(2);
const rows = new Rows((line) => console.log(line));
const begun = performance.now();
const wanted = GROUPS.filter(({ name }) => only.length === 0 || only.some((part) => name.includes(part)));

const pythons = new Map<PeerKind, Awaited<ReturnType<typeof install>>>();
for (const kind of new Set(wanted.map((group) => group.kind))) {
  console.log(`installing ${kind.name} (once) …`);
  pythons.set(kind, await install(kind));
}
await Promise.all(wanted.map(runGroup));

const { passed, failed, skipped } = rows.sum;
console.log(`\n${((performance.now() - begun) / 1000).toFixed(0)} s`);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
// Nothing tried is no proof of anything, unless it was said why.
process.exitCode = failed > 0 || passed + skipped === 0 ? 1 : 0;

async function runGroup({ name, kind, run }: (typeof GROUPS)[number]): Promise<void> {
  const python = pythons.get(kind)!;
  if (!python.ok) return rows.skip(name, kind.name, python.error);
  try {
    await run(rows, { python: python.value, polls });
  } catch (error) {
    rows.fail(
      name,
      error instanceof NotTried ? "the rest" : "all",
      error instanceof Error ? error.message : `${error}`,
    );
  }
}

function readPolls(text: string | undefined): number {
  const count = Number(text ?? 1_000);
  if (!Number.isInteger(count) || count < 1) throw new Error(`POLLS=${text}: expected a number of polls`);
  return count;
}
