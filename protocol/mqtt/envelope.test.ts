import fc from "fast-check";
import { test } from "tap";
import { equalBytes, toHex } from "../base/bytes.ts";
import { decodeCbor, encodeCbor } from "../base/cbor.ts";
import { Secret } from "../base/secret.ts";
import { instant } from "../base/units.ts";
import { type Expected, keyId, type MessageHead, openMessage, signingPublicKey, signMessage } from "./envelope.ts";
import { LIMITS } from "./limits.ts";

const seed = new Secret(new Uint8Array(32).fill(7));
const other = new Secret(new Uint8Array(32).fill(8));
const signer = signingPublicKey(seed);
const head: MessageHead = {
  site: "hq",
  edge: "e1",
  epoch: "00112233445566aa",
  seq: 41,
  t: instant(1_795_000_000_000),
  exp: instant(1_795_000_060_000),
  id: new Uint8Array(16).fill(3),
};
const body = { epoch: "00112233445566aa", seq: 41 };
const expected: Expected = { site: "hq", edge: "e1", signer, now: head.t };
const message = signMessage("ack", head, body, seed);

test("what was signed opens as it was written", (t) => {
  const opened = openMessage("ack", message, expected);
  t.same(opened, { ok: true, value: { ...head, kind: "ack", src: keyId(signer), body } });
  t.end();
});

test("the same message has the same bytes, and they are fixed", (t) => {
  t.ok(equalBytes(message, signMessage("ack", head, body, seed)));
  // [bytes, signature]; the map's keys in the order of RFC 8949 4.2.1; Ed25519 over "lintel-v1" and the bytes. Whoever
  // changes this changes what every edge in the field can read.
  t.equal(
    toHex(message),
    "825886ab61741b000001a1ee565e006176016269645003030303030303030303030303030303636578701b000001a1ee57486063736571" +
      "18296373726348fe812c12f3ab4ce664626f6479a26373657118296565706f63684800112233445566aa6465646765626531646b696e6" +
      "46361636b64736974656268716565706f63684800112233445566aa5840a80a1f70acbfbe21ca555a904bdfcd50a1ff2091e0b2008cc35" +
      "b8e6658c9b86ec8634a0aeaae5237c3c7ab23fea06ba7c6fa18d5f0595edd9f767e75a7df080a",
  );
  t.end();
});

test("every changed bit of every byte is refused", (t) => {
  let refused = 0;
  for (let at = 0; at < message.length; at += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      const changed = message.slice();
      changed[at]! ^= 1 << bit;
      if (openMessage("ack", changed, expected).ok) t.fail(`bit ${bit} of byte ${at} may change`);
      else refused += 1;
    }
  }
  t.equal(refused, message.length * 8);
  t.end();
});

test("cut short, or with a byte too many: refused", (t) => {
  for (let length = 0; length < message.length; length += 1) {
    if (openMessage("ack", message.subarray(0, length), expected).ok) t.fail(`${length} bytes open`);
  }
  t.notOk(openMessage("ack", Uint8Array.of(...message, 0), expected).ok);
  t.end();
});

const refusals: readonly { name: string; message?: Uint8Array; expected?: Partial<Expected>; kind: string }[] = [
  { name: "another key", expected: { signer: signingPublicKey(other) }, kind: "bad-signature" },
  { name: "another site", expected: { site: "lab" }, kind: "wrong-site" },
  { name: "another edge", expected: { edge: "e2" }, kind: "wrong-edge" },
  { name: "meant for an edge, read as for the site", expected: { edge: null }, kind: "wrong-edge" },
  { name: "at its end exactly", expected: { now: head.exp }, kind: "expired" },
  { name: "too long", message: new Uint8Array(LIMITS.messageBytes + 1), kind: "too-long" },
  { name: "no CBOR", message: Uint8Array.of(0xff, 0x00), kind: "malformed" },
  { name: "not a pair", message: encodeCbor([new Uint8Array(3)]), kind: "malformed" },
  { name: "three parts", message: encodeCbor([new Uint8Array(3), new Uint8Array(64), 1]), kind: "malformed" },
  { name: "a short signature", message: encodeCbor([new Uint8Array(3), new Uint8Array(63)]), kind: "malformed" },
  { name: "nothing inside", message: encodeCbor([encodeCbor(null), new Uint8Array(64)]), kind: "wrong-kind" },
  { name: "nested deeper than any message", message: nested(40), kind: "too-deep" },
];
for (const { name, message: own, expected: over, kind } of refusals) {
  test(`a message: ${name}: ${kind}`, (t) => {
    const opened = openMessage("ack", own ?? message, { ...expected, ...over });
    t.equal(opened.ok ? "opened" : opened.error.kind, kind);
    t.end();
  });
}

test("just before its end, and where the clock is not believed, it opens", (t) => {
  t.ok(openMessage("ack", message, { ...expected, now: instant(head.exp! - 1) }).ok);
  t.ok(openMessage("ack", message, { ...expected, now: null }).ok);
  t.end();
});

test("one kind of message is never read as another, though signed", (t) => {
  const need = signMessage("need", head, { epoch: head.epoch, from: 1, to: 2 }, seed);
  const opened = openMessage("ack", need, expected);
  t.equal(opened.ok ? "opened" : opened.error.kind, "wrong-kind");
  t.end();
});

test("a signature over the bytes without our domain, or with another's, is none", (t) => {
  const parts = decodeCbor(message, { bytes: LIMITS.messageBytes, depth: 1 });
  const [content] = parts.ok ? (parts.value as readonly Uint8Array[]) : [];
  // signMessage is the only signer there is here: take its signature of another message for these bytes.
  const elsewhere = decodeCbor(signMessage("ack", { ...head, seq: 42 }, body, seed), { bytes: 9999, depth: 1 });
  const [, signature] = elsewhere.ok ? (elsewhere.value as readonly Uint8Array[]) : [];
  const opened = openMessage("ack", encodeCbor([content!, signature!]), expected);
  t.equal(opened.ok ? "opened" : opened.error.kind, "bad-signature");
  t.end();
});

test("a key of small order, under which anything would be signed, signs nothing (RFC 8032, not ZIP 215)", (t) => {
  const identity = Uint8Array.of(1, ...new Uint8Array(31));
  const parts = decodeCbor(message, { bytes: LIMITS.messageBytes, depth: 1 });
  const [content] = parts.ok ? (parts.value as readonly Uint8Array[]) : [];
  const own = decodeCbor(content!, { bytes: LIMITS.messageBytes, depth: LIMITS.depth });
  t.ok(own.ok);
  const forged = encodeCbor({ ...(own.ok ? (own.value as object) : {}), src: keyId(identity) });
  const anything = encodeCbor([forged, Uint8Array.of(...identity, ...new Uint8Array(32))]);
  const opened = openMessage("ack", anything, { ...expected, signer: identity });
  t.equal(opened.ok ? "opened" : opened.error.kind, "bad-signature");
  t.end();
});

test("whatever bytes come, opening answers and never throws", (t) => {
  let seen = 0;
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      seen += 1;
      return !openMessage("evt", bytes, expected).ok;
    }),
    { numRuns: 2000 },
  );
  t.ok(seen >= 2000);
  t.end();
});

test("a body that its own shape refuses is our bug, and is thrown", (t) => {
  t.throws(() => signMessage("ack", head, { epoch: "zz", seq: 1 }, seed), /broken invariant/);
  t.throws(() => signMessage("need", head, { epoch: head.epoch, from: 3, to: 2 }, seed), /broken invariant/);
  t.end();
});

function nested(depth: number): Uint8Array {
  return encodeCbor([Uint8Array.of(...new Uint8Array(depth).fill(0x81), 0x00), new Uint8Array(64)]);
}
