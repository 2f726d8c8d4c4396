/**
 * One edge of a rehearsed site: the true box over a modelled disk and machine clock, its lines as modelled wires, and
 * the true firmware at every door. Power can be taken from either side at any moment.
 */
import { EdgeBox, type EdgeSettings } from "@lintel/edge/box/box.ts";
import { configureOf } from "@lintel/edge/box/buses.ts";
import type { EdgeEvent } from "@lintel/edge/box/events.ts";
import { LIMITS as BOX } from "@lintel/edge/box/limits.ts";
import type { EdgeKeys, Ports } from "@lintel/edge/box/ports.ts";
import type { SiteBus, SiteDoor } from "@lintel/edge/site/site.ts";
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import { Secret, type SecretText } from "@lintel/protocol/base/secret.ts";
import { type Instant, type Millis, type Monotonic, millis, monotonic } from "@lintel/protocol/base/units.ts";
import type { Ed25519 } from "@lintel/protocol/mqtt/ed25519.ts";
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
import { EdgeMachine } from "./edge-machine.ts";
import type { ModelBroker } from "./model-broker.ts";
import type { ModelTime } from "./model-time.ts";
import type { ProcessLife } from "./process-life.ts";
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
  /** Makes the box of each life of its process; left out: the box itself. */
  readonly makeBox?: (ports: Ports, settings: EdgeSettings) => EdgeBox;
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
  readonly machine: EdgeMachine;
  readonly #options: EdgeUnitOptions;
  readonly #random: RandomBytes;
  readonly #keys: EdgeKeys;
  readonly #wired: readonly Wired[];
  /** By the ids of the buses. */
  readonly #lines: ReadonlyMap<string, FaultyLine>;
  /** What belongs to an earlier one reaches nobody. */
  #life: ProcessLife | null = null;
  #box: EdgeBox | null = null;
  #lost: () => void = () => undefined;
  /** By when the edge has looked at a clock that was set. */
  #clockSeenBy: Monotonic = monotonic(0);

  constructor(options: EdgeUnitOptions) {
    const { id, seed, doors, buses } = options;
    this.id = id;
    this.#options = options;
    this.#random = seededBytes(seed, `edge ${id}`);
    this.machine = new EdgeMachine({
      name: id,
      time: options.time,
      random: seededBytes(seed, `machine ${id}`),
      power: (on) => this.#power(on),
    });
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
    this.machine.switched();
    this.#power(on);
  }

  #power(on: boolean): void {
    if (on === this.powered) return;
    if (on) this.#boot();
    else {
      this.#life = null;
      this.#box = null;
      this.machine.powerLost();
      this.#lost();
    }
  }

  /** The machine's clock is set: to what is wrong by so many ms. */
  setClock(error: number): void {
    this.machine.wallError = error;
    this.#clockWasSet();
  }

  #clockWasSet(): void {
    const { machine } = this;
    this.#clockSeenBy = this.powered ? machine.nextMultiple(BOX.clockLook) : this.#options.time.now();
    this.#life?.reach(() => this.#box?.wake());
  }

  get wallError(): number {
    return this.machine.wallError;
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

  /** A fault of the machine, or of its power. */
  machineFault(fault: Fault): void {
    this.machine.fault(fault);
    if (fault.kind.name.startsWith("clock-")) this.#clockWasSet();
  }

  /** True: something goes on that is more than polls. */
  get busy(): boolean {
    if (this.#life?.standsStill === true) return true;
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
    const { machine } = this;
    const even = machine.evenUntil ?? Number.MAX_SAFE_INTEGER;
    const due = monotonic(Math.min(this.powered ? machine.momentOf(until) : until, even, ...dues));
    const seenBy = this.#clockSeenBy;
    return this.#options.time.now() < seenBy && seenBy < due ? seenBy : due;
  }

  /**
   * The last alive mark that is due until then, on the model's clock: whatever follows may be a power cut. With a disk
   * that has a fault, the next: each transaction may be the one that it befalls.
   */
  lastMark(until: Monotonic): Monotonic {
    if (!this.powered) return monotonic(0);
    const { machine } = this;
    return machine.disk.faulty ? machine.nextMultiple(BOX.aliveMark) : machine.lastMultiple(BOX.aliveMark, until);
  }

  rhythm(): readonly number[] {
    return [...(this.#box?.rhythm() ?? []), this.machine.slipped];
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
      baud: () => bus.baud,
      transit: (bytes) => transmitTime(bytes, bus.baud),
      toPds: (bytes) => {
        for (const { drop } of this.#on(bus)) drop.toPds(bytes);
      },
      toCp: (bytes) => this.#life?.reach(() => this.#box?.bytes(bus.id, bytes)),
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
      baud: () => bus.baud,
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
    const life = this.machine.boot();
    this.#life = life;
    const reach = (act: (box: EdgeBox) => void) => life.reach(() => this.#box !== null && act(this.#box));
    const link = broker.forEdge({
      connected: () => reach((box) => box.brokerConnected()),
      closed: (refused, why) => reach((box) => box.brokerClosed(refused, why)),
      message: (topic, payload, retained) => reach((box) => box.brokerMessage({ topic, payload, retained })),
    });
    let forget = () => {};
    this.#lost = () => {
      forget();
      link.lost();
    };
    const ports: Ports = {
      clock: this.machine.clockFor(life),
      random: this.#random,
      store: this.machine.disk.openFor(life),
      keys: this.#keys,
      ed25519: this.#options.ed25519,
      serial: {
        open: (bus) => life.say(() => void time.wake(time.now(), () => reach((box) => box.portOpened(bus)))),
        close: () => {},
        write: (bus, bytes) => life.say(() => this.#lines.get(bus)?.toPds(bytes)),
      },
      broker: {
        connect: (account) => life.say(() => link.connect(account)),
        disconnect: () => life.say(() => link.disconnect()),
        subscribe: (filters) => life.say(() => link.subscribe(filters)),
        unsubscribe: (filters) => life.say(() => link.unsubscribe(filters)),
        publish: (topic, payload, options) => life.say(() => link.publish(topic, payload, options)),
      },
      wakeAt: (at) => {
        if (!life.alive) return;
        forget();
        forget = time.wake(this.machine.momentOf(at), () => reach((box) => box.wake()));
      },
      tell: (event) => {
        const age = event.event === "record" ? this.believed() - event.record.at : 0;
        life.say(() => onEdge(event, age));
      },
    };
    const buses = new Map(this.#options.buses.map(({ id }) => [id, `modelled ${id}`]));
    const settings: EdgeSettings = { buses, software: "lintel rehearsal" };
    const box = this.#options.makeBox?.(ports, settings) ?? new EdgeBox(ports, settings);
    this.#box = box;
    box.start();
  }

  /** As on a pair of wires: what one Controller says is heard by the edge and by every other one. */
  #toEdge(bus: SiteBus, from: number, bytes: Uint8Array): void {
    const life = this.#life;
    this.#lines.get(bus.id)!.toCp(bytes, (heard) => {
      for (const { address, drop } of this.#on(bus)) if (address !== from) drop.toPds(heard);
      if (life === this.#life) life?.reach(() => this.#box?.bytes(bus.id, heard));
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
