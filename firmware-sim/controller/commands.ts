/**
 * What a Controller does when the CP tells it to. Which commands come this far, and whether in clear, is the link
 * machine's rule (protocol/osdp/pd.ts). A command of several records is done whole or not at all.
 */
import type { Command, CommandNamed } from "@lintel/protocol/osdp/commands.ts";
import { decodeMfgCommand, isLintelVendor, type MfgCommand } from "@lintel/protocol/osdp/mfg.ts";
import { nak, type Reply } from "@lintel/protocol/osdp/replies.ts";
import { SILENT, sound } from "./buzzer.ts";
import { showText } from "./display.ts";
import { driveOutputs, driveReader } from "./drive.ts";
import { takeFragment } from "./files.ts";
import { exitAsInputsSay, inputStates, tellRing } from "./inputs.ts";
import { setLed } from "./leds.ts";
import { drive, isReleased, takesRecord } from "./outputs.ts";
import { acknowledged } from "./report.ts";
import { acknowledge } from "./ring.ts";
import { fitSettings, sameSettings } from "./settings.ts";
import { change, see, store, type Turn } from "./state.ts";

const ACK: Reply = { name: "ACK" };

export function execute(turn: Turn, command: Command): Reply {
  const { state, now } = turn;
  switch (command.name) {
    case "LSTAT":
      return { name: "LSTATR", tamper: state.tamper.level, powerFailed: false };
    case "ISTAT":
      return { name: "ISTATR", inputs: inputStates(state) };
    case "OSTAT":
      return { name: "OSTATR", outputs: state.outputs.each.map((_, number) => isReleased(state.outputs, number, now)) };
    case "OUT":
      return out(turn, command);
    case "LED":
      return led(turn, command);
    case "BUZ":
      return buz(turn, command);
    case "MFG":
      return mfg(turn, command);
    case "RSTAT":
      return { name: "RSTATR", readers: [state.tamper.level ? "tampered" : "normal"] };
    case "TEXT":
      return text(turn, command);
    case "FILETRANSFER":
      return file(turn, command);
    case "ABORT":
      abandonFile(turn);
      return ACK;
    default:
      // The link's own.
      return nak("unknownCommand");
  }
}

function out(turn: Turn, { outputs: records }: CommandNamed<"OUT">): Reply {
  const { state, now } = turn;
  const { allowPermanent } = state.options;
  if (!records.every((record) => takesRecord(state.outputs, record, allowPermanent))) return nak("record");
  change(turn, { outputs: records.reduce((outputs, record) => drive(outputs, record, now), state.outputs) });
  driveOutputs(turn);
  return ACK;
}

function led(turn: Turn, { leds: records }: CommandNamed<"LED">): Reply {
  const { state, now } = turn;
  if (!records.every(({ reader, led: number }) => reader === 0 && number < state.leds.length)) return nak("record");
  change(turn, {
    leds: records.reduce(
      (leds, record) => leds.map((each, number) => (number === record.led ? setLed(each, record, now) : each)),
      state.leds,
    ),
  });
  driveReader(turn);
  return ACK;
}

function buz(turn: Turn, command: CommandNamed<"BUZ">): Reply {
  if (command.reader !== 0) return nak("record");
  // A tune over a tune begins with its own first tone.
  change(turn, { buzzer: command.tone === "default" ? sound(command, turn.now) : SILENT });
  driveReader(turn);
  return ACK;
}

/** Without a display it is no command of this Controller, and PDCAP says so. */
function text(turn: Turn, command: CommandNamed<"TEXT">): Reply {
  const { state, now } = turn;
  if (state.options.reader?.display !== true) return nak("unknownCommand");
  const display = command.reader === 0 ? showText(state.display, command, now) : null;
  if (display === null) return nak("record");
  change(turn, { display });
  driveReader(turn);
  return ACK;
}

function file(turn: Turn, command: CommandNamed<"FILETRANSFER">): Reply {
  const before = turn.state.file;
  const stepped = takeFragment(before, command);
  change(turn, { file: stepped.file });
  for (const step of stepped.steps) {
    turn.effects.push({ kind: "file", file: step });
    if (step.kind === "begun") see(turn, { kind: "update", state: "receiving", bytes: 0, total: step.total });
    if (step.kind === "whole")
      see(turn, { kind: "update", state: "received", bytes: command.total, total: command.total });
    if (step.kind === "abandoned" && before !== null) sayAbandoned(turn, before);
  }
  return stepped.reply;
}

/** The CP said so, or its session is over: what came of a file so far is nothing. */
export function abandonFile(turn: Turn): void {
  const { file: going } = turn.state;
  if (going === null) return;
  change(turn, { file: null });
  turn.effects.push({ kind: "file", file: { kind: "abandoned" } });
  sayAbandoned(turn, going);
}

function sayAbandoned(turn: Turn, { received, total }: { readonly received: number; readonly total: number }): void {
  see(turn, { kind: "update", state: "abandoned", bytes: received, total });
}

function mfg(turn: Turn, { vendor, payload }: CommandNamed<"MFG">): Reply {
  if (!isLintelVendor(vendor)) return nak("unknownCommand");
  const decoded = decodeMfgCommand(payload);
  if (!decoded.ok) return nak(decoded.error.kind === "unknown-type" ? "unknownCommand" : "record");
  return decoded.value.kind === "configure" ? configure(turn, decoded.value) : ringAck(turn, decoded.value);
}

/** Stored only where it differs: the edge sends it in every session, and flash wears out. */
function configure(turn: Turn, { configure: door }: Extract<MfgCommand, { kind: "configure" }>): Reply {
  const { state } = turn;
  if (!fitSettings(door, state.options.size).ok) return nak("record");
  if (sameSettings(door, state.flash.door)) return ACK;
  store(turn, { door });
  change(turn, { outputs: { ...state.outputs, strike: door.strike.output } });
  exitAsInputsSay(turn);
  driveOutputs(turn);
  return ACK;
}

function ringAck(turn: Turn, { ack }: Extract<MfgCommand, { kind: "ring-ack" }>): Reply {
  const { ring, report, flash } = turn.state;
  if (ack.boot === flash.boots) {
    change(turn, { ring: acknowledge(ring, ack.upTo), report: acknowledged(report) });
    tellRing(turn);
  }
  return ACK;
}
