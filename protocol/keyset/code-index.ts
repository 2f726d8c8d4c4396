/**
 * How a code stands in a keyset without its digits (design 4): a keyed hash under a key that only the authority and
 * this one edge can derive. Who holds K_index can try all codes in seconds; SECURITY.md says so.
 */
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, toHex, utf8 } from "../base/bytes.ts";
import { invariant } from "../base/invariant.ts";
import { Secret, type SecretText } from "../base/secret.ts";

/** Bytes of an index entry: the first 16 of the HMAC (design 4). */
export const INDEX_BYTES = 16;

/**
 * K_index, 32 bytes. `shared` is X25519 of the authority's key for this edge and the edge's key: each side computes it
 * and it never travels. Site and edge are in the derivation, so that no two edges share an index.
 */
export function deriveIndexKey(shared: Secret, place: { readonly site: string; readonly edge: string }): Secret {
  const info = utf8(`lintel code index v1${place.site}${place.edge}`);
  return shared.use((bytes) => new Secret(hkdf(sha256, bytes, undefined, info, 32)));
}

/** HMAC-SHA256(K_index, length ‖ digits), first 16 bytes. The length is one byte: no code is a beginning of another. */
export function codeIndex(indexKey: Secret, digits: SecretText): Uint8Array {
  return mac(indexKey, new Uint8Array(0), digits).slice(0, INDEX_BYTES);
}

// Apart from the index by its first byte, 'l', which no length reaches: a fingerprint in a record says nothing about
// the index of a code that is issued later.
const FINGERPRINT = utf8("lintel fingerprint v1");

/** 8 hex digits by which records tell that the same unknown code was typed again (d1.7). */
export function fingerprint(indexKey: Secret, digits: SecretText): string {
  return toHex(mac(indexKey, FINGERPRINT, digits).subarray(0, 4));
}

function mac(indexKey: Secret, prefix: Uint8Array, digits: SecretText): Uint8Array {
  return digits.use((text) => {
    invariant(text.length < 0x6c, "an entry is shorter than a fingerprint's first byte", { length: text.length });
    const message = concat(prefix, Uint8Array.of(text.length), utf8(text));
    return indexKey.use((key) => hmac(sha256, key, message));
  });
}
