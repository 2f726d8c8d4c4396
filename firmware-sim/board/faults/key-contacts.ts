/** The contacts of a keypad under fingers: closed while a key is down, and otherwise than that where one sticks or bounces. */
import { after, type Millis } from "@lintel/protocol/base/units.ts";
import type { Clock } from "../../controller/clock.ts";
import type { Key } from "../../controller/keypad.ts";

/** After each press and each release a contact opens and closes `times` more, each for `spacing`. */
export interface Bouncing {
  readonly times: number;
  readonly spacing: Millis;
}

export class KeyContacts {
  readonly #clock: Clock;
  readonly #changed: () => void;
  readonly #closed = new Set<Key>();
  #stuck: Key | null = null;
  #bouncing: Bouncing | null = null;
  /** Bounces that are still to come, per key. */
  readonly #coming = new Map<Key, () => void>();

  constructor(clock: Clock, changed: () => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  get closed(): ReadonlySet<Key> {
    return this.#stuck === null ? this.#closed : new Set([...this.#closed, this.#stuck]);
  }

  move(key: Key, down: boolean): void {
    this.#coming.get(key)?.();
    this.#coming.delete(key);
    this.#set(key, down);
    if (this.#bouncing !== null) this.#bounce(key, down, this.#bouncing.times * 2, this.#bouncing.spacing);
  }

  /** Null: none sticks. */
  stick(key: Key | null): void {
    this.#stuck = key;
    this.#changed();
  }

  /** Null: they rest at once, from the next press on. */
  bounce(bouncing: Bouncing | null): void {
    this.#bouncing = bouncing;
  }

  /** No bounce is to come: they rest as they are. */
  stop(): void {
    for (const forget of this.#coming.values()) forget();
    this.#coming.clear();
  }

  /** An even number of changes is `left`: it comes to rest where the finger is. */
  #bounce(key: Key, down: boolean, left: number, spacing: Millis): void {
    const next = () => {
      this.#coming.delete(key);
      this.#set(key, down !== (left % 2 === 0));
      if (left > 1) this.#bounce(key, down, left - 1, spacing);
    };
    this.#coming.set(key, this.#clock.wake(after(this.#clock.now(), spacing), next));
  }

  #set(key: Key, closed: boolean): void {
    if (closed) this.#closed.add(key);
    else this.#closed.delete(key);
    this.#changed();
  }
}
