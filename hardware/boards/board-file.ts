/**
 * The board file of a Controller, simulated or real: how many pins it has, what is wired to which of them, and what the
 * door makes of them. YAML 1.2, in the words of a site's door. Everything may be left out; what is left out of the door
 * stays as the Controller's flash has it. `pins` and `firmata` are for real boards: a simulated one takes their number alone.
 */
import { LIMITS as FIRMWARE } from "@lintel/firmware-sim/controller/limits.ts";
import { type BoardSize, DEFAULT_SIZE } from "@lintel/firmware-sim/controller/pins.ts";
import { type DoorSettings, fitSettings, type SettingsError } from "@lintel/firmware-sim/controller/settings.ts";
import { fail, type Result } from "@lintel/protocol/base/result.ts";
import { type Millis, millis } from "@lintel/protocol/base/units.ts";
import type { Node } from "yaml";
import {
  type FieldNodes,
  type FieldReading,
  type FileProblem,
  isNone,
  type Read,
  readFields,
  writtenText,
} from "./fields.ts";
import { readWiring } from "./read-wiring.ts";
import type { BoardWiring } from "./wiring.ts";

export interface BoardFile {
  readonly size: BoardSize;
  /** Null: not in the file. */
  readonly serial: number | null;
  readonly strike: DoorSettings["strike"] | null;
  /** Undefined: not in the file. Null: not fitted. */
  readonly rex: DoorSettings["rex"] | undefined;
  readonly contact: DoorSettings["contact"] | undefined;
  readonly fire: DoorSettings["fire"] | undefined;
  /** Null: not in the file, which then is for simulated boards alone. */
  readonly wiring: BoardWiring | null;
  readonly firmata: { readonly port: string | null; readonly baud: number };
}

/** What StandardFirmata speaks unless it was changed. */
const FIRMATA_BAUD = 57_600;
const FIRMATA_BAUDS = [9_600, 19_200, 38_400, 57_600, 115_200, 230_400];

export const NO_BOARD_FILE: BoardFile = {
  size: DEFAULT_SIZE,
  serial: null,
  strike: null,
  rex: undefined,
  contact: undefined,
  fire: undefined,
  wiring: null,
  firmata: { port: null, baud: FIRMATA_BAUD },
};

const FIELDS = ["outputs", "inputs", "leds", "serial", "strike", "rex", "contact", "fireRelease", "pins", "firmata"];
const DEFAULT_RELEASE = millis(5_000);

/** All that is wrong, in the order of the file, or the file. */
export function readBoardFile(text: string): Result<BoardFile, readonly FileProblem[]> {
  return readFields(text, (root, reading) => {
    const fields = reading.fields(root, "the board", FIELDS);
    return fields === undefined ? undefined : readBoard(fields, reading);
  });
}

/** The settings of the flash, with what the file says instead. */
export function mergeDoor(file: BoardFile, stored: DoorSettings): Result<DoorSettings, string> {
  const door: DoorSettings = {
    strike: file.strike ?? stored.strike,
    rex: file.rex === undefined ? stored.rex : file.rex,
    contact: file.contact === undefined ? stored.contact : file.contact,
    fire: file.fire === undefined ? stored.fire : file.fire,
  };
  const fits = fitSettings(door, file.size);
  return fits.ok ? fits : fail(sayMisfit(fits.error));
}

function sayMisfit(error: SettingsError): string {
  switch (error.kind) {
    case "no-such-output":
      return `strike.output is ${error.output}, and this board has ${count("output", error.outputs)}`;
    case "no-such-input":
      return `input ${error.input} is used, and this board has ${count("input", error.inputs)}`;
    case "input-twice":
      return `input ${error.input} is used for two things`;
    case "release":
      return `rex.release is ${error.release} ms, expected 100ms to 120s`;
  }
}

function count(what: string, number: number): string {
  return number === 0 ? `no ${what}s` : `${what}s 0 to ${number - 1}`;
}

function readBoard(fields: FieldNodes, reading: FieldReading): BoardFile {
  const pins = fields.get("pins");
  const wiring = pins === undefined ? null : (readWiring(pins, reading) ?? null);
  const part = <T>(name: string, read: (node: Node) => Read<T>): Read<T | null> => {
    const node = fields.get(name);
    if (node === undefined) return undefined;
    return isNone(node) ? null : read(node);
  };
  const serial = fields.get("serial");
  const board: BoardFile = {
    size: readSize(fields, wiring, reading),
    serial: serial === undefined ? null : (reading.number(serial, "serial", 0, 0xffff_ffff) ?? null),
    strike: part("strike", (node) => readStrike(node, reading)) ?? null,
    rex: part("rex", (node) => readRex(node, reading)),
    contact: part("contact", (node) => readInput(node, "contact", reading)),
    fire: part("fireRelease", (node) => readInput(node, "fireRelease", reading)),
    wiring,
    firmata: readFirmata(fields.get("firmata"), reading),
  };
  checkUse(board, fields, reading);
  return board;
}

/** As said, or as many as are wired; both only where they agree. */
function readSize(fields: FieldNodes, wiring: BoardWiring | null, reading: FieldReading): BoardSize {
  const one = (name: keyof BoardSize) => {
    const node = fields.get(name);
    const wired = wiring?.[name].length;
    const said = node === undefined ? undefined : reading.number(node, name, 1, FIRMWARE[name]);
    if (said !== undefined && wired !== undefined && said !== wired)
      reading.complain(node!, `${name}: ${said}, and pins.${name} lists ${wired}; leave this one out`);
    return wired ?? said ?? DEFAULT_SIZE[name];
  };
  return { outputs: one("outputs"), inputs: one("inputs"), leds: one("leds") };
}

/** What the door of the file makes of the board of the file. What the flash adds is looked at in `mergeDoor`. */
function checkUse({ size, strike, ...door }: BoardFile, fields: FieldNodes, reading: FieldReading): void {
  if (strike !== null && strike.output >= size.outputs)
    reading.complain(
      fields.get("strike")!,
      sayMisfit({ kind: "no-such-output", output: strike.output, outputs: size.outputs }),
    );
  const used = new Set<number>();
  const uses = [
    ["rex", door.rex],
    ["contact", door.contact],
    ["fireRelease", door.fire],
  ] as const;
  for (const [name, use] of uses) {
    if (!use) continue;
    const { input } = use;
    if (input >= size.inputs)
      reading.complain(fields.get(name)!, sayMisfit({ kind: "no-such-input", input, inputs: size.inputs }));
    else if (used.has(input)) reading.complain(fields.get(name)!, sayMisfit({ kind: "input-twice", input }));
    used.add(input);
  }
}

function readStrike(node: Node, reading: FieldReading): Read<DoorSettings["strike"]> {
  const fields = reading.fields(node, "strike", ["output", "fail"]);
  if (fields === undefined) return undefined;
  const output = fields.get("output");
  const fails = fields.get("fail");
  const number = output === undefined ? 0 : reading.number(output, "strike.output", 0, FIRMWARE.outputs - 1);
  const word = fails === undefined ? "secure" : reading.word(fails, "strike.fail", ["secure", "safe"]);
  return number === undefined || word === undefined ? undefined : { output: number, fail: word };
}

function readRex(node: Node, reading: FieldReading): Read<NonNullable<DoorSettings["rex"]>> {
  const fields = reading.fields(node, "rex", ["input", "release"]);
  if (fields === undefined) return undefined;
  const input = inputOf(fields, node, "rex", reading);
  const written = fields.get("release");
  const release = written === undefined ? DEFAULT_RELEASE : readRelease(written, reading);
  return input === undefined || release === undefined ? undefined : { input, release };
}

function readInput(node: Node, name: string, reading: FieldReading): Read<{ readonly input: number }> {
  const fields = reading.fields(node, name, ["input"]);
  if (fields === undefined) return undefined;
  const input = inputOf(fields, node, name, reading);
  return input === undefined ? undefined : { input };
}

function inputOf(fields: FieldNodes, parent: Node, name: string, reading: FieldReading): Read<number> {
  const input = fields.get("input");
  if (input === undefined) return reading.complain(parent, `${name}.input: it is missing`);
  return reading.number(input, `${name}.input`, 0, FIRMWARE.inputs - 1);
}

/** `5s` or `700ms`: the Controller counts in steps of 100 ms. */
function readRelease(node: Node, reading: FieldReading): Read<Millis> {
  const shape = /^(\d{1,6})(ms|s|m)$/.exec(writtenText(node) ?? "");
  const ms = shape === null ? 0 : Number(shape[1]) * ({ ms: 1, s: 1_000, m: 60_000 }[shape[2]!] ?? 0);
  if (ms < 100 || ms > FIRMWARE.release || ms % 100 !== 0)
    return reading.complain(node, "rex.release: expected 100ms to 120s, in steps of 100ms");
  return millis(ms);
}

function readFirmata(node: Node | undefined, reading: FieldReading): BoardFile["firmata"] {
  const fields = node === undefined ? new Map<string, Node>() : reading.fields(node, "firmata", ["port", "baud"]);
  const port = fields?.get("port");
  const baud = fields?.get("baud");
  return {
    port: port === undefined ? null : (reading.text(port, "firmata.port", "a serial device") ?? null),
    baud: baud === undefined ? FIRMATA_BAUD : (readBaud(baud, reading) ?? FIRMATA_BAUD),
  };
}

function readBaud(node: Node, reading: FieldReading): Read<number> {
  const baud = FIRMATA_BAUDS.find((each) => String(each) === writtenText(node));
  return baud ?? reading.complain(node, `firmata.baud: expected one of ${FIRMATA_BAUDS.join(", ")}`);
}
