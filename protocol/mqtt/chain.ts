/**
 * Chains of hashes: each link is the SHA-256 of the link before it and of what it holds, so that the last link stands
 * for everything before it, in its order. Links are 64 hex digits; the link before the first is zeros.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, fromHex, toHex } from "../base/bytes.ts";
import { invariant } from "../base/invariant.ts";

export const EMPTY_LINK = "0".repeat(64);

/** The link behind `before` that holds `bytes`; of a record, `encodeRecord` of it. */
export function nextLink(before: string, bytes: Uint8Array): string {
  const link = fromHex(before);
  invariant(link.ok && link.value.length === 32, "a link of a chain is a SHA-256");
  return toHex(sha256(concat(link.value, bytes)));
}
