import { test } from "tap";
import { toHex } from "../base/bytes.ts";
import { Secret, SecretText } from "../base/secret.ts";
import { instant } from "../base/units.ts";
import {
  type AdoptionToken,
  adoptionPassword,
  adoptionUser,
  decodeToken,
  encodeToken,
  hashOfRoot,
  openAdoptAnswer,
  openAdoptRequest,
  signAdoptAnswer,
  signAdoptRequest,
} from "./adoption.ts";
import { agree, agreementPublicKey, deriveFor, mqttPassword } from "./agreement.ts";
import { signingPublicKey, signMessage } from "./envelope.ts";
import { LIMITS } from "./limits.ts";

const secret = (byte: number) => new Secret(new Uint8Array(32).fill(byte));
const root = secret(1);
const online = secret(2);
const keyset = secret(3);
const edgeSigning = secret(4);
const edgeAgreement = secret(5);
const authorityAgreement = secret(6);
const token: AdoptionToken = {
  site: "hq",
  edge: "e1",
  broker: "mqtt://127.0.0.1:1883",
  secret: secret(7),
  rootHash: hashOfRoot(signingPublicKey(root)),
};
const head = { epoch: "00112233445566aa", seq: 0, t: instant(0), exp: null, id: new Uint8Array(16) };
const own = { signing: signingPublicKey(edgeSigning), agreement: agreementPublicKey(edgeAgreement) };
const request = signAdoptRequest(token, head, { signing: edgeSigning, agreement: own.agreement });
const document = rootDocument(root, online);
const answered = { to: own, root: document, agreement: agreementPublicKey(authorityAgreement) };
const answer = signAdoptAnswer(token, head, answered, online);

test("the way of an adoption: token, request, answer, one shared secret", (t) => {
  const read = decodeToken(encodeToken(token));
  t.ok(read.ok);
  if (!read.ok) return t.end();
  const asked = openAdoptRequest(request, token);
  t.same(asked, { ok: true, value: own });
  const adopted = openAdoptAnswer(answer, read.value, own);
  t.ok(adopted.ok);
  if (!adopted.ok) return t.end();
  t.same(adopted.value.root.online, signingPublicKey(online));
  const atEdge = agree(edgeAgreement, adopted.value.agreement);
  const atAuthority = agree(authorityAgreement, own.agreement);
  t.ok(atEdge.ok && atAuthority.ok);
  if (!atEdge.ok || !atAuthority.ok) return t.end();
  const text = (password: SecretText) => password.use((plain) => plain);
  t.equal(text(mqttPassword(atEdge.value, "hq", "e1")), text(mqttPassword(atAuthority.value, "hq", "e1")));
  t.match(text(mqttPassword(atEdge.value, "hq", "e1")), /^[A-Za-z0-9_-]{43}$/);
  t.not(text(mqttPassword(atEdge.value, "hq", "e1")), text(mqttPassword(atEdge.value, "hq", "e2")));
  t.not(
    deriveFor(atEdge.value, "other", "hq", "e1").use(toHex),
    deriveFor(atEdge.value, "lintel mqtt v1", "hq", "e1").use(toHex),
  );
  t.equal(adoptionUser("e1"), "adopt-e1");
  t.not(text(adoptionPassword(token)), text(adoptionPassword({ ...token, edge: "e2" })));
  t.end();
});

test("the token says nothing when it is printed, and everything when it is read", (t) => {
  const written = encodeToken(token);
  t.equal(`${written} ${JSON.stringify(written)}`, '•••• "••••"');
  const read = decodeToken(written);
  t.match(read, { ok: true, value: { site: "hq", edge: "e1", broker: "mqtt://127.0.0.1:1883" } });
  t.ok(read.ok && read.value.secret.use(toHex) === "07".repeat(32));
  t.end();
});

test("a token with any character changed is another token or none, never the same", (t) => {
  const text = encodeToken(token).use((plain) => plain);
  let refused = 0;
  for (let at = 0; at < text.length; at += 1) {
    const changed = text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
    const read = decodeToken(new SecretText(changed));
    if (!read.ok) refused += 1;
    else if (openAdoptAnswer(answer, read.value, own).ok && read.value.broker === token.broker)
      t.fail(`character ${at}`);
  }
  t.ok(refused > 10, `${refused} of ${text.length} are no token at all`);
  for (const none of ["", "!", "A", `${text}=`, ` ${text}`, "A".repeat(LIMITS.tokenText + 1)]) {
    t.notOk(decodeToken(new SecretText(none)).ok, `'${none.slice(0, 9)}'`);
  }
  t.end();
});

test("every changed byte of a request is refused", (t) => {
  for (let at = 0; at < request.length; at += 1) {
    if (openAdoptRequest(flipped(request, at), token).ok) t.fail(`byte ${at}`);
  }
  t.ok(request.length > 200);
  t.end();
});

test("every changed byte of an answer is refused", (t) => {
  for (let at = 0; at < answer.length; at += 1) {
    if (openAdoptAnswer(flipped(answer, at), token, own).ok) t.fail(`byte ${at}`);
  }
  t.ok(answer.length > 300);
  t.end();
});

const strangers = { signing: signingPublicKey(secret(9)), agreement: agreementPublicKey(secret(10)) };
const requests: readonly { name: string; message: Uint8Array; kind: string }[] = [
  {
    name: "under another token of the same edge",
    message: signAdoptRequest({ ...token, secret: secret(8) }, head, {
      signing: edgeSigning,
      agreement: own.agreement,
    }),
    kind: "wrong-token",
  },
  {
    name: "for another edge",
    message: signAdoptRequest({ ...token, edge: "e2" }, head, { signing: edgeSigning, agreement: own.agreement }),
    kind: "wrong-edge",
  },
  {
    name: "of another site",
    message: signAdoptRequest({ ...token, site: "lab" }, head, { signing: edgeSigning, agreement: own.agreement }),
    kind: "wrong-site",
  },
  {
    name: "with the MAC of other keys",
    message: signMessage(
      "adopt",
      { ...head, site: "hq", edge: "e1" },
      { ...own, mac: macOf(signAdoptRequest(token, head, { signing: secret(9), agreement: own.agreement })) },
      edgeSigning,
    ),
    kind: "wrong-token",
  },
  {
    name: "signed by another key than it carries",
    message: signMessage("adopt", { ...head, site: "hq", edge: "e1" }, { ...own, mac: macOf(request) }, secret(9)),
    kind: "bad-signature",
  },
];
for (const { name, message, kind } of requests) {
  test(`a request ${name}: ${kind}`, (t) => {
    const opened = openAdoptRequest(message, token);
    t.equal(opened.ok ? "opened" : opened.error.kind, kind);
    t.end();
  });
}

const answers: readonly { name: string; message: Uint8Array; keys?: typeof own; kind: string }[] = [
  {
    name: "with a root of another hash",
    message: signAdoptAnswer(token, head, { ...answered, root: rootDocument(secret(11), online) }, online),
    kind: "wrong-root",
  },
  {
    name: "with a root document that another root signed",
    message: signAdoptAnswer(token, head, { ...answered, root: rootDocument(root, online, secret(11)) }, online),
    kind: "bad-signature",
  },
  {
    name: "signed by another key than the root names",
    message: signAdoptAnswer(token, head, answered, keyset),
    kind: "bad-signature",
  },
  {
    name: "to another request",
    message: signAdoptAnswer(token, head, { ...answered, to: strangers }, online),
    kind: "wrong-token",
  },
  { name: "to our request, read with other keys", message: answer, keys: strangers, kind: "wrong-token" },
  {
    name: "of somebody who knows the keys but not the token",
    message: signAdoptAnswer({ ...token, secret: secret(8) }, head, answered, online),
    kind: "wrong-token",
  },
];
for (const { name, message, keys = own, kind } of answers) {
  test(`an answer ${name}: ${kind}`, (t) => {
    const opened = openAdoptAnswer(message, token, keys);
    t.equal(opened.ok ? "opened" : opened.error.kind, kind);
    t.end();
  });
}

test("a key of low order is refused: what it agrees to is known to everybody (RFC 7748 6.1)", (t) => {
  for (const point of [new Uint8Array(32), Uint8Array.of(1, ...new Uint8Array(31))]) {
    t.same(agree(edgeAgreement, point), { ok: false, error: { kind: "weak-key" } });
  }
  t.ok(agree(edgeAgreement, own.agreement).ok);
  t.end();
});

function rootDocument(seed: Secret, onlineSeed: Secret, signedBy = seed): Uint8Array {
  const body = {
    n: 1,
    root: signingPublicKey(seed),
    keyset: signingPublicKey(keyset),
    online: signingPublicKey(onlineSeed),
  };
  return signMessage("root", { ...head, site: "hq", edge: null }, body, signedBy);
}

function flipped(message: Uint8Array, at: number): Uint8Array {
  return message.map((byte, index) => (index === at ? byte ^ 0x10 : byte));
}

/** The MAC inside a request: the last 32 bytes of its field `mac`. */
function macOf(message: Uint8Array): Uint8Array {
  const at = toHex(message).indexOf(`${toHex(new TextEncoder().encode("mac"))}5820`) / 2 + 5;
  return message.slice(at, at + 32);
}
