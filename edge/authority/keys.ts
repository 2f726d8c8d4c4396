/**
 * The authority's own keys. They are made at its first start and lie in its vault file alone, outside the data folder
 * (design 4). Root signs which keys to believe, `keyset` signs keysets, `online` signs what is answered at once.
 */

import { encodeCbor } from "@lintel/protocol/base/cbor.ts";
import { invariant } from "@lintel/protocol/base/invariant.ts";
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import { Secret } from "@lintel/protocol/base/secret.ts";
import { agree } from "@lintel/protocol/mqtt/agreement.ts";
import type { RootDocument } from "@lintel/protocol/mqtt/bodies.ts";
import { signingPublicKey } from "@lintel/protocol/mqtt/envelope.ts";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { StoredEdge } from "./ports.ts";

export const KEY_NAMES = ["root", "keyset", "online", "agreement", "sealing"] as const;

/** Each 32 bytes. */
export interface AuthorityKeys {
  /** Ed25519 seeds. */
  readonly root: Secret;
  readonly keyset: Secret;
  readonly online: Secret;
  /** From it comes one X25519 key for every adoption of every edge. */
  readonly agreement: Secret;
  /** XChaCha20-Poly1305 key of the codes in the database. */
  readonly sealing: Secret;
}

export function makeKeys(random: RandomBytes): AuthorityKeys {
  const fresh = () => new Secret(random(32));
  return { root: fresh(), keyset: fresh(), online: fresh(), agreement: fresh(), sealing: fresh() };
}

/** What an edge shall believe, as the root signs it. */
export function rootDocument(keys: AuthorityKeys): RootDocument {
  return {
    n: 1,
    root: signingPublicKey(keys.root),
    keyset: signingPublicKey(keys.keyset),
    online: signingPublicKey(keys.online),
  };
}

/**
 * The authority's X25519 key for one adoption of one edge. Derived, so that the vault file is written once; another
 * for every adoption, so that an edge adopted anew shares nothing with what it was.
 */
export function agreementKeyFor(keys: AuthorityKeys, site: string, edge: string, adoption: number): Secret {
  const info = encodeCbor(["lintel edge agreement v1", site, edge, adoption]);
  return keys.agreement.use((seed) => new Secret(hkdf(sha256, seed, undefined, info, 32)));
}

/** What the authority and this edge share. Its key was tried when the edge was adopted. */
export function sharedWith(
  keys: AuthorityKeys,
  site: string,
  { edge, adoption, agreement }: Pick<StoredEdge, "edge" | "adoption" | "agreement">,
): Secret {
  const shared = agree(agreementKeyFor(keys, site, edge, adoption), agreement);
  invariant(shared.ok, "an adopted edge's key agrees", { edge });
  return shared.value;
}
