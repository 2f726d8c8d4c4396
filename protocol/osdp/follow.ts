/**
 * Listens to a line that others speak on: finds the frames of both directions, says what each means, and what is wrong
 * with it, by the frame itself and by those before it. Never answers, never throws, whatever the bytes are.
 * Here: bytes, turns and times of the line. What one device and its panel agreed on: follow-device.
 */
import type { Secret, SecretText } from "../base/secret.ts";
import { after, between, type Millis, type Monotonic, millis } from "../base/units.ts";
import { deframe, IDLE_LINE, type LineState } from "./deframe.ts";
import { fault, type Mark, meetCommand, meetReply, NEW_PAIR, type Pair, remark, type Seal } from "./follow-device.ts";
import { carriesMac, type Frame, type FrameHeader } from "./frame.ts";
import { LIMITS } from "./limits.ts";
import { BUSY } from "./replies.ts";

export interface SeenFrame {
  readonly kind: "frame";
  /** When its last byte came. */
  readonly at: Monotonic;
  readonly frame: Frame;
  readonly name: string;
  /** One line in words; no digit, no key, no card. */
  readonly text: string;
  readonly seal: Seal;
  /** What was typed, in a KEYPAD that could be read. */
  readonly keys: SecretText | null;
  /** Keys or a key that anybody can read here: in clear, or under SCBK-D. A recording must not hold them. */
  readonly exposed: boolean;
  readonly marks: readonly Mark[];
}

export type Seen =
  | SeenFrame
  /** Begins like a frame, and its check or its inside is wrong. */
  | { readonly kind: "broken"; readonly at: Monotonic; readonly header: FrameHeader; readonly marks: readonly Mark[] }
  /** Bytes that belong to no frame. */
  | { readonly kind: "noise"; readonly at: Monotonic; readonly bytes: number };

interface Asked {
  readonly frame: Frame;
  readonly name: string;
  readonly at: Monotonic;
  readonly answered: boolean;
}

export interface FollowState {
  readonly line: LineState;
  /** When the first byte of `line.rest` came, and the longest silence inside it. */
  readonly begun: { readonly at: Monotonic; readonly gap: Millis } | null;
  readonly devices: ReadonlyMap<number, Pair>;
  readonly asked: Asked | null;
  /** SCBKs that are tried at each handshake; one that is given by a KEYSET that could be read joins them. */
  readonly keys: readonly Secret[];
}

/** A PD begins to answer within this; libosdp's panel waits as long (facts osdp 2). */
const ANSWER_MAX = millis(200);
/** A byte on the slowest line, in ms: eight bits, start and stop at 9600 baud. */
const BYTE_MAX = 10_000 / 9_600;

export function listen(keys: readonly Secret[]): FollowState {
  return { line: IDLE_LINE, begun: null, devices: new Map(), asked: null, keys };
}

/** Takes in bytes as they came, in order, whole frames or not. `at` never decreases; where it does, it counts as the same moment. */
export function follow(
  state: FollowState,
  bytes: Uint8Array,
  at: Monotonic,
): { state: FollowState; seen: readonly Seen[] } {
  const last = state.line.lastByteAt;
  const silence = last === null ? millis(0) : between(last, at);
  // A recorder may have been slow where the line was not: a cut frame is given up only after a long silence.
  const patient = silence < LIMITS.osdpFollowGap;
  const line = patient && last !== null ? { ...state.line, lastByteAt: at } : state.line;
  const begun = patient ? state.begun : null;
  const step = deframe(line, bytes, at);
  const turn: Turn = { state: { ...state, line: step.line }, seen: [] };
  if (step.skipped > 0) turn.seen.push({ kind: "noise", at, bytes: step.skipped });
  let first = true;
  for (const item of step.items) {
    // Only the first frame can have begun before these bytes.
    const from = first && begun !== null ? begun : { at, gap: millis(0) };
    const gap = first && begun !== null ? millis(Math.max(from.gap, silence)) : millis(0);
    first = false;
    if (item.kind === "frame") meet(turn, item.frame, { from: from.at, at, gap });
    else {
      const why = item.kind === "bad-check" ? "the check is wrong" : "the check is right, the inside is not";
      turn.seen.push({ kind: "broken", at, header: item.header, marks: [fault(why)] });
      // The panel will ask again: it was answered, if badly.
      if (item.header.reply && turn.state.asked !== null) {
        turn.state = { ...turn.state, asked: { ...turn.state.asked, answered: true } };
      }
    }
  }
  const goesOn = step.items.length === 0 && begun !== null;
  const rest =
    step.line.rest.length === 0
      ? null
      : goesOn
        ? { at: begun.at, gap: longer(begun.gap, silence) }
        : { at, gap: millis(0) };
  return { state: { ...turn.state, begun: rest }, seen: turn.seen };
}

/** No byte will follow: what is incomplete is no frame. */
export function endOf(state: FollowState): readonly Seen[] {
  const last = state.line.lastByteAt;
  if (last === null) return [];
  return follow(state, new Uint8Array(0), after(last, LIMITS.osdpFollowGap)).seen;
}

interface Turn {
  state: FollowState;
  readonly seen: Seen[];
}

interface Times {
  readonly from: Monotonic;
  readonly at: Monotonic;
  readonly gap: Millis;
}

function meet(turn: Turn, frame: Frame, times: Times): void {
  const { devices, keys } = turn.state;
  const marks: Mark[] = [];
  if (times.gap > LIMITS.osdpFrameGap) {
    marks.push(
      fault(`${inMillis(times.gap)} of silence inside the frame: who listens gives up after ${LIMITS.osdpFrameGap} ms`),
    );
  }
  marks.push(...(frame.reply ? replyTurn(turn, frame, times) : commandTurn(turn, frame, times.at)));
  const pair = devices.get(frame.address) ?? NEW_PAIR;
  const met = (frame.reply ? meetReply : meetCommand)(pair, frame, times.at, keys);
  const asked = frame.reply ? turn.state.asked : { frame, name: met.name, at: times.at, answered: false };
  turn.state = {
    ...turn.state,
    asked,
    devices: new Map(devices).set(frame.address, met.pair),
    keys: met.learned === null ? keys : [...keys, met.learned].slice(-LIMITS.osdpFollowKeys),
  };
  const { name, text, seal, typed, exposed } = met;
  turn.seen.push({
    kind: "frame",
    at: times.at,
    frame,
    name,
    text,
    seal,
    keys: typed,
    exposed,
    marks: [...marks, ...met.marks],
  });
}

/** Half duplex: one command is out at a time, and a device has its time to answer. */
function commandTurn({ state: { asked } }: Turn, frame: Frame, at: Monotonic): Mark[] {
  if (asked === null || asked.answered) return [];
  const waited = between(asked.at, at);
  const marks: Mark[] = [];
  if (waited < ANSWER_MAX) {
    marks.push(
      fault(
        `sent ${inMillis(waited)} after ${asked.name} to ${asked.frame.address}, which had ${ANSWER_MAX} ms to answer`,
      ),
    );
  } else {
    const who = frame.address === asked.frame.address ? "" : ` to ${asked.frame.address}`;
    marks.push(fault(`no answer to the ${asked.name}${who} of ${inMillis(waited)} before`));
  }
  return marks;
}

function replyTurn(turn: Turn, frame: Frame, { from, at }: Times): Mark[] {
  const { asked } = turn.state;
  if (asked === null) return [remark("its command is not in the capture")];
  if (asked.answered) return [fault("nobody asked: the last command was answered already")];
  turn.state = { ...turn.state, asked: { ...asked, answered: true } };
  const marks: Mark[] = [];
  if (frame.address !== asked.frame.address) {
    marks.push(fault(`address ${frame.address} answers, ${asked.frame.address} was asked`));
  }
  const busy = frame.code === BUSY.code && !carriesSeal(frame);
  if (frame.sequence !== asked.frame.sequence && !busy) {
    marks.push(
      frame.sequence === 0
        ? fault("number 0: the device asks to start over")
        : fault(`number ${frame.sequence} in answer to number ${asked.frame.sequence}`),
    );
  }
  // Stamped once, at its end perhaps: then its own bytes count as time on the wire.
  const onWire = from === at ? frame.bytes.length * BYTE_MAX : 0;
  const waited = between(asked.at, from);
  if (waited > ANSWER_MAX + onWire)
    marks.push(fault(`answered after ${inMillis(waited)}: a device has ${ANSWER_MAX} ms`));
  return marks;
}

function carriesSeal(frame: Frame): boolean {
  return frame.scb !== null && carriesMac(frame.scb.type);
}

function longer(a: Millis, b: Millis): Millis {
  return a > b ? a : b;
}

function inMillis(length: Millis): string {
  return length >= 10_000 ? `${Math.round(length / 1000)} s` : `${Math.round(length)} ms`;
}
