/** The sealed field of a grant (domain-rules, "Duress": "a sealed field of fixed size"). */
import { test } from "tap";
import { Secret } from "../base/secret.ts";
import { instant } from "../base/units.ts";
import { mqttPassword } from "./agreement.ts";
import { type CovertPlace, deriveCovertKey, openCovert, sealCovert } from "./covert.ts";
import { LIMITS } from "./limits.ts";

const shared = new Secret(new Uint8Array(32).fill(7));
const key = deriveCovertKey(shared, { site: "hq", edge: "e1" });
const place: CovertPlace = { at: instant(1_795_000_000_000), door: "front", key: "k1" };
let turn = 0;
const random = (count: number) => new Uint8Array(count).map(() => (turn = (turn * 31 + 7) % 251));

for (const duress of [false, true]) {
  test(`what was sealed is read: duress ${duress}`, (t) => {
    const covert = sealCovert(key, place, { duress }, random);
    t.match(covert, /^[0-9a-f]{96}$/);
    t.equal(covert.length, LIMITS.covertBytes * 2, "48 bytes: 24 nonce, 8 sealed, 16 tag");
    t.same(openCovert(key, place, covert), { ok: true, value: { duress } });
    t.end();
  });
}

const elsewhere = [
  { name: "at another moment", place: { ...place, at: instant(1_795_000_000_001) } },
  { name: "at another door", place: { ...place, door: "back" } },
  { name: "of another key", place: { ...place, key: "k2" } },
  { name: "of the master code", place: { ...place, key: null } },
];
for (const { name, place: other } of elsewhere) {
  test(`moved to a record ${name} it opens nothing`, (t) => {
    const covert = sealCovert(key, place, { duress: true }, random);
    t.same(openCovert(key, other, covert), { ok: false, error: { kind: "unsealable" } });
    t.end();
  });
}

test("another edge's key, a changed digit and another length open nothing", (t) => {
  const covert = sealCovert(key, place, { duress: true }, random);
  const refused = { ok: false, error: { kind: "unsealable" } };
  t.same(openCovert(deriveCovertKey(shared, { site: "hq", edge: "e2" }), place, covert), refused);
  for (let at = 0; at < covert.length; at += 1) {
    const other = covert[at] === "0" ? "1" : "0";
    t.same(openCovert(key, place, covert.slice(0, at) + other + covert.slice(at + 1)), refused, `digit ${at}`);
  }
  for (const text of ["", covert.slice(2), `${covert}00`, "zz"]) t.same(openCovert(key, place, text), refused);
  t.end();
});

test("two marks of one record look like any two of different ones, and their key is a sibling of its own", (t) => {
  const [yes, no] = [true, false].map((duress) => sealCovert(key, place, { duress }, random));
  t.not(yes, no);
  t.equal(yes?.length, no?.length);
  t.not(
    key.use((bytes) => Buffer.from(bytes).toString("base64url")),
    mqttPassword(shared, "hq", "e1").use((text) => text),
  );
  t.end();
});
