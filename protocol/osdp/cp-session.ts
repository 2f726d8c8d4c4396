/**
 * The life of a session: which command is next, what an answer means, and when an answer ends the session. With
 * `clear` the same without seals, for a bench. Facts osdp 2, 6 and 9; rhythm: design 3.
 */
import { after, type Monotonic } from "../base/units.ts";
import { traitsOf } from "./commands.ts";
import {
  doubt,
  numberAfter,
  sendClear,
  sendSealed,
  startOver,
  startOverTroubled,
  waitToRepeat,
} from "./cp-exchange.ts";
import { giveKey, keysetAnswered } from "./cp-handshake.ts";
import {
  andThen,
  type CpState,
  type CpStep,
  countedAs,
  type Exchange,
  pollInterval,
  type Queued,
  step,
} from "./cp-state.ts";
import type { Frame } from "./frame.ts";
import { decodeReply, NAK_REASONS, type Reply } from "./replies.ts";
import { openFrame } from "./secure.ts";

/** Urgent commands, then a poll that is due and the other commands by turns, so that neither waits for all of the other. */
export function sessionTurn(state: CpState, now: Monotonic): CpStep {
  if (state.phase.kind === "confirm") return sendSealed(state, { name: "ID", kind: 0 }, null, now);
  const [urgent, ...moreUrgent] = state.urgent;
  if (urgent !== undefined) return send({ ...state, urgent: moreUrgent }, urgent, now);
  const pollDue = now >= state.pollAt;
  const [next, ...more] = state.queue;
  if (next !== undefined && (state.polledLast || !pollDue)) return send({ ...state, queue: more }, next, now);
  const rotates = state.pairing !== null && !state.pairing.given && next === undefined;
  if (rotates && state.session !== null) return giveKey(state, now);
  return pollDue ? send(state, { command: { name: "POLL" }, tag: null }, now) : step(state);
}

function send(
  state: CpState,
  { command, tag }: Pick<Queued, "command"> & { tag: Queued["tag"] | null },
  now: Monotonic,
) {
  if (state.session !== null) return sendSealed(state, command, tag, now);
  return sendClear(state, { command, tag, number: numberAfter(state.number), scb: null }, now);
}

/** A reply inside a session. Order: number, seal, meaning (facts osdp 6, "Order in"). */
export function sessionReply(state: CpState, exchange: Exchange, frame: Frame, now: Monotonic): CpStep {
  if (state.session === null) return step(state);
  const sealed = frame.mac !== null;
  if (!sealed) return unsealed(state, exchange, frame, now);
  if (frame.sequence !== exchange.number) return step(countedAs(state, "misfits"));
  const opened = openFrame(state.session, frame);
  if (!opened.ok) {
    // Closed at the first: each try at a 32-bit MAC costs a whole handshake.
    const over = startOverTroubled(countedAs(state, "badMacs"), now);
    return { state: over.state, effects: [...over.effects, { kind: "alarm", what: "bad-mac" }] };
  }
  const { session, code, data } = opened.value;
  const decoded = decodeReply(code, data);
  return answered({ ...state, session, heardAt: now }, exchange, decoded.ok ? decoded.value : null, now);
}

/** In a session only NAK 1 is heeded unsealed, and only as "say it again". Numbers are no proof: a restarted PD says 0. */
function unsealed(state: CpState, exchange: Exchange, frame: Frame, now: Monotonic): CpStep {
  const decoded = frame.scb === null ? decodeReply(frame.code, frame.data) : null;
  const reply = decoded?.ok ? decoded.value : null;
  const nak = reply?.name === "NAK" ? reply.error : null;
  if (nak === NAK_REASONS.badCheck && frame.sequence === exchange.number) return waitToRepeat(state, exchange, now);
  const late = frame.sequence !== exchange.number && frame.sequence !== 0;
  return late ? step(countedAs(state, "misfits")) : doubt(state, exchange, now);
}

/** A reply in a `clear` link. What cannot be read was still an answer: the PD says the same again if asked again. */
export function clearReply(state: CpState, exchange: Exchange, frame: Frame, now: Monotonic): CpStep {
  const decoded = decodeReply(frame.code, frame.data);
  const reply = decoded.ok ? decoded.value : null;
  const nak = reply?.name === "NAK" ? reply.error : null;
  // A PD that was restarted says so with number 0.
  if (nak === NAK_REASONS.sequence && frame.scb === null) return startOver(state, now);
  if (frame.scb !== null || frame.sequence !== exchange.number) return step(countedAs(state, "misfits"));
  if (nak === NAK_REASONS.badCheck) return waitToRepeat(state, exchange, now);
  return answered({ ...state, heardAt: now }, exchange, reply, now);
}

/** `reply` null: it could not be read. The exchange is over either way: under a right seal the PD's chain has moved on. */
function answered(state: CpState, exchange: Exchange, reply: Reply | null, now: Monotonic): CpStep {
  if (state.phase.kind === "give") return keysetAnswered(state, reply, now);
  const next: CpState = { ...state, exchange: null };
  if (state.phase.kind === "confirm") return confirmed(next, reply, now);
  const { command, tag } = exchange;
  if (command.name === "POLL") return polled(next, exchange, reply, now);
  // Anything else under a right seal is an answer, and is not believed.
  const fits = reply !== null && (reply.name === "NAK" || traitsOf(command.name).answers.includes(reply.name));
  const seen = fits ? next : countedAs(next, "misfits");
  const done = tag === null ? step(seen) : step(seen, { kind: "done", tag, answer: fits ? reply : "lost" } as const);
  // From its COM on the PD is elsewhere: whoever moved it looks for it there.
  return reply?.name === "COM" && fits ? andThen(done, (left) => startOver(left, now)) : done;
}

/** Who the PD is counts from what it says sealed: in clear anybody may have edited it. */
function confirmed(state: CpState, reply: Reply | null, now: Monotonic): CpStep {
  let { identity } = state;
  if (reply?.name === "PDID") {
    const { name: _, ...sealed } = reply;
    identity = sealed;
  }
  if (identity === null) return startOver(state, now);
  const next: CpState = { ...state, identity, phase: { kind: "session" }, pollAt: now, reported: "online" };
  return step(next, { kind: "online", identity });
}

function polled(state: CpState, exchange: Exchange, reply: Reply | null, now: Monotonic): CpStep {
  const pollAt = after(exchange.firstAt, pollInterval(state.settings.baud));
  const later: CpState = { ...state, pollAt, toldLast: false };
  if (reply?.name === "ACK") return step(later);
  if (reply?.name === "NAK") return step(later, { kind: "alarm", what: `nak-${reply.error}-to-POLL` });
  if (reply === null || !traitsOf("POLL").answers.includes(reply.name)) return step(countedAs(later, "misfits"));
  return step({ ...state, pollAt: now, toldLast: true }, { kind: "event", reply });
}
