/**
 * The disk of an edge with the faults that disks have, over a store in memory. What SQLite does under each, write-ahead
 * log and synchronous=FULL as in edge/shell/store.ts: a transaction that power cuts short is gone at the next start, all
 * of it; one whose fsync failed is reported as failed and is not read again, but its frames stand in the log until the
 * next transaction overwrites them, and a start that comes first takes them for done; a full disk can be read.
 */
import { MemoryStore } from "@lintel/edge/box/memory-store.ts";
import type { EdgeStore, StoreChange } from "@lintel/edge/box/ports.ts";
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import { type Monotonic, millis } from "@lintel/protocol/base/units.ts";
import type { Fault } from "../../board/faults/fault.ts";
import type { ProcessLife } from "../process-life.ts";
import { happens } from "../random.ts";
import { settingOf } from "./edge.ts";

/** Power that fails at a transaction. */
interface Cut {
  readonly by: string;
  readonly when: "before" | "after";
  /** Transactions until then, this one included. */
  left: number;
}

/** What a power cut would take back. */
interface Unsettled {
  readonly before: MemoryStore;
  /** From when on it stands, on the model's clock. */
  readonly settledAt: Monotonic;
}

export class FaultyDisk {
  readonly #random: RandomBytes;
  readonly #now: () => Monotonic;
  /** The process that is writing loses its power, by the fault of this name. */
  readonly #cutPower: (by: string) => void;
  #medium = new MemoryStore();
  readonly #standing = new Map<string, Fault>();
  readonly #cuts: Cut[] = [];
  /** Transactions that still fit; null: as many as come. */
  #room: number | null = null;
  /** The frames of a transaction whose fsync failed. */
  #inLog: readonly StoreChange[] | null = null;
  /** Oldest first. */
  #unsettled: Unsettled[] = [];

  /** `now`: of the model, whatever the process's clock shows. */
  constructor(options: { random: RandomBytes; now: () => Monotonic; cutPower: (by: string) => void }) {
    this.#random = options.random;
    this.#now = options.now;
    this.#cutPower = options.cutPower;
  }

  /** Every transaction counts: none may be left out, as a model leaves out alive marks that nothing looks at. */
  get faulty(): boolean {
    return this.#standing.size > 0;
  }

  /** What can be read now. */
  get medium(): MemoryStore {
    return this.#medium;
  }

  fault(fault: Fault): void {
    const { kind, off } = fault;
    const cut = this.#cuts.findIndex(({ by }) => by === kind.name);
    if (cut >= 0) this.#cuts.splice(cut, 1);
    if (kind.name === "disk-full") this.#room = off ? null : settingOf(fault, "room");
    if (off) {
      this.#standing.delete(kind.name);
      return;
    }
    this.#standing.set(kind.name, fault);
    if (fault.settings.transaction === undefined) return;
    const when = kind.name === "edge-power-cut" && fault.settings.when === "after" ? "after" : "before";
    this.#cuts.push({ by: kind.name, when, left: settingOf(fault, "transaction") });
  }

  /** As one life of the process has it open. */
  openFor(life: ProcessLife): EdgeStore {
    return {
      load: () => this.#medium.load(),
      journalEnd: () => this.#medium.journalEnd(),
      records: (from, to) => this.#medium.records(from, to),
      commit: (changes) => this.#commit(changes, life),
    };
  }

  /** Power is gone: what stands now is what the next start finds. */
  powerLost(): void {
    const now = this.#now();
    const firstGone = this.#unsettled.findIndex((one, at) => this.#mayGo(one, at, now));
    if (firstGone >= 0) this.#medium = this.#unsettled[firstGone]!.before;
    else if (this.#inLog !== null) this.#medium.commit(this.#inLog);
    this.#inLog = null;
    this.#unsettled = [];
  }

  #commit(changes: readonly StoreChange[], life: ProcessLife): void {
    if (!life.alive) throw diskError("SQLITE_IOERR", "there is no power");
    const cut = this.#dueCut();
    if (cut?.when === "before") {
      this.#cutPower(cut.by);
      throw diskError("SQLITE_IOERR", "there is no power");
    }
    const slow = this.#standing.get("disk-slow");
    if (slow !== undefined) life.stand(millis(settingOf(slow, "each")));
    this.#takeRoom();
    const fsync = this.#standing.get("failed-fsync");
    if (fsync !== undefined && happens(this.#random, settingOf(fsync, "share"))) this.#failFsync(fsync, changes);
    this.#write(changes, life.now);
    if (cut !== undefined) this.#cutPower(cut.by);
  }

  #dueCut(): Cut | undefined {
    for (const cut of this.#cuts) cut.left -= 1;
    const due = this.#cuts.findIndex(({ left }) => left <= 0);
    return due < 0 ? undefined : this.#cuts.splice(due, 1)[0];
  }

  #takeRoom(): void {
    if (this.#room === null) return;
    if (this.#room === 0) throw diskError("SQLITE_FULL", "database or disk is full");
    this.#room -= 1;
  }

  #failFsync({ settings: { left } }: Fault, changes: readonly StoreChange[]): never {
    if (left === "all") this.#medium.commit(changes);
    this.#inLog = left === "after-power" ? changes : null;
    throw diskError("SQLITE_IOERR_FSYNC", "disk I/O error");
  }

  #write(changes: readonly StoreChange[], settledAt: Monotonic): void {
    this.#inLog = null;
    if (this.#cached === 0 && !this.#standing.has("disk-slow")) {
      this.#unsettled = [];
      this.#medium.commit(changes);
      return;
    }
    const now = this.#now();
    const kept = this.#unsettled.filter((one, at) => this.#mayGo(one, at, now));
    this.#unsettled = [...kept, { before: this.#medium.copy(), settledAt }];
    this.#medium.commit(changes);
  }

  /** Transactions that the disk reports and only holds in its cache. */
  get #cached(): number {
    const torn = this.#standing.get("torn-write");
    return torn === undefined ? 0 : settingOf(torn, "reported");
  }

  #mayGo({ settledAt }: Unsettled, at: number, now: Monotonic): boolean {
    return settledAt > now || at >= this.#unsettled.length - this.#cached;
  }
}

function diskError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
