import { test } from "tap";
import { fromHex, utf8 } from "./bytes.ts";
import { checksum, crc16 } from "./crc.ts";

// OSDP Annex E as quoted by facts of independent implementations; the check value of CRC-16/SPI-FUJITSU.
const crcs = [
  { name: "COMSET to 0x7F (Annex E)", bytes: hex("537f0d00046e0080250000"), crc: 0x386e },
  { name: "ID (Annex E)", bytes: hex("53000900046100"), crc: 0x66c0 },
  { name: "123456789 (CRC catalogue, CRC-16/SPI-FUJITSU)", bytes: utf8("123456789"), crc: 0xe5cc },
  { name: "nothing", bytes: new Uint8Array(), crc: 0x1d0f },
];

for (const { name, bytes, crc } of crcs) {
  test(`CRC-16 of ${name}`, (t) => {
    t.equal(crc16(bytes), crc);
    t.end();
  });
}

test("the checksum makes the sum of all bytes zero (Annex E)", (t) => {
  const bytes = hex("537f0c00006e0080250000");
  t.equal(checksum(bytes), 0x0f);
  t.equal([...bytes, checksum(bytes)].reduce((sum, byte) => sum + byte, 0) % 256, 0);
  t.equal(checksum(new Uint8Array()), 0);
  t.end();
});

function hex(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (!bytes.ok) throw new Error(text);
  return bytes.value;
}
