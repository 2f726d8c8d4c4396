/**
 * Issuing: what the site says, compiled for one edge, numbered, signed, kept and published. A keyset is issued only
 * when what it says differs from the last one, or when the edge holds one that this database does not know; its number
 * only rises, whatever is applied.
 */

import { type Compiling, compileKeyset } from "@lintel/edge/site/compile.ts";
import type { CodeId, Site } from "@lintel/edge/site/site.ts";
import { toHex } from "@lintel/protocol/base/bytes.ts";
import { invariant } from "@lintel/protocol/base/invariant.ts";
import type { Secret, SecretText } from "@lintel/protocol/base/secret.ts";
import { instant } from "@lintel/protocol/base/units.ts";
import { codeIndex, deriveIndexKey } from "@lintel/protocol/keyset/code-index.ts";
import { encodeKeyset } from "@lintel/protocol/keyset/codec.ts";
import type { Keyset } from "@lintel/protocol/keyset/keyset.ts";
import { deriveOtpSealKeys, type OtpOwner, sealOtpSecret } from "@lintel/protocol/keyset/otp-seal.ts";
import { splitKeyset } from "@lintel/protocol/keyset/transport.ts";
import { sha256 } from "@noble/hashes/sha2.js";
import { sharedWith } from "./keys.ts";
import { signManifest } from "./messages.ts";
import type { IssuedKeyset, Ports, StoredEdge } from "./ports.ts";

/** A site with all its codes: what keysets are made of. */
export interface SiteWithCodes {
  readonly site: Site;
  readonly codes: (id: CodeId) => SecretText | null;
}

export interface Issued {
  readonly issued: IssuedKeyset;
  readonly before: IssuedKeyset | null;
}

/**
 * Issues to one adopted edge, inside a transaction of the caller. `ahead`: the number of the keyset that it holds, where
 * that is none of ours. Null: the edge has what the site says already.
 */
export function issueKeyset(
  ports: Ports,
  { site, codes }: SiteWithCodes,
  edge: StoredEdge,
  ahead: number | null,
): Issued | null {
  const { store } = ports;
  const before = store.keyset(edge.edge);
  const place = { site: site.site.id, edge: edge.edge };
  const shared = sharedWith(ports.keys, place.site, edge);
  const indexKey = deriveIndexKey(shared, place);
  const sealKeys = deriveOtpSealKeys(shared, place);
  const indexOf = (digits: SecretText) => codeIndex(indexKey, digits);
  const sealOtp = (owner: OtpOwner, secret: Secret) => sealOtpSecret(sealKeys, owner, secret);
  const number = Math.max(before?.number ?? 0, ahead ?? 0) + 1;
  const keyset = compileFor(site, edge.edge, { number, issuedAt: ports.now(), indexOf, sealOtp, codes });
  const content = contentOf(keyset);
  if (before?.content === content && ahead === null) return null;
  const bytes = encodeKeyset(keyset);
  const { manifest } = splitKeyset(bytes, keyset);
  const signed = signManifest(ports, site.site.id, manifest);
  const issued = { edge: edge.edge, number, content, digest: manifest.digest, bytes, manifest: signed };
  store.putKeyset(issued);
  return { issued, before };
}

function compileFor(site: Site, edge: string, options: Compiling): Keyset {
  // An edge that left the site still hangs on its doors: it gets a keyset in which nobody has a right.
  if (!site.edges.some(({ id }) => id === edge)) return emptyKeyset(site, edge, options);
  const compiled = compileKeyset(site, edge, options);
  invariant(compiled.ok, "a site that was read without an error compiles", { edge });
  return compiled.value;
}

function emptyKeyset(site: Site, edge: string, { number, issuedAt }: Compiling): Keyset {
  const { id, name } = site.site;
  const nothing = { buses: [], doors: [], schedules: [], holidays: [], keys: [], codes: [], otps: [] };
  return { site: id, siteName: name, edge, number, issuedAt, ...nothing };
}

/** Equal for keysets that say the same: number and time of issue are not part of it. */
function contentOf(keyset: Keyset): string {
  return toHex(sha256(encodeKeyset({ ...keyset, number: 1, issuedAt: instant(0) })));
}
