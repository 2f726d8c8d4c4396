/**
 * A board that runs StandardFirmata, at the end of a byte link: spoken to by firmata-io, its pins taken through
 * johnny-five. Says when the board is lost: the link closed, or no sign of life came.
 */
import { EventEmitter } from "node:events";
import type { Clock } from "@lintel/firmware-sim/controller/clock.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { after, type Millis } from "@lintel/protocol/base/units.ts";
import firmata from "firmata-io";
import five from "johnny-five";
import type { BoardIo } from "./board-io.ts";
import { type BoardPins, takePins, type WiringError } from "./board-pins.ts";
import { LIMITS } from "./limits.ts";
import type { BoardWiring } from "./wiring.ts";

/** The serial line to a board, as hardware/serial opens it. */
export interface BoardLink {
  write(bytes: Uint8Array): void;
  onBytes(listener: (bytes: Uint8Array) => void): void;
  onClose(listener: (why: string) => void): void;
  close(): Promise<void>;
}

export type BoardError = WiringError | { readonly kind: "silent" } | { readonly kind: "closed"; readonly why: string };

/** One sentence, with the remedy; `path` is how the board was reached. */
export function sayBoardError(path: string, error: BoardError): string {
  switch (error.kind) {
    case "silent":
      return `no Firmata answers on ${path}: flash StandardFirmata on the board, or name another port or baud`;
    case "closed":
      return `lost ${path} before its board was ready: ${error.why}`;
    case "no-such-pin":
      return `the board on ${path} has no pin ${error.pin}; correct the board file`;
    case "cannot":
      return error.what === "PULLUP"
        ? `pin ${error.pin} of the board on ${path} has no pull-up that can be relied on: flash StandardFirmata 2.5 or later, or choose another pin`
        : `pin ${error.pin} of the board on ${path} cannot be an ${error.what.toLowerCase()}; correct the board file`;
    case "one-pin-twice":
      return `pins ${error.pin} and ${error.other} are one on the board on ${path}; correct the board file`;
  }
}

/** A board whose pins are taken. */
export interface OpenBoard {
  readonly pins: BoardPins;
  /** Called once, when the board does not answer any more; not for `close`. */
  onLost(listener: (why: string) => void): void;
  /** Turns everything off, waits for the board to say so as long as it may take, and lets go of the link. */
  close(): Promise<void>;
}

/** Waits for the board behind the link, and takes its pins. Closes the link where that cannot be. */
export async function openBoard(
  link: BoardLink,
  wiring: BoardWiring,
  clock: Clock,
): Promise<Result<OpenBoard, BoardError>> {
  const transport = new LinkTransport(link);
  const io = new firmata.Firmata(transport, { reportVersionTimeout: LIMITS.askVersion });
  io.setMaxListeners(0);
  const silence = wait(clock, LIMITS.ready);
  const ready = await Promise.race([
    new Promise<Result<null, BoardError>>((done) => io.once("ready", () => done(ok(null)))),
    transport.closed.then((why) => fail({ kind: "closed", why } as const)),
    silence.over.then(() => fail({ kind: "silent" } as const)),
  ]);
  silence.forget();
  const taken = ready.ok ? await takeBoard(io, wiring, clock, link, transport.closed) : ready;
  if (taken.ok) return taken;
  clearTimeout(io.reportVersionTimeoutId);
  await link.close();
  return taken;
}

/** The pins of an IO plugin that is ready. `closed` resolves with the reason when its board is gone. */
export async function takeBoard(
  io: BoardIo,
  wiring: BoardWiring,
  clock: Clock,
  link: { close(): Promise<void> },
  closed: Promise<string>,
): Promise<Result<OpenBoard, BoardError>> {
  const board = new five.Board({ io, repl: false, debug: false, sigint: false });
  // It repeats what its io says, and an error that nobody listens to would end the process.
  board.on("error", () => {});
  const silence = wait(clock, LIMITS.ready);
  const ready = new Promise<Result<BoardPins, BoardError>>((done) => {
    const taken = takePins(board, wiring, clock, (pins) => done(ok(pins)));
    if (!taken.ok) done(taken);
  });
  const taken = await Promise.race([
    ready,
    closed.then((why) => fail({ kind: "closed", why } as const)),
    silence.over.then(() => fail({ kind: "silent" } as const)),
  ]);
  silence.forget();
  return taken.ok ? ok(new TakenBoard(taken.value, clock, link, closed)) : taken;
}

class TakenBoard implements OpenBoard {
  readonly pins: BoardPins;
  readonly #clock: Clock;
  readonly #link: { close(): Promise<void> };
  #lost: (why: string) => void = () => {};
  #ended = false;
  #forgetBeat = () => {};

  constructor(pins: BoardPins, clock: Clock, link: { close(): Promise<void> }, closed: Promise<string>) {
    this.pins = pins;
    this.#clock = clock;
    this.#link = link;
    void closed.then((why) => this.#lose(why));
    this.#beat();
  }

  onLost(listener: (why: string) => void): void {
    this.#lost = listener;
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    this.#end();
    this.pins.release();
    const answered = new Promise<void>((done) => this.pins.afterAnswer(done));
    const patience = wait(this.#clock, LIMITS.farewell);
    await Promise.race([answered, patience.over]);
    patience.forget();
    await this.#link.close();
  }

  #beat(): void {
    this.#wakeIn(LIMITS.heartbeat, () => {
      this.#wakeIn(LIMITS.heartbeatAnswer, () => this.#lose("the board does not answer any more"));
      this.pins.afterAnswer(() => {
        this.#forgetBeat();
        if (!this.#ended) this.#beat();
      });
    });
  }

  #wakeIn(length: Millis, call: () => void): void {
    this.#forgetBeat = this.#clock.wake(after(this.#clock.now(), length), call);
  }

  /** Off, for the case that the board still hears; whether it does, nobody knows. */
  #lose(why: string): void {
    if (this.#ended) return;
    this.#end();
    this.pins.release();
    void this.#link.close();
    this.#lost(why);
  }

  #end(): void {
    this.#ended = true;
    this.#forgetBeat();
  }
}

function wait(clock: Clock, length: Millis): { readonly over: Promise<void>; forget(): void } {
  let forget = () => {};
  const over = new Promise<void>((passed) => {
    forget = clock.wake(after(clock.now(), length), passed);
  });
  return { over, forget: () => forget() };
}

/** A byte link as firmata-io knows one. */
class LinkTransport extends EventEmitter {
  readonly closed: Promise<string>;
  readonly #link: BoardLink;

  constructor(link: BoardLink) {
    super();
    this.#link = link;
    this.closed = new Promise((done) => link.onClose(done));
    link.onBytes((bytes) => this.emit("data", bytes));
  }

  write(bytes: Uint8Array, written: () => void = () => {}): void {
    this.#link.write(bytes);
    written();
  }
}
