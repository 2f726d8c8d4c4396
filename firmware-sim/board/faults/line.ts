/**
 * A stretch of line that can be faulty: bytes go in at one end, and come out at the other as the faults that stand let
 * them. Without a fault it is a wire. One stands for the line of a bus, one for each Controller's way to it; where there
 * is but one Controller, one stands for both.
 */
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import { after, type Millis, type Monotonic, millis } from "@lintel/protocol/base/units.ts";
import type { Clock } from "../../controller/clock.ts";
import { WIRE_FAULTS } from "./catalogue.ts";
import { fraction } from "./chance.ts";
import type { Fault, FaultKind } from "./fault.ts";
import { type Noise, startNoise } from "./noise.ts";
import { mishear } from "./uart.ts";

export interface FaultyLineOptions {
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** What the line runs at now: a panel may change it (COMSET). */
  readonly baud: () => number;
  /** How long these bytes are on the wire; 0: somebody else has counted it. */
  readonly transit: (bytes: Uint8Array) => Millis;
  /** Who listens at the edge's end, and at the end of the Controllers. */
  readonly toCp: Listener;
  readonly toPds: Listener;
  /** Puts a second Controller on the address. Left out: this stretch is no Controller's. */
  readonly startTwin?: (key: TwinKey, write: Listener) => Twin;
}

type Listener = (bytes: Uint8Array) => void;
type Way = "toCp" | "toPds";

/** What key the other Controller holds: none, one of its own, or the very same (a copy of the board). */
export type TwinKey = "none" | "other" | "same";

export interface Twin {
  receive(bytes: Uint8Array): void;
  stop(): void | Promise<void>;
}

type Settings = Fault["settings"];

/** Faults that do nothing of their own while the line carries nothing but polls. */
const QUIET: readonly string[] = ["cable-cut", "plug-out"];

export class FaultyLine {
  readonly #options: FaultyLineOptions;
  readonly #standing = new Map<string, Settings>();
  /** Takes back what has not arrived yet. */
  readonly #underWay = new Set<() => void>();
  #noise: Noise | null = null;
  #twin: Twin | null = null;
  /** What the Controllers of one address say at one instant; null: nobody has been asked. */
  #said: Uint8Array[] | null = null;

  constructor(options: FaultyLineOptions) {
    this.#options = options;
  }

  /** What a line can have; anything else befalls a board. */
  static has(kind: FaultKind): boolean {
    return WIRE_FAULTS.includes(kind);
  }

  /** True: by itself, or by chance, it makes one round of polls unlike the next. */
  get busy(): boolean {
    for (const name of this.#standing.keys()) if (!QUIET.includes(name)) return true;
    return false;
  }

  /** It begins, in the place of the same one that stands there, or is taken off. Null, or why it cannot be. */
  fault({ kind: { name }, off, settings }: Fault): string | null {
    if (name === "wrong-baud" && !off && Number(settings.baud) === this.#options.baud())
      return `the line runs at ${settings.baud} baud: that is not the wrong one`;
    if (name === "twin-address" && this.#options.startTwin === undefined) return "no Controller is on this stretch";
    if (name === "twin-address") this.#setTwin(off ? null : (settings.key as TwinKey));
    if (name === "noise") this.#setNoise(off ? null : settings);
    if (off) this.#standing.delete(name);
    else this.#standing.set(name, settings);
    return null;
  }

  /** Nothing more comes of it, also of what is under way. */
  stop(): void {
    for (const forget of this.#underWay) forget();
    this.#underWay.clear();
    this.#setTwin(null);
    this.#setNoise(null);
    this.#standing.clear();
  }

  toPds(bytes: Uint8Array): void {
    this.#cross("toPds", bytes, (heard) => this.#askPds(heard));
  }

  toCp(bytes: Uint8Array, arrived: Listener = this.#options.toCp): void {
    if (this.#said !== null) this.#said.push(bytes);
    else this.#reply(bytes, arrived);
  }

  /** Two that answer at one instant are heard as one. */
  #askPds(bytes: Uint8Array): void {
    if (this.#twin === null) {
      this.#options.toPds(bytes);
      return;
    }
    const said: Uint8Array[] = [];
    this.#said = said;
    try {
      this.#options.toPds(bytes);
      this.#twin.receive(bytes);
    } finally {
      this.#said = null;
    }
    if (said.length > 0) this.#reply(collide(said, this.#options.random), this.#options.toCp);
  }

  #reply(bytes: Uint8Array, arrived: Listener): void {
    const late = this.#standing.get("late-reply");
    if (late === undefined || fraction(this.#options.random) >= Number(late.share)) this.#cross("toCp", bytes, arrived);
    else this.#later(millis(Number(late.by)), () => this.#cross("toCp", bytes, arrived));
  }

  /** Bytes reach whoever listens when the last of them has crossed. */
  #cross(way: Way, bytes: Uint8Array, arrived: Listener): void {
    if (this.#isCut()) return;
    const length = this.#options.transit(bytes);
    if (length === 0) this.#arrive(way, bytes, arrived);
    else this.#later(length, () => this.#arrive(way, bytes, arrived));
  }

  #arrive(way: Way, bytes: Uint8Array, arrived: Listener): void {
    if (this.#isCut()) return;
    if (this.#standing.size === 0) {
      arrived(bytes);
      return;
    }
    const heard = this.#lose(this.#hit(this.#mishear(way, bytes), this.#options.clock.now()));
    if (heard.length > 0) arrived(heard);
  }

  #later(length: Millis, act: () => void): void {
    const { clock } = this.#options;
    const forget = clock.wake(after(clock.now(), length), () => {
      this.#underWay.delete(forget);
      act();
    });
    this.#underWay.add(forget);
  }

  #isCut(): boolean {
    return this.#standing.has("cable-cut") || this.#standing.has("plug-out");
  }

  #mishear(way: Way, bytes: Uint8Array): Uint8Array {
    const inverted = this.#standing.has("swapped-wires");
    const wrong = this.#standing.get("wrong-baud");
    if (!inverted && wrong === undefined) return bytes;
    const baud = this.#options.baud();
    const its = wrong === undefined ? baud : Number(wrong.baud);
    return mishear(
      bytes,
      way === "toPds" ? { sent: baud, heard: its, inverted } : { sent: its, heard: baud, inverted },
    );
  }

  #hit(bytes: Uint8Array, now: Monotonic): Uint8Array {
    return this.#noise?.hit(bytes, now) ?? bytes;
  }

  #lose(bytes: Uint8Array): Uint8Array {
    const loss = this.#standing.get("byte-loss");
    return loss === undefined ? bytes : bytes.filter(() => fraction(this.#options.random) >= Number(loss.rate));
  }

  #setNoise(settings: Settings | null): void {
    this.#noise?.stop();
    this.#noise = null;
    if (settings === null) return;
    const { clock, random, baud, toCp, toPds } = this.#options;
    this.#noise = startNoise(
      { every: millis(Number(settings.every)), length: millis(Number(settings.length)), baud: baud() },
      { clock, random },
      (garbage) => {
        if (this.#isCut()) return;
        toPds(garbage);
        toCp(garbage);
      },
    );
  }

  #setTwin(key: TwinKey | null): void {
    void this.#twin?.stop();
    this.#twin = key === null ? null : this.#options.startTwin!(key, (bytes) => this.toCp(bytes));
  }
}

/** Two drivers on one pair: where they agree the level is right, where not it is anybody's guess. The longest goes on alone. */
function collide(said: readonly Uint8Array[], random: RandomBytes): Uint8Array {
  return said.reduce((one, other) => {
    const [long, short] = one.length >= other.length ? [one, other] : [other, one];
    return long.map((byte, at) => (at < short.length ? guess(byte, short[at]!, random) : byte));
  });
}

function guess(one: number, other: number, random: RandomBytes): number {
  const apart = one ^ other;
  return apart === 0 ? one : (one & ~apart) | (random(1)[0]! & apart);
}
