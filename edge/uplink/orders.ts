/**
 * Whether a command of the authority is executed: once, in time, and never after a newer one. What it asks of a door is
 * not looked at here. Pure: the signature was verified by the inbox, what is durable is the box's.
 */
import { invariant } from "@lintel/protocol/base/invariant.ts";
import { after, type Instant, type Monotonic } from "@lintel/protocol/base/units.ts";
import { hashOf } from "@lintel/protocol/keyset/transport.ts";
import type { ActOutcome, ActRefusal, DoorAct } from "@lintel/protocol/mqtt/command.ts";
import type { Message } from "@lintel/protocol/mqtt/envelope.ts";
import { LIMITS } from "./limits.ts";

/** A signed command for this edge. */
export interface Order {
  /** Of the message; the answer names it. */
  readonly id: Uint8Array;
  /** SHA-256 of the message, 64 hex digits: the very same message has the same. */
  readonly digest: string;
  readonly n: number;
  readonly act: DoorAct;
  /** Who asked, as the authority says. */
  readonly by: string;
  /** Not executed from this instant on. */
  readonly end: Instant;
}

/** Null: it has no end. */
export function orderOf({ id, exp, body }: Message<"command">, payload: Uint8Array): Order | null {
  return exp === null ? null : { ...body, id, digest: hashOf(payload), end: exp };
}

/** What became of a command. */
export interface Executed {
  readonly n: number;
  readonly digest: string;
  readonly outcome: ActOutcome;
}

export interface Orders {
  /** The highest number that was executed or refused for good; 0: none was. It never falls. */
  readonly highest: number;
  /** What the newest commands came to, the oldest first: their repetitions are answered from here. */
  readonly answered: readonly (Executed & { readonly until: Monotonic })[];
}

/** Why a command is not executed: a word for the record. */
export type OrderRefusal = "clock-unknown" | "expired" | "end-too-far" | "stale";

export type Judgement =
  | { readonly kind: "execute" }
  /** It was executed, or refused for good: its answer was lost, or somebody plays it back. */
  | { readonly kind: "again"; readonly outcome: ActOutcome }
  | { readonly kind: "refuse"; readonly why: OrderRefusal; readonly answer: ActRefusal };

/** `last`: as it is stored. After a restart within the lifetime of a command its repetition is told from a new one. */
export function startOrders(last: Executed | null, now: Monotonic): Orders {
  const none: Orders = { highest: 0, answered: [] };
  return last === null ? none : settled(none, last, now);
}

/** `time`: null where the authority did not tell it; then nothing is executed, as no end could be judged. */
export function judgeOrder(orders: Orders, order: Order, time: Instant | null, now: Monotonic): Judgement {
  const held = orders.answered.find(({ digest, until }) => digest === order.digest && now < until);
  if (held !== undefined) return { kind: "again", outcome: held.outcome };
  if (time === null) return { kind: "refuse", why: "clock-unknown", answer: "clock-unknown" };
  if (time >= order.end) return { kind: "refuse", why: "expired", answer: "stale" };
  // The authority gives seconds. Where more are left, this clock is behind, and a broker could keep it for so long.
  if (order.end > after(time, LIMITS.orderAhead)) {
    return { kind: "refuse", why: "end-too-far", answer: "clock-unknown" };
  }
  if (order.n <= orders.highest) return { kind: "refuse", why: "stale", answer: "stale" };
  return { kind: "execute" };
}

/** After a command came to its outcome, whatever it is: it is not executed again, nor any older one. */
export function settled({ highest, answered }: Orders, executed: Executed, now: Monotonic): Orders {
  invariant(executed.n > highest, "the numbers of executed commands rise", { highest, n: executed.n });
  const kept = answered.filter(({ until }) => now < until).slice(-(LIMITS.ordersKept - 1));
  return {
    highest: executed.n,
    answered: [...kept, { ...executed, until: after(now, LIMITS.orderKept) }],
  };
}
