import fc from "fast-check";
import { test } from "tap";
import { fromHex, toHex } from "./bytes.ts";
import { type Cbor, decodeCbor, encodeCbor } from "./cbor.ts";

const LIMITS = { bytes: 4096, depth: 8 };

function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  if (!bytes.ok) throw new Error(`not hex: ${hex}`);
  return bytes.value;
}

// RFC 8949, appendix A: the values that our messages can hold.
const published: readonly { value: Cbor; hex: string }[] = [
  { value: 0, hex: "00" },
  { value: 23, hex: "17" },
  { value: 24, hex: "1818" },
  { value: 1000000, hex: "1a000f4240" },
  { value: 1000000000000, hex: "1b000000e8d4a51000" },
  { value: -1, hex: "20" },
  { value: -1000, hex: "3903e7" },
  { value: 1.1, hex: "fb3ff199999999999a" },
  { value: false, hex: "f4" },
  { value: true, hex: "f5" },
  { value: null, hex: "f6" },
  { value: new Uint8Array([1, 2, 3, 4]), hex: "4401020304" },
  { value: "ü", hex: "62c3bc" },
  { value: [1, [2, 3], [4, 5]], hex: "8301820203820405" },
  { value: { a: 1, b: [2, 3] }, hex: "a26161016162820203" },
];

for (const { value, hex } of published) {
  test(`${hex} is one value, both ways (RFC 8949 appendix A)`, (t) => {
    t.equal(toHex(encodeCbor(value)), hex);
    t.same(decodeCbor(bytesOf(hex), LIMITS), { ok: true, value });
    t.end();
  });
}

const refused = [
  { name: "nothing", hex: "", kind: "malformed" },
  { name: "an integer longer than it need be", hex: "1800", kind: "malformed" },
  { name: "map keys out of order", hex: "a2616201616101", kind: "not-canonical" },
  { name: "a map key twice", hex: "a2616101616102", kind: "malformed" },
  { name: "an array without length", hex: "9f01ff", kind: "malformed" },
  { name: "a byte too many", hex: "0000", kind: "malformed" },
  { name: "an array cut short", hex: "830102", kind: "malformed" },
  { name: "text that is not UTF-8", hex: "61ff", kind: "not-canonical" },
  { name: "a float that an integer says", hex: "fb3ff0000000000000", kind: "not-canonical" },
  { name: "undefined", hex: "f7", kind: "malformed" },
  { name: "a tag", hex: "c11a514b67b0", kind: "malformed" },
  { name: "nesting one past the limit", hex: `${"81".repeat(9)}00`, kind: "too-deep" },
  { name: "a hundred thousand arrays", hex: "81".repeat(4096), kind: "too-deep" },
] as const;

for (const { name, hex, kind } of refused) {
  test(`refused: ${name}`, (t) => {
    const read = decodeCbor(bytesOf(hex), LIMITS);
    t.equal(read.ok ? "accepted" : read.error.kind, kind);
    t.end();
  });
}

test("the limits: at them is read, one past is refused", (t) => {
  t.ok(decodeCbor(bytesOf(`${"81".repeat(8)}00`), LIMITS).ok, "eight deep");
  const long = encodeCbor(new Uint8Array(LIMITS.bytes - 3));
  t.equal(long.length, LIMITS.bytes);
  t.ok(decodeCbor(long, LIMITS).ok);
  t.same(decodeCbor(encodeCbor(new Uint8Array(LIMITS.bytes - 2)), LIMITS), {
    ok: false,
    error: { kind: "too-long", bytes: LIMITS.bytes + 1, limit: LIMITS.bytes },
  });
  t.end();
});

test("any bytes: a value that writes the same bytes, or a refusal; never an exception", (t) => {
  let accepted = 0;
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
      const read = decodeCbor(bytes, LIMITS);
      if (read.ok) {
        accepted += 1;
        return toHex(encodeCbor(read.value)) === toHex(bytes);
      }
      return true;
    }),
    { numRuns: 3000 },
  );
  t.ok(accepted > 10, "some were accepted");
  t.end();
});

test("what is written is plain bytes of its own, whatever its length", (t) => {
  for (let length = 0; length < 400; length += 1) {
    const bytes = encodeCbor([new Uint8Array(length), "x"]);
    const copy = bytes.slice();
    copy[0]! ^= 1;
    if (bytes.constructor !== Uint8Array || copy[0] === bytes[0]) t.fail(`${length} bytes inside`);
  }
  t.equal(encodeCbor(1).constructor, Uint8Array);
  t.end();
});
