/** `lintel door override`: unlocks or locks a door over its hours, with an end, or ends that. */
import { type Command, type ExitCode, type Io, readInstant, readOptions, wrongUse } from "../command.ts";
import { orderDoor, readDoor } from "../door-order.ts";

const STATES = ["unlock", "lock", "resume"] as const;
const USAGE = "lintel door override DOOR unlock|lock|resume";
const HELP = `${USAGE} [--until INSTANT|period-end] [--data DIR] [--json]

Stands over the business hours of DOOR on its running edge until its end, by a signed command that is executed once,
within 10 s or never. 'unlock' holds the door open, 'lock' ends a hold-open and refuses no code, 'resume' ends what
stands. Lockdown and the fire input rank above it.

  --until END  an instant, RFC 3339 with Z or an offset (2026-12-05T18:00:00-05:00), at most 7 days ahead; or period-end:
               the end of the business hours that run now. Left out: that end where hours run, else 24 hours
  --data DIR   data folder of the authority (LINTEL_DATA; ./lintel-data)
  --json       {"door","outcome":"done"|"refused"|"no-answer","why"?}

Exit: 0 the edge executed it, 2 wrong use, not an instant or no such door, 3 no answer in 10 s or the authority is not
running, 4 refused.
`;

export const command: Command = {
  words: "door override",
  summary: "unlocks or locks a door over its hours, for a time",
  help: HELP,
  run: runDoorOverride,
};

async function runDoorOverride(args: readonly string[], io: Io): Promise<ExitCode> {
  const options = { until: { type: "string" }, data: { type: "string" }, json: { type: "boolean" } } as const;
  const { values, positionals } = readOptions(args, options, { positionals: 2 });
  const door = readDoor(positionals[0], USAGE);
  const state = STATES.find((known) => known === positionals[1]);
  if (state === undefined) {
    const given = positionals[1] === undefined ? "what shall it do?" : `'${positionals[1]}' is none:`;
    throw wrongUse(`${given} one of ${STATES.join(", ")}`);
  }
  const until = readEnd(values.until);
  if (state === "resume" && until !== null) throw wrongUse("--until: resume has no end, it ends what stands");
  const done = until === null ? `override ${state}` : `override ${state} until ${until}`;
  const order = { door, path: "override", body: { state, until }, done } as const;
  return orderDoor(order, { data: values.data, json: values.json ?? false, io });
}

/** As it was given: the authority reads it again. */
function readEnd(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (text === "period-end" || readInstant(text) !== null) return text;
  const expected = "RFC 3339 with Z or an offset, such as 2026-12-05T18:00:00-05:00, or period-end";
  throw wrongUse(`--until ${text}: expected ${expected}`);
}
