/** The store of an edge in memory, with the ways in which a disk fails. What is committed survives a restart of the edge. */

import { powered } from "@lintel/protocol/base/units.ts";
import type { JournalRecord } from "@lintel/protocol/mqtt/record.ts";
import { EMPTY_HASH } from "../journal/journal.ts";
import type { EdgeStore, StoreChange, StoredEdge } from "./ports.ts";

export class MemoryStore implements EdgeStore {
  readonly records_: { readonly record: JournalRecord; readonly hash: string }[] = [];
  readonly commits: (readonly StoreChange[])[] = [];
  #stored: StoredEdge = {
    epoch: "00112233445566aa",
    uses: [],
    otps: [],
    rings: [],
    acked: 0,
    session: 0,
    clock: null,
    lockouts: [],
    pads: { powered: powered(0), wrongs: [] },
    scbks: [],
    keyset: null,
    adoption: null,
    command: null,
    holds: [],
    checkpoint: null,
  };
  /** What befalls the next commits, until it is set to something else. */
  fault: "none" | "throws" | "throws-after" | (() => void) = "none";

  /** What is stored, apart: a commit to one changes nothing in the other. */
  copy(): MemoryStore {
    const copy = new MemoryStore();
    copy.#stored = this.#stored;
    copy.records_.push(...this.records_);
    return copy;
  }

  load(): StoredEdge {
    return this.#stored;
  }

  commit(changes: readonly StoreChange[]): void {
    if (this.fault === "throws") throw new Error("SQLITE_FULL");
    this.commits.push(changes);
    for (const change of changes) this.#apply(change);
    if (this.fault === "throws-after") throw new Error("SQLITE_IOERR");
    if (typeof this.fault === "function") this.fault();
  }

  journalEnd(): { seq: number; hash: string; oldest: number } {
    if (this.fault === "throws") throw new Error("SQLITE_IOERR");
    const last = this.records_.at(-1);
    return { seq: last?.record.seq ?? 0, hash: last?.hash ?? EMPTY_HASH, oldest: this.records_[0]?.record.seq ?? 1 };
  }

  records(from: number, to: number): readonly JournalRecord[] {
    const first = this.#placeOf(from);
    return this.records_.slice(Math.max(0, first), Math.max(0, first + to - from + 1)).map(({ record }) => record);
  }

  /** A journal has no gap: where a record stands, or would. */
  #placeOf(seq: number): number {
    return seq - (this.records_[0]?.record.seq ?? seq);
  }

  #apply(change: StoreChange): void {
    const stored = this.#stored;
    switch (change.kind) {
      case "record":
        if (this.#placeOf(change.record.seq) !== this.records_.length) throw new Error("SQLITE_CONSTRAINT");
        this.records_.push(change);
        break;
      case "uses": {
        const others = stored.uses.filter((uses) => !sameIssue(uses, change.uses));
        const held = stored.uses.find((uses) => sameIssue(uses, change.uses));
        const { count = 0, given = 0 } = held ?? {};
        if (change.uses.count + change.uses.given <= count + given) throw new Error("a count only rises");
        this.#stored = { ...stored, uses: [...others, change.uses] };
        break;
      }
      case "otp": {
        const others = stored.otps.filter((otp) => !sameIssue(otp, change.otp));
        const held = stored.otps.find((otp) => sameIssue(otp, change.otp));
        if (change.otp.next <= (held?.next ?? 0)) throw new Error("a counter only rises");
        this.#stored = { ...stored, otps: [...others, change.otp] };
        break;
      }
      case "ring": {
        const others = stored.rings.filter(({ controller }) => controller !== change.cursor.controller);
        this.#stored = { ...stored, rings: [...others, change.cursor] };
        break;
      }
      case "lockout": {
        const others = stored.lockouts.filter(({ name }) => name !== change.lockout.name);
        const kept = change.lockout.counter === null ? [] : [change.lockout];
        this.#stored = { ...stored, lockouts: [...others, ...kept] };
        break;
      }
      case "pads":
        this.#stored = { ...stored, pads: change.pads };
        break;
      case "scbk": {
        const others = stored.scbks.filter(({ controller }) => controller !== change.scbk.controller);
        this.#stored = { ...stored, scbks: [...others, change.scbk] };
        break;
      }
      case "acked":
        this.#stored = { ...stored, acked: change.seq };
        break;
      case "session":
        this.#stored = { ...stored, session: change.session };
        break;
      case "clock":
        this.#stored = { ...stored, clock: change.mark };
        break;
      case "keyset":
        this.#stored = { ...stored, keyset: change.keyset };
        break;
      case "adoption":
        this.#stored = { ...stored, adoption: change.adoption };
        break;
      case "command":
        this.#stored = { ...stored, command: change.executed };
        break;
      case "hold": {
        const { door, hold } = change;
        const others = stored.holds.filter((one) => one.door !== door);
        this.#stored = { ...stored, holds: hold === null ? others : [...others, { door, hold }] };
        break;
      }
      case "checkpoint":
        this.#stored = { ...stored, checkpoint: change.checkpoint };
        break;
      case "prune":
        this.records_.splice(
          0,
          this.records_.findIndex(({ record }) => record.seq > change.seq),
        );
        break;
    }
  }
}

function sameIssue(a: { key: string; issue: number }, b: { key: string; issue: number }): boolean {
  return a.key === b.key && a.issue === b.issue;
}
