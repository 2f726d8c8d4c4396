/**
 * The connection to the authority: when to connect, what to say first, when to ask for the time, what to send. Pure:
 * bytes, keys and the broker are the box's. Nothing here decides about a door, and no door waits for it.
 */
import { equalBytes } from "@lintel/protocol/base/bytes.ts";
import { unreachable } from "@lintel/protocol/base/invariant.ts";
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import { after, between, type Instant, type Millis, type Monotonic, millis } from "@lintel/protocol/base/units.ts";
import { LIMITS } from "./limits.ts";
import { acknowledge, need, nextToSend, type Outbox, outboxWake, type Range, reconnected, sent } from "./outbox.ts";

export interface LinkState {
  readonly phase:
    | { readonly kind: "waiting"; readonly until: Monotonic; readonly delay: Millis }
    | { readonly kind: "connecting"; readonly until: Monotonic; readonly delay: Millis }
    | { readonly kind: "connected"; readonly since: Monotonic; readonly delay: Millis };
  /** Rises with every attempt, so that the will of an old connection is told from the new one (facts mqtt 3). */
  readonly session: number;
  readonly outbox: Outbox;
  /** The question for the time that waits for its answer. */
  readonly asked: { readonly nonce: Uint8Array; readonly at: Monotonic } | null;
  readonly askTimeAt: Monotonic;
}

export type LinkInput =
  | { readonly kind: "connected" }
  | { readonly kind: "closed" }
  | { readonly kind: "ack"; readonly epoch: string; readonly seq: number; readonly oldest: number }
  | {
      readonly kind: "need";
      readonly epoch: string;
      readonly from: number;
      readonly to: number;
      readonly oldest: number;
    }
  /** The time is wanted before its hour: a command came that the clock cannot judge. */
  | { readonly kind: "want-time" }
  | { readonly kind: "time-answer"; readonly nonce: Uint8Array; readonly now: Instant }
  /** The journal grew. */
  | { readonly kind: "journal"; readonly head: number }
  /** The answer to `send`: what went out. */
  | { readonly kind: "sent"; readonly range: Range }
  | { readonly kind: "time" };

export type LinkEffect =
  | { readonly kind: "connect"; readonly session: number }
  | { readonly kind: "disconnect" }
  /** Subscribe, then say who is there: status, then birth. */
  | { readonly kind: "greet" }
  | { readonly kind: "ask-time"; readonly nonce: Uint8Array }
  /** To be answered by `sent` before any other input. */
  | { readonly kind: "send"; readonly range: Range }
  /** The cursor moved: make it durable when convenient. Lost, the authority says it again. */
  | { readonly kind: "acked"; readonly seq: number }
  /** `now` was true between the question and this moment. */
  | { readonly kind: "signed-time"; readonly now: Instant }
  | { readonly kind: "refused"; readonly what: string }
  | { readonly kind: "wake"; readonly at: Monotonic };

export interface LinkStep {
  readonly state: LinkState;
  readonly effects: readonly LinkEffect[];
}

export function startLink(outbox: Outbox, session: number, now: Monotonic): LinkState {
  const phase = { kind: "waiting", until: now, delay: LIMITS.reconnectMin } as const;
  return { phase, session, outbox, asked: null, askTimeAt: now };
}

export function stepLink(state: LinkState, input: LinkInput, now: Monotonic, random: RandomBytes): LinkStep {
  const step = stepInput(state, input, now);
  const ticked = tick(step.state, now, random);
  const effects = [...step.effects, ...ticked.effects];
  const wake = nextWake(ticked.state, now);
  return { state: ticked.state, effects: wake === null ? effects : [...effects, { kind: "wake", at: wake }] };
}

function stepInput(state: LinkState, input: LinkInput, now: Monotonic): LinkStep {
  switch (input.kind) {
    case "connected":
      if (state.phase.kind !== "connecting") return { state, effects: [] };
      return {
        state: {
          ...state,
          phase: { kind: "connected", since: now, delay: state.phase.delay },
          outbox: reconnected(state.outbox),
          asked: null,
          askTimeAt: now,
        },
        effects: [{ kind: "greet" }],
      };
    case "closed":
      return { state: closed(state, now), effects: [] };
    case "ack":
      return stepAck(state, input);
    case "need": {
      const asked = need(state.outbox, input, input.oldest);
      return asked.ok ? { state: { ...state, outbox: asked.value }, effects: [] } : refused(state, asked.error.kind);
    }
    case "time-answer":
      return stepTimeAnswer(state, input, now);
    case "want-time":
      // A question that is on its way is the one.
      return { state: state.asked === null ? { ...state, askTimeAt: now } : state, effects: [] };
    case "journal":
      return { state: { ...state, outbox: { ...state.outbox, head: input.head } }, effects: [] };
    case "sent":
      return { state: { ...state, outbox: sent(state.outbox, input.range, now) }, effects: [] };
    case "time":
      return { state, effects: [] };
    default:
      return unreachable(input);
  }
}

type InputOf<K extends LinkInput["kind"]> = Extract<LinkInput, { kind: K }>;

function stepAck(state: LinkState, ack: InputOf<"ack">): LinkStep {
  const taken = acknowledge(state.outbox, ack, ack.oldest);
  if (!taken.ok) return refused(state, taken.error.kind);
  const moved = taken.value.acked !== state.outbox.acked;
  return {
    state: { ...state, outbox: taken.value },
    effects: moved ? [{ kind: "acked", seq: taken.value.acked }] : [],
  };
}

function stepTimeAnswer(state: LinkState, { nonce, now: signed }: InputOf<"time-answer">, now: Monotonic): LinkStep {
  const { asked } = state;
  // Without our own nonce it is an answer of another day, played back.
  if (asked === null || !equalBytes(nonce, asked.nonce)) return refused(state, "unasked-time");
  const answered = { ...state, asked: null };
  if (now - asked.at > LIMITS.timeAnswer) {
    return { state: { ...answered, askTimeAt: after(now, LIMITS.timeRetry) }, effects: [] };
  }
  return {
    state: { ...answered, askTimeAt: after(now, LIMITS.timeInterval) },
    effects: [{ kind: "signed-time", now: signed }],
  };
}

function refused(state: LinkState, what: string): LinkStep {
  return { state, effects: [{ kind: "refused", what }] };
}

function closed(state: LinkState, now: Monotonic): LinkState {
  if (state.phase.kind === "waiting") return state;
  const stood = state.phase.kind === "connected" && between(state.phase.since, now) >= LIMITS.stands;
  const delay = stood ? LIMITS.reconnectMin : state.phase.delay;
  const longer = millis(Math.min(delay * 2, LIMITS.reconnectMax));
  return { ...state, phase: { kind: "waiting", until: after(now, delay), delay: longer }, asked: null };
}

/** What is due by now, whatever brought us here. */
function tick(state: LinkState, now: Monotonic, random: RandomBytes): LinkStep {
  const { phase } = state;
  if (phase.kind === "waiting") {
    if (now < phase.until) return { state, effects: [] };
    const session = state.session + 1;
    const until = after(now, LIMITS.connectWait);
    const connecting = { kind: "connecting", until, delay: phase.delay } as const;
    return { state: { ...state, session, phase: connecting }, effects: [{ kind: "connect", session }] };
  }
  if (phase.kind === "connecting") {
    if (now < phase.until) return { state, effects: [] };
    return { state: closed(state, now), effects: [{ kind: "disconnect" }] };
  }
  const effects: LinkEffect[] = [];
  let next = state;
  if (now >= state.askTimeAt) {
    const nonce = random(16);
    next = { ...state, asked: { nonce, at: now }, askTimeAt: after(now, LIMITS.timeRetry) };
    effects.push({ kind: "ask-time", nonce });
  }
  const range = nextToSend(next.outbox, now);
  if (range !== null) effects.push({ kind: "send", range });
  return { state: next, effects };
}

function nextWake({ phase, askTimeAt, outbox }: LinkState, now: Monotonic): Monotonic | null {
  if (phase.kind !== "connected") return phase.until;
  // What can be sent now has been given out as `send`; its answer brings the next wake.
  const resend = nextToSend(outbox, now) === null ? outboxWake(outbox) : null;
  return resend !== null && resend < askTimeAt ? resend : askTimeAt;
}
