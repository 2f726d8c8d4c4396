/**
 * One turn of the PD machine while it is being worked out: the state so far, the effects so far, and the few acts that
 * change both. Lives for one call of `stepPd`; nothing of it is kept.
 */
import type { RandomBytes } from "../base/random.ts";
import type { Monotonic } from "../base/units.ts";
import { encodeFrame, type FrameHeader, type SecurityBlock } from "./frame.ts";
import type { Asked, LinkState, PdCount, PdEffect, PdState, QueuedEvent } from "./pd.ts";
import { encodeReply, type NAK_REASONS, nak, type Reply } from "./replies.ts";
import { sealFrame } from "./secure.ts";

export interface Turn {
  state: PdState;
  readonly effects: PdEffect[];
  readonly now: Monotonic;
  readonly random: RandomBytes;
}

export function count(turn: Turn, what: PdCount): void {
  turn.effects.push({ kind: "counted", what });
}

export function changeLink(turn: Turn, change: Partial<LinkState>): void {
  turn.state = { ...turn.state, link: { ...turn.state.link, ...change } };
}

/**
 * Answers a command: sealed if it was, kept for its repetition, and never again worked out.
 * `before`: the link as it was before the command, to which BUSY goes back.
 */
export function answer(
  turn: Turn,
  asked: Asked,
  reply: Reply,
  before: LinkState,
  scb: SecurityBlock | null = null,
): void {
  if (reply.name === "BUSY") {
    // Clear, number 0, not kept, the MAC chain untouched: the CP repeats the same bytes later (facts osdp 2).
    turn.state = { ...turn.state, link: before };
    count(turn, "busy");
    turn.effects.push({ kind: "send", bytes: clearFrame({ ...asked, sequence: 0 }, reply, null) });
    return;
  }
  const { session } = turn.state.link;
  let bytes: Uint8Array;
  if (asked.sealed && session !== null) {
    const sealed = sealFrame(session.session, { ...headerOf(asked), ...encodeReply(reply) });
    changeLink(turn, { session: { ...session, session: sealed.session } });
    bytes = sealed.bytes;
  } else {
    bytes = clearFrame(asked, reply, scb);
  }
  changeLink(turn, { last: { sequence: asked.sequence, command: asked.bytes, reply: bytes } });
  turn.effects.push({ kind: "send", bytes });
}

/** A NAK in clear that changes nothing and is not kept: for what was not taken as a command at all. */
export function refuse(turn: Turn, header: FrameHeader, reason: keyof typeof NAK_REASONS): void {
  turn.effects.push({ kind: "send", bytes: clearFrame(header, nak(reason), null) });
}

/** Back to clear: the CP begins again with number 0 or CHLNG. Whoever typed is not waited for. */
export function dropSession(turn: Turn): void {
  if (turn.state.link.session === null) return;
  changeLink(turn, { expected: null, last: null, handshake: null, session: null });
  turn.effects.push({ kind: "secure", on: false, key: null });
  dropEvents(turn, isEntry, { alsoOffered: true });
}

/** KEYPAD and RAW: what a person presented. */
export function isEntry({ reply }: QueuedEvent): boolean {
  return reply.name === "KEYPAD" || reply.name === "RAW";
}

/** Takes events out of the queue and says how many keypresses were among them. */
export function dropEvents(
  turn: Turn,
  which: (event: QueuedEvent) => boolean,
  { alsoOffered }: { readonly alsoOffered: boolean },
): void {
  const { queue, offered } = turn.state;
  const kept = queue.filter((event, at) => (offered && at === 0 && !alsoOffered) || !which(event));
  if (kept.length === queue.length) return;
  const gone = queue.filter((event) => !kept.includes(event));
  turn.state = { ...turn.state, queue: kept, offered: offered && kept[0] === queue[0] };
  const keypresses = gone.reduce((sum, { reply }) => sum + (reply.name === "KEYPAD" ? reply.keys.length : 0), 0);
  if (keypresses > 0) turn.effects.push({ kind: "dropped-keypresses", count: keypresses });
  if (gone.some(({ reply }) => reply.name !== "KEYPAD")) count(turn, "event-dropped");
}

function headerOf({ address, sequence, check }: FrameHeader): FrameHeader {
  // The address as it was asked, 0x7F too, and the kind of check the CP can do (facts osdp 1).
  return { address, reply: true, sequence, check };
}

function clearFrame(asked: FrameHeader, reply: Reply, scb: SecurityBlock | null): Uint8Array {
  return encodeFrame({ ...headerOf(asked), scb, ...encodeReply(reply) });
}
