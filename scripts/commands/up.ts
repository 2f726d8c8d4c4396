/** `lintel up`: a whole site on this machine, edge and authority as two processes, until it is ended. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Command, EXIT, type ExitCode, type Io, readOptions, wrongUse } from "../command.ts";
import { awaitEnding } from "../ending.ts";
import { dataFolder } from "../reach-authority.ts";
import { readForAuthority } from "../site-changes.ts";

const HELP = `lintel up [SITE] [--data DIR] [--edge ID] [--bus ID=PATH ...] [--http PORT] [--mqtt-port PORT] [--mqtt URL]
          [--widen] [--record DIR] [--json]

Starts the authority and the edge of one site as two processes and goes on until it is ended (Ctrl-C, SIGTERM). SITE, a
site file, is put in force first; without it the site applied before goes on. The edge is adopted by itself. A line
whose port is 'sim' gets simulated Controllers with a new random key at each start; every other Controller waits for
'lintel door pair'. Should one of the two processes end, the other goes on, and this says so: nothing is started again.

  --data DIR        data folder (LINTEL_DATA; ./lintel-data); the private keys lie beside it, in DIR-keyvault/
  --edge ID         which edge of the site this machine is, where there are several
  --bus ID=PATH     serial port of a line, over what the site file says; as often as there are lines
  --http PORT       HTTP of the authority on 127.0.0.1; 0 = any free port (8480)
  --mqtt-port PORT  embedded broker on 127.0.0.1; 0 = any free port (1883)
  --mqtt URL        another broker instead
  --widen           SITE may open more than what is in force
  --record DIR      records the edge into DIR/edge.jsonl, for 'lintel replay' (docs/recording.md)
  --json            one JSON object a line: ready, and what edge and authority tell, each with "from"

Exit: 0 ended, 1 SITE widens and --widen is missing, 2 wrong use or a faulty site file, 3 something could not be had,
4 this user may not use it.
`;

export const command: Command = {
  words: "up",
  summary: "a whole site on this machine: edge and authority",
  help: HELP,
  serves: true,
  run: runUp,
};

async function runUp(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values, positionals } = readOptions(
    args,
    {
      data: { type: "string" },
      edge: { type: "string" },
      bus: { type: "string", multiple: true },
      http: { type: "string" },
      "mqtt-port": { type: "string" },
      mqtt: { type: "string" },
      widen: { type: "boolean" },
      record: { type: "string" },
      json: { type: "boolean" },
    },
    { positionals: 1 },
  );
  const data = dataFolder(values.data, io.env);
  const path = positionals[0];
  const json = values.json ?? false;
  const file = path === undefined ? null : readForAuthority(path, "lintel up [SITE]", { io, json });
  if (typeof file === "number") return file;
  const site = file === null ? null : { ...file, widen: values.widen ?? false };
  const ports = (["http", "mqtt-port", "mqtt"] as const).flatMap((name) => {
    const value = values[name];
    return value === undefined ? [] : [`--${name}`, value];
  });
  const beside = data.replace(/\/+$/, "");
  const { startWholeSite } = await import("../loop/whole-site.ts");
  const ending = awaitEnding(io);
  const print = (line: object) => io.out(`${JSON.stringify(line)}\n`);
  const starting = startWholeSite({
    data,
    keyvaults: { authority: `${beside}-keyvault/authority.json`, edge: `${beside}-keyvault/edge.json` },
    authorityArgs: ports,
    buses: values.bus ?? io.env.LINTEL_BUS?.split(",") ?? [],
    edge: values.edge ?? null,
    site,
    ...(values.record === undefined ? {} : { record: recordingIn(values.record) }),
    onEvent: (from, event) => json && event.event !== "ready" && print({ from, ...event }),
    onTalk: (from, sentence) => io.err(`${from}: ${sentence}\n`),
    onLost: (from, why) => io.err(`the ${from} ended (${why}); the other part goes on\n`),
  });
  const whole = await Promise.race([starting, ending.ended.then(() => null)]).catch((error) => {
    ending.forget();
    throw error;
  });
  if (whole === null) {
    await starting.then((late) => late.end()).catch(() => undefined);
    return EXIT.done;
  }
  const { http, mqtt } = whole.authority;
  const lines = Object.fromEntries(whole.paths);
  if (json)
    print({ event: "ready", site: whole.site.site.id, edge: whole.edge, http, mqtt, data, lines, pid: process.pid });
  else {
    io.out(`site ${whole.site.site.id} is up: edge ${whole.edge}, authority ${http}, broker ${mqtt}, data ${data}\n`);
    for (const { door, bus } of whole.simulated) io.out(`  ${door.id}: simulated on ${whole.paths.get(bus)}\n`);
  }
  await ending.ended;
  await whole.end();
  return EXIT.done;
}

/** The folder is made; what is wrong with it the edge says when it opens its file. */
function recordingIn(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw wrongUse(`--record ${folder}: ${(error as Error).message.replace(/^E[A-Z]+: /, "")}`);
  }
  return join(folder, "edge.jsonl");
}
