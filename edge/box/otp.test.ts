/** What tokens show, by the published vectors of RFC 4226 and RFC 6238, and what the port makes of bad secrets. */
import { readFileSync } from "node:fs";
import { utf8 } from "@lintel/protocol/base/bytes.ts";
import { Secret, SecretText } from "@lintel/protocol/base/secret.ts";
import type { KeysetOtp } from "@lintel/protocol/keyset/keyset.ts";
import { test } from "tap";
import { shownBy, typedOtp } from "./otp.ts";

const vectors = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../test/vectors/otp/${name}.json`, import.meta.url), "utf8"));

const hotp = vectors("hotp_rfc4226") as { secret_ascii: string; vectors: { count: number; hotp: string }[] };
for (const { count, hotp: shown } of hotp.vectors) {
  test(`HOTP ${count} (RFC 4226, appendix D)`, (t) => {
    t.equal(shownBy(new Secret(utf8(hotp.secret_ascii)), "SHA1", count), shown);
    t.end();
  });
}

const totp = vectors("totp_rfc6238") as {
  step: number;
  secrets_ascii: Record<KeysetOtp["algorithm"], string>;
  vectors: { time: number; algorithm: KeysetOtp["algorithm"]; totp: string }[];
};
for (const { time, algorithm, totp: shown } of totp.vectors) {
  test(`TOTP at ${time} by ${algorithm}, the last six of its eight digits (RFC 6238, appendix B)`, (t) => {
    const secret = new Secret(utf8(totp.secrets_ascii[algorithm]));
    t.equal(shownBy(secret, algorithm, Math.floor(time / totp.step)), shown.slice(-6));
    t.end();
  });
}

test("all vectors were there", (t) => {
  t.same([hotp.vectors.length, totp.vectors.length], [10, 18]);
  t.end();
});

const token = (over: Partial<KeysetOtp> = {}): KeysetOtp => ({
  key: "k1",
  type: "hotp",
  slot: null,
  algorithm: "SHA1",
  period: 30,
  counter: 0,
  secret: new Uint8Array(0),
  ...over,
});
const SECRET = new Secret(utf8("12345678901234567890"));

test("an entry is compared with what the token shows at that factor, and at no other", (t) => {
  const typed = typedOtp(new SecretText("287082"), () => SECRET);
  t.same(
    [0, 1, 2].map((factor) => typed.shows(token(), factor)),
    [false, true, false],
  );
  t.end();
});

test("each secret is opened once for an entry", (t) => {
  let opened = 0;
  const typed = typedOtp(new SecretText("000000"), () => {
    opened += 1;
    return SECRET;
  });
  const one = token();
  for (let factor = 0; factor <= 10; factor += 1) typed.shows(one, factor);
  t.equal(opened, 1);
  t.end();
});

const lengths = [
  { bytes: 15, matches: false, rule: "RFC 4226 R6" },
  { bytes: 16, matches: true, rule: "RFC 4226 R6" },
  { bytes: 64, matches: true, rule: "what otplib takes by itself" },
  { bytes: 65, matches: true, rule: "and does not" },
  { bytes: 128, matches: true, rule: "the most of a site file" },
  { bytes: 129, matches: false, rule: "one past it" },
];
for (const { bytes, matches, rule } of lengths) {
  test(`a secret of ${bytes} bytes ${matches ? "is compared" : "matches nothing, and ends nothing"} (${rule})`, (t) => {
    const secret = new Secret(new Uint8Array(bytes).fill(5));
    const shown = matches ? shownBy(secret, "SHA1", 3) : "000000";
    t.equal(typedOtp(new SecretText(shown), () => secret).shows(token(), 3), matches);
    t.end();
  });
}

test("a secret that does not open here matches nothing", (t) => {
  t.equal(typedOtp(new SecretText("755224"), () => null).shows(token(), 0), false);
  t.end();
});

test("the highest counter of a site file is still one", (t) => {
  t.match(shownBy(SECRET, "SHA1", Number.MAX_SAFE_INTEGER), /^\d{6}$/);
  t.end();
});
