/** Base32 (RFC 4648, section 6), as the secrets of one-time codes are handed on. */
import { fail, ok, type Result } from "./result.ts";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Upper case without padding. Bits that fill no byte are left out, as every token does. */
export function fromBase32(text: string): Result<Uint8Array, { readonly kind: "not-base32" }> {
  if ([1, 3, 6].includes(text.length % 8)) return fail({ kind: "not-base32" });
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const letter of text) {
    const value = LETTERS.indexOf(letter);
    if (value < 0) return fail({ kind: "not-base32" });
    held = ((held << 5) | value) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at] = (held >> bits) & 0xff;
    at += 1;
  }
  return ok(bytes);
}
