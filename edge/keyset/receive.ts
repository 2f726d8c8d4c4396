/**
 * Taking a keyset: first its manifest, signed, then the pieces that the manifest names, then the whole beside the one
 * held. The held keyset stays in force until the last check of the new one passed (d8.1).
 * Not here: the signature (edge/uplink opens messages), and making it durable (edge/box).
 */
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { after, type Monotonic } from "@lintel/protocol/base/units.ts";
import { decodeKeyset } from "@lintel/protocol/keyset/codec.ts";
import type { Keyset } from "@lintel/protocol/keyset/keyset.ts";
import { hashOf, joinKeyset, type KeysetManifest } from "@lintel/protocol/keyset/transport.ts";
import { LIMITS } from "./limits.ts";

/** Which keyset is held. */
export interface KeysetVersion {
  readonly number: number;
  readonly digest: string;
}

/** Whose keyset it must be. */
export interface KeysetPlace {
  readonly site: string;
  readonly edge: string;
}

/** The kind goes to the authority as it is; the facts are for the record. */
export type KeysetRefusal =
  | { readonly kind: "older"; readonly held: number; readonly offered: number }
  | { readonly kind: "same-number"; readonly number: number }
  | { readonly kind: "too-far"; readonly held: number; readonly offered: number }
  | { readonly kind: "wrong-edge" }
  | { readonly kind: "wrong-site" }
  | { readonly kind: "wrong-number" }
  | { readonly kind: "wrong-digest" }
  | { readonly kind: "malformed"; readonly at: string };

/** Whether an offered manifest, already believed to be the authority's, may replace what is held. */
export function judgeManifest(
  held: KeysetVersion | null,
  place: KeysetPlace,
  offered: KeysetManifest,
): Result<"held-already" | "fresh", KeysetRefusal> {
  if (offered.edge !== place.edge) return fail({ kind: "wrong-edge" });
  if (held === null) return ok("fresh");
  if (offered.number < held.number) return fail({ kind: "older", held: held.number, offered: offered.number });
  if (offered.number === held.number) {
    // Two keysets of one number: somebody tells different edges, or different days, different things.
    return offered.digest === held.digest ? ok("held-already") : fail({ kind: "same-number", number: held.number });
  }
  if (offered.number > held.number + LIMITS.numberJump) {
    return fail({ kind: "too-far", held: held.number, offered: offered.number });
  }
  return ok("fresh");
}

/** A keyset on its way. */
export interface Receiving {
  readonly manifest: KeysetManifest;
  readonly chunks: ReadonlyMap<string, Uint8Array>;
  /** When what is missing is asked for again. */
  readonly askAt: Monotonic;
}

/** `known`: pieces at hand already, by hash; those that the manifest does not name are left out. */
export function beginReceiving(
  manifest: KeysetManifest,
  known: ReadonlyMap<string, Uint8Array>,
  now: Monotonic,
): Receiving {
  const chunks = new Map<string, Uint8Array>();
  for (const hash of manifest.chunks) {
    const bytes = known.get(hash);
    if (bytes !== undefined) chunks.set(hash, bytes);
  }
  return { manifest, chunks, askAt: after(now, LIMITS.chunkWait) };
}

/** Names of the pieces still to come, each once. */
export function missingChunks({ manifest, chunks }: Receiving): readonly string[] {
  return [...new Set(manifest.chunks.filter((hash) => !chunks.has(hash)))];
}

/**
 * Takes one piece. Its name is its hash, so it needs no signature of its own: what no manifest names, or what is not
 * what its name says, is not taken.
 */
export function takeChunk(
  receiving: Receiving,
  hash: string,
  bytes: Uint8Array,
  now: Monotonic,
): Result<Receiving, { readonly kind: "unasked" } | { readonly kind: "wrong-hash" }> {
  if (!receiving.manifest.chunks.includes(hash)) return fail({ kind: "unasked" });
  if (hashOf(bytes) !== hash) return fail({ kind: "wrong-hash" });
  const chunks = new Map(receiving.chunks).set(hash, bytes);
  return ok({ ...receiving, chunks, askAt: after(now, LIMITS.chunkWait) });
}

/** The whole, checked against everything that is known of it. For a keyset that just came, and again at every start. */
export function openKeyset(
  place: KeysetPlace,
  manifest: KeysetManifest,
  bytes: Uint8Array,
): Result<Keyset, KeysetRefusal> {
  if (bytes.length !== manifest.size || hashOf(bytes) !== manifest.digest) return fail({ kind: "wrong-digest" });
  const decoded = decodeKeyset(bytes);
  if (!decoded.ok) {
    const { error } = decoded;
    return fail({ kind: "malformed", at: "path" in error ? `${error.kind} ${error.path}` : error.kind });
  }
  const keyset = decoded.value;
  if (keyset.edge !== place.edge) return fail({ kind: "wrong-edge" });
  if (keyset.site !== place.site) return fail({ kind: "wrong-site" });
  if (keyset.number !== manifest.number) return fail({ kind: "wrong-number" });
  return ok(keyset);
}

/** Joins what came, when nothing is missing any more. */
export function completeKeyset(
  place: KeysetPlace,
  receiving: Receiving,
): Result<{ readonly keyset: Keyset; readonly bytes: Uint8Array }, KeysetRefusal> {
  const joined = joinKeyset(receiving.manifest, receiving.chunks);
  if (!joined.ok) return fail({ kind: "wrong-digest" });
  const keyset = openKeyset(place, receiving.manifest, joined.value);
  return keyset.ok ? ok({ keyset: keyset.value, bytes: joined.value }) : keyset;
}
