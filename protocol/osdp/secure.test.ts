import { readFileSync } from "node:fs";
import { test } from "tap";
import { fromHex, toHex } from "../base/bytes.ts";
import { checksum, crc16 } from "../base/crc.ts";
import { Secret } from "../base/secret.ts";
import { beginHandshake, decryptData, deriveSessionKeys, encryptData, isWeakScbk, macOf, SCBK_D } from "./secure.ts";

const vectors = JSON.parse(readFileSync(new URL("../../test/vectors/osdp/derivation.json", import.meta.url), "utf8"));

function bytes(hex: string): Uint8Array {
  const read = fromHex(hex);
  if (!read.ok) throw new Error(`not hex: ${hex}`);
  return read.value;
}
const shown = (secret: Secret) => secret.use(toHex);

const annexE = vectors.annexE;
const keys = deriveSessionKeys(new Secret(bytes(annexE.scbk)), bytes(annexE.rndA));

test("keys, cryptograms and R-MAC-I are those of the standard's Annex E", (t) => {
  const handshake = beginHandshake(SCBK_D, bytes(annexE.rndA), bytes(annexE.rndB));
  t.equal(shown(SCBK_D), annexE.scbk);
  t.equal(shown(handshake.session.sEnc), annexE.sEnc);
  t.equal(shown(handshake.session.sMac1), annexE.sMac1);
  t.equal(shown(handshake.session.sMac2), annexE.sMac2);
  t.equal(toHex(handshake.clientCryptogram), annexE.clientCryptogram);
  t.equal(toHex(handshake.serverCryptogram), annexE.serverCryptogram);
  t.equal(toHex(handshake.session.rMac), annexE.rMacI);
  t.end();
});

test("the MAC, over every length around a block", (t) => {
  for (const { length, icv, message, mac } of vectors.mac.cases) {
    t.equal(toHex(macOf(keys, bytes(icv), bytes(message))), mac, `${length} bytes`);
  }
  t.equal(vectors.mac.cases.length, 9, "the vectors were not empty");
  t.end();
});

test("encryption and decryption, over every length around a block", (t) => {
  for (const { length, plain, cipher, lastMacOfOtherDirection } of vectors.encryption.cases) {
    const iv = bytes(lastMacOfOtherDirection);
    t.equal(toHex(encryptData(keys, iv, bytes(plain))), cipher, `${length} bytes out`);
    const back = decryptData(keys, iv, bytes(cipher));
    t.equal(back === null ? null : toHex(back), plain, `${length} bytes in`);
  }
  t.equal(vectors.encryption.cases.length, 8, "the vectors were not empty");
  t.end();
});

test("the checks of Annex E", (t) => {
  for (const { kind, bytes: hex, value } of vectors.checks) {
    const crc = crc16(bytes(hex));
    const got = kind === "crc" ? Uint8Array.of(crc & 0xff, crc >> 8) : Uint8Array.of(checksum(bytes(hex)));
    t.equal(toHex(got), value, `${kind} of ${hex}`);
  }
  t.equal(vectors.checks.length, 4, "the vectors were not empty");
  t.end();
});

const weak = [
  { name: "all zero", hex: "00".repeat(16), weak: true },
  { name: "one byte repeated", hex: "42".repeat(16), weak: true },
  { name: "SCBK-D", hex: "303132333435363738393a3b3c3d3e3f", weak: true },
  { name: "15 bytes", hex: "000102030405060708090a0b0c0d0e", weak: true },
  { name: "16 different bytes", hex: "000102030405060708090a0b0c0d0e0f", weak: false },
] as const;

for (const { name, hex, weak: expected } of weak) {
  test(`an SCBK of ${name} is ${expected ? "weak" : "taken"} (facts osdp 6)`, (t) => {
    t.equal(isWeakScbk(new Secret(bytes(hex))), expected);
    t.end();
  });
}
