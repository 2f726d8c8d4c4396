/**
 * The time of a rehearsal: it stands until it is moved, and then everything due happens in order, each at its own
 * instant. What is due at one instant happens in the order in which it was asked for, so that a run repeats itself.
 * One true time for all of a world; what a machine's clock shows of it is the machine's affair.
 */
import { invariant } from "@lintel/protocol/base/invariant.ts";
import { type Instant, instant, type Millis, type Monotonic, monotonic } from "@lintel/protocol/base/units.ts";
import type { Clock } from "../controller/clock.ts";
import { LIMITS } from "./limits.ts";

interface Due {
  at: number;
  readonly order: number;
  call: (() => void) | null;
}

export class ModelTime implements Clock {
  readonly #begin: Instant;
  #now = 0;
  #asked = 0;
  /** What has happened at this instant. */
  #happened = 0;
  /** A heap: the earliest first. */
  readonly #due: Due[] = [];
  /** Of them, those that were not taken back. */
  #pending = 0;

  /** Monotonic zero is `begin`. */
  constructor(begin: Instant) {
    this.#begin = begin;
  }

  now(): Monotonic {
    return monotonic(this.#now);
  }

  /** True time, in whole ms as every clock of ours shows it. */
  trueTime(at: number = this.#now): Instant {
    return instant(Math.floor(this.#begin + at));
  }

  /** The monotonic moment of an instant of true time. */
  momentOf(at: Instant): Monotonic {
    return monotonic(at - this.#begin);
  }

  /** Calls once, at `at` or, where that is past, next. The answer takes it back. */
  wake(at: Monotonic, call: () => void): () => void {
    this.#asked += 1;
    const due: Due = { at: Math.max(at, this.#now), order: this.#asked, call };
    this.#push(due);
    this.#pending += 1;
    return () => {
      if (due.call !== null) this.#pending -= 1;
      due.call = null;
    };
  }

  /** When something happens next; null: never. */
  get nextDue(): Monotonic | null {
    this.#dropTakenBack();
    const first = this.#due[0];
    return first === undefined ? null : monotonic(first.at);
  }

  /** Moves to `until`; what falls due on the way happens, also what is due at `until` itself. */
  passTo(until: Monotonic): void {
    invariant(until >= this.#now, "time does not go back", { now: this.#now, until });
    while (this.passOne(until));
    this.#now = until;
  }

  /** Does what is due next, if it is due by `until`. Answers whether there was anything. */
  passOne(until: Monotonic): boolean {
    this.#dropTakenBack();
    const first = this.#due[0];
    if (first === undefined || first.at > until) return false;
    this.#pop();
    this.#happened = first.at === this.#now ? this.#happened + 1 : 0;
    invariant(this.#happened < LIMITS.atOneInstant, "time goes on", { now: first.at });
    this.#now = first.at;
    this.#take(first)();
    return true;
  }

  /** How many things wait for their time. */
  get pending(): number {
    return this.#pending;
  }

  /** Everything that waits is put off by `length`, and so much time is over without anything having happened. */
  leap(length: Millis): void {
    invariant(length >= 0, "time does not go back", { length });
    this.#now += length;
    // All alike: the heap stays a heap.
    for (const due of this.#due) due.at += length;
  }

  #take(due: Due): () => void {
    const { call } = due;
    invariant(call !== null, "what was taken back is dropped");
    due.call = null;
    this.#pending -= 1;
    return call;
  }

  #dropTakenBack(): void {
    while (this.#due.length > 0 && this.#due[0]!.call === null) this.#pop();
  }

  #push(due: Due): void {
    const heap = this.#due;
    let at = heap.length;
    heap.push(due);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(due, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = due;
  }

  #pop(): void {
    const heap = this.#due;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
