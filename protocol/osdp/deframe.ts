/**
 * Frames out of a stream of bytes that may be noise, cut, doubled or lying about its length (facts osdp 2, 8.8, 8.9).
 * A frame is only what has SOM, a possible LEN and a right check; it is taken whole, whoever it is addressed to, so
 * that nothing inside another device's data is ever taken for a frame. Everything else is searched one byte further.
 */
import { concat } from "../base/bytes.ts";
import { after, type Monotonic } from "../base/units.ts";
import { declaredLength, decodeFrame, type Frame, type FrameHeader, SOM } from "./frame.ts";
import { LIMITS } from "./limits.ts";

/** What is left of a stream: the beginning of a frame that is still coming, or nothing. */
export interface LineState {
  /** Shorter than the longest frame; begins with SOM if not empty. */
  readonly rest: Uint8Array;
  /** When the last of `rest` came. */
  readonly lastByteAt: Monotonic | null;
}

export type Deframed =
  | { readonly kind: "frame"; readonly frame: Frame }
  /** A right check around a broken inside: it was sent so, and can be answered. */
  | { readonly kind: "malformed"; readonly header: FrameHeader; readonly bytes: Uint8Array }
  /** As many bytes as LEN says and a wrong check. `quiet`: no byte followed, so that an answer disturbs nobody. */
  | { readonly kind: "bad-check"; readonly header: FrameHeader; readonly quiet: boolean };

export interface DeframeStep {
  readonly line: LineState;
  readonly items: readonly Deframed[];
  /** Bytes that belong to no frame, marks not counted. */
  readonly skipped: number;
}

export const IDLE_LINE: LineState = { rest: new Uint8Array(0), lastByteAt: null };

/** When the frame that is still coming is given up, unless a byte comes before; null when none is coming. */
export function gapEnds(line: LineState): Monotonic | null {
  return line.lastByteAt === null ? null : after(line.lastByteAt, LIMITS.osdpFrameGap);
}

/** Takes in `bytes` (none: only time passes). After a gap the cut frame's bytes are searched again, then forgotten. */
export function deframe(line: LineState, bytes: Uint8Array, now: Monotonic): DeframeStep {
  const gap = gapEnds(line);
  const cut = gap !== null && now >= gap ? search(line.rest, true) : null;
  const before = cut === null ? line.rest : cut.rest;
  if (bytes.length === 0) {
    if (cut === null) return { line, items: [], skipped: 0 };
    return { line: IDLE_LINE, items: cut.items, skipped: cut.skipped };
  }
  const found = search(concat(before, bytes), false);
  return {
    line: found.rest.length === 0 ? IDLE_LINE : { rest: found.rest, lastByteAt: now },
    items: [...(cut?.items ?? []), ...found.items],
    skipped: (cut?.skipped ?? 0) + found.skipped,
  };
}

interface Found {
  readonly items: Deframed[];
  readonly rest: Uint8Array;
  readonly skipped: number;
}

/** `ended`: no byte will follow, so what is incomplete is no frame. */
function search(bytes: Uint8Array, ended: boolean): Found {
  const items: Deframed[] = [];
  let at = 0;
  let skipped = 0;
  while (at < bytes.length) {
    const look = lookForFrame(bytes.subarray(at));
    if (look === "incomplete" && !ended) break;
    if (typeof look !== "string") {
      items.push(look.item);
      if (look.item.kind !== "bad-check") {
        at += look.length;
        continue;
      }
    }
    // One byte, not the declared length: a broken length must not swallow the good frame behind it.
    if (bytes[at] !== 0xff) skipped += 1;
    at += 1;
  }
  return { items, rest: bytes.slice(at), skipped };
}

/** What stands at the very start of `bytes`. */
function lookForFrame(bytes: Uint8Array): "incomplete" | "none" | { item: Deframed; length: number } {
  if (bytes[0] !== SOM) return "none";
  if (bytes.length < 4) return "incomplete";
  const length = declaredLength(bytes);
  if (length === null) return "none";
  if (bytes.length < length) return "incomplete";
  const whole = bytes.subarray(0, length);
  const decoded = decodeFrame(whole);
  if (decoded.ok) return { item: { kind: "frame", frame: decoded.value }, length };
  const error = decoded.error;
  switch (error.kind) {
    case "length":
      return "none";
    case "check":
      return { item: { kind: "bad-check", header: error.header, quiet: bytes.length === length }, length };
    case "inside":
      return { item: { kind: "malformed", header: error.header, bytes: whole.slice() }, length };
  }
}
