/**
 * The pair of wires: half duplex, one question outstanding. What is heard on it, how long an answer is waited for, and
 * when it may be written to again (facts osdp 2). Not here: whose turn it is (bus).
 */
import { equalBytes } from "@lintel/protocol/base/bytes.ts";
import { after, between, type Millis, type Monotonic, millis } from "@lintel/protocol/base/units.ts";
import {
  type Deframed,
  type DeframeStep,
  deframe,
  gapEnds,
  IDLE_LINE,
  type LineState,
} from "@lintel/protocol/osdp/deframe.ts";
import { declaredLength, type Frame } from "@lintel/protocol/osdp/frame.ts";
import { LIMITS as OSDP } from "@lintel/protocol/osdp/limits.ts";
import { BUS_LIMITS } from "./limits.ts";

/** A question that went out, and its answer's time. */
interface Talk {
  readonly address: number;
  /** Until when an answer may begin. One that has begun then is still taken: nobody writes into it. */
  readonly until: Monotonic;
}

export interface BusLine {
  readonly baud: number;
  readonly open: boolean;
  readonly heard: LineState;
  /** Since when something comes that is no frame yet; null: nothing does. */
  readonly comingSince: Monotonic | null;
  /** Bytes of no frame, in the minute that began with the first of them at `since`. */
  readonly noise: { readonly bytes: number; readonly since: Monotonic };
  readonly talk: Talk | null;
  /** Not written to before: the PD that answered lets go of the pair within two characters. */
  readonly freeAt: Monotonic;
  /** What was written last, without its mark: a two-wire adapter may hear itself. */
  readonly written: Uint8Array;
}

/** A frame worth looking at. Noise, cut and broken frames are none: the time for the answer runs on. */
export type Heard =
  | { readonly kind: "reply"; readonly frame: Frame }
  /** A command that is not ours: somebody else asks on this pair. */
  | { readonly kind: "foreign"; readonly address: number };

export function startLine(baud: number, open: boolean, now: Monotonic): BusLine {
  const noise = { bytes: 0, since: now };
  const written = new Uint8Array(0);
  return { baud, open, heard: IDLE_LINE, comingSince: null, noise, talk: null, freeAt: now, written };
}

/** How long `count` bytes take on the wire: 8N1, ten bits each. */
export function transmitTime(count: number, baud: number): Millis {
  return millis((count * 10_000) / baud);
}

/** Two characters, where that is a millisecond or more; below, every adapter is slower anyway. */
function turnaround(baud: number): Millis {
  return millis(Math.floor(transmitTime(2, baud)));
}

export function hear(line: BusLine, bytes: Uint8Array, now: Monotonic): { line: BusLine; heard: readonly Heard[] } {
  const deframed = deframe(line.heard, bytes, now);
  const heard = deframed.items.flatMap((item): Heard[] => heardItem(line, item));
  const comingSince = stillComing(line, deframed, now);
  const noise = countNoise(line.noise, deframed.skipped, now);
  return { line: { ...line, heard: deframed.line, comingSince, noise }, heard };
}

/** A whole frame ends what came before it: from then on it is another that comes. */
function stillComing({ comingSince }: BusLine, { line, items }: DeframeStep, now: Monotonic): Monotonic | null {
  if (line.rest.length === 0) return null;
  return comingSince === null || items.some(({ kind }) => kind !== "bad-check") ? now : comingSince;
}

function countNoise(noise: BusLine["noise"], skipped: number, now: Monotonic): BusLine["noise"] {
  const { bytes, since } = noise;
  if (bytes === 0 && skipped === 0) return noise;
  if (bytes === 0 || between(since, now) >= BUS_LIMITS.alarmPause) return { bytes: skipped, since: now };
  return skipped === 0 ? noise : { since, bytes: bytes + skipped };
}

/** More than the clicks of a plug and the echo of a repeater. */
export function isNoisy(line: BusLine): boolean {
  return line.noise.bytes >= BUS_LIMITS.noiseBytes;
}

function heardItem(line: BusLine, item: Deframed): Heard[] {
  if (item.kind !== "frame") return [];
  const { frame } = item;
  if (frame.reply) return [{ kind: "reply", frame }];
  return equalBytes(frame.bytes, line.written) ? [] : [{ kind: "foreign", address: frame.address }];
}

/** `bytes`, mark included, go out now; the line is held for the answer of `address`. */
export function talkTo(line: BusLine, address: number, bytes: Uint8Array, now: Monotonic): BusLine {
  const until = after(now, millis(transmitTime(bytes.length, line.baud) + BUS_LIMITS.replyTime));
  return { ...line, talk: { address, until }, written: bytes.slice(1) };
}

/** The answer came, or there is none to wait for. */
export function letGo(line: BusLine, now: Monotonic): BusLine {
  return { ...line, talk: null, freeAt: after(now, turnaround(line.baud)) };
}

/** When the wait for the answer is over. */
export function silenceAt(line: BusLine): Monotonic | null {
  return line.talk?.until ?? null;
}

/** When somebody may write: never while an answer is waited for, nor into the middle of a frame. */
export function writableAt(line: BusLine): Monotonic | null {
  if (!line.open || line.talk !== null) return null;
  const quiet = quietAt(line);
  return quiet !== null && quiet > line.freeAt ? quiet : line.freeAt;
}

/**
 * When what is coming is over: by silence, or because a frame of the length that it claims would be, however slowly its
 * bytes came. A pair without bias resistors is noisy whenever nobody drives it: who waited for silence would never ask.
 */
function quietAt({ heard, comingSince, baud }: BusLine): Monotonic | null {
  const silence = gapEnds(heard);
  if (silence === null || comingSince === null) return silence;
  const claimed = heard.rest.length < HEADER_BYTES ? null : declaredLength(heard.rest);
  const slowest = (claimed ?? HEADER_BYTES) * OSDP.osdpFrameGap;
  const longest = transmitTime(OSDP.osdpFrameBytes, baud) + OSDP.osdpFrameGap;
  const over = after(comingSince, millis(Math.min(slowest, longest)));
  return over < silence ? over : silence;
}

/** SOM, ADDR and LEN: with them the length is known. */
const HEADER_BYTES = 4;
