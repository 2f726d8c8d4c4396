/**
 * Messages that were not taken: all are counted, and one a minute of each kind is recorded, with how many there were.
 * So a hostile broker can fill neither the journal nor the memory.
 */
import { after, type Monotonic } from "@lintel/protocol/base/units.ts";
import { LIMITS } from "./limits.ts";

interface Counted {
  since: number;
  recordAt: Monotonic;
}

const OTHERS = "others";

export class Refusals {
  readonly #kinds = new Map<string, Counted>();

  /** Counts one. A number: record it now, so many came since the last record. Null: counted only. */
  count(kind: string, now: Monotonic): number | null {
    const held = this.#kinds.get(kind);
    if (held === undefined) {
      // What comes beyond is told under one name.
      if (this.#kinds.size >= LIMITS.refusalKinds && kind !== OTHERS) return this.count(OTHERS, now);
      this.#kinds.set(kind, { since: 0, recordAt: after(now, LIMITS.refusalPause) });
      return 1;
    }
    held.since += 1;
    if (now < held.recordAt) return null;
    const { since } = held;
    held.since = 0;
    held.recordAt = after(now, LIMITS.refusalPause);
    return since;
  }
}
