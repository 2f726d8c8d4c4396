/**
 * Sending a new command, sending it again, and leaving a session: the moves that every phase of the CP shares.
 * Numbers, repetition and silence: facts osdp 2.
 */
import { invariant } from "../base/invariant.ts";
import { after, between, type Monotonic } from "../base/units.ts";
import { type Command, encodeCommand } from "./commands.ts";
import {
  type CommandTag,
  CP_RHYTHM,
  type CpEffect,
  type CpState,
  type CpStep,
  countedAs,
  type Exchange,
  type Queued,
  step,
} from "./cp-state.ts";
import { encodeFrame, type SecurityBlock } from "./frame.ts";
import { sealFrame } from "./secure.ts";

/** 1, 2, 3, 1, 2, 3: 0 is never reached by counting. */
export function numberAfter(number: number): number {
  return (number % 3) + 1;
}

/** A command in clear. `number` 0 is "start over": the PD throws away its session and its last reply. */
export function sendClear(
  state: CpState,
  {
    command,
    number,
    scb,
    tag,
  }: { command: Command; number: number; scb: SecurityBlock | null; tag: CommandTag | null },
  now: Monotonic,
): CpStep {
  const { address } = state.settings;
  const bytes = encodeFrame({
    address,
    reply: false,
    sequence: number,
    check: state.check,
    scb,
    ...encodeCommand(command),
  });
  return sent(state, { command, tag, bytes, number }, now);
}

export function sendSealed(state: CpState, command: Command, tag: CommandTag | null, now: Monotonic): CpStep {
  invariant(state.session !== null, "a command is sealed in a session");
  const number = numberAfter(state.number);
  const header = { address: state.settings.address, reply: false, sequence: number, check: state.check };
  const sealed = sealFrame(state.session, { ...header, ...encodeCommand(command) });
  return sent({ ...state, session: sealed.session }, { command, tag, bytes: sealed.bytes, number }, now);
}

function sent(state: CpState, what: Pick<Exchange, "command" | "tag" | "bytes" | "number">, now: Monotonic): CpStep {
  invariant(state.exchange === null, "one command is outstanding at a time", { number: what.number });
  const exchange: Exchange = {
    ...what,
    firstAt: now,
    sends: 1,
    waiting: true,
    againAt: now,
    doubtedSend: 0,
  };
  const polledLast = what.command.name === "POLL";
  return step({ ...state, exchange, number: what.number, polledLast }, { kind: "send", bytes: what.bytes });
}

/** The same bytes: number, MAC and all. */
export function sendAgain(state: CpState, exchange: Exchange): CpStep {
  const again: Exchange = { ...exchange, sends: exchange.sends + 1, waiting: true };
  return step({ ...state, exchange: again }, { kind: "send", bytes: exchange.bytes });
}

/** The line is let go; the same bytes go out once more at their time: at once twice, then each time 250 ms later. */
export function waitToRepeat(state: CpState, exchange: Exchange, now: Monotonic): CpStep {
  const againAt = exchange.sends < CP_RHYTHM.sendsAtOnce ? now : after(now, CP_RHYTHM.repeatPause);
  return step({ ...state, exchange: { ...exchange, waiting: false, againAt } });
}

/** Out of any session and back to the beginning; `until`: nothing is sent before. Commands that wait are lost. */
export function startOver(state: CpState, until: Monotonic): CpStep {
  const left = { ...state, phase: { kind: "rest", until }, session: null, exchange: null, offer: null } as const;
  return step({ ...left, urgent: [], queue: [], toldLast: false }, ...lostCommands(state));
}

/** As `startOver`, because of frames that nobody with the key sent: after three in a row, each time with a rest first. */
export function startOverTroubled(state: CpState, now: Monotonic): CpStep {
  const recent = between(state.trouble.at, now) < CP_RHYTHM.troubleMemory;
  const count = recent ? state.trouble.count + 1 : 1;
  const until = count >= CP_RHYTHM.troubleMax ? after(now, CP_RHYTHM.retry) : now;
  return startOver({ ...state, trouble: { count, at: now } }, until);
}

/** Every command that has no answer yet gets one: `lost`. */
function lostCommands(state: CpState): readonly CpEffect[] {
  const waiting: readonly Pick<Queued, "tag">[] = [...state.urgent, ...state.queue];
  const tags = waiting.map(({ tag }) => tag);
  const outstanding = state.exchange?.tag ?? null;
  if (outstanding !== null) tags.unshift(outstanding);
  return tags.map((tag) => ({ kind: "done", tag, answer: "lost" }) as const);
}

/**
 * An answer that anybody on the line could have sent. It counts as none: the true one may still follow. Doubted again
 * after the repetition, the session is given up, never the Secure Channel (facts osdp 6, "Session ends").
 */
export function doubt(state: CpState, exchange: Exchange, now: Monotonic): CpStep {
  if (exchange.doubtedSend === exchange.sends) return step(state);
  const noted = countedAs(state, "doubts");
  if (exchange.doubtedSend === 0) {
    return step({ ...noted, exchange: { ...exchange, doubtedSend: exchange.sends } });
  }
  const over = startOverTroubled(noted, now);
  return { state: over.state, effects: [...over.effects, { kind: "alarm", what: "clear-in-session" }] };
}
