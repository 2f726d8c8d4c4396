/** For tests: whether some secret text or bytes stand in other bytes, in any of the forms in which one would leak. */
import { toHex } from "@lintel/protocol/base/bytes.ts";

interface Form {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Everything in which a code of six digits is found again. */
export function formsOfDigits(digits: string): readonly Form[] {
  const ascii = Buffer.from(digits, "latin1");
  const number = Buffer.alloc(5);
  number[0] = 0x1a; // CBOR: an unsigned number of 4 bytes.
  number.writeUInt32BE(Number(digits), 1);
  return [
    { name: "text", bytes: ascii },
    { name: "UTF-16", bytes: Buffer.from(digits, "utf16le") },
    { name: "hex", bytes: Buffer.from(ascii.toString("hex")) },
    { name: "the other way round", bytes: Buffer.from([...digits].reverse().join("")) },
    { name: "a number in CBOR", bytes: number },
    { name: "digits as bytes", bytes: Buffer.from([...digits].map(Number)) },
    ...base64Forms(ascii),
  ];
}

export function formsOfKey(key: Uint8Array): readonly Form[] {
  const hex = toHex(key);
  return [
    { name: "bytes", bytes: Buffer.from(key) },
    { name: "hex", bytes: Buffer.from(hex) },
    { name: "HEX", bytes: Buffer.from(hex.toUpperCase()) },
    ...base64Forms(Buffer.from(key)),
  ];
}

/** The middle of what base64 makes of them, at each of the three places where they may begin. */
function base64Forms(bytes: Buffer): Form[] {
  return [0, 1, 2].flatMap((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes, Buffer.alloc(3)]).toString("base64");
    const first = Math.ceil((shift * 8) / 6);
    const middle = text.slice(first, Math.floor(((shift + bytes.length) * 8) / 6));
    // What is shorter stands in any text by chance.
    if (middle.length < 7) return [];
    return [middle, middle.replaceAll("+", "-").replaceAll("/", "_")].map((form) => ({
      name: `base64 from ${shift}`,
      bytes: Buffer.from(form),
    }));
  });
}

/** Names of the forms that stand in `where`. */
export function found(forms: readonly Form[], where: Buffer): string[] {
  return forms.flatMap(({ name, bytes }) => (stands(bytes, where) ? [name] : []));
}

/** A longer run of hex digits, as a hash, a time in ms or a boot's number, holds any six by chance: it counts for nothing. */
const CHANCE = 10;

function stands(bytes: Buffer, where: Buffer): boolean {
  for (let at = where.indexOf(bytes); at >= 0; at = where.indexOf(bytes, at + 1)) {
    const isDigits = bytes.length <= 7 && bytes.every(isHexDigit);
    if (!isDigits || runAround(where, at) < CHANCE) return true;
  }
  return false;
}

function runAround(where: Buffer, at: number): number {
  let [from, to] = [at, at];
  while (from > 0 && isHexDigit(where[from - 1]!)) from -= 1;
  while (to < where.length && isHexDigit(where[to]!)) to += 1;
  return to - from;
}

function isHexDigit(byte: number): boolean {
  return /[0-9a-fA-F]/.test(String.fromCharCode(byte));
}
