/**
 * The way over a broker, from one end to the other: how long it takes, in what order things arrive, and how often.
 * Whatever one end does passes it in order; only what is held back, and what comes a second time, falls out of that.
 */
import { type RandomBytes, uniformBelow } from "@lintel/protocol/base/random.ts";
import { after, type Millis, type Monotonic, millis, monotonic } from "@lintel/protocol/base/units.ts";
import type { Fault } from "../../board/faults/fault.ts";
import type { ModelTime } from "../model-time.ts";
import { happens } from "../random.ts";
import { settingOf } from "./edge.ts";

/** A network of one building. */
const TRANSIT = millis(2);

interface UnderWay {
  readonly arrive: () => void;
  forget: () => void;
}

export class Way {
  readonly #time: ModelTime;
  readonly #random: RandomBytes;
  readonly #standing = new Map<string, Fault>();
  /** When the last that keeps its place arrives. */
  #lastAt: Monotonic = monotonic(0);
  /** What keeps its place and has not arrived, in order. */
  readonly #underWay: UnderWay[] = [];

  constructor(time: ModelTime, random: RandomBytes) {
    this.#time = time;
    this.#random = random;
  }

  fault(fault: Fault): void {
    if (!fault.off) this.#standing.set(fault.kind.name, fault);
    else if (this.#standing.delete(fault.kind.name) && fault.kind.name === "broker-slow") this.#flow();
  }

  /** The way is free again: what was stuck in it arrives at once, in its order. */
  #flow(): void {
    const now = this.#time.now();
    if (this.#lastAt <= after(now, TRANSIT)) return;
    this.#lastAt = after(now, TRANSIT);
    for (const each of this.#underWay) {
      each.forget();
      each.forget = this.#time.wake(this.#lastAt, () => this.#arrived(each));
    }
  }

  /** A step of a connection: it arrives once, and in its place. */
  step(arrive: () => void): void {
    const slow = this.#standing.get("broker-slow");
    const at = after(this.#time.now(), slow === undefined ? TRANSIT : this.#lengthOf(slow, "delay"));
    // What set out earlier on a slow way is not overtaken.
    if (at > this.#lastAt) this.#lastAt = at;
    const each = { arrive, forget: () => {} };
    each.forget = this.#time.wake(this.#lastAt, () => this.#arrived(each));
    this.#underWay.push(each);
  }

  #arrived(each: UnderWay): void {
    this.#underWay.splice(this.#underWay.indexOf(each), 1);
    each.arrive();
  }

  message(arrive: () => void): void {
    const twice = this.#drawn("broker-duplicates");
    const held = this.#drawn("broker-reorders");
    const deliver = () => {
      arrive();
      if (twice !== null) this.#later(this.#lengthOf(twice, "apart"), arrive);
    };
    if (held === null) {
      this.step(deliver);
      return;
    }
    const most = this.#lengthOf(held, "held");
    const length = millis(1 + uniformBelow(this.#random, most));
    this.step(() => this.#later(length, deliver));
  }

  /** What arrives of a piece of a keyset; null: nothing. */
  piece(bytes: Uint8Array): Uint8Array | null {
    const cut = this.#drawn("keyset-cut");
    if (cut === null) return bytes;
    return cut.settings.how === "lost" ? null : bytes.slice(0, bytes.length >> 1);
  }

  /** The fault of this name, where it stands and befalls what is under way now. */
  #drawn(name: string): Fault | null {
    const fault = this.#standing.get(name);
    return fault !== undefined && happens(this.#random, settingOf(fault, "share")) ? fault : null;
  }

  #lengthOf(fault: Fault, name: string): Millis {
    return millis(settingOf(fault, name));
  }

  #later(length: Millis, act: () => void): void {
    this.#time.wake(after(this.#time.now(), length), act);
  }
}
