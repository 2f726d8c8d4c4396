/**
 * For tests: one serial line with simulated Controllers in this process, and the wire between them and the edge in the
 * test's hands. The edge opens a path that is ours: a link to a pseudo-terminal, which can be pulled and put back under
 * another name. Every frame is kept; one may be changed, withheld or sent by somebody else.
 */
import { randomBytes } from "node:crypto";
import { existsSync, lstatSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import {
  type SimulatedController,
  type SimulatedEvent,
  type SimulatedOptions,
  startSimulated,
} from "@lintel/firmware-sim/board/simulated-controller.ts";
import { openVirtualPair, type VirtualPort } from "@lintel/hardware/serial/virtual-pair.ts";
import { Secret } from "@lintel/protocol/base/secret.ts";
import { deframe, IDLE_LINE, type LineState } from "@lintel/protocol/osdp/deframe.ts";
import { type Frame, MARK } from "@lintel/protocol/osdp/frame.ts";
import { realClock } from "@lintel/scripts/real-clock.ts";
import { until } from "./until.rig.ts";

export type Receiver = "edge" | "controller";
export type SeenEvent = SimulatedEvent & { readonly at: number };

/** What hangs on a line and takes its bytes. */
export interface OnLine {
  receive(bytes: Uint8Array): void;
}

export const clock = realClock();

/** Starts a Controller on a line: the simulated one, or what takes its place in a test. */
export type Start = (...of: Parameters<typeof startSimulated>) => SimulatedController;

/** One Controller and all that was seen of it. `at` is this process's monotonic time. */
export class WatchedController {
  readonly scbk: Secret;
  readonly events: SeenEvent[] = [];
  readonly simulated: SimulatedController;

  constructor(line: DoorLine, options: Partial<SimulatedOptions> = {}, start: Start = startSimulated) {
    this.scbk = new Secret(randomBytes(16));
    const unkeyed = options.install === true || options.clear === true;
    this.simulated = start(
      { address: 0, baud: 38_400, install: false, clear: false, scbk: unkeyed ? null : this.scbk, ...options },
      { write: (bytes) => line.fromController(bytes) },
      { clock, random: (count) => randomBytes(count) },
    );
    this.simulated.onEvent((event) => this.events.push({ ...event, at: clock.now() }));
    line.add(this.simulated);
  }

  /** Types keys as a person does, 150 ms each; answers when the last is up. */
  async type(keys: string): Promise<void> {
    this.do(`press ${keys}`);
    const up = this.simulated.restsAt();
    await until("the keys are typed", () => clock.now() >= up);
  }

  /** Types an entry and sends it off; answers, once the pad has sounded, how often the relay has released since. */
  async enter(digits: string): Promise<number> {
    const begun = this.events.length;
    await this.type(digits);
    // What sounded before was another answer: typing takes longer than any of them.
    const typed = this.events.length;
    this.do("press #");
    // The strike overtakes light and sound: with the sound, all has happened.
    await until("the pad sounds", () => this.events.slice(typed).some((event) => event.kind === "buzzer" && event.on));
    return this.releases(begun);
  }

  do(command: string): void {
    const complaint = this.simulated.command(command);
    if (complaint !== null) throw new Error(complaint);
  }

  /** How often the relay released, from event `from` on. */
  releases(from = 0): number {
    return this.relay(from).filter(({ released }) => released).length;
  }

  relay(from = 0) {
    return this.events.slice(from).flatMap((event) => (event.kind === "relay" ? [event] : []));
  }

  get released(): boolean {
    return this.simulated.state().relay[0] === true;
  }

  locked(): Promise<unknown> {
    return until("the relay locks", () => !this.released);
  }
}

export interface KeptFrame {
  readonly to: Receiver;
  readonly at: number;
  readonly frame: Frame;
}

/** What becomes of a frame: its bytes, others, or null for nothing. */
export type Wire = (frame: Frame, to: Receiver) => Uint8Array | null;
export const straight: Wire = (frame) => frame.bytes;

export class DoorLine {
  /** What the edge opens. */
  readonly path: string;
  readonly frames: KeptFrame[] = [];
  wire: Wire = straight;
  readonly #on: OnLine[] = [];
  #port: VirtualPort | null = null;
  #line: Record<Receiver, LineState> = { edge: IDLE_LINE, controller: IDLE_LINE };

  constructor(folder: string, bus: string) {
    this.path = join(folder, `line-${bus}`);
  }

  add(device: OnLine): void {
    this.#on.push(device);
  }

  remove(device: OnLine): void {
    this.#on.splice(this.#on.indexOf(device), 1);
  }

  /** Puts the cable in: another pseudo-terminal each time, under the same path. */
  async plug(): Promise<string> {
    const port = await openVirtualPair();
    port.onBytes((bytes) => this.#pass(bytes, "controller"));
    this.#port = port;
    if (isThere(this.path)) unlinkSync(this.path);
    symlinkSync(port.path, this.path);
    return port.path;
  }

  /** Pulls it: the edge's port closes, and its path is gone. */
  unplug(): void {
    if (isThere(this.path)) unlinkSync(this.path);
    this.#port?.unplug();
    this.#port = null;
  }

  fromController(bytes: Uint8Array): void {
    this.#pass(bytes, "edge");
  }

  /** Puts bytes on the wire that neither the edge nor a Controller sent. */
  inject(bytes: Uint8Array, to: Receiver): void {
    if (to === "edge") this.#port?.write(bytes);
    else for (const device of this.#on) device.receive(bytes);
  }

  #pass(bytes: Uint8Array, to: Receiver): void {
    const step = deframe(this.#line[to], bytes, clock.now());
    this.#line[to] = step.line;
    for (const item of step.items) {
      if (item.kind !== "frame") continue;
      this.frames.push({ to, at: clock.now(), frame: item.frame });
      const out = this.wire(item.frame, to);
      if (out !== null) this.inject(marked(out), to);
    }
  }
}

/** A frame as it goes on the wire: one byte of idle line before it. */
export function marked(frame: Uint8Array): Uint8Array {
  return frame[0] === MARK ? frame : Uint8Array.of(MARK, ...frame);
}

function isThere(path: string): boolean {
  return existsSync(path) || lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
