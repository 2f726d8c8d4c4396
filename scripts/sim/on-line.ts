/** A Controller on a serial line, simulated or real, with its events printed, until it is told to end. */
import type { SimulatedEvent, SimulatedState } from "@lintel/firmware-sim/board/simulated-controller.ts";
import { EXIT, type ExitCode, type Io } from "../command.ts";
import { realClock } from "../real-clock.ts";
import type { LineArguments } from "./arguments.ts";
import { lineOf, type SimLine, sayLine, stateLine } from "./events.ts";
import { FrameFinder, frameHex } from "./frame-hex.ts";
import { KeptLine } from "./kept-line.ts";
import type { OpenPort } from "./port.ts";

export const clock = realClock();

export interface OnLine {
  receive(bytes: Uint8Array): void;
  onEvent(listener: (event: SimulatedEvent) => void): void;
  state(): SimulatedState;
  /** Ends it as the loss of power would. */
  stop(): void | Promise<void>;
}

export type Print = (line: SimLine) => void;

export interface LineRun<C extends OnLine> {
  /** As typed, for what goes to standard error. */
  readonly words: string;
  start(link: { write(bytes: Uint8Array): void }, print: Print): C;
  /** Resolves when it shall end by itself. */
  until(controller: C, print: Print): Promise<void>;
}

export async function runOnLine<C extends OnLine>(
  settings: LineArguments,
  opened: OpenPort,
  io: Io,
  run: LineRun<C>,
): Promise<ExitCode> {
  const begun = clock.now();
  let ended = false;
  const print: Print = (line) => {
    // What its end does to the pins is no event of the door.
    if (ended) return;
    const t = Math.round(clock.now() - begun);
    io.out(settings.json ? `${JSON.stringify({ t, ...line })}\n` : `${sayLine(t, line)}\n`);
  };
  print({ event: "port", path: opened.path, open: true });
  const { controller, line } = putOnLine(settings, opened, print, io, run);
  controller.onEvent((event) => {
    if (event.kind === "line") line.setBaud(event.baud);
    print(lineOf(event, settings.reveal));
  });
  print(stateLine(controller.state()));
  try {
    await Promise.race([run.until(controller, print), signalled()]);
  } finally {
    ended = true;
    await controller.stop();
    await line.close();
  }
  return EXIT.done;
}

function putOnLine<C extends OnLine>(
  { port, controller: { baud }, frames, reveal }: LineArguments,
  opened: OpenPort,
  print: Print,
  io: Io,
  { words, start }: LineRun<C>,
): { readonly controller: C; readonly line: KeptLine } {
  const heard = new FrameFinder();
  const printFrame = (dir: "in" | "out", bytes: Uint8Array) => {
    if (frames) print({ event: "frame", dir, hex: frameHex(bytes, reveal) });
  };
  const line = new KeptLine(port, baud, opened, {
    bytes(bytes) {
      for (const frame of heard.find(bytes, clock.now())) printFrame("in", frame);
      controller.receive(bytes);
    },
    gone(path, why) {
      print({ event: "port", path, open: false });
      io.err(`lintel ${words}: lost ${path} (${why}); it is tried again every second\n`);
    },
    back: (path) => print({ event: "port", path, open: true }),
  });
  const write = (bytes: Uint8Array) => {
    printFrame("out", bytes);
    line.write(bytes);
  };
  const controller = start({ write }, print);
  return { controller, line };
}

/** SIGINT or SIGTERM. A second one ends the process as the system would. */
function signalled(): Promise<void> {
  return new Promise((came) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => came());
  });
}
