/**
 * The authority's own chains: one through the log, one through the audit, so that an entry which is edited, taken out or
 * moved later leaves a link that does not fit. What links are is protocol/mqtt/chain.ts; what is signed of them, checkpoints.ts.
 */
import { encodeCbor } from "@lintel/protocol/base/cbor.ts";
import { nextLink } from "@lintel/protocol/mqtt/chain.ts";
import type { AuditEntry } from "./ports.ts";

/** The link of a record at its place in the log; `bytes` as `encodeRecord` writes it. */
export function logLink(
  before: string,
  { edge, bytes }: { readonly edge: string; readonly bytes: Uint8Array },
): string {
  return nextLink(before, encodeCbor([edge, bytes]));
}

export function auditLink(before: string, { at, what, detail }: AuditEntry): string {
  const plain = Object.entries(detail).map(([name, value]) => [name, Array.isArray(value) ? [...value] : value]);
  return nextLink(before, encodeCbor([at, what, Object.fromEntries(plain)]));
}
