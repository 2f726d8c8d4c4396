/**
 * AES-128 as OSDP uses it: one block, and CBC without padding of its own. Behind one interface, because a bus of many
 * PDs may want another cipher than a simulation.
 */
import { unsafe } from "@noble/ciphers/aes.js";

export const BLOCK_BYTES = 16;

/** `cipherKey`: the bytes of a Secret, which never change. */
export interface Aes {
  /** ECB of exactly one block. */
  block(cipherKey: Uint8Array, block: Uint8Array): Uint8Array;
  /** `plain` is a multiple of 16 bytes; so is the answer. */
  encryptCbc(cipherKey: Uint8Array, iv: Uint8Array, plain: Uint8Array): Uint8Array;
  /** `cipher` is a multiple of 16 bytes; so is the answer. */
  decryptCbc(cipherKey: Uint8Array, iv: Uint8Array, cipher: Uint8Array): Uint8Array;
}

/**
 * The round keys of a key, worked out once: they cost more than the block. Kept as long as the key itself is, which is
 * that of its session, and no longer.
 */
class RoundKeys {
  readonly #held = new WeakMap<Uint8Array, Uint32Array>();
  readonly #expand: (cipherKey: Uint8Array) => Uint32Array;
  constructor(expand: (cipherKey: Uint8Array) => Uint32Array) {
    this.#expand = expand;
  }
  of(cipherKey: Uint8Array): Uint32Array {
    const held = this.#held.get(cipherKey);
    if (held !== undefined) return held;
    const expanded = this.#expand(cipherKey);
    this.#held.set(cipherKey, expanded);
    return expanded;
  }
}

const encryption = new RoundKeys(unsafe.expandKeyLE);
const decryption = new RoundKeys(unsafe.expandKeyDecLE);

/** noble calls these parts unsafe because a mode has to be made of them by hand: ECB of one block and CBC are, here. */
export const nobleAes: Aes = {
  block: (cipherKey, block) => unsafe.encryptBlock(encryption.of(cipherKey), Uint8Array.from(block)),
  encryptCbc(cipherKey, iv, plain) {
    const keys = encryption.of(cipherKey);
    const cipher = new Uint8Array(plain.length);
    let before = iv;
    for (let at = 0; at < plain.length; at += BLOCK_BYTES) {
      const block = cipher.subarray(at, at + BLOCK_BYTES);
      for (let byte = 0; byte < BLOCK_BYTES; byte += 1) block[byte] = plain[at + byte]! ^ before[byte]!;
      before = unsafe.encryptBlock(keys, block);
    }
    return cipher;
  },
  decryptCbc(cipherKey, iv, cipher) {
    const keys = decryption.of(cipherKey);
    const plain = Uint8Array.from(cipher);
    let before = iv;
    for (let at = 0; at < cipher.length; at += BLOCK_BYTES) {
      const block = unsafe.decryptBlock(keys, plain.subarray(at, at + BLOCK_BYTES));
      for (let byte = 0; byte < BLOCK_BYTES; byte += 1) block[byte]! ^= before[byte]!;
      before = cipher.subarray(at, at + BLOCK_BYTES);
    }
    return plain;
  },
};
