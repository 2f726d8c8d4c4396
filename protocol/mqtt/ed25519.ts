/**
 * Ed25519 (RFC 8032) as envelopes need it. Behind one interface, because a signature in pure TypeScript takes a
 * thousand times longer than a decision at a door: who signs a lot (a year of records in a rehearsal) brings a faster
 * one. A signature follows from seed and message alone: whoever makes it, its bytes are the same.
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import type { Secret } from "../base/secret.ts";

export interface Ed25519 {
  /** 32 bytes, of a seed of 32 bytes. */
  publicKey(seed: Secret): Uint8Array;
  /** 64 bytes. */
  sign(message: Uint8Array, seed: Secret): Uint8Array;
  /** False for whatever is wrong, also for a key or a signature that is none: a peer's mistake like any other. */
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
}

/** Strict: one signature has one spelling (RFC 8032, not ZIP 215), and keys of small order have signed nothing. */
export const nobleEd25519: Ed25519 = {
  publicKey: (seed) => {
    const known = publicKeys.get(seed);
    if (known !== undefined) return known;
    const made = seed.use((bytes) => ed25519.getPublicKey(bytes));
    publicKeys.set(seed, made);
    return made;
  },
  sign: (message, seed) => seed.use((bytes) => ed25519.sign(message, bytes)),
  verify: (signature, message, publicKey) => {
    try {
      return ed25519.verify(signature, message, publicKey, { zip215: false });
    } catch {
      return false; // The library throws for a point or scalar that is none.
    }
  },
};

/** Of the few seeds that sign: each message names its signer. */
const publicKeys = new WeakMap<Secret, Uint8Array>();
