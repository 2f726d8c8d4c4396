/**
 * Making records durable. Whoever waits at a door gets a yes or a no within the transaction; what happened by itself
 * waits here for a disk that fails, in order, and is written when it can be.
 */
import { between, type Instant, type Monotonic } from "@lintel/protocol/base/units.ts";
import type { JournalRecord, NewRecord } from "@lintel/protocol/mqtt/record.ts";
import { type JournalHead, planRecords } from "../journal/journal.ts";
import { Uses } from "../journal/uses.ts";
import { LIMITS } from "./limits.ts";
import type { EdgeStore, StoreChange, StoredEdge } from "./ports.ts";
import type { EdgeTime } from "./time.ts";

/** What is to be written together. `durable` is called once it is. */
export interface Writing {
  readonly records: readonly NewRecord[];
  readonly changes?: readonly StoreChange[];
  readonly durable?: () => void;
}

/** A transaction: what it writes, and what is true when it is written. */
interface Attempt {
  readonly writings: readonly Writing[];
  readonly faults: number;
  readonly head: JournalHead;
  readonly records: readonly JournalRecord[];
}

export class Recorder {
  readonly #store: EdgeStore;
  readonly #time: EdgeTime;
  readonly #written: (records: readonly JournalRecord[]) => void;
  #uses: Uses;
  #head: JournalHead;
  #oldest: number;
  /** The last transaction threw: before the next the disk is asked whether it stands all the same. */
  #doubtful: Attempt | null = null;
  #backlog: Writing[] = [];
  #lost = 0;
  #raisedAt: Monotonic | null = null;
  #fault: { readonly what: string; readonly at: Instant } | null = null;

  /** `written` hears of every record once it is durable. */
  constructor(
    store: EdgeStore,
    stored: StoredEdge,
    time: EdgeTime,
    written: (records: readonly JournalRecord[]) => void,
  ) {
    this.#store = store;
    this.#time = time;
    this.#written = written;
    this.#uses = new Uses(stored.uses, stored.otps);
    const { seq, hash, oldest } = store.journalEnd();
    this.#head = { epoch: stored.epoch, seq, hash };
    this.#oldest = oldest;
  }

  /** What keys have used up, as far as it is durable. */
  get uses(): Uses {
    return this.#uses;
  }
  get epoch(): string {
    return this.#head.epoch;
  }
  get head(): number {
    return this.#head.seq;
  }
  get oldest(): number {
    return this.#oldest;
  }
  /** Something waits for the disk. */
  get waiting(): boolean {
    return this.#backlog.length > 0 || this.#fault !== null;
  }

  /** No room to wait in: what comes now would be lost. */
  get full(): boolean {
    return this.#backlog.length >= LIMITS.backlog;
  }

  /** What happened by itself: written now, or kept for later. Answers whether it is durable. */
  record(writing: Writing): boolean {
    if (this.full) this.#lost += writing.records.length;
    else this.#backlog.push(writing);
    return this.retry();
  }

  /**
   * What somebody waits for: durable in time, or not at all. `false` is a system fault, and is recorded when it can be;
   * what was durable too late stands all the same, so `also.durable` is called for it.
   */
  commit(records: readonly NewRecord[], also: Omit<Writing, "records"> = {}): boolean {
    return this.#writeWith({ ...also, records }) === "durable";
  }

  /** What is worth waiting for, however long it takes: durable, or not done at all. */
  keep(records: readonly NewRecord[], changes: readonly StoreChange[]): boolean {
    return this.#writeWith({ records, changes }) !== "failed";
  }

  #writeWith(writing: Writing): "durable" | "slow" | "failed" {
    if (!this.#knowsDisk()) return "failed";
    const done = this.#write([...this.#backlog, writing]);
    if (done !== "failed") this.#backlog = [];
    return done;
  }

  /** Tries what waits. Answers whether nothing waits any more. */
  retry(): boolean {
    if (!this.waiting) return true;
    if (!this.#knowsDisk() || this.#write(this.#backlog) === "failed") return false;
    this.#backlog = [];
    return true;
  }

  /** Forgets what the authority holds, where the journal is longer than it may be. */
  prune(acked: number): void {
    if (this.#head.seq - this.#oldest < LIMITS.journalRecords) return;
    const seq = Math.min(acked, this.#oldest + LIMITS.pruneStep - 1);
    if (seq < this.#oldest) return;
    if (!this.#knowsDisk()) return;
    if (this.#write([{ records: [], changes: [{ kind: "prune", seq }] }]) !== "failed") this.#oldest = seq + 1;
  }

  #write(writings: readonly Writing[]): "durable" | "slow" | "failed" {
    const begun = this.#time.monotonic;
    const faults = this.#faultRecords();
    const plan = planRecords(this.#head, [...faults, ...writings.flatMap(({ records }) => records)]);
    const changes = writings.flatMap((writing) => writing.changes ?? []);
    const records = plan.changes.flatMap((change) => (change.kind === "record" ? [change.record] : []));
    const attempt = { writings, faults: faults.length, head: plan.head, records };
    try {
      this.#store.commit([...plan.changes, ...changes]);
    } catch {
      this.#doubtful = attempt;
      return this.#failed();
    }
    for (const change of changes) this.#mirror(change);
    this.#stands(attempt);
    const took = between(begun, this.#time.monotonic);
    if (took <= LIMITS.commit) return "durable";
    this.#raise("store-slow");
    return "slow";
  }

  #stands({ writings, faults, head, records }: Attempt): void {
    this.#head = head;
    if (faults > 0) {
      this.#fault = null;
      this.#lost = 0;
    }
    this.#written(records);
    for (const { durable } of writings) durable?.();
  }

  /** What is used up is used up as soon as it is durable, also where whoever waits is told that the disk was too slow. */
  #mirror(change: StoreChange): void {
    if (change.kind === "uses") this.#uses.take(change.uses);
    else if (change.kind === "otp") this.#uses.takeOtp(change.otp);
  }

  #failed(): "failed" {
    this.#raise("store-failed");
    return "failed";
  }

  /** A disk that stays bad is told once a minute: a record of it is one more thing to write. */
  #raise(what: string): void {
    const now = this.#time.monotonic;
    if (this.#fault !== null || (this.#raisedAt !== null && between(this.#raisedAt, now) < LIMITS.faultPause)) return;
    this.#raisedAt = now;
    this.#fault = { what, at: this.#time.now };
  }

  /**
   * A transaction that threw may stand on the disk all the same: numbers are given, and uses counted, after what is there.
   * If it stands, what it wrote waits no longer: each record is written once.
   */
  #knowsDisk(): boolean {
    const attempt = this.#doubtful;
    if (attempt === null) return true;
    try {
      const { seq, hash } = this.#store.journalEnd();
      const { uses, otps } = this.#store.load();
      this.#head = { ...this.#head, seq, hash };
      this.#uses = new Uses(uses, otps);
    } catch {
      this.#failed();
      return false;
    }
    this.#doubtful = null;
    if (attempt.records.length > 0 && attempt.head.hash === this.#head.hash) {
      this.#backlog = this.#backlog.filter((writing) => !attempt.writings.includes(writing));
      this.#stands(attempt);
    }
    return true;
  }

  #faultRecords(): readonly NewRecord[] {
    if (this.#fault === null && this.#lost > 0) this.#fault = { what: "store-failed", at: this.#time.now };
    if (this.#fault === null) return [];
    const { what, at } = this.#fault;
    const detail: NewRecord["detail"] = this.#lost > 0 ? { what, lost: this.#lost } : { what };
    const { trust: clock } = this.#time;
    const none = { door: null, reasons: [], key: null, user: null, fingerprint: null };
    return [{ ...none, at, clock, event: "hardware-fault", detail }];
  }
}
