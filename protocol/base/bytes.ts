/** Bytes: hex, joining, and a comparison that takes the same time whatever differs. */
import { fail, ok, type Result } from "./result.ts";

export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** Hex digits of either case, an even number of them, white space ignored. */
export function fromHex(text: string): Result<Uint8Array, { kind: "not-hex" }> {
  const digits = text.replace(/\s+/g, "");
  if (digits.length % 2 !== 0 || /[^0-9a-fA-F]/.test(digits)) return fail({ kind: "not-hex" });
  const bytes = new Uint8Array(digits.length / 2);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = Number.parseInt(digits.slice(at * 2, at * 2 + 2), 16);
  return ok(bytes);
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Equal in length and content. Takes the same time for any two of one length: for MACs, tokens, cryptograms. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let different = 0;
  for (let at = 0; at < a.length; at += 1) different |= a[at]! ^ b[at]!;
  return different === 0;
}

const UTF8 = new TextEncoder();
export function utf8(text: string): Uint8Array {
  return UTF8.encode(text);
}
