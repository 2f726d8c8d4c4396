/**
 * Adoption from the authority's side: tokens, who may connect to the broker, and the one request that makes an edge
 * known. A token makes one pair of keys an edge's keys; the same request again gets its answer again, for as long as
 * the edge was not heard of under its own name (an answer can be lost), and any other is refused.
 */
import { equalBytes, toHex, utf8 } from "@lintel/protocol/base/bytes.ts";
import { invariant } from "@lintel/protocol/base/invariant.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { Secret, type SecretText } from "@lintel/protocol/base/secret.ts";
import { after, type Instant } from "@lintel/protocol/base/units.ts";
import {
  type AdoptionError,
  type AdoptionToken,
  adoptionPassword,
  adoptionUser,
  type EdgePublicKeys,
  encodeToken,
  hashOfRoot,
  openAdoptRequest,
} from "@lintel/protocol/mqtt/adoption.ts";
import { agree, mqttPassword } from "@lintel/protocol/mqtt/agreement.ts";
import { signingPublicKey } from "@lintel/protocol/mqtt/envelope.ts";
import { LIMITS as WIRE } from "@lintel/protocol/mqtt/limits.ts";
import type { Principal } from "@lintel/protocol/mqtt/topics.ts";
import { agreementKeyFor, sharedWith } from "./keys.ts";
import type { Ports, StoredEdge, StoredToken } from "./ports.ts";
import { seal, unseal } from "./seal.ts";

/** A fresh token for `edge`; any other that was issued for it ends. The caller knows that the site has this edge. */
export function issueToken(ports: Ports, site: string, edge: string): { token: SecretText; expires: Instant } {
  const { store, keys, random, broker } = ports;
  const secret = new Secret(random(32));
  const expires = after(ports.now(), WIRE.tokenLife);
  store.transaction(() => {
    const sealed = seal(keys.sealing, sealedAs(edge), secret, random);
    store.putToken({ edge, sealed, expires, usedBy: null });
    store.addAudit({ at: ports.now(), what: "token-issued", detail: { edge } });
  });
  broker.disconnect(adoptionUser(edge));
  const rootHash = hashOfRoot(signingPublicKey(keys.root));
  return { token: encodeToken({ site, edge, broker: broker.url, secret, rootHash }), expires };
}

/** Who presents this user name and password; null: nobody. Compared in constant time. */
export function authenticate(ports: Ports, site: string, user: string, password: string): Principal | null {
  const presented = utf8(password);
  const holds = (expected: SecretText) => expected.use((text) => equalBytes(utf8(text), presented));
  const known = ports.store.edge(user);
  if (known !== null && holds(mqttPassword(sharedWith(ports.keys, site, known), site, user))) {
    return { kind: "edge", site, edge: user };
  }
  const prefix = adoptionUser("");
  const edge = user.startsWith(prefix) ? user.slice(prefix.length) : null;
  const token = edge === null ? null : openToken(ports, site, edge);
  if (edge === null || token === null || !holds(adoptionPassword(token.token))) return null;
  return { kind: "adopting", site, edge };
}

export type AdoptRefusal =
  | AdoptionError
  | { readonly kind: "no-token" }
  | { readonly kind: "used-token" }
  | { readonly kind: "weak-key" };

export interface Adoption {
  readonly edge: StoredEdge;
  readonly token: Pick<AdoptionToken, "secret" | "site" | "edge">;
  /** False: the answer of before is given once more. */
  readonly fresh: boolean;
}

/** Judges an adoption request and, where it is a first one, makes the edge known. Inside a transaction of the caller. */
export function adopt(ports: Ports, site: string, edge: string, message: Uint8Array): Result<Adoption, AdoptRefusal> {
  const { store, keys } = ports;
  const held = openToken(ports, site, edge);
  if (held === null) return fail({ kind: "no-token" });
  const request = openAdoptRequest(message, held.token);
  if (!request.ok) return request;
  const now = ports.now();
  const known = store.edge(edge);
  if (held.stored.usedBy !== null) {
    if (!sameKeys(held.stored.usedBy, request.value)) return fail({ kind: "used-token" });
    invariant(known !== null, "a used token made an edge known", { edge });
    return ok({ edge: known, token: held.token, fresh: false });
  }
  const adoption = (known?.adoption ?? 0) + 1;
  if (!agree(agreementKeyFor(keys, site, edge, adoption), request.value.agreement).ok)
    return fail({ kind: "weak-key" });
  const adopted: StoredEdge = { ...request.value, edge, adoption, adoptedAt: now };
  store.putEdge(adopted);
  store.putToken({ ...held.stored, usedBy: request.value });
  store.addAudit({ at: now, what: "edge-adopted", detail: { edge, adoption, key: toHex(adopted.signing) } });
  return ok({ edge: adopted, token: held.token, fresh: true });
}

/** The edge was heard of under its own name: its token has done its work. */
export function closeToken(ports: Ports, edge: StoredEdge): void {
  const token = ports.store.token(edge.edge);
  if (token?.usedBy == null || !sameKeys(token.usedBy, edge)) return;
  ports.store.transaction(() => ports.store.dropToken(edge.edge));
}

interface HeldToken {
  readonly stored: StoredToken;
  readonly token: Pick<AdoptionToken, "secret" | "site" | "edge">;
}

/** The token of `edge` that may still be used; at its end exactly it may not. */
function openToken(ports: Ports, site: string, edge: string): HeldToken | null {
  const stored = ports.store.token(edge);
  if (stored === null || ports.now() >= stored.expires) return null;
  const secret = unseal(ports.keys.sealing, sealedAs(edge), stored.sealed);
  return secret.ok ? { stored, token: { secret: secret.value, site, edge } } : null;
}

function sealedAs(edge: string): string {
  return `tokens/${edge}`;
}

function sameKeys(a: EdgePublicKeys, b: EdgePublicKeys): boolean {
  return equalBytes(a.signing, b.signing) && equalBytes(a.agreement, b.agreement);
}
