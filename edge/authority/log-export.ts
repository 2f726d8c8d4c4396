/**
 * The log as it leaves the house: everything that `log-verify.ts` needs to judge it anywhere, and nothing that opens a
 * door. It ends where log and audit ended when it was begun, however long it takes to be read.
 */
import { signLogEnd } from "./checkpoints.ts";
import { LIMITS } from "./limits.ts";
import { type LogLine, writeLogLine } from "./log-lines.ts";
import { signRoot } from "./messages.ts";
import type { Ports } from "./ports.ts";

/** Lines with their newlines. What is signed is signed, and what is listed is listed, before this returns. */
export function exportLog(ports: Ports, site: string): Iterable<string> {
  const { store } = ports;
  const end = signLogEnd(ports, site);
  const proofs: readonly LogLine[] = [
    { kind: "header", site, root: signRoot(ports, site) },
    ...store.checkpoints().map((checkpoint): LogLine => ({ kind: "checkpoint", ...checkpoint })),
    ...store.logCheckpoints().map(({ message }): LogLine => ({ kind: "log-checkpoint", message })),
  ];
  return lines(ports, proofs, end);
}

function* lines(
  { store }: Ports,
  proofs: readonly LogLine[],
  end: ReturnType<typeof signLogEnd>,
): Generator<string, void> {
  const written = (line: LogLine) => `${writeLogLine(line)}\n`;
  for (const proof of proofs) yield written(proof);
  for (const row of paged(
    (after, limit) => store.records(after, limit),
    ({ place }) => place,
  )) {
    if (row.place > end.place) break;
    yield written({ kind: "record", row });
  }
  for (const row of paged(
    (after, limit) => store.auditRows(after, limit),
    ({ entry }) => entry,
  )) {
    if (row.entry > end.entry) break;
    yield written({ kind: "audit", row });
  }
  yield written({ kind: "end", message: end.message });
}

function* paged<T>(
  read: (after: number, limit: number) => readonly T[],
  placeOf: (row: T) => number,
): Generator<T, void> {
  let after = 0;
  for (;;) {
    const page = read(after, LIMITS.page);
    yield* page;
    if (page.length < LIMITS.page) return;
    after = placeOf(page.at(-1)!);
  }
}
