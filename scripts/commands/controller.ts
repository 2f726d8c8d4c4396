/**
 * `lintel controller`: the firmware of a Controller on real pins, reached over Firmata, as an OSDP device on a serial
 * line. Here: its arguments, and how it ends. What it does is the firmware's; what the pins do, hardware/boards'.
 */
import { randomBytes } from "node:crypto";
import type { BoardFile } from "@lintel/hardware/boards/board-file.ts";
import type { OpenBoard } from "@lintel/hardware/boards/firmata.ts";
import type { BoardWiring } from "@lintel/hardware/boards/wiring.ts";
import { BAUDS } from "@lintel/protocol/osdp/commands.ts";
import { type Command, CommandFailed, EXIT, type ExitCode, type Io, readOptions, wrongUse } from "../command.ts";
import { LINE_OPTIONS, readLineArguments, readPort, requirePort } from "../sim/arguments.ts";
import { stateLine } from "../sim/events.ts";
import { clock, runOnLine } from "../sim/on-line.ts";
import { openPort, type PortPath } from "../sim/port.ts";
import { StdinLines } from "../sim/stdin-lines.ts";

const HELP = `lintel controller --board FILE --port PATH [--pins PATH] [--address N] [--scbk HEX|@FILE|- | --install | --clear]
                  [--state DIR] [--baud N] [--frames] [--reveal] [--allow-permanent] [--json]

The firmware of a Controller on the pins of a real board that runs StandardFirmata: an OSDP device with keypad, relay,
contact, exit button, tamper switch, LED and buzzer. For the bench: when this program or its cable to the board goes, so
does the exit button, and what the relay then does is the board's (docs/boards.md).

  --board FILE       YAML: what is wired to which pin (pins), how the board is reached (firmata), and what the door makes of
                     it, as for lintel sim; hardware/boards/arduino-uno.yaml is one
  --port PATH        the line to the panel: a serial device; pty; tcp://HOST:PORT; tcp-listen://HOST:PORT
  --pins PATH        the line to the board, in place of firmata.port of the board file
  --address N        0 to 126; default 0
  --scbk SECRET      its key for the Secure Channel, 32 hex digits; @FILE reads it from a file, - from the first line of
                     standard input. Kept in its flash
  --install          takes the default key until a panel has installed another (KEYSET)
  --clear            does everything but KEYSET in clear. Not together with a key
  --state DIR        keeps its flash there: key, settings, number of starts. Default: memory, begun anew at each start
  --baud N           of the line to the panel: ${BAUDS.join(" ")}; default 9600
  --frames           prints the frames it sends and hears: sealed as on the wire, digits in clear frames blanked
  --reveal           prints digits as themselves
  --allow-permanent  takes outputs without an end, for panels that need them
  --json             JSON Lines, each with t, the ms since the start

On standard input: state prints the state, quit ends; so does a signal. At the end every output is turned off. A board or
a port that goes is looked for every second.
Exit: 0 ended, 2 wrong use or an unreadable file, 3 a port cannot be opened, or no Firmata answers.
`;

export const command: Command = {
  words: "controller",
  summary: "the firmware of a Controller on real pins, by Firmata",
  help: HELP,
  async run(args, io) {
    const stdin = new StdinLines(io.stdin);
    try {
      return await runController(args, io, stdin);
    } finally {
      stdin.close();
    }
  },
};

async function runController(args: readonly string[], io: Io, stdin: StdinLines): Promise<ExitCode> {
  const { values } = readOptions(args, { ...LINE_OPTIONS, pins: { type: "string" } });
  if (values.board === undefined) throw wrongUse("which board? --board FILE");
  const settings = await readLineArguments(values, { address: 0 }, io, stdin);
  const { board } = settings;
  if (board.wiring === null) throw wrongUse(`${values.board}: it has no pins; only a simulated Controller can use it`);
  const path = values.pins ?? board.firmata.port;
  if (path === null) throw wrongUse(`which port are the pins on? --pins PATH, or firmata.port in ${values.board}`);
  const reach: BoardReach = { path: readPort("--pins", path), wiring: board.wiring, baud: board.firmata.baud };
  const opened = await requirePort(settings.port, settings.controller.baud);
  const first = await requireBoard(reach).catch(async (error: unknown) => {
    await opened.link.close();
    throw error;
  });
  const { RealController } = await import("@lintel/hardware/boards/real-controller.ts");
  return runOnLine(settings, opened, io, {
    words: "controller",
    start(link, print) {
      const random = (count: number) => randomBytes(count);
      const reopen = async () => {
        const again = await reachBoard(reach);
        return typeof again === "string" ? null : again.board;
      };
      const controller = new RealController(settings.controller, first.board, { clock, random, link, reopen });
      print({ event: "pins", path: first.path, open: true });
      controller.onEvent((event) => {
        if (event.kind !== "power") return;
        print({ event: "pins", path: first.path, open: event.on });
        if (!event.on) io.err(`lintel controller: lost the board on ${first.path}; it is looked for every second\n`);
      });
      return controller;
    },
    until: (controller, print) => untilBroken(takeLines(stdin, io, () => print(stateLine(controller.state())))),
  });
}

interface BoardReach {
  readonly path: PortPath;
  readonly wiring: BoardWiring;
  readonly baud: BoardFile["firmata"]["baud"];
}

interface Reached {
  readonly path: string;
  readonly board: OpenBoard;
}

/** A sentence where it cannot be reached. */
async function reachBoard({ path, wiring, baud }: BoardReach): Promise<Reached | string> {
  const { openBoard, sayBoardError } = await import("@lintel/hardware/boards/firmata.ts");
  const { sayWhy } = await import("@lintel/hardware/serial/link.ts");
  const port = await openPort(path, baud);
  if (!port.ok) return sayWhy(port.error);
  const board = await openBoard(port.value.link, wiring, clock);
  return board.ok ? { path: port.value.path, board: board.value } : sayBoardError(port.value.path, board.error);
}

async function requireBoard(reach: BoardReach): Promise<Reached> {
  const reached = await reachBoard(reach);
  if (typeof reached === "string") throw new CommandFailed(EXIT.unreachable, reached);
  return reached;
}

/** A bug of ours, anywhere, ends the command in order: the outputs are turned off before the process dies of it. */
async function untilBroken(ended: Promise<void>): Promise<void> {
  let breaks: (error: unknown) => void = () => {};
  const broken = new Promise<never>((_, reject) => {
    breaks = reject;
  });
  process.once("uncaughtException", breaks);
  await Promise.race([ended, broken]).finally(() => process.off("uncaughtException", breaks));
}

/** Resolves at `quit`; the end of the input is no end. */
async function takeLines(stdin: StdinLines, io: Io, tellState: () => void): Promise<void> {
  for (let line = await stdin.next(); line !== null; line = await stdin.next()) {
    const words = line.trim();
    if (words === "quit") return;
    if (words === "state") tellState();
    else if (words !== "") io.err("lintel controller: not a command: state or quit\n");
  }
  return new Promise(() => {});
}
