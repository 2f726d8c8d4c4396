/**
 * The replies of a PD, one table each (facts osdp 4). A reply that does not fit its table exactly is, to a CP, no
 * reply. Values that vendors send beyond the standard decode where a CP can do something with them.
 */
import {
  bytesOf,
  cardData,
  characters,
  counted,
  flag,
  i16le,
  inSteps,
  inTime,
  inWords,
  keypresses,
  listOf,
  noted,
  oneOf,
  record,
  restOf,
  u8,
  u16le,
  u32le,
} from "./fields.ts";
import { LIMITS } from "./limits.ts";
import { codecOf, type MessageOf, message } from "./message.ts";
import { mfgReplyWords } from "./mfg-words.ts";

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

const NAK_WORDS: Readonly<Record<number, string>> = {
  [NAK_REASONS.badCheck]: "wrong check",
  [NAK_REASONS.length]: "wrong length",
  [NAK_REASONS.unknownCommand]: "unknown command",
  [NAK_REASONS.sequence]: "wrong sequence number",
  [NAK_REASONS.securityBlock]: "security block not supported",
  [NAK_REASONS.encryptionRequired]: "Secure Channel required",
  [NAK_REASONS.bioType]: "biometric type not supported",
  [NAK_REASONS.bioFormat]: "biometric format not supported",
  [NAK_REASONS.record]: "a record it cannot process",
  [NAK_REASONS.generic]: "refused",
};

/** A NAK's number in words: `6: Secure Channel required`. */
export function nakWords(error: number): string {
  return `${error}: ${NAK_WORDS[error] ?? "a reason nobody knows"}`;
}

export const ACK = message("ACK", 0x40, {}, { about: "Done, or nothing to tell." });
export const NAK = message(
  "NAK",
  0x41,
  {
    error: noted(
      u8,
      Object.entries(NAK_WORDS)
        .map(([number, words]) => `${number} ${words}`)
        .join(", "),
    ),
    detail: restOf(LIMITS.osdpVendorBytes),
  },
  { about: "Not done, and why.", says: ({ error }) => nakWords(error) },
);
/** Vendor code as printed, first octet first. */
export const PDID = message(
  "PDID",
  0x45,
  {
    vendor: noted(bytesOf(3), "OUI as printed"),
    model: u8,
    version: u8,
    serial: u32le,
    firmware: record({ major: u8, minor: u8, build: u8 }),
  },
  {
    about: "Who the PD is.",
    says: ({ vendor, model, version, serial, firmware: { major, minor, build } }) =>
      `vendor ${[...vendor].map((octet) => octet.toString(16).padStart(2, "0")).join("-")}, model ${model} version ${version}, serial ${serial}, firmware ${major}.${minor}.${build}`,
  },
);

/** PDCAP's functions (facts osdp 4). A number beyond them is the vendor's own. */
export const CAPABILITY = {
  inputs: 1,
  outputs: 2,
  cardData: 3,
  leds: 4,
  buzzer: 5,
  text: 6,
  time: 7,
  check: 8,
  security: 9,
  receiveBuffer: 10,
  combinedMessage: 11,
  smartCard: 12,
  readers: 13,
  biometrics: 14,
  secureEntry: 15,
  version: 16,
} as const;
const CAPABILITY_WORDS = new Map<number, string>(
  Object.entries(CAPABILITY).map(([name, number]) => [number, inWords(name)]),
);

export const PDCAP = message(
  "PDCAP",
  0x46,
  {
    capabilities: listOf(
      record({
        function: noted(u8, [...CAPABILITY_WORDS].map(([number, name]) => `${number} ${name}`).join(", ")),
        compliance: u8,
        count: u8,
      }),
      { min: 0, max: LIMITS.osdpCapabilities },
    ),
  },
  {
    about: "What the PD says it can do. Said in clear, it decides nothing about security.",
    says: ({ capabilities }) =>
      capabilities
        .map(
          ({ function: number, compliance, count }) =>
            `${CAPABILITY_WORDS.get(number) ?? `function ${number}`} ${compliance}/${count}`,
        )
        .join(", "),
  },
);
export const LSTATR = message(
  "LSTATR",
  0x48,
  { tamper: flag, powerFailed: flag },
  {
    about: "Tamper and power.",
    says: ({ tamper, powerFailed }) => `tamper ${tamper ? "on" : "off"}, power ${powerFailed ? "failed" : "good"}`,
  },
);

const states = { min: 0, max: LIMITS.osdpStatesPerReply };
const inputState = oneOf(u8, { inactive: 0, active: 1, short: 2, open: 3, fault: 4, unknown: 5 });
export const ISTATR = message(
  "ISTATR",
  0x49,
  { inputs: listOf(inputState, states) },
  { about: "All inputs, the first first.", says: ({ inputs }) => numbered(inputs) },
);
export const OSTATR = message(
  "OSTATR",
  0x4a,
  { outputs: listOf(flag, states) },
  {
    about: "All outputs, the first first: whether each is on.",
    says: ({ outputs }) => numbered(outputs.map((on) => (on ? "on" : "off"))),
  },
);
export const RSTATR = message(
  "RSTATR",
  0x4b,
  { readers: listOf(oneOf(u8, { normal: 0, notConnected: 1, tampered: 2 }), states) },
  { about: "All readers of the PD, the first first.", says: ({ readers }) => numbered(readers.map(inWords)) },
);

function numbered(words: readonly string[]): string {
  return words.length === 0 ? "none" : words.map((word, number) => `${number} ${word}`).join(", ");
}

/** `card` holds `bits` bits, the first one leftmost, zero filled at the end. */
export const RAW = message(
  "RAW",
  0x50,
  {
    reader: u8,
    format: noted(u8, "0 bits as they came, 1 Wiegand with parity, 2 UID, 3 OSS standard identifier"),
    bits: u16le,
    card: cardData(restOf(LIMITS.osdpVendorBytes)),
  },
  {
    about: "A card was read: its bits, the first leftmost, zero filled at the end.",
    check: ({ bits, card }) => card.length === Math.ceil(bits / 8),
    says: ({ reader, bits }) => `reader ${reader}, a card of ${bits} bits ••••`,
  },
);
export const FMT = message(
  "FMT",
  0x51,
  { reader: u8, direction: noted(u8, "1 forward, 2 reverse"), text: cardData(characters(counted(u8))) },
  { about: "A card was read, as characters. Deprecated by 2.2.2: a CP counts it, and the link stays up." },
);
/** '0'..'9' as ASCII, `*` = 7F, `#` = 0D (facts osdp 4). Digits of a code: printed as dots. */
export const KEYPAD = message(
  "KEYPAD",
  0x53,
  { reader: u8, keys: keypresses(counted(u8)) },
  { about: "Keys were pressed, the first first." },
);
export const COM = message(
  "COM",
  0x54,
  { address: u8, baud: u32le },
  { about: "Address and line speed that the PD uses from the end of this reply on." },
);
export const CCRYPT = message(
  "CCRYPT",
  0x76,
  { cUid: bytesOf(8), rndB: bytesOf(8), cryptogram: bytesOf(16) },
  { about: "Proves to the CP that the PD has the key, and brings its random number." },
);
/** 16 bytes where the security block says accepted (01); nothing or rubbish where it says refused (FF). */
export const RMAC_I = message(
  "RMAC_I",
  0x78,
  { rMac: restOf(LIMITS.osdpVendorBytes) },
  { about: "Ends the handshake: 16 bytes from which the chain of MACs begins, or a refusal in its security block." },
);
export const BUSY = message("BUSY", 0x79, {}, { about: "Not now: ask again with the same bytes. Clear, number 0." });

/** FTSTAT's words for how a file goes on; lower ones are private refusals. */
export const FILE_STATUS = {
  goOn: 0,
  done: 1,
  resets: 2,
  finishing: 3,
  aborted: -1,
  notRecognised: -2,
  malformed: -3,
} as const;
const FILE_STATUS_WORDS = new Map<number, string>(
  Object.entries(FILE_STATUS).map(([name, number]) => [number, inWords(name)]),
);
/** FTSTAT's `action` bits. */
export const FILE_ACTION = { interleave: 1, leaveSecure: 2, pollNow: 4 } as const;

export const FTSTAT = message(
  "FTSTAT",
  0x7a,
  {
    action: noted(
      u8,
      "bit 0: other commands may come between, bit 1: leave Secure Channel (never obeyed), bit 2: poll now",
    ),
    delay: inSteps(u16le, 1),
    status: noted(i16le, [...FILE_STATUS_WORDS].map(([number, words]) => `${number} ${words}`).join(", ")),
    messageBytesMax: noted(u16le, "of the next fragment; 0: as before"),
  },
  {
    about: "How a file transfer goes on.",
    says: ({ delay, status, messageBytesMax }) =>
      [
        FILE_STATUS_WORDS.get(status) ?? (status < 0 ? `refused (${status})` : `status ${status}`),
        delay > 0 ? `after ${inTime(delay)}` : null,
        messageBytesMax > 0 ? `at most ${messageBytesMax} bytes a fragment` : null,
      ]
        .filter((part) => part !== null)
        .join(", "),
  },
);
export const MFGSTATR = message(
  "MFGSTATR",
  0x83,
  { payload: restOf(LIMITS.osdpVendorBytes) },
  {
    about: "A vendor's state, in answer to MFG. Lintel's Controllers never send it.",
    says: ({ payload }) => `${payload.length} bytes`,
  },
);
export const MFGERRR = message(
  "MFGERRR",
  0x84,
  { payload: restOf(LIMITS.osdpVendorBytes) },
  {
    about: "A vendor's refusal, in answer to MFG: to a CP the same as a NAK. Lintel's Controllers never send it.",
    says: ({ payload }) => `${payload.length} bytes`,
  },
);
export const MFGREP = message(
  "MFGREP",
  0x90,
  { vendor: noted(bytesOf(3), "OUI as printed"), payload: restOf(LIMITS.osdpVendorBytes) },
  {
    about: "What a vendor likes. That of a Lintel Controller: `ring`, its local events.",
    says: ({ vendor, payload }) => mfgReplyWords(vendor, payload),
  },
);

export const REPLIES = [
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
  MFGSTATR,
  MFGERRR,
  MFGREP,
] as const;

/** Replies of the standard to commands that we do not send. Named for who reads a line. */
export const OTHER_REPLIES: Readonly<Record<number, string>> = {
  87: "BIOREADR",
  88: "BIOMATCHR",
  128: "PIVDATAR",
  129: "GENAUTHR",
  130: "CRAUTHR",
  177: "XRD",
};

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
export const replyNameOf = codec.nameOf;
export const replyText = codec.text;

/** A NAK as a PD sends it. */
export function nak(reason: keyof typeof NAK_REASONS): ReplyNamed<"NAK"> {
  return { name: "NAK", error: NAK_REASONS[reason], detail: new Uint8Array(0) };
}
