/**
 * Which faults stand in a rehearsed world, and when those with a length end. Their ends are no wakes of the model's
 * clock: a leap over what is quiet would put those off.
 */
import { after, type Monotonic } from "@lintel/protocol/base/units.ts";
import type { Fault } from "../../board/faults/fault.ts";

export interface StandingFault {
  readonly fault: Fault;
  /** At which door it was asked for; null for one of the whole site. */
  readonly door: string | null;
  /** Null: it stands until it is taken off. */
  readonly until: Monotonic | null;
}

export class StandingFaults {
  /** By name and by what it befalls. */
  readonly #standing = new Map<string, StandingFault>();

  /** `place`: what it befalls, by a name of its own. In the place of the same fault that stands there already. */
  begin(place: string, door: string | null, fault: Fault, now: Monotonic): void {
    const key = `${fault.kind.name} ${place}`;
    this.#standing.delete(key);
    if (!fault.kind.lasts) return;
    this.#standing.set(key, { fault, door, until: fault.lasting === null ? null : after(now, fault.lasting) });
  }

  has(place: string, fault: Fault): boolean {
    return this.#standing.has(`${fault.kind.name} ${place}`);
  }

  end(place: string, fault: Fault): void {
    this.#standing.delete(`${fault.kind.name} ${place}`);
  }

  /** The first to end by itself by then; of several at one instant the one that began first. Null: none does. */
  nextEnd(by: Monotonic): (StandingFault & { readonly until: Monotonic }) | null {
    let first: (StandingFault & { readonly until: Monotonic }) | null = null;
    for (const { until, ...rest } of this.#standing.values()) {
      if (until !== null && until <= by && (first === null || until < first.until)) first = { ...rest, until };
    }
    return first;
  }
}
