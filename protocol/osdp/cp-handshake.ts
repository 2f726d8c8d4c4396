/**
 * From a silent line to a session: ID, CAP, CHLNG, SCRYPT, and inside a pairing KEYSET (facts osdp 6). Nothing that a PD
 * says in clear decides about security: PDCAP chooses the check kind and nothing else, and a PD with a key gets no
 * command in clear beyond these four (facts osdp 9.1). Which key is offered: cp-keys.
 */
import { equalBytes } from "../base/bytes.ts";
import type { RandomBytes } from "../base/random.ts";
import { after, type Monotonic } from "../base/units.ts";
import type { Command } from "./commands.ts";
import { numberAfter, sendClear, sendSealed, startOver, waitToRepeat } from "./cp-exchange.ts";
import { offersOf } from "./cp-keys.ts";
import {
  andThen,
  CP_RHYTHM,
  type CpAlarm,
  type CpState,
  type CpStep,
  countedAs,
  type Exchange,
  step,
} from "./cp-state.ts";
import type { Frame } from "./frame.ts";
import { type Capability, decodeReply, NAK_REASONS, type Reply, type ReplyNamed } from "./replies.ts";
import { beginHandshake, KEY_BYTE, type KeyKind, RMAC_STATUS, SCBK_D, SCS, type Session } from "./secure.ts";

/** PDCAP function 8: which checks the PD can do. */
const CHECK_CAPABILITY = 8;

const ID: Command = { name: "ID", kind: 0 };
const CAP: Command = { name: "CAP", kind: 0 };

/** The command of this phase, the first time. A repetition is not made here. */
export function handshakeTurn(state: CpState, now: Monotonic, random: RandomBytes): CpStep {
  const { phase } = state;
  switch (phase.kind) {
    case "identify":
      return sendClear(state, { command: ID, number: 0, scb: null, tag: null }, now);
    case "capabilities":
      return sendClear(state, { command: CAP, number: numberAfter(state.number), scb: null, tag: null }, now);
    case "challenge":
      return challengeTurn(state, now, random);
    case "cryptogram": {
      const command: Command = { name: "SCRYPT", cryptogram: phase.handshake.serverCryptogram };
      const scb = { type: SCS.scrypt, data: Uint8Array.of(KEY_BYTE[offeredKind(state)]) };
      return sendClear(state, { command, number: numberAfter(state.number), scb, tag: null }, now);
    }
    case "give":
      return giveKey(state, now);
    default:
      return step(state);
  }
}

function challengeTurn(state: CpState, now: Monotonic, random: RandomBytes): CpStep {
  const offers = offersOf(state.settings.scbk, state.pairing, now);
  const offer = offers[state.offerAt % Math.max(offers.length, 1)];
  if (offer === undefined) {
    // A PD without a key is known to be there, asked for nothing, and looked for again.
    const rested = startOver({ ...state, heardAt: now }, after(now, CP_RHYTHM.retry));
    return { ...rested, effects: [...rested.effects, { kind: "alarm", what: "unpaired" }] };
  }
  // A new handshake has a new RND.A and number 0, or it might be answered by what the PD said before (facts osdp 8.2, 8.3).
  const rndA = random(8);
  const scb = { type: SCS.chlng, data: Uint8Array.of(KEY_BYTE[kindOf(offer.key)]) };
  const challenged: CpState = { ...state, offer, phase: { kind: "challenge", rndA } };
  return sendClear(challenged, { command: { name: "CHLNG", rndA }, number: 0, scb, tag: null }, now);
}

function kindOf(key: CpStateKey): KeyKind {
  return key === "scbk-d" ? "scbk-d" : "scbk";
}
type CpStateKey = NonNullable<CpState["offer"]>["key"];

function offeredKind(state: CpState): KeyKind {
  return state.offer === null ? "scbk" : kindOf(state.offer.key);
}

/** KEYSET in the session that stands. From here on the PD may hold either key. */
export function giveKey(state: CpState, now: Monotonic): CpStep {
  if (state.pairing === null) return startOver(state, now);
  const { scbk } = state.pairing;
  const given: CpState = { ...state, phase: { kind: "give" }, pairing: { ...state.pairing, given: true } };
  return sendSealed(given, { name: "KEYSET", type: 1, scbk }, null, now);
}

/** An answer in clear to a command of this module: number and address fit, the meaning is looked at here. */
export function handshakeReply(state: CpState, exchange: Exchange, frame: Frame, now: Monotonic): CpStep {
  const decoded = decodeReply(frame.code, frame.data);
  // A reply that does not fit its table is none: the time runs on, and the command is repeated.
  if (!decoded.ok) return step(countedAs(state, "misfits"));
  const reply = decoded.value;
  if (reply.name === "NAK" && frame.scb === null) return handshakeNak(state, exchange, reply, now);
  const { phase } = state;
  const answered: CpState = { ...state, exchange: null };
  if (phase.kind === "identify" && reply.name === "PDID" && frame.scb === null) {
    const { name: _, ...identity } = reply;
    return step({ ...answered, identity, phase: { kind: "capabilities" } });
  }
  if (phase.kind === "capabilities" && reply.name === "PDCAP" && frame.scb === null) {
    return afterCapabilities(answered, reply.capabilities, now);
  }
  if (phase.kind === "challenge" && reply.name === "CCRYPT" && frame.scb?.type === SCS.ccrypt) {
    return ccrypt(answered, reply, frame.scb.data, now);
  }
  if (phase.kind === "cryptogram" && reply.name === "RMAC_I" && frame.scb?.type === SCS.rMacI) {
    return rMacI(answered, reply, frame.scb.data, now);
  }
  return step(countedAs(state, "misfits"));
}

/** Null: the PD would not say. */
function afterCapabilities(state: CpState, capabilities: readonly Capability[] | null, now: Monotonic): CpStep {
  const check = capabilities?.find((each) => each.function === CHECK_CAPABILITY);
  const next: CpState = capabilities === null ? state : { ...state, check: check?.compliance ? "crc" : "checksum" };
  if (next.settings.clear && next.identity !== null) {
    const linked: CpState = { ...next, phase: { kind: "clear" }, heardAt: now, pollAt: now, reported: "online" };
    return step(linked, { kind: "online", identity: next.identity });
  }
  return step({ ...next, phase: { kind: "challenge", rndA: null } });
}

function handshakeNak(state: CpState, exchange: Exchange, reply: ReplyNamed<"NAK">, now: Monotonic): CpStep {
  switch (state.phase.kind) {
    case "identify":
      return notFound(state, exchange, now);
    case "capabilities":
      return afterCapabilities({ ...state, exchange: null }, null, now);
    default:
      if (reply.error === NAK_REASONS.badCheck) return waitToRepeat(state, exchange, now);
      return refused(state, "key-refused", now);
  }
}

function ccrypt(state: CpState, reply: ReplyNamed<"CCRYPT">, kind: Uint8Array, now: Monotonic): CpStep {
  const { offer, phase } = state;
  if (offer === null || phase.kind !== "challenge" || phase.rndA === null) return step(state);
  // A PD that answers with the other key is not asked to: nobody talks us into SCBK-D.
  if (!equalBytes(kind, Uint8Array.of(KEY_BYTE[kindOf(offer.key)]))) return refused(state, "key-refused", now);
  const scbk = offer.key === "scbk-d" ? SCBK_D : offer.key;
  const handshake = beginHandshake(scbk, phase.rndA, reply.rndB);
  if (!equalBytes(handshake.clientCryptogram, reply.cryptogram)) return refused(state, "wrong-key", now);
  return step({ ...state, phase: { kind: "cryptogram", handshake } });
}

function rMacI(state: CpState, reply: ReplyNamed<"RMAC_I">, status: Uint8Array, now: Monotonic): CpStep {
  if (state.phase.kind !== "cryptogram") return step(state);
  const { session } = state.phase.handshake;
  if (!equalBytes(status, Uint8Array.of(RMAC_STATUS.accepted))) return refused(state, "key-refused", now);
  // Only who holds the key can compute it; without this comparison anybody may have answered.
  if (!equalBytes(reply.rMac, session.rMac)) return refused(state, "wrong-rmac-i", now);
  return established(state, session, now);
}

function established(state: CpState, session: Session, now: Monotonic): CpStep {
  const { offer, pairing } = state;
  const next: CpState = { ...state, session, offerAt: 0 };
  if (offer?.purpose === "give" && pairing !== null) return step({ ...next, phase: { kind: "give" } });
  const proved: CpState = { ...next, offer: null, heardAt: now, phase: { kind: "confirm" } };
  if (pairing === null) return step(proved);
  // The old key: the PD never took the other one, and who asked is told if that was not done.
  const open = !pairing.answered;
  const old: CpState = { ...proved, pairing: null };
  if (offer?.purpose !== "paired") return open ? step(old, { kind: "pairing-closed" }) : step(old);
  const settings = { ...state.settings, scbk: pairing.scbk };
  return step({ ...old, settings }, { kind: "paired", scbk: pairing.scbk });
}

/** This key does not work here: the next one at once, or all of them again after a rest. Inside a pairing that is no alarm. */
export function refused(state: CpState, why: CpAlarm | null, now: Monotonic): CpStep {
  const offers = offersOf(state.settings.scbk, state.pairing, now).length;
  const offerAt = state.offerAt + 1;
  const alarming = why !== null && state.pairing === null;
  const effects = alarming ? [{ kind: "alarm", what: why } as const] : [];
  const next =
    offerAt < offers
      ? step({ ...state, exchange: null, offerAt, phase: { kind: "challenge", rndA: null } })
      : startOver({ ...state, offerAt: 0 }, after(now, CP_RHYTHM.retry));
  return { state: next.state, effects: [...effects, ...next.effects] };
}

/** The answer to a KEYSET, opened; null where none came. */
export function keysetAnswered(state: CpState, reply: Reply | null, now: Monotonic): CpStep {
  const { pairing } = state;
  const left: CpState = { ...state, session: null, exchange: null, offerAt: 0 };
  // Taken or unanswered: a handshake shows which key the PD holds, the new one first.
  if (reply?.name !== "NAK" || pairing === null) return handshakeAgain(left);
  const why = { kind: "alarm", what: `nak-${reply.error}-to-KEYSET` } as const;
  if (pairing.by !== "rotate") {
    const rested = startOver(left, after(now, CP_RHYTHM.retry));
    return { state: rested.state, effects: [why, ...rested.effects] };
  }
  // The old key goes on.
  const kept: CpState = { ...state, exchange: null, pairing: null, phase: { kind: "confirm" } };
  return pairing.answered ? step(kept, why) : step(kept, why, { kind: "pairing-closed" });
}

function handshakeAgain(state: CpState): CpStep {
  return andThen(startOver(state, state.heardAt), (left) =>
    step({ ...left, phase: { kind: "challenge", rndA: null } }),
  );
}

/** Nobody answered in time. After the last repetition the phase is given up. */
export function handshakeSilence(state: CpState, exchange: Exchange, now: Monotonic): CpStep {
  const phase = state.phase.kind;
  if (phase === "identify" && !heardLately(state)) return notFound(state, exchange, now);
  if (exchange.sends < CP_RHYTHM.sendsAtOnce) return waitToRepeat(state, exchange, now);
  if (phase === "identify") return notFound(state, exchange, now);
  if (phase === "give") return keysetAnswered(state, null, now);
  if (phase === "capabilities") return startOver(state, after(now, CP_RHYTHM.retry));
  return refused(state, null, now);
}

/** The PD does not answer, or not to this kind of check: the other kind next time, for a PD that can do only one. */
function notFound(state: CpState, exchange: Exchange, now: Monotonic): CpStep {
  const pause = heardLately(state) ? CP_RHYTHM.repeatPause : CP_RHYTHM.retry;
  const check = state.check === "crc" ? "checksum" : "crc";
  const next = after(exchange.firstAt, pause);
  return startOver({ ...state, check }, next > now ? next : now);
}

/** Not yet given up: it is looked for harder than a PD that was never there. */
function heardLately(state: CpState): boolean {
  return state.reported === "online";
}
