/**
 * Adoption: how an edge and an authority come to know each other's keys under a one-time token (design 4).
 * The token goes by hand, so both ends prove by HMAC that they hold it; the edge pins the root key by its hash.
 *
 *   edge                                                     authority
 *   connects as user adopt-EDGE, password from the secret
 *   up/adopt { signing, agreement, mac(request) }        →
 *                                                        ←   dn/adopt { root document, agreement, mac(answer) }
 *   connects as user EDGE, password from the agreement
 */

import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { equalBytes, utf8 } from "../base/bytes.ts";
import { type Cbor, type CborError, decodeCbor, encodeCbor } from "../base/cbor.ts";
import { fail, ok, type Result } from "../base/result.ts";
import { Secret, SecretText } from "../base/secret.ts";
import { fromBase64Url, toBase64Url } from "./base64url.ts";
import type { RootDocument } from "./bodies.ts";
import {
  type EnvelopeError,
  type MessageHead,
  openMessage,
  peekMessage,
  signingPublicKey,
  signMessage,
} from "./envelope.ts";
import { LIMITS } from "./limits.ts";
import { bytes, id, integer, map, type ShapeError, text } from "./shape.ts";

/** What the token says. It is a secret until it was used: who holds it becomes this edge. */
export interface AdoptionToken {
  readonly site: string;
  readonly edge: string;
  /** Where the broker is, as the edge shall reach it: `mqtt://127.0.0.1:1883`. */
  readonly broker: string;
  readonly secret: Secret;
  /** SHA-256 of the root public key. */
  readonly rootHash: Uint8Array;
}

const TOKEN = map({
  v: integer(1, 1),
  site: id,
  edge: id,
  broker: text(LIMITS.brokerUrl),
  secret: bytes(32),
  root: bytes(32),
});

export function encodeToken(token: AdoptionToken): SecretText {
  const { site, edge, broker, rootHash } = token;
  const written = token.secret.use((secret) => TOKEN.write({ v: 1, site, edge, broker, secret, root: rootHash }));
  return new SecretText(toBase64Url(encodeCbor(written)));
}

export type TokenError = { readonly kind: "not-base64url" } | CborError | ShapeError;

export function decodeToken(written: SecretText): Result<AdoptionToken, TokenError> {
  if (written.length > LIMITS.tokenText) {
    return fail({ kind: "too-long", bytes: written.length, limit: LIMITS.tokenText });
  }
  const raw = written.use(fromBase64Url);
  if (!raw.ok) return raw;
  const value = decodeCbor(raw.value, { bytes: LIMITS.tokenText, depth: 1 });
  if (!value.ok) return value;
  const read = TOKEN.read(value.value, "");
  if (!read.ok) return read;
  const { site, edge, broker, secret, root } = read.value;
  return ok({ site, edge, broker, secret: new Secret(secret), rootHash: root });
}

/** The MQTT user under which a token's holder connects. Its client id is the same. */
export function adoptionUser(edge: string): string {
  return `adopt-${edge}`;
}

/** Its password. Another branch than the MAC key, so that the broker's operator learns nothing that proves adoption. */
export function adoptionPassword(token: Pick<AdoptionToken, "secret" | "site" | "edge">): SecretText {
  return new SecretText(toBase64Url(branch(token, "lintel adopt password v1")));
}

export function hashOfRoot(rootPublicKey: Uint8Array): Uint8Array {
  return sha256(rootPublicKey);
}

/** The public halves of the keys that an edge made at its first start. */
export interface EdgePublicKeys {
  readonly signing: Uint8Array;
  readonly agreement: Uint8Array;
}

/** up/adopt, made by the edge and signed by its own new key: who sends it holds that key and the token. */
export function signAdoptRequest(
  token: AdoptionToken,
  head: Omit<MessageHead, "site" | "edge">,
  keys: { readonly signing: Secret; readonly agreement: Uint8Array },
): Uint8Array {
  const { site, edge } = token;
  const own = { signing: signingPublicKey(keys.signing), agreement: keys.agreement };
  return signMessage("adopt", { ...head, site, edge }, { ...own, mac: requestMac(token, own) }, keys.signing);
}

export type AdoptionError = EnvelopeError | { readonly kind: "wrong-token" } | { readonly kind: "wrong-root" };

/** up/adopt, read by the authority: the keys of the edge, when both the key and the token are proved. */
export function openAdoptRequest(
  message: Uint8Array,
  token: Pick<AdoptionToken, "secret" | "site" | "edge">,
): Result<EdgePublicKeys, AdoptionError> {
  const peeked = peekMessage("adopt", message);
  if (!peeked.ok) return peeked;
  const { signing, agreement, mac } = peeked.value.body;
  const opened = openMessage("adopt", message, { site: token.site, edge: token.edge, signer: signing, now: null });
  if (!opened.ok) return opened;
  if (!equalBytes(mac, requestMac(token, { signing, agreement }))) return fail({ kind: "wrong-token" });
  return ok({ signing, agreement });
}

/** dn/adopt, made by the authority: bound to the keys it answers, so that it fits no other edge and no other request. */
export function signAdoptAnswer(
  token: Pick<AdoptionToken, "secret" | "site" | "edge">,
  head: Omit<MessageHead, "site" | "edge">,
  answer: { readonly to: EdgePublicKeys; readonly root: Uint8Array; readonly agreement: Uint8Array },
  online: Secret,
): Uint8Array {
  const { site, edge } = token;
  const { root, agreement } = answer;
  const mac = answerMac(token, answer.to, root, agreement);
  return signMessage("adopt-answer", { ...head, site, edge }, { root, agreement, mac }, online);
}

/** Whom an adopted edge believes from now on. */
export interface AdoptedBy {
  readonly root: RootDocument;
  /** The authority's X25519 public key for this edge. */
  readonly agreement: Uint8Array;
}

/** dn/adopt, read by the edge: root key by its pinned hash, root document by the root key, answer by the online key. */
export function openAdoptAnswer(
  message: Uint8Array,
  token: AdoptionToken,
  own: EdgePublicKeys,
): Result<AdoptedBy, AdoptionError> {
  const peeked = peekMessage("adopt-answer", message);
  if (!peeked.ok) return peeked;
  const { root: document, agreement, mac } = peeked.value.body;
  const root = openRoot(document, token.site, token.rootHash);
  if (!root.ok) return root;
  const { site, edge } = token;
  const opened = openMessage("adopt-answer", message, { site, edge, signer: root.value.online, now: null });
  if (!opened.ok) return opened;
  if (!equalBytes(mac, answerMac(token, own, document, agreement))) return fail({ kind: "wrong-token" });
  return ok({ root: root.value, agreement });
}

/** A root document, believed because it is signed by the key that hashes to `rootHash`. */
export function openRoot(message: Uint8Array, site: string, rootHash: Uint8Array): Result<RootDocument, AdoptionError> {
  const peeked = peekMessage("root", message);
  if (!peeked.ok) return peeked;
  const { root } = peeked.value.body;
  if (!equalBytes(hashOfRoot(root), rootHash)) return fail({ kind: "wrong-root" });
  const opened = openMessage("root", message, { site, edge: null, signer: root, now: null });
  return opened.ok ? ok(opened.value.body) : opened;
}

type TokenSecret = Pick<AdoptionToken, "secret" | "site" | "edge">;

function requestMac(token: TokenSecret, keys: EdgePublicKeys): Uint8Array {
  return macOf(token, ["request", keys.signing, keys.agreement]);
}

function answerMac(token: TokenSecret, to: EdgePublicKeys, root: Uint8Array, agreement: Uint8Array): Uint8Array {
  return macOf(token, ["answer", to.signing, to.agreement, root, agreement]);
}

/** CBOR of a list, so that no two different lists are the same bytes. */
function macOf(token: TokenSecret, parts: readonly Cbor[]): Uint8Array {
  return hmac(sha256, branch(token, "lintel adopt mac v1"), encodeCbor([token.site, token.edge, ...parts]));
}

function branch(token: TokenSecret, label: string): Uint8Array {
  const info = utf8(`${label}${token.site}${token.edge}`);
  return token.secret.use((secret) => hkdf(sha256, secret, undefined, info, 32));
}
