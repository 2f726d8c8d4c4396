/**
 * AES-128 as OSDP uses it: one block, and CBC without padding of its own. Behind one interface, because a simulation
 * wants a cipher without IO and a bus of many PDs may want a faster one.
 */
import { cbc, ecb } from "@noble/ciphers/aes.js";

export const BLOCK_BYTES = 16;

export interface Aes {
  /** ECB of exactly one block. */
  block(cipherKey: Uint8Array, block: Uint8Array): Uint8Array;
  /** `plain` is a multiple of 16 bytes; so is the answer. */
  encryptCbc(cipherKey: Uint8Array, iv: Uint8Array, plain: Uint8Array): Uint8Array;
  /** `cipher` is a multiple of 16 bytes; so is the answer. */
  decryptCbc(cipherKey: Uint8Array, iv: Uint8Array, cipher: Uint8Array): Uint8Array;
}

const BARE = { disablePadding: true } as const;

export const nobleAes: Aes = {
  block: (cipherKey, block) => ecb(cipherKey, BARE).encrypt(block),
  encryptCbc: (cipherKey, iv, plain) => cbc(cipherKey, iv, BARE).encrypt(plain),
  decryptCbc: (cipherKey, iv, cipher) => cbc(cipherKey, iv, BARE).decrypt(cipher),
};
