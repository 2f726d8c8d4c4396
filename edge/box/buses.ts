/**
 * The serial lines of this edge: which ports are open, and which step of which bus comes when. One input is worked off
 * before the next begins, so that what a bus writes leaves in the order in which it was decided.
 */
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import type { Secret } from "@lintel/protocol/base/secret.ts";
import { after, type Millis, type Monotonic } from "@lintel/protocol/base/units.ts";
import type { KeysetBus, KeysetDoor } from "@lintel/protocol/keyset/keyset.ts";
import type { ConfigureMfg } from "@lintel/protocol/osdp/mfg.ts";
import { type BusState, isIdle, rhythmOf, skipIdle, startBus, stepBus } from "../bus/bus.ts";
import type { BusController, BusInput, BusSettings, ControllerEvent } from "../bus/events.ts";
import type { Clock, SerialPorts } from "./ports.ts";

/** Names a Controller in the store, in records and to people: `bus/address`. */
export function controllerName(bus: string, address: number): string {
  return `${bus}/${address}`;
}

interface Line {
  state: BusState;
  settings: BusSettings;
  /** Null: no port is named for it. */
  path: string | null;
  wakeAt: Monotonic | null;
}

export interface BusesOptions {
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly serial: SerialPorts;
  /** Ports that this edge's own settings name, by bus: they win over the keyset's. */
  readonly overrides: ReadonlyMap<string, string>;
  readonly scbkOf: (controller: string) => Secret | null;
  readonly heard: (bus: string, address: number, event: ControllerEvent) => void;
  readonly note: (text: string) => void;
}

/** The lines as the rest of the box has them. */
export type Lines = Pick<Buses, keyof Buses>;

export class Buses {
  readonly #options: BusesOptions;
  readonly #lines = new Map<string, Line>();
  readonly #inputs: { readonly bus: string; readonly input: BusInput }[] = [];
  readonly #noted = new Set<string>();
  #working = false;

  constructor(options: BusesOptions) {
    this.#options = options;
  }

  /** When `time` is due. */
  get wakeAt(): Monotonic | null {
    const times = [...this.#lines.values()].flatMap(({ wakeAt }) => (wakeAt === null ? [] : [wakeAt]));
    return times.length === 0 ? null : times.reduce((a, b) => (a < b ? a : b));
  }

  /** Every line, with the port that it is on. */
  get paths(): readonly { readonly id: string; readonly path: string | null }[] {
    return [...this.#lines].map(([id, { path }]) => ({ id, path }));
  }

  /** When a Controller said last what could be believed; null: there is none. */
  heardAt({ bus, address }: KeysetDoor["controller"]): Monotonic | null {
    const controllers = this.#lines.get(bus)?.state.controllers ?? [];
    return controllers.find(({ cp }) => cp.settings.address === address)?.cp.heardAt ?? null;
  }

  /** Nothing happens on any line but polls that are answered by nothing. */
  get idle(): boolean {
    return this.#inputs.length === 0 && [...this.#lines.values()].every(({ state }) => isIdle(state));
  }

  /** See `rhythmOf`. */
  rhythm(): readonly number[] {
    const now = this.#options.clock.monotonic();
    return [...this.#lines.values()].flatMap(({ state }) => rhythmOf(state, now));
  }

  skipIdle(length: Millis): void {
    for (const line of this.#lines.values()) {
      line.state = skipIdle(line.state, length);
      if (line.wakeAt !== null) line.wakeAt = after(line.wakeAt, length);
    }
  }

  /** The lines and Controllers of a keyset. What did not change goes on as it was. */
  settle(buses: readonly KeysetBus[], doors: readonly KeysetDoor[]): void {
    for (const id of [...this.#lines.keys()]) if (!buses.some((bus) => bus.id === id)) this.#drop(id);
    for (const bus of buses) this.#settleLine(bus, doors);
    for (const id of this.#options.overrides.keys()) {
      if (!this.#lines.has(id)) this.#note(`the setting --bus ${id} names a bus that the keyset does not have`);
    }
  }

  /** A key of a Controller changed. */
  rekey(bus: string): void {
    const line = this.#lines.get(bus);
    if (line === undefined) return;
    const controllers = line.settings.controllers.map((one) => ({ ...one, scbk: this.#scbkOf(bus, one.address) }));
    line.settings = { ...line.settings, controllers };
    this.give(bus, { kind: "settings", settings: line.settings });
  }

  give(bus: string, input: BusInput): void {
    this.#inputs.push({ bus, input });
    if (this.#working) return;
    this.#working = true;
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
        this.#step(next.bus, next.input);
      }
    } finally {
      this.#working = false;
    }
  }

  /** Gives the time to every line that waits for it. */
  time(): void {
    const now = this.#options.clock.monotonic();
    for (const [bus, line] of this.#lines) {
      if (line.wakeAt !== null && line.wakeAt <= now) this.give(bus, { kind: "time" });
    }
  }

  #step(bus: string, input: BusInput): void {
    const line = this.#lines.get(bus);
    if (line === undefined) return;
    const now = this.#options.clock.monotonic();
    if (line.wakeAt !== null && line.wakeAt <= now) line.wakeAt = null;
    const { state, effects } = stepBus(line.state, input, now, this.#options.random);
    line.state = state;
    for (const effect of effects) {
      if (effect.kind === "write") this.#options.serial.write(bus, effect.bytes);
      else if (effect.kind === "wake") line.wakeAt = effect.at;
      else this.#options.heard(bus, effect.address, effect.event);
    }
    // What was told is answered by now, and the strike stands before any poll: the line goes on.
    if (effects.some(({ kind }) => kind === "controller")) this.give(bus, { kind: "time" });
  }

  #settleLine(bus: KeysetBus, doors: readonly KeysetDoor[]): void {
    const settings: BusSettings = { id: bus.id, baud: bus.baud, controllers: this.#controllersOf(bus.id, doors) };
    const path = this.#pathOf(bus);
    const held = this.#lines.get(bus.id);
    if (held !== undefined && (held.path !== path || held.settings.baud !== bus.baud)) this.#drop(bus.id);
    const line = this.#lines.get(bus.id);
    if (line !== undefined) {
      line.settings = settings;
      this.give(bus.id, { kind: "settings", settings });
      return;
    }
    const state = startBus(settings, this.#options.clock.monotonic());
    this.#lines.set(bus.id, { state, settings, path, wakeAt: null });
    if (path !== null) this.#options.serial.open(bus.id, path, bus.baud);
  }

  #drop(bus: string): void {
    this.give(bus, { kind: "port", open: false });
    this.#options.serial.close(bus);
    this.#lines.delete(bus);
  }

  #pathOf(bus: KeysetBus): string | null {
    const path = this.#options.overrides.get(bus.id) ?? bus.port;
    if (path !== "sim") return path;
    this.#note(
      `bus ${bus.id} has the port "sim", which only \`up\` and \`demo\` bring: name one with --bus ${bus.id}=PATH`,
    );
    return null;
  }

  #controllersOf(bus: string, doors: readonly KeysetDoor[]): readonly BusController[] {
    const controllers = new Map<number, BusController>();
    for (const door of doors) {
      const { address } = door.controller;
      if (door.controller.bus !== bus || controllers.has(address)) continue;
      controllers.set(address, { address, scbk: this.#scbkOf(bus, address), configure: configureOf(door) });
    }
    return [...controllers.values()];
  }

  #scbkOf(bus: string, address: number): Secret | null {
    return this.#options.scbkOf(controllerName(bus, address));
  }

  /** Said once in the life of the process. */
  #note(text: string): void {
    if (this.#noted.has(text)) return;
    this.#noted.add(text);
    this.#options.note(text);
  }
}

/** What the Controller must know to let people out by itself. */
export function configureOf({ strike, rex, contact, fireRelease }: KeysetDoor): ConfigureMfg {
  return {
    strike: { output: strike.output, fail: strike.fail },
    rex: rex === null ? null : { input: rex, release: strike.release },
    contact: contact === null ? null : { input: contact },
    fire: fireRelease === null ? null : { input: fireRelease },
  };
}
