/** `lintel edge token`: asks the running authority for a token that makes one edge known. */
import { type Command, CommandFailed, EXIT, type ExitCode, type Io, readOptions, wrongUse } from "../command.ts";
import { dataFolder, reachAuthority, unexpected } from "../reach-authority.ts";

const HELP = `lintel edge token EDGE [--data DIR] [--json]

Prints a token for the edge EDGE of the applied site. It works once, within 48 hours, and ends any other token of that
edge. Give it to 'lintel edge adopt TOKEN' on the edge's machine. Who has it becomes this edge: it is a secret.

  --data DIR  data folder of the authority (LINTEL_DATA; ./lintel-data)
  --json      {"edge","token","expires"}

Exit: 0 printed, 2 the site has no such edge, 3 the authority is not running.
`;

export const command: Command = {
  words: "edge token",
  summary: "a one-time token that adopts an edge",
  help: HELP,
  run: runEdgeToken,
};

async function runEdgeToken(args: readonly string[], io: Io): Promise<ExitCode> {
  const options = { data: { type: "string" }, json: { type: "boolean" } } as const;
  const { values, positionals } = readOptions(args, options, { positionals: 1 });
  const edge = positionals[0];
  if (edge === undefined) throw wrongUse("which edge? lintel edge token EDGE");
  const { isId } = await import("@lintel/protocol/base/ids.ts");
  if (!isId(edge)) throw wrongUse(`'${edge}' is no id: a to z, 0 to 9 and -, at most 32`);
  const answer = await reachAuthority(dataFolder(values.data, io.env)).ask("POST", `/edges/${edge}/token`);
  if (answer.status === 404) {
    const { title, detail } = answer.json;
    throw new CommandFailed(EXIT.wrongUse, [title, detail].filter(Boolean).join("; "));
  }
  if (answer.status !== 201) throw unexpected(answer);
  const { token, expires } = answer.json;
  io.out(values.json ? `${JSON.stringify({ edge, token, expires })}\n` : `${token}\n`);
  if (!values.json) io.err(`for edge ${edge}, once, until ${expires}\n`);
  return EXIT.done;
}
