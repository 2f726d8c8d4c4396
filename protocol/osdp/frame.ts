/**
 * One OSDP frame as bytes and as fields: SOM, ADDR, LEN, CTRL, security block, CODE, data, MAC, check (facts osdp 1).
 * Not here: finding a frame in a stream (deframe), what a code means (message), and whether a MAC is right (secure).
 */
import { concat } from "../base/bytes.ts";
import { checksum, crc16 } from "../base/crc.ts";
import { invariant } from "../base/invariant.ts";
import { fail, ok, type Result } from "../base/result.ts";
import { LIMITS } from "./limits.ts";

export const SOM = 0x53;
/** One byte of idle line before SOM. Not part of LEN, check or MAC. */
export const MARK = 0xff;
/** Every PD answers to it; only with one PD on the bus. */
export const CONFIGURATION_ADDRESS = 0x7f;

const CTRL = { sequence: 0x03, crc: 0x04, securityBlock: 0x08 } as const;
const REPLY_BIT = 0x80;
export const MAC_BYTES = 4;

/** How a frame proves that it arrived whole. A PD answers with the kind of the command. */
export type CheckKind = "crc" | "checksum";

export interface FrameHeader {
  /** 0..0x7E a device, 0x7F configuration. */
  readonly address: number;
  /** Bit 7 of ADDR: from a PD to the CP. */
  readonly reply: boolean;
  /** 0..3; 0 means "start over". */
  readonly sequence: number;
  readonly check: CheckKind;
}

/** SEC_BLK_TYPE 0x11..0x18 and its data: one byte for 11..14, none for 15..18. */
export interface SecurityBlock {
  readonly type: number;
  readonly data: Uint8Array;
}

export interface Frame extends FrameHeader {
  readonly scb: SecurityBlock | null;
  readonly code: number;
  /** What follows CODE; with SCS_17 and SCS_18 still encrypted. */
  readonly data: Uint8Array;
  /** With SCS_15..18 the 4 bytes before the check, else null. */
  readonly mac: Uint8Array | null;
  /** The whole frame without marks, as received: two frames are one repetition only if these are equal. */
  readonly bytes: Uint8Array;
}

export type FrameError =
  | { readonly kind: "length" }
  | { readonly kind: "check"; readonly header: FrameHeader }
  /** The check is right, the inside is not: a security block that does not fit, or no room for CODE or MAC. */
  | { readonly kind: "inside"; readonly header: FrameHeader };

/** SCS_15..18 carry a MAC. */
export function carriesMac(scsType: number): boolean {
  return scsType >= 0x15 && scsType <= 0x18;
}

/** LEN if the 4 bytes at the start of `bytes` can begin a frame, else null. Needs 4 bytes; CTRL is not yet looked at. */
export function declaredLength(bytes: Uint8Array): number | null {
  const length = bytes[2]! | (bytes[3]! << 8);
  if (bytes[0] !== SOM || length < LIMITS.osdpFrameBytesMin || length > LIMITS.osdpFrameBytes) return null;
  return length;
}

/** Reads one frame that begins with SOM and has exactly the bytes that its LEN declares. */
export function decodeFrame(bytes: Uint8Array): Result<Frame, FrameError> {
  if (bytes.length < LIMITS.osdpFrameBytesMin || declaredLength(bytes) !== bytes.length) {
    return fail({ kind: "length" });
  }
  const control = bytes[4]!;
  const header: FrameHeader = {
    address: bytes[1]! & ~REPLY_BIT,
    reply: (bytes[1]! & REPLY_BIT) !== 0,
    sequence: control & CTRL.sequence,
    check: (control & CTRL.crc) !== 0 ? "crc" : "checksum",
  };
  const end = bytes.length - checkBytes(header.check);
  if (!checkIsRight(bytes, header.check)) return fail({ kind: "check", header });
  let at = 5;
  let scb: SecurityBlock | null = null;
  if ((control & CTRL.securityBlock) !== 0) {
    const length = bytes[at]!;
    const type = bytes[at + 1]!;
    // The whole block, itself included: 2 or 3 (facts osdp 1).
    if (length < 2 || length > 3 || at + length > end) return fail({ kind: "inside", header });
    scb = { type, data: bytes.slice(at + 2, at + length) };
    at += length;
  }
  const macAt = scb !== null && carriesMac(scb.type) ? end - MAC_BYTES : end;
  if (at >= macAt) return fail({ kind: "inside", header });
  const mac = macAt < end ? bytes.slice(macAt, end) : null;
  const data = bytes.slice(at + 1, macAt);
  return ok({ ...header, scb, code: bytes[at]!, data, mac, bytes: bytes.slice() });
}

/** What a frame is made of, before it has a MAC or a check. */
export interface FrameParts extends FrameHeader {
  readonly scb: SecurityBlock | null;
  readonly code: number;
  readonly data: Uint8Array;
}

/** A frame without MAC, mark first, as it goes on the wire. */
export function encodeFrame(parts: FrameParts): Uint8Array {
  invariant(parts.scb === null || !carriesMac(parts.scb.type), "a frame with a MAC is built by sealing it");
  return withCheck(uncheckedFrame(parts), parts.check);
}

/** SOM to the end of the data, LEN and CTRL final: exactly what a MAC covers (facts osdp 6). */
export function uncheckedFrame(parts: FrameParts): Uint8Array {
  const { address, sequence, scb, code, data } = parts;
  invariant(address >= 0 && address <= CONFIGURATION_ADDRESS, "an address has 7 bits", { address });
  invariant(sequence >= 0 && sequence <= 3, "a sequence number has 2 bits", { sequence });
  const block = scb === null ? new Uint8Array(0) : Uint8Array.of(scb.data.length + 2, scb.type, ...scb.data);
  const mac = scb !== null && carriesMac(scb.type) ? MAC_BYTES : 0;
  const length = 5 + block.length + 1 + data.length + mac + checkBytes(parts.check);
  invariant(length <= LIMITS.osdpFrameBytes, "a frame fits the standard's maximum", { length });
  const control = sequence | (parts.check === "crc" ? CTRL.crc : 0) | (scb === null ? 0 : CTRL.securityBlock);
  const addressByte = parts.reply ? address | REPLY_BIT : address;
  return concat(Uint8Array.of(SOM, addressByte, length & 0xff, length >> 8, control), block, Uint8Array.of(code), data);
}

/** Mark, frame, check. `bytes` begins with SOM and ends with data or MAC. */
export function withCheck(bytes: Uint8Array, check: CheckKind): Uint8Array {
  if (check === "checksum") return concat(Uint8Array.of(MARK), bytes, Uint8Array.of(checksum(bytes)));
  const crc = crc16(bytes);
  return concat(Uint8Array.of(MARK), bytes, Uint8Array.of(crc & 0xff, crc >> 8));
}

function checkBytes(check: CheckKind): number {
  return check === "crc" ? 2 : 1;
}

function checkIsRight(bytes: Uint8Array, check: CheckKind): boolean {
  if (check === "checksum") return checksum(bytes) === 0;
  if (bytes.length < LIMITS.osdpFrameBytesMin + 1) return false;
  const crc = crc16(bytes.subarray(0, bytes.length - 2));
  return bytes[bytes.length - 2] === (crc & 0xff) && bytes[bytes.length - 1] === crc >> 8;
}
