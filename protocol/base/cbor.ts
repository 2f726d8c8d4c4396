/**
 * Deterministic CBOR (RFC 8949 4.2.1), strict both ways. Reading re-encodes and compares, so that one value has one
 * spelling: unsorted keys, long integers, longer floats and bad UTF-8 are all refused. Length and depth are limited
 * before anything is allocated by what a peer claims.
 */
import { decode, encode, rfc8949EncodeOptions } from "cborg";
import { equalBytes } from "./bytes.ts";
import { fail, ok, type Result } from "./result.ts";

/** What may stand in a message: maps have text keys only. Integers lie within ±2^53. */
export type Cbor = null | boolean | number | string | Uint8Array | readonly Cbor[] | { readonly [key: string]: Cbor };

export interface CborLimits {
  /** Longest message read, in bytes. */
  readonly bytes: number;
  /** Deepest nesting of arrays and maps. */
  readonly depth: number;
}

export type CborError =
  | { readonly kind: "too-long"; readonly bytes: number; readonly limit: number }
  | { readonly kind: "too-deep"; readonly limit: number }
  | { readonly kind: "malformed" }
  | { readonly kind: "not-canonical" };

export function encodeCbor(value: Cbor): Uint8Array {
  // A copy: cborg answers slices of Node's pool, as Buffer, whose own slice shares memory with them.
  return new Uint8Array(encode(value, rfc8949EncodeOptions));
}

export function decodeCbor(bytes: Uint8Array, limits: CborLimits): Result<Cbor, CborError> {
  if (bytes.length > limits.bytes) return fail({ kind: "too-long", bytes: bytes.length, limit: limits.bytes });
  if (deeperThan(bytes, limits.depth)) return fail({ kind: "too-deep", limit: limits.depth });
  let value: Cbor;
  try {
    value = decode(bytes, STRICT) as Cbor;
  } catch {
    return fail({ kind: "malformed" });
  }
  // cborg takes unsorted keys and invalid UTF-8; neither survives being written again.
  if (!equalBytes(encodeCbor(value), bytes)) return fail({ kind: "not-canonical" });
  return ok(value);
}

const STRICT = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowNaN: false,
  allowInfinity: false,
  allowBigInt: false,
  rejectDuplicateMapKeys: true,
  tags: [],
};

/**
 * Whether arrays and maps nest deeper than `limit`, from the heads alone and without recursion: the decoder recurses,
 * and a hostile message must not reach its stack. Malformed bytes answer false: the decoder names them.
 */
function deeperThan(bytes: Uint8Array, limit: number): boolean {
  const open: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    const head = bytes[at]!;
    const major = head >> 5;
    const info = head & 0x1f;
    if (info > 27) return false;
    const extra = info < 24 ? 0 : 1 << (info - 24);
    let argument = info;
    if (extra > 0) {
      argument = 0;
      for (let byte = 1; byte <= extra; byte += 1) argument = argument * 256 + (bytes[at + byte] ?? 0);
    }
    at += 1 + extra;
    let children = 0;
    if (major === 2 || major === 3) at += argument;
    else if (major === 4) children = argument;
    else if (major === 5) children = argument * 2;
    else if (major === 6) children = 1;
    if (open.length > 0) open[open.length - 1]! -= 1;
    if (children > 0) {
      open.push(children);
      if (open.length > limit) return true;
    }
    while (open.length > 0 && open[open.length - 1]! <= 0) open.pop();
    if (open.length === 0) return false;
  }
  return false;
}
