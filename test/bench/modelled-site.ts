/**
 * One true edge and the true firmware at its doors on one modelled pair of wires, in virtual time: every byte takes ten
 * bits at the line's speed, a program takes none. What is left is what the protocol itself costs.
 * With a store and keys of its own kind it also makes the data folder of an edge without running one.
 */
import { EdgeBox } from "@lintel/edge/box/box.ts";
import { MemoryStore } from "@lintel/edge/box/memory-store.ts";
import type { EdgeKeys, EdgeStore, Ports } from "@lintel/edge/box/ports.ts";
import { seeded } from "@lintel/edge/bus/bus.rig.ts";
import { transmitTime } from "@lintel/edge/bus/line.ts";
import { VirtualClock } from "@lintel/firmware-sim/board/clock.ts";
import { type SimulatedController, startSimulated } from "@lintel/firmware-sim/board/simulated-controller.ts";
import { Secret } from "@lintel/protocol/base/secret.ts";
import { type Instant, instant, millis, monotonic } from "@lintel/protocol/base/units.ts";
import type { Keyset } from "@lintel/protocol/keyset/keyset.ts";
import { EDGE, SITE, SmallAuthority } from "../edge/small-authority.ts";
import { doorAt } from "../edge/world.ts";
import { KEYED, type KeyedCodes, keyedCodes } from "./many-keys.ts";

/** One whole frame on the wire. */
export interface Sent {
  /** When its first byte left, in ms. */
  readonly at: number;
  readonly from: "edge" | "controller";
  readonly bytes: number;
}

export interface ModelledOptions {
  readonly baud: number;
  readonly doors: number;
  readonly keys: number;
  readonly store?: EdgeStore;
  readonly edgeKeys?: EdgeKeys;
  /** What the virtual world calls now, in ms since 1970. */
  readonly begins: Instant;
}

/** The code of the first key: opens `door-0` at any time. */
export const CODE = KEYED.first;

export function doorName(address: number): string {
  return `door-${address}`;
}

/** The SCBK that the Controller at `address` has had from its maker. */
export function scbkAt(address: number): Secret {
  return new Secret(Uint8Array.from({ length: 16 }, (_, at) => 3 * at + address + 1));
}

export class ModelledSite {
  readonly clock = new VirtualClock(monotonic(1_000_000));
  readonly sent: Sent[] = [];
  readonly controllers: SimulatedController[] = [];
  readonly box: EdgeBox;
  readonly #options: ModelledOptions;
  readonly #authority: SmallAuthority;
  #open = false;

  constructor(options: ModelledOptions) {
    this.#options = options;
    const random = seeded(options.baud).bytes;
    this.#authority = new SmallAuthority({
      now: () => this.#now(),
      random,
      later: (act) => void this.clock.wake(monotonic(this.clock.now() + 2), act),
      connected: () => this.box.brokerConnected(),
      closed: (refused, why) => this.box.brokerClosed(refused, why),
      message: (topic, payload, retained) => this.box.brokerMessage({ topic, payload, retained }),
    });
    let forget = () => {};
    const ports: Ports = {
      clock: { monotonic: () => this.clock.now(), signs: () => this.#signs() },
      random,
      store: options.store ?? new MemoryStore(),
      keys: options.edgeKeys ?? EDGE_KEYS,
      serial: {
        open: (bus) =>
          void this.clock.wake(this.clock.now(), () => {
            this.#open = true;
            this.box.portOpened(bus);
          }),
        close: () => {
          this.#open = false;
        },
        write: (_, bytes) => this.#toControllers(bytes),
      },
      broker: this.#authority.brokerFor(() => true),
      wakeAt: (at) => {
        forget();
        forget = this.clock.wake(at, () => this.box.wake());
      },
      tell: () => {},
    };
    this.box = new EdgeBox(ports, { buses: new Map([["b1", "/dev/b1"]]), software: "lintel bench" });
    this.box.start();
    this.#begin(random);
  }

  #begin(random: (count: number) => Uint8Array): void {
    const { doors, baud } = this.#options;
    this.box.adopt(this.#authority.tokenText(), () => {});
    this.clock.pass(1000);
    this.#authority.issue(this.#keyset());
    this.clock.pass(1000);
    for (let address = 0; address < doors; address += 1) {
      const link = { write: (bytes: Uint8Array) => this.#toEdge(address, bytes) };
      const scbk = scbkAt(address);
      const settings = { address, baud, scbk, install: false, clear: false };
      this.controllers.push(startSimulated(settings, link, { clock: this.clock, random }));
      this.box.pair(doorName(address), { window: millis(30_000), scbk }, () => {});
    }
    this.clock.pass(10_000);
  }

  #keyset(): Keyset {
    const { doors, baud, keys } = this.#options;
    const addresses = Array.from({ length: doors }, (_, address) => address);
    const { keys: rights, codes }: KeyedCodes = keyedCodes(
      keys,
      { secret: this.#authority.keys.agreement, peer: this.#authority.edge!.agreement, site: SITE, edge: EDGE },
      addresses.map(doorName),
    );
    const strike = { output: 0, release: millis(300), extendedRelease: millis(900), fail: "secure" } as const;
    return {
      site: SITE,
      siteName: "Bench",
      edge: EDGE,
      number: 1,
      issuedAt: this.#now(),
      buses: [{ id: "b1", port: "sim", baud }],
      doors: addresses.map((address) => doorAt(doorName(address), address, { strike })),
      schedules: [],
      holidays: [],
      keys: rights,
      codes,
      otps: [],
    };
  }

  #now(): Instant {
    return instant(Math.floor(this.#options.begins + this.clock.now() - 1_000_000));
  }

  #signs() {
    return { wall: this.#now(), boot: "bench", hardwareClock: true, synchronised: true };
  }

  #toControllers(bytes: Uint8Array): void {
    if (!this.#open) return;
    this.#put("edge", bytes, () => {
      for (const controller of this.controllers) controller.receive(bytes);
    });
  }

  #toEdge(address: number, bytes: Uint8Array): void {
    this.#put("controller", bytes, () => {
      this.controllers.forEach((controller, other) => {
        if (other !== address) controller.receive(bytes);
      });
      this.box.bytes("b1", bytes);
    });
  }

  #put(from: Sent["from"], bytes: Uint8Array, arrives: () => void): void {
    const at = this.clock.now();
    this.sent.push({ at, from, bytes: bytes.length });
    this.clock.wake(monotonic(at + transmitTime(bytes.length, this.#options.baud)), arrives);
  }
}

const EDGE_KEYS: EdgeKeys = {
  signing: new Secret(new Uint8Array(32).fill(21)),
  agreement: new Secret(new Uint8Array(32).fill(22)),
  sealing: new Secret(new Uint8Array(32).fill(23)),
};
