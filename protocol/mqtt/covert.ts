/**
 * The sealed field of a grant's record (domain-rules, "Duress"): whether the code was typed under duress. Every grant
 * by a code carries one, of one size and look, so that nobody but the authority learns anything from it, nor from its
 * being there. It belongs to its record: moved to another, it opens nothing.
 */
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { concat, fromHex, toHex } from "../base/bytes.ts";
import { encodeCbor } from "../base/cbor.ts";
import type { RandomBytes } from "../base/random.ts";
import { fail, ok, type Result } from "../base/result.ts";
import type { Secret } from "../base/secret.ts";
import { deriveFor } from "./agreement.ts";
import { LIMITS } from "./limits.ts";
import type { JournalRecord } from "./record.ts";

const NONCE_BYTES = 24;
/** What is sealed: a version, the mark, and room that is zero. */
const PLAIN_BYTES = 8;
const VERSION = 1;

/** The record it belongs to, by what is known when it is sealed. */
export type CovertPlace = Pick<JournalRecord, "at" | "door" | "key">;

export interface Covert {
  readonly duress: boolean;
}

/** `shared` is X25519 of the authority's key for this edge and the edge's key: both can seal and open. */
export function deriveCovertKey(shared: Secret, { site, edge }: { site: string; edge: string }): Secret {
  return deriveFor(shared, "lintel covert v1", site, edge);
}

/** `LIMITS.covertBytes` in hex: nonce ‖ sealed ‖ tag. */
export function sealCovert(key: Secret, place: CovertPlace, { duress }: Covert, random: RandomBytes): string {
  const nonce = random(NONCE_BYTES);
  const plain = new Uint8Array(PLAIN_BYTES);
  plain.set([VERSION, Number(duress)]);
  return toHex(concat(nonce, cipherFor(key, nonce, place).encrypt(plain)));
}

/** Fails for another edge's, another record's, a changed digit, or a mark that this version does not know. */
export function openCovert(key: Secret, place: CovertPlace, covert: string): Result<Covert, { kind: "unsealable" }> {
  const sealed = fromHex(covert);
  if (!sealed.ok || sealed.value.length !== LIMITS.covertBytes) return fail({ kind: "unsealable" });
  try {
    const nonce = sealed.value.subarray(0, NONCE_BYTES);
    const [version, mark] = cipherFor(key, nonce, place).decrypt(sealed.value.subarray(NONCE_BYTES));
    return version === VERSION && mark! <= 1 ? ok({ duress: mark === 1 }) : fail({ kind: "unsealable" });
  } catch {
    return fail({ kind: "unsealable" });
  }
}

function cipherFor(cipherKey: Secret, nonce: Uint8Array, { at, door, key }: CovertPlace) {
  return cipherKey.use((bytes) => xchacha20poly1305(bytes, nonce, encodeCbor([at, door, key])));
}
