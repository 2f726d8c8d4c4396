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
import type { Fault, FaultPlace } from "../board/faults/fault.ts";
import { FaultyLine } from "../board/faults/line.ts";
import type { Fingers } from "../board/person.ts";
import {
  DEFAULT_SIZE,
  memoryFlash,
  type SimulatedController,
  type SimulatedEvent,
  type SkippableController,
  startSimulated,
} from "../board/simulated-controller.ts";
import { startTwin } from "../board/twin.ts";
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
  /** `age`: how long ago, in ms of true time, what is told happened. Of anything but a record: 0. */
  readonly onEdge: (event: EdgeEvent, age: number) => void;
  readonly onController: (doors: readonly SiteDoor[], event: SimulatedEvent) => void;
}

interface Wired {
  readonly bus: SiteBus;
  readonly address: number;
  readonly doors: readonly SiteDoor[];
  readonly scbk: Secret;
  readonly controller: SkippableController;
  /** Its way to the line. */
  readonly drop: FaultyLine;
}

export class EdgeUnit {
  readonly id: string;
  readonly store = new MemoryStore();
  readonly #options: EdgeUnitOptions;
  readonly #random: RandomBytes;
  readonly #keys: EdgeKeys;
  readonly #wired: readonly Wired[];
  /** By the ids of the buses. */
  readonly #lines: ReadonlyMap<string, FaultyLine>;
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
    this.#lines = new Map(buses.map((bus) => [bus.id, this.#layLine(bus)]));
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
    return this.#wiredAt(door).controller;
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

  /** What a fault there befalls, by a name of its own. */
  placeOf(door: string, place: FaultPlace): string {
    const { bus, address } = this.#wiredAt(door);
    return place === "line" ? `${this.id} ${bus.id}` : `${this.id} ${bus.id}/${address}`;
  }

  /** A fault of the line that serves this door, or of the Controller at it. Null, or a sentence that says why not. */
  fault(door: string, fault: Fault): string | null {
    const { bus, drop, controller } = this.#wiredAt(door);
    if (!FaultyLine.has(fault.kind)) return controller.fault(fault);
    return (fault.kind.place === "line" ? this.#lines.get(bus.id)! : drop).fault(fault);
  }

  /** True: something goes on that is more than polls. */
  get busy(): boolean {
    // A Controller that nobody polls any more still waits for the end of its session.
    const quiet = this.powered ? ["polled", "resting"] : ["resting"];
    if ([...this.#lines.values(), ...this.#wired.map(({ drop }) => drop)].some(({ busy }) => busy)) return true;
    const loud = this.#wired.some(({ controller }) => !quiet.includes(controller.activity().kind));
    return loud || this.#idleUntil() === null;
  }

  /** Wakes that stand while nothing but polls goes on: one of the box, one of every Controller that waits for a time. */
  get idleWakes(): number {
    return this.#wired.filter(({ controller }) => controller.activity().wakes).length + (this.powered ? 1 : 0);
  }

  /** Until when, on the model's clock, no rule of this edge has anything to do; null: something goes on. */
  idleUntil(): Monotonic | null {
    const until = this.#idleUntil();
    if (until === null) return null;
    // Strictly before: what is due at a moment is asked for before it comes.
    const dues = this.#wired.flatMap(({ controller }) => (controller.activity().until ?? Number.POSITIVE_INFINITY) - 1);
    const due = monotonic(Math.min(this.powered ? after(this.#bootedAt, millis(until)) : until, ...dues));
    const seenBy = this.#clockSeenBy;
    return this.#options.time.now() < seenBy && seenBy < due ? seenBy : due;
  }

  /** The last alive mark that is due until then, on the model's clock: whatever follows may be a power cut. */
  lastMark(until: Monotonic): Monotonic {
    const mark = Math.floor(between(this.#bootedAt, until) / BOX.aliveMark) * BOX.aliveMark;
    return after(this.#bootedAt, millis(this.powered ? mark : 0));
  }

  rhythm(): readonly number[] {
    return this.#box?.rhythm() ?? [];
  }

  skipIdle(length: Millis): void {
    for (const { controller } of this.#wired) controller.skipIdle(length);
    this.#box?.skipIdle(length);
  }

  #idleUntil(): Monotonic | null {
    return this.#box === null ? monotonic(Number.MAX_SAFE_INTEGER) : this.#box.idleUntil();
  }

  #wiredAt(door: string): Wired {
    return this.#wired.find(({ doors }) => doors.some(({ id }) => id === door))!;
  }

  /** What the edge takes for the time now. */
  believed(): Instant {
    return this.#box?.now ?? this.#options.time.trueTime();
  }

  #layLine(bus: SiteBus): FaultyLine {
    return new FaultyLine({
      clock: this.#options.time,
      random: seededBytes(this.#options.seed, `line ${this.id} ${bus.id}`),
      baud: bus.baud,
      transit: (bytes) => transmitTime(bytes, bus.baud),
      toPds: (bytes) => {
        for (const { drop } of this.#on(bus)) drop.toPds(bytes);
      },
      toCp: (bytes) => this.#box?.bytes(bus.id, bytes),
    });
  }

  #on(bus: SiteBus): readonly Wired[] {
    return this.#wired.filter((wired) => wired.bus.id === bus.id);
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
    const drop: FaultyLine = new FaultyLine({
      clock: time,
      random: seededBytes(seed, `drop ${name}`),
      baud: bus.baud,
      transit: () => millis(0),
      toPds: (bytes) => controller.receive(bytes),
      toCp: (bytes) => this.#toEdge(bus, address, bytes),
      startTwin: (key, write) =>
        startTwin(options, key, write, { clock: time, random: seededBytes(seed, `twin ${name}`) }),
    });
    const controller = startSimulated(options, { write: (bytes) => drop.toCp(bytes) }, { clock: time, random });
    controller.onEvent((event) => onController(doors, event));
    return { bus, address, doors, scbk, controller, drop };
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
      serial: {
        open: (bus) => void time.wake(time.now(), () => alive((box) => box.portOpened(bus))),
        close: () => {},
        write: (bus, bytes) => {
          if (this.#life === life) this.#lines.get(bus)?.toPds(bytes);
        },
      },
      broker: ours,
      wakeAt: (at) => {
        forget();
        forget = time.wake(monotonic(at + this.#bootedAt), () => alive((box) => box.wake()));
      },
      tell: (event) => onEdge(event, event.event === "record" ? this.believed() - event.record.at : 0),
    };
    const buses = new Map(this.#options.buses.map(({ id }) => [id, `modelled ${id}`]));
    this.#box = new EdgeBox(ports, { buses, software: "lintel rehearsal" });
    this.#box.start();
  }

  /** As on a pair of wires: what one Controller says is heard by the edge and by every other one. */
  #toEdge(bus: SiteBus, from: number, bytes: Uint8Array): void {
    const life = this.#life;
    this.#lines.get(bus.id)!.toCp(bytes, (heard) => {
      for (const { address, drop } of this.#on(bus)) if (address !== from) drop.toPds(heard);
      if (life === this.#life) this.#box?.bytes(bus.id, heard);
    });
  }
}

function inputsOf({ contact, rex, fireRelease }: SiteDoor): number[] {
  return [contact, rex, fireRelease].flatMap((input) => (input === null ? [] : [input + 1]));
}

/** Ten bits a byte (OSDP 2.2: one start, eight data, one stop), in whole ms: an idle line then repeats itself exactly. */
function transmitTime(bytes: Uint8Array, baud: number): Millis {
  return millis(Math.ceil((bytes.length * 10_000) / baud));
}
