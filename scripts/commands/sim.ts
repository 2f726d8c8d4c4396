/**
 * `lintel sim`: one simulated Controller on a serial port (design 5.3). Here: its arguments, its lines in and out, and
 * how it ends. What the Controller does is firmware-sim's.
 */
import { randomBytes } from "node:crypto";
import { PERSON_LINES } from "@lintel/firmware-sim/board/person.ts";
import {
  type SimulatedController,
  type SimulatedOptions,
  startSimulated,
} from "@lintel/firmware-sim/board/simulated-controller.ts";
import { BLANK_FLASH } from "@lintel/firmware-sim/controller/settings.ts";
import { type SerialError, sayWhy } from "@lintel/hardware/serial/link.ts";
import { fromHex } from "@lintel/protocol/base/bytes.ts";
import { Secret } from "@lintel/protocol/base/secret.ts";
import { monotonic } from "@lintel/protocol/base/units.ts";
import { BAUDS } from "@lintel/protocol/osdp/commands.ts";
import { isWeakScbk } from "@lintel/protocol/osdp/secure.ts";
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
import { realClock } from "../real-clock.ts";
import { type BoardFile, mergeDoor, NO_BOARD_FILE, readBoardFile } from "../sim/board-file.ts";
import { lineOf, type SimLine, sayLine, stateLine } from "../sim/events.ts";
import { openFlashFolder } from "../sim/flash-folder.ts";
import { FrameFinder, frameHex } from "../sim/frame-hex.ts";
import { KeptLine } from "../sim/kept-line.ts";
import { type OpenPort, openPort, type PortPath, readPortPath } from "../sim/port.ts";
import { StdinLines } from "../sim/stdin-lines.ts";
import { readText } from "../site-file.ts";

/** After the last of piped commands, so that what they caused is still seen. */
const LINGER_MS = 1_000;

const HELP = `lintel sim --port PATH --address N [--scbk HEX|@FILE|- | --install | --clear] [--board FILE] [--state DIR]
           [--baud N] [--frames] [--reveal] [--allow-permanent] [--json]

One simulated Controller on a serial port: a whole OSDP device with keypad, strike, door, contact and exit button, which
any control panel may drive. Commands are read from standard input, events are printed.

  --port PATH        a serial device; pty: makes a pseudo-terminal and prints its name; tcp://HOST:PORT;
                     tcp-listen://HOST:PORT (this machine only; port 0: any free one)
  --address N        0 to 126
  --scbk SECRET      its key for the Secure Channel, 32 hex digits; @FILE reads it from a file, - from the first line of
                     standard input. Kept in its flash
  --install          takes the default key until a panel has installed another (KEYSET)
  --clear            does everything but KEYSET in clear. Not together with a key
  --board FILE       YAML: outputs, inputs, leds, serial, strike: { output: 0, fail: secure }, rex: { input: 1, release: 5s },
                     contact: { input: 0 }, fireRelease: { input: 2 }; none = not fitted. Over what its flash holds
  --state DIR        keeps its flash there: key, settings, number of starts. Default: memory, begun anew at each start
  --baud N           ${BAUDS.join(" ")}; default 9600
  --frames           prints the frames it sends and hears: sealed as on the wire, digits in clear frames blanked
  --reveal           prints digits as themselves
  --allow-permanent  takes outputs without an end, for panels that need them
  --json             JSON Lines, each with t, the ms since the start

Commands, one a line; each begins when the one before it is done:
${PERSON_LINES.map((line) => `  ${line}`).join("\n")}
  state            prints the state
  faults           lists the faults that can be injected
  quit             ends

At the end of standard input it ends too, ${LINGER_MS / 1000} s after the last command was done; where standard input is
empty from the start (/dev/null) it goes on until it is ended by a signal. A port that goes is opened again every second.
Exit: 0 ended, 2 wrong use or an unreadable file, 3 the port cannot be opened.
`;

const clock = realClock();

interface Settings {
  readonly port: PortPath;
  readonly simulated: SimulatedOptions;
  readonly frames: boolean;
  readonly reveal: boolean;
  readonly json: boolean;
}

export const command: Command = {
  words: "sim",
  summary: "one simulated Controller on a serial port",
  help: HELP,
  async run(args, io) {
    const stdin = new StdinLines(io.stdin);
    try {
      const settings = await readSettings(args, io, stdin);
      const opened = await openPort(settings.port, settings.simulated.baud);
      if (!opened.ok) throw cannotOpen(opened.error);
      return await runSim(settings, opened.value, stdin, io);
    } finally {
      stdin.close();
    }
  },
};

function cannotOpen(error: SerialError): CommandFailed {
  const misused = error.kind === "wrong" || error.kind === "beyond-loopback";
  return new CommandFailed(misused ? EXIT.wrongUse : EXIT.unreachable, sayWhy(error));
}

const OPTIONS = {
  port: { type: "string" },
  address: { type: "string" },
  scbk: { type: "string" },
  install: { type: "boolean" },
  clear: { type: "boolean" },
  board: { type: "string" },
  state: { type: "string" },
  baud: { type: "string" },
  frames: { type: "boolean" },
  reveal: { type: "boolean" },
  "allow-permanent": { type: "boolean" },
  json: { type: "boolean" },
} as const;

async function readSettings(args: readonly string[], io: Io, stdin: StdinLines): Promise<Settings> {
  const { values } = readOptions(args, OPTIONS);
  const { install = false, clear = false, frames = false, reveal = false, json = false } = values;
  const port = readPort(values.port);
  if ([values.scbk !== undefined, install, clear].filter(Boolean).length > 1)
    throw wrongUse("--scbk, --install and --clear exclude each other");
  const address = readAddress(values.address);
  const board = values.board === undefined ? NO_BOARD_FILE : readBoard(values.board);
  const kept = readFlash(values.state, address, board, { clear, path: values.board ?? null });
  const simulated: SimulatedOptions = {
    address,
    baud: readBaud(values.baud),
    scbk: values.scbk === undefined ? null : await readScbk(values.scbk, io, stdin),
    install,
    clear,
    allowPermanent: values["allow-permanent"] ?? false,
    size: board.size,
    serial: board.serial ?? address + 1,
    ...kept,
  };
  return { port, simulated, frames, reveal, json };
}

function readPort(text: string | undefined): PortPath {
  if (text === undefined) throw wrongUse("which port? --port PATH");
  const port = readPortPath(text);
  if (port === null)
    throw wrongUse(`--port ${text}: expected a device, pty, tcp://HOST:PORT or tcp-listen://HOST:PORT`);
  return port;
}

function readAddress(text: string | undefined): number {
  if (text === undefined) throw wrongUse("which address? --address N, 0 to 126");
  const address = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (!(address <= 126)) throw wrongUse(`--address ${text}: expected a number from 0 to 126`);
  return address;
}

function readBaud(text: string | undefined): number {
  const baud = BAUDS.find((each) => String(each) === (text ?? "9600"));
  if (baud === undefined) throw wrongUse(`--baud ${text}: expected one of ${BAUDS.join(", ")}`);
  return baud;
}

/** With `-` the first line of standard input, and the commands behind it. Never repeats what it read. */
async function readScbk(argument: string, io: Io, stdin: StdinLines): Promise<Secret> {
  const hex =
    argument === "-" ? ((await stdin.next()) ?? "") : (await readSecretArgument(argument, io)).use((text) => text);
  const bytes = fromHex(hex);
  if (!bytes.ok || bytes.value.length !== 16) throw wrongUse("--scbk: expected 32 hex digits");
  const scbk = new Secret(bytes.value);
  if (isWeakScbk(scbk)) throw wrongUse("--scbk: the default key and one byte repeated are no keys; make a random one");
  return scbk;
}

function readBoard(path: string): BoardFile {
  const text = readText(path);
  if (!text.ok) throw wrongUse(`${path}: ${text.error}`);
  const board = readBoardFile(text.value);
  if (board.ok) return board.value;
  const { line, column, message } = board.error;
  throw wrongUse(`${path}:${line}:${column}: ${message}`);
}

/** The flash and the door in it, both as the board file says over what is stored. */
function readFlash(
  folder: string | undefined,
  address: number,
  board: BoardFile,
  { clear, path }: { readonly clear: boolean; readonly path: string | null },
): Pick<SimulatedOptions, "flash" | "door"> {
  let stored = BLANK_FLASH;
  let kept: Pick<SimulatedOptions, "flash"> = {};
  if (folder !== undefined) {
    const opened = openFlashFolder(folder, address);
    if (!opened.ok) throw wrongUse(opened.error);
    kept = { flash: opened.value };
    stored = opened.value.read() ?? BLANK_FLASH;
  }
  if (clear && stored.scbk !== null)
    throw wrongUse(`--clear: the Controller in ${folder} has a key, and one with a key never speaks in clear`);
  const door = mergeDoor(board, stored.door);
  if (!door.ok) throw wrongUse(`${path ?? folder}: ${door.error}`);
  return { ...kept, door: door.value };
}

type Print = (line: SimLine) => void;

async function runSim(settings: Settings, opened: OpenPort, stdin: StdinLines, io: Io): Promise<ExitCode> {
  const begun = clock.now();
  let ended = false;
  const print: Print = (line) => {
    // What its end does to the pins is no event of the door.
    if (ended) return;
    const t = Math.round(clock.now() - begun);
    io.out(settings.json ? `${JSON.stringify({ t, ...line })}\n` : `${sayLine(t, line)}\n`);
  };
  print({ event: "port", path: opened.path, open: true });
  const { controller, line } = putOnLine(settings, opened, print, io);
  controller.onEvent((event) => print(lineOf(event, settings.reveal)));
  print(stateLine(controller.state()));
  await Promise.race([takeLines(controller, stdin, io, print), signalled()]);
  ended = true;
  controller.stop();
  await line.close();
  return EXIT.done;
}

function putOnLine(
  { port, simulated, frames, reveal }: Settings,
  opened: OpenPort,
  print: Print,
  io: Io,
): { readonly controller: SimulatedController; readonly line: KeptLine } {
  const heard = new FrameFinder();
  const printFrame = (dir: "in" | "out", bytes: Uint8Array) => {
    if (frames) print({ event: "frame", dir, hex: frameHex(bytes, reveal) });
  };
  const line = new KeptLine(port, simulated.baud, opened, {
    bytes(bytes) {
      for (const frame of heard.find(bytes, clock.now())) printFrame("in", frame);
      controller.receive(bytes);
    },
    gone(path, why) {
      print({ event: "port", path, open: false });
      io.err(`lintel sim: lost ${path} (${why}); it is tried again every second\n`);
    },
    back: (path) => print({ event: "port", path, open: true }),
  });
  const write = (bytes: Uint8Array) => {
    printFrame("out", bytes);
    line.write(bytes);
  };
  const controller = startSimulated(simulated, { write }, { clock, random: (count) => randomBytes(count) });
  return { controller, line };
}

/** Resolves when the commands are over; never where there were none. */
async function takeLines(controller: SimulatedController, stdin: StdinLines, io: Io, print: Print): Promise<void> {
  let any = false;
  for (let line = await stdin.next(); line !== null; line = await stdin.next()) {
    any = true;
    const words = line.trim();
    if (words === "") continue;
    if (words === "quit") return;
    const sentence = takeLine(words, controller, print);
    if (sentence !== null) io.err(`lintel sim: ${sentence}\n`);
    await passUntil(controller.restsAt());
  }
  // An input without a line was not given: what is started in the background, with /dev/null, runs until a signal.
  if (!any && !io.stdin.isTTY) return new Promise(() => {});
  await pass(LINGER_MS);
}

function takeLine(line: string, controller: SimulatedController, print: Print): string | null {
  switch (line.split(/\s/)[0]) {
    case "state":
      print(stateLine(controller.state()));
      return null;
    case "fault":
    case "faults":
      return "no faults can be injected yet";
    default:
      return controller.command(line);
  }
}

async function passUntil(at: number): Promise<void> {
  if (at > clock.now()) await new Promise<void>((over) => clock.wake(monotonic(at), over));
}

function pass(ms: number): Promise<void> {
  return passUntil(clock.now() + ms);
}

/** SIGINT or SIGTERM. A second one ends the process as the system would. */
function signalled(): Promise<void> {
  return new Promise((came) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => came());
  });
}
