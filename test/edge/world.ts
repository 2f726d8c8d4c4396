/**
 * One true edge, the true firmware at its doors, and a small authority, in virtual time on one machine: wires that can
 * be cut, a disk that can fail, a clock that can jump, and a process that can be killed at any moment.
 */
import { EdgeBox } from "@lintel/edge/box/box.ts";
import type { ClockSigns } from "@lintel/edge/box/clock-trust.ts";
import type { EdgeEvent } from "@lintel/edge/box/events.ts";
import { MemoryStore } from "@lintel/edge/box/memory-store.ts";
import type { EdgeKeys, Ports } from "@lintel/edge/box/ports.ts";
import { seeded } from "@lintel/edge/bus/bus.rig.ts";
import { VirtualClock } from "@lintel/firmware-sim/board/clock.ts";
import {
  type Flash,
  memoryFlash,
  type SimulatedController,
  type SimulatedEvent,
  type SimulatedOptions,
  startSimulated,
} from "@lintel/firmware-sim/board/simulated-controller.ts";
import { Secret } from "@lintel/protocol/base/secret.ts";
import { type Instant, instant, millis, monotonic } from "@lintel/protocol/base/units.ts";
import type { Keyset, KeysetDoor, KeysetKey } from "@lintel/protocol/keyset/keyset.ts";
import type { JournalRecord, RecordEvent } from "@lintel/protocol/mqtt/record.ts";
import t from "tap";
import { EDGE, SITE, SmallAuthority } from "./small-authority.ts";

// An hour of virtual time is thousands of sealed polls: on a busy machine a file takes longer than the usual 30 s.
t.setTimeout(240_000);

/** Noon of a Monday in UTC. */
export const NOON = Date.UTC(2026, 10, 23, 12);
const BAUD = 9600;

export interface Plugged {
  readonly controller: SimulatedController;
  readonly events: (SimulatedEvent & { readonly at: number })[];
}

export class World {
  readonly clock = new VirtualClock(monotonic(1_000_000));
  readonly store = new MemoryStore();
  readonly authority: SmallAuthority;
  readonly controllers = new Map<string, Plugged>();
  readonly told: { readonly at: number; readonly event: EdgeEvent }[] = [];
  /** Everything that was said on a wire, in order. */
  readonly wire: { readonly from: string; readonly bytes: Uint8Array }[] = [];
  readonly keys: EdgeKeys = {
    signing: new Secret(new Uint8Array(32).fill(21)),
    agreement: new Secret(new Uint8Array(32).fill(22)),
    sealing: new Secret(new Uint8Array(32).fill(23)),
  };
  box!: EdgeBox;
  hardwareClock = false;
  synchronised = false;
  boot = "boot-1";
  /** By how much the machine's clock is wrong, in ms. */
  wallError = 0;
  /** Bytes given up on the wire: a cut cable. */
  cut = false;
  readonly random = seeded(7).bytes;
  /** How long the edge stood still in all: its clocks went on, and nothing reached it. */
  #stalled = 0;
  #life = 0;
  #ports = new Map<string, string>();

  /** What time it truly is when the world begins, 1,000 s after its machines were started. */
  readonly #noon: number;

  constructor(noon = NOON) {
    this.#noon = noon;
    this.authority = new SmallAuthority({
      now: () => this.trueTime(),
      random: this.random,
      later: (act) => void this.clock.wake(monotonic(this.clock.now() + 2), act),
      connected: () => this.box.brokerConnected(),
      closed: (refused, why) => this.box.brokerClosed(refused, why),
      message: (topic, payload, retained) => this.box.brokerMessage({ topic, payload, retained }),
    });
    this.startEdge();
  }

  trueTime(): Instant {
    return instant(Math.floor(this.#noon + this.clock.now() - 1_000_000));
  }

  /** A new life of the edge's process over the same disk. */
  startEdge(): void {
    this.#life += 1;
    const life = this.#life;
    const alive = () => this.#life === life;
    this.#ports = new Map();
    let forget = () => {};
    const ports: Ports = {
      clock: { monotonic: () => monotonic(this.clock.now() + this.#stalled), signs: () => this.#signs() },
      random: this.random,
      store: this.store,
      keys: this.keys,
      serial: {
        open: (bus, path) => {
          this.#ports.set(bus, path);
          this.#soon(alive, () => this.box.portOpened(bus));
        },
        close: (bus) => void this.#ports.delete(bus),
        write: (bus, bytes) => this.#toControllers(bus, bytes, alive),
      },
      broker: this.authority.brokerFor(alive),
      wakeAt: (at) => {
        forget();
        forget = this.clock.wake(monotonic(at - this.#stalled), () => {
          if (alive()) this.box.wake();
        });
      },
      tell: (event) => void this.told.push({ at: this.clock.now(), event }),
    };
    this.box = new EdgeBox(ports, { buses: new Map([["b1", "/dev/b1"]]), software: "lintel 0.1.0" });
    this.box.start();
  }

  /** The process is gone, between two of its turns; the machine goes on. */
  killEdge(): void {
    this.#life += 1;
    this.authority.turnOff();
    this.authority.turnOn();
  }

  /** The edge's process is busy for so long, as with a disk that does not answer. */
  stall(length: number): void {
    this.#stalled += length;
  }

  /** Hangs a Controller on bus b1. Its power comes now. */
  plug(address: number, over: Partial<SimulatedOptions> = {}): Plugged {
    const name = `b1/${address}`;
    const options = { address, baud: BAUD, scbk: null, install: false, clear: false, ...over };
    const events: Plugged["events"] = [];
    const machine = { clock: this.clock, random: this.random };
    const write = (bytes: Uint8Array) => this.#toEdge(name, bytes);
    const controller = startSimulated(options, { write }, machine);
    controller.onEvent((event) => events.push({ ...event, at: this.clock.now() }));
    const plugged = { controller, events };
    this.controllers.set(name, plugged);
    return plugged;
  }

  pass(length: number): void {
    this.clock.pass(length);
  }

  /** Types at a door and lets it come to rest. */
  type(address: number, keys: string): void {
    const { controller } = this.at(address);
    const wrong = controller.command(`press ${keys}`);
    if (wrong !== null) throw new Error(wrong);
    this.pass(controller.restsAt() - this.clock.now() + 1500);
  }

  at(address: number): Plugged {
    return this.controllers.get(`b1/${address}`)!;
  }

  /** Releases of the strike, with their times. */
  releases(address: number): readonly number[] {
    return this.at(address).events.flatMap((event) => (event.kind === "relay" && event.released ? [event.at] : []));
  }

  records(...events: readonly RecordEvent[]): readonly JournalRecord[] {
    const all = this.store.records_.map(({ record }) => record);
    return events.length === 0 ? all : all.filter(({ event }) => events.includes(event));
  }

  /** Adopted, with a keyset in force and both Controllers in a secure session. */
  static ready(keyset: Partial<Keyset> = {}, noon = NOON): World {
    const world = new World(noon);
    world.adopt();
    world.authority.issue(world.keyset(keyset));
    world.pass(500);
    for (const address of [0, 1]) {
      const scbk = new Secret(new Uint8Array(16).map((_, at) => at * 3 + address + 1));
      world.plug(address, { scbk, flash: memoryFlash() });
      world.box.pair(address === 0 ? "front" : "back", { window: millis(30_000), scbk }, () => {});
    }
    world.pass(3_000);
    return world;
  }

  adopt(): string {
    let answer = "none";
    this.box.adopt(this.authority.tokenText(), (outcome) => {
      answer = outcome.kind;
    });
    this.pass(1000);
    return answer;
  }

  /** Front at b1/0, back at b1/1; k1 opens front, k2 both once, k3 nothing any more, k4 back, k5 front in the night. */
  keyset(over: Partial<Keyset> = {}): Keyset {
    const pin = (digits: string, key: string) => ({ index: this.authority.indexOf(digits), kind: "pin" as const, key });
    return {
      site: SITE,
      siteName: "Head office",
      edge: EDGE,
      number: 1,
      issuedAt: this.trueTime(),
      buses: [{ id: "b1", port: "sim", baud: BAUD }],
      doors: [doorAt("front", 0), doorAt("back", 1)],
      schedules: [],
      holidays: [],
      keys: [
        keyOf("k1", ["front"]),
        keyOf("k2", ["front", "back"], { restrictions: [{ kind: "uses", uses: 2 }] }),
        keyOf("k3", ["front"], { enabled: false }),
        keyOf("k4", ["back"]),
        keyOf("k5", ["front"], {
          restrictions: [{ kind: "scheduled", schedules: [], windows: [{ days: 127, from: 0, length: 60 }] }],
        }),
      ],
      otps: [],
      codes: [
        pin("274936", "k1"),
        pin("385047", "k2"),
        pin("491628", "k3"),
        pin("518273", "k4"),
        pin("629384", "k5"),
        { index: this.authority.indexOf("904152"), kind: "master", door: "front" },
      ],
      ...over,
    };
  }

  #signs(): ClockSigns {
    const wall = instant(this.trueTime() + this.wallError + this.#stalled);
    return { wall, boot: this.boot, hardwareClock: this.hardwareClock, synchronised: this.synchronised };
  }

  #soon(alive: () => boolean, act: () => void): void {
    this.clock.wake(this.clock.now(), () => {
      if (alive()) act();
    });
  }

  #toControllers(bus: string, bytes: Uint8Array, alive: () => boolean): void {
    this.wire.push({ from: "edge", bytes });
    if (this.cut || !alive() || !this.#ports.has(bus)) return;
    this.clock.wake(monotonic(this.clock.now() + transmitTime(bytes)), () => {
      if (this.cut) return;
      for (const { controller } of this.controllers.values()) controller.receive(bytes);
    });
  }

  #toEdge(name: string, bytes: Uint8Array): void {
    this.wire.push({ from: name, bytes });
    const life = this.#life;
    if (this.cut) return;
    this.clock.wake(monotonic(this.clock.now() + transmitTime(bytes)), () => {
      if (this.cut) return;
      for (const [other, { controller }] of this.controllers) if (other !== name) controller.receive(bytes);
      if (life === this.#life && this.#ports.has("b1")) this.box.bytes("b1", bytes);
    });
  }
}

function transmitTime(bytes: Uint8Array): number {
  return (bytes.length * 10_000) / BAUD;
}

export function doorAt(id: string, address: number, over: Partial<KeysetDoor> = {}): KeysetDoor {
  return {
    id,
    name: id,
    timezone: "Europe/Berlin",
    controller: { bus: "b1", address },
    strike: { output: 0, release: millis(5000), extendedRelease: millis(15_000), fail: "secure" },
    contact: 0,
    rex: 1,
    fireRelease: null,
    heldOpenAfter: millis(30_000),
    preAlarm: millis(10_000),
    mode: "normal",
    codeEntry: { submit: ["#"], clear: ["*"], autoSubmit: false, timeout: millis(10_000) },
    keypadGroup: null,
    interlock: [],
    giveBack: false,
    clockUnknown: "deny",
    businessHours: null,
    withheld: [],
    ...over,
  };
}

export function keyOf(id: string, doors: readonly string[], over: Partial<KeysetKey> = {}): KeysetKey {
  return {
    id,
    issue: 1,
    user: id.replace("k", "u"),
    doors,
    enabled: true,
    role: "user",
    kind: "staff",
    restrictions: [],
    validFrom: null,
    validUntil: null,
    remote: false,
    extended: false,
    withheld: [],
    ...over,
  };
}

export type { Flash };
