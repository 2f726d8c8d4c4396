/**
 * Replaying a recorded life of an edge: the true box, given every turn at its own time, with what it heard, read, drew
 * and waited for. What it does then is laid beside what was recorded. Nothing here decides anything about a door.
 */
import { fromHex } from "@lintel/protocol/base/bytes.ts";
import { invariant, unreachable } from "@lintel/protocol/base/invariant.ts";
import { fail, ok } from "@lintel/protocol/base/result.ts";
import { Secret, SecretText } from "@lintel/protocol/base/secret.ts";
import { type Instant, instant, type Monotonic, millis, monotonic } from "@lintel/protocol/base/units.ts";
import { encodeToken } from "@lintel/protocol/mqtt/adoption.ts";
import type { TypedOtp } from "../access/tokens.ts";
import type { ControllerEvent } from "../bus/events.ts";
import { EdgeBox, type Seams } from "./box.ts";
import type { BusesOptions, Lines } from "./buses.ts";
import type { ClockSigns } from "./clock-trust.ts";
import { readEntry } from "./entry.ts";
import type { CodeReader } from "./judging.ts";
import type { KeysetOpening } from "./keyset-store.ts";
import { MemoryStore } from "./memory-store.ts";
import { labelOf } from "./pairing.ts";
import type { Broker, EdgeKeys, EdgeStore, Ports, StoreChange, StoredEdge } from "./ports.ts";
import { type Did, type HeardEvent, type Output, type Turn, type TypedCode, writeLine } from "./recording.ts";
import { indexOfToken, type Life, type ReadTurn } from "./recording-read.ts";
import { orderOf } from "./recording-tape.ts";
import { digitsFor, tokenFor } from "./recording-tokens.ts";
import { Vault } from "./vault.ts";

/** One turn as it was, and as it came out now. */
export interface ReplayedTurn extends ReadTurn {
  readonly out: readonly Output[];
  /** What the edge took for the time at its end. */
  readonly at: Instant;
  readonly difference: Difference | null;
}

/** The first place at which a turn came out otherwise. Null: nothing came there. */
export interface Difference {
  readonly recorded: Output | null;
  readonly replayed: Output | null;
}

/** Every turn of a life, in order. A turn that throws is the last one; so is one that threw when it was recorded. */
export function* replayLife(life: Life): Generator<ReplayedTurn> {
  const replay = new Replay(life);
  for (const each of life.turns) {
    const replayed = replay.turn(each);
    yield replayed;
    if (replay.ended) return;
  }
}

class Replay {
  readonly #life: Life;
  readonly #reading: TurnReading;
  readonly #store: ReplayStore;
  #box: EdgeBox | null = null;
  ended = false;

  constructor(life: Life) {
    this.#life = life;
    this.#reading = new TurnReading(life);
    this.#store = new ReplayStore(life, this.#reading);
  }

  turn(read: ReadTurn): ReplayedTurn {
    const reading = this.#reading;
    const { turn } = read;
    reading.begin(turn);
    try {
      this.#do(turn);
    } catch (error) {
      this.ended = true;
      reading.out.push({ threw: (error as Error).message });
    }
    const recorded = turn.threw === undefined ? (turn.out ?? []) : [...(turn.out ?? []), { threw: turn.threw }];
    const left = reading.unheard;
    if (left > 0) reading.out.push({ unheard: left });
    const at = this.#box?.now ?? turn.wall ?? instant(0);
    return { ...read, out: reading.out, at, difference: firstDifference(recorded, reading.out) };
  }

  #do({ did }: Turn): void {
    if (did.kind === "boot") {
      this.#box = new EdgeBox(this.#ports(), settingsOf(this.#life), this.#seams());
      return;
    }
    invariant(this.#box !== null, "a life begins with its boot");
    enter(this.#box, did, (answer) => void this.#reading.out.push({ answered: answer }));
  }

  #ports(): Ports {
    const reading = this.#reading;
    const out = (output: Output) => void reading.out.push(output);
    return {
      clock: { monotonic: () => reading.now, signs: () => reading.signs },
      random: (count) => reading.random(count),
      store: this.#store,
      keys: KEYS,
      serial: { open: () => undefined, close: () => undefined, write: () => undefined },
      broker: brokerTo(out),
      wakeAt: () => undefined,
      tell: (event) => out({ told: event }),
    };
  }

  #seams(): Seams {
    const reading = this.#reading;
    return {
      lines: (options) => new ReplayedLines(options, reading),
      codes: () => codesOf(reading),
      opening: () => openingOf(this.#life, reading),
      answer: () => () => reading.next("adopted") ?? fail({ kind: "wrong-token" }),
      drawKey: () => keyOf("fresh").use((bytes) => bytes),
    };
  }
}

/** Gives what came from outside to the box. */
function enter(box: EdgeBox, did: Exclude<Did, { kind: "boot" }>, answered: (answer: object) => void): unknown {
  switch (did.kind) {
    case "start":
      return box.start();
    case "stop":
      return box.stop();
    case "wake":
      return box.wake();
    case "bytes":
      return box.bytes(did.bus, NO_BYTES);
    case "port-opened":
      return box.portOpened(did.bus);
    case "port-closed":
      return box.portClosed(did.bus, did.why);
    case "broker-connected":
      return box.brokerConnected();
    case "broker-closed":
      return box.brokerClosed(did.refused, did.why);
    case "message":
      return box.brokerMessage({ topic: did.topic, payload: did.payload ?? NO_BYTES, retained: did.retained });
    case "adopt":
      return box.adopt(tokenOf(did.token), answered);
    case "pair": {
      const scbk = did.key === "fresh" ? null : keyOf(did.key);
      return box.pair(did.door, { window: millis(did.windowMs), scbk }, answered);
    }
    case "execute":
      return answered(box.execute(did.act, did.by));
    case "skip":
      return box.skipIdle(millis(did.length));
    default:
      return unreachable(did);
  }
}

/** A token of the same words, with no secret that was ever issued. */
function tokenOf(token: Extract<Did, { kind: "adopt" }>["token"]): SecretText {
  return token === null ? new SecretText("") : encodeToken({ ...token, secret: new Secret(new Uint8Array(32)) });
}

const NO_BYTES = new Uint8Array(0);

/** What a turn gives to the box when it is asked for, in the order in which it was asked for. */
class TurnReading {
  out: Output[] = [];
  /** Turns begun so far. */
  turns = 0;
  now: Monotonic = monotonic(0);
  signs: ClockSigns = { wall: instant(0), boot: null, hardwareClock: false, synchronised: false };
  /** Tokens of the whole life: who showed them, and their fingerprint. */
  readonly codes: ReadonlyMap<string, { readonly shown: ReadonlySet<string>; readonly fingerprint: string | null }>;
  /** By `bus/address`: what each digit is in letters, by its place. */
  readonly #letters: ReadonlyMap<string, ReadonlyMap<number, string>>;
  readonly #digits = new Map<string, number>();
  readonly #left = new Map<keyof Turn, unknown[]>();

  constructor({ turns }: Life) {
    const codes = turns.flatMap(({ turn }) => turn.codes ?? []);
    this.codes = meaningOf(codes);
    this.#letters = lettersOf(codes);
  }

  begin(turn: Turn): void {
    this.out = [];
    this.turns += 1;
    this.now = turn.t;
    const { wall, signs } = turn;
    this.signs = { ...this.signs, ...signs, ...(wall === undefined ? {} : { wall }) };
    this.#left.clear();
    for (const list of ASKED) this.#left.set(list, [...((turn[list] ?? []) as unknown[])]);
  }

  next<K extends (typeof ASKED)[number]>(list: K): NonNullable<Turn[K]>[number] | undefined {
    return this.#left.get(list)?.shift() as NonNullable<Turn[K]>[number] | undefined;
  }

  /** The next event that comes after so many orders, if there is one. */
  heard(orders: number): HeardEvent | null {
    const [first] = this.#left.get("heard") as HeardEvent[];
    if (first === undefined || first.after > orders) return null;
    this.#left.get("heard")!.shift();
    return first;
  }

  get unheard(): number {
    return this.#left.get("heard")?.length ?? 0;
  }

  /** As it was drawn; where it was not, of no meaning. */
  random(count: number): Uint8Array {
    const drawn = fromHex(this.next("random") ?? "");
    return drawn.ok && drawn.value.length === count ? drawn.value : new Uint8Array(count);
  }

  /** The digits that stand for those which were typed. */
  typed(pad: string, keys: string): SecretText {
    const letters = this.#letters.get(pad);
    let place = this.#digits.get(pad) ?? 0;
    const text = keys.replace(/•/g, () => {
      const letter = letters?.get(place) ?? "a";
      place += 1;
      return digitsFor(letter);
    });
    this.#digits.set(pad, place);
    return new SecretText(text);
  }
}

const ASKED = ["random", "heard", "heardAt", "taken", "opened", "adopted", "commits", "ends"] as const;

function meaningOf(codes: readonly TypedCode[]): TurnReading["codes"] {
  const meaning = new Map<string, { shown: Set<string>; fingerprint: string | null }>();
  for (const { code, shown, fingerprint } of codes) {
    const known = meaning.get(code) ?? { shown: new Set<string>(), fingerprint: null };
    for (const [key, factor] of shown) known.shown.add(`${key} ${factor}`);
    meaning.set(code, { ...known, fingerprint: fingerprint ?? known.fingerprint });
  }
  return meaning;
}

function lettersOf(codes: readonly TypedCode[]): Map<string, Map<number, string>> {
  const pads = new Map<string, Map<number, string>>();
  for (const { code, at, bus, address } of codes) {
    if (at === null) continue;
    const pad = `${bus}/${address}`;
    const letters = pads.get(pad) ?? new Map<number, string>();
    pads.set(pad, letters);
    for (const [place, letter] of [...code].entries()) letters.set(at + place, letter);
  }
  return pads;
}

/** The lines above their seal: they tell what was told, and take orders. */
class ReplayedLines implements Lines {
  readonly wakeAt = null;
  readonly idle = false;
  #paths: Lines["paths"] = [];
  readonly #options: BusesOptions;
  readonly #reading: TurnReading;
  #turn = 0;
  #orders = 0;
  #telling = false;

  constructor(options: BusesOptions, reading: TurnReading) {
    this.#options = options;
    this.#reading = reading;
  }

  get paths(): Lines["paths"] {
    return this.#paths;
  }

  rhythm(): readonly number[] {
    return [];
  }

  skipIdle(): void {}

  heardAt(): Monotonic | null {
    return this.#reading.next("heardAt") ?? null;
  }

  settle: Lines["settle"] = (buses) => {
    this.#paths = buses.map(({ id, port }) => ({ id, path: this.#options.overrides.get(id) ?? port }));
    this.#ordered();
  };

  rekey(): void {
    this.#ordered();
  }

  give: Lines["give"] = (bus, input) => {
    const order = orderOf(bus, input);
    if (order === null) this.#tell();
    else {
      this.#reading.out.push(order);
      this.#ordered();
    }
  };

  time(): void {
    this.#tell();
  }

  #ordered(): void {
    this.#count();
    this.#orders += 1;
    this.#tell();
  }

  /** Counts anew in each turn. */
  #count(): void {
    const { turns } = this.#reading;
    if (this.#turn === turns) return;
    this.#turn = turns;
    this.#orders = 0;
  }

  #tell(): void {
    if (this.#telling) return;
    this.#count();
    this.#telling = true;
    try {
      for (;;) {
        const told = this.#reading.heard(this.#orders);
        if (told === null) return;
        this.#options.heard(told.bus, told.address, this.#eventOf(told));
      }
    } finally {
      this.#telling = false;
    }
  }

  #eventOf({ bus, address, event }: HeardEvent): ControllerEvent {
    if (event.kind === "keys") return { kind: "keys", keys: this.#reading.typed(`${bus}/${address}`, event.keys) };
    if (event.kind === "paired") return { kind: "paired", scbk: keyOf("hand") };
    return event;
  }
}

function codesOf(reading: TurnReading): CodeReader {
  const tokenOf = (typed: SecretText) => typed.use(tokenFor);
  const otp = (whole: SecretText): TypedOtp => ({
    shows: (token, factor) => reading.codes.get(tokenOf(whole))?.shown.has(`${token.key} ${factor}`) === true,
  });
  return {
    index: (digits) => indexOfToken(tokenOf(digits)),
    read: (held, door, typed) => {
      const keys = { indexOf: (digits: SecretText) => indexOfToken(tokenOf(digits)), openOtp: () => null };
      const entry = readEntry(held, door, typed, keys);
      return entry.kind === "wrong-length" ? entry : { ...entry, otp: otp(typed) };
    },
    fingerprint: (typed) => reading.codes.get(tokenOf(typed))?.fingerprint ?? "00000000",
  };
}

/** Pieces came without what they held; the keyset stands in the recording as a whole. */
function openingOf({ keysets }: Life, reading: TurnReading): KeysetOpening {
  const opened = (digest: string) => {
    const refusal = reading.next("opened") ?? null;
    if (refusal !== null) return fail(refusal);
    const keyset = keysets.get(digest);
    return keyset === undefined ? fail({ kind: "wrong-digest" } as const) : ok(keyset);
  };
  return {
    take: (receiving, hash, bytes) => {
      const taken = reading.next("taken") ?? "unasked";
      if (taken !== "taken") return fail({ kind: taken });
      return ok({ ...receiving, chunks: new Map(receiving.chunks).set(hash, bytes) });
    },
    complete: (_, { manifest }) => {
      const keyset = opened(manifest.digest);
      return keyset.ok ? ok({ keyset: keyset.value, bytes: NO_BYTES }) : keyset;
    },
    open: (_, manifest) => opened(manifest.digest),
  };
}

/** The disk, as it was at the start and as it answered then. */
class ReplayStore implements EdgeStore {
  readonly #life: Life;
  readonly #reading: TurnReading;
  readonly #memory = new MemoryStore();
  /** A commit that failed may have been done all the same: what the journal was found to hold tells. */
  #doubtful: readonly StoreChange[] = [];

  constructor(life: Life, reading: TurnReading) {
    this.#life = life;
    this.#reading = reading;
    this.#memory.commit(changesOf(life));
  }

  load(): StoredEdge {
    return { ...this.#memory.load(), epoch: this.#life.start.store.epoch };
  }

  journalEnd(): { seq: number; hash: string; oldest: number } {
    const seq = this.#reading.next("ends");
    const last = this.#doubtful.flatMap((change) => (change.kind === "record" ? [change.record.seq] : [])).at(-1);
    if (last !== undefined && seq !== undefined && seq >= last) this.#memory.commit(this.#doubtful);
    this.#doubtful = [];
    const end = this.#memory.journalEnd();
    return end.seq === 0 ? this.#life.start.journal : { ...end, oldest: this.#life.start.journal.oldest };
  }

  commit(changes: readonly StoreChange[]): void {
    const at = this.#reading.next("commits");
    if (typeof at === "number") this.#reading.now = at;
    if (Array.isArray(at)) {
      this.#reading.now = at[0];
      this.#doubtful = changes;
      throw new Error("as recorded: the disk did not take it");
    }
    this.#memory.commit(changes);
  }

  records(from: number, to: number): ReturnType<EdgeStore["records"]> {
    const old = [...this.#life.records.values()].filter(({ seq }) => seq >= from && seq <= to);
    return [...old.sort((a, b) => a.seq - b.seq), ...this.#memory.records(from, to)];
  }
}

function changesOf({ start: { store } }: Life): readonly StoreChange[] {
  const vault = new Vault(KEYS, (count) => new Uint8Array(count));
  const sealed = (controller: string, there: boolean) =>
    there ? vault.seal(keyOf("hand"), labelOf(controller)) : null;
  const { uses, otps, rings, lockouts, scbks, holds, clock, keyset, adoption, command } = store;
  return [
    ...uses.map((one) => ({ kind: "uses", uses: one }) as const),
    ...otps.map((otp) => ({ kind: "otp", otp }) as const),
    ...rings.map((cursor) => ({ kind: "ring", cursor }) as const),
    ...lockouts.map((lockout) => ({ kind: "lockout", lockout }) as const),
    ...scbks.map(({ controller, identity, scbk, candidate }) => {
      const keys = { scbk: sealed(controller, scbk), candidate: sealed(controller, candidate) };
      return { kind: "scbk", scbk: { controller, identity, ...keys } } as const;
    }),
    ...holds.map(({ door, hold }) => ({ kind: "hold", door, hold }) as const),
    { kind: "pads", pads: store.pads },
    { kind: "acked", seq: store.acked },
    { kind: "session", session: store.session },
    ...(clock === null ? [] : [{ kind: "clock", mark: clock } as const]),
    ...(keyset === null ? [] : [{ kind: "keyset", keyset: { ...keyset, bytes: NO_BYTES } } as const]),
    ...(adoption === null ? [] : [{ kind: "adoption", adoption } as const]),
    ...(command === null ? [] : [{ kind: "command", executed: command } as const]),
  ];
}

function settingsOf({ head: { software, buses } }: Life) {
  return { software, buses: new Map(buses) };
}

function brokerTo(out: (output: Output) => void): Broker {
  return {
    connect: ({ url, user }) => out({ broker: "connect", url, user }),
    subscribe: (filters) => out({ broker: "subscribe", filters }),
    unsubscribe: (filters) => out({ broker: "unsubscribe", filters }),
    publish: (topic, payload, options) => out({ broker: "publish", topic, bytes: payload.length, ...options }),
    disconnect: () => out({ broker: "disconnect" }),
  };
}

/** The edge's own keys in a replay: they open nothing of anybody's. */
const KEYS: EdgeKeys = {
  signing: new Secret(new Uint8Array(32).fill(1)),
  agreement: new Secret(new Uint8Array(32).fill(2)),
  sealing: new Secret(new Uint8Array(32).fill(3)),
};

/** The key of a Controller in a replay. One that was refused as weak is weak here too. */
function keyOf(key: "fresh" | "hand" | "weak"): Secret {
  return new Secret(new Uint8Array(16).map((_, at) => (key === "weak" ? 0 : at + 1)));
}

function firstDifference(recorded: readonly Output[], replayed: readonly Output[]): Difference | null {
  for (let at = 0; at < Math.max(recorded.length, replayed.length); at += 1) {
    const [one, other] = [recorded[at] ?? null, replayed[at] ?? null];
    if (spelled(one) !== spelled(other)) return { recorded: one, replayed: other };
  }
  return null;
}

/** As it is written, so that nothing differs that a file does not tell apart. */
function spelled(output: Output | null): string {
  return output === null ? "" : JSON.stringify(JSON.parse(writeLine({ out: [output] } as unknown as Turn)));
}
