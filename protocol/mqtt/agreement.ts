/**
 * What the X25519 agreement of an edge and the authority gives (design 4): each side derives it, nothing of it
 * travels but the MQTT password, to the broker. K_index is another sibling, in protocol/keyset/code-index.ts.
 */
import { x25519 } from "@noble/curves/ed25519.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8 } from "../base/bytes.ts";
import { fail, ok, type Result } from "../base/result.ts";
import { Secret, SecretText } from "../base/secret.ts";
import { toBase64Url } from "./base64url.ts";

/** The public key of an X25519 secret of 32 bytes. */
export function agreementPublicKey(secret: Secret): Uint8Array {
  return secret.use((bytes) => x25519.getPublicKey(bytes));
}

/** The shared secret of RFC 7748 6.1. A peer's key of low order is refused: it would make the secret known to all. */
export function agree(own: Secret, peer: Uint8Array): Result<Secret, { readonly kind: "weak-key" }> {
  try {
    return ok(own.use((bytes) => new Secret(x25519.getSharedSecret(bytes, peer))));
  } catch {
    return fail({ kind: "weak-key" });
  }
}

/** HKDF-SHA256 without salt, 32 bytes; `info` = label ‖ site ‖ edge. */
export function deriveFor(shared: Secret, label: string, site: string, edge: string): Secret {
  return shared.use((bytes) => new Secret(hkdf(sha256, bytes, undefined, utf8(`${label}${site}${edge}`), 32)));
}

/** The password of MQTT user `edge`. */
export function mqttPassword(shared: Secret, site: string, edge: string): SecretText {
  return deriveFor(shared, "lintel mqtt v1", site, edge).use((bytes) => new SecretText(toBase64Url(bytes)));
}
