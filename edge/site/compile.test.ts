/** What an edge gets of a site, and what it does not. */
import { Secret, SecretText } from "@lintel/protocol/base/secret.ts";
import { instant } from "@lintel/protocol/base/units.ts";
import { codeIndex } from "@lintel/protocol/keyset/code-index.ts";
import { decodeKeyset, encodeKeyset } from "@lintel/protocol/keyset/codec.ts";
import { deriveOtpSealKeys, openOtpSecret, sealOtpSecret } from "@lintel/protocol/keyset/otp-seal.ts";
import fc from "fast-check";
import { test } from "tap";
import { anySite } from "../../test/support/any-site.ts";
import { type Edit, edited, SITE_TEXT } from "../../test/support/site-text.ts";
import { type Compiling, compileKeyset } from "./compile.ts";
import { readSite } from "./read.ts";
import type { Site } from "./site.ts";

const secret = new Secret(new Uint8Array(32).fill(7));
const indexOf = (digits: SecretText) => codeIndex(secret, digits);
const indexed = (digits: string) => indexOf(new SecretText(digits));
const sealKeys = deriveOtpSealKeys(secret, { site: "hq", edge: "e1" });
const with_: Compiling = {
  number: 3,
  issuedAt: instant(1_796_000_000_000),
  indexOf,
  sealOtp: (owner, plain) => sealOtpSecret(sealKeys, owner, plain),
  codes: () => null,
};

function siteOf(...edits: readonly Edit[]): Site {
  const { site, problems } = readSite(edited(SITE_TEXT, edits));
  if (site === null) throw new Error(JSON.stringify(problems));
  return site;
}

function keysetOf(site: Site, edge = "e1", compiling = with_) {
  const compiled = compileKeyset(site, edge, compiling);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return compiled.value;
}

const PIN = '    pin: "274936"';

test("an edge gets its own doors, their keys and what these name", (t) => {
  const site = siteOf(
    ["restriction: none", "restriction: { schedules: [nights] }"],
    ["doors: [front]", "doors: [far, front]"],
    ["users:\n", "  - { id: unused, windows: [ { days: mon, from: 09:00, to: 10:00 } ] }\nusers:\n"],
    [
      "schedules:\n",
      "holidays:\n  - { id: a, date: 2026-12-25 }\n  - { id: b, date: 2026-12-26, doors: [far] }\nschedules:\n",
    ],
    [PIN, `${PIN}\n  - { id: k2, user: u2, doors: [far], restriction: none, pin: "618340" }`],
  );
  const here = keysetOf(site);
  t.match(here, { site: "hq", siteName: "Head office", edge: "e1", number: 3, issuedAt: 1_796_000_000_000 });
  t.same(here.buses, [{ id: "b1", port: "sim", baud: 9600 }]);
  t.same(
    here.doors.map(({ id }) => id),
    ["front", "back"],
  );
  t.same(
    here.schedules.map(({ id }) => id),
    ["nights"],
  );
  t.same(here.holidays, [
    { id: "a", date: "2026-12-25", yearly: false, doors: ["front", "back"], hours: "unchanged", access: "unchanged" },
  ]);
  t.same(
    here.keys.map(({ id, doors }) => [id, doors]),
    [["k1", ["front"]]],
  );
  t.same(here.codes, [{ kind: "pin", index: indexed("274936"), key: "k1" }]);
  const there = keysetOf(site, "e2");
  t.same(
    there.keys.map(({ id, doors }) => [id, doors]),
    [
      ["k1", ["far"]],
      ["k2", ["far"]],
    ],
  );
  t.same(
    there.holidays.map(({ id, doors }) => [id, doors]),
    [
      ["a", ["far"]],
      ["b", ["far"]],
    ],
  );
  t.end();
});

test("dates alone are whole days at the door (d4.7), wall times stay as they are", (t) => {
  const limits = (fields: string) => {
    const { validFrom, validUntil } = keysetOf(siteOf([PIN, `    ${fields}`])).keys[0]!;
    return [validFrom, validUntil];
  };
  t.same(limits("validFrom: 2026-12-01\n    validUntil: 2026-12-31"), ["2026-12-01T00:00:00", "2027-01-01T00:00:00"]);
  t.same(limits("validFrom: 2026-12-01T14:00\n    validUntil: 2026-12-31T00:00:01"), [
    "2026-12-01T14:00:00",
    "2026-12-31T00:00:01",
  ]);
  t.same(limits("validUntil: 2028-02-28"), [null, "2028-02-29T00:00:00"]);
  t.same(limits("validUntil: 9999-12-31"), [null, "9999-12-31T23:59:59"]);
  t.end();
});

test("a duress code stands beside the PIN, of the same key, in the same index (domain-rules, Duress)", (t) => {
  const { codes, keys } = keysetOf(siteOf([PIN, `${PIN}\n    duressPin: "618340"`]));
  const expected = [
    { kind: "pin", index: indexed("274936"), key: "k1" },
    { kind: "duress", index: indexed("618340"), key: "k1" },
  ];
  t.same(
    codes,
    expected.sort((a, b) => Buffer.compare(a.index, b.index)),
  );
  t.same(keys[0]?.withheld, []);
  t.end();
});

const TOKEN = 'otp: { type: hotp, secret: GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ, slot: "42", counter: 7 }';

test("a token goes in sealed to its edge and key, equally for equal content (design 4)", (t) => {
  const { otps, codes } = keysetOf(siteOf([PIN, `    ${TOKEN}`]));
  t.same(codes, []);
  const { secret: sealed, ...rest } = otps[0]!;
  t.same(rest, { key: "k1", type: "hotp", slot: "42", algorithm: "SHA1", period: 30, counter: 7 });
  const opened = openOtpSecret(sealKeys, "k1", sealed);
  t.ok(opened.ok && opened.value.use((bytes) => new TextDecoder().decode(bytes)) === "12345678901234567890");
  t.same(keysetOf(siteOf([PIN, `    ${TOKEN}`])).otps, otps);
  t.not(Buffer.from(keysetOf(siteOf([PIN, `    issue: 2\n    ${TOKEN}`])).otps[0]!.secret).equals(sealed), true);
  t.end();
});

test("a kept secret is the stored one; without it the token is refused by name, or matches nothing", (t) => {
  const site = siteOf([PIN, `    ${TOKEN.replace("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "kept")}`]);
  const none = { ...with_, codes: () => null };
  t.same(compileKeyset(site, "e1", none), {
    ok: false,
    error: { kind: "codes-not-stored", ids: ["keys/k1/otp.secret"] },
  });
  t.same(keysetOf(site, "e1", { ...none, unstored: "skip" }).otps[0]?.secret, new Uint8Array(0));
  const stored = { ...with_, codes: () => new SecretText("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ") };
  t.same(keysetOf(site, "e1", stored).otps, keysetOf(siteOf([PIN, `    ${TOKEN}`])).otps);
  t.end();
});

test("master codes stand in the same index, sorted by it", (t) => {
  const { codes } = keysetOf(siteOf(["contact: { input: 0 }", 'masterCode: "904152"']));
  const expected = [
    { kind: "pin", index: indexed("274936"), key: "k1" },
    { kind: "master", index: indexed("904152"), door: "front" },
  ];
  t.same(
    codes,
    expected.sort((a, b) => Buffer.compare(a.index, b.index)),
  );
  t.end();
});

test("a kept code is the stored one; one that is not stored is refused by name, or skipped where that is asked", (t) => {
  const site = siteOf(['pin: "274936"', "pin: kept"], ["contact: { input: 0 }", "masterCode: kept"]);
  const stored = { ...with_, codes: (id: string) => (id === "keys/k1/pin" ? new SecretText("274936") : null) };
  t.same(compileKeyset(site, "e1", stored), {
    ok: false,
    error: { kind: "codes-not-stored", ids: ["doors/front/masterCode"] },
  });
  t.same(keysetOf(site, "e1", { ...stored, unstored: "skip" }).codes, [
    { kind: "pin", index: indexed("274936"), key: "k1" },
  ]);
  t.same(compileKeyset(site, "e9", stored), { ok: false, error: { kind: "unknown-edge", edge: "e9" } });
  t.end();
});

test("the keyset of any site is one that an edge takes, and shows no digit", (t) => {
  let ran = 0;
  fc.assert(
    fc.property(anySite, (site) => {
      ran += 1;
      const keyset = keysetOf(site, site.edges[0]!.id, { ...with_, unstored: "skip" });
      const bytes = encodeKeyset(keyset);
      t.same(decodeKeyset(bytes), { ok: true, value: keyset });
      return t.passing();
    }),
    { numRuns: 200 },
  );
  t.ok(ran >= 200);
  t.end();
});
