/**
 * Frames as `--frames` prints them: as they are on the wire where they are sealed; in clear with what is secret blanked,
 * the check too, for it would give one digit away.
 */
import { toHex } from "@lintel/protocol/base/bytes.ts";
import type { Monotonic } from "@lintel/protocol/base/units.ts";
import { KEYSET } from "@lintel/protocol/osdp/commands.ts";
import { deframe, IDLE_LINE, type LineState } from "@lintel/protocol/osdp/deframe.ts";
import { decodeFrame, type Frame, MARK } from "@lintel/protocol/osdp/frame.ts";
import { KEYPAD } from "@lintel/protocol/osdp/replies.ts";
import { SCS } from "@lintel/protocol/osdp/secure.ts";

const BLANK = "••";

/** One whole frame, with or without its mark. `reveal` shows digits; a key is never shown. */
export function frameHex(bytes: Uint8Array, reveal: boolean): string {
  const start = bytes.findIndex((byte) => byte !== MARK);
  const decoded = decodeFrame(bytes.subarray(Math.max(start, 0)));
  if (!decoded.ok) return BLANK.repeat(bytes.length);
  const open = secretFrom(decoded.value, reveal);
  if (open === null) return toHex(bytes);
  const shown = start + open;
  return toHex(bytes.subarray(0, shown)) + BLANK.repeat(bytes.length - shown);
}

/** Where in the frame what must not be printed begins; null where nothing must be hidden. */
function secretFrom(frame: Frame, reveal: boolean): number | null {
  if (frame.scb?.type === SCS.commandWithData || frame.scb?.type === SCS.replyWithData) return null;
  const codeAt = 5 + (frame.scb === null ? 0 : frame.scb.data.length + 2);
  if (frame.reply && frame.code === KEYPAD.code && !reveal) return codeAt + 1;
  return !frame.reply && frame.code === KEYSET.code ? codeAt + 1 : null;
}

/** The frames in a stream of bytes, whoever they are for. What is no frame is not printed. */
export class FrameFinder {
  #line: LineState = IDLE_LINE;

  find(bytes: Uint8Array, now: Monotonic): Uint8Array[] {
    const { line, items } = deframe(this.#line, bytes, now);
    this.#line = line;
    return items.flatMap((item) => (item.kind === "frame" ? [item.frame.bytes] : []));
  }
}
