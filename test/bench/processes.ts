/** Real processes: an edge on a pseudo-terminal, with its Controller in this process, and bare ones beside it. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  type SimulatedController,
  type SimulatedEvent,
  startSimulated,
} from "@lintel/firmware-sim/board/simulated-controller.ts";
import { keepPortsFromChild, openVirtualPair, type VirtualPort } from "@lintel/hardware/serial/virtual-pair.ts";
import { realClock } from "@lintel/scripts/real-clock.ts";
import { LintelProcess } from "../support/lintel-process.rig.ts";
import { until } from "../support/until.rig.ts";
import { scbkAt } from "./modelled-site.ts";
import type { StoredEdge } from "./stored-edge.ts";

/** Line speed that the edge is told: a pseudo-terminal has none, but the rhythm of polls follows it. */
export const BAUD = 115_200;
const clock = realClock();

type Seen = SimulatedEvent & { readonly at: number };

/** One Controller on a pseudo-terminal, for as many lives of the edge as are wanted. */
export class RealDoor {
  readonly events: Seen[] = [];
  readonly #port: VirtualPort;
  readonly #controller: SimulatedController;

  static async plug(): Promise<RealDoor> {
    return new RealDoor(await openVirtualPair());
  }

  private constructor(port: VirtualPort) {
    this.#port = port;
    this.#controller = startSimulated(
      { address: 0, baud: BAUD, scbk: scbkAt(0), install: false, clear: false },
      { write: (bytes) => port.write(bytes) },
      { clock, random: (count) => randomBytes(count) },
    );
    this.#controller.onEvent((event) => this.events.push({ ...event, at: performance.now() }));
    port.onBytes((bytes) => this.#controller.receive(bytes));
  }

  startEdge({ data, keyvault }: StoredEdge): LintelProcess {
    return new LintelProcess([
      "edge",
      "--data",
      data,
      "--keyvault",
      keyvault,
      "--bus",
      `b1=${this.#port.path}`,
      "--json",
    ]);
  }

  /** When the session stood that stands; null while none does. */
  secureAt(from: number): number | null {
    const found = this.events.slice(from).find((event) => event.kind === "secure" && event.on && event.key === "scbk");
    return found?.at ?? null;
  }

  /** From the firmware's taking of the last key to its relay, in ms. `keys` ends in `#`. */
  async grant(keys: string): Promise<number> {
    const from = this.events.length;
    this.#controller.command(`press ${keys}`);
    const relay = await until("the relay", () =>
      this.events.slice(from).find((event) => event.kind === "relay" && event.released),
    );
    const key = this.events.slice(from).findLast((event) => event.kind === "key" && event.at <= relay.at)!;
    return relay.at - key.at;
  }

  /** The relay has let go, and every key is up. */
  async rests(): Promise<void> {
    const up = this.#controller.restsAt();
    await until("the door rests", () => this.#controller.state().relay[0] === false && clock.now() >= up);
  }

  async end(): Promise<void> {
    this.#controller.stop();
    await this.#port.close();
  }
}

/** Memory that a process holds, in MB. */
export function residentMegabytes(pid: number): number {
  return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) / 1024;
}

/** From the start of `node -e 0` to its end, in ms. */
export async function bareNode(): Promise<number> {
  const begun = performance.now();
  const child = spawn(process.execPath, ["-e", "0"], {
    stdio: ["ignore", "ignore", "ignore", ...keepPortsFromChild()],
  });
  await new Promise((done) => child.on("close", done));
  return performance.now() - begun;
}

/** A program of Node that prints one line when it is there. */
export async function startProgram(source: string): Promise<{ line: string; pid: number; end(): Promise<void> }> {
  const child: ChildProcess = spawn(process.execPath, ["-e", source], {
    stdio: ["ignore", "pipe", "inherit", ...keepPortsFromChild()],
  });
  const line = await new Promise<string>((done) => child.stdout!.once("data", (text) => done(String(text).trim())));
  const end = async () => {
    child.kill();
    await new Promise((done) => child.on("close", done));
  };
  return { line, pid: child.pid!, end };
}
