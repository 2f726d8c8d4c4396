/** Hostile bytes with a grammar: most of them are frames, or were frames before something was done to them. */
import { COMMANDS, type Command } from "@lintel/protocol/osdp/commands.ts";
import { carriesMac, encodeFrame, uncheckedFrame, withCheck } from "@lintel/protocol/osdp/frame.ts";
import { LIMITS } from "@lintel/protocol/osdp/limits.ts";
import { REPLIES } from "@lintel/protocol/osdp/replies.ts";

export type CommandName = Command["name"];

/** The same stream of numbers for the same seed (mulberry32). */
export class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }
  /** 0 to below `end`. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
  }
  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }
  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.below(256));
  }
}

const LENGTHS = [0, 1, 2, 3, 5, 7, 8, 14, 15, 16, 17, 28, 32, 64, 128, 255, 256, 1_000, 1_392];
/** What tables, clocks and counters have at their edges. */
const EDGES = [0, 1, 2, 3, 4, 5, 6, 0x0d, 0x10, 0x30, 0x53, 0x7e, 0x7f, 0x80, 0xfe, 0xff];

/** Fields as a table may have them: mostly small numbers and edges, for records that nearly fit. */
function payload(dice: Dice): Uint8Array {
  const length = dice.of(LENGTHS);
  const edge = dice.below(3) > 0;
  return Uint8Array.from({ length }, () => (edge ? dice.of(EDGES) : dice.below(256)));
}

/** A frame with a right check and anything inside. */
export function forgedFrame(dice: Dice, { address, reply }: { address: number; reply: boolean }): Uint8Array {
  const codes = (reply ? REPLIES : COMMANDS).map(({ code }) => code);
  const header = {
    address: dice.below(8) === 0 ? dice.of([0x7f, 6, 0]) : address,
    reply: dice.below(12) === 0 ? !reply : reply,
    sequence: dice.below(4),
    check: dice.of(["crc", "checksum"] as const),
    code: dice.below(10) === 0 ? dice.below(256) : dice.of(codes),
    data: payload(dice),
  };
  const blocks = [null, null, { type: 0x10 + dice.below(10), data: dice.bytes(dice.below(2)) }];
  const scb = dice.of(blocks);
  if (scb === null || !carriesMac(scb.type)) return encodeFrame({ ...header, scb });
  return withCheck(Uint8Array.of(...uncheckedFrame({ ...header, scb }), ...dice.bytes(4)), header.check);
}

/** Something is done to bytes that were right. */
export function damaged(dice: Dice, bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  if (copy.length === 0) return copy;
  switch (dice.below(6)) {
    case 0:
      copy[dice.below(copy.length)]! ^= 1 << dice.below(8);
      return copy;
    case 1:
      return copy.subarray(0, dice.below(copy.length));
    case 2:
      return copy.subarray(dice.below(copy.length));
    case 3:
      return Uint8Array.of(...copy, ...copy);
    case 4:
      return Uint8Array.of(...dice.bytes(dice.below(20)), ...copy);
    default:
      // LEN lies.
      if (copy.length > 4) copy[3 + dice.below(2)] = dice.of([0, 1, 6, 7, 0xa0, LIMITS.osdpFrameBytes & 0xff, 0xff]);
      return copy;
  }
}

/** What comes next from somebody who means no good, and has heard `heard`. */
export function hostile(dice: Dice, heard: readonly Uint8Array[], to: { address: number; reply: boolean }): Uint8Array {
  const kind = dice.below(10);
  if (kind < 5) return forgedFrame(dice, to);
  if (kind < 7 && heard.length > 0) return dice.of(heard);
  if (kind < 8 && heard.length > 0) return damaged(dice, dice.of(heard));
  if (kind < 9) return damaged(dice, forgedFrame(dice, to));
  return dice.bytes(dice.of(LENGTHS));
}

/** Now and then time passes: within a frame's gap, at its end, up to the end of a session. */
export const PAUSES = [0, 0, 0, 1, 19, 20, 21, 50, 199, 250, 1_000, 5_000, 7_999, 8_000];
