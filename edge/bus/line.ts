/**
 * The pair of wires: half duplex, one question outstanding. What is heard on it, how long an answer is waited for, and
 * when it may be written to again (facts osdp 2). Not here: whose turn it is (bus).
 */
import { equalBytes } from "@lintel/protocol/base/bytes.ts";
import { after, type Millis, type Monotonic, millis } from "@lintel/protocol/base/units.ts";
import { type Deframed, deframe, gapEnds, IDLE_LINE, type LineState } from "@lintel/protocol/osdp/deframe.ts";
import type { Frame } from "@lintel/protocol/osdp/frame.ts";
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
  return { baud, open, heard: IDLE_LINE, talk: null, freeAt: now, written: new Uint8Array(0) };
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
  return { line: { ...line, heard: deframed.line }, heard };
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
  const coming = gapEnds(line.heard);
  return coming !== null && coming > line.freeAt ? coming : line.freeAt;
}
