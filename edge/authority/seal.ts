/**
 * Secrets at rest in the database: XChaCha20-Poly1305 under the sealing key of the vault, a random nonce of 24 bytes
 * before each. What a sealed value belongs to is authenticated with it: a row copied to another key opens nothing.
 */

import { concat, utf8 } from "@lintel/protocol/base/bytes.ts";
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { Secret, SecretText } from "@lintel/protocol/base/secret.ts";
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";

const NONCE = 24;

/** `belongsTo` names the place of the secret, like `keys/k1/pin`. */
export function seal(sealing: Secret, belongsTo: string, secret: Secret, random: RandomBytes): Uint8Array {
  const nonce = random(NONCE);
  return sealing.use((key) =>
    secret.use((bytes) => concat(nonce, xchacha20poly1305(key, nonce, utf8(belongsTo)).encrypt(bytes))),
  );
}

/** Fails for another key, another place, or a changed byte. */
export function unseal(sealing: Secret, belongsTo: string, sealed: Uint8Array): Result<Secret, { kind: "unsealable" }> {
  try {
    return ok(
      sealing.use((key) => {
        const cipher = xchacha20poly1305(key, sealed.subarray(0, NONCE), utf8(belongsTo));
        return new Secret(cipher.decrypt(sealed.subarray(NONCE)));
      }),
    );
  } catch {
    return fail({ kind: "unsealable" });
  }
}

export function sealText(sealing: Secret, belongsTo: string, text: SecretText, random: RandomBytes): Uint8Array {
  return seal(
    sealing,
    belongsTo,
    text.use((plain) => new Secret(utf8(plain))),
    random,
  );
}

export function unsealText(
  sealing: Secret,
  belongsTo: string,
  sealed: Uint8Array,
): Result<SecretText, { kind: "unsealable" }> {
  const opened = unseal(sealing, belongsTo, sealed);
  if (!opened.ok) return opened;
  return ok(opened.value.use((bytes) => new SecretText(new TextDecoder().decode(bytes))));
}
