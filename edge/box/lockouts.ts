/**
 * The lock-outs of an edge: which counter a door's pad has, what an entry does to it, and what of that is stored and
 * recorded. The rules are edge/access/lockout.ts.
 *
 * An entry's change goes into the transaction of its record; until that is done nothing is changed here either. What
 * comes by time alone waits for no disk: should it be lost, the lock-out only lasts longer.
 */
import { invariant } from "@lintel/protocol/base/invariant.ts";
import type { Millis, Monotonic, Powered } from "@lintel/protocol/base/units.ts";
import type { KeysetDoor } from "@lintel/protocol/keyset/keyset.ts";
import type { NewRecord } from "@lintel/protocol/mqtt/record.ts";
import type { Decision } from "../access/decide.ts";
import { LIMITS as ACCESS } from "../access/limits.ts";
import {
  AT_REST,
  ageCounter,
  type Counter,
  countsAs,
  countValid,
  countWrong,
  isAtRest,
  joinCounters,
  releaseCounter,
  remainingOf,
  tallyWrong,
} from "../access/lockout.ts";
import type { StoreChange, StoredLockout, StoredPads } from "./ports.ts";
import { PoweredTime } from "./powered.ts";
import type { Recorder } from "./recorder.ts";
import type { EdgeTime } from "./time.ts";

/** What an entry does to its counter, to be made durable with its record. */
export interface Counted {
  readonly records: readonly NewRecord[];
  readonly changes: readonly StoreChange[];
  /** To be called once they are durable. */
  readonly durable: () => void;
  /** A lock-out runs from this entry on. */
  readonly locks: boolean;
}

const NOTHING: Counted = { records: [], changes: [], durable: () => {}, locks: false };

export interface LockoutOptions {
  readonly time: EdgeTime;
  readonly recorder: Recorder;
  readonly lockouts: readonly StoredLockout[];
  readonly pads: StoredPads;
}

/** `door front` or `group lobby`: an id holds no space. */
type CounterName = string;
const DOOR = "door ";
const GROUP = "group ";

export class Lockouts {
  readonly #time: EdgeTime;
  readonly #recorder: Recorder;
  readonly #powered: PoweredTime;
  readonly #counters = new Map<CounterName, Counter>();
  /** The counter of each door of the keyset. */
  readonly #names = new Map<string, CounterName>();
  #tally: readonly Powered[];

  constructor({ time, recorder, lockouts, pads }: LockoutOptions) {
    this.#time = time;
    this.#recorder = recorder;
    this.#powered = new PoweredTime(time, pads.powered);
    this.#tally = pads.wrongs;
    for (const { name, counter } of lockouts) if (counter !== null) this.#counters.set(name, counter);
  }

  /** The doors of a keyset that comes into force. A pad that changes its counter takes along what was entered at it. */
  settle(doors: readonly KeysetDoor[]): void {
    this.time();
    const now = this.#powered.now;
    const before = new Map(this.#names);
    const changed = new Set<CounterName>();
    const left = new Set<CounterName>();
    this.#names.clear();
    for (const { id, keypadGroup } of doors) {
      const name = keypadGroup === null ? `${DOOR}${id}` : `${GROUP}${keypadGroup}`;
      this.#names.set(id, name);
      const former = before.get(id);
      if (former === undefined || former === name) continue;
      left.add(former);
      this.#counters.set(name, joinCounters(this.#aged(name, now), this.#aged(former, now), id));
      changed.add(name);
    }
    for (const name of this.#dropUnused(left, now)) changed.add(name);
    if (changed.size === 0) return;
    const changes = [...changed].map((name) => this.#change(name, this.#counters.get(name) ?? null));
    this.#recorder.record({ records: [], changes: [...changes, ...this.mark()] });
  }

  /**
   * Counters that no door has any more go once nothing is left in them, or all of it went along with their pads: so
   * their number has an end, and a door that is taken out and put in again finds its own.
   */
  #dropUnused(left: ReadonlySet<CounterName>, now: Powered): readonly CounterName[] {
    const inUse = new Set(this.#names.values());
    const unused = [...this.#counters.keys()].filter((name) => !inUse.has(name));
    const dropped = unused.filter((name) => left.has(name) || isAtRest(this.#aged(name, now)));
    for (const name of dropped) this.#counters.delete(name);
    return dropped;
  }

  /** Ends what is over. */
  time(): void {
    const now = this.#powered.now;
    for (const [name, held] of this.#counters) {
      if (held.running === null || now < held.running.until) continue;
      const { counter, ended } = ageCounter(held, now);
      if (ended === null) continue;
      this.#counters.set(name, counter);
      const record = this.#newRecord(ended.door, "lockout-cleared", { by: "time", ...groupOf(name) });
      this.#recorder.record({ records: [record], changes: [this.#change(name, counter), ...this.mark()] });
    }
  }

  /** When the next one is over; null: none runs. */
  get wakeAt(): Monotonic | null {
    const ends = [...this.#counters.values()].flatMap(({ running }) => (running === null ? [] : [running.until]));
    if (ends.length === 0) return null;
    return this.#powered.monotonicAt(ends.reduce((first, at) => (at < first ? at : first)));
  }

  /** How long nothing typed at this door is evaluated yet; 0: it is. */
  remaining(door: string): Millis {
    return remainingOf(this.#counterOf(door), this.#powered.now);
  }

  /** What the decision on an entry at `door` does to its counter. Nothing of it is done before `durable`. */
  count(door: string, decision: Pick<Decision, "outcome" | "reasons">): Counted {
    const now = this.#powered.now;
    switch (countsAs(decision)) {
      case "wrong":
        return this.#countWrong(door, now);
      case "valid": {
        const held = this.#counterOf(door);
        const counter = countValid(held, now);
        if (counter.count === held.count) return NOTHING;
        return this.#counted(door, counter, { now, tally: this.#tally, records: [], locks: false });
      }
      case "nothing":
        return NOTHING;
    }
  }

  /**
   * Ends what runs at the pad of `door` and sets its counts to zero; `by` is whoever asked. False: the disk does not
   * take it, and nothing is changed. It is recorded also where nothing ran, and `changes` are durable with it.
   */
  release(door: string, by: string, changes: readonly StoreChange[]): boolean {
    this.time();
    const name = this.#nameOf(door);
    const counter = releaseCounter(this.#counterOf(door));
    const detail = { by, remainingMs: this.remaining(door), ...groupOf(name) };
    const record = this.#newRecord(door, "lockout-cleared", detail);
    if (!this.#recorder.keep([record], [this.#change(name, counter), ...this.mark(), ...changes])) return false;
    this.#counters.set(name, counter);
    return true;
  }

  /** How far powered time has come: stored with the alive mark, so that a lock-out goes on from there at the next start. */
  mark(): readonly StoreChange[] {
    return [this.#pads(this.#powered.now, this.#tally)];
  }

  #countWrong(door: string, now: Powered): Counted {
    const { counter, started } = countWrong(this.#counterOf(door), door, now);
    const { tally, alarm } = tallyWrong(this.#tally, now);
    const records: NewRecord[] = [];
    if (started !== null) {
      const { tier, until } = started;
      const detail = { tier, lengthMs: until - now, count: counter.count, ...groupOf(this.#nameOf(door)) };
      records.push(this.#newRecord(door, "lockout", detail));
    }
    if (alarm) records.push(this.#newRecord(null, "wrong-entries", { count: ACCESS.alarmPerDay }));
    return this.#counted(door, counter, { now, tally, records, locks: started !== null });
  }

  #counted(
    door: string,
    counter: Counter,
    { now, tally, records, locks }: { now: Powered; tally: readonly Powered[] } & Pick<Counted, "records" | "locks">,
  ): Counted {
    const name = this.#nameOf(door);
    return {
      records,
      changes: [this.#change(name, counter), this.#pads(now, tally)],
      durable: () => {
        this.#counters.set(name, counter);
        this.#tally = tally;
      },
      locks,
    };
  }

  #nameOf(door: string): CounterName {
    const name = this.#names.get(door);
    invariant(name !== undefined, "every door of the keyset has a counter", { door });
    return name;
  }

  #counterOf(door: string): Counter {
    return this.#counters.get(this.#nameOf(door)) ?? AT_REST;
  }

  #aged(name: CounterName, now: Powered): Counter {
    return ageCounter(this.#counters.get(name) ?? AT_REST, now).counter;
  }

  #change(name: CounterName, counter: Counter | null): StoreChange {
    return { kind: "lockout", lockout: { name, counter } };
  }

  #pads(powered: Powered, wrongs: readonly Powered[]): StoreChange {
    return { kind: "pads", pads: { powered, wrongs } };
  }

  #newRecord(door: string | null, event: NewRecord["event"], detail: NewRecord["detail"]): NewRecord {
    const { now: at, trust: clock } = this.#time;
    return { at, clock, door, event, reasons: [], key: null, user: null, fingerprint: null, detail };
  }
}

/** Of a counter that several pads share: the group's name, for the record. */
function groupOf(name: CounterName): { readonly group?: string } {
  return name.startsWith(GROUP) ? { group: name.slice(GROUP.length) } : {};
}
