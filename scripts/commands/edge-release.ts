/** `lintel edge release`: ends the lock-out of a keypad after wrong codes, for whoever stands at the box. */
import { type Command, CommandFailed, EXIT, type ExitCode, type Io, readOptions, wrongUse } from "../command.ts";
import { dataFolder } from "../reach-authority.ts";
import { edgeNotRunning } from "../reach-edge.ts";

const HELP = `lintel edge release DOOR [--data DIR] [--json]

Ends the lock-out after wrong codes at DOOR on the running edge, also that of a whole day, and sets the counts of its keypad
to zero. Pads of one keypadGroup share a counter, so they are released together. It is recorded, as done at the box.

  --data DIR  data folder of the edge (LINTEL_DATA; ./lintel-data)
  --json      {"door","released","remainingMs"}: whether a lock-out ran, and how long it would have gone on

Exit: 0 released, also where no lock-out ran, 2 wrong use or no such door, 3 the edge does not run or cannot record it.
`;

export const command: Command = {
  words: "edge release",
  summary: "ends the lock-out of a keypad after wrong codes",
  help: HELP,
  run: runRelease,
};

async function runRelease(args: readonly string[], io: Io): Promise<ExitCode> {
  const options = { data: { type: "string" }, json: { type: "boolean" } } as const;
  const { values, positionals } = readOptions(args, options, { positionals: 1 });
  const door = positionals[0];
  if (door === undefined) throw wrongUse("which door? lintel edge release DOOR");
  const data = dataFolder(values.data, io.env);
  const { askEdge } = await import("@lintel/edge/shell/control-client.ts");
  const answer = await askEdge(data, { method: "release", params: { door } });
  if (!answer.ok) {
    if (answer.error.kind === "not-running") throw edgeNotRunning(data);
    const { kind, message } = answer.error.error;
    throw new CommandFailed(kind === "store-failed" ? EXIT.unreachable : EXIT.wrongUse, message);
  }
  const remainingMs = Number(answer.value.remainingMs);
  const released = remainingMs > 0;
  const seconds = Math.ceil(remainingMs / 1000);
  const sentence = released
    ? `${door}: released, ${seconds} s before its time`
    : `${door}: no lock-out ran; its counts are at zero`;
  io.out(values.json ? `${JSON.stringify({ door, released, remainingMs })}\n` : `${sentence}\n`);
  return EXIT.done;
}
