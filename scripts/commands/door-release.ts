/** `lintel door release`: ends the lock-out of a door's keypad, by a signed command. */
import { type Command, type ExitCode, type Io, readOptions } from "../command.ts";
import { orderDoor, readDoor } from "../door-order.ts";

const USAGE = "lintel door release DOOR";
const HELP = `${USAGE} [--data DIR] [--json]

Ends a lock-out after wrong codes at the keypad of DOOR, and sets its counts to zero, on its running edge, by a signed
command that is executed once, within 10 s or never. It opens nothing. Pads that share a group are released together.

  --data DIR  data folder of the authority (LINTEL_DATA; ./lintel-data)
  --json      {"door","outcome":"done"|"refused"|"no-answer","why"?}

Exit: 0 the edge executed it, 2 wrong use or no such door, 3 no answer in 10 s or the authority is not running, 4 refused.
`;

export const command: Command = {
  words: "door release",
  summary: "ends the lock-out of a keypad, from the authority",
  help: HELP,
  run: runDoorRelease,
};

async function runDoorRelease(args: readonly string[], io: Io): Promise<ExitCode> {
  const options = { data: { type: "string" }, json: { type: "boolean" } } as const;
  const { values, positionals } = readOptions(args, options, { positionals: 1 });
  const door = readDoor(positionals[0], USAGE);
  const order = { door, path: "release", body: {}, done: "its keypad is released" } as const;
  return orderDoor(order, { data: values.data, json: values.json ?? false, io });
}
