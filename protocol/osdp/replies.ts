/**
 * The replies of a PD, one table each (facts osdp 4). A reply that does not fit its table exactly is, to a CP, no
 * reply. Values that vendors send beyond the standard decode where a CP can do something with them.
 */
import {
  bytesOf,
  characters,
  counted,
  flag,
  i16le,
  inSteps,
  keypresses,
  listOf,
  oneOf,
  record,
  restOf,
  u8,
  u16le,
  u32le,
} from "./fields.ts";
import { LIMITS } from "./limits.ts";
import { codecOf, type MessageOf, message } from "./message.ts";

/** The words of NAK. A PD sends no other; a CP takes any number. */
export const NAK_REASONS = {
  badCheck: 1,
  length: 2,
  unknownCommand: 3,
  sequence: 4,
  securityBlock: 5,
  encryptionRequired: 6,
  bioType: 7,
  bioFormat: 8,
  record: 9,
  generic: 0xff,
} as const;

export const ACK = message("ACK", 0x40, {});
export const NAK = message("NAK", 0x41, { error: u8, detail: restOf(LIMITS.osdpVendorBytes) });
/** PDID: vendor code as printed, first octet first. */
export const PDID = message("PDID", 0x45, {
  vendor: bytesOf(3),
  model: u8,
  version: u8,
  serial: u32le,
  firmware: record({ major: u8, minor: u8, build: u8 }),
});
export const PDCAP = message("PDCAP", 0x46, {
  capabilities: listOf(record({ function: u8, compliance: u8, count: u8 }), { min: 0, max: LIMITS.osdpCapabilities }),
});
export const LSTATR = message("LSTATR", 0x48, { tamper: flag, powerFailed: flag });

const states = { min: 0, max: LIMITS.osdpStatesPerReply };
const inputState = oneOf(u8, { inactive: 0, active: 1, short: 2, open: 3, fault: 4, unknown: 5 });
export const ISTATR = message("ISTATR", 0x49, { inputs: listOf(inputState, states) });
export const OSTATR = message("OSTATR", 0x4a, { outputs: listOf(flag, states) });
export const RSTATR = message("RSTATR", 0x4b, {
  readers: listOf(oneOf(u8, { normal: 0, notConnected: 1, tampered: 2 }), states),
});
/** RAW: `card` holds `bits` bits, the first one leftmost, zero filled at the end. */
export const RAW = message(
  "RAW",
  0x50,
  { reader: u8, format: u8, bits: u16le, card: restOf(LIMITS.osdpVendorBytes) },
  ({ bits, card }) => card.length === Math.ceil(bits / 8),
);
/** FMT: deprecated by 2.2.2. A CP ignores it, and the link stays up. */
export const FMT = message("FMT", 0x51, { reader: u8, direction: u8, text: characters(counted(u8)) });
/** KEYPAD: '0'..'9' as ASCII, `*` = 7F, `#` = 0D (facts osdp 4). Digits of a code: printed as dots. */
export const KEYPAD = message("KEYPAD", 0x53, { reader: u8, keys: keypresses(counted(u8)) });
export const COM = message("COM", 0x54, { address: u8, baud: u32le });
export const CCRYPT = message("CCRYPT", 0x76, { cUid: bytesOf(8), rndB: bytesOf(8), cryptogram: bytesOf(16) });
/** RMAC_I: 16 bytes where the security block says accepted (01); nothing or rubbish where it says refused (FF). */
export const RMAC_I = message("RMAC_I", 0x78, { rMac: restOf(LIMITS.osdpVendorBytes) });
export const BUSY = message("BUSY", 0x79, {});
export const FTSTAT = message("FTSTAT", 0x7a, {
  action: u8,
  delay: inSteps(u16le, 1),
  status: i16le,
  messageBytesMax: u16le,
});
export const MFGREP = message("MFGREP", 0x90, { vendor: bytesOf(3), payload: restOf(LIMITS.osdpVendorBytes) });

const REPLIES = [
  ACK,
  NAK,
  PDID,
  PDCAP,
  LSTATR,
  ISTATR,
  OSTATR,
  RSTATR,
  RAW,
  FMT,
  KEYPAD,
  COM,
  CCRYPT,
  RMAC_I,
  BUSY,
  FTSTAT,
  MFGREP,
] as const;

export type Reply = MessageOf<(typeof REPLIES)[number]>;
export type ReplyName = Reply["name"];
export type ReplyNamed<N extends ReplyName> = Extract<Reply, { readonly name: N }>;
/** Who a PD says it is. */
export type PdIdentity = Omit<ReplyNamed<"PDID">, "name">;
/** One line of PDCAP: function, compliance, count. */
export type Capability = ReplyNamed<"PDCAP">["capabilities"][number];
export type InputState = ReplyNamed<"ISTATR">["inputs"][number];

const codec = codecOf(REPLIES);
export const encodeReply = codec.encode;
export const decodeReply = codec.decode;
export const replyText = codec.text;

/** A NAK as a PD sends it. */
export function nak(reason: keyof typeof NAK_REASONS): ReplyNamed<"NAK"> {
  return { name: "NAK", error: NAK_REASONS[reason], detail: new Uint8Array(0) };
}
