/** `lintel edge adopt`: the running edge and an authority come to know each other under a one-time token. */
import {
  type Command,
  CommandFailed,
  EXIT,
  type ExitCode,
  type Io,
  readOptions,
  readSecretArgument,
  wrongUse,
} from "../command.ts";
import { dataFolder } from "../reach-authority.ts";
import { edgeNotRunning } from "../reach-edge.ts";

const HELP = `lintel edge adopt TOKEN|@FILE|- [--data DIR] [--json]

Gives the running edge to the authority that issued TOKEN ('lintel edge token EDGE' prints one). The edge pins the
authority's root key and hands over its own public keys; the token works once.

  TOKEN       the token, @FILE that holds it, or - for standard input (a token on the command line can be seen by others)
  --data DIR  data folder of the edge (LINTEL_DATA; ./lintel-data)
  --json      {"site","edge"}

Exit: 0 adopted, 2 not a token, 3 the edge does not run or does not reach the authority, 4 the token was refused.
`;

export const command: Command = {
  words: "edge adopt",
  summary: "gives the running edge to an authority",
  help: HELP,
  run: runAdopt,
};

async function runAdopt(args: readonly string[], io: Io): Promise<ExitCode> {
  const options = { data: { type: "string" }, json: { type: "boolean" } } as const;
  const { values, positionals } = readOptions(args, options, { positionals: 1 });
  const argument = positionals[0];
  if (argument === undefined) throw wrongUse("which token? lintel edge adopt TOKEN");
  const token = await readSecretArgument(argument, io);
  const { decodeToken } = await import("@lintel/protocol/mqtt/adoption.ts");
  if (!decodeToken(token).ok) throw wrongUse("this is no adoption token, or only a part of one");
  const data = dataFolder(values.data, io.env);
  const { askEdge } = await import("@lintel/edge/shell/control-client.ts");
  const answer = await token.use((text) => askEdge(data, { method: "adopt", params: { token: text } }));
  if (!answer.ok) {
    if (answer.error.kind === "not-running") throw edgeNotRunning(data);
    const { kind, message } = answer.error.error;
    if (kind === "malformed") throw wrongUse(message);
    throw new CommandFailed(kind === "refused" ? EXIT.notPermitted : EXIT.unreachable, message);
  }
  const { site, edge } = answer.value;
  io.out(values.json ? `${JSON.stringify({ site, edge })}\n` : `adopted: this edge is ${edge} of site ${site}\n`);
  await warnWithoutHardwareClock(io);
  return EXIT.done;
}

/** Domain-rules, "Clock states": after a power cut without a network such an edge denies what depends on time. */
async function warnWithoutHardwareClock(io: Io): Promise<void> {
  const { hasHardwareClock } = await import("@lintel/edge/shell/machine-clock.ts");
  if (hasHardwareClock()) return;
  io.err("this machine shows no hardware clock: after a power cut, keys with times wait for the authority's time\n");
}
