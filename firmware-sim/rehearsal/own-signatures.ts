/**
 * Signatures of a world whose signers all stand in it. What one of them has just signed is known to be signed: to check
 * it again would cost more than all else that a record costs. What was changed on the way, or is of anybody else, is
 * checked as anywhere.
 */
import { equalBytes } from "@lintel/protocol/base/bytes.ts";
import type { Ed25519 } from "@lintel/protocol/mqtt/ed25519.ts";
import { LIMITS } from "./limits.ts";

interface Signed {
  readonly message: Uint8Array;
  readonly publicKey: Uint8Array;
}

export function rememberingOwn(ed25519: Ed25519): Ed25519 {
  /** By signature, the oldest first. */
  const own = new Map<string, Signed>();
  return {
    publicKey: (seed) => ed25519.publicKey(seed),
    sign: (message, seed) => {
      const signature = ed25519.sign(message, seed);
      own.set(nameOf(signature), { message: message.slice(), publicKey: ed25519.publicKey(seed) });
      if (own.size > LIMITS.ownSignatures) own.delete(own.keys().next().value!);
      return signature;
    },
    verify: (signature, message, publicKey) => {
      const signed = own.get(nameOf(signature));
      const isOwn =
        signed !== undefined && equalBytes(signed.message, message) && equalBytes(signed.publicKey, publicKey);
      return isOwn || ed25519.verify(signature, message, publicKey);
    },
  };
}

function nameOf(signature: Uint8Array): string {
  return String.fromCharCode(...signature);
}
