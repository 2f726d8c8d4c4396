import { concat, toHex } from "@lintel/protocol/base/bytes.ts";
import { Secret } from "@lintel/protocol/base/secret.ts";
import { monotonic } from "@lintel/protocol/base/units.ts";
import { encodeCommand } from "@lintel/protocol/osdp/commands.ts";
import { encodeFrame, uncheckedFrame, withCheck } from "@lintel/protocol/osdp/frame.ts";
import { encodeReply, type Reply } from "@lintel/protocol/osdp/replies.ts";
import { beginHandshake, SCS, sealFrame } from "@lintel/protocol/osdp/secure.ts";
import { test } from "tap";
import { FrameFinder, frameHex } from "./frame-hex.ts";

const SCBK = new Secret(Uint8Array.from({ length: 16 }, (_, at) => at + 1));
const REPLY = { address: 5, reply: true, sequence: 1, check: "crc", scb: null } as const;
const COMMAND = { ...REPLY, reply: false };
const KEYPAD: Reply = { name: "KEYPAD", reader: 0, keys: Uint8Array.of(0x32, 0x37) };

const keypad = encodeFrame({ ...REPLY, ...encodeReply(KEYPAD) });
const keypadByChecksum = encodeFrame({ ...REPLY, check: "checksum", ...encodeReply(KEYPAD) });
const keyset = encodeFrame({ ...COMMAND, ...encodeCommand({ name: "KEYSET", type: 1, scbk: SCBK }) });
const status = encodeFrame({ ...REPLY, ...encodeReply({ name: "LSTATR", tamper: false, powerFailed: false }) });
const { session } = beginHandshake(SCBK, new Uint8Array(8), new Uint8Array(8));
const sealed = sealFrame(session, { ...REPLY, ...encodeReply(KEYPAD) }).bytes;
// Keys in clear under a MAC, as libosdp sends states (facts osdp 8.1): SCS_16, data as it is, 4 bytes of MAC.
const scs16 = { type: SCS.replyWithoutData, data: new Uint8Array(0) };
const unchecked = uncheckedFrame({ ...REPLY, scb: scs16, ...encodeReply(KEYPAD) });
const openlySealed = withCheck(concat(unchecked, Uint8Array.of(1, 2, 3, 4)), "crc");

const rows: readonly { name: string; bytes: Uint8Array; hidden: string; revealed: string }[] = [
  {
    name: "keypresses in clear: reader, count, keys and check are dots",
    bytes: keypad,
    hidden: `${toHex(keypad).slice(0, 14)}••••••••••••`,
    revealed: toHex(keypad),
  },
  {
    name: "keypresses under a checksum",
    bytes: keypadByChecksum,
    hidden: `${toHex(keypadByChecksum).slice(0, 14)}••••••••••`,
    revealed: toHex(keypadByChecksum),
  },
  {
    name: "a key in clear is never shown",
    bytes: keyset,
    hidden: toHex(keyset).slice(0, 14) + "••".repeat(20),
    revealed: toHex(keyset).slice(0, 14) + "••".repeat(20),
  },
  { name: "what holds no secret", bytes: status, hidden: toHex(status), revealed: toHex(status) },
  { name: "a sealed frame, as on the wire", bytes: sealed, hidden: toHex(sealed), revealed: toHex(sealed) },
  {
    name: "keypresses in clear under a MAC",
    bytes: openlySealed,
    hidden: toHex(openlySealed).slice(0, 18) + "••".repeat(10),
    revealed: toHex(openlySealed),
  },
  { name: "what is no frame", bytes: keypad.subarray(0, 9), hidden: "••".repeat(9), revealed: "••".repeat(9) },
];

for (const { name, bytes, hidden, revealed } of rows) {
  test(`a printed frame: ${name}`, (t) => {
    t.equal(frameHex(bytes, false), hidden);
    t.equal(frameHex(bytes, true), revealed);
    t.end();
  });
}

test("frames are found in pieces, and rubbish between them is not printed", (t) => {
  const finder = new FrameFinder();
  const bytes = Uint8Array.from([1, 2, 3, ...status, 9, 9, ...sealed]);
  const found = [...bytes].flatMap((byte, at) => finder.find(Uint8Array.of(byte), monotonic(at)));
  t.same(found.map(toHex), [toHex(status).slice(2), toHex(sealed).slice(2)]);
  t.end();
});
