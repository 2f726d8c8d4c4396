/** The sealed secret of a token (design 4: "OTP secrets travel and rest AEAD-sealed under a sibling key"). */
import { test } from "tap";
import { toHex, utf8 } from "../base/bytes.ts";
import { Secret } from "../base/secret.ts";
import { deriveIndexKey } from "./code-index.ts";
import { LIMITS } from "./limits.ts";
import { deriveOtpSealKeys, openOtpSecret, sealOtpSecret } from "./otp-seal.ts";

const shared = new Secret(new Uint8Array(32).fill(7));
const place = { site: "hq", edge: "e1" };
const keys = deriveOtpSealKeys(shared, place);
const owner = { key: "k1", issue: 1 };
const secret = new Secret(utf8("12345678901234567890"));
const textOf = (opened: ReturnType<typeof openOtpSecret>) =>
  opened.ok ? opened.value.use((bytes) => new TextDecoder().decode(bytes)) : opened.error.kind;

test("what is sealed for a key of this edge opens there", (t) => {
  const sealed = sealOtpSecret(keys, owner, secret);
  t.equal(textOf(openOtpSecret(keys, "k1", sealed)), "12345678901234567890");
  t.notMatch(toHex(sealed), /3132333435363738/, "and nothing of it stands in clear");
  t.equal(sealed.length, 20 + 40);
  t.end();
});

test("equal secrets of a key are sealed equally, so that an equal keyset has an equal digest", (t) => {
  t.same(
    sealOtpSecret(keys, owner, secret),
    sealOtpSecret(keys, { ...owner }, new Secret(utf8("12345678901234567890"))),
  );
  t.end();
});

test("another key, another issue, another secret, another edge: another nonce, so none meets with two contents", (t) => {
  const others = [
    sealOtpSecret(keys, { key: "k2", issue: 1 }, secret),
    sealOtpSecret(keys, { key: "k1", issue: 2 }, secret),
    sealOtpSecret(keys, owner, new Secret(utf8("12345678901234567891"))),
    sealOtpSecret(deriveOtpSealKeys(shared, { site: "hq", edge: "e2" }), owner, secret),
    sealOtpSecret(keys, owner, secret),
  ];
  t.equal(new Set(others.map((sealed) => toHex(sealed.subarray(0, 24)))).size, others.length);
  t.end();
});

test("it opens for no other key, at no other edge, with no byte changed, and not cut short", (t) => {
  const sealed = sealOtpSecret(keys, owner, secret);
  t.equal(textOf(openOtpSecret(keys, "k2", sealed)), "not-ours");
  t.equal(textOf(openOtpSecret(deriveOtpSealKeys(shared, { site: "hq", edge: "e2" }), "k1", sealed)), "not-ours");
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = sealed.slice();
    changed[at]! ^= 1;
    t.equal(textOf(openOtpSecret(keys, "k1", changed)), "not-ours", `byte ${at}`);
    t.equal(textOf(openOtpSecret(keys, "k1", sealed.subarray(0, at))), "not-ours", `${at} bytes`);
  }
  t.end();
});

test("its keys are siblings of K_index: none is another", (t) => {
  const all = [keys.cipher, keys.nonce, deriveIndexKey(shared, place)].map((key) => key.use(toHex));
  t.equal(new Set(all).size, 3);
  t.end();
});

test("the longest secret of a site file fits into a keyset", (t) => {
  const sealed = sealOtpSecret(keys, owner, new Secret(new Uint8Array(128)));
  t.ok(sealed.length <= LIMITS.otpSealedBytes, `${sealed.length} bytes`);
  t.end();
});
