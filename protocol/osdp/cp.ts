/**
 * The CP's link to one PD: numbers, repetition, session, offline and back (OSDP 2.2; facts osdp 2, 6, 8, 9, 10).
 * Pure: bytes to send are an effect; whose turn the line is, how long an answer may take and what the answers mean to
 * a door are not decided here (edge/bus).
 *
 * A PD with a key gets ID, CAP, CHLNG and SCRYPT in clear and everything else sealed. No answer, however often it
 * comes, changes that: whatever is wrong ends in starting over with number 0.
 */
import { invariant, unreachable } from "../base/invariant.ts";
import type { RandomBytes } from "../base/random.ts";
import type { Secret } from "../base/secret.ts";
import { after, between, type Millis, type Monotonic } from "../base/units.ts";
import type { CommandName } from "./commands.ts";
import { sendAgain, startOver, waitToRepeat } from "./cp-exchange.ts";
import { handshakeReply, handshakeSilence, handshakeTurn } from "./cp-handshake.ts";
import { isUnresolved, pairingEnd, sameSecret } from "./cp-keys.ts";
import { clearReply, sessionReply, sessionTurn } from "./cp-session.ts";
import {
  andThen,
  CP_RHYTHM,
  type CpInput,
  type CpSettings,
  type CpState,
  type CpStep,
  countedAs,
  type Exchange,
  pollInterval,
  step,
} from "./cp-state.ts";
import { CONFIGURATION_ADDRESS, type Frame } from "./frame.ts";
import { LIMITS } from "./limits.ts";
import { BUSY } from "./replies.ts";
import { isWeakScbk } from "./secure.ts";

/** A weak SCBK in the settings counts as none: the PD is not spoken to under it. */
export function startCp(settings: CpSettings, now: Monotonic): CpState {
  const { address } = settings;
  invariant(address >= 0 && address < CONFIGURATION_ADDRESS, "a PD has its own address", { address });
  invariant(!settings.clear || settings.scbk === null, "a PD with a key is never spoken to in clear");
  return {
    settings: { ...settings, scbk: strongOrNull(settings.scbk) },
    phase: { kind: "rest", until: now },
    session: null,
    check: "crc",
    number: 0,
    exchange: null,
    urgent: [],
    queue: [],
    pollAt: now,
    polledLast: false,
    toldLast: false,
    heardAt: now,
    reported: "nothing",
    identity: null,
    pairing: null,
    offerAt: 0,
    offer: null,
    trouble: { count: 0, at: now },
    counts: { silences: 0, badMacs: 0, doubts: 0, misfits: 0 },
  };
}

function strongOrNull(scbk: Secret | null): Secret | null {
  return scbk === null || isWeakScbk(scbk) ? null : scbk;
}

export function stepCp(state: CpState, input: CpInput, now: Monotonic, random: RandomBytes): CpStep {
  return andThen(passTime(state, now), (current) => take(current, input, now, random));
}

function take(state: CpState, input: CpInput, now: Monotonic, random: RandomBytes): CpStep {
  switch (input.kind) {
    case "turn":
      return turn(state, now, random);
    case "reply":
      return reply(state, input.frame, now);
    case "silence":
      return silence(state, now);
    case "time":
      return step(state);
    case "command":
      return command(state, input);
    case "pair":
      return pair(state, input, now);
    case "pair-end":
      return endPairing(state, now);
    case "settings":
      return resettle(state, input, now);
    case "line-lost":
      return lineLost(state, now);
    default:
      return unreachable(input);
  }
}

/** When this PD wants the line; null: not before something else happens. A time in the past means now. */
export function turnDue(state: CpState): Monotonic | null {
  const { exchange, phase, pollAt } = state;
  if (exchange !== null) return exchange.waiting ? null : exchange.againAt;
  if (phase.kind === "rest") return phase.until;
  const polls = phase.kind === "session" || phase.kind === "clear";
  const commands = state.urgent.length + state.queue.length > 0;
  const rotates = state.pairing !== null && !state.pairing.given;
  return polls && !commands && !rotates ? pollAt : state.heardAt;
}

/** Something waits that overtakes every poll of the bus. */
export function isUrgent(state: CpState): boolean {
  return state.exchange === null && state.urgent.length > 0;
}

/** Where one event was, there may be more: a code is six of them. */
export function mayTellMore(state: CpState): boolean {
  return isLinked(state) && state.exchange === null && state.toldLast;
}

/** A session stands, and nothing goes on in it but polls that are answered by nothing. */
export function isIdle({ phase, exchange, urgent, queue, pairing, toldLast, reported }: CpState): boolean {
  const asks = exchange !== null || urgent.length + queue.length > 0 || pairing !== null;
  return phase.kind === "session" && reported === "online" && !asks && !toldLast;
}

/**
 * The idle link as it is after `length` ms of nothing but polls, for a model that leaves them out on both ends at once:
 * times move on; numbers and seals go on from where both ends have them.
 */
export function skipIdle(state: CpState, length: Millis): CpState {
  invariant(isIdle(state), "only an idle link is moved on");
  return { ...state, pollAt: after(state.pollAt, length), heardAt: after(state.heardAt, length) };
}

/** When `passTime` has something to do; give the input `time` then. */
export function timeDue(state: CpState): Monotonic | null {
  const offline = offlineDue(state) ? after(state.heardAt, LIMITS.osdpOffline) : null;
  const window = state.pairing === null ? null : pairingEnd(state.pairing);
  if (offline === null || window === null) return offline ?? window;
  return offline < window ? offline : window;
}

/** A handshake or a session under SCBK-D: not one byte beyond its window, for every step asks this first. */
function underDefaultKey(state: CpState): boolean {
  return state.offer?.key === "scbk-d";
}

/** A session or a clear link stands: what comes may be believed, and must come. */
function isLinked(state: CpState): boolean {
  const { kind } = state.phase;
  return kind === "session" || kind === "clear" || kind === "confirm";
}

function offlineDue(state: CpState): boolean {
  return state.reported !== "offline" || isLinked(state);
}

/** What time alone does: the end of a window, of a pairing, and offline after 8 s. */
function passTime(state: CpState, now: Monotonic): CpStep {
  const { pairing } = state;
  const shut = underDefaultKey(state) && (pairing === null || now >= pairing.until);
  const left = shut ? startOver(state, now) : step(state);
  const end = pairing === null ? null : pairingEnd(pairing);
  const ended = end !== null && now >= end ? andThen(left, (next) => endPairing(next, now)) : left;
  return andThen(ended, (next) => {
    const silent = between(next.heardAt, now) >= LIMITS.osdpOffline;
    return silent && offlineDue(next) ? offline(next, now) : step(next);
  });
}

function offline(state: CpState, now: Monotonic): CpStep {
  const left = isLinked(state) ? startOver(state, now) : step(state);
  if (state.reported === "offline") return left;
  return andThen(left, (next) => step({ ...next, reported: "offline" }, { kind: "offline" }));
}

function lineLost(state: CpState, now: Monotonic): CpStep {
  return andThen(startOver(state, now), (next) => (next.reported === "offline" ? step(next) : offline(next, now)));
}

function resettle(state: CpState, input: Extract<CpInput, { kind: "settings" }>, now: Monotonic): CpStep {
  const scbk = strongOrNull(input.scbk);
  const { settings, pairing } = state;
  if (sameSecret(scbk, settings.scbk) && input.baud === settings.baud) return step(state);
  const without: CpState = { ...state, pairing: null, offerAt: 0 };
  const asked = pairing !== null && !pairing.answered;
  const closed = asked ? step(without, { kind: "pairing-closed" }) : step(without);
  return andThen(closed, (next) => startOver({ ...next, settings: { ...settings, scbk, baud: input.baud } }, now));
}

function turn(state: CpState, now: Monotonic, random: RandomBytes): CpStep {
  const { exchange, phase } = state;
  if (exchange !== null) {
    if (exchange.waiting || now < exchange.againAt) return step(state);
    // A handshake that is only ever answered BUSY ends here; a session ends by being offline.
    const stuck = !isLinked(state) && between(exchange.firstAt, now) >= LIMITS.osdpOffline;
    return stuck ? startOver(state, after(now, CP_RHYTHM.retry)) : sendAgain(state, exchange);
  }
  if (isLinked(state)) return sessionTurn(state, now);
  if (phase.kind !== "rest") return handshakeTurn(state, now, random);
  return now < phase.until ? step(state) : handshakeTurn({ ...state, phase: { kind: "identify" } }, now, random);
}

function reply(state: CpState, frame: Frame, now: Monotonic): CpStep {
  const { exchange } = state;
  invariant(frame.reply && frame.address === state.settings.address, "a reply of this PD", { address: frame.address });
  // Late, doubled or never asked for.
  if (exchange === null) return step(countedAs(state, "misfits"));
  if (isBusy(frame, exchange)) {
    const againAt = after(now, pollInterval(state.settings.baud));
    return step({ ...state, exchange: { ...exchange, waiting: false, againAt } });
  }
  if (state.session !== null) return sessionReply(state, exchange, frame, now);
  if (state.phase.kind === "clear") return clearReply(state, exchange, frame, now);
  // Another number answers another command: the true answer may still come.
  if (frame.sequence !== exchange.number) return step(countedAs(state, "misfits"));
  return handshakeReply(state, exchange, frame, now);
}

/** BUSY comes in clear with number 0, in a session too; it moves nothing (facts osdp 2). */
function isBusy(frame: Frame, exchange: Exchange): boolean {
  const number = frame.sequence === 0 || frame.sequence === exchange.number;
  return number && frame.scb === null && frame.code === BUSY.code && frame.data.length === 0;
}

function silence(state: CpState, now: Monotonic): CpStep {
  const { exchange } = state;
  if (exchange === null || !exchange.waiting) return step(state);
  const noted = countedAs(state, "silences");
  return isLinked(state) ? waitToRepeat(noted, exchange, now) : handshakeSilence(noted, exchange, now);
}

/** The commands that are the link's own: nobody else may give them. */
const LINK_COMMANDS: readonly CommandName[] = ["POLL", "CHLNG", "SCRYPT", "KEYSET"];

function command(state: CpState, input: Extract<CpInput, { kind: "command" }>): CpStep {
  const { tag, urgent } = input;
  invariant(!LINK_COMMANDS.includes(input.command.name), "the link gives its own commands", {
    name: input.command.name,
  });
  const list = urgent ? state.urgent : state.queue;
  const full = list.length >= (urgent ? LIMITS.osdpUrgentCommands : LIMITS.osdpCommands);
  const open = state.phase.kind === "session" || state.phase.kind === "clear";
  if (full || !open) return step(state, { kind: "done", tag, answer: "lost" });
  const longer = [...list, { tag, command: input.command }];
  return step(urgent ? { ...state, urgent: longer } : { ...state, queue: longer });
}

function pair(state: CpState, input: Extract<CpInput, { kind: "pair" }>, now: Monotonic): CpStep {
  const { scbk, by, until } = input;
  if (isWeakScbk(scbk)) return step(state, { kind: "alarm", what: "weak-key" }, { kind: "pairing-closed" });
  // What has begun is finished first: the PD may hold either key, and a third one would push one of them out.
  const unresolved = isUnresolved(state.settings.scbk, state.pairing);
  const keyless = by === "rotate" && state.settings.scbk === null;
  if (unresolved || keyless || state.settings.clear) return step(state, { kind: "pairing-closed" });
  if (state.phase.kind === "session" && sameSecret(scbk, state.settings.scbk))
    return step(state, { kind: "paired", scbk });
  const before = state.pairing === null ? step(state) : closePairing(state, now);
  return andThen(before, (next) => {
    const pairing = { scbk, by, until, given: false, answered: false };
    const opened: CpState = { ...next, pairing, offerAt: 0 };
    // A rotation needs the session that stands; any other pairing begins with a handshake of its own.
    return by === "rotate" ? step(opened) : startOver(opened, now);
  });
}

/** Without success. Where the PD may hold either of two keys both are kept, and only who asked is answered. */
function endPairing(state: CpState, now: Monotonic): CpStep {
  const { pairing, settings } = state;
  if (pairing === null || pairing.answered) return step(state);
  if (!isUnresolved(settings.scbk, pairing)) return closePairing(state, now);
  return step({ ...state, pairing: { ...pairing, answered: true } }, { kind: "pairing-closed" });
}

function closePairing(state: CpState, now: Monotonic): CpStep {
  const { kind } = state.phase;
  const closed: CpState = { ...state, pairing: null, offerAt: 0 };
  // A session under SCBK-D, or on the way to one, does not outlive the window.
  const handshakes = kind === "challenge" || kind === "cryptogram" || kind === "give";
  const left = handshakes ? startOver(closed, now) : step(closed);
  return { state: left.state, effects: [...left.effects, { kind: "pairing-closed" }] };
}
