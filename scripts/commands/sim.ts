/**
 * `lintel sim`: one simulated Controller on a serial port (design 5.3). Here: its arguments, its lines in and out, and
 * how it ends. What the Controller does is firmware-sim's.
 */
import { randomBytes } from "node:crypto";
import { FAULT_LINES, type LiveController, startFallible } from "@lintel/firmware-sim/board/fallible.ts";
import { PERSON_LINES } from "@lintel/firmware-sim/board/person.ts";
import { monotonic } from "@lintel/protocol/base/units.ts";
import { BAUDS } from "@lintel/protocol/osdp/commands.ts";
import { type Command, type Io, readOptions } from "../command.ts";
import { LINE_OPTIONS, readLineArguments, requirePort } from "../sim/arguments.ts";
import { faultsLine, stateLine } from "../sim/events.ts";
import { clock, type Print, runOnLine } from "../sim/on-line.ts";
import { StdinLines } from "../sim/stdin-lines.ts";

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
                     contact: { input: 0 }, fireRelease: { input: 2 }; none = not fitted. Over what its flash holds. That of
                     a real board (lintel controller) will do: of its pins their number is taken
  --state DIR        keeps its flash there: key, settings, number of starts. Default: memory, begun anew at each start
                     An address and a line speed that a panel gave it (COMSET) are in it, and win over --address and --baud
  --baud N           ${BAUDS.join(" ")}; default 9600
  --frames           prints the frames it sends and hears: sealed as on the wire, digits in clear frames blanked
  --reveal           prints digits as themselves
  --allow-permanent  takes outputs without an end, for panels that need them
  --json             JSON Lines, each with t, the ms since the start

Commands, one a line; each begins when the one before it is done:
${PERSON_LINES.map((line) => `  ${line}`).join("\n")}
${FAULT_LINES.map((line) => `  ${line}`).join("\n")}
  faults           lists them, each a model of a physical cause, with what can be set, and says which stand
  state            prints the state
  quit             ends

At the end of standard input it ends too, ${LINGER_MS / 1000} s after the last command was done; where standard input is
empty from the start (/dev/null) it goes on until it is ended by a signal. A port that goes is opened again every second.
Exit: 0 ended, 2 wrong use or an unreadable file, 3 the port cannot be opened.
`;

export const command: Command = {
  words: "sim",
  summary: "one simulated Controller on a serial port",
  help: HELP,
  async run(args, io) {
    const stdin = new StdinLines(io.stdin);
    try {
      const { values } = readOptions(args, LINE_OPTIONS);
      const settings = await readLineArguments(values, { address: null }, io, stdin);
      const opened = await requirePort(settings.port, settings.controller.baud);
      return await runOnLine(settings, opened, io, {
        words: "sim",
        start: (link) =>
          startFallible({ ...settings.controller, reader: WHOLE_READER }, link, {
            clock,
            random: (count) => randomBytes(count),
          }),
        until: (controller, print) => takeLines(controller, stdin, io, print),
      });
    } finally {
      stdin.close();
    }
  },
};

/** Any panel may drive it: whatever a reader can have is there. */
const WHOLE_READER = { cards: true, display: true };

/** Resolves when the commands are over; never where there were none. */
async function takeLines(controller: LiveController, stdin: StdinLines, io: Io, print: Print): Promise<void> {
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

function takeLine(line: string, controller: LiveController, print: Print): string | null {
  switch (line.split(/\s/)[0]) {
    case "state":
      print(stateLine(controller.state()));
      return null;
    case "faults":
      print(faultsLine(controller.standing()));
      return null;
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
