/** `lintel authority`: the issuing part as a process, with the embedded broker unless another is named. */
import {
  BLAME_EXIT,
  type Command,
  CommandFailed,
  EXIT,
  type ExitCode,
  type Io,
  readOptions,
  wrongUse,
} from "../command.ts";
import { dataFolder } from "../reach-authority.ts";

const HELP = `lintel authority [--data DIR] [--keyvault PATH] [--http PORT] [--mqtt-port PORT] [--mqtt URL] [--json]

Issues keysets and collects the log: holds the site with its sealed codes, adopts edges, signs what they hold, and
keeps their records. Runs until it is ended (Ctrl-C, SIGTERM). Doors decide without it.

  --data DIR        data folder, its own is DIR/authority (LINTEL_DATA; ./lintel-data)
  --keyvault PATH   file of its private keys, outside the data folder (DIR-keyvault/authority.json)
  --http PORT       HTTP on 127.0.0.1; 0 = any free port (LINTEL_HTTP; 8480)
  --mqtt-port PORT  embedded broker on 127.0.0.1; 0 = any free port (LINTEL_MQTT_PORT; 1883)
  --mqtt URL        another broker instead, like mqtt://user:password@host:1883 (LINTEL_MQTT)
  --json            one JSON object a line on stdout: ready, site-applied, edge-adopted, keyset-issued,
                    keyset-report, collected, alarm, message-refused, connection-refused

Exit: 0 ended, 2 wrong use, or a file of the data folder is damaged, 3 a port is taken, the data folder is in use or its
disk is full, 4 this user may not use them.
`;

export const command: Command = {
  words: "authority",
  summary: "issues keysets, collects the log, holds the broker",
  help: HELP,
  serves: true,
  run: runAuthority,
};

async function runAuthority(args: readonly string[], io: Io): Promise<ExitCode> {
  const { values } = readOptions(args, {
    data: { type: "string" },
    keyvault: { type: "string" },
    http: { type: "string" },
    "mqtt-port": { type: "string" },
    mqtt: { type: "string" },
    json: { type: "boolean" },
  });
  const data = dataFolder(values.data, io.env);
  const ports = {
    http: readPort(values.http ?? io.env.LINTEL_HTTP ?? "8480", "--http"),
    mqttPort: readPort(values["mqtt-port"] ?? io.env.LINTEL_MQTT_PORT ?? "1883", "--mqtt-port"),
  };
  const { serveAuthority, brokenSentence } = await import("@lintel/edge/authority/shell/serve.ts");
  const { sentenceOf } = await import("../authority-sentences.ts");
  const ending = awaitEnd(io);
  const started = await serveAuthority({
    data,
    keyvault: values.keyvault ?? `${data.replace(/\/+$/, "")}-keyvault/authority.json`,
    ...ports,
    mqtt: values.mqtt ?? io.env.LINTEL_MQTT ?? null,
    onEvent: (event) => io.out(values.json ? `${JSON.stringify(event)}\n` : `${sentenceOf(event)}\n`),
    onTalk: (sentence) => io.err(`${sentence}\n`),
    onBroken: (error) => ending.end(error),
  });
  if (!started.ok) {
    ending.forget();
    throw new CommandFailed(BLAME_EXIT[started.error.kind], started.error.sentence);
  }
  const { http, mqtt, close } = started.value;
  const ready = { event: "ready", http, mqtt, data, pid: process.pid };
  io.out(values.json ? `${JSON.stringify(ready)}\n` : `authority ready: ${http}, broker ${mqtt}, data ${data}\n`);
  const broken = await ending.ended;
  await close();
  if (broken !== undefined) {
    const sentence = brokenSentence(broken, data);
    if (sentence === null) throw broken;
    throw new CommandFailed(EXIT.unreachable, sentence);
  }
  return EXIT.done;
}

function readPort(text: string, option: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw wrongUse(`${option} ${text}: a port is a number from 0 to 65535`);
}

/** Ends at SIGINT or SIGTERM, by a broken part, or with the parent that asked for that. */
function awaitEnd(io: Io) {
  let end: (why?: unknown) => void = () => undefined;
  const ended = new Promise<unknown>((resolve) => {
    end = resolve;
  });
  const politely = () => end();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, politely);
  if (io.env.LINTEL_ENDS_WITH_STDIN === "1") io.stdin.on("end", politely).on("close", politely).resume();
  const forget = () => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, politely);
    io.stdin.pause();
  };
  return { ended: ended.finally(forget), end, forget };
}
