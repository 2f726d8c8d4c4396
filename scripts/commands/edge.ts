/** `lintel edge`: the enforcing part as a process. It decides at its doors by the keyset that it holds itself. */
import type { EdgeEvent } from "@lintel/edge/box/events.ts";
import { readBuses } from "../bus-settings.ts";
import { BLAME_EXIT, type Command, CommandFailed, EXIT, type ExitCode, type Io, readOptions } from "../command.ts";
import { awaitEnding } from "../ending.ts";
import { dataFolder } from "../reach-authority.ts";

const HELP = `lintel edge [--data DIR] [--keyvault PATH] [--bus ID=PATH ...] [--record FILE] [--json]

Serves the doors of its keyset: opens their serial lines, judges codes, keeps the journal. Runs until it is ended
(Ctrl-C, SIGTERM), and needs the authority for none of it. A new edge is made known with 'lintel edge adopt TOKEN'.

  --data DIR       data folder, its own is DIR/edge (LINTEL_DATA; ./lintel-data)
  --keyvault PATH  file of its private keys, outside the data folder (LINTEL_KEYVAULT; DIR-keyvault/edge.json)
  --bus ID=PATH    serial port of a bus, over what the site file says; as often as there are buses
                   (LINTEL_BUS, separated by commas)
  --record FILE    records what reaches this edge and what it does, for 'lintel replay': no digit of a code and no key is
                   in it (docs/recording.md). Appended to at each start; ends at 64 MiB; no door waits for it
  --json           one JSON object a line on stdout: ready, record, strike, link, port, authority, keyset, adopted,
                   pairing, clock, note

Exit: 0 ended, 2 wrong use or a damaged file, 3 the data folder is in use or its disk is full, 4 this user may not.
`;

export const command: Command = {
  words: "edge",
  summary: "decides at the doors, by its own keyset",
  help: HELP,
  serves: true,
  run: runEdge,
};

async function runEdge(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values } = readOptions(args, {
    data: { type: "string" },
    keyvault: { type: "string" },
    bus: { type: "string", multiple: true },
    record: { type: "string" },
    json: { type: "boolean" },
  });
  const data = dataFolder(values.data, io.env);
  const buses = readBuses(values.bus ?? io.env.LINTEL_BUS?.split(",") ?? []);
  const { serveEdge } = await import("@lintel/edge/shell/serve.ts");
  const { sentenceOf } = await import("../edge-sentences.ts");
  const { version } = await import("../package.json", { with: { type: "json" } }).then((file) => file.default);
  const ending = awaitEnding(io);
  const say = (event: EdgeEvent) => io.out(values.json ? `${JSON.stringify(event)}\n` : `${sentenceOf(event)}\n`);
  // What the start itself brings is told behind `ready`, which is always the first line.
  const early: EdgeEvent[] = [];
  let tell = (event: EdgeEvent): void => void early.push(event);
  const started = await serveEdge({
    data,
    keyvault: values.keyvault ?? io.env.LINTEL_KEYVAULT ?? `${data.replace(/\/+$/, "")}-keyvault/edge.json`,
    buses,
    software: `lintel ${version}`,
    record: values.record ?? null,
    onEvent: (event) => tell(event),
  });
  if (!started.ok) {
    ending.forget();
    throw new CommandFailed(BLAME_EXIT[started.error.kind], started.error.sentence);
  }
  const running = started.value;
  const { control, edge } = running;
  const ready = { event: "ready", control, adopted: edge !== null, edge, data, pid: process.pid };
  const who = edge === null ? "not adopted yet (lintel edge adopt TOKEN)" : `edge ${edge}`;
  io.out(values.json ? `${JSON.stringify(ready)}\n` : `edge ready: ${who}, data ${data}\n`);
  tell = say;
  for (const event of early) say(event);
  await ending.ended;
  await running.close();
  return EXIT.done;
}
