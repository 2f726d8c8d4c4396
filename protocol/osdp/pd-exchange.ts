/**
 * One frame from the line: whether it is for us, whether it is new, a repetition or out of order, and whether its seal
 * holds. What it asks is worked out in pd-commands, at most once for each command.
 * Number 0 is always a new command: it throws away the last reply, the expected number and the session (facts osdp 2).
 */
import { equalBytes } from "../base/bytes.ts";
import { CAP, CHLNG, COMSET, ID } from "./commands.ts";
import type { Deframed } from "./deframe.ts";
import { CONFIGURATION_ADDRESS, carriesMac, type Frame, type FrameHeader } from "./frame.ts";
import type { Asked, LinkState, PdState } from "./pd.ts";
import { mayTakeInClear, take } from "./pd-commands.ts";
import { answer, changeLink, count, dropEvents, dropSession, refuse, type Turn } from "./pd-turn.ts";
import { nak } from "./replies.ts";
import { openFrame, SCS } from "./secure.ts";

export function meet(turn: Turn, item: Deframed): void {
  const { address } = turn.state.settings;
  switch (item.kind) {
    case "bad-check":
      count(turn, "bad-check");
      // Number and session stay: the CP repeats the same bytes. Anything but an own command is nobody's business.
      if (item.quiet && !item.header.reply && item.header.address === address) refuse(turn, item.header, "badCheck");
      return;
    case "malformed":
      if (!item.header.reply && item.header.address === address) meetMalformed(turn, item.header);
      return;
    case "frame":
      if (isForUs(turn.state, item.frame)) meetFrame(turn, item.frame);
      return;
  }
}

function isForUs(state: PdState, frame: Frame): boolean {
  if (frame.reply) return false;
  if (frame.address === state.settings.address) return true;
  // 0x7F: only what finds and sets up a single PD, and nothing that would disturb a running session.
  const asks = frame.code === ID.code || frame.code === CAP.code || frame.code === COMSET.code;
  const disturbs = state.link.session !== null && frame.sequence !== 0;
  return frame.address === CONFIGURATION_ADDRESS && asks && frame.scb === null && !disturbs;
}

function meetFrame(turn: Turn, frame: Frame): void {
  hear(turn);
  const order = orderOf(turn.state, frame);
  if (order === "new") meetNew(turn, frame);
  else if (order === "repeated") repeat(turn, frame);
  else meetWrongNumber(turn, frame);
}

function hear(turn: Turn): void {
  const { lastFrameAt } = turn.state;
  turn.state = { ...turn.state, lastFrameAt: turn.now };
  if (lastFrameAt === null) turn.effects.push({ kind: "link", online: true });
}

type Order = "new" | "repeated" | "wrong";

function orderOf({ link }: PdState, frame: Frame): Order {
  if (frame.sequence === 0) return "new";
  const { last, expected } = link;
  const isLast = last !== null && last.sequence === frame.sequence;
  if (isLast && equalBytes(last.command, frame.bytes)) return "repeated";
  // A CP that lost its session does not know our number: CHLNG is taken at any.
  if (isChallenge(frame)) return "new";
  return !isLast && frame.sequence === expected ? "new" : "wrong";
}

function isChallenge(frame: Frame): boolean {
  return frame.code === CHLNG.code && frame.scb?.type === SCS.chlng;
}

function isSealed(frame: Frame): boolean {
  return frame.scb !== null && carriesMac(frame.scb.type);
}

/** The same bytes again, from the cache: done once, and the MAC chain does not move. */
function repeat(turn: Turn, frame: Frame): void {
  const { link, offered, queue } = turn.state;
  count(turn, "repeated");
  const expires = offered ? (queue[0]?.expires ?? null) : null;
  if (expires !== null && turn.now >= expires) {
    // Keypresses that grew old in the cache. Only a new start can leave them out.
    dropEvents(turn, (event) => event === queue[0], { alsoOffered: true });
    dropSession(turn);
    changeLink(turn, { expected: null, last: null });
    refuse(turn, frame, "sequence");
  } else if (link.last !== null) turn.effects.push({ kind: "send", bytes: link.last.reply });
}

/** Out of order, or the number of the last command with other bytes. Ends a session; otherwise changes nothing. */
function meetWrongNumber(turn: Turn, frame: Frame): void {
  const inSession = turn.state.link.session !== null;
  if (inSession && !isSealed(frame)) {
    refuseClear(turn, frame);
    return;
  }
  dropSession(turn);
  // A keyed PD says what it lacks whatever the number, also after a restart (facts osdp 6).
  const lacksSession = isSealed(frame) ? !inSession : !mayTakeInClear(turn.state, frame.code);
  count(turn, lacksSession ? "not-permitted" : "wrong-number");
  refuse(turn, frame, lacksSession ? "encryptionRequired" : "sequence");
}

/** Clear text in a session, from whoever: the session ends, and nothing of it is done. */
function refuseClear(turn: Turn, frame: Frame): void {
  dropSession(turn);
  count(turn, "clear-in-session");
  refuse(turn, frame, "encryptionRequired");
}

/** A right check around a security block that does not fit or has no room for its MAC. */
function meetMalformed(turn: Turn, header: FrameHeader): void {
  hear(turn);
  count(turn, "malformed");
  const inSession = turn.state.link.session !== null;
  dropSession(turn);
  refuse(turn, header, inSession ? "encryptionRequired" : "securityBlock");
}

function meetNew(turn: Turn, frame: Frame): void {
  // The CP goes on, so it has the event we sent.
  if (turn.state.offered) turn.state = { ...turn.state, queue: turn.state.queue.slice(1), offered: false };
  if (frame.sequence === 0) {
    dropSession(turn);
    changeLink(turn, { last: null, handshake: null });
  }
  if (isChallenge(frame)) dropSession(turn);
  const { session } = turn.state.link;
  if (session !== null && !isSealed(frame)) {
    refuseClear(turn, frame);
    return;
  }
  const before: LinkState = { ...turn.state.link, expected: frame.sequence };
  changeLink(turn, { expected: (frame.sequence % 3) + 1 });
  const asked: Asked = { ...frame, sealed: session !== null };
  if (session === null && isSealed(frame)) {
    count(turn, "not-permitted");
    answer(turn, asked, nak("encryptionRequired"), before);
  } else if (session === null) {
    take(turn, asked, frame, before);
  } else {
    meetSealed(turn, session, { frame, asked, before });
  }
}

function meetSealed(
  turn: Turn,
  { key, session }: NonNullable<LinkState["session"]>,
  { frame, asked, before }: { readonly frame: Frame; readonly asked: Asked; readonly before: LinkState },
): void {
  const opened = openFrame(session, frame);
  if (!opened.ok) {
    // Every broken seal looks the same from outside, and one is enough (facts osdp 9.7, 9.8).
    dropSession(turn);
    count(turn, "bad-seal");
    refuse(turn, frame, "encryptionRequired");
    return;
  }
  changeLink(turn, { session: { key, session: opened.value.session } });
  take(turn, asked, { scb: null, code: opened.value.code, data: opened.value.data }, before);
}
