/** What a table refuses, and as what: `length` becomes NAK 2, `value` NAK 9. */
import { test } from "tap";
import { millis } from "../base/units.ts";
import { type Command, decodeCommand, encodeCommand } from "./commands.ts";
import { LIMITS } from "./limits.ts";
import { decodeReply, encodeReply, type Reply } from "./replies.ts";
import { bytes } from "./vectors.rig.ts";

const LED = "000002020302013200010a000100";

const commands = [
  { name: "OUT with the most records", code: 0x68, data: "00053200".repeat(8), is: "ok" },
  { name: "OUT with one more", code: 0x68, data: "00053200".repeat(9), is: "value" },
  { name: "OUT without a record", code: 0x68, data: "", is: "length" },
  { name: "OUT with half a record", code: 0x68, data: "000532000005", is: "length" },
  { name: "OUT with control 6", code: 0x68, data: "00063200", is: "ok" },
  { name: "OUT with control 7", code: 0x68, data: "00073200", is: "value" },
  { name: "LED with the most records", code: 0x69, data: LED.repeat(8), is: "ok" },
  { name: "LED with one more", code: 0x69, data: LED.repeat(9), is: "value" },
  { name: "LED in colour 8", code: 0x69, data: "000002020308013200010a000100", is: "value" },
  { name: "LED set with neither on nor off time", code: 0x69, data: "000002000002013200010a000100", is: "value" },
  { name: "LED not set, so its times mean nothing", code: 0x69, data: "0000000000020132000000000000", is: "ok" },
  { name: "BUZ of two records", code: 0x6a, data: "00020201030002020103", is: "length" },
  { name: "BUZ off without times", code: 0x6a, data: "0001000000", is: "ok" },
  { name: "BUZ with tone 3", code: 0x6a, data: "0003020103", is: "value" },
  { name: "TEXT in row 0", code: 0x6b, data: "00010000010141", is: "value" },
  { name: "TEXT shorter than it says", code: 0x6b, data: "00010001010541", is: "length" },
  { name: "COMSET to 0x7E", code: 0x6e, data: "7e80250000", is: "ok" },
  { name: "COMSET to 0x7F", code: 0x6e, data: "7f80250000", is: "value" },
  { name: "COMSET to 1 baud", code: 0x6e, data: "0501000000", is: "value" },
  { name: "KEYSET shorter than it says", code: 0x75, data: "011000", is: "length" },
  { name: "CHLNG of 7 bytes", code: 0x76, data: "01020304050607", is: "length" },
  { name: "MFG without a vendor", code: 0x80, data: "024c", is: "length" },
  {
    name: "COMSET, its address wrong and a byte too many: the first fault",
    code: 0x6e,
    data: "7f8025000000",
    is: "value",
  },
  { name: "POLL with data", code: 0x60, data: "00", is: "length" },
  { name: "DIAG, which we do not have", code: 0x63, data: "", is: "unknown-code" },
  { name: "ACK as a command", code: 0x40, data: "", is: "unknown-code" },
] as const;

for (const { name, code, data, is } of commands) {
  test(`command: ${name}: ${is}`, (t) => {
    const decoded = decodeCommand(code, bytes(data));
    t.equal(decoded.ok ? "ok" : decoded.error.kind, is);
    if (decoded.ok) t.same(encodeCommand(decoded.value), { code, data: bytes(data) });
    t.end();
  });
}

const replies = [
  { name: "LSTATR with tamper 1", code: 0x48, data: "0100", is: "ok" },
  { name: "LSTATR with tamper 2", code: 0x48, data: "0200", is: "value" },
  { name: "LSTATR of one byte", code: 0x48, data: "01", is: "length" },
  { name: "ISTATR with every state", code: 0x49, data: "000102030405", is: "ok" },
  { name: "ISTATR with state 6", code: 0x49, data: "06", is: "value" },
  { name: "OSTATR with the most outputs", code: 0x4a, data: "01".repeat(LIMITS.osdpStatesPerReply), is: "ok" },
  { name: "OSTATR with one more", code: 0x4a, data: "01".repeat(LIMITS.osdpStatesPerReply + 1), is: "value" },
  { name: "RAW of 26 bits", code: 0x50, data: "00011a00b1c2d3c0", is: "ok" },
  { name: "RAW of 26 bits in 3 bytes", code: 0x50, data: "00011a00b1c2d3", is: "value" },
  { name: "KEYPAD without a key", code: 0x53, data: "0000", is: "ok" },
  { name: "KEYPAD with fewer keys than it says", code: 0x53, data: "00023131".slice(0, 6), is: "length" },
  { name: "NAK with a word nobody knows", code: 0x41, data: "63", is: "ok" },
  { name: "NAK without a word", code: 0x41, data: "", is: "length" },
  { name: "POLL as a reply", code: 0x60, data: "", is: "unknown-code" },
] as const;

for (const { name, code, data, is } of replies) {
  test(`reply: ${name}: ${is}`, (t) => {
    const decoded = decodeReply(code, bytes(data));
    t.equal(decoded.ok ? "ok" : decoded.error.kind, is);
    if (decoded.ok) t.same(encodeReply(decoded.value), { code, data: bytes(data) });
    t.end();
  });
}

const output = { output: 0, action: "onFor", time: millis(100) } as const;
const unsendable: readonly { readonly name: string; readonly encode: () => unknown }[] = [
  {
    name: "a time between two steps",
    encode: () => encodeCommand({ name: "OUT", outputs: [{ ...output, time: millis(150) }] }),
  },
  {
    name: "a time past the field",
    encode: () => encodeCommand({ name: "OUT", outputs: [{ ...output, time: millis(6_553_600) }] }),
  },
  { name: "no record", encode: () => encodeCommand({ name: "OUT", outputs: [] }) },
  {
    name: "an output past a byte",
    encode: () => encodeCommand({ name: "OUT", outputs: [{ ...output, output: 256 }] }),
  },
  { name: "a tone without an on time", encode: () => encodeCommand(tone(0)) },
  {
    name: "a vendor of 2 bytes",
    encode: () => encodeReply({ name: "MFGREP", vendor: bytes("024c"), payload: bytes("") }),
  },
  {
    name: "more of a vendor's bytes than a frame holds",
    encode: () => encodeReply(vendorBytes(LIMITS.osdpVendorBytes + 1)),
  },
];

function tone(on: number): Command {
  return { name: "BUZ", reader: 0, tone: "default", on: millis(on), off: millis(0), count: 1 };
}

function vendorBytes(count: number): Reply {
  return { name: "MFGREP", vendor: bytes("024c54"), payload: new Uint8Array(count) };
}

for (const { name, encode } of unsendable) {
  test(`we never send ${name}: that is our own mistake`, (t) => {
    t.throws(encode, { name: "InvariantViolation" });
    t.end();
  });
}

test("what stands at those limits is sent", (t) => {
  t.same(encodeCommand({ name: "OUT", outputs: [{ ...output, time: millis(6_553_500) }] }).data, bytes("0005ffff"));
  t.equal(encodeReply(vendorBytes(LIMITS.osdpVendorBytes)).data.length, 3 + LIMITS.osdpVendorBytes);
  t.same(encodeCommand(tone(100)).data, bytes("0002010001"));
  t.end();
});
