/** `lintel site diff`: what an apply of a file would change. Changes nothing. */
import type { Change } from "@lintel/edge/site/diff.ts";
import { type Command, EXIT, type ExitCode, type Io, readOptions } from "../command.ts";
import { dataFolder, reachAuthority, unexpected } from "../reach-authority.ts";
import { printChanges, problemsOf, readForAuthority, refuseFaulty } from "../site-changes.ts";

const HELP = `lintel site diff FILE [--data DIR] [--json]

Prints what 'lintel site apply FILE' would change, and marks what opens more than before. Changes nothing.

  --data DIR  data folder of the authority (LINTEL_DATA; ./lintel-data)
  --json      [{"path","from","to","widens","sentence"}]

Exit: 0 printed, 2 the file is faulty, 3 the authority is not running.
`;

export const command: Command = {
  words: "site diff",
  summary: "what an apply of a site file would change",
  help: HELP,
  run: runSiteDiff,
};

async function runSiteDiff(args: readonly string[], io: Io): Promise<ExitCode> {
  const options = { data: { type: "string" }, json: { type: "boolean" } } as const;
  const { values, positionals } = readOptions(args, options, { positionals: 1 });
  const json = values.json ?? false;
  const file = readForAuthority(positionals[0], "lintel site diff FILE", { io, json });
  if (typeof file === "number") return file;
  const answer = await reachAuthority(dataFolder(values.data, io.env)).ask("POST", "/site/diff", file.text);
  if (answer.status === 422) return refuseFaulty(file.path, problemsOf(answer), { io, json });
  if (answer.status !== 200) throw unexpected(answer);
  const changes = answer.json.changes as readonly Change[];
  if (json) io.out(`${JSON.stringify(changes)}\n`);
  else printChanges(changes, io);
  return EXIT.done;
}
