import fc from "fast-check";
import { test } from "tap";
import { PacketLengths } from "./packet-length.ts";

const LIMIT = 300;
/** MQTT 3.1.1, table 2.4: the borders of the length's size. */
const headers: readonly { name: string; bytes: readonly number[]; fits: boolean }[] = [
  { name: "no body", bytes: [0xc0, 0], fits: true },
  { name: "127 in one byte", bytes: [0x30, 0x7f], fits: true },
  { name: "128 in two bytes", bytes: [0x30, 0x80, 0x01], fits: true },
  { name: "exactly the limit", bytes: [0x30, 0xac, 0x02], fits: true },
  { name: "one more than the limit", bytes: [0x30, 0xad, 0x02], fits: false },
  { name: "268,435,455, the longest there is", bytes: [0x30, 0xff, 0xff, 0xff, 0x7f], fits: false },
  { name: "a length of five bytes", bytes: [0x30, 0x80, 0x80, 0x80, 0x80, 0x00], fits: false },
];
for (const { name, bytes, fits } of headers) {
  test(`a packet that claims ${name}: ${fits ? "goes on" : "is stopped"}`, (t) => {
    t.equal(new PacketLengths(LIMIT).take(Uint8Array.from(bytes)), fits);
    t.end();
  });
}

test("packets of the limit and below pass however they are cut; the first longer one stops", (t) => {
  let runs = 0;
  const packet = fc.integer({ min: 0, max: LIMIT });
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 8 }), fc.integer({ min: 1, max: 50 }), (lengths, cut) => {
      runs += 1;
      const bytes = lengths.flatMap((length) => [...header(length), ...new Array<number>(length).fill(0xff)]);
      const meter = new PacketLengths(LIMIT);
      for (let at = 0; at < bytes.length; at += cut) {
        if (!meter.take(Uint8Array.from(bytes.slice(at, at + cut)))) return false;
      }
      return !meter.take(Uint8Array.from(header(LIMIT + 1)));
    }),
  );
  t.ok(runs >= 100);
  t.end();
});

function header(length: number): number[] {
  const bytes = [0x30];
  let left = length;
  do {
    bytes.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
    left >>= 7;
  } while (left > 0);
  return bytes;
}
