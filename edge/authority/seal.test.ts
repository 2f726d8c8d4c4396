import { toHex } from "@lintel/protocol/base/bytes.ts";
import { Secret, SecretText } from "@lintel/protocol/base/secret.ts";
import { test } from "tap";
import { sealText, unsealText } from "./seal.ts";
import { countedBytes } from "./stand-in.ts";

const sealing = new Secret(new Uint8Array(32).fill(1));
const random = countedBytes(3);
const code = new SecretText("274936");

test("a sealed code opens under its key and for its place alone", (t) => {
  const sealed = sealText(sealing, "keys/k1/pin", code, random);
  const opened = unsealText(sealing, "keys/k1/pin", sealed);
  t.equal(opened.ok && opened.value.use((text) => text), "274936");
  t.notOk(unsealText(sealing, "keys/k2/pin", sealed).ok, "moved to another key");
  t.notOk(unsealText(new Secret(new Uint8Array(32).fill(2)), "keys/k1/pin", sealed).ok, "another vault");
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = sealed.map((byte, index) => (index === at ? byte ^ 1 : byte));
    if (unsealText(sealing, "keys/k1/pin", changed).ok) t.fail(`byte ${at} may change`);
  }
  for (let length = 0; length < sealed.length; length += 1) {
    if (unsealText(sealing, "keys/k1/pin", sealed.subarray(0, length)).ok) t.fail(`${length} bytes open`);
  }
  t.equal(sealed.length, 24 + 6 + 16);
  t.end();
});

test("the same code sealed twice looks different: equal codes do not show", (t) => {
  const [one, two] = [sealText(sealing, "keys/k1/pin", code, random), sealText(sealing, "keys/k1/pin", code, random)];
  t.not(toHex(one), toHex(two));
  t.end();
});
