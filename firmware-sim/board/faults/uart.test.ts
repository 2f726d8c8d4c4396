import { test } from "tap";
import { mishear } from "./uart.ts";

const BYTES = Uint8Array.of(0xff, 0x53, 0x00, 0x08, 0x00, 0x04, 0x60, 0xba, 0xa5);

test("what fits is heard as it was sent", (t) => {
  t.same(mishear(BYTES, { sent: 9600, heard: 9600, inverted: false }), BYTES);
  // Clocks of both ends are allowed to differ by a few percent.
  t.same(mishear(BYTES, { sent: 9600, heard: 9900, inverted: false }), BYTES);
  t.same(mishear(Uint8Array.of(), { sent: 9600, heard: 9600, inverted: false }), Uint8Array.of());
  t.end();
});

const heard: readonly { name: string; bytes: number[]; as: object; is: number[] }[] = [
  // 0x53 is 0 11001010 1 on the wire, low bit first. Swapped it is 1 00110101 0: the first fall is its second bit.
  { name: "swapped, one byte", bytes: [0x53], as: { inverted: true }, is: [0x56] },
  { name: "swapped, a byte of ones and its one fall", bytes: [0xff], as: { inverted: true }, is: [0x00] },
  // Two bits of the sender in each of the listener: 0|00000000|1 0|11111111|1 has its middles at 1, 3, 5 …
  { name: "two bytes at half the speed", bytes: [0x00, 0xff], as: { sent: 19_200 }, is: [0xf8] },
  // Each bit is read twice, and the stop bit of the first reading is missing.
  { name: "a byte at twice the speed", bytes: [0x55], as: { heard: 19_200 }, is: [0x66, 0xe6] },
];
for (const { name, bytes, as, is } of heard) {
  test(`${name} is heard as ${is.map((byte) => byte.toString(16)).join(" ")}`, (t) => {
    const mismatch = { sent: 9600, heard: 9600, inverted: false, ...as };
    t.same([...mishear(Uint8Array.from(bytes), mismatch)], is);
    t.end();
  });
}
