/** A card as a person at the bench writes it: its bits in hex, and how many of them count. */
import { fromHex } from "@lintel/protocol/base/bytes.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { LIMITS } from "../controller/limits.ts";

export interface Card {
  readonly bits: number;
  /** The first bit leftmost, zero filled at the end. */
  readonly card: Uint8Array;
}

/** `card HEX [BITS]`: the words behind `card`. Left out, all bits of HEX count. Never repeats what it read. */
export function readCard([hex = "", count, ...more]: readonly string[]): Result<Card, string> {
  const usage = fail(
    `card takes hex digits, and how many bits of them count, at most ${LIMITS.cardBits}: card 3f8a2c40 26`,
  );
  const bytes = fromHex(hex);
  if (!bytes.ok || bytes.value.length === 0 || more.length > 0) return usage;
  const held = bytes.value.length * 8;
  const bits = count === undefined ? held : /^\d{1,3}$/.test(count) ? Number(count) : 0;
  if (bits < 1 || bits > LIMITS.cardBits || Math.ceil(bits / 8) !== bytes.value.length) return usage;
  const card = bytes.value;
  card[card.length - 1]! &= 0xff << (held - bits);
  return ok({ bits, card });
}
