/**
 * Making records durable. Whoever waits at a door gets a yes or a no within the transaction; what happened by itself
 * waits here for a disk that fails, in order, and is written when it can be.
 */
import { between, type Instant, type Monotonic } from "@lintel/protocol/base/units.ts";
import type { JournalRecord, NewRecord } from "@lintel/protocol/mqtt/record.ts";
import { type JournalHead, type JournalPlan, planRecords } from "../journal/journal.ts";
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

/** One transaction: where the journal ends with it, and what it makes durable. */
interface Attempt {
  readonly plan: JournalPlan;
  readonly writings: readonly Writing[];
  /** How many lost records it tells of; null: it says nothing of a fault. */
  readonly tellsLost: number | null;
}

export class Recorder {
  readonly #store: EdgeStore;
  readonly #time: EdgeTime;
  readonly #written: (records: readonly JournalRecord[]) => void;
  #uses: Uses;
  #head: JournalHead;
  #oldest: number;
  /** The last transaction threw: whether it stands all the same, the disk is asked before the next. */
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
  /** The last link of the journal's chain. */
  get hash(): string {
    return this.#head.hash;
  }
  get oldest(): number {
    return this.#oldest;
  }
  /** Something waits for the disk, or for a word of what stands on it. */
  get waiting(): boolean {
    return this.#backlog.length > 0 || this.#lost > 0 || this.#fault !== null || this.#doubtful !== null;
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
    // First, for what waits may turn out to be written.
    return this.#knowsDisk() ? this.#write([...this.#backlog, writing]) : "failed";
  }

  /** Tries what waits. Answers whether nothing waits any more. */
  retry(): boolean {
    if (!this.waiting) return true;
    if (!this.#knowsDisk()) return false;
    return !this.waiting || this.#write([...this.#backlog]) !== "failed";
  }

  /** Forgets what the authority holds, where the journal is longer than it may be. */
  prune(acked: number): void {
    if (this.#head.seq - this.#oldest < LIMITS.journalRecords) return;
    const seq = Math.min(acked, this.#oldest + LIMITS.pruneStep - 1);
    if (seq < this.#oldest || !this.#knowsDisk()) return;
    if (this.#write([{ records: [], changes: [{ kind: "prune", seq }] }]) !== "failed") this.#oldest = seq + 1;
  }

  /** Only where it is known what stands on the disk. */
  #write(writings: readonly Writing[]): "durable" | "slow" | "failed" {
    const begun = this.#time.monotonic;
    const faults = this.#faultRecords();
    const plan = planRecords(this.#head, [...faults, ...writings.flatMap(({ records }) => records)]);
    const attempt = { plan, writings, tellsLost: faults.length > 0 ? this.#lost : null };
    const changes = writings.flatMap((writing) => writing.changes ?? []);
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

  /** It is durable, whoever was told that it is not. */
  #stands({ plan, writings, tellsLost }: Attempt): void {
    this.#head = plan.head;
    const written = new Set(writings);
    this.#backlog = this.#backlog.filter((writing) => !written.has(writing));
    if (tellsLost !== null) {
      this.#fault = null;
      this.#lost -= tellsLost;
    }
    this.#written(plan.changes.flatMap((change) => (change.kind === "record" ? [change.record] : [])));
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
   * A transaction that threw may stand on the disk all the same: then what it holds is done. Numbers are given, and uses
   * counted, after what is there. False: the disk does not say.
   */
  #knowsDisk(): boolean {
    const attempt = this.#doubtful;
    if (attempt === null) return true;
    let end: Pick<JournalHead, "seq" | "hash">;
    try {
      end = this.#store.journalEnd();
      const { uses, otps } = this.#store.load();
      this.#uses = new Uses(uses, otps);
    } catch {
      this.#failed();
      return false;
    }
    this.#doubtful = null;
    const { plan } = attempt;
    // The chain tells it apart from any other end. Without a record there is nothing to tell, and to repeat it does no harm.
    if (plan.changes.length > 0 && end.hash === plan.head.hash) this.#stands(attempt);
    else this.#head = { ...this.#head, seq: end.seq, hash: end.hash };
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
