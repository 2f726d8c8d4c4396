/**
 * A simulated Controller alone on its line, both of which can be made faulty while they live: what `lintel sim` runs.
 * Here: faults as a person words them, which of them stand, and when those with a length end. What each of them does:
 * faults/line.ts, faults/board-faults.ts.
 */
import { after, type Monotonic, millis } from "@lintel/protocol/base/units.ts";
import { BLANK_FLASH } from "../controller/settings.ts";
import { DEVICE_FAULTS } from "./faults/catalogue.ts";
import { type Fault, readFaultWords } from "./faults/fault.ts";
import { FaultyLine } from "./faults/line.ts";
import {
  blankFlash,
  type FallibleController,
  type Machine,
  type SimulatedController,
  type SimulatedEvent,
  type SimulatedOptions,
  type SimulatedState,
  startSimulated,
} from "./simulated-controller.ts";
import { startTwin } from "./twin.ts";

/** The lines beside a person's, for a help text. */
export const FAULT_LINES = [
  "fault NAME [PARAMETER=VALUE …] [for=30s]",
  "                 a fault begins, in the place of the same one that stands",
  "fault NAME off   it is taken off",
] as const;

/** Takes `fault …` beside every other line, and tells of each fault as it begins and ends. */
export interface LiveController extends SimulatedController {
  /** Those that stand now. */
  standing(): readonly Fault[];
}

export function startFallible(
  options: SimulatedOptions,
  link: { write(bytes: Uint8Array): void },
  machine: Machine,
): LiveController {
  return new Fallible(options, link, machine);
}

const NAMES = DEVICE_FAULTS.map(({ name }) => name).join(", ");

interface Standing {
  readonly fault: Fault;
  /** Takes back the end that was to come by itself. */
  readonly forgetEnd: () => void;
}

class Fallible implements LiveController {
  readonly #machine: Machine;
  readonly #controller: FallibleController;
  readonly #line: FaultyLine;
  readonly #standing = new Map<string, Standing>();
  readonly #listeners: ((event: SimulatedEvent) => void)[] = [];
  /** What a fault does as it begins is told behind it; null: nothing is held back. */
  #heldBack: SimulatedEvent[] | null = null;

  constructor(options: SimulatedOptions, link: { write(bytes: Uint8Array): void }, machine: Machine) {
    const flash = options.flash ?? blankFlash(machine.random);
    this.#machine = machine;
    this.#line = new FaultyLine({
      clock: machine.clock,
      random: machine.random,
      baud: () => flash.read()?.line?.baud ?? options.baud,
      // The line is a real one: it takes its own time.
      transit: () => millis(0),
      toCp: (bytes) => link.write(bytes),
      toPds: (bytes) => this.#controller.receive(bytes),
      startTwin: (key, write) => {
        // A copied board has the key of now, which a panel may have installed; and any twin the address.
        const { scbk, line } = flash.read() ?? BLANK_FLASH;
        return startTwin({ ...options, ...line, scbk }, key, write, machine);
      },
    });
    this.#controller = startSimulated({ ...options, flash }, { write: (bytes) => this.#line.toCp(bytes) }, machine);
    this.#controller.onEvent((event) => (this.#heldBack === null ? this.#tell(event) : this.#heldBack.push(event)));
  }

  receive(bytes: Uint8Array): void {
    this.#line.toPds(bytes);
  }

  command(line: string): string | null {
    const [verb, name, ...words] = line.trim().split(/\s+/);
    if (verb !== "fault") return this.#controller.command(line);
    const kind = DEVICE_FAULTS.find((each) => each.name === name);
    // What was typed is not repeated: it may be a code on the wrong line.
    if (kind === undefined) return `${name === undefined ? "which fault?" : "no such fault;"} there are ${NAMES}`;
    const fault = readFaultWords(kind, words);
    return fault.ok ? this.#fault(fault.value) : `fault ${kind.name}: ${fault.error.field}: ${fault.error.message}`;
  }

  standing(): readonly Fault[] {
    return [...this.#standing.values()].map(({ fault }) => fault);
  }

  restsAt(): Monotonic {
    return this.#controller.restsAt();
  }

  onEvent(listener: (event: SimulatedEvent) => void): void {
    this.#listeners.push(listener);
  }

  state(): SimulatedState {
    return this.#controller.state();
  }

  stop(): void {
    for (const { forgetEnd } of this.#standing.values()) forgetEnd();
    this.#standing.clear();
    this.#line.stop();
    this.#controller.stop();
  }

  /** Null, or a sentence that says why not: then nothing has changed. */
  #fault(fault: Fault): string | null {
    const { name } = fault.kind;
    const before = this.#standing.get(name);
    if (fault.off && before === undefined) return `fault ${name}: it does not stand`;
    const consequences: SimulatedEvent[] = [];
    this.#heldBack = consequences;
    const wrong = FaultyLine.has(fault.kind) ? this.#line.fault(fault) : this.#controller.fault(fault);
    this.#heldBack = null;
    if (wrong !== null) return `fault ${name}: ${wrong}`;
    before?.forgetEnd();
    this.#standing.delete(name);
    if (!fault.off && fault.kind.lasts) this.#standing.set(name, { fault, forgetEnd: this.#endLater(fault) });
    for (const event of [{ kind: "fault", fault } as const, ...consequences]) this.#tell(event);
    return null;
  }

  #tell(event: SimulatedEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #endLater(fault: Fault): () => void {
    const { clock } = this.#machine;
    if (fault.lasting === null) return () => {};
    return clock.wake(after(clock.now(), fault.lasting), () => void this.#fault({ ...fault, off: true }));
  }
}
