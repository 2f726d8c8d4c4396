/** The root document that this edge keeps: by it every other key of the authority is believed. */
import { equalBytes } from "@lintel/protocol/base/bytes.ts";
import { invariant } from "@lintel/protocol/base/invariant.ts";
import { hashOfRoot } from "@lintel/protocol/mqtt/adoption.ts";
import type { RootDocument } from "@lintel/protocol/mqtt/bodies.ts";
import { openMessage } from "@lintel/protocol/mqtt/envelope.ts";
import type { Adoption } from "./ports.ts";

/** The root document as it was stored, asked again whether the pinned key signed it. */
export function openOwnRoot({ site, root, rootKey }: Pick<Adoption, "site" | "root" | "rootKey">): RootDocument {
  const opened = openMessage("root", root, { site, edge: null, signer: rootKey, now: null });
  invariant(opened.ok, "the root document in the store is the one that was believed", {
    error: opened.ok ? null : opened.error.kind,
  });
  return opened.value.body;
}

/** Whether a token names the root key that this edge has pinned. */
export function sameRoot({ rootKey }: Pick<Adoption, "rootKey">, rootHash: Uint8Array): boolean {
  return equalBytes(hashOfRoot(rootKey), rootHash);
}
