import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "tap";
import { withoutSecrets, writeBundle } from "./bundle.ts";

const HEX = "00112233445566778899aabbccddeeff";

for (const { name, value, becomes } of [
  { name: "a code by itself", value: { note: "274936" }, becomes: { note: "••••••" } },
  { name: "a code in words", value: ["door 274936 open"], becomes: ["door •••••• open"] },
  { name: "a code behind a #", value: "274936#", becomes: "••••••#" },
  { name: "an SCBK", value: { why: `key ${HEX}` }, becomes: { why: "key [hex]" } },
  { name: "a key in capitals", value: HEX.toUpperCase(), becomes: "[hex]" },
  { name: "a token", value: { a: { b: "x".repeat(60) } }, becomes: { a: { b: "[token]" } } },
  { name: "a password", value: "mqtt://me:pw@host:1883", becomes: "mqtt://…@host:1883" },
  { name: "numbers", value: { at: 1795435200000, seq: 274936 }, becomes: { at: 1795435200000, seq: 274936 } },
  { name: "a time", value: "2026-11-23T12:00:00.123Z", becomes: "2026-11-23T12:00:00.123Z" },
  { name: "a code behind a sign", value: "code:274936, door-274936", becomes: "code:••••••, door-••••••" },
  { name: "a digest", value: { digest: HEX }, becomes: { digest: HEX } },
  { name: "nothing", value: null, becomes: null },
]) {
  test(`a bundle: ${name}`, (t) => {
    t.same(withoutSecrets(value), becomes);
    t.end();
  });
}

test("a bundle is for its owner alone, and never written over a file", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "lintel-bundle-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "bundle.json");
  writeBundle(path, { code: "274936" });
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.same(JSON.parse(readFileSync(path, "utf8")), { code: "••••••" });
  t.throws(() => writeBundle(path, { other: 1 }), { code: "EEXIST" });
  t.same(JSON.parse(readFileSync(path, "utf8")), { code: "••••••" });
  t.ok(existsSync(path));
  t.end();
});
