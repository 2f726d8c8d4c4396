/**
 * How an encoded keyset travels: cut into pieces of at most 64 KiB that are named by their hash, and a manifest that
 * lists them (facts mqtt 4). The manifest is what the authority signs; nothing outside it is ever loaded.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, toHex } from "../base/bytes.ts";
import type { Cbor } from "../base/cbor.ts";
import { isId } from "../base/ids.ts";
import { invariant } from "../base/invariant.ts";
import { fail, ok, type Result } from "../base/result.ts";
import { LIMITS } from "./limits.ts";
import { bytesOf, listOf, type Mismatch, record, type Shape, textThat, whole } from "./shape.ts";

export interface KeysetManifest {
  readonly edge: string;
  readonly number: number;
  /** SHA-256 of the whole encoded keyset, 64 hex digits. Two keysets of one number with other digests are an alarm. */
  readonly digest: string;
  /** Bytes of the whole. */
  readonly size: number;
  /** SHA-256 of each piece in order, 64 hex digits; a piece's name on the wire. */
  readonly chunks: readonly string[];
}

export interface KeysetChunk {
  readonly hash: string;
  readonly bytes: Uint8Array;
}

export type JoinError =
  | { readonly kind: "missing"; readonly hashes: readonly string[] }
  | { readonly kind: "wrong-hash"; readonly hash: string }
  | { readonly kind: "wrong-size"; readonly size: number; readonly expected: number }
  | { readonly kind: "wrong-digest" };

/** The name of a piece, and the digest of a whole: SHA-256 as 64 hex digits. */
export function hashOf(bytes: Uint8Array): string {
  return toHex(sha256(bytes));
}

/** `bytes` are an encoded keyset of that edge and number. A piece that occurs twice is listed twice and sent once. */
export function splitKeyset(
  bytes: Uint8Array,
  of: { readonly edge: string; readonly number: number },
): { readonly manifest: KeysetManifest; readonly chunks: readonly KeysetChunk[] } {
  invariant(bytes.length > 0 && bytes.length <= LIMITS.keysetBytes, "a keyset fits its limit", { size: bytes.length });
  const pieces: KeysetChunk[] = [];
  for (let at = 0; at < bytes.length; at += LIMITS.chunkBytes) {
    const piece = bytes.slice(at, at + LIMITS.chunkBytes);
    pieces.push({ hash: hashOf(piece), bytes: piece });
  }
  const manifest: KeysetManifest = {
    edge: of.edge,
    number: of.number,
    digest: hashOf(bytes),
    size: bytes.length,
    chunks: pieces.map((piece) => piece.hash),
  };
  return { manifest, chunks: [...new Map(pieces.map((piece) => [piece.hash, piece])).values()] };
}

/** The whole again. Each piece is checked against its name, and the whole against size and digest. */
export function joinKeyset(
  manifest: KeysetManifest,
  chunks: ReadonlyMap<string, Uint8Array>,
): Result<Uint8Array, JoinError> {
  const missing = manifest.chunks.filter((hash) => !chunks.has(hash));
  if (missing.length > 0) return fail({ kind: "missing", hashes: [...new Set(missing)] });
  for (const hash of manifest.chunks) {
    const piece = chunks.get(hash)!;
    if (piece.length > LIMITS.chunkBytes || hashOf(piece) !== hash) return fail({ kind: "wrong-hash", hash });
  }
  const size = manifest.chunks.reduce((sum, hash) => sum + chunks.get(hash)!.length, 0);
  if (size !== manifest.size) return fail({ kind: "wrong-size", size, expected: manifest.size });
  const bytes = concat(...manifest.chunks.map((hash) => chunks.get(hash)!));
  return hashOf(bytes) === manifest.digest ? ok(bytes) : fail({ kind: "wrong-digest" });
}

/** A hash as 32 bytes on the wire and 64 hex digits in our hands. */
const hash: Shape<string> = {
  write: (value) => Uint8Array.from(value.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
  read(cbor) {
    const bytes = bytesOf(32).read(cbor);
    return bytes.ok ? ok(toHex(bytes.value)) : bytes;
  },
};

const MANIFEST = record<KeysetManifest>({
  edge: textThat("an id", isId),
  number: whole(1, Number.MAX_SAFE_INTEGER),
  digest: hash,
  size: whole(1, LIMITS.keysetBytes),
  chunks: listOf(hash, { min: 1, max: Math.ceil(LIMITS.keysetBytes / LIMITS.chunkBytes) }),
});

/** The manifest as the body of a message. */
export function writeManifest(manifest: KeysetManifest): Cbor {
  return MANIFEST.write(manifest);
}

export function readManifest(cbor: Cbor): Result<KeysetManifest, Mismatch> {
  return MANIFEST.read(cbor);
}
