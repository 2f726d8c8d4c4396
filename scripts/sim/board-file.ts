/**
 * The board file of a simulated Controller: how many pins it has, and what is fitted to which. YAML 1.2, in the words of
 * a site's door. Everything may be left out; what is left out of the door stays as the Controller's flash has it.
 */

import { DEFAULT_SIZE } from "@lintel/firmware-sim/board/simulated-controller.ts";
import { LIMITS } from "@lintel/firmware-sim/controller/limits.ts";
import type { BoardSize } from "@lintel/firmware-sim/controller/pins.ts";
import { type DoorSettings, fitSettings, type SettingsError } from "@lintel/firmware-sim/controller/settings.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { type Millis, millis } from "@lintel/protocol/base/units.ts";
import { isMap, isScalar, LineCounter, type Node, parseDocument, type YAMLMap } from "yaml";

export interface BoardFile {
  readonly size: BoardSize;
  /** Null: not in the file. */
  readonly serial: number | null;
  readonly strike: DoorSettings["strike"] | null;
  /** Undefined: not in the file. Null: not fitted. */
  readonly rex: DoorSettings["rex"] | undefined;
  readonly contact: DoorSettings["contact"] | undefined;
  readonly fire: DoorSettings["fire"] | undefined;
}

export const NO_BOARD_FILE: BoardFile = {
  size: DEFAULT_SIZE,
  serial: null,
  strike: null,
  rex: undefined,
  contact: undefined,
  fire: undefined,
};

/** What is wrong, where. `line` and `column` from 1. */
export interface BoardFileError {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

const DEFAULT_RELEASE = millis(5_000);
/** A board file is a screenful. */
const TEXT_MAX = 65_536;

export function readBoardFile(text: string): Result<BoardFile, BoardFileError> {
  const lines = new LineCounter();
  const document = text.length > TEXT_MAX ? null : parseDocument(text, { lineCounter: lines, version: "1.2" });
  if (document === null) return fail({ line: 1, column: 1, message: `over ${TEXT_MAX} characters` });
  const fault = document.errors[0] ?? document.warnings[0];
  const placeOf = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  if (fault !== undefined)
    return fail({ ...placeOf(fault.pos[0]), message: `not YAML: ${fault.message.split("\n")[0]}` });
  const complain = (node: Node | null, message: string) => new Wrong({ ...placeOf(node?.range?.[0] ?? 0), message });
  try {
    return ok(readBoard(document.contents, complain));
  } catch (error) {
    if (error instanceof Wrong) return fail(error.error);
    throw error;
  }
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
      return `strike.output is ${error.output}, and this board has outputs 0 to ${error.outputs - 1}`;
    case "no-such-input":
      return `input ${error.input} is used, and this board has inputs 0 to ${error.inputs - 1}`;
    case "input-twice":
      return `input ${error.input} is used for two things`;
    case "release":
      return `rex.release is ${error.release} ms, expected 100ms to 120s`;
  }
}

class Wrong extends Error {
  readonly error: BoardFileError;
  constructor(error: BoardFileError) {
    super(error.message);
    this.error = error;
  }
}

type Complain = (node: Node | null, message: string) => Wrong;

function readBoard(root: unknown, complain: Complain): BoardFile {
  const fields = readMap(root as Node | null, "the board", complain, [
    "outputs",
    "inputs",
    "leds",
    "serial",
    "strike",
    "rex",
    "contact",
    "fireRelease",
  ]);
  const number = (name: string, from: number, to: number) => {
    const node = fields.get(name);
    return node === undefined ? null : readNumber(node, name, from, to, complain);
  };
  const part = <T>(name: string, read: (node: Node) => T): T | null | undefined => {
    const node = fields.get(name);
    if (node === undefined) return undefined;
    return isScalar(node) && (node.value === null || node.value === "none") ? null : read(node);
  };
  const strikeNode = fields.get("strike");
  return {
    size: {
      outputs: number("outputs", 1, LIMITS.outputs) ?? DEFAULT_SIZE.outputs,
      inputs: number("inputs", 1, LIMITS.inputs) ?? DEFAULT_SIZE.inputs,
      leds: number("leds", 1, LIMITS.leds) ?? DEFAULT_SIZE.leds,
    },
    serial: number("serial", 0, 0xffff_ffff),
    strike: strikeNode === undefined ? null : readStrike(strikeNode, complain),
    rex: part("rex", (node) => readRex(node, complain)),
    contact: part("contact", (node) => readInput(node, "contact", complain)),
    fire: part("fireRelease", (node) => readInput(node, "fireRelease", complain)),
  };
}

function readStrike(node: Node, complain: Complain): DoorSettings["strike"] {
  const fields = readMap(node, "strike", complain, ["output", "fail"]);
  const output = fields.get("output");
  const fails = fields.get("fail");
  const word = fails === undefined ? "secure" : isScalar(fails) ? fails.value : null;
  if (word !== "secure" && word !== "safe") throw complain(fails ?? node, "strike.fail: expected secure or safe");
  return {
    output: output === undefined ? 0 : readNumber(output, "strike.output", 0, LIMITS.outputs - 1, complain),
    fail: word,
  };
}

function readRex(node: Node, complain: Complain): NonNullable<DoorSettings["rex"]> {
  const fields = readMap(node, "rex", complain, ["input", "release"]);
  const release = fields.get("release");
  return {
    input: inputOf(fields, node, "rex", complain),
    release: release === undefined ? DEFAULT_RELEASE : readDuration(release, complain),
  };
}

function readInput(node: Node, name: string, complain: Complain): { readonly input: number } {
  return { input: inputOf(readMap(node, name, complain, ["input"]), node, name, complain) };
}

function inputOf(fields: ReadonlyMap<string, Node>, parent: Node, name: string, complain: Complain): number {
  const input = fields.get("input");
  if (input === undefined) throw complain(parent, `${name}.input: it is missing`);
  return readNumber(input, `${name}.input`, 0, LIMITS.inputs - 1, complain);
}

function readMap(
  node: Node | null,
  name: string,
  complain: Complain,
  known: readonly string[],
): ReadonlyMap<string, Node> {
  if (node === null) return new Map();
  if (!isMap(node)) throw complain(node, `${name}: expected fields, as in { input: 1 }`);
  const fields = new Map<string, Node>();
  for (const { key, value } of (node as YAMLMap<Node, Node | null>).items) {
    const field = isScalar(key) ? String(key.value) : "";
    if (!known.includes(field)) throw complain(key, `${name}: no field '${field}'; there are ${known.join(", ")}`);
    if (value === null) throw complain(key, `${name}.${field}: it has no value`);
    fields.set(field, value);
  }
  return fields;
}

function readNumber(node: Node, name: string, from: number, to: number, complain: Complain): number {
  const value = isScalar(node) ? node.value : null;
  if (typeof value !== "number" || !Number.isInteger(value) || value < from || value > to)
    throw complain(node, `${name}: expected a number from ${from} to ${to}`);
  return value;
}

/** `5s` or `700ms`: the Controller counts in steps of 100 ms. */
function readDuration(node: Node, complain: Complain): Millis {
  const shape = isScalar(node) ? /^(\d{1,6})(ms|s|m)$/.exec(String(node.value)) : null;
  const ms = shape === null ? 0 : Number(shape[1]) * ({ ms: 1, s: 1_000, m: 60_000 }[shape[2]!] ?? 0);
  if (ms < 100 || ms > LIMITS.release || ms % 100 !== 0)
    throw complain(node, "rex.release: expected 100ms to 120s, in steps of 100ms");
  return millis(ms);
}
