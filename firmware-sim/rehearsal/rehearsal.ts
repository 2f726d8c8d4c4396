/**
 * A whole site in model time: the true authority, a broker, the true edges, the true firmware at every door. What a
 * script says is done to it; what happens is told as a transcript. Nothing here decides anything about a door.
 */
import { Authority } from "@lintel/edge/authority/authority.ts";
import { makeKeys } from "@lintel/edge/authority/keys.ts";
import { MemoryStore as AuthorityMemory } from "@lintel/edge/authority/memory-store.ts";
import type { Broker as AuthorityBroker, AuthorityEvent } from "@lintel/edge/authority/ports.ts";
import type { EdgeEvent } from "@lintel/edge/box/events.ts";
import type { EdgeStatus } from "@lintel/edge/box/status.ts";
import { readSite } from "@lintel/edge/site/read.ts";
import { edgesOfDoors, type Site, type SiteDoor } from "@lintel/edge/site/site.ts";
import { writeSite } from "@lintel/edge/site/write.ts";
import { toHex } from "@lintel/protocol/base/bytes.ts";
import { invariant, unreachable } from "@lintel/protocol/base/invariant.ts";
import { SecretText } from "@lintel/protocol/base/secret.ts";
import { after, type Instant, instant, type Millis, type Monotonic } from "@lintel/protocol/base/units.ts";
import type { DoorAct } from "@lintel/protocol/mqtt/command.ts";
import { type Ed25519, nobleEd25519 } from "@lintel/protocol/mqtt/ed25519.ts";
import type { Fault } from "../board/faults/fault.ts";
import type { SimulatedEvent } from "../board/simulated-controller.ts";
import { EdgeUnit, type EdgeUnitOptions } from "./edge-unit.ts";
import { StandingFaults } from "./faults/standing.ts";
import { LIMITS } from "./limits.ts";
import { ModelBroker } from "./model-broker.ts";
import { ModelTime } from "./model-time.ts";
import { rememberingOwn } from "./own-signatures.ts";
import { play } from "./play.ts";
import { seededBytes } from "./random.ts";
import type { Step, StepKind } from "./script.ts";
import { Skipping } from "./skipping.ts";
import { eventOf, type TranscriptEvent } from "./transcript.ts";

/** Who watches a rehearsal from inside: more than a transcript tells, in the order in which it happens. It changes nothing. */
export interface Observer {
  edge(edge: string, event: EdgeEvent): void;
  /** `doors`: those whose Controller it is. */
  controller(doors: readonly string[], event: SimulatedEvent): void;
  authority(event: AuthorityEvent): void;
  /** A site is in force at the authority; `keysets` as they were issued for it. */
  applied(site: Site, keysets: readonly { readonly edge: string; readonly number: number }[]): void;
  /** What the authority published, and what reached it. */
  message(topic: string, payload: Uint8Array): void;
}

export interface RehearsalOptions {
  /** Read without errors. `kept` codes match nothing. */
  readonly site: Site;
  readonly seed: number;
  /** The first instant that is told of. The world has been running for a minute by then. */
  readonly begin: Instant;
  /** False: every poll is done, also where nothing can come of it. */
  readonly skip?: boolean;
  /** A faster one than that in pure TypeScript: the same signatures, in a tenth of the time. */
  readonly ed25519?: Ed25519;
  /** As at `EdgeUnit`. */
  readonly makeBox?: EdgeUnitOptions["makeBox"];
  /** The text of a site file that `apply` names, or in words why there is none. */
  readonly readFile: (
    path: string,
  ) => { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };
  readonly observer?: Observer;
}

export class Rehearsal {
  readonly events: TranscriptEvent[] = [];
  readonly #options: RehearsalOptions;
  readonly #time: ModelTime;
  readonly #broker: ModelBroker;
  readonly #ed25519: Ed25519;
  readonly #startAuthority: (store: AuthorityMemory) => Authority;
  #authority: Authority;
  #stored: AuthorityMemory;
  /** What an authority is put back from. */
  #backup: AuthorityMemory;
  readonly #edges: ReadonlyMap<string, EdgeUnit>;
  readonly #edgeOfDoor: ReadonlyMap<string, string>;
  /** Doors whose relay is released now. */
  readonly #released = new Set<string>();
  readonly #skipping: Skipping;
  readonly #faults = new StandingFaults();
  #telling = false;

  constructor(options: RehearsalOptions) {
    const { site, seed, begin } = options;
    this.#options = options;
    this.#time = new ModelTime(instant(begin - LIMITS.settle));
    this.#ed25519 = rememberingOwn(options.ed25519 ?? nobleEd25519);
    this.#broker = new ModelBroker(this.#time, seededBytes(seed, "broker"));
    const random = seededBytes(seed, "authority");
    this.#stored = new AuthorityMemory(toHex(random(8)));
    const keys = makeKeys(random);
    this.#startAuthority = (store) => {
      // What one life of it meant to do later, the next does not.
      const later = (wait: Millis, act: () => void) =>
        void this.#time.wake(after(this.#time.now(), wait), () => store === this.#stored && act());
      const now = () => this.#time.trueTime();
      const broker = this.#watched(this.#broker.forAuthority);
      const tell = (event: AuthorityEvent) => options.observer?.authority(event);
      return new Authority({ store, broker, now, random, keys, ed25519: this.#ed25519, tell, later });
    };
    this.#authority = this.#startAuthority(this.#stored);
    this.#backup = this.#stored;
    this.#edgeOfDoor = edgesOfDoors(site);
    this.#edges = new Map(site.edges.map(({ id }) => [id, this.#makeEdge(id)]));
    this.#skipping = new Skipping(this.#time, [...this.#edges.values()]);
    this.#settle();
  }

  /** How much of the time until `until` is over; what happens on the way is in `events`. */
  passTo(until: Instant): void {
    const end = this.#time.momentOf(until);
    for (let next = this.#faults.nextEnd(end); next !== null; next = this.#faults.nextEnd(end)) {
      this.#pass(next.until);
      this.#fault({ ...next.fault, off: true }, next.door);
    }
    this.#pass(end);
  }

  #pass(end: Monotonic): void {
    if (this.#options.skip !== false) while (this.#time.passOne(end)) this.#skipping.leap(end);
    this.#time.passTo(end);
  }

  /** As it is now: the next is another, where one was put back. */
  get authority(): Authority {
    return this.#authority;
  }

  edge(id: string): EdgeUnit | undefined {
    return this.#edges.get(id);
  }

  get now(): Instant {
    return this.#time.trueTime();
  }

  /** The edges of the site as they see themselves, by id; null for one whose power is off. */
  statuses(): ReadonlyMap<string, EdgeStatus | null> {
    return new Map([...this.#edges].map(([id, { box }]) => [id, box?.status() ?? null]));
  }

  /** The number of the newest keyset of each edge, as the authority issued it; null: none. */
  issued(): ReadonlyMap<string, number | null> {
    return new Map(this.#authority.edges().map(({ edge, issued }) => [edge, issued]));
  }

  /** Does what a line says, now. What cannot be done is an `error` event, and nothing changes. */
  do(step: StepKind): void {
    switch (step.kind) {
      case "press":
        step.keys.use((keys) => this.#person(step.door, `press ${keys}`));
        break;
      case "rex":
        this.#person(step.door, "rex");
        break;
      case "contact":
        this.#person(step.door, step.open ? "door force" : "door close");
        break;
      case "fire":
        this.#person(step.door, `fire ${step.on ? "on" : "off"}`);
        break;
      case "tamper":
        this.#person(step.door, `tamper ${step.on ? "on" : "off"}`);
        break;
      case "authority":
        this.#broker.turn(step.on);
        break;
      case "power":
        if (step.unit === "edge") this.#edgeAt(step.door).power(step.on);
        else this.#person(step.door, `power ${step.on ? "on" : "off"}`);
        break;
      case "clock":
        this.#setClocks(step.set);
        break;
      case "apply":
        this.#apply(step.path);
        break;
      case "mode":
        this.#command({ kind: "mode", door: step.door, mode: step.mode });
        break;
      case "override":
        this.#command({ kind: "override", door: step.door, state: step.state, until: step.until });
        break;
      case "fault":
        this.#fault(step.fault, step.door);
        break;
      case "end":
        break;
      default:
        unreachable(step);
    }
  }

  #makeEdge(id: string): EdgeUnit {
    const { site, seed, makeBox } = this.#options;
    return new EdgeUnit({
      ...(makeBox === undefined ? {} : { makeBox }),
      id,
      buses: site.buses.filter(({ edge }) => edge === id),
      doors: site.doors.filter((door) => this.#edgeOfDoor.get(door.id) === id),
      time: this.#time,
      broker: this.#broker,
      seed,
      ed25519: this.#ed25519,
      onEdge: (event, age) => this.#hearEdge(id, event, age),
      onController: (doors, event) => this.#hearController(doors, event),
    });
  }

  /** Powered, adopted, paired, clock trusted, keyset in force: what design 5.6 says a run begins with. */
  #settle(): void {
    const { site, begin } = this.#options;
    this.#broker.serve({
      authenticate: (user, password) => this.#authority.authenticate(user, password),
      receive: (topic, payload) => {
        this.#options.observer?.message(topic, payload);
        this.#authority.receive(topic, payload);
      },
      connected: () => this.#authority.connected(),
    });
    const applied = this.#authority.apply(writeSite(withoutKept(site), { codes: codesIn(site) }), { widen: true });
    invariant(applied.ok, "a site that was read applies", { refusal: applied.ok ? "" : JSON.stringify(applied.error) });
    this.#options.observer?.applied(site, applied.value.keysets);
    for (const edge of this.#edges.values()) {
      edge.power(true);
      const token = this.#authority.issueToken(edge.id);
      invariant(token.ok, "an edge of the site gets a token", { edge: edge.id });
      edge.introduce(token.value.token);
    }
    this.#time.passTo(after(this.#time.now(), 10_000 as Millis));
    for (const edge of this.#edges.values()) edge.pair();
    this.passTo(begin);
    for (const edge of this.#edges.values()) {
      const silent = edge.box?.status().doors.filter(({ online }) => online !== true) ?? [];
      invariant(silent.length === 0, "every door is online before the first line", {
        doors: silent.map(({ id }) => id).join(),
      });
    }
    this.#backup = this.#stored.copy();
    this.#telling = true;
    // A door that stands released already is told as it is found.
    for (const door of this.#released) this.#tell({ at: begin, door, event: "unlocked" });
  }

  #edgeAt(door: string): EdgeUnit {
    return this.#edges.get(this.#edgeOfDoor.get(door)!)!;
  }

  #person(door: string, command: string): void {
    const wrong = this.#edgeAt(door).controllerOf(door).command(command);
    if (wrong !== null) this.#error(door, wrong);
  }

  #fault(fault: Fault, door: string | null): void {
    const place = this.#placeOf(fault, door);
    const { name } = fault.kind;
    const wrong = fault.off && !this.#faults.has(place, fault) ? "does not stand here" : this.#befall(fault, door);
    if (wrong !== null) {
      this.#error(door, `${name}: ${wrong}`);
      return;
    }
    if (fault.off) this.#faults.end(place, fault);
    else this.#faults.begin(place, door, fault, this.#time.now());
    this.#tell({ at: this.#time.trueTime(), door, event: "fault", detail: { fault: name, on: !fault.off } });
  }

  /** What befalls it, by a name of its own. */
  #placeOf({ kind: { place } }: Fault, door: string | null): string {
    if (place === "edge") return this.#edgeOf(door)?.id ?? place;
    return door === null ? place : this.#edgeAt(door).placeOf(door, place);
  }

  /** Does it, or takes it away. Null, or a sentence that says why not: then nothing has changed. */
  #befall(fault: Fault, door: string | null): string | null {
    switch (fault.kind.place) {
      case "controller":
      case "line":
        return this.#edgeAt(door!).fault(door!, fault);
      case "edge": {
        const edge = this.#edgeOf(door);
        if (edge === null) return "of which edge? Name a door that it serves";
        edge.machineFault(fault);
        return null;
      }
      case "site":
        if (fault.kind.name === "authority-backup") this.#backup = this.#stored.copy();
        else if (fault.kind.name === "authority-restored") this.#restoreAuthority();
        else this.#broker.fault(fault);
        return null;
    }
  }

  /** The edge that serves this door; without a door the only one there is. Null: several could be meant. */
  #edgeOf(door: string | null): EdgeUnit | null {
    if (door !== null) return this.#edgeAt(door);
    const [only, ...others] = this.#edges.values();
    return others.length === 0 ? (only ?? null) : null;
  }

  /** Its process begins anew on the database of then; the keys of its vault are in no backup, and are the same. */
  #restoreAuthority(): void {
    this.#stored = this.#backup.copy();
    this.#authority = this.#startAuthority(this.#stored);
    if (!this.#broker.isOn) return;
    this.#broker.turn(false);
    this.#broker.turn(true);
  }

  #setClocks(set: Extract<StepKind, { kind: "clock" }>["set"]): void {
    this.#broker.passes = (topic) => set !== "unknown" || !topic.endsWith("/time");
    for (const edge of this.#edges.values()) {
      // A step back that no signed time heals is what an unknown clock is made of.
      if (set === "unknown") edge.setClock(edge.wallError - UNKNOWN_STEP);
      else if (set === "trusted") edge.setClock(0);
      else edge.setClock(edge.wallError + set.stepMs);
    }
    if (set !== "unknown" && this.#broker.isOn) {
      // The edges ask for the time anew as they connect.
      this.#broker.turn(false);
      this.#broker.turn(true);
    }
  }

  /** Signed, numbered and answered as on any site. */
  #command(act: DoorAct): void {
    const failed = (why: string) => this.#error(act.door, `${act.kind}: ${why}; nothing changed`);
    if (!this.#broker.isOn) {
      failed("the authority is off");
      return;
    }
    const sent = this.#authority.command({ act, by: OPERATOR }, (came) => {
      if (came.kind !== "done") failed(came.kind === "refused" ? came.why : "the edge did not answer");
    });
    if (!sent.ok) failed(sent.error.kind);
  }

  #apply(path: string): void {
    const refused = this.#applied(path);
    if (refused !== null) this.#error(null, refused);
  }

  /** Null: it is in force. */
  #applied(path: string): string | null {
    if (!this.#broker.isOn) return "the authority is off: nothing was applied";
    const file = this.#options.readFile(path);
    if (!file.ok) return `${path}: ${file.why}`;
    const applied = this.#authority.apply(file.text, { widen: true });
    if (!applied.ok) return `${path}: ${sayRefusal(applied.error)}`;
    const { site } = readSite(file.text);
    if (site !== null) this.#options.observer?.applied(site, applied.value.keysets);
    return null;
  }

  #watched(broker: AuthorityBroker): AuthorityBroker {
    const publish: AuthorityBroker["publish"] = (topic, payload, options) => {
      this.#options.observer?.message(topic, payload);
      broker.publish(topic, payload, options);
    };
    return { ...broker, publish };
  }

  #hearEdge(edge: string, event: EdgeEvent, age: number): void {
    this.#options.observer?.edge(edge, event);
    if (event.event !== "record") return;
    const told = eventOf(event.record, instant(this.#time.trueTime() - age));
    if (told !== null) this.#tell(told);
  }

  #hearController(doors: readonly SiteDoor[], event: SimulatedEvent): void {
    const ids = doors.map(({ id }) => id);
    this.#options.observer?.controller(ids, event);
    if (event.kind !== "relay") return;
    for (const { id, strike } of doors) {
      if (strike.output !== event.output || this.#released.has(id) === event.released) continue;
      if (event.released) this.#released.add(id);
      else this.#released.delete(id);
      this.#tell({ at: this.#time.trueTime(), door: id, event: event.released ? "unlocked" : "locked" });
    }
  }

  #error(door: string | null, message: string): void {
    this.#tell({ at: this.#time.trueTime(), door, event: "error", detail: { message } });
  }

  #tell(event: TranscriptEvent): void {
    if (this.#telling) this.events.push(event);
  }
}

/** Who asks, in the records of what a script commands. */
const OPERATOR = "rehearsal";

/** More than a clock may drift back unnoticed (domain-rules, "Clock states": 2 s). */
const UNKNOWN_STEP = 3_000;

/** Runs all of a script, and what still goes on for a minute behind its last line where it names no end. */
export function runScript(
  rehearsal: Rehearsal,
  steps: Iterable<Step>,
  onStep: (step: Step) => void = () => undefined,
): void {
  for (const step of play(rehearsal, { steps, end: null })) if (step !== null) onStep(step);
}

/** Without the codes that the file does not tell: nothing typed matches them. */
function withoutKept(site: Site): Site {
  const told = <T>(code: T | "kept"): T | null => (code === "kept" ? null : code);
  return {
    ...site,
    doors: site.doors.map((door) => ({ ...door, masterCode: told(door.masterCode) })),
    keys: site.keys.map((key) => ({
      ...key,
      pin: told(key.pin),
      duressPin: told(key.duressPin),
      otp: key.otp?.secret === "kept" ? null : key.otp,
    })),
  };
}

function codesIn(site: Site): (id: string) => SecretText | null {
  const codes = new Map<string, SecretText>();
  const add = (id: string, code: unknown) => {
    if (code instanceof SecretText) codes.set(id, code);
  };
  for (const { id, masterCode } of site.doors) add(`doors/${id}/masterCode`, masterCode);
  for (const { id, pin, duressPin, otp } of site.keys) {
    add(`keys/${id}/pin`, pin);
    add(`keys/${id}/duressPin`, duressPin);
    add(`keys/${id}/otp.secret`, otp?.secret);
  }
  return (id) => codes.get(id) ?? null;
}

function sayRefusal(refusal: {
  readonly kind: string;
  readonly problems?: readonly { path: string; message: string }[];
}): string {
  const [first] = refusal.problems ?? [];
  return first === undefined ? refusal.kind : `${first.path}: ${first.message}`;
}
