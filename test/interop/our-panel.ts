/**
 * Our side of the bus as the edge has it (edge/bus), driven over a serial device, with nothing of doors above it: every
 * event and every frame is kept. The edge itself, doors and all, is true-edge.ts.
 */
import { randomBytes } from "node:crypto";
import { type BusState, startBus, stepBus } from "@lintel/edge/bus/bus.ts";
import type { BusInput, CommandAnswer, ControllerEvent } from "@lintel/edge/bus/events.ts";
import { openSerial, type SerialLink, sayWhy } from "@lintel/hardware/serial/link.ts";
import type { Secret } from "@lintel/protocol/base/secret.ts";
import { after, type Monotonic, millis } from "@lintel/protocol/base/units.ts";
import type { Command } from "@lintel/protocol/osdp/commands.ts";
import { deframe, IDLE_LINE, type LineState } from "@lintel/protocol/osdp/deframe.ts";
import { realClock } from "@lintel/scripts/real-clock.ts";
import { until } from "../support/until.rig.ts";
import { LineTally } from "./line-tally.ts";
import { PATIENCE } from "./peer.ts";

/** An install window that outlives every row. */
const WINDOW = millis(60_000);
const clock = realClock();

export interface OurSettings {
  readonly path: string;
  readonly address: number;
  readonly baud: number;
  readonly scbk: Secret | null;
}

export class OurPanel {
  readonly events: ControllerEvent[] = [];
  readonly tally = new LineTally();
  readonly #link: SerialLink;
  readonly #address: number;
  #state: BusState;
  #lines: { readonly sent: LineState; readonly came: LineState } = { sent: IDLE_LINE, came: IDLE_LINE };
  readonly #inputs: BusInput[] = [];
  #working = false;
  #forgetWake = () => {};
  #commands = 0;
  #ended = false;

  private constructor(link: SerialLink, { address, baud, scbk }: OurSettings) {
    this.#link = link;
    this.#address = address;
    this.#state = startBus({ id: "b1", baud, controllers: [{ address, scbk, configure: null }] }, clock.now());
    link.onBytes((bytes) => {
      this.#watch("came", bytes);
      this.#give({ kind: "bytes", bytes });
    });
    this.#give({ kind: "port", open: true });
  }

  static async open(settings: OurSettings): Promise<OurPanel> {
    const link = await openSerial(settings);
    if (!link.ok) throw new Error(sayWhy(link.error));
    return new OurPanel(link.value, settings);
  }

  /** The first event from place `from` on of which `claim` holds, now or within the patience of a row. */
  sees<E extends ControllerEvent["kind"]>(
    kind: E,
    claim: (event: Extract<ControllerEvent, { kind: E }>) => boolean = () => true,
    from = 0,
    patience = PATIENCE,
  ): Promise<Extract<ControllerEvent, { kind: E }>> {
    type Wanted = Extract<ControllerEvent, { kind: E }>;
    const told = () => this.events.slice(from).find((event) => event.kind === kind && claim(event as Wanted));
    return until(`our panel tells: ${kind}`, () => told() as Wanted | undefined, patience);
  }

  pair(scbk: Secret, by: "install-window" | "hand" | "rotate"): void {
    this.#give({ kind: "pair", address: this.#address, until: after(clock.now(), WINDOW), scbk, by });
  }

  async gives(command: Command): Promise<CommandAnswer> {
    this.#commands += 1;
    const id = this.#commands;
    const from = this.events.length;
    this.#give({ kind: "command", address: this.#address, id, command, urgent: false });
    return (await this.sees("done", (event) => event.id === id, from)).answer;
  }

  /** As `Sim.polled`. */
  async polled(times: number, patience: number): Promise<number> {
    const { sealedPolls, faults } = this.tally;
    const before = faults.length;
    await until(`${times} polls`, () => this.tally.sealedPolls - sealedPolls >= times, patience);
    const since = faults.slice(before);
    if (since.length > 0) throw new Error(`${since.length} faults, first: ${since[0]}`);
    return this.tally.sealedPolls - sealedPolls;
  }

  async end(): Promise<void> {
    this.#ended = true;
    this.#forgetWake();
    await this.#link.close();
  }

  #give(input: BusInput): void {
    if (this.#ended) return;
    this.#inputs.push(input);
    if (this.#working) return;
    this.#working = true;
    for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
      const { state, effects } = stepBus(this.#state, next, clock.now(), (count) => randomBytes(count));
      this.#state = state;
      for (const effect of effects) {
        if (effect.kind === "write") this.#write(effect.bytes);
        else if (effect.kind === "wake") this.#wake(effect.at);
        else this.events.push(effect.event);
      }
    }
    this.#working = false;
  }

  #write(bytes: Uint8Array): void {
    this.#watch("sent", bytes);
    this.#link.write(bytes);
  }

  #wake(at: Monotonic): void {
    this.#forgetWake();
    this.#forgetWake = clock.wake(at, () => this.#give({ kind: "time" }));
  }

  #watch(way: "sent" | "came", bytes: Uint8Array): void {
    const { line, items } = deframe(this.#lines[way], bytes, clock.now());
    this.#lines = { ...this.#lines, [way]: line };
    for (const item of items) {
      if (item.kind === "frame") this.tally.take(item.frame);
      else this.tally.unreadable();
    }
  }
}
