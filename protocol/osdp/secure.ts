/**
 * Secure Channel version 1 (facts osdp 6): keys, cryptograms, and the sealing and opening of frames, for both roles.
 * Pure: a session is a value, sealing and opening answer the next one. Strict: what a peer seals otherwise than the
 * standard says is refused, and every refusal looks the same from outside. The one exception is a NAK (`isRefusal`).
 * Not here: who may open a session and when it ends (cp, pd).
 */
import { concat, equalBytes } from "../base/bytes.ts";
import { invariant } from "../base/invariant.ts";
import { fail, ok, type Result } from "../base/result.ts";
import { Secret } from "../base/secret.ts";
import { type Aes, BLOCK_BYTES, nobleAes } from "./aes.ts";
import { type Frame, type FrameHeader, MAC_BYTES, uncheckedFrame, withCheck } from "./frame.ts";
import { NAK } from "./replies.ts";

/** Which key a handshake uses: the byte kk of SCS_11..13. */
export type KeyKind = "scbk" | "scbk-d";
export const KEY_BYTE: Readonly<Record<KeyKind, number>> = { "scbk-d": 0x00, scbk: 0x01 };

/** Published in the standard: keeps nothing secret. Only while installing. */
export const SCBK_D = new Secret(Uint8Array.from({ length: 16 }, (_, at) => 0x30 + at));

/** SEC_BLK_TYPE. */
export const SCS = {
  chlng: 0x11,
  ccrypt: 0x12,
  scrypt: 0x13,
  rMacI: 0x14,
  commandWithoutData: 0x15,
  replyWithoutData: 0x16,
  commandWithData: 0x17,
  replyWithData: 0x18,
} as const;
/** The data byte of SCS_14. */
export const RMAC_STATUS = { accepted: 0x01, refused: 0xff } as const;

export interface SessionKeys {
  readonly sEnc: Secret;
  readonly sMac1: Secret;
  readonly sMac2: Secret;
}

/** A session as one side holds it. The whole 16 bytes of the last MACs are the chain; 4 of them travel. */
export interface Session extends SessionKeys {
  /** Of the last command. Means nothing before the first one. */
  readonly cMac: Uint8Array;
  /** Of the last reply; at first R-MAC-I. */
  readonly rMac: Uint8Array;
}

/** A key that must not be installed: the default one, or one byte repeated (all zero among them). */
export function isWeakScbk(scbk: Secret): boolean {
  return scbk.use((plain) => {
    const repeated = plain.every((byte) => byte === plain[0]);
    return plain.length !== BLOCK_BYTES || repeated || SCBK_D.use((published) => equalBytes(plain, published));
  });
}

export function deriveSessionKeys(scbk: Secret, rndA: Uint8Array, aes: Aes = nobleAes): SessionKeys {
  invariant(scbk.length === BLOCK_BYTES && rndA.length === 8, "an SCBK has 16 bytes and RND.A has 8");
  const derive = (kind: number): Secret => {
    const block = new Uint8Array(BLOCK_BYTES);
    block.set([0x01, kind]);
    block.set(rndA.subarray(0, 6), 2);
    return new Secret(scbk.use((plain) => aes.block(plain, block)));
  };
  return { sEnc: derive(0x82), sMac1: derive(0x01), sMac2: derive(0x02) };
}

export function clientCryptogram(keys: SessionKeys, rndA: Uint8Array, rndB: Uint8Array, aes: Aes = nobleAes) {
  return keys.sEnc.use((sEnc) => aes.block(sEnc, concat(rndA, rndB)));
}

export function serverCryptogram(keys: SessionKeys, rndA: Uint8Array, rndB: Uint8Array, aes: Aes = nobleAes) {
  return keys.sEnc.use((sEnc) => aes.block(sEnc, concat(rndB, rndA)));
}

/** R-MAC-I, from which the chain of MACs begins. */
export function initialRMac(keys: SessionKeys, cryptogram: Uint8Array, aes: Aes = nobleAes): Uint8Array {
  const inner = keys.sMac1.use((sMac1) => aes.block(sMac1, cryptogram));
  return keys.sMac2.use((sMac2) => aes.block(sMac2, inner));
}

/** A handshake between its two exchanges, as either side holds it. */
export interface Handshake {
  readonly clientCryptogram: Uint8Array;
  readonly serverCryptogram: Uint8Array;
  /** Stands once the other side has proved the key; its `rMac` is R-MAC-I. */
  readonly session: Session;
}

/**
 * Both cryptograms and the session that follows from a key and both random numbers. The CP compares the client
 * cryptogram and then R-MAC-I with what it receives, the PD the server cryptogram: always by `equalBytes`.
 */
export function beginHandshake(scbk: Secret, rndA: Uint8Array, rndB: Uint8Array, aes: Aes = nobleAes): Handshake {
  invariant(rndB.length === 8, "RND.B has 8 bytes");
  const keys = deriveSessionKeys(scbk, rndA, aes);
  const server = serverCryptogram(keys, rndA, rndB, aes);
  return {
    clientCryptogram: clientCryptogram(keys, rndA, rndB, aes),
    serverCryptogram: server,
    session: { ...keys, cMac: new Uint8Array(BLOCK_BYTES), rMac: initialRMac(keys, server, aes) },
  };
}

/** The MAC of `message` chained on `icv`: CBC under S-MAC1, the last block under S-MAC2. All 16 bytes of it. */
export function macOf(keys: SessionKeys, icv: Uint8Array, message: Uint8Array, aes: Aes = nobleAes): Uint8Array {
  const padded = message.length % BLOCK_BYTES === 0 ? message : pad(message);
  const lastAt = padded.length - BLOCK_BYTES;
  let chain = icv;
  if (lastAt > 0) {
    const head = padded.subarray(0, lastAt);
    const cipher = keys.sMac1.use((sMac1) => aes.encryptCbc(sMac1, icv, head));
    chain = cipher.subarray(cipher.length - BLOCK_BYTES);
  }
  const last = padded.subarray(lastAt).map((byte, at) => byte ^ chain[at]!);
  return keys.sMac2.use((sMac2) => aes.block(sMac2, last));
}

/** `lastMac`: the last MAC of the other direction. Always padded, so that 16 bytes become 32. */
export function encryptData(keys: SessionKeys, lastMac: Uint8Array, plain: Uint8Array, aes: Aes = nobleAes) {
  return keys.sEnc.use((sEnc) => aes.encryptCbc(sEnc, complement(lastMac), pad(plain)));
}

/** Null where the length or the padding is not what `encryptData` makes. */
export function decryptData(
  keys: SessionKeys,
  lastMac: Uint8Array,
  cipher: Uint8Array,
  aes: Aes = nobleAes,
): Uint8Array | null {
  if (cipher.length === 0 || cipher.length % BLOCK_BYTES !== 0) return null;
  const padded = keys.sEnc.use((sEnc) => aes.decryptCbc(sEnc, complement(lastMac), cipher));
  const end = padded.findLastIndex((byte) => byte !== 0);
  return padded[end] === 0x80 ? padded.slice(0, end) : null;
}

/** What is to be sealed: a command from the CP or, with `reply`, a reply from the PD. */
export interface Sealable extends FrameHeader {
  readonly code: number;
  readonly data: Uint8Array;
}

/** A whole frame for the wire, mark first, and the session after it. To repeat it, send the same bytes again. */
export function sealFrame(
  session: Session,
  parts: Sealable,
  aes: Aes = nobleAes,
): { session: Session; bytes: Uint8Array } {
  const icv = parts.reply ? session.cMac : session.rMac;
  const bare = parts.data.length === 0;
  const data = bare ? parts.data : encryptData(session, icv, parts.data, aes);
  const scb = { type: blockType(parts.reply, !bare), data: new Uint8Array(0) };
  const covered = uncheckedFrame({ ...parts, data, scb });
  const mac = macOf(session, icv, covered, aes);
  return {
    session: parts.reply ? { ...session, rMac: mac } : { ...session, cMac: mac },
    bytes: withCheck(concat(covered, mac.subarray(0, MAC_BYTES)), parts.check),
  };
}

/** Why a frame was not opened: for counters and `trace`. The peer is told the same for all of them. */
export type OpenError = { readonly kind: "block-type" | "mac" | "clear-data" | "encryption" };

export interface Opened {
  readonly session: Session;
  readonly code: number;
  readonly data: Uint8Array;
}

export interface OpenTolerance {
  /** Data in clear under a right MAC, in a reply only: libosdp 3.2.0 answers ISTAT and its like so (facts osdp 8.1). */
  readonly clearReplyData: boolean;
}

const STRICT: OpenTolerance = { clearReplyData: false };

/** Proves and decrypts a frame whose check, address and number already fit. */
export function openFrame(
  session: Session,
  frame: Frame,
  tolerance: OpenTolerance = STRICT,
  aes: Aes = nobleAes,
): Result<Opened, OpenError> {
  const icv = frame.reply ? session.cMac : session.rMac;
  const encrypted = frame.scb?.type === blockType(frame.reply, true);
  const looseReply = tolerance.clearReplyData && frame.reply && frame.scb?.type === SCS.commandWithoutData;
  const bare = frame.scb?.type === blockType(frame.reply, false) || looseReply;
  if (frame.scb === null || frame.mac === null || frame.scb.data.length > 0 || (!encrypted && !bare)) {
    return fail({ kind: "block-type" });
  }
  const mac = macOf(session, icv, coveredBytes(frame), aes);
  if (!equalBytes(mac.subarray(0, MAC_BYTES), frame.mac)) return fail({ kind: "mac" });
  if (bare && frame.data.length > 0 && !looseReply && !isRefusal(frame)) return fail({ kind: "clear-data" });
  const data = encrypted ? decryptData(session, icv, frame.data, aes) : frame.data;
  if (data === null) return fail({ kind: "encryption" });
  const next = frame.reply ? { ...session, rMac: mac } : { ...session, cMac: mac };
  return ok({ session: next, code: frame.code, data });
}

/**
 * A NAK, whose reason libosdp 3.2.9 leaves in clear where it could not build what was asked for (docs/interop.md). Its MAC
 * proves it as any other, and a reason is no secret; a session that ended over it would end at every such question.
 */
function isRefusal({ reply, code }: Frame): boolean {
  return reply && code === NAK.code;
}

/** SCS_15 and SCS_17 for commands, SCS_16 and SCS_18 for replies. */
function blockType(reply: boolean, withData: boolean): number {
  if (reply) return withData ? SCS.replyWithData : SCS.replyWithoutData;
  return withData ? SCS.commandWithData : SCS.commandWithoutData;
}

/** SOM to the end of the data, as received. */
function coveredBytes(frame: Frame): Uint8Array {
  return frame.bytes.subarray(0, frame.bytes.length - MAC_BYTES - (frame.check === "crc" ? 2 : 1));
}

function pad(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array((Math.floor(bytes.length / BLOCK_BYTES) + 1) * BLOCK_BYTES);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  return padded;
}

function complement(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => ~byte & 0xff);
}
