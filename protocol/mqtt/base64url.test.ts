import fc from "fast-check";
import { test } from "tap";
import { fromBase64Url, toBase64Url } from "./base64url.ts";
import { decodeStatus, encodeStatus } from "./status.ts";

// RFC 4648 10, without padding, and the two characters of its section 5.
const encoded: readonly (readonly [string, string])[] = [
  ["", ""],
  ["f", "Zg"],
  ["fo", "Zm8"],
  ["foo", "Zm9v"],
  ["foob", "Zm9vYg"],
  ["fooba", "Zm9vYmE"],
  ["foobar", "Zm9vYmFy"],
  ["ûï¾", "w7vDr8K-"],
  ["??~", "Pz9-"],
  ["???", "Pz8_"],
];
for (const [plain, text] of encoded) {
  test(`base64url: '${plain}' is '${text}', both ways`, (t) => {
    const bytes = new TextEncoder().encode(plain);
    t.equal(toBase64Url(bytes), text);
    t.same(fromBase64Url(text), { ok: true, value: bytes });
    t.end();
  });
}
for (const text of ["Z", "Zg=", "Zg==", "Zh", "Zm9", "Zm 8", "Zm+8", "Zm/8", "Zm9vY", "ä"]) {
  test(`base64url: '${text}' is refused: padding, spare bits, another alphabet`, (t) => {
    t.same(fromBase64Url(text), { ok: false, error: { kind: "not-base64url" } });
    t.end();
  });
}
test("base64url: any bytes come back, and one text alone means them", (t) => {
  let seen = 0;
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      seen += 1;
      const text = toBase64Url(bytes);
      const read = fromBase64Url(text);
      return text === Buffer.from(bytes).toString("base64url") && read.ok && Buffer.compare(read.value, bytes) === 0;
    }),
  );
  t.ok(seen >= 100);
  t.end();
});

test("the status is the JSON that Home Assistant's template reads", (t) => {
  const status = { online: false, epoch: "00112233445566aa", session: 7 };
  t.equal(encodeStatus(status), '{"s":"offline","epoch":"00112233445566aa","sess":7}');
  t.same(decodeStatus(encodeStatus(status)), { ok: true, value: status });
  t.end();
});
for (const text of [
  "",
  "null",
  "[]",
  "{}",
  '{"s":"on","epoch":"00112233445566aa","sess":1}',
  '{"s":"online","epoch":"","sess":1}',
  '{"s":"online","epoch":"00112233445566aa","sess":-1}',
  `{"s":"online","pad":"${"x".repeat(200)}"}`,
]) {
  test(`a status like ${text.slice(0, 40)} is refused`, (t) => {
    t.same(decodeStatus(text), { ok: false, error: { kind: "malformed" } });
    t.end();
  });
}
