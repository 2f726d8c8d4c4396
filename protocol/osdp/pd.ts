/**
 * The PD link machine: which frames are answered, once, and what a Controller takes with and without a key.
 * Here: its inputs and effects, the silence that ends a session, and the events that wait for a POLL.
 * Its parts: pd-turn (what a turn changes and sends), pd-exchange (sequence and seals), pd-commands (permissions and
 * meaning). Pure: time, randomness and the firmware's answers come in as values.
 * Rules: facts osdp 1, 2, 6, 8, 9, 10; design 3 and 4.
 */
import { invariant, unreachable } from "../base/invariant.ts";
import type { RandomBytes } from "../base/random.ts";
import type { Secret } from "../base/secret.ts";
import { after, type Millis, type Monotonic } from "../base/units.ts";
import type { Command } from "./commands.ts";
import { type Deframed, deframe, gapEnds, IDLE_LINE, type LineState } from "./deframe.ts";
import type { FrameHeader } from "./frame.ts";
import { LIMITS } from "./limits.ts";
import { meet } from "./pd-exchange.ts";
import { answer, dropEvents, dropSession, isEntry, type Turn } from "./pd-turn.ts";
import type { Capability, PdIdentity, Reply, ReplyName } from "./replies.ts";
import { type Handshake, isWeakScbk, type KeyKind, type Session } from "./secure.ts";

export interface PdSettings {
  /** 0..0x7E. */
  readonly address: number;
  readonly baud: number;
  readonly identity: PdIdentity;
  readonly capabilities: readonly Capability[];
  /** Null: unkeyed. A keyed PD answers nothing of weight in clear. */
  readonly scbk: Secret | null;
  /** Takes SCBK-D, until the first KEYSET. */
  readonly install: boolean;
  /** `sim --clear`: everything in clear but KEYSET. Never together with an SCBK. */
  readonly clear: boolean;
}

export type PdInput =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "time" }
  /** The firmware's answer to the last `execute`; given before any other input. */
  | { readonly kind: "answer"; readonly reply: Reply }
  /** An event for a later POLL, oldest first. `expires`: dropped from then on; KEYPAD expires 5 s after the key. */
  | { readonly kind: "queue"; readonly reply: Reply; readonly expires: Monotonic | null }
  /** Takes back what waits under these names and was not sent: the firmware tells it anew, as it is now. */
  | { readonly kind: "withdraw"; readonly names: readonly Exclude<ReplyName, "KEYPAD">[] };

/** Done in order, each after the one before it. */
export type PdEffect =
  | { readonly kind: "send"; readonly bytes: Uint8Array }
  /** Answered by the input `answer`. Never twice for one command, unless that answer was BUSY. */
  | { readonly kind: "execute"; readonly command: Command }
  /** KEYSET was taken: the key is stored before its ACK, whose `send` follows. Also ends install mode. */
  | { readonly kind: "keyed"; readonly scbk: Secret }
  /** COMSET was taken: stored before its reply, whose `send` follows. */
  | { readonly kind: "comset"; readonly address: number; readonly baud: number }
  /** The reply to a COMSET was sent: from here on the line runs so. */
  | { readonly kind: "moved"; readonly address: number; readonly baud: number }
  | { readonly kind: "link"; readonly online: boolean }
  | { readonly kind: "secure"; readonly on: boolean; readonly key: KeyKind | null }
  /** Keypresses nobody will be sent. */
  | { readonly kind: "dropped-keypresses"; readonly count: number }
  | { readonly kind: "counted"; readonly what: PdCount }
  /** Asks for the input `time` then. Replaces the wake before it; late or twice does no harm. */
  | { readonly kind: "wake"; readonly at: Monotonic };

/** What a PD counts about its line. Never more than one of a kind for one frame. */
export type PdCount =
  | "noise"
  | "bad-check"
  | "malformed"
  | "repeated"
  | "wrong-number"
  | "clear-in-session"
  | "bad-seal"
  | "bad-cryptogram"
  | "not-permitted"
  | "busy"
  | "event-dropped";

/** A session stands, and nothing waits to be told or answered. */
export function isIdle({ line, inbox, lastFrameAt, link, awaiting, queue }: PdState): boolean {
  const waits = inbox.length > 0 || awaiting !== null || queue.length > 0 || line.rest.length > 0;
  return lastFrameAt !== null && link.session !== null && !waits;
}

/** As `skipIdle` of the CP: the idle link after `length` ms of nothing but polls. */
export function skipIdle(state: PdState, length: Millis): PdState {
  invariant(isIdle(state), "only an idle link is moved on");
  return {
    ...state,
    lastFrameAt: after(state.lastFrameAt!, length),
    wakeAt: state.wakeAt === null ? null : after(state.wakeAt, length),
  };
}

export interface PdStep {
  readonly state: PdState;
  readonly effects: readonly PdEffect[];
}

/** A command and the bytes that answered it, kept for the repetition. */
export interface Exchange {
  readonly sequence: number;
  readonly command: Uint8Array;
  readonly reply: Uint8Array;
}

/** What a BUSY leaves as it was, so that the command can come again with the same bytes. */
export interface LinkState {
  /** The number of the next new command; null: only 0, which starts over. */
  readonly expected: number | null;
  readonly last: Exchange | null;
  /** Between CCRYPT and SCRYPT. */
  readonly handshake: { readonly key: KeyKind; readonly handshake: Handshake } | null;
  readonly session: { readonly key: KeyKind; readonly session: Session } | null;
}

export interface QueuedEvent {
  readonly reply: Reply;
  readonly expires: Monotonic | null;
}

export interface PdState {
  readonly settings: PdSettings;
  readonly line: LineState;
  /** Received behind a command that still waits for its answer. Never longer than one input of bytes can make it. */
  readonly inbox: readonly Deframed[];
  /** Null: offline. */
  readonly lastFrameAt: Monotonic | null;
  readonly link: LinkState;
  /** The command that the firmware executes, and the link as it was before it. */
  readonly awaiting: { readonly asked: Asked; readonly before: LinkState } | null;
  /** At most LIMITS.osdpQueuedEvents. */
  readonly queue: readonly QueuedEvent[];
  /** The first of `queue` was sent. It leaves when the next new command shows that it arrived. */
  readonly offered: boolean;
  readonly wakeAt: Monotonic | null;
}

/** A command as far as its answer needs it. */
export interface Asked extends FrameHeader {
  readonly sealed: boolean;
  /** The whole frame, for the repetition. */
  readonly bytes: Uint8Array;
}

export function startPd(settings: PdSettings, _now: Monotonic): PdState {
  invariant(settings.address >= 0 && settings.address <= 0x7e, "a PD has an address of its own");
  invariant(!settings.clear || (settings.scbk === null && !settings.install), "a PD in clear has no key");
  invariant(settings.scbk === null || !isWeakScbk(settings.scbk), "an installed SCBK is no weak one");
  return {
    settings,
    line: IDLE_LINE,
    inbox: [],
    lastFrameAt: null,
    link: { expected: null, last: null, handshake: null, session: null },
    awaiting: null,
    queue: [],
    offered: false,
    wakeAt: null,
  };
}

export function stepPd(state: PdState, input: PdInput, now: Monotonic, random: RandomBytes): PdStep {
  const turn: Turn = { state, effects: [], now, random };
  if (input.kind !== "answer") invariant(state.awaiting === null, "a command is answered before any other input");
  endSilence(turn);
  dropEvents(turn, ({ expires }) => expires !== null && now >= expires, { alsoOffered: false });
  switch (input.kind) {
    case "bytes":
      takeBytes(turn, input.bytes);
      break;
    case "time":
      // A timer may come a little early: whatever is still due is asked for again.
      turn.state = { ...turn.state, wakeAt: null };
      takeBytes(turn, new Uint8Array(0));
      break;
    case "answer":
      takeAnswer(turn, input.reply);
      break;
    case "queue":
      queueEvent(turn, input);
      break;
    case "withdraw":
      dropEvents(turn, ({ reply }) => input.names.some((name) => name === reply.name), { alsoOffered: false });
      break;
    default:
      return unreachable(input);
  }
  askForWake(turn);
  return { state: turn.state, effects: turn.effects };
}

/** 8 s without a frame for us: the CP is gone, and whoever comes next starts over. */
function endSilence(turn: Turn): void {
  const { lastFrameAt } = turn.state;
  if (lastFrameAt === null || turn.now < after(lastFrameAt, LIMITS.osdpOffline)) return;
  dropSession(turn);
  turn.state = {
    ...turn.state,
    lastFrameAt: null,
    offered: false,
    link: { expected: null, last: null, handshake: null, session: null },
  };
  turn.effects.push({ kind: "link", online: false });
}

function takeBytes(turn: Turn, bytes: Uint8Array): void {
  const { line, items, skipped } = deframe(turn.state.line, bytes, turn.now);
  if (skipped > 0) turn.effects.push({ kind: "counted", what: "noise" });
  turn.state = { ...turn.state, line, inbox: items };
  workInbox(turn);
}

function workInbox(turn: Turn): void {
  while (turn.state.awaiting === null) {
    const [first, ...rest] = turn.state.inbox;
    if (first === undefined) return;
    turn.state = { ...turn.state, inbox: rest };
    meet(turn, first);
  }
}

function takeAnswer(turn: Turn, reply: Reply): void {
  const { awaiting } = turn.state;
  invariant(awaiting !== null, "an answer belongs to a command");
  turn.state = { ...turn.state, awaiting: null };
  answer(turn, awaiting.asked, reply, awaiting.before);
  workInbox(turn);
}

/** KEYPAD and RAW only where they will be fetched sealed, or in `clear`: not for whoever listens (design 4). */
function queueEvent(turn: Turn, event: QueuedEvent): void {
  const { settings, link, queue, offered } = turn.state;
  turn.state = { ...turn.state, queue: [...queue, event] };
  if (isEntry(event) && !settings.clear && link.session?.key !== "scbk") {
    dropEvents(turn, (each) => each === event, { alsoOffered: false });
  } else if (turn.state.queue.length > LIMITS.osdpQueuedEvents) {
    const oldest = turn.state.queue[offered ? 1 : 0];
    dropEvents(turn, (each) => each === oldest, { alsoOffered: false });
  }
}

function askForWake(turn: Turn): void {
  const { line, lastFrameAt, queue, wakeAt } = turn.state;
  const due = queue.map(({ expires }) => expires).filter((expires) => expires !== null && expires > turn.now);
  due.push(gapEnds(line), lastFrameAt === null ? null : after(lastFrameAt, LIMITS.osdpOffline));
  const times = due.filter((time) => time !== null);
  if (times.length === 0) return;
  const at = times.reduce((earliest, time) => (time < earliest ? time : earliest));
  if (wakeAt !== null && wakeAt > turn.now && wakeAt <= at) return;
  turn.state = { ...turn.state, wakeAt: at };
  turn.effects.push({ kind: "wake", at });
}
