/**
 * What went over a line between a peer and us, frame by frame: how many polls were answered, and everything that was not
 * as it should be. Seen from the wire alone, so that neither end is asked how well it did.
 */
import { equalBytes } from "@lintel/protocol/base/bytes.ts";
import { POLL } from "@lintel/protocol/osdp/commands.ts";
import type { Frame } from "@lintel/protocol/osdp/frame.ts";
import { BUSY, NAK } from "@lintel/protocol/osdp/replies.ts";
import { SCS } from "@lintel/protocol/osdp/secure.ts";

export class LineTally {
  /** Polls that were answered under the same number, and not refused. */
  polls = 0;
  /** Of them, in a session: command and answer both sealed. */
  sealedPolls = 0;
  readonly faults: string[] = [];
  /** Frames by code and block, of replies and of commands. */
  readonly frames: Frame[] = [];
  #asked: Frame | null = null;
  #last: Frame | null = null;

  take(frame: Frame): void {
    this.frames.push(frame);
    if (frame.reply) this.#answer(frame);
    else this.#command(frame);
  }

  /** A frame that nobody could read. */
  unreadable(): void {
    this.faults.push("a frame that could not be read");
  }

  #command(frame: Frame): void {
    if (this.#last !== null && equalBytes(this.#last.bytes, frame.bytes) && frame.sequence !== 0) {
      this.faults.push(`command ${hex(frame.code)} was sent again`);
    } else if (this.#asked !== null) {
      this.faults.push(`command ${hex(this.#asked.code)} was not answered`);
    }
    this.#asked = frame;
    this.#last = frame;
  }

  #answer(frame: Frame): void {
    const asked = this.#asked;
    this.#asked = null;
    if (asked === null) this.faults.push(`reply ${hex(frame.code)} to nothing`);
    else if (frame.code === BUSY.code) this.faults.push("BUSY");
    else if (frame.sequence !== asked.sequence)
      this.faults.push(`reply ${hex(frame.code)} under number ${frame.sequence} to ${asked.sequence}`);
    else if (frame.code === NAK.code) this.faults.push(`NAK to command ${hex(asked.code)}`);
    else if (asked.code === POLL.code) {
      this.polls += 1;
      if (isSealed(asked) && isSealed(frame)) this.sealedPolls += 1;
    }
  }
}

function isSealed({ scb }: Frame): boolean {
  return scb !== null && scb.type >= SCS.commandWithoutData;
}

function hex(code: number): string {
  return code.toString(16).toUpperCase();
}
