/** Base64url without padding (RFC 4648 5): tokens and passwords. One text for one value: no padding, no spare bits. */
import { fail, ok, type Result } from "../base/result.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

export function toBase64Url(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const three = (bytes[at]! << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text += ALPHABET[three >> 18]! + ALPHABET[(three >> 12) & 63]!;
    if (left > 1) text += ALPHABET[(three >> 6) & 63]!;
    if (left > 2) text += ALPHABET[three & 63]!;
  }
  return text;
}

export function fromBase64Url(text: string): Result<Uint8Array, { readonly kind: "not-base64url" }> {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let held = 0;
  let bits = 0;
  let at = 0;
  for (const character of text) {
    const six = ALPHABET.indexOf(character);
    if (six < 0) return fail({ kind: "not-base64url" });
    held = ((held << 6) | six) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at] = (held >> bits) & 0xff;
    at += 1;
  }
  const spare = held & ((1 << bits) - 1);
  if (text.length % 4 === 1 || spare !== 0) return fail({ kind: "not-base64url" });
  return ok(bytes);
}
