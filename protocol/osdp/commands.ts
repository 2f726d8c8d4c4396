/**
 * The commands a CP sends, one table each (facts osdp 3). What is not here a PD answers by NAK 3.
 * A table says what can be read, what answers it and whether a PD takes it in clear; what it then does is the PD
 * machine's and the firmware's rule.
 */
import {
  amongst,
  bytesOf,
  characters,
  counted,
  type Fields,
  inSteps,
  inTime,
  inWords,
  listOf,
  noted,
  oneOf,
  ranged,
  record,
  restOf,
  secret,
  u8,
  u16le,
  u32le,
} from "./fields.ts";
import { LIMITS } from "./limits.ts";
import { codecOf, type MessageOf, type MessageTable, message, type Traits } from "./message.ts";
import { mfgCommandWords } from "./mfg-words.ts";
import type { ReplyName } from "./replies.ts";

/**
 * Outside of a session under the SCBK. keyed: also by a PD that has a key (facts osdp 6). unkeyed: only by one without;
 * nothing that moves a strike (design 4, "An unkeyed Controller"). never: NAK 6.
 */
export type InClear = "keyed" | "unkeyed" | "never";

export interface CommandTraits {
  readonly inClear: InClear;
  /** What answers it, NAK and BUSY apart. Anything else is no answer to it. */
  readonly answers: readonly ReplyName[];
}

type CommandTable<N extends string, Fs extends Fields> = MessageTable<N, Fs> & CommandTraits;

function command<N extends string, const Fs extends Fields>(
  name: N,
  code: number,
  fields: Fs,
  { inClear, answers, ...traits }: Traits<Fs> & { readonly inClear: InClear; readonly answers?: readonly ReplyName[] },
): CommandTable<N, Fs> {
  return { ...message(name, code, fields, traits), inClear, answers: answers ?? ["ACK"] };
}

/** What a PD may tell by a POLL. FMT is deprecated and only passed on. */
const EVENTS = ["KEYPAD", "RAW", "FMT", "LSTATR", "ISTATR", "OSTATR", "RSTATR", "MFGREP"] as const;

export const POLL = command(
  "POLL",
  0x60,
  {},
  {
    about: "Asks whether there is anything to tell: nothing (ACK), or the oldest event.",
    inClear: "unkeyed",
    answers: ["ACK", ...EVENTS],
    says: () => "",
  },
);
export const ID = command(
  "ID",
  0x61,
  { kind: noted(u8, "0 the standard block, 1 the extended one of 2.2.2: both are answered by the standard one") },
  { about: "Asks who the PD is.", inClear: "keyed", answers: ["PDID"], says: () => "" },
);
export const CAP = command(
  "CAP",
  0x62,
  { kind: noted(u8, "0") },
  { about: "Asks what the PD can do.", inClear: "keyed", answers: ["PDCAP"], says: () => "" },
);
export const LSTAT = command(
  "LSTAT",
  0x64,
  {},
  { about: "Asks for tamper and power.", inClear: "unkeyed", answers: ["LSTATR"] },
);
export const ISTAT = command(
  "ISTAT",
  0x65,
  {},
  { about: "Asks for all inputs.", inClear: "unkeyed", answers: ["ISTATR"] },
);
export const OSTAT = command(
  "OSTAT",
  0x66,
  {},
  { about: "Asks for all outputs.", inClear: "unkeyed", answers: ["OSTATR"] },
);
export const RSTAT = command(
  "RSTAT",
  0x67,
  {},
  { about: "Asks for all readers of the PD.", inClear: "unkeyed", answers: ["RSTATR"] },
);

export const OUT = command(
  "OUT",
  0x68,
  {
    outputs: listOf(
      record({
        output: u8,
        // All seven decode. What a strike output takes (off, and on for a time) is the firmware's rule.
        action: oneOf(u8, { nothing: 0, off: 1, on: 2, offAfterTimed: 3, onAfterTimed: 4, onFor: 5, offFor: 6 }),
        time: inSteps(u16le, 100),
      }),
      { min: 1, max: LIMITS.osdpOutputsPerCommand },
    ),
  },
  {
    about:
      "Drives outputs: all records or none. `on for` and `off for` go back by themselves; a strike of a Lintel Controller takes nothing else, and off.",
    inClear: "never",
    answers: ["ACK", "OSTATR"],
    says: ({ outputs }) => outputs.map(outWords).join("; "),
  },
);

function outWords(record: { readonly output: number; readonly action: string; readonly time: number }): string {
  const timed = record.action === "onFor" || record.action === "offFor";
  return `output ${record.output} ${inWords(record.action)}${timed ? ` ${inTime(record.time)}` : ""}`;
}

export const COLOURS = { black: 0, red: 1, green: 2, amber: 3, blue: 4, magenta: 5, cyan: 6, white: 7 } as const;
export type Colour = keyof typeof COLOURS;
const colour = oneOf(u8, COLOURS);
const tenths = inSteps(u8, 100);
const blinking = { on: tenths, off: tenths, onColour: colour, offColour: colour };
interface Blinking {
  readonly on: number;
  readonly off: number;
  readonly onColour: Colour;
  readonly offColour: Colour;
}

/** 14 bytes a record (facts osdp 5). Set with on and off both 0 means different things to different PDs: refused. */
export const LED = command(
  "LED",
  0x69,
  {
    leds: listOf(
      record({
        reader: u8,
        led: u8,
        temporary: record(
          { control: oneOf(u8, { nothing: 0, cancel: 1, set: 2 }), ...blinking, time: inSteps(u16le, 100) },
          ({ control, on, off }) => control !== "set" || on + off > 0,
        ),
        permanent: record(
          { control: oneOf(u8, { nothing: 0, set: 1 }), ...blinking },
          ({ control, on, off }) => control !== "set" || on + off > 0,
        ),
      }),
      { min: 1, max: LIMITS.osdpLedsPerCommand },
    ),
  },
  {
    about: "Sets LEDs: all records or none. What is temporary shows for its time, then the permanent again.",
    inClear: "unkeyed",
    says: ({ leds }) =>
      leds
        .map(({ reader, led, temporary, permanent }) => {
          const parts = [
            permanent.control === "set" ? blinkWords(permanent) : null,
            temporary.control === "set" ? `${blinkWords(temporary)} for ${inTime(temporary.time)}` : null,
            temporary.control === "cancel" ? "temporary cancelled" : null,
          ].filter((part) => part !== null);
          return `${reader === 0 ? "" : `reader ${reader} `}led ${led} ${parts.join(", ") || "unchanged"}`;
        })
        .join("; "),
  },
);

function blinkWords({ on, off, onColour, offColour }: Blinking): string {
  if (off === 0 || onColour === offColour) return onColour;
  return on === 0 ? offColour : `${onColour} ${inTime(on)} and ${offColour} ${inTime(off)}`;
}

/** One record. A tone without an on time is refused. */
export const BUZ = command(
  "BUZ",
  0x6a,
  {
    reader: u8,
    tone: oneOf(u8, { none: 0, off: 1, default: 2 }),
    on: tenths,
    off: tenths,
    count: noted(u8, "0 until told otherwise"),
  },
  {
    about: "Sounds the buzzer, or silences it.",
    inClear: "unkeyed",
    check: ({ tone, on }) => tone !== "default" || on > 0,
    says: ({ tone, on, off, count }) =>
      tone === "default"
        ? `on ${inTime(on)}, off ${inTime(off)}, ${count === 0 ? "for ever" : `${count} times`}`
        : "off",
  },
);

export const TEXT = command(
  "TEXT",
  0x6b,
  {
    reader: u8,
    control: oneOf(u8, { permanent: 1, permanentWrapped: 2, temporary: 3, temporaryWrapped: 4 }),
    time: noted(inSteps(u8, 1_000), "of a temporary text"),
    row: noted(ranged(u8, 1, 255), "the first is 1"),
    column: noted(ranged(u8, 1, 255), "the first is 1"),
    text: characters(counted(u8)),
  },
  {
    about: "Shows a text on the display, from a row and a column on. A temporary one gives way after its time.",
    inClear: "unkeyed",
    says: ({ control, time, row, column, text }) =>
      `${JSON.stringify(text)} at row ${row}, column ${column}${control.startsWith("temporary") ? ` for ${inTime(time)}` : ""}`,
  },
);

export const BAUDS = [9600, 19200, 38400, 57600, 115200, 230400] as const;
export const COMSET = command(
  "COMSET",
  0x6e,
  { address: ranged(u8, 0, 0x7e), baud: amongst(u32le, BAUDS) },
  {
    about:
      "Gives the PD another address and line speed: from the reply on, and stored. A keyed PD takes it sealed only.",
    inClear: "unkeyed",
    answers: ["COM"],
  },
);

/** The key stands in clear here: only sealed frames carry this. */
export const KEYSET = command(
  "KEYSET",
  0x75,
  { type: noted(u8, "1: an SCBK of 16 bytes"), scbk: secret(counted(u8)) },
  {
    about: "Gives the PD its Secure Channel base key, inside a session only; the next handshake is made with it.",
    inClear: "never",
  },
);
export const CHLNG = command(
  "CHLNG",
  0x76,
  { rndA: bytesOf(8) },
  { about: "Begins a Secure Channel handshake.", inClear: "keyed", answers: ["CCRYPT"] },
);
export const SCRYPT = command(
  "SCRYPT",
  0x77,
  { cryptogram: bytesOf(16) },
  { about: "Proves to the PD that the CP has the key.", inClear: "keyed", answers: ["RMAC_I"] },
);
export const ACURXSIZE = command(
  "ACURXSIZE",
  0x7b,
  { replyBytesMax: u16le },
  { about: "Says how long a reply the CP takes.", inClear: "unkeyed" },
);
/** A fragment of 0 bytes asks how far a PD that said `finishing` has come. */
export const FILETRANSFER = command(
  "FILETRANSFER",
  0x7c,
  {
    type: noted(u8, "1 opaque, 2 biometric template, 3 display; 128 and above private"),
    total: u32le,
    offset: u32le,
    fragment: counted(u16le),
  },
  {
    about: "Carries one fragment of a file. Offsets rise without gaps; the PD says by FTSTAT how it goes on.",
    inClear: "never",
    answers: ["FTSTAT"],
    says: ({ type, total, offset, fragment }) =>
      `type ${type}, ${fragment.length} bytes at ${offset} of ${total}${fragment.length === 0 ? ": done?" : ""}`,
  },
);
export const MFG = command(
  "MFG",
  0x80,
  { vendor: noted(bytesOf(3), "OUI as printed"), payload: restOf(LIMITS.osdpVendorBytes) },
  {
    about: "What a vendor likes. That of a Lintel Controller: `configure` and `ring-ack`.",
    inClear: "never",
    answers: ["ACK", "MFGREP", "MFGSTATR", "MFGERRR"],
    says: ({ vendor, payload }) => mfgCommandWords(vendor, payload),
  },
);
export const ABORT = command("ABORT", 0xa2, {}, { about: "Stops a file transfer that goes on.", inClear: "unkeyed" });
export const KEEPACTIVE = command(
  "KEEPACTIVE",
  0xa7,
  { time: inSteps(u16le, 1) },
  { about: "Keeps a card in the field powered for a time; 0 no longer.", inClear: "unkeyed" },
);

export const COMMANDS = [
  POLL,
  ID,
  CAP,
  LSTAT,
  ISTAT,
  OSTAT,
  RSTAT,
  OUT,
  LED,
  BUZ,
  TEXT,
  COMSET,
  KEYSET,
  CHLNG,
  SCRYPT,
  ACURXSIZE,
  FILETRANSFER,
  MFG,
  ABORT,
  KEEPACTIVE,
] as const;

/** Commands of the standard that neither of our roles has: a PD answers NAK 3. Named for who reads a line. */
export const OTHER_COMMANDS: Readonly<Record<number, string>> = {
  99: "DIAG",
  108: "RMODE",
  109: "TDSET",
  115: "BIOREAD",
  116: "BIOMATCH",
  161: "XWR",
  163: "PIVDATA",
  164: "GENAUTH",
  165: "CRAUTH",
};

export type Command = MessageOf<(typeof COMMANDS)[number]>;
export type CommandName = Command["name"];
export type CommandNamed<N extends CommandName> = Extract<Command, { readonly name: N }>;

const codec = codecOf(COMMANDS);
export const encodeCommand = codec.encode;
export const decodeCommand = codec.decode;
export const commandNameOf = codec.nameOf;
export const commandText = codec.text;

const TRAITS = new Map<CommandName, CommandTraits>(COMMANDS.map((table) => [table.name, table]));

/** What answers a command, and whether a PD takes it in clear. */
export function traitsOf(name: CommandName): CommandTraits {
  return TRAITS.get(name)!;
}
