/**
 * One edge: its doors, its lines, its journal, its authority, and the order in which anything of it happens. Every
 * entry from outside is one turn: worked off to its end, then told, then sent on. Without sockets: ports are interfaces.
 */
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import type { SecretText } from "@lintel/protocol/base/secret.ts";
import { type Instant, type Millis, type Monotonic, monotonic } from "@lintel/protocol/base/units.ts";
import { decodeToken } from "@lintel/protocol/mqtt/adoption.ts";
import type { ActOutcome, DoorAct } from "@lintel/protocol/mqtt/command.ts";
import { type NewRecord, type ShownRecord, shownRecord } from "@lintel/protocol/mqtt/record.ts";
import type { HeldKeyset } from "../access/hold.ts";
import type { ControllerEvent } from "../bus/events.ts";
import type { Incoming } from "../uplink/inbox.ts";
import { Adopting, type AdoptionOutcome, type OpenAnswer, openAnswer } from "./adopting.ts";
import { Buses, type BusesOptions, type Lines } from "./buses.ts";
import { Checkpoints } from "./checkpoints.ts";
import { type ClockFault, clockFault, sayClockFault } from "./clock-fault.ts";
import { Commanding } from "./commanding.ts";
import { Doors } from "./doors.ts";
import type { EdgeEvent } from "./events.ts";
import { type CodeReader, codeReader } from "./judging.ts";
import { KEYSET_OPENING, type KeysetOpening, KeysetStore } from "./keyset-store.ts";
import { LIMITS } from "./limits.ts";
import { Lockouts } from "./lockouts.ts";
import { type PairError, Pairing, type PairRequest } from "./pairing.ts";
import type { Adoption, Ports, StoredEdge } from "./ports.ts";
import { Recorder } from "./recorder.ts";
import { Refusals } from "./refusals.ts";
import { sameRoot } from "./root.ts";
import { type EdgeStatus, type LineStatus, statusOf } from "./status.ts";
import { type ClockNews, EdgeTime, nextPoint } from "./time.ts";
import { Upstream } from "./upstream.ts";
import { Vault } from "./vault.ts";

export interface EdgeSettings {
  /** Ports of buses by this edge's own setting (`--bus id=PATH`). */
  readonly buses: ReadonlyMap<string, string>;
  /** What the birth message says: name and version. */
  readonly software: string;
}

export type AdoptAnswer =
  | { readonly kind: "adopted"; readonly site: string; readonly edge: string }
  | { readonly kind: "malformed" }
  | Exclude<AdoptionOutcome, { kind: "adopted" }>;

export type PairAnswer = { readonly paired: boolean } | PairError | { readonly kind: "unknown-door" };

/**
 * Where a recording listens, and a replay speaks instead (edge/box/recording-tape.ts, recording-replay.ts): above the seal
 * of the lines, and before anything is made of typed digits or of the pieces of a keyset.
 */
export interface Seams {
  lines(options: BusesOptions): Lines;
  codes(own: CodeReader): CodeReader;
  opening(own: KeysetOpening): KeysetOpening;
  answer(own: OpenAnswer): OpenAnswer;
  /** Draws the keys of Controllers. */
  readonly drawKey: RandomBytes;
}

const FAR = monotonic(Number.MAX_SAFE_INTEGER);

const CLOSED = { open: false, why: null } as const;

export class EdgeBox {
  readonly #ports: Ports;
  readonly #settings: EdgeSettings;
  readonly #opening: KeysetOpening;
  readonly #openAnswer: OpenAnswer;
  readonly #stored: StoredEdge;
  readonly #time: EdgeTime;
  readonly #vault: Vault;
  readonly #recorder: Recorder;
  readonly #buses: Lines;
  readonly #lockouts: Lockouts;
  readonly #doors: Doors;
  readonly #pairing: Pairing;
  readonly #refusals = new Refusals();
  readonly #commanding: Commanding;
  readonly #checkpoints: Checkpoints;
  /** What was said last of the ports, by bus. */
  readonly #lines = new Map<string, Pick<LineStatus, "open" | "why">>();
  readonly #clockFaults = new Set<ClockFault["kind"]>();
  #adoption: Adoption | null = null;
  #keysets: KeysetStore | null = null;
  #upstream: Upstream | null = null;
  #adopting: Adopting | null = null;
  #events: EdgeEvent[] = [];
  #markAt: Monotonic;
  #retryAt: Monotonic | null = null;
  #depth = 0;
  /** Where the last connection stood: the next one goes on from there. */
  #link: { readonly acked: number; readonly session: number };

  constructor(ports: Ports, settings: EdgeSettings, seams: Partial<Seams> = {}) {
    this.#ports = ports;
    this.#settings = settings;
    this.#openAnswer = seams.answer?.(openAnswer) ?? openAnswer;
    this.#opening = seams.opening?.(KEYSET_OPENING) ?? KEYSET_OPENING;
    const stored = ports.store.load();
    this.#stored = stored;
    this.#time = new EdgeTime(ports.clock, stored.clock);
    this.#vault = new Vault(ports.keys, ports.random);
    this.#recorder = new Recorder(ports.store, stored, this.#time, (records) => {
      for (const record of records) this.#tell({ event: "record", record: shownRecord(record) });
    });
    const { random, clock, serial, store } = ports;
    const shared = { time: this.#time, vault: this.#vault, recorder: this.#recorder };
    const tell = (event: EdgeEvent) => this.#tell(event);
    const buses = () => this.#buses;
    const drawKey = seams.drawKey ?? random;
    this.#pairing = new Pairing({ ...shared, store, random: drawKey, buses, stored: stored.scbks, tell });
    this.#lockouts = new Lockouts({ ...shared, lockouts: stored.lockouts, pads: stored.pads });
    const own = codeReader(this.#vault);
    const held = { holds: stored.holds, mark: stored.clock, rings: stored.rings, codes: seams.codes?.(own) ?? own };
    this.#doors = new Doors({ ...shared, ...held, lockouts: this.#lockouts, buses, tell });
    const lines: BusesOptions = {
      clock,
      random,
      serial,
      overrides: settings.buses,
      scbkOf: (controller) => this.#pairing.scbkOf(controller),
      heard: (bus, address, event) => this.#heard(bus, address, event),
      note: (text) => tell({ event: "note", text }),
    };
    this.#buses = seams.lines?.(lines) ?? new Buses(lines);
    this.#commanding = new Commanding({
      ...shared,
      last: stored.command,
      execute: (act, by, changes) => this.#doors.execute(act, by, changes),
    });
    this.#checkpoints = new Checkpoints({
      ports,
      recorder: this.#recorder,
      time: this.#time,
      last: stored.checkpoint,
      keyset: () => this.#keysets?.version?.number ?? 0,
      made: (message) => this.#upstream?.checkpoint(message),
    });
    this.#markAt = this.#time.monotonic;
    this.#link = { acked: stored.acked, session: stored.session };
  }

  /** Serves from here on: first the doors, then whoever they belong to. */
  start(): void {
    this.#turn(() => {
      const { adoption, keyset } = this.#stored;
      this.#record("edge-started", { software: this.#settings.software, clock: this.#time.trust });
      if (adoption === null) return;
      this.#belongTo(adoption);
      if (keyset !== null) this.#keysets?.load(keyset);
      this.#doors.recall(this.#ports.store.records(this.#recorder.head - LIMITS.recallRecords, this.#recorder.head));
      this.#pairing.tryCandidates(this.#doors.all());
      this.#reach(adoption);
    });
  }

  /** Ends in order. Running strikes end by themselves in their Controllers. */
  stop(): void {
    this.#turn(() => this.#upstream?.stop());
  }

  wake(): void {
    this.#turn(() => {
      this.#buses.time();
      this.#doors.time();
      this.#adopting?.time();
    });
  }

  portOpened(bus: string): void {
    this.#turn(() => {
      this.#lines.set(bus, { open: true, why: null });
      this.#buses.give(bus, { kind: "port", open: true });
      this.#tell({ event: "port", bus, open: true, why: null });
    });
  }

  portClosed(bus: string, why: string): void {
    this.#turn(() => {
      this.#lines.set(bus, { open: false, why });
      this.#buses.give(bus, { kind: "port", open: false });
      this.#tell({ event: "port", bus, open: false, why });
    });
  }

  bytes(bus: string, bytes: Uint8Array): void {
    this.#turn(() => this.#buses.give(bus, { kind: "bytes", bytes }));
  }

  brokerConnected(): void {
    this.#turn(() => {
      if (this.#adopting !== null) return this.#adopting.connected();
      this.#upstream?.brokerConnected();
      this.#tell({ event: "authority", connected: true, why: null });
    });
  }

  /** `refused`: the broker answered that user or password are wrong. */
  brokerClosed(refused: boolean, why: string): void {
    this.#turn(() => {
      if (this.#adopting !== null) return this.#adopting.closed(refused, why);
      const connected = this.#upstream?.connected === true;
      this.#upstream?.brokerClosed();
      if (connected || refused) this.#tell({ event: "authority", connected: false, why });
    });
  }

  brokerMessage(incoming: Incoming): void {
    this.#turn(() => {
      if (this.#adopting !== null) this.#adopting.message(incoming.topic, incoming.payload);
      else this.#upstream?.message(incoming);
    });
  }

  /** `done` is called once, when the adoption has come to its end; a malformed token is answered at once. */
  adopt(token: SecretText, done: (answer: AdoptAnswer) => void): void {
    this.#turn(() => {
      const read = decodeToken(token);
      if (!read.ok) return done({ kind: "malformed" });
      const wrong = this.#mayBeAdopted(read.value);
      if (wrong !== null) return done({ kind: "refused", why: wrong });
      const { keys, broker, random } = this.#ports;
      const options = { keys, broker, random, epoch: this.#recorder.epoch, openAnswer: this.#openAnswer };
      const now = () => this.#time.monotonic;
      this.#leave();
      this.#adopting = new Adopting({ ...options, now, time: () => this.#time.now }, read.value, (outcome) =>
        this.#adopted(outcome, done),
      );
    });
  }

  /** Opens an install window. `done` is called once: at its end, or at once where it cannot be opened. */
  pair(door: string, request: PairRequest, done: (answer: PairAnswer) => void): void {
    this.#turn(() => {
      const found = this.#doors.find(door);
      if (found === undefined) return done({ kind: "unknown-door" });
      const opened = this.#pairing.open(found, request, (paired) => done({ paired }));
      if (!opened.ok) done(opened.error);
    });
  }

  /** What an operator asks at the box itself; a signed command comes by the broker. `by` goes into the record. Durable when it answers. */
  execute(act: DoorAct, by: string): ActOutcome {
    let outcome: ActOutcome = { kind: "refused", why: "unknown-door" };
    this.#turn(() => {
      outcome = this.#doors.execute(act, by, []);
    });
    return outcome;
  }

  /**
   * For a model that leaves out what provably changes nothing: until when no rule of this edge has anything to do,
   * while its lines carry nothing but polls. Null: something is going on. Looks at the clock and alive marks come at
   * fixed points of monotonic time, and are the model's to stop at.
   */
  idleUntil(): Monotonic | null {
    if (!this.#buses.idle || this.#recorder.waiting || this.#adopting !== null) return null;
    const times = [this.#doors.wakeAt, this.#upstream?.wakeAt, this.#time.trustEnds];
    return times.reduce<Monotonic>((first, at) => (at != null && at < first ? at : first), FAR);
  }

  /** When a rule is due that is not a line's. */
  get dueAt(): Monotonic {
    const times = [this.#doors.wakeAt, this.#upstream?.wakeAt, this.#adopting?.wakeAt, this.#retryAt, this.#markAt];
    return times.reduce<Monotonic>((first, at) => (at != null && at < first ? at : first), this.#time.lookAt);
  }

  /** Digits that wait at the pad of a Controller for what completes them. */
  typing(bus: string, address: number): number {
    return this.#doors.at(bus, address)?.state.entry.digits.length ?? 0;
  }

  /** Whose turn comes when, on the lines: equal one round later, nothing changes but by what `idleUntil` tells. */
  rhythm(): readonly number[] {
    return this.#buses.rhythm();
  }

  /** `length` ms of nothing but polls are over; monotonic time has moved on by as much. */
  skipIdle(length: Millis): void {
    this.#buses.skipIdle(length);
    this.#time.skipLooks();
    const now = this.#time.monotonic;
    if (this.#markAt <= now) this.#markAt = nextPoint(now, LIMITS.aliveMark);
    this.#ports.wakeAt(this.#nextWake());
  }

  /** What this edge takes for the time. */
  get now(): Instant {
    return this.#time.now;
  }

  status(): EdgeStatus {
    return statusOf({
      adoption: this.#adoption,
      connected: this.#upstream?.connected ?? false,
      keyset: this.#keysets?.version ?? null,
      lines: this.#buses.paths.map(({ id, path }) => ({ id, path, ...(this.#lines.get(id) ?? CLOSED) })),
      doors: this.#doors.all(),
      paired: (controller) => this.#pairing.scbkOf(controller) !== null,
      lockedFor: (door) => this.#lockouts.remaining(door),
      held: (door) => this.#doors.heldView(door),
      journal: {
        epoch: this.#recorder.epoch,
        head: this.#recorder.head,
        acked: this.#upstream?.acked ?? this.#link.acked,
      },
      clock: this.#time.sight,
      storeFails: this.#recorder.waiting,
    });
  }

  /** The last records of the journal, oldest first; at most as many as one look at it brings. */
  lastRecords(): readonly ShownRecord[] {
    const { head } = this.#recorder;
    return this.#ports.store.records(Math.max(1, head - LIMITS.lastRecords + 1), head).map(shownRecord);
  }

  #heard(bus: string, address: number, event: ControllerEvent): void {
    const door = this.#doors.meet(bus, address, event);
    if (door === undefined) return;
    if (event.kind === "paired") this.#pairing.paired(door, event.scbk);
    else if (event.kind === "pairing-closed") this.#pairing.closed(door);
    else {
      if (event.kind === "online") this.#pairing.met(door, event.identity);
      this.#doors.hear(door, event);
    }
  }

  /** Null: yes. An edge belongs to one authority for the life of its data. */
  #mayBeAdopted({ site, edge, rootHash }: { site: string; edge: string; rootHash: Uint8Array }): string | null {
    if (this.#adopting !== null) return "another adoption is under way";
    const held = this.#adoption;
    if (held === null) return null;
    if (held.site !== site || held.edge !== edge) {
      return `this edge is ${held.edge} of site ${held.site}; to become another, start it with an empty data folder`;
    }
    return sameRoot(held, rootHash)
      ? null
      : "this edge belongs to another authority; start it with an empty data folder";
  }

  #adopted(outcome: AdoptionOutcome, done: (answer: AdoptAnswer) => void): void {
    this.#adopting = null;
    const answer = outcome.kind === "adopted" ? this.#keepAdoption(outcome.adoption) : outcome;
    if (this.#adoption !== null) this.#reach(this.#adoption);
    done(answer);
  }

  #keepAdoption(adoption: Adoption): AdoptAnswer {
    const { site, edge } = adoption;
    const record = this.#newRecord("adopted", { site, edge });
    if (!this.#recorder.keep([record], [{ kind: "adoption", adoption }])) {
      return { kind: "unreachable", why: "the edge cannot write to its data folder" };
    }
    this.#belongTo(adoption);
    this.#tell({ event: "adopted", site, edge });
    return { kind: "adopted", site, edge };
  }

  #belongTo(adoption: Adoption): void {
    const { site, edge, rootKey } = adoption;
    const derived = this.#vault.adopt(adoption);
    if (!derived.ok) {
      this.#tell({ event: "note", text: "the authority's key is weak: this edge serves nothing" });
      return;
    }
    this.#adoption = adoption;
    const { store } = this.#ports;
    const apply = (keyset: HeldKeyset) => this.#apply(keyset);
    const tell = (event: EdgeEvent) => this.#tell(event);
    this.#keysets ??= new KeysetStore({
      site,
      edge,
      rootKey,
      opening: this.#opening,
      store,
      recorder: this.#recorder,
      time: this.#time,
      tell,
      apply,
    });
  }

  /** Begins to be connected. */
  #reach(adoption: Adoption): void {
    if (this.#keysets === null) return;
    const { acked, session } = this.#link;
    this.#upstream = new Upstream({
      ports: this.#ports,
      adoption,
      vault: this.#vault,
      time: this.#time,
      recorder: this.#recorder,
      keysets: this.#keysets,
      commanding: this.#commanding,
      lastCheckpoint: () => this.#checkpoints.last,
      software: this.#settings.software,
      acked,
      session,
      doors: () => this.#doors.all().map(({ id }) => id),
      signedTime: (now) => this.#signedTime(now),
      refused: (what, why) => this.#refused(what, why),
    });
  }

  #leave(): void {
    if (this.#upstream === null) return;
    const { acked, session } = this.#upstream;
    this.#link = { acked, session };
    this.#upstream.stop();
    this.#upstream = null;
  }

  #apply(keyset: HeldKeyset): void {
    this.#buses.settle(keyset.keyset.buses, keyset.keyset.doors);
    this.#doors.settle(keyset);
  }

  #signedTime(now: Instant): void {
    this.#clockNews(this.#time.takeSigned(now));
    // Also a correction that is no news moves the ends of hours and overrides.
    this.#doors.clockChanged();
    this.#markAt = this.#time.monotonic;
  }

  #clockNews(news: ClockNews | null): void {
    if (news === null) return;
    const { step, from, to, by } = news;
    this.#record("clock", step === null ? { from, to, by } : { from, to, by, stepMs: step });
    if (from !== to) this.#tell({ event: "clock", trust: to });
    if (by !== "machine") return;
    this.#doors.clockChanged();
    // Nobody waits an hour for a time that the authority can tell now.
    if (to === "floor-only") this.#upstream?.wantTime();
  }

  /** Said once of each kind in the life of the process: it stays in the status. */
  #clockFault(): void {
    const fault = clockFault(this.#time.sight);
    if (fault === null || this.#clockFaults.has(fault.kind)) return;
    this.#clockFaults.add(fault.kind);
    this.#tell({ event: "note", text: sayClockFault(fault) });
  }

  #refused(what: string, why: string): void {
    const count = this.#refusals.count(`${what} ${why}`, this.#time.monotonic);
    if (count !== null) this.#record("message-refused", { what, why, count });
  }

  /** One entry from outside, to its end. */
  #turn(act: () => void): void {
    this.#depth += 1;
    try {
      act();
    } finally {
      this.#depth -= 1;
    }
    if (this.#depth > 0) return;
    this.#tick();
    this.#upstream?.time();
    for (let event = this.#events.shift(); event !== undefined; event = this.#events.shift()) this.#ports.tell(event);
    this.#ports.wakeAt(this.#nextWake());
  }

  /** What is due whatever brought us here: the clock, its mark, a disk that failed. */
  #tick(): void {
    const now = this.#time.monotonic;
    if (now >= this.#time.lookAt) {
      this.#clockNews(this.#time.look());
      this.#clockFault();
    }
    if (now >= this.#markAt) {
      this.#markAt = nextPoint(now, LIMITS.aliveMark);
      this.#recorder.record({
        records: [],
        changes: [{ kind: "clock", mark: this.#time.mark() }, ...this.#lockouts.mark()],
      });
      this.#checkpoint();
    } else if (this.#checkpoints.pressing) this.#checkpoint();
    if (!this.#recorder.waiting) this.#retryAt = null;
    else if (this.#retryAt === null) this.#retryAt = (now + LIMITS.storeRetry) as Monotonic;
    else if (now >= this.#retryAt) {
      this.#recorder.retry();
      this.#retryAt = this.#recorder.waiting ? ((now + LIMITS.storeRetry) as Monotonic) : null;
    }
  }

  #checkpoint(): void {
    if (this.#adoption !== null) this.#checkpoints.make(this.#adoption);
  }

  #nextWake(): Monotonic {
    const { dueAt } = this;
    const line = this.#buses.wakeAt;
    return line !== null && line < dueAt ? line : dueAt;
  }

  #tell(event: EdgeEvent): void {
    this.#events.push(event);
  }

  #record(event: NewRecord["event"], detail: NewRecord["detail"]): void {
    this.#recorder.record({ records: [this.#newRecord(event, detail)] });
  }

  #newRecord(event: NewRecord["event"], detail: NewRecord["detail"]): NewRecord {
    const nobody = { door: null, reasons: [], key: null, user: null, fingerprint: null };
    return { ...nobody, at: this.#time.now, clock: this.#time.trust, event, detail };
  }
}
