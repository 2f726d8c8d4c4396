/**
 * The commands a CP sends, one table each (facts osdp 3). What is not here a PD answers by NAK 3.
 * The tables say what can be read; which PD does what, and when, is the PD machine's and the firmware's rule.
 */
import {
  bytesOf,
  characters,
  counted,
  inSteps,
  listOf,
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
import { codecOf, type MessageOf, message } from "./message.ts";

export const POLL = message("POLL", 0x60, {});
/** ID: 0 asks for the standard block; 1 for the extended one of 2.2.2, which a PD may answer by the standard one. */
export const ID = message("ID", 0x61, { kind: u8 });
export const CAP = message("CAP", 0x62, { kind: u8 });
export const LSTAT = message("LSTAT", 0x64, {});
export const ISTAT = message("ISTAT", 0x65, {});
export const OSTAT = message("OSTAT", 0x66, {});
export const RSTAT = message("RSTAT", 0x67, {});

/** OUT: the CP drives outputs of the PD. */
export const OUT = message("OUT", 0x68, {
  outputs: listOf(
    record({
      output: u8,
      // All seven decode. What a strike output takes (off, and on for a time) is the firmware's rule.
      action: oneOf(u8, { nothing: 0, off: 1, on: 2, offAfterTimed: 3, onAfterTimed: 4, onFor: 5, offFor: 6 }),
      time: inSteps(u16le, 100),
    }),
    { min: 1, max: LIMITS.osdpOutputsPerCommand },
  ),
});

export const COLOURS = { black: 0, red: 1, green: 2, amber: 3, blue: 4, magenta: 5, cyan: 6, white: 7 } as const;
export type Colour = keyof typeof COLOURS;
const colour = oneOf(u8, COLOURS);
const tenths = inSteps(u8, 100);
const blinking = { on: tenths, off: tenths, onColour: colour, offColour: colour };

/** LED, 14 bytes a record (facts osdp 5). Set with on and off both 0 means different things to different PDs: refused. */
export const LED = message("LED", 0x69, {
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
});

/** BUZ: one record. `count` 0: until told otherwise. A tone without an on time is refused. */
export const BUZ = message(
  "BUZ",
  0x6a,
  { reader: u8, tone: oneOf(u8, { none: 0, off: 1, default: 2 }), on: tenths, off: tenths, count: u8 },
  ({ tone, on }) => tone !== "default" || on > 0,
);

export const TEXT = message("TEXT", 0x6b, {
  reader: u8,
  control: oneOf(u8, { permanent: 1, permanentWrapped: 2, temporary: 3, temporaryWrapped: 4 }),
  time: inSteps(u8, 1_000),
  /** From 1, as is the column. */
  row: ranged(u8, 1, 255),
  column: ranged(u8, 1, 255),
  text: characters(counted(u8)),
});

export const BAUDS = [9600, 19200, 38400, 57600, 115200, 230400] as const;
const baud = {
  ...u32le,
  read: (reader: Parameters<typeof u32le.read>[0]) => {
    const value = u32le.read(reader);
    if (!BAUDS.some((each) => each === value)) reader.refuse("value");
    return value;
  },
};
export const COMSET = message("COMSET", 0x6e, { address: ranged(u8, 0, 0x7e), baud });

/** KEYSET: type 1 is an SCBK of 16 bytes. The key stands in clear here: only sealed frames carry this. */
export const KEYSET = message("KEYSET", 0x75, { type: u8, scbk: secret(counted(u8)) });
export const CHLNG = message("CHLNG", 0x76, { rndA: bytesOf(8) });
export const SCRYPT = message("SCRYPT", 0x77, { cryptogram: bytesOf(16) });
export const ACURXSIZE = message("ACURXSIZE", 0x7b, { replyBytesMax: u16le });
export const FILETRANSFER = message("FILETRANSFER", 0x7c, {
  type: u8,
  total: u32le,
  offset: u32le,
  fragment: counted(u16le),
});
/** MFG: vendor code as printed, then what the vendor likes. */
export const MFG = message("MFG", 0x80, { vendor: bytesOf(3), payload: restOf(LIMITS.osdpVendorBytes) });
export const ABORT = message("ABORT", 0xa2, {});
export const KEEPACTIVE = message("KEEPACTIVE", 0xa7, { time: inSteps(u16le, 1) });

const COMMANDS = [
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

export type Command = MessageOf<(typeof COMMANDS)[number]>;
export type CommandName = Command["name"];
export type CommandNamed<N extends CommandName> = Extract<Command, { readonly name: N }>;

const codec = codecOf(COMMANDS);
export const encodeCommand = codec.encode;
export const decodeCommand = codec.decode;
export const commandText = codec.text;
