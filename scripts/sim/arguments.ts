/** The arguments that every Controller on a line has, simulated or real: the line, the address, the key, the board, the flash. */
import type { Flash } from "@lintel/firmware-sim/controller/flash.ts";
import { BLANK_FLASH, type DoorSettings } from "@lintel/firmware-sim/controller/settings.ts";
import { type BoardFile, mergeDoor, NO_BOARD_FILE, readBoardFile } from "@lintel/hardware/boards/board-file.ts";
import { type SerialError, sayWhy } from "@lintel/hardware/serial/link.ts";
import { fromHex } from "@lintel/protocol/base/bytes.ts";
import { Secret } from "@lintel/protocol/base/secret.ts";
import { BAUDS } from "@lintel/protocol/osdp/commands.ts";
import { isWeakScbk } from "@lintel/protocol/osdp/secure.ts";
import { CommandFailed, EXIT, type Io, readSecretArgument, wrongUse } from "../command.ts";
import { readText } from "../site-file.ts";
import { openFlashFolder } from "./flash-folder.ts";
import { type OpenPort, openPort, type PortPath, readPortPath } from "./port.ts";
import type { StdinLines } from "./stdin-lines.ts";

export const LINE_OPTIONS = {
  port: { type: "string" },
  address: { type: "string" },
  scbk: { type: "string" },
  install: { type: "boolean" },
  clear: { type: "boolean" },
  board: { type: "string" },
  state: { type: "string" },
  baud: { type: "string" },
  frames: { type: "boolean" },
  reveal: { type: "boolean" },
  "allow-permanent": { type: "boolean" },
  json: { type: "boolean" },
} as const;

/** What `readOptions` answers for LINE_OPTIONS. */
export interface LineValues {
  readonly port?: string | undefined;
  readonly address?: string | undefined;
  readonly scbk?: string | undefined;
  readonly install?: boolean | undefined;
  readonly clear?: boolean | undefined;
  readonly board?: string | undefined;
  readonly state?: string | undefined;
  readonly baud?: string | undefined;
  readonly frames?: boolean | undefined;
  readonly reveal?: boolean | undefined;
  readonly "allow-permanent"?: boolean | undefined;
  readonly json?: boolean | undefined;
}

export interface LineArguments {
  readonly port: PortPath;
  readonly board: BoardFile;
  readonly controller: {
    readonly address: number;
    readonly baud: number;
    readonly scbk: Secret | null;
    readonly install: boolean;
    readonly clear: boolean;
    readonly allowPermanent: boolean;
    readonly serial: number;
    readonly size: BoardFile["size"];
    readonly door: DoorSettings;
    /** Left out: memory. */
    readonly flash?: Flash;
  };
  readonly frames: boolean;
  readonly reveal: boolean;
  readonly json: boolean;
}

/** `address`: what is meant where none is given; null where one must be. */
export async function readLineArguments(
  values: LineValues,
  defaults: { readonly address: number | null },
  io: Io,
  stdin: StdinLines,
): Promise<LineArguments> {
  const { install = false, clear = false, frames = false, reveal = false, json = false } = values;
  const port = readPort("--port", values.port);
  if ([values.scbk !== undefined, install, clear].filter(Boolean).length > 1)
    throw wrongUse("--scbk, --install and --clear exclude each other");
  const address = readAddress(values.address, defaults.address);
  const board = values.board === undefined ? NO_BOARD_FILE : readBoard(values.board);
  const kept = readFlash(values.state, address, board, { clear, path: values.board ?? null });
  const controller = {
    address,
    // A speed that a panel gave it is the one the port is opened with.
    baud: kept.flash?.read()?.line?.baud ?? readBaud(values.baud),
    scbk: values.scbk === undefined ? null : await readScbk(values.scbk, io, stdin),
    install,
    clear,
    allowPermanent: values["allow-permanent"] ?? false,
    size: board.size,
    serial: board.serial ?? address + 1,
    ...kept,
  };
  return { port, board, controller, frames, reveal, json };
}

/** Opens it, or ends the command with the reason. */
export async function requirePort(port: PortPath, baud: number): Promise<OpenPort> {
  const opened = await openPort(port, baud);
  if (!opened.ok) throw cannotOpen(opened.error);
  return opened.value;
}

function cannotOpen(error: SerialError): CommandFailed {
  const misused = error.kind === "wrong" || error.kind === "beyond-loopback";
  const exit = error.kind === "forbidden" ? EXIT.notPermitted : misused ? EXIT.wrongUse : EXIT.unreachable;
  return new CommandFailed(exit, sayWhy(error));
}

export function readPort(option: string, text: string | undefined): PortPath {
  if (text === undefined) throw wrongUse(`which port? ${option} PATH`);
  const port = readPortPath(text);
  if (port === null)
    throw wrongUse(`${option} ${text}: expected a device, pty, tcp://HOST:PORT or tcp-listen://HOST:PORT`);
  return port;
}

function readAddress(text: string | undefined, otherwise: number | null): number {
  if (text === undefined && otherwise !== null) return otherwise;
  if (text === undefined) throw wrongUse("which address? --address N, 0 to 126");
  const address = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (!(address <= 126)) throw wrongUse(`--address ${text}: expected a number from 0 to 126`);
  return address;
}

function readBaud(text: string | undefined): number {
  const baud = BAUDS.find((each) => String(each) === (text ?? "9600"));
  if (baud === undefined) throw wrongUse(`--baud ${text}: expected one of ${BAUDS.join(", ")}`);
  return baud;
}

/** With `-` the first line of standard input, and the commands behind it. Never repeats what it read. */
async function readScbk(argument: string, io: Io, stdin: StdinLines): Promise<Secret> {
  const hex =
    argument === "-" ? ((await stdin.next()) ?? "") : (await readSecretArgument(argument, io)).use((text) => text);
  const bytes = fromHex(hex);
  if (!bytes.ok || bytes.value.length !== 16) throw wrongUse("--scbk: expected 32 hex digits");
  const scbk = new Secret(bytes.value);
  if (isWeakScbk(scbk)) throw wrongUse("--scbk: the default key and one byte repeated are no keys; make a random one");
  return scbk;
}

function readBoard(path: string): BoardFile {
  const text = readText(path);
  if (!text.ok) throw wrongUse(`${path}: ${text.error}`);
  const board = readBoardFile(text.value);
  if (board.ok) return board.value;
  throw wrongUse(board.error.map(({ line, column, message }) => `${path}:${line}:${column}: ${message}`).join("\n"));
}

/** The flash and the door in it, both as the board file says over what is stored. */
function readFlash(
  folder: string | undefined,
  address: number,
  board: BoardFile,
  { clear, path }: { readonly clear: boolean; readonly path: string | null },
): Pick<LineArguments["controller"], "flash" | "door"> {
  let stored = BLANK_FLASH;
  let kept: Pick<LineArguments["controller"], "flash"> = {};
  if (folder !== undefined) {
    const opened = openFlashFolder(folder, address);
    if (!opened.ok) throw wrongUse(opened.error);
    kept = { flash: opened.value };
    stored = opened.value.read() ?? BLANK_FLASH;
  }
  if (clear && stored.scbk !== null)
    throw wrongUse(`--clear: the Controller in ${folder} has a key, and one with a key never speaks in clear`);
  const door = mergeDoor(board, stored.door);
  if (!door.ok) throw wrongUse(`${path ?? folder}: ${door.error}`);
  return { ...kept, door: door.value };
}
