/** `lintel log export`: log and audit with their proofs, to be kept or verified elsewhere. */
import { closeSync, openSync, writeSync } from "node:fs";
import { type Command, CommandFailed, EXIT, type ExitCode, type Io, readOptions, wrongUse } from "../command.ts";
import { type AuthorityReach, dataFolder, reachAuthority } from "../reach-authority.ts";

const HELP = `lintel log export [FILE] [--data DIR]

Writes the collected records and the audit to FILE (mode 0600), or to stdout without one or with '-': JSON Lines, with
what edges and authority signed of them. 'lintel log verify FILE' tells, anywhere, whether something was changed since.
Codes are never in it; the marks of duress are in it sealed, as the authority alone can open them.

  --data DIR  data folder of the authority (LINTEL_DATA; ./lintel-data)

Exit: 0 written, 2 FILE cannot be written, 3 the authority is not running, has no site yet, or ended meanwhile.
`;

export const command: Command = {
  words: "log export",
  summary: "the log and the audit with their proofs, as a file",
  help: HELP,
  run: runLogExport,
};

async function runLogExport(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = readOptions(
    args,
    { data: { type: "string" }, json: { type: "boolean" } },
    { positionals: 1 },
  );
  const authority = reachAuthority(dataFolder(values.data, io.env));
  const file = positionals[0] ?? "-";
  if (file === "-") for await (const line of exportLines(authority)) io.out(`${line}\n`);
  else await write(file, exportLines(authority));
  return EXIT.done;
}

/** The lines of an export of the running authority, whole or with an end that says why not. */
export async function* exportLines(authority: AuthorityReach): AsyncIterable<string> {
  try {
    yield* authority.stream("/log/export", new AbortController().signal);
  } catch (error) {
    if (error instanceof CommandFailed) throw error;
    throw new CommandFailed(EXIT.unreachable, "the authority ended meanwhile; what came of the export is not whole");
  }
}

/** Who came and went is in it: for its owner alone. A file that stands there keeps its mode. */
async function write(path: string, lines: AsyncIterable<string>): Promise<void> {
  const failed = (error: unknown) =>
    wrongUse(`cannot write ${path}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
  let file: number;
  try {
    file = openSync(path, "w", 0o600);
  } catch (error) {
    throw failed(error);
  }
  try {
    for await (const line of lines) {
      const bytes = Buffer.from(`${line}\n`);
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    }
  } catch (error) {
    throw error instanceof CommandFailed ? error : failed(error);
  } finally {
    closeSync(file);
  }
}
