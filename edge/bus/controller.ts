/**
 * One Controller of the bus: its link (protocol/osdp/cp) and what the link's answers mean. What a session begins with
 * is decided here: `configure` for a Controller of ours, then the first state of tamper, power and inputs.
 * Not here: whose turn the line is (bus), and what a door does with any of it (edge/door).
 */
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import { SecretText } from "@lintel/protocol/base/secret.ts";
import type { Monotonic } from "@lintel/protocol/base/units.ts";
import type { Command } from "@lintel/protocol/osdp/commands.ts";
import { startCp, stepCp } from "@lintel/protocol/osdp/cp.ts";
import type { CommandTag, CpEffect, CpInput, CpState } from "@lintel/protocol/osdp/cp-state.ts";
import {
  type ConfigureMfg,
  decodeRing,
  encodeConfigure,
  encodeRingAck,
  isLintelVendor,
  LINTEL_VENDOR,
  type RingAckMfg,
} from "@lintel/protocol/osdp/mfg.ts";
import type { InputState, Reply, ReplyNamed } from "@lintel/protocol/osdp/replies.ts";
import { type SaidAlarms, sayAlarm } from "./alarms.ts";
import type { BusController, ControllerEvent } from "./events.ts";

export interface ControllerState {
  readonly address: number;
  readonly cp: CpState;
  readonly configure: ConfigureMfg | null;
  /** A session stands, and the PD says, sealed, that it is ours. */
  readonly lintel: boolean;
  /** The newest acknowledgement that was not sent yet; one is on its way at a time. */
  readonly ringAck: RingAckMfg | null;
  readonly ringAckSent: boolean;
  readonly said: SaidAlarms;
  /** Keypresses that are no digit, `*` or `#`. */
  readonly keysIgnored: number;
  /** When it last had the line, as a running number of turns. */
  readonly servedAt: number;
}

export interface ControllerStep {
  readonly state: ControllerState;
  readonly sends: readonly Uint8Array[];
  readonly events: readonly ControllerEvent[];
}

/** The commands that are not the box's: their answers end here. */
const TAG = { configure: "configure", status: "status", inputs: "inputs", ringAck: "ring-ack" } as const;

export function startController(settings: BusController, baud: number, now: Monotonic): ControllerState {
  const { address, scbk, configure } = settings;
  const cp = startCp({ address, baud, scbk, clear: false }, now);
  return {
    address,
    cp,
    configure,
    lintel: false,
    ringAck: null,
    ringAckSent: false,
    said: [],
    keysIgnored: 0,
    servedAt: 0,
  };
}

/** Gives the link an input and follows what comes of it, also the commands that its answers ask for. */
export function stepController(
  state: ControllerState,
  input: CpInput,
  now: Monotonic,
  random: RandomBytes,
): ControllerStep {
  const { state: cp, effects } = stepCp(state.cp, input, now, random);
  let left: ControllerStep = { state: { ...state, cp }, sends: [], events: [] };
  for (const effect of effects) left = also(left, (current) => follow(current, effect, now, random));
  return left;
}

function also(first: ControllerStep, next: (state: ControllerState) => ControllerStep): ControllerStep {
  const second = next(first.state);
  return {
    state: second.state,
    sends: [...first.sends, ...second.sends],
    events: [...first.events, ...second.events],
  };
}

function events(state: ControllerState, ...said: readonly ControllerEvent[]): ControllerStep {
  return { state, sends: [], events: said };
}

export function alarm(state: ControllerState, what: string, now: Monotonic): ControllerStep {
  const said = sayAlarm(state.said, what, now);
  return said === null ? events(state) : events({ ...state, said }, { kind: "alarm", what });
}

function follow(state: ControllerState, effect: CpEffect, now: Monotonic, random: RandomBytes): ControllerStep {
  switch (effect.kind) {
    case "send":
      return { state, sends: [effect.bytes], events: [] };
    case "online":
      return greet(state, effect, now, random);
    case "offline":
      return events({ ...state, lintel: false }, { kind: "offline" });
    case "event":
      return told(state, effect.reply, now);
    case "done":
      return typeof effect.tag === "number"
        ? doneForBox(state, effect.tag, effect.answer, now)
        : doneForUs(state, effect.tag, effect.answer, now, random);
    case "paired":
    case "pairing-closed":
      return events(state, effect);
    case "alarm":
      return alarm(state, effect.what, now);
  }
}

function ask(state: ControllerState, tag: CommandTag, command: Command, now: Monotonic, random: RandomBytes) {
  return stepController(state, { kind: "command", tag, command, urgent: false }, now, random);
}

/** The Controller must know how to let people out before anything else is asked of it. */
function greet(
  state: ControllerState,
  { identity }: Extract<CpEffect, { kind: "online" }>,
  now: Monotonic,
  random: RandomBytes,
): ControllerStep {
  const lintel = isLintelVendor(identity.vendor);
  const fresh: ControllerState = { ...state, lintel, ringAck: null, ringAckSent: false };
  const online = events(fresh, { kind: "online", lintel, identity });
  const configured = also(online, (next) => sendConfigure(next, now, random));
  const status = also(configured, (next) => ask(next, TAG.status, { name: "LSTAT" }, now, random));
  return also(status, (next) => ask(next, TAG.inputs, { name: "ISTAT" }, now, random));
}

function sendConfigure(state: ControllerState, now: Monotonic, random: RandomBytes): ControllerStep {
  if (!state.lintel || state.configure === null) return events(state);
  return ask(state, TAG.configure, mfg(encodeConfigure(state.configure)), now, random);
}

function mfg(payload: Uint8Array): Command {
  return { name: "MFG", vendor: Uint8Array.from(LINTEL_VENDOR), payload };
}

/** New settings for the strike, REX, contact and fire input; sent at once where a session stands. */
export function configureController(
  state: ControllerState,
  configure: ConfigureMfg | null,
  now: Monotonic,
  random: RandomBytes,
): ControllerStep {
  if (JSON.stringify(configure) === JSON.stringify(state.configure)) return events({ ...state, configure });
  return sendConfigure({ ...state, configure }, now, random);
}

/** Acknowledges the ring up to `ack`; while one acknowledgement is on its way only the newest waits. */
export function acknowledgeRing(
  state: ControllerState,
  ack: RingAckMfg,
  now: Monotonic,
  random: RandomBytes,
): ControllerStep {
  // Without a session it is left out: the Controller sends its ring again, and the box says again what it recorded.
  if (!state.lintel) return events(state);
  if (state.ringAckSent) return events({ ...state, ringAck: ack });
  const sent: ControllerState = { ...state, ringAck: null, ringAckSent: true };
  return ask(sent, TAG.ringAck, mfg(encodeRingAck(ack)), now, random);
}

function doneForBox(state: ControllerState, id: number, answer: Reply | "lost", now: Monotonic): ControllerStep {
  if (answer === "lost") return events(state, { kind: "done", id, answer });
  if (answer.name === "NAK") return events(state, { kind: "done", id, answer: { nak: answer.error } });
  return also(events(state, { kind: "done", id, answer: "ack" }), (next) => told(next, answer, now));
}

function doneForUs(
  state: ControllerState,
  tag: string,
  answer: Reply | "lost",
  now: Monotonic,
  random: RandomBytes,
): ControllerStep {
  const refusal = answer !== "lost" && answer.name === "NAK" ? alarm(state, `${tag}-refused`, now) : events(state);
  if (tag === TAG.ringAck) {
    return also(refusal, (next) => {
      const free: ControllerState = { ...next, ringAckSent: false };
      return free.ringAck === null ? events(free) : acknowledgeRing(free, free.ringAck, now, random);
    });
  }
  return answer === "lost" ? refusal : also(refusal, (next) => told(next, answer, now));
}

/** What a Controller tells, asked for or not. What means nothing to a door is left out. */
function told(state: ControllerState, reply: Reply, now: Monotonic): ControllerStep {
  switch (reply.name) {
    case "KEYPAD":
      return pressed(state, reply);
    case "LSTATR":
      return events(state, { kind: "tamper", on: reply.tamper }, { kind: "power", failed: reply.powerFailed });
    case "ISTATR":
      return inputs(state, reply.inputs, now);
    case "MFGREP":
      return ring(state, reply, now);
    default:
      return events(state);
  }
}

/** 30..39 are digits, 7F is `*`, 0D is `#` (facts osdp 4). Others are counted and left out. */
function pressed(state: ControllerState, { keys }: ReplyNamed<"KEYPAD">): ControllerStep {
  let typed = "";
  for (const key of keys) {
    if (key >= 0x30 && key <= 0x39) typed += String.fromCharCode(key);
    else if (key === 0x7f) typed += "*";
    else if (key === 0x0d) typed += "#";
  }
  const counted: ControllerState = { ...state, keysIgnored: state.keysIgnored + keys.length - typed.length };
  return typed === "" ? events(counted) : events(counted, { kind: "keys", keys: new SecretText(typed) });
}

/** A supervised line that is cut or shorted is not active: a broken REX wire opens no door. It is an alarm. */
function inputs(state: ControllerState, states: readonly InputState[], now: Monotonic): ControllerStep {
  const told = events(state, { kind: "inputs", active: states.map((each) => each === "active") });
  const faulty = states.some((each) => each === "short" || each === "open" || each === "fault");
  return faulty ? also(told, (next) => alarm(next, "input-fault", now)) : told;
}

function ring(state: ControllerState, reply: ReplyNamed<"MFGREP">, now: Monotonic): ControllerStep {
  if (!state.lintel || !isLintelVendor(reply.vendor)) return events(state);
  const decoded = decodeRing(reply.payload);
  if (!decoded.ok) return alarm(state, "unreadable-ring", now);
  return events(state, { kind: "ring", ...decoded.value });
}
