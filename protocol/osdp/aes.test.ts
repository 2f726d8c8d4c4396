import { cbc, ecb } from "@noble/ciphers/aes.js";
import fc from "fast-check";
import { test } from "tap";
import { nobleAes } from "./aes.ts";
import { bytes } from "./vectors.rig.ts";

const BARE = { disablePadding: true } as const;
const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

test("one block, as FIPS 197 appendix B has it", (t) => {
  const key = bytes("2b7e151628aed2a6abf7158809cf4f3c");
  for (const again of [1, 2]) {
    const cipher = nobleAes.block(key, bytes("3243f6a8885a308d313198a2e0370734"));
    t.same(cipher, bytes("3925841d02dc09fbdc118597196a0b32"), `time ${again} with the same key`);
  }
  t.end();
});

test("block and CBC are those of the whole modes, and what goes in is left as it was", (t) => {
  fc.assert(
    fc.property(
      bytesOf(16),
      bytesOf(16),
      fc.integer({ min: 1, max: 6 }),
      fc.infiniteStream(fc.nat(255)),
      (key, iv, blocks, more) => {
        const plain = Uint8Array.from({ length: blocks * 16 }, () => more.next().value!);
        const before = Uint8Array.from(plain);
        const cipher = nobleAes.encryptCbc(key, iv, plain);
        t.same(cipher, cbc(key, iv, BARE).encrypt(plain));
        const sealed = Uint8Array.from(cipher);
        t.same(nobleAes.decryptCbc(key, iv, cipher), before);
        t.same(nobleAes.block(key, iv), ecb(key, BARE).encrypt(iv));
        t.same([plain, cipher], [before, sealed]);
      },
    ),
  );
  t.end();
});
