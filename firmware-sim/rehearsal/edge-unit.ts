/**
 * One edge of a rehearsed site: the true box over a modelled disk and machine clock, its lines as modelled wires, and
 * the true firmware at every door. Power can be taken from either side at any moment.
 */

import { EdgeBox } from "@lintel/edge/box/box.ts";
import { configureOf } from "@lintel/edge/box/buses.ts";
import type { EdgeEvent } from "@lintel/edge/box/events.ts";
import { LIMITS as BOX } from "@lintel/edge/box/limits.ts";
import { MemoryStore } from "@lintel/edge/box/memory-store.ts";
import type { EdgeKeys, Ports } from "@lintel/edge/box/ports.ts";
import type { Rhythm } from "@lintel/edge/bus/bus.ts";
import type { SiteBus, SiteDoor } from "@lintel/edge/site/site.ts";
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import { Secret, type SecretText } from "@lintel/protocol/base/secret.ts";
import {
  after,
  between,
  type Instant,
  instant,
  type Millis,
  type Monotonic,
  millis,
  monotonic,
} from "@lintel/protocol/base/units.ts";
import type { Ed25519 } from "@lintel/protocol/mqtt/ed25519.ts";
import type { Fingers } from "../board/person.ts";
import {
  DEFAULT_SIZE,
  memoryFlash,
  type SimulatedController,
  type SimulatedEvent,
  type SkippableController,
  startSimulated,
} from "../board/simulated-controller.ts";
import type { ModelBroker } from "./model-broker.ts";
import type { ModelTime } from "./model-time.ts";
import { seededBytes } from "./random.ts";

/** A person types a key every 300 ms (domain-rules, "Rehearsal"). */
const FINGERS: Fingers = { down: millis(150), up: millis(150) };

export interface EdgeUnitOptions {
  readonly id: string;
  readonly buses: readonly SiteBus[];
  readonly doors: readonly SiteDoor[];
  readonly time: ModelTime;
  readonly broker: ModelBroker;
  readonly seed: number;
  readonly ed25519: Ed25519;
  /** `age`: how long ago, in ms of true time, what is told happened. Of anything but a record: 0. */
  readonly onEdge: (event: EdgeEvent, age: number) => void;
  readonly onController: (doors: readonly SiteDoor[], event: SimulatedEvent) => void;
}

const NEVER = monotonic(Number.MAX_SAFE_INTEGER);
const NO_LINES: ReadonlyMap<string, null> = new Map();

interface Wired {
  readonly bus: SiteBus;
  readonly address: number;
  readonly doors: readonly SiteDoor[];
  readonly scbk: Secret;
  readonly controller: SkippableController;
}

export class EdgeUnit {
  readonly id: string;
  readonly store = new MemoryStore();
  readonly #options: EdgeUnitOptions;
  readonly #random: RandomBytes;
  readonly #keys: EdgeKeys;
  readonly #wired: readonly Wired[];
  /** Lines whose cable is out. */
  readonly #cut = new Set<string>();
  /** Frames that are crossing, by line. */
  readonly #onWire = new Map<string, number>();
  /** Counts the lives of the process: what belongs to an earlier one reaches nobody. */
  #life = 0;
  #box: EdgeBox | null = null;
  #lost: () => void = () => undefined;
  #bootedAt: Monotonic = monotonic(0);
  /** By how much the machine's clock is wrong, in ms. */
  #wallError = 0;
  /** By when the edge has looked at a clock that was set. */
  #clockSeenBy: Monotonic = monotonic(0);

  constructor(options: EdgeUnitOptions) {
    const { id, seed, doors, buses } = options;
    this.id = id;
    this.#options = options;
    this.#random = seededBytes(seed, `edge ${id}`);
    const secret = () => new Secret(this.#random(32));
    this.#keys = { signing: secret(), agreement: secret(), sealing: secret() };
    const places = new Map<string, SiteDoor[]>();
    for (const door of doors) {
      const place = `${door.controller.bus}/${door.controller.address}`;
      places.set(place, [...(places.get(place) ?? []), door]);
    }
    this.#wired = [...places.values()].map((here) => {
      const bus = buses.find((each) => each.id === here[0]!.controller.bus)!;
      return this.#wire(bus, here);
    });
  }

  get box(): EdgeBox | null {
    return this.#box;
  }

  /** True: its process runs. */
  get powered(): boolean {
    return this.#box !== null;
  }

  controllerOf(door: string): SimulatedController {
    return this.#wired.find(({ doors }) => doors.some(({ id }) => id === door))!.controller;
  }

  /** Makes it known to the authority and gives every Controller its key by hand. */
  introduce(token: SecretText): void {
    this.#box?.adopt(token, () => undefined);
  }

  pair(): void {
    for (const { doors, scbk } of this.#wired) {
      this.#box?.pair(doors[0]!.id, { window: millis(30_000), scbk }, () => undefined);
    }
  }

  power(on: boolean): void {
    if (on === this.powered) return;
    if (on) this.#boot();
    else {
      this.#life += 1;
      this.#box = null;
      this.#lost();
    }
  }

  /** The machine's clock is set: by `step` ms, or to nowhere near the truth. */
  setClock(error: number): void {
    this.#wallError = error;
    this.#clockSeenBy = monotonic(this.#options.time.now() + BOX.clockLook);
    this.#box?.wake();
  }

  get wallError(): number {
    return this.#wallError;
  }

  cut(bus: string, out: boolean): void {
    if (out) this.#cut.add(bus);
    else this.#cut.delete(bus);
  }

  /** Until when, on the model's clock, nothing is done to this edge or its doors but polls; null: more than that goes on. */
  quietUntil(): Monotonic | null {
    const box = this.#box === null ? NEVER : this.#box.idleUntil();
    if (box === null || this.#cut.size > 0 || !this.#wiresAreQuiet()) return null;
    let until: number = this.powered ? after(this.#bootedAt, millis(box)) : box;
    for (const { controller } of this.#wired) {
      const { kind, until: due } = controller.activity();
      // A Controller that nobody polls any more still waits for the end of its session.
      if (kind !== (this.powered ? "polled" : "resting")) return null;
      if (due !== null) until = Math.min(until, due);
    }
    const seenBy = this.#clockSeenBy;
    return monotonic(this.#options.time.now() < seenBy ? Math.min(until, seenBy) : until);
  }

  /** On every line is what both its ends believe to be there: no more, and nothing got lost. */
  #wiresAreQuiet(): boolean {
    const rhythms = this.rhythms();
    return this.#options.buses.every(({ id }) => (this.#onWire.get(id) ?? 0) === (rhythms.get(id)?.onWire ? 1 : 0));
  }

  /** The last alive mark that is due until then, on the model's clock: whatever follows may be a power cut. */
  lastMark(until: Monotonic): Monotonic {
    const mark = Math.floor(between(this.#bootedAt, until) / BOX.aliveMark) * BOX.aliveMark;
    return after(this.#bootedAt, millis(this.powered ? mark : 0));
  }

  /** Of the lines that are polled, by bus; see `EdgeBox.rhythms`. */
  rhythms(): ReadonlyMap<string, Rhythm | null> {
    return this.#box?.rhythms() ?? NO_LINES;
  }

  skipIdle(length: Millis): void {
    for (const { controller } of this.#wired) controller.skipIdle(length);
    this.#box?.skipIdle(length);
  }

  /** What the edge takes for the time now. */
  believed(): Instant {
    return this.#box?.now ?? this.#options.time.trueTime();
  }

  #wire(bus: SiteBus, doors: readonly SiteDoor[]): Wired {
    const { time, seed, onController } = this.#options;
    const { address } = doors[0]!.controller;
    const name = `${this.id} ${bus.id}/${address}`;
    const random = seededBytes(seed, `controller ${name}`);
    const scbk = new Secret(random(16));
    const settings = configureOf({ ...doors[0]!, withheld: [] });
    const options = {
      address,
      baud: bus.baud,
      scbk,
      install: false,
      clear: false,
      door: settings,
      flash: memoryFlash(),
      fingers: FINGERS,
      size: {
        outputs: Math.max(DEFAULT_SIZE.outputs, ...doors.map(({ strike }) => strike.output + 1)),
        inputs: Math.max(DEFAULT_SIZE.inputs, ...doors.flatMap(inputsOf)),
        leds: DEFAULT_SIZE.leds,
      },
    };
    const write = (bytes: Uint8Array) => this.#toEdge(bus, address, bytes);
    const controller = startSimulated(options, { write }, { clock: time, firmwareClock: time.goingOn, random });
    controller.onEvent((event) => onController(doors, event));
    return { bus, address, doors, scbk, controller };
  }

  #boot(): void {
    const { time, broker, onEdge } = this.#options;
    this.#life += 1;
    const life = this.#life;
    const alive = (act: (box: EdgeBox) => void) => {
      if (this.#life === life && this.#box !== null) act(this.#box);
    };
    // The monotonic clock of a machine counts from its boot.
    this.#bootedAt = time.now();
    const here = () => monotonic(time.now() - this.#bootedAt);
    const ours = broker.forEdge({
      connected: () => alive((box) => box.brokerConnected()),
      closed: (refused, why) => alive((box) => box.brokerClosed(refused, why)),
      message: (topic, payload, retained) => alive((box) => box.brokerMessage({ topic, payload, retained })),
    });
    this.#lost = () => ours.lost();
    let forget = () => {};
    const ports: Ports = {
      clock: {
        monotonic: here,
        signs: () => ({
          wall: instant(time.trueTime() + this.#wallError),
          boot: `${this.id} boot ${life}`,
          hardwareClock: true,
          synchronised: false,
        }),
      },
      random: this.#random,
      store: this.store,
      keys: this.#keys,
      ed25519: this.#options.ed25519,
      serial: {
        open: (bus) => void time.wake(time.now(), () => alive((box) => box.portOpened(bus))),
        close: () => {},
        write: (bus, bytes) => this.#toControllers(bus, bytes, life),
      },
      broker: ours,
      wakeAt: (at) => {
        forget();
        forget = time.goingOn.wake(monotonic(at + this.#bootedAt), () => alive((box) => box.wake()));
      },
      tell: (event) => onEdge(event, event.event === "record" ? this.believed() - event.record.at : 0),
    };
    const buses = new Map(this.#options.buses.map(({ id }) => [id, `modelled ${id}`]));
    this.#box = new EdgeBox(ports, { buses, software: "lintel rehearsal" });
    this.#box.start();
  }

  /** Bytes reach their listeners when the last of them has crossed. */
  #toControllers(bus: string, bytes: Uint8Array, life: number): void {
    const on = this.#wired.filter((wired) => wired.bus.id === bus);
    if (this.#cut.has(bus) || life !== this.#life || on.length === 0) return;
    this.#cross(bus, transmitTime(bytes, on[0]!.bus.baud), () => {
      if (!this.#cut.has(bus)) for (const { controller } of on) controller.receive(bytes);
    });
  }

  #cross(bus: string, takes: number, arrive: () => void): void {
    const { goingOn } = this.#options.time;
    this.#onWire.set(bus, (this.#onWire.get(bus) ?? 0) + 1);
    goingOn.wake(monotonic(goingOn.now() + takes), () => {
      this.#onWire.set(bus, this.#onWire.get(bus)! - 1);
      arrive();
    });
  }

  #toEdge(bus: SiteBus, from: number, bytes: Uint8Array): void {
    const life = this.#life;
    if (this.#cut.has(bus.id)) return;
    this.#cross(bus.id, transmitTime(bytes, bus.baud), () => {
      if (this.#cut.has(bus.id)) return;
      for (const wired of this.#wired) {
        if (wired.bus.id === bus.id && wired.address !== from) wired.controller.receive(bytes);
      }
      if (life === this.#life) this.#box?.bytes(bus.id, bytes);
    });
  }
}

function inputsOf({ contact, rex, fireRelease }: SiteDoor): number[] {
  return [contact, rex, fireRelease].flatMap((input) => (input === null ? [] : [input + 1]));
}

/** Ten bits a byte (OSDP 2.2: one start, eight data, one stop), in whole ms: an idle line then repeats itself exactly. */
function transmitTime(bytes: Uint8Array, baud: number): number {
  return Math.ceil((bytes.length * 10_000) / baud);
}
