/**
 * The time of a rehearsal: it stands until it is moved, and then everything due happens in order, each at its own
 * instant. What is due at one instant happens in the order in which it was asked for, so that a run repeats itself.
 * One true time for all of a world; what a machine's clock shows of it is the machine's affair. Two kinds of things wait:
 * what happens at its moment, and what goes on by itself, which a leap puts off (skipping.ts).
 */
import { invariant } from "@lintel/protocol/base/invariant.ts";
import { type Instant, instant, type Millis, type Monotonic, monotonic } from "@lintel/protocol/base/units.ts";
import type { Clock } from "../controller/clock.ts";

interface Due {
  at: number;
  readonly order: number;
  call: (() => void) | null;
}

export class ModelTime implements Clock {
  readonly #begin: Instant;
  #now = 0;
  #asked = 0;
  /** What stays at its moment. */
  readonly #happens = new Agenda();
  /** What goes on by itself, and moves on with a leap. */
  readonly #goesOn = new Agenda();

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

  /** Calls once, at `at` or, where that is past, next. The answer takes it back. No leap passes over it. */
  wake(at: Monotonic, call: () => void): () => void {
    return this.#ask(this.#happens, at, call);
  }

  /**
   * The same for what goes on while nothing happens: bytes on a line, and the timers of machines that are polled. A leap
   * puts it off, and whoever asked for a time of its own asks anew.
   */
  readonly goingOn: Clock = {
    now: () => this.now(),
    wake: (at, call) => this.#ask(this.#goesOn, at, call),
  };

  /** When something happens that does not go on by itself; null: nothing will. */
  get nextHappening(): Monotonic | null {
    const first = this.#happens.first;
    return first === null ? null : monotonic(first.at);
  }

  /** Moves to `until`; what falls due on the way happens, also what is due at `until` itself. */
  passTo(until: Monotonic): void {
    invariant(until >= this.#now, "time does not go back", { now: this.#now, until });
    while (this.passOne(until));
    this.#now = until;
  }

  /** Does what is due next, if it is due by `until`. Answers whether there was anything. */
  passOne(until: Monotonic): boolean {
    const happens = this.#happens.first;
    const goesOn = this.#goesOn.first;
    const agenda = goesOn === null || (happens !== null && isBefore(happens, goesOn)) ? this.#happens : this.#goesOn;
    const due = agenda.first;
    if (due === null || due.at > until) return false;
    const call = agenda.take();
    this.#now = due.at;
    call();
    return true;
  }

  /** How many things wait for their time. */
  get pending(): number {
    return this.#happens.pending + this.#goesOn.pending;
  }

  /** So much time is over in which nothing happened; what goes on by itself is put off by as much. */
  leap(length: Millis): void {
    invariant(length >= 0, "time does not go back", { length });
    this.#now += length;
    invariant((this.#happens.first?.at ?? this.#now) >= this.#now, "a leap passes over nothing", { now: this.#now });
    this.#goesOn.putOff(length);
  }

  #ask(agenda: Agenda, at: Monotonic, call: () => void): () => void {
    this.#asked += 1;
    return agenda.add({ at: Math.max(at, this.#now), order: this.#asked, call });
  }
}

/** What is due, the earliest first. */
class Agenda {
  /** A heap. */
  readonly #due: Due[] = [];
  /** Of it, what was not taken back. */
  #pending = 0;

  get pending(): number {
    return this.#pending;
  }

  get first(): Due | null {
    while (this.#due.length > 0 && this.#due[0]!.call === null) this.#pop();
    return this.#due[0] ?? null;
  }

  add(due: Due): () => void {
    this.#push(due);
    this.#pending += 1;
    return () => {
      if (due.call !== null) this.#pending -= 1;
      due.call = null;
    };
  }

  /** Takes the first out. */
  take(): () => void {
    const due = this.#due[0]!;
    const { call } = due;
    invariant(call !== null, "what was taken back is dropped");
    this.#pop();
    due.call = null;
    this.#pending -= 1;
    return call;
  }

  putOff(length: Millis): void {
    // All alike: the heap stays a heap.
    for (const due of this.#due) due.at += length;
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
