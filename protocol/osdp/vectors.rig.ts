/**
 * For tests: the fields of a published vector as our own message, word by word, so that a table with two fields
 * exchanged cannot agree with itself. Names and meanings: test/vectors/osdp/README.md.
 */
import { fromHex } from "../base/bytes.ts";
import { Secret } from "../base/secret.ts";
import { millis } from "../base/units.ts";
import { COLOURS, type Colour, type Command, type CommandNamed } from "./commands.ts";
import type { Reply } from "./replies.ts";

// biome-ignore lint/suspicious/noExplicitAny: the fields of a vector are whatever its file says.
type VectorFields = any;

export function bytes(hex: string): Uint8Array {
  const read = fromHex(hex);
  if (!read.ok) throw new Error(`not hex: ${hex}`);
  return read.value;
}

function nth<const Words extends readonly string[]>(words: Words, at: number): Words[number] {
  const word = words[at];
  if (word === undefined) throw new Error(`no word for ${at}`);
  return word;
}

const ACTIONS = ["nothing", "off", "on", "offAfterTimed", "onAfterTimed", "onFor", "offFor"] as const;
const TEMPORARY = ["nothing", "cancel", "set"] as const;
const PERMANENT = ["nothing", "set"] as const;
const TONES = ["none", "off", "default"] as const;
const TEXTS = ["", "permanent", "permanentWrapped", "temporary", "temporaryWrapped"] as const;
const INPUTS = ["inactive", "active", "short", "open", "fault", "unknown"] as const;
const READERS = ["normal", "notConnected", "tampered"] as const;
const tenths = (steps: number) => millis(steps * 100);
const colour = (number: number) => nth(Object.keys(COLOURS) as Colour[], number);

type LedRecord = CommandNamed<"LED">["leds"][number];

function led({ reader, led, temporary, permanent }: VectorFields): LedRecord {
  const blinking = (part: VectorFields) => ({
    on: tenths(part.on100ms),
    off: tenths(part.off100ms),
    onColour: colour(part.onColor),
    offColour: colour(part.offColor),
  });
  return {
    reader,
    led,
    temporary: {
      control: nth(TEMPORARY, temporary.control),
      ...blinking(temporary),
      time: tenths(temporary.timer100ms),
    },
    permanent: { control: nth(PERMANENT, permanent.control), ...blinking(permanent) },
  };
}

/** `name` is the first word of a vector's name: `OUT strike 5 s` is an OUT. */
export function commandFrom(name: string, of: VectorFields): Command {
  switch (name) {
    case "POLL":
    case "LSTAT":
    case "ISTAT":
    case "OSTAT":
    case "RSTAT":
    case "ABORT":
      return { name };
    case "ID":
    case "CAP":
      return { name, kind: of.replyType };
    case "OUT": {
      const outputs = of.records.map(({ output, control, timer100ms }: VectorFields) => ({
        output,
        action: nth(ACTIONS, control),
        time: tenths(timer100ms),
      }));
      return { name, outputs };
    }
    case "LED":
      return { name, leds: of.records.map(led) };
    case "BUZ": {
      const { reader, tone, on100ms, off100ms, count } = of.records[0];
      return { name, reader, tone: nth(TONES, tone), on: tenths(on100ms), off: tenths(off100ms), count };
    }
    case "TEXT": {
      const { reader, control, tempSeconds, row, column, text } = of;
      const word = nth(TEXTS, control) as CommandNamed<"TEXT">["control"];
      return { name, reader, control: word, time: millis(tempSeconds * 1_000), row, column, text };
    }
    case "COMSET":
      return { name, address: of.address, baud: of.baud };
    case "KEYSET":
      return { name, type: of.keyType, scbk: new Secret(bytes(of.key)) };
    case "CHLNG":
      return { name, rndA: bytes(of.rndA) };
    case "SCRYPT":
      return { name, cryptogram: bytes(of.serverCryptogram) };
    case "ACURXSIZE":
      return { name, replyBytesMax: of.maxReply };
    case "KEEPACTIVE":
      return { name, time: millis(of.milliseconds) };
    case "FILETRANSFER":
      return { name, type: of.fileType, total: of.totalSize, offset: of.offset, fragment: bytes(of.fragment) };
    case "MFG":
      return { name, vendor: bytes(of.vendor), payload: bytes(of.data) };
    default:
      throw new Error(`no command ${name}`);
  }
}

export function replyFrom(name: string, of: VectorFields): Reply {
  switch (name) {
    case "ACK":
    case "BUSY":
      return { name };
    case "NAK":
      return { name, error: of.error, detail: bytes(of.extra ?? "") };
    case "PDID": {
      const [major, minor, build] = of.firmware;
      const { vendor, model, version, serial } = of;
      return { name, vendor: bytes(vendor), model, version, serial, firmware: { major, minor, build } };
    }
    case "PDCAP":
      return { name, capabilities: of.capabilities };
    case "LSTATR":
      return { name, tamper: of.tamper === 1, powerFailed: of.power === 1 };
    case "ISTATR":
      return { name, inputs: of.inputs.map((state: number) => nth(INPUTS, state)) };
    case "OSTATR":
      return { name, outputs: of.outputs.map((state: number) => state === 1) };
    case "RSTATR":
      return { name, readers: of.readers.map((state: number) => nth(READERS, state)) };
    case "RAW":
      return { name, reader: of.reader, format: of.format, bits: of.bits, card: bytes(of.data) };
    case "FMT":
      return { name, reader: of.reader, direction: of.direction, text: of.text };
    case "KEYPAD":
      return { name, reader: of.reader, keys: bytes(of.keys) };
    case "COM":
      return { name, address: of.address, baud: of.baud };
    case "CCRYPT":
      return { name, cUid: bytes(of.cUID), rndB: bytes(of.rndB), cryptogram: bytes(of.clientCryptogram) };
    case "RMAC_I":
      return { name, rMac: bytes(of.rMacI) };
    case "FTSTAT": {
      const { action, delayMs, status, maxMessage } = of;
      return { name, action, delay: millis(delayMs), status, messageBytesMax: maxMessage };
    }
    case "MFGREP":
      return { name, vendor: bytes(of.vendor), payload: bytes(of.data) };
    default:
      throw new Error(`no reply ${name}`);
  }
}
