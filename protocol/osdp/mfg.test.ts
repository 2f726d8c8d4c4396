import { test } from "tap";
import { fromHex, toHex } from "../base/bytes.ts";
import { millis } from "../base/units.ts";
import {
  type ConfigureMfg,
  decodeMfgCommand,
  decodeRing,
  encodeConfigure,
  encodeRing,
  encodeRingAck,
  isLintelVendor,
  LINTEL_VENDOR,
  MFG_LIMITS,
  type RingMfg,
} from "./mfg.ts";

function bytes(hex: string): Uint8Array {
  const read = fromHex(hex);
  if (!read.ok) throw new Error("the table holds hex");
  return read.value;
}

const configures: readonly { name: string; configure: ConfigureMfg; hex: string }[] = [
  {
    name: "the defaults of a Controller",
    configure: {
      strike: { output: 0, fail: "secure" },
      rex: { input: 1, release: millis(5000) },
      contact: { input: 0 },
      fire: null,
    },
    hex: "01 00 00 01 3200 00 ff",
  },
  {
    name: "nothing fitted but a fail-safe strike",
    configure: { strike: { output: 3, fail: "safe" }, rex: null, contact: null, fire: null },
    hex: "01 03 01 ff 0000 ff ff",
  },
  {
    name: "everything fitted, the longest release",
    configure: {
      strike: { output: 7, fail: "safe" },
      rex: { input: 6, release: millis(120_000) },
      contact: { input: 5 },
      fire: { input: 4 },
    },
    hex: "01 07 01 06 b004 05 04",
  },
];

for (const { name, configure, hex } of configures) {
  test(`configure: ${name}`, (t) => {
    t.equal(toHex(encodeConfigure(configure)), toHex(bytes(hex)));
    t.same(decodeMfgCommand(bytes(hex)), { ok: true, value: { kind: "configure", configure } });
    cutAndLengthened(bytes(hex), (data) => t.notOk(decodeMfgCommand(data).ok, `${data.length} bytes are refused`));
    t.end();
  });
}

const refused: readonly { name: string; hex: string }[] = [
  { name: "a release without a REX", hex: "01 00 00 ff 3200 00 ff" },
  { name: "a REX without a release", hex: "01 00 00 01 0000 00 ff" },
  { name: "a release of 1201 steps", hex: "01 00 00 01 b104 00 ff" },
  { name: "a third way to fail", hex: "01 00 02 01 3200 00 ff" },
  { name: "output 255", hex: "01 ff 00 01 3200 00 ff" },
  { name: "an unknown type", hex: "03" },
  { name: "nothing", hex: "" },
];

for (const { name, hex } of refused) {
  test(`an MFG that holds ${name} is refused`, (t) => {
    t.notOk(decodeMfgCommand(bytes(hex)).ok);
    t.end();
  });
}

test("ring-ack", (t) => {
  const ack = { boot: 0x01020304, upTo: 0xfffefdfc };
  const hex = "02 04030201 fcfdfeff";
  t.equal(toHex(encodeRingAck(ack)), toHex(bytes(hex)));
  t.same(decodeMfgCommand(bytes(hex)), { ok: true, value: { kind: "ring-ack", ack } });
  cutAndLengthened(bytes(hex), (data) => t.notOk(decodeMfgCommand(data).ok, `${data.length} bytes are refused`));
  t.end();
});

const rings: readonly { name: string; ring: RingMfg; hex: string }[] = [
  { name: "no event", ring: { boot: 1, events: [] }, hex: "81 01000000 00" },
  {
    name: "one of every kind",
    ring: {
      boot: 0xffff_ffff,
      events: [
        { n: 1, ageMs: 0xffff_ffff, kind: "boot" },
        { n: 2, ageMs: 60_000, kind: "rex" },
        { n: 3, ageMs: 5, kind: "contact", on: true },
        { n: 4, ageMs: 4, kind: "tamper", on: false },
        { n: 5, ageMs: 3, kind: "fire", on: true },
        { n: 6, ageMs: 2, kind: "keys-dropped", count: 7 },
        { n: 9, ageMs: 0, kind: "overflow", count: 3 },
      ],
    },
    hex: `81 ffffffff 07
      01000000 ffffffff 01 00 00000000
      02000000 60ea0000 02 00 00000000
      03000000 05000000 03 03 00000000
      04000000 04000000 04 01 00000000
      05000000 03000000 05 03 00000000
      06000000 02000000 06 04 07000000
      09000000 00000000 07 04 03000000`,
  },
];

for (const { name, ring, hex } of rings) {
  test(`ring: ${name}`, (t) => {
    t.equal(toHex(encodeRing(ring)), toHex(bytes(hex)));
    t.same(decodeRing(bytes(hex)), { ok: true, value: ring });
    cutAndLengthened(bytes(hex), (data) => t.notOk(decodeRing(data).ok, `${data.length} bytes are refused`));
    t.end();
  });
}

const refusedRings: readonly { name: string; hex: string }[] = [
  { name: "an event numbered 0", hex: "81 01000000 01 00000000 00000000 01 00 00000000" },
  { name: "an unknown kind", hex: "81 01000000 01 01000000 00000000 08 00 00000000" },
  { name: "on without having it", hex: "81 01000000 01 01000000 00000000 03 02 00000000" },
  { name: "a count without having it", hex: "81 01000000 01 01000000 00000000 01 00 01000000" },
  {
    name: "a number twice",
    hex: "81 01000000 02 01000000 00000000 01 00 00000000 01000000 00000000 02 00 00000000",
  },
  { name: "the type of a command", hex: "01 01000000 00" },
];

for (const { name, hex } of refusedRings) {
  test(`a ring with ${name} is refused`, (t) => {
    t.notOk(decodeRing(bytes(hex)).ok);
    t.end();
  });
}

test("as many events as one ring may hold fit a sealed frame of 128 bytes", (t) => {
  const events = Array.from({ length: MFG_LIMITS.ringEventsPerReply }, (_, index) => ({
    n: index + 1,
    ageMs: 0,
    kind: "rex" as const,
  }));
  const payload = LINTEL_VENDOR.length + encodeRing({ boot: 1, events }).length;
  const sealed = Math.floor(payload / 16) * 16 + 16;
  // SOM, address, length, control, security block, code, MAC, CRC.
  t.equal(5 + 2 + 1 + sealed + 4 + 2, 126);
  t.end();
});

test("the vendor of a Lintel Controller is known by all three octets", (t) => {
  t.ok(isLintelVendor([0x02, 0x4c, 0x54]));
  t.notOk(isLintelVendor([0x02, 0x4c, 0x55]));
  t.notOk(isLintelVendor([0x02, 0x4c]));
  t.end();
});

function cutAndLengthened(whole: Uint8Array, see: (data: Uint8Array) => void): void {
  for (let length = 0; length < whole.length; length += 1) see(whole.slice(0, length));
  see(new Uint8Array([...whole, 0]));
}
