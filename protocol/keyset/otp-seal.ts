/**
 * The secret of a one-time token between the authority and its edge: sealed under siblings of K_index (design 4), so
 * that neither the broker nor a stolen disk has it. Equal secrets of a key are sealed equally: a keyset that says the
 * same keeps its digest. What is sealed for one key opens for no other.
 */
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, utf8 } from "../base/bytes.ts";
import { encodeCbor } from "../base/cbor.ts";
import { fail, ok, type Result } from "../base/result.ts";
import { Secret } from "../base/secret.ts";

const NONCE_BYTES = 24;
const TAG_BYTES = 16;

/** Each 32 bytes. `nonce` makes the nonces: derived from what is sealed, they never meet with two contents. */
export interface OtpSealKeys {
  readonly cipher: Secret;
  readonly nonce: Secret;
}

/** `shared` as for `deriveIndexKey`: X25519 of the authority's key for this edge and the edge's key. */
export function deriveOtpSealKeys(shared: Secret, { site, edge }: { site: string; edge: string }): OtpSealKeys {
  const derive = (label: string) =>
    shared.use((bytes) => new Secret(hkdf(sha256, bytes, undefined, utf8(`${label}${site}${edge}`), 32)));
  return { cipher: derive("lintel otp seal v1"), nonce: derive("lintel otp nonce v1") };
}

/** Whose token it is. A re-issue is sealed anew. */
export interface OtpOwner {
  readonly key: string;
  readonly issue: number;
}

/** Nonce ‖ ciphertext ‖ tag: 40 bytes more than the secret. */
export function sealOtpSecret(keys: OtpSealKeys, { key, issue }: OtpOwner, secret: Secret): Uint8Array {
  return secret.use((plain) => {
    const message = encodeCbor([key, issue, plain]);
    const nonce = keys.nonce.use((bytes) => hmac(sha256, bytes, message)).slice(0, NONCE_BYTES);
    const sealed = keys.cipher.use((bytes) => xchacha20poly1305(bytes, nonce, utf8(key)).encrypt(plain));
    return concat(nonce, sealed);
  });
}

/** Fails for another edge's, another key's, or a changed byte. */
export function openOtpSecret(
  keys: OtpSealKeys,
  key: string,
  sealed: Uint8Array,
): Result<Secret, { readonly kind: "not-ours" }> {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return fail({ kind: "not-ours" });
  try {
    return ok(
      keys.cipher.use((bytes) => {
        const cipher = xchacha20poly1305(bytes, sealed.subarray(0, NONCE_BYTES), utf8(key));
        return new Secret(cipher.decrypt(sealed.subarray(NONCE_BYTES)));
      }),
    );
  } catch {
    return fail({ kind: "not-ours" });
  }
}
