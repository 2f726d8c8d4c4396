/**
 * The envelope of every message that carries truth: canonical CBOR `[bytes, signature]`, Ed25519 (RFC 8032) over
 * "lintel-v1" ‖ bytes (design 5.9). A broker is believed in nothing: who signed, for which site and edge, and what kind
 * of message it is are all under the signature. What a message says is in `bodies.ts`.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, equalBytes, utf8 } from "../base/bytes.ts";
import { type CborError, decodeCbor, encodeCbor } from "../base/cbor.ts";
import { invariant } from "../base/invariant.ts";
import { fail, ok, type Result } from "../base/result.ts";
import type { Secret } from "../base/secret.ts";
import type { Instant } from "../base/units.ts";
import { BODIES, type BodyOf, type MessageKind } from "./bodies.ts";
import { type Ed25519, nobleEd25519 } from "./ed25519.ts";
import { LIMITS } from "./limits.ts";
import {
  bytes,
  hex,
  id,
  integer,
  map,
  orNull,
  type Shape,
  type ShapeError,
  type ShapeOf,
  text,
  time,
} from "./shape.ts";

const DOMAIN = utf8("lintel-v1");

const HEAD = {
  v: integer(1, 1),
  kind: text(32),
  site: id,
  /** The edge it is from or for; null for what concerns the whole site. */
  edge: orNull(id),
  /** First 8 bytes of the SHA-256 of the signer's public key. */
  src: bytes(8),
  /** One life of the sender's database. With `seq` it shows a disk that was put back. */
  epoch: hex(8),
  /** The newest record of the sender's journal; 0 where it has none. */
  seq: integer(0),
  t: time,
  /** Not to be acted upon from this instant on; null: no end. */
  exp: orNull(time),
  /** Random: tells a repetition from a new message. */
  id: bytes(16),
};

/** What a sender says about itself and the message. The rest of the envelope follows from the key and the body. */
export interface MessageHead {
  readonly site: string;
  readonly edge: string | null;
  readonly epoch: string;
  readonly seq: number;
  readonly t: Instant;
  readonly exp: Instant | null;
  readonly id: Uint8Array;
}

export interface Message<K extends MessageKind> extends MessageHead {
  readonly kind: K;
  readonly src: Uint8Array;
  readonly body: BodyOf<K>;
}

export type EnvelopeError =
  | CborError
  | ShapeError
  | { readonly kind: "bad-signature" }
  | { readonly kind: "wrong-kind" }
  | { readonly kind: "wrong-site" }
  | { readonly kind: "wrong-edge" }
  | { readonly kind: "expired" };

/** The public key of an Ed25519 seed of 32 bytes. */
export function signingPublicKey(seed: Secret): Uint8Array {
  return nobleEd25519.publicKey(seed).slice();
}

/** How an envelope names the key that signed it. */
export function keyId(publicKey: Uint8Array): Uint8Array {
  return sha256(publicKey).slice(0, 8);
}

/** Signs `body` as a message of `kind` with an Ed25519 seed. A body that its own shape would refuse is our bug. */
export function signMessage<K extends MessageKind>(
  kind: K,
  head: MessageHead,
  body: BodyOf<K>,
  seed: Secret,
  ed25519: Ed25519 = nobleEd25519,
): Uint8Array {
  const shape = envelopeOf(kind);
  const src = keyId(ed25519.publicKey(seed));
  const { site, edge, epoch, seq, t, exp, id: messageId } = head;
  const written = shape.write({ v: 1, kind, site, edge, src, epoch, seq, t, exp, id: messageId, body });
  const read = shape.read(written, "");
  invariant(read.ok, "a message that we write is one that we would read", { kind, error: read.ok ? null : read.error });
  const content = encodeCbor(written);
  const signature = ed25519.sign(concat(DOMAIN, content), seed);
  const message = encodeCbor([content, signature]);
  invariant(message.length <= LIMITS.messageBytes, "a message fits", { kind, bytes: message.length });
  return message;
}

/** What the reader of a message knows beforehand. `edge` null: a message for the whole site. */
export interface Expected {
  readonly site: string;
  readonly edge: string | null;
  readonly signer: Uint8Array;
  /** Where the reader's clock is believed: a message past its end is refused. Null: it is not asked. */
  readonly now: Instant | null;
}

/** Opens a message that must be of `kind`, for this site and edge, and signed by `signer`. */
export function openMessage<K extends MessageKind>(
  kind: K,
  message: Uint8Array,
  expected: Expected,
  ed25519: Ed25519 = nobleEd25519,
): Result<Message<K>, EnvelopeError> {
  const opened = peekMessage(kind, message);
  if (!opened.ok) return opened;
  const read = opened.value;
  if (!verifyMessage(message, expected.signer, ed25519)) return fail({ kind: "bad-signature" });
  if (read.site !== expected.site) return fail({ kind: "wrong-site" });
  if (read.edge !== expected.edge) return fail({ kind: "wrong-edge" });
  if (expected.now !== null && read.exp !== null && expected.now >= read.exp) return fail({ kind: "expired" });
  return ok(read);
}

/**
 * Reads a message without believing it: only where the key that signed it stands inside (adoption). Nothing may be
 * done with what it says before `verifyMessage`.
 */
export function peekMessage<K extends MessageKind>(kind: K, message: Uint8Array): Result<Message<K>, EnvelopeError> {
  const parts = split(message);
  if (!parts.ok) return parts;
  const content = decodeCbor(parts.value.content, { bytes: LIMITS.messageBytes, depth: LIMITS.depth });
  if (!content.ok) return content;
  const named = content.value as { readonly kind?: unknown } | null;
  if (typeof named !== "object" || named === null || named.kind !== kind) return fail({ kind: "wrong-kind" });
  const read = envelopeOf(kind).read(content.value, "");
  if (!read.ok) return read;
  const { v: _version, ...rest } = read.value;
  return ok({ ...rest, kind });
}

/** Whether `signer` signed exactly these bytes. */
export function verifyMessage(message: Uint8Array, signer: Uint8Array, ed25519: Ed25519 = nobleEd25519): boolean {
  const parts = split(message);
  if (!parts.ok) return false;
  const { content, signature } = parts.value;
  const source = decodeCbor(content, { bytes: LIMITS.messageBytes, depth: LIMITS.depth });
  if (!source.ok) return false;
  const src = (source.value as { readonly src?: unknown }).src;
  if (!(src instanceof Uint8Array) || !equalBytes(src, keyId(signer))) return false;
  return ed25519.verify(signature, concat(DOMAIN, content), signer);
}

function split(message: Uint8Array): Result<{ content: Uint8Array; signature: Uint8Array }, EnvelopeError> {
  const outer = decodeCbor(message, { bytes: LIMITS.messageBytes, depth: 1 });
  if (!outer.ok) return outer;
  const [content, signature, ...more] = Array.isArray(outer.value) ? outer.value : [];
  if (!(content instanceof Uint8Array) || !(signature instanceof Uint8Array)) return fail({ kind: "malformed" });
  if (signature.length !== 64 || more.length > 0) return fail({ kind: "malformed" });
  return ok({ content, signature });
}

type EnvelopeOf<K extends MessageKind> = ShapeOf<ReturnType<typeof headShape>> & { readonly body: BodyOf<K> };

function headShape() {
  return map(HEAD);
}

function envelopeOf<K extends MessageKind>(kind: K): Shape<EnvelopeOf<K>> {
  return map({ ...HEAD, body: BODIES[kind] }) as unknown as Shape<EnvelopeOf<K>>;
}
