/** `lintel door pair`: opens an install window at a door, in which its Controller is given its key. */
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

const HELP = `lintel door pair DOOR [--window 60s] [--scbk HEX|@FILE|-] [--data DIR] [--json]

Opens an install window at DOOR on the running edge; it closes by itself. Without --scbk a Controller in install mode is
given a fresh key under the published default key: who records the line in that minute has the key. Where that matters,
put a key into the Controller by hand and name the same one here.

  --window TIME  how long the window stays open: 1s to 10m (60s)
  --scbk HEX     the key, 32 hex digits, that the Controller holds already; @FILE, or - for standard input
  --data DIR     data folder of the edge (LINTEL_DATA; ./lintel-data)
  --json         one JSON object a line: pairing events, then {"door","paired"}

Exit: 0 paired, 1 the window closed without, 2 wrong use or no such door, 3 the edge does not run.
`;

export const command: Command = {
  words: "door pair",
  summary: "opens an install window at a door",
  help: HELP,
  run: runPair,
};

async function runPair(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = readOptions(
    args,
    { data: { type: "string" }, window: { type: "string" }, scbk: { type: "string" }, json: { type: "boolean" } },
    { positionals: 1 },
  );
  const door = positionals[0];
  if (door === undefined) throw wrongUse("which door? lintel door pair DOOR");
  const windowMs = readWindow(values.window ?? "60s");
  const scbk = values.scbk === undefined ? null : await readScbk(values.scbk, io);
  const data = dataFolder(values.data, io.env);
  const { askEdge } = await import("@lintel/edge/shell/control-client.ts");
  const params = { door, windowMs, ...(scbk === null ? {} : { scbk }) };
  const answer = await askEdge(data, { method: "pair", params }, (event) => {
    if (values.json) io.out(`${JSON.stringify(event)}\n`);
    else io.err(`install window at ${door} open for ${windowMs / 1000} s\n`);
  });
  if (!answer.ok) {
    if (answer.error.kind === "not-running") throw edgeNotRunning(data);
    const { kind, message } = answer.error.error;
    throw new CommandFailed(kind === "store-failed" ? EXIT.unreachable : EXIT.wrongUse, message);
  }
  const paired = answer.value.paired === true;
  const sentence = paired ? `${door}: paired` : `${door}: the window closed, and no Controller was paired`;
  io.out(values.json ? `${JSON.stringify({ door, paired })}\n` : `${sentence}\n`);
  return paired ? EXIT.done : EXIT.no;
}

/** Durations as in a site file: `60s`, `5m`. */
function readWindow(text: string): number {
  const shape = /^(\d{1,6})(s|m)$/.exec(text);
  const length = shape === null ? Number.NaN : Number(shape[1]) * (shape[2] === "m" ? 60_000 : 1000);
  if (length >= 1000 && length <= 600_000) return length;
  throw wrongUse(`--window ${text}: an install window lasts 1s to 10m`);
}

async function readScbk(argument: string, io: Io): Promise<string> {
  const key = await readSecretArgument(argument, io);
  return key.use((text) => {
    if (!/^[0-9a-fA-F]{32}$/.test(text)) throw wrongUse("--scbk: a key is 32 hex digits");
    return text;
  });
}
