/**
 * Recording an edge: a tape that runs along with its box. Every turn is noted as it happens, and written when it ends,
 * unless nothing in it was more than polls. While it runs, the clock stands still within a turn and is looked at again
 * after each commit: so the times of a turn are few, and a replay has them all.
 * Not here: where lines go, and when there are too many (edge/shell/recording-file.ts).
 */
import { toHex } from "@lintel/protocol/base/bytes.ts";
import { InvariantViolation } from "@lintel/protocol/base/invariant.ts";
import { SecretText } from "@lintel/protocol/base/secret.ts";
import type { Monotonic } from "@lintel/protocol/base/units.ts";
import type { Keyset } from "@lintel/protocol/keyset/keyset.ts";
import type { JournalRecord } from "@lintel/protocol/mqtt/record.ts";
import type { HeldKeyset } from "../access/hold.ts";
import type { TypedOtp } from "../access/tokens.ts";
import type { BusInput, ControllerEvent } from "../bus/events.ts";
import { LIMITS as DOOR } from "../door/limits.ts";
import type { EdgeSettings, Seams } from "./box.ts";
import { Buses, type BusesOptions, type Lines } from "./buses.ts";
import type { ClockSigns } from "./clock-trust.ts";
import type { CodeReader } from "./judging.ts";
import type { KeysetOpening } from "./keyset-store.ts";
import type { Broker, Clock, EdgeStore, Ports, StoredEdge } from "./ports.ts";
import {
  type Did,
  type HeardEvent,
  type KeysetLine,
  type Output,
  RECORDING_VERSION,
  type RecordingLine,
  type StartLine,
  type Turn,
  type TypedCode,
  writeLine,
} from "./recording.ts";
import { type Pad, part, placeOf } from "./recording-places.ts";
import { Tokens } from "./recording-tokens.ts";

export interface TapeOptions {
  /** Version of the zone rules; null where it is not known. */
  readonly tzdata: string | null;
  /** Takes one line. False: it takes no more, and the tape stops for good. */
  readonly write: (line: string) => boolean;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
/** A turn in the making. */
type Noting = Mutable<Turn> & { did: Did };

export class Tape {
  readonly #options: TapeOptions;
  readonly #tokens = new Tokens();
  #running = true;
  #clock: Clock | null = null;
  #turn: Noting | null = null;
  #depth = 0;
  /** The moment that stands within the turn. */
  #now: Monotonic | null = null;
  #wall: ClockSigns | null = null;
  #signs = "";
  #worth = false;
  /** Orders that the lines were given in this turn. */
  #orders = 0;
  #pending: StoredEdge | null = null;
  /** Records of this and older numbers stand in the store from before. */
  #head = 0;
  readonly #told = new Set<number>();
  readonly #pads = new Map<string, Pad>();
  /** What is being typed in this very event. */
  #typing: { readonly pad: Pad; readonly keys: SecretText; used: number } | null = null;
  #reader: CodeReader | null = null;

  constructor(options: TapeOptions) {
    this.#options = options;
  }

  /** The first line; before anything else is noted. */
  begin({ software, buses }: EdgeSettings): void {
    const { tzdata } = this.#options;
    this.#line({ recording: "edge", version: RECORDING_VERSION, software, tzdata, buses: [...buses] });
  }

  /** The last one. */
  end(): void {
    this.#line({ end: "closed" });
    this.#running = false;
  }

  /** A turn begins. `due`: a rule of the edge had something to do by itself. */
  open(did: Did, clock: Clock, dueAt: Monotonic | null): void {
    this.#depth += 1;
    if (this.#depth > 1 || !this.#running) return;
    this.#clock = clock;
    const t = clock.monotonic();
    this.#now = t;
    this.#wall = null;
    this.#orders = 0;
    this.#turn = { t, did };
    this.#worth = (did.kind !== "wake" && did.kind !== "bytes") || (dueAt !== null && dueAt <= t);
  }

  /** It is over. `waiting`: the digits that wait at the pad of a Controller now. */
  close(waiting: (bus: string, address: number) => number, error: unknown = null): void {
    this.#depth -= 1;
    if (this.#depth > 0) return;
    const turn = this.#turn;
    this.#turn = null;
    this.#now = null;
    if (turn === null) return;
    if (error !== null) {
      turn.threw = error instanceof InvariantViolation ? error.message : "an error";
      this.#worth = true;
    }
    if (!this.#worth) return;
    for (const pad of this.#pads.values()) pad.waiting = waiting(pad.bus, pad.address);
    this.#line(turn);
  }

  /** Says something more of what began the turn. */
  amend(did: Did): void {
    if (this.#turn !== null) this.#turn.did = did;
  }

  answered(answer: Output): void {
    this.#out({ answered: answer });
  }

  ports(live: Ports): Ports {
    return {
      ...live,
      clock: this.#clockOf(live.clock),
      random: (count) => {
        const bytes = live.random(count);
        this.#note("random", toHex(bytes));
        return bytes;
      },
      store: this.#storeOf(live.store),
      broker: this.#brokerOf(live.broker),
      wakeAt: (at) => live.wakeAt(at),
      tell: (event) => {
        this.#out({ told: event });
        live.tell(event);
      },
    };
  }

  /** What the lines and the keys of Controllers draw is noted nowhere, and the lines have the clock as it is. */
  seams({ clock, random }: Ports): Seams {
    return {
      lines: (options) => this.#linesOf({ ...options, clock, random }),
      codes: (own) => this.#codesOf(own),
      opening: (own) => this.#openingOf(own),
      answer: (own) => (payload, token, keys) => {
        const adopted = own(payload, token, keys);
        this.#note("adopted", adopted);
        return adopted;
      },
      drawKey: random,
    };
  }

  #clockOf(live: Clock): Clock {
    return {
      monotonic: () => this.#now ?? live.monotonic(),
      signs: () => {
        if (this.#turn === null) return live.signs();
        if (this.#wall === null) {
          this.#wall = live.signs();
          const { wall, ...signs } = this.#wall;
          this.#turn.wall = wall;
          const said = JSON.stringify(signs);
          if (said !== this.#signs) this.#turn.signs = signs;
          this.#signs = said;
          this.#worth = true;
        }
        return this.#wall;
      },
    };
  }

  #storeOf(live: EdgeStore): EdgeStore {
    return {
      load: () => {
        const stored = live.load();
        if (this.#turn?.did.kind === "boot") this.#pending = stored;
        return stored;
      },
      journalEnd: () => {
        const end = live.journalEnd();
        if (this.#pending !== null) {
          this.#head = end.seq;
          this.#line(startLine(this.#pending, end));
          this.#pending = null;
        } else this.#note("ends", end.seq);
        return end;
      },
      records: (from, to) => {
        const records = live.records(from, to);
        if (this.#turn !== null) this.#tellOld(records);
        return records;
      },
      commit: (changes) => {
        try {
          live.commit(changes);
        } catch (error) {
          const at = this.#passed();
          if (at !== null) this.#note("commits", [at]);
          throw error;
        }
        const at = this.#passed();
        if (at !== null) this.#note("commits", at);
      },
    };
  }

  /** A commit took its time: the clock of the turn goes on. */
  #passed(): Monotonic | null {
    if (this.#turn === null || this.#clock === null) return null;
    this.#now = this.#clock.monotonic();
    return this.#now;
  }

  #tellOld(records: readonly JournalRecord[]): void {
    const old = records.filter(({ seq }) => seq <= this.#head && !this.#told.has(seq));
    for (const { seq } of old) this.#told.add(seq);
    if (old.length > 0) this.#line({ records: old });
  }

  /** Neither the password nor what is signed: where to, and how much. */
  #brokerOf(live: Broker): Broker {
    return {
      connect: (account) => {
        this.#out({ broker: "connect", url: account.url, user: account.user });
        live.connect(account);
      },
      subscribe: (filters) => {
        this.#out({ broker: "subscribe", filters });
        live.subscribe(filters);
      },
      unsubscribe: (filters) => {
        this.#out({ broker: "unsubscribe", filters });
        live.unsubscribe(filters);
      },
      publish: (topic, payload, options) => {
        this.#out({ broker: "publish", topic, bytes: payload.length, ...options });
        live.publish(topic, payload, options);
      },
      disconnect: () => {
        this.#out({ broker: "disconnect" });
        live.disconnect();
      },
    };
  }

  #linesOf(options: BusesOptions): Lines {
    const live = new Buses({ ...options, heard: (...told) => this.#heard(told, options.heard) });
    return {
      get wakeAt() {
        return live.wakeAt;
      },
      get paths() {
        return live.paths;
      },
      get idle() {
        return live.idle;
      },
      rhythm: () => live.rhythm(),
      skipIdle: (length) => live.skipIdle(length),
      time: () => live.time(),
      heardAt: (controller) => {
        const at = live.heardAt(controller);
        this.#note("heardAt", at);
        return at;
      },
      settle: (buses, doors) => {
        this.#orders += 1;
        live.settle(buses, doors);
      },
      rekey: (bus) => {
        this.#orders += 1;
        live.rekey(bus);
      },
      give: (bus, input) => {
        const order = orderOf(bus, input);
        if (order !== null) {
          this.#orders += 1;
          this.#out(order);
        }
        live.give(bus, input);
      },
    };
  }

  #heard([bus, address, event]: Parameters<BusesOptions["heard"]>, hear: BusesOptions["heard"]): void {
    if (event.kind !== "keys") {
      this.#note("heard", { after: this.#orders, bus, address, event: recorded(event) });
      hear(bus, address, event);
      return;
    }
    const pad = this.#padOf(bus, address);
    const keys = event.keys.use((text) => text.replace(/\d/g, "•"));
    this.#note("heard", { after: this.#orders, bus, address, event: { kind: "keys", keys } });
    this.#typing = { pad, keys: event.keys, used: 0 };
    hear(bus, address, event);
    this.#typing = null;
    pad.count += keys.replace(/[^•]/g, "").length;
  }

  #padOf(bus: string, address: number): Pad {
    const name = `${bus}/${address}`;
    const known = this.#pads.get(name);
    if (known !== undefined) return known;
    const pad: Pad = { bus, address, count: 0, waiting: 0 };
    this.#pads.set(name, pad);
    return pad;
  }

  #codesOf(own: CodeReader): CodeReader {
    this.#reader = own;
    return {
      index: (digits) => own.index(digits),
      read: (held, door, typed) => {
        const entry = own.read(held, door, typed);
        if (entry.kind === "wrong-length" || this.#turn === null) return entry;
        const slot = entry.kind === "slot" ? this.#tokenOf(own, typed, 0, entry.slot.length) : "";
        const code = slot + this.#tokenOf(own, typed, slot.length, typed.length);
        const shown: [string, number][] = [];
        this.#noteCode(held, door, { code, at: this.#place(typed), shown, fingerprint: null });
        const otp = entry.otp === undefined ? undefined : watched(entry.otp, shown);
        return { ...entry, ...(otp === undefined ? {} : { otp }) };
      },
      fingerprint: (typed) => {
        const fingerprint = own.fingerprint(typed);
        const last = this.#turn?.codes?.at(-1) as Mutable<TypedCode> | undefined;
        if (last !== undefined) last.fingerprint = fingerprint;
        return fingerprint;
      },
    };
  }

  #tokenOf(own: CodeReader, typed: SecretText, from: number, to: number): string {
    return this.#tokens.of(own.index(part(typed, from, to)), to - from);
  }

  /** Where in what was typed it begins. */
  #place(typed: SecretText): number | null {
    const typing = this.#typing;
    if (typing === null) return null;
    const place = placeOf(typed, typing.keys, typing.pad, typing.used);
    if (place === null) return null;
    typing.used = place.used;
    return place.at;
  }

  #noteCode(held: HeldKeyset, door: string, code: Omit<TypedCode, "bus" | "address">): void {
    const { bus, address } = held.doors.get(door)!.door.controller;
    this.#note("codes", { ...code, bus, address });
  }

  #openingOf(own: KeysetOpening): KeysetOpening {
    const opened = (digest: string, keyset: Keyset) => this.#keyset(digest, keyset);
    return {
      take: (receiving, hash, bytes, now) => {
        const taken = own.take(receiving, hash, bytes, now);
        this.#note("taken", taken.ok ? "taken" : taken.error.kind);
        return taken;
      },
      complete: (place, receiving) => {
        const complete = own.complete(place, receiving);
        this.#note("opened", complete.ok ? null : complete.error);
        if (complete.ok) opened(receiving.manifest.digest, complete.value.keyset);
        return complete;
      },
      open: (place, manifest, bytes) => {
        const open = own.open(place, manifest, bytes);
        this.#note("opened", open.ok ? null : open.error);
        if (open.ok) opened(manifest.digest, open.value);
        return open;
      },
    };
  }

  #keyset(digest: string, { codes, otps, ...rest }: Keyset): void {
    this.#line({
      digest,
      keyset: {
        ...rest,
        codes: codes.map((code) => ({ ...code, index: this.#tokens.of(code.index, DOOR.codeDigits) })),
        otps: otps.map(({ secret: _sealed, ...otp }) => ({ ...otp, slot: this.#slot(otp.slot) })),
      },
    } satisfies KeysetLine);
  }

  #slot(slot: string | null): string | null {
    if (slot === null || this.#reader === null) return null;
    return this.#tokenOf(this.#reader, new SecretText(slot), 0, slot.length);
  }

  #out(output: Output): void {
    this.#note("out", output);
  }

  /** Adds to one of the lists of the turn; whatever is noted makes it worth a line. */
  #note<K extends Lists>(list: K, what: NonNullable<Turn[K]>[number]): void {
    if (this.#turn === null) return;
    this.#worth = true;
    const lists = this.#turn as { [L in Lists]?: unknown[] };
    lists[list] ??= [];
    lists[list].push(what);
  }

  #line(line: RecordingLine): void {
    if (this.#running) this.#running = this.#options.write(writeLine(line));
  }
}

type Lists = "random" | "heard" | "heardAt" | "codes" | "taken" | "opened" | "adopted" | "commits" | "ends" | "out";

function startLine({ scbks, keyset, ...store }: StoredEdge, journal: StartLine["journal"]): StartLine {
  const named = keyset === null ? null : (({ bytes: _pieces, ...name }) => name)(keyset);
  const keys = scbks.map(({ controller, identity, scbk, candidate }) => ({
    controller,
    identity,
    scbk: scbk !== null,
    candidate: candidate !== null,
  }));
  return { store: { ...store, scbks: keys, keyset: named }, journal };
}

/** Null: no order of the box, but what the line itself brings. */
export function orderOf(bus: string, input: BusInput): Output | null {
  switch (input.kind) {
    case "command": {
      const { address, id, command, urgent } = input;
      return { line: bus, address, id, command, urgent };
    }
    case "pair": {
      const { address, by, until } = input;
      return { line: bus, address, pair: by, until };
    }
    case "pair-end":
      return { line: bus, address: input.address, pair: "end" };
    case "ring-recorded": {
      const { address, boot, upTo } = input;
      return { line: bus, address, ring: boot, upTo };
    }
    default:
      return null;
  }
}

function recorded(event: Exclude<ControllerEvent, { kind: "keys" }>): HeardEvent["event"] {
  return event.kind === "paired" ? { kind: "paired" } : event;
}

function watched(otp: TypedOtp, shown: [string, number][]): TypedOtp {
  return {
    shows: (token, factor) => {
      const shows = otp.shows(token, factor);
      if (shows) shown.push([token.key, factor]);
      return shows;
    },
  };
}
