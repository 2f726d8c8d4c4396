import { Secret } from "@lintel/protocol/base/secret.ts";
import { type Ed25519, nobleEd25519 } from "@lintel/protocol/mqtt/ed25519.ts";
import { test } from "tap";
import { LIMITS } from "./limits.ts";
import { rememberingOwn } from "./own-signatures.ts";

const seed = new Secret(new Uint8Array(32).fill(7));
const other = new Secret(new Uint8Array(32).fill(8));
const message = Uint8Array.of(1, 2, 3);

function watched() {
  const asked: Uint8Array[] = [];
  const slow: Ed25519 = {
    ...nobleEd25519,
    verify: (...given) => {
      asked.push(given[0]);
      return nobleEd25519.verify(...given);
    },
  };
  return { asked, ed25519: rememberingOwn(slow) };
}

test("what was just signed is known to be signed; whatever differs is checked", (t) => {
  const { asked, ed25519 } = watched();
  const signature = ed25519.sign(message, seed);
  const publicKey = ed25519.publicKey(seed);
  t.same(signature, nobleEd25519.sign(message, seed));
  t.ok(ed25519.verify(signature, message, publicKey));
  t.equal(asked.length, 0, "nothing was calculated");

  const cases: readonly { readonly name: string; readonly of: Parameters<Ed25519["verify"]> }[] = [
    { name: "another message", of: [signature, Uint8Array.of(1, 2, 4), publicKey] },
    { name: "another signer", of: [signature, message, ed25519.publicKey(other)] },
    { name: "another signature", of: [signature.with(0, signature[0]! ^ 1), message, publicKey] },
    { name: "a key that is none", of: [signature, message, new Uint8Array(3)] },
  ];
  for (const { name, of } of cases) t.notOk(ed25519.verify(...of), name);
  t.equal(asked.length, cases.length, "each was checked");
  t.end();
});

test("what is remembered is the message as it was signed, and no more than the limit", (t) => {
  const { asked, ed25519 } = watched();
  const own = message.slice();
  const signature = ed25519.sign(own, seed);
  own[0] = 99;
  t.notOk(ed25519.verify(signature, own, ed25519.publicKey(seed)));
  for (let at = 0; at < LIMITS.ownSignatures; at += 1) ed25519.sign(Uint8Array.of(at >> 8, at), seed);
  asked.length = 0;
  t.ok(ed25519.verify(signature, message, ed25519.publicKey(seed)), "forgotten is not refused");
  t.equal(asked.length, 1);
  t.end();
});
