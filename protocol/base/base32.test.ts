import { test } from "tap";
import { fromBase32 } from "./base32.ts";
import { toHex, utf8 } from "./bytes.ts";

/** RFC 4648, section 10, without its padding. */
const vectors = [
  { text: "", bytes: "" },
  { text: "MY", bytes: "f" },
  { text: "MZXQ", bytes: "fo" },
  { text: "MZXW6", bytes: "foo" },
  { text: "MZXW6YQ", bytes: "foob" },
  { text: "MZXW6YTB", bytes: "fooba" },
  { text: "MZXW6YTBOI", bytes: "foobar" },
  { text: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", bytes: "12345678901234567890" },
] as const;

for (const { text, bytes } of vectors) {
  test(`base32 of ${bytes || "nothing"} (RFC 4648, section 10)`, (t) => {
    const read = fromBase32(text);
    t.ok(read.ok && toHex(read.value) === toHex(utf8(bytes)));
    t.end();
  });
}

for (const text of ["M", "MZX", "MZXW6Y", "my", "MZXW6YT1", "MZXW6YT=", "M Y"]) {
  test(`${text} is no base32 of ours: a length that no bytes have, or another letter`, (t) => {
    t.same(fromBase32(text), { ok: false, error: { kind: "not-base32" } });
    t.end();
  });
}

test("all letters, so that none stands in another's place", (t) => {
  const read = fromBase32("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");
  t.ok(read.ok && toHex(read.value) === "00443214c74254b635cf84653a56d7c675be77df");
  t.end();
});
