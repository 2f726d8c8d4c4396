/** `lintel site export`: the site in force as a file that `apply` takes back. */
import { closeSync, openSync, writeSync } from "node:fs";
import { type Command, EXIT, type ExitCode, type Io, readOptions, wrongUse } from "../command.ts";
import { dataFolder, reachAuthority, unexpected } from "../reach-authority.ts";

const HELP = `lintel site export [FILE] [--data DIR] [--with-codes]

Writes the site in force to FILE (mode 0600), or to stdout without one or with '-'. Every code is written as 'kept',
which 'lintel site apply' takes as unchanged; issue numbers are always written.

  --data DIR    data folder of the authority (LINTEL_DATA; ./lintel-data)
  --with-codes  the codes themselves; the authority keeps an audit entry of it

Exit: 0 written, 2 FILE cannot be written, 3 the authority is not running, or has no site yet.
`;

export const command: Command = {
  words: "site export",
  summary: "the site in force, as a file",
  help: HELP,
  run: runSiteExport,
};

async function runSiteExport(args: readonly string[], io: Io): Promise<ExitCode> {
  const options = { data: { type: "string" }, "with-codes": { type: "boolean" }, json: { type: "boolean" } } as const;
  const { values, positionals } = readOptions(args, options, { positionals: 1 });
  const authority = reachAuthority(dataFolder(values.data, io.env));
  const answer = await authority.ask("GET", `/site${values["with-codes"] ? "?codes=reveal" : ""}`);
  if (answer.status !== 200) throw unexpected(answer);
  const file = positionals[0] ?? "-";
  if (file === "-") io.out(values.json ? `${JSON.stringify({ site: answer.text })}\n` : answer.text);
  else write(file, answer.text);
  return EXIT.done;
}

/** Names and times of people are in it: for its owner alone. A file that stands there keeps its mode. */
function write(path: string, text: string): void {
  try {
    const file = openSync(path, "w", 0o600);
    writeSync(file, text);
    closeSync(file);
  } catch (error) {
    throw wrongUse(`cannot write ${path}: ${(error as NodeJS.ErrnoException).code ?? error}`);
  }
}
