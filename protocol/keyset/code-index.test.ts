/** The index of a code, against the same hashes of another implementation. */
import { createHmac, hkdfSync } from "node:crypto";
import { test } from "tap";
import { toHex } from "../base/bytes.ts";
import { Secret, SecretText } from "../base/secret.ts";
import { codeIndex, deriveIndexKey, fingerprint } from "./code-index.ts";

const shared = new Uint8Array(32).fill(9);
const place = { site: "hq", edge: "e1" };
const key = deriveIndexKey(new Secret(shared), place);
const hex = (secret: Secret) => secret.use(toHex);

test("K_index is HKDF-SHA256 of the shared secret with the words, site and edge (design 4)", (t) => {
  const other = hkdfSync("sha256", shared, new Uint8Array(0), "lintel code index v1hqe1", 32);
  t.equal(hex(key), Buffer.from(other).toString("hex"));
  t.not(hex(key), hex(deriveIndexKey(new Secret(shared), { ...place, edge: "e2" })));
  t.end();
});

test("an index is HMAC-SHA256 of length and digits, 16 bytes (design 4)", (t) => {
  const other = createHmac("sha256", Buffer.from(hex(key), "hex"))
    .update("\u0006012345", "latin1")
    .digest("hex");
  t.equal(toHex(codeIndex(key, new SecretText("012345"))), other.slice(0, 32));
  t.end();
});

test("a fingerprint is 8 hex digits, equal for equal digits, and no part of the index", (t) => {
  const digits = new SecretText("012345");
  const seen = fingerprint(key, digits);
  t.match(seen, /^[0-9a-f]{8}$/);
  t.equal(seen, fingerprint(key, new SecretText("012345")));
  t.not(seen, fingerprint(key, new SecretText("0123456")));
  t.not(seen, toHex(codeIndex(key, digits)).slice(0, 8));
  t.end();
});
