/** `lintel site apply`: puts a whole site file in force, after showing what it changes. */
import type { Change } from "@lintel/edge/site/diff.ts";
import { type Command, EXIT, type ExitCode, type Io, readOptions } from "../command.ts";
import { dataFolder, reachAuthority, unexpected } from "../reach-authority.ts";
import { printChanges, problemsOf, readForAuthority, refuseFaulty } from "../site-changes.ts";

const HELP = `lintel site apply FILE [--data DIR] [--widen] [--json]

Prints what the file changes, then puts it in force as a whole: what is missing from it is removed. A code written as
'kept' stays as it is stored. A change that opens an existing key, door or hours to more than before needs --widen;
without it nothing is changed. Each edge whose keyset changes gets a new one.

  --data DIR  data folder of the authority (LINTEL_DATA; ./lintel-data)
  --widen     the change may open more than before
  --json      {"applied","revision","changes","keysets"}

Exit: 0 applied (also when nothing differs), 1 it widens and --widen is missing, 2 the file is faulty,
3 the authority is not running.
`;

export const command: Command = {
  words: "site apply",
  summary: "puts a site file in force",
  help: HELP,
  run: runSiteApply,
};

async function runSiteApply(args: readonly string[], io: Io): Promise<ExitCode> {
  const options = { data: { type: "string" }, widen: { type: "boolean" }, json: { type: "boolean" } } as const;
  const { values, positionals } = readOptions(args, options, { positionals: 1 });
  const json = values.json ?? false;
  const file = readForAuthority(positionals[0], "lintel site apply FILE", { io, json });
  if (typeof file === "number") return file;
  const authority = reachAuthority(dataFolder(values.data, io.env));
  const answer = await authority.ask("PUT", `/site${values.widen ? "?widen=true" : ""}`, file.text);
  if (answer.status === 422) return refuseFaulty(file.path, problemsOf(answer), { io, json });
  if (answer.status !== 200 && answer.status !== 409) throw unexpected(answer);
  const applied = answer.status === 200;
  const changes = answer.json.changes as readonly Change[];
  const { revision, keysets } = answer.json as {
    revision?: number;
    keysets?: readonly { edge: string; number: number }[];
  };
  if (json) io.out(`${JSON.stringify(applied ? { applied, revision, changes, keysets } : { applied, changes })}\n`);
  else printChanges(changes, io);
  if (!applied) {
    io.err("lintel site apply: this opens more than before; nothing was changed. Apply it with --widen if it shall\n");
    return EXIT.no;
  }
  for (const { edge, number } of json ? [] : (keysets ?? [])) io.out(`edge ${edge}: keyset ${number} issued\n`);
  return EXIT.done;
}
