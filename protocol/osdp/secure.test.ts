import { readFileSync } from "node:fs";
import { test } from "tap";
import { concat, toHex } from "../base/bytes.ts";
import { checksum, crc16 } from "../base/crc.ts";
import { Secret } from "../base/secret.ts";
import { decodeFrame, type Frame, uncheckedFrame, withCheck } from "./frame.ts";
import {
  beginHandshake,
  decryptData,
  deriveSessionKeys,
  encryptData,
  isWeakScbk,
  macOf,
  openFrame,
  SCBK_D,
  SCS,
  type Session,
  sealFrame,
} from "./secure.ts";
import { bytes } from "./vectors.rig.ts";

const vectors = JSON.parse(readFileSync(new URL("../../test/vectors/osdp/derivation.json", import.meta.url), "utf8"));

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

const session: Session = { ...keys, cMac: new Uint8Array(16), rMac: bytes(annexE.rMacI) };
const poll = { address: 5, reply: false, sequence: 2, check: "crc", code: 0x60, data: new Uint8Array(0) } as const;
const out = { ...poll, code: 0x68, data: bytes("00053200") } as const;

function frameOf(sealed: Uint8Array): Frame {
  const decoded = decodeFrame(sealed.subarray(1));
  if (!decoded.ok) throw new Error(decoded.error.kind);
  return decoded.value;
}

/** A frame as a peer might build it that holds the keys and not the rules. */
function sealedOddly(type: number, data: Uint8Array): Frame {
  const covered = uncheckedFrame({ ...out, scb: { type, data: new Uint8Array(0) }, data });
  return frameOf(withCheck(concat(covered, macOf(session, session.rMac, covered).subarray(0, 4)), "crc"));
}

test("a command and its answer: each opens on the other side, and both sides hold the same chain", (t) => {
  const command = sealFrame(session, out);
  const atPd = openFrame(session, frameOf(command.bytes));
  t.ok(atPd.ok);
  if (!atPd.ok) return t.end();
  t.same({ code: atPd.value.code, data: atPd.value.data }, { code: out.code, data: out.data });
  const reply = sealFrame(atPd.value.session, { ...poll, reply: true, code: 0x40 });
  const atCp = openFrame(command.session, frameOf(reply.bytes));
  t.ok(atCp.ok && atCp.value.code === 0x40);
  t.same(atCp.ok && atCp.value.session, reply.session);
  t.same(session.cMac, new Uint8Array(16), "the session we began with is as it was");
  return t.end();
});

const odd = [
  {
    name: "the block type of a reply",
    frame: () => sealedOddly(SCS.replyWithoutData, new Uint8Array(0)),
    kind: "block-type",
  },
  {
    name: "clear data under a right MAC",
    frame: () => sealedOddly(SCS.commandWithoutData, out.data),
    kind: "clear-data",
  },
  {
    name: "no data where it says encrypted",
    frame: () => sealedOddly(SCS.commandWithData, new Uint8Array(0)),
    kind: "encryption",
  },
  { name: "15 encrypted bytes", frame: () => sealedOddly(SCS.commandWithData, new Uint8Array(15)), kind: "encryption" },
  { name: "no 80 at the end", frame: () => sealedOddly(SCS.commandWithData, new Uint8Array(16)), kind: "encryption" },
  {
    name: "a command again after its answer",
    frame: () => frameOf(sealFrame({ ...session, rMac: bytes(annexE.sEnc) }, poll).bytes),
    kind: "mac",
  },
] as const;

for (const { name, frame, kind } of odd) {
  test(`${name}: refused (facts osdp 6)`, (t) => {
    t.same(openFrame(session, frame()), { ok: false, error: { kind } });
    t.end();
  });
}

/** What answers `poll` with its data in clear, under a right MAC. */
function clearReply(code: number, data: Uint8Array): { at: Session; frame: Frame } {
  const at = sealFrame(session, poll).session;
  const scb = { type: SCS.replyWithoutData, data: new Uint8Array(0) };
  const covered = uncheckedFrame({ ...poll, reply: true, code, data, scb });
  return { at, frame: frameOf(withCheck(concat(covered, macOf(at, at.cMac, covered).subarray(0, 4)), "crc")) };
}

test("the reason of a NAK may stand in clear under a right MAC: libosdp 3.2.9 sends it so (docs/interop.md)", (t) => {
  const { at, frame } = clearReply(0x41, bytes("09"));
  t.match(openFrame(at, frame), { ok: true, value: { code: 0x41, data: bytes("09") } });
  const forged = frameOf(withCheck(frame.bytes.with(-3, frame.bytes.at(-3)! ^ 1).slice(0, -2), "crc"));
  t.same(openFrame(at, forged), { ok: false, error: { kind: "mac" } }, "the MAC is asked all the same");
  const keypad = clearReply(0x53, bytes("000131"));
  t.same(openFrame(keypad.at, keypad.frame), { ok: false, error: { kind: "clear-data" } }, "and nothing else may");
  t.end();
});

test("one block of padding and nothing else is no data: SIA's tool sends LSTAT so (facts osdp 6)", (t) => {
  const frame = sealedOddly(SCS.commandWithData, encryptData(session, session.rMac, new Uint8Array(0)));
  t.match(openFrame(session, frame), { ok: true, value: { data: new Uint8Array(0) } });
  t.end();
});
