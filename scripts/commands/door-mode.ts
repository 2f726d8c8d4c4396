/** `lintel door mode`: the lock mode of a door, on the running edge. */
import { MODES } from "@lintel/protocol/base/words.ts";
import { type Command, type ExitCode, type Io, readOptions, wrongUse } from "../command.ts";
import { orderDoor, readDoor } from "../door-order.ts";

const USAGE = "lintel door mode DOOR MODE";
const HELP = `${USAGE} [--data DIR] [--json]

Sets the lock mode of DOOR on its running edge, by a signed command that is executed once, within 10 s or never. It stays,
over restarts too, until another one, or until a site file is applied that says another mode of this door than before.

  MODE        normal     all who have a right
              tour       team and tour keys
              resident   team, resident and guest keys
              privacy    from outside nobody but the master code
              vacation   the master code
              lockdown   nobody, not even the master code; the exit button opens always
  --data DIR  data folder of the authority (LINTEL_DATA; ./lintel-data)
  --json      {"door","outcome":"done"|"refused"|"no-answer","why"?}

Exit: 0 the edge executed it, 2 wrong use or no such door, 3 no answer in 10 s or the authority is not running, 4 refused.
`;

export const command: Command = {
  words: "door mode",
  summary: "sets the lock mode of a door, now",
  help: HELP,
  run: runDoorMode,
};

async function runDoorMode(args: readonly string[], io: Io): Promise<ExitCode> {
  const options = { data: { type: "string" }, json: { type: "boolean" } } as const;
  const { values, positionals } = readOptions(args, options, { positionals: 2 });
  const door = readDoor(positionals[0], USAGE);
  const mode = MODES.find((known) => known === positionals[1]);
  if (mode === undefined) {
    const given = positionals[1] === undefined ? "which mode?" : `'${positionals[1]}' is no mode:`;
    throw wrongUse(`${given} one of ${MODES.join(", ")}`);
  }
  const order = { door, path: "mode", body: { mode }, done: `mode ${mode}` } as const;
  return orderDoor(order, { data: values.data, json: values.json ?? false, io });
}
