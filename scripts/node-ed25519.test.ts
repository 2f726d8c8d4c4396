import { Secret } from "@lintel/protocol/base/secret.ts";
import { nobleEd25519 } from "@lintel/protocol/mqtt/ed25519.ts";
import { test } from "tap";
import { nodeEd25519 } from "./node-ed25519.ts";

test("keys and signatures are those of the pure one, byte for byte", (t) => {
  const node = nodeEd25519();
  for (let at = 0; at < 20; at += 1) {
    const seed = new Secret(new Uint8Array(32).fill(11 * at + 1));
    const message = new Uint8Array(at * 13).fill(at);
    const signature = node.sign(message, seed);
    t.same(node.publicKey(seed), nobleEd25519.publicKey(seed));
    t.same(signature, nobleEd25519.sign(message, seed));
    t.ok(node.verify(signature, message, node.publicKey(seed)));
    t.notOk(node.verify(signature.with(at, signature[at]! ^ 1), message, node.publicKey(seed)));
  }
  t.end();
});

test("what is no key and no signature is false, not an exception", (t) => {
  const node = nodeEd25519();
  const seed = new Secret(new Uint8Array(32).fill(3));
  const signature = node.sign(Uint8Array.of(1), seed);
  for (const length of [0, 31, 33]) {
    t.notOk(node.verify(signature, Uint8Array.of(1), new Uint8Array(length)));
    t.notOk(node.verify(new Uint8Array(length), Uint8Array.of(1), node.publicKey(seed)));
  }
  t.end();
});
