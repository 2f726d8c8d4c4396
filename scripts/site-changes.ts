/** A site file on its way to the authority: what is wrong with it printed as `check` prints it, what it changes shown. */
import type { Change } from "@lintel/edge/site/diff.ts";
import type { Problem } from "@lintel/edge/site/problem.ts";
import { readSite } from "@lintel/edge/site/read.ts";
import { EXIT, type ExitCode, type Io, wrongUse } from "./command.ts";
import type { Answer } from "./reach-authority.ts";
import { problemLine, readText, unreadableSentence } from "./site-file.ts";

export interface Printing {
  readonly io: Io;
  readonly json: boolean;
}

/** The text of a file without errors, its warnings said; or the exit code, its problems printed. */
export function readForAuthority(
  path: string | undefined,
  usage: string,
  printing: Printing,
): { readonly path: string; readonly text: string } | ExitCode {
  if (path === undefined) throw wrongUse(`which file? ${usage}`);
  const text = readText(path);
  if (!text.ok) throw wrongUse(`${path}: ${text.error}`);
  const read = readSite(text.value);
  if (read.unreadable !== null) throw wrongUse(unreadableSentence(path, read));
  if (read.site === null) return refuseFaulty(path, read.problems, printing);
  for (const warning of read.problems) printing.io.err(`${problemLine(path, warning)}\n`);
  return { path, text: text.value };
}

/** Problems of a file: as `check` prints them, and exit 2 as of every command but `check` (domain-rules, site files). */
export function refuseFaulty(path: string, problems: readonly Problem[], { io, json }: Printing): ExitCode {
  if (json) io.out(`${JSON.stringify(problems.map((problem) => ({ ...problem, file: path })))}\n`);
  else for (const problem of problems) io.out(`${problemLine(path, problem)}\n`);
  io.err(`${path} has errors; nothing was changed\n`);
  return EXIT.wrongUse;
}

/** What the authority found wrong, that the file alone does not show. */
export function problemsOf(answer: Answer): readonly Problem[] {
  return (answer.json.problems ?? []) as readonly Problem[];
}

export function printChanges(changes: readonly Change[], io: Io): void {
  if (changes.length === 0) io.out("no difference\n");
  for (const { sentence, widens } of changes) io.out(`${widens ? "widens: " : ""}${sentence}\n`);
}
