/**
 * Reading a recording: the lives that it holds, each from its first line to where it ends or was cut off. Nothing of it
 * is believed: what cannot be a recording is refused with its line, and what only a replay can tell is told there.
 */
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { INDEX_BYTES } from "@lintel/protocol/keyset/code-index.ts";
import { decodeKeyset, encodeKeyset } from "@lintel/protocol/keyset/codec.ts";
import type { CodeEntry, Keyset } from "@lintel/protocol/keyset/keyset.ts";
import type { JournalRecord } from "@lintel/protocol/mqtt/record.ts";
import {
  type EndLine,
  type Head,
  type KeysetLine,
  RECORDING_VERSION,
  readLine,
  type StartLine,
  type Turn,
  type TypedCode,
} from "./recording.ts";
import { digitsFor, isToken } from "./recording-tokens.ts";

/** A turn, with the line on which it stands, from 1. */
export interface ReadTurn {
  readonly line: number;
  readonly turn: Turn;
}

/** One life of the edge's process. */
export interface Life {
  /** Line of its head, from 1. */
  readonly line: number;
  readonly head: Head;
  readonly start: StartLine;
  /** By digest. */
  readonly keysets: ReadonlyMap<string, Keyset>;
  /** By their number, those that stood in the store before. */
  readonly records: ReadonlyMap<number, JournalRecord>;
  readonly turns: readonly ReadTurn[];
  /** `cut`: the file ends, or another life begins, with no word of an end: power, a kill, a disk. */
  readonly end: EndLine["end"] | "cut";
}

export interface RecordingProblem {
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

/** A file of one or more lives. A last line that is not whole is where the recording was cut off. */
export function readRecording(text: string): Result<readonly Life[], RecordingProblem> {
  const lines = text.split("\n");
  const lives: Life[] = [];
  let making: Making | null = null;
  for (const [at, each] of lines.entries()) {
    const number = at + 1;
    if (each === "") continue;
    const read = readLine(each);
    if (!read.ok) {
      // Cut off by the end of the process: nothing of that life can stand behind it.
      if (making !== null && isLast(lines, at)) continue;
      return fail({ line: number, message: "no JSON object: this is no recording, or it was changed" });
    }
    const line = read.value;
    if ("recording" in line) {
      const wrong = headProblem(line);
      if (wrong !== null) return fail({ line: number, message: wrong });
      if (making !== null) lives.push(...finished(making));
      making = new Making(number, line as unknown as Head);
      continue;
    }
    if (making === null) return fail({ line: number, message: "a recording begins with its head line" });
    const wrong = making.take(number, line);
    if (wrong !== null) return fail({ line: number, message: wrong });
  }
  if (making !== null) lives.push(...finished(making));
  if (lives.length === 0)
    return fail({ line: 1, message: "there is no turn in it: the edge ended before it had begun" });
  return ok(lives);
}

/** Whether nothing follows but another life. */
function isLast(lines: readonly string[], at: number): boolean {
  const next = lines.slice(at + 1).find((line) => line !== "");
  return next === undefined || next.startsWith('{"recording":');
}

function headProblem({ recording, version, buses }: Readonly<Record<string, unknown>>): string | null {
  if (recording !== "edge") return `a recording of '${String(recording)}': expected "edge"`;
  if (version !== RECORDING_VERSION) {
    return `version ${String(version)} of the format; this program reads ${RECORDING_VERSION}`;
  }
  return Array.isArray(buses) && buses.every(isPair) ? null : "buses: expected pairs of a bus and its port";
}

function isPair(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && value.every((each) => typeof each === "string");
}

class Making {
  readonly line: number;
  readonly head: Head;
  start: StartLine | null = null;
  readonly keysets = new Map<string, Keyset>();
  readonly records = new Map<number, JournalRecord>();
  readonly turns: ReadTurn[] = [];
  end: Life["end"] = "cut";

  constructor(line: number, head: Head) {
    this.line = line;
    this.head = head;
  }

  /** Null: taken, or in words why not. */
  take(number: number, line: Readonly<Record<string, unknown>>): string | null {
    if ("store" in line) return this.#start(line);
    if (this.start === null) return "what the store held must come first";
    if ("keyset" in line) return this.#keyset(line as unknown as KeysetLine);
    if ("records" in line) return this.#records(line.records);
    if ("end" in line) {
      this.end = line.end === "full" ? "full" : "closed";
      return null;
    }
    const wrong = turnProblem(line, this.turns.at(-1)?.turn);
    if (wrong === null) this.turns.push({ line: number, turn: line as unknown as Turn });
    return wrong;
  }

  #start(line: Readonly<Record<string, unknown>>): string | null {
    if (this.start !== null) return "what the store held stands twice";
    if (!isObject(line.store) || !isObject(line.journal)) return "store, journal: expected objects";
    this.start = line as unknown as StartLine;
    return null;
  }

  /** By the keyset's own codec, which refuses whatever no edge takes. */
  #keyset(line: KeysetLine): string | null {
    try {
      const decoded = decodeKeyset(encodeKeyset(untokened(line)));
      if (!decoded.ok) return `keyset: ${decoded.error.kind}`;
      this.keysets.set(line.digest, decoded.value);
      return null;
    } catch {
      return "keyset: not of the shape of one";
    }
  }

  #records(records: unknown): string | null {
    if (!Array.isArray(records)) return "records: expected a list";
    for (const record of records) {
      if (!isObject(record) || typeof record.seq !== "number") return "records: expected records with their seq";
      this.records.set(record.seq, record as unknown as JournalRecord);
    }
    return null;
  }
}

function finished({ line, head, start, keysets, records, turns, end }: Making): Life[] {
  return start === null || turns.length === 0 ? [] : [{ line, head, start, keysets, records, turns, end }];
}

/** With an index for each token, the digits that a replay types for a slot, and secrets that open nothing. */
function untokened({ keyset }: KeysetLine): Keyset {
  return {
    ...keyset,
    codes: keyset.codes.map((code) => ({ ...code, index: indexOfToken(code.index) }) as CodeEntry),
    otps: keyset.otps.map((otp) => ({
      ...otp,
      slot: otp.slot === null ? null : digitsFor(otp.slot),
      secret: new Uint8Array(SEALED_BYTES).fill(1),
    })),
  };
}

/** A sealed secret has at least so many bytes: nonce, tag and 16 of its own. */
const SEALED_BYTES = 44;

/** Stands for the keyed index in a replay. */
export function indexOfToken(token: string): Uint8Array {
  const index = new Uint8Array(INDEX_BYTES);
  for (const [at, letter] of [...token].entries()) index[at % INDEX_BYTES] = letter.charCodeAt(0);
  return index;
}

const LISTS = ["random", "heard", "heardAt", "codes", "taken", "opened", "adopted", "commits", "ends", "out"] as const;

function turnProblem(line: Readonly<Record<string, unknown>>, before: Turn | undefined): string | null {
  if (typeof line.t !== "number" || !(line.t >= 0)) return "t: expected ms of monotonic time";
  if (before !== undefined && line.t < before.t) return `t: ${line.t} lies before the turn before it`;
  if (!isObject(line.did) || typeof line.did.kind !== "string") return "did: expected what began the turn";
  for (const name of LISTS) {
    if (line[name] !== undefined && !Array.isArray(line[name])) return `${name}: expected a list`;
  }
  if (!((line.codes ?? []) as unknown[]).every(isTypedCode)) return "codes: expected tokens and their places";
  if (!((line.random ?? []) as unknown[]).every((each) => typeof each === "string")) return "random: expected hex";
  return ((line.heard ?? []) as unknown[]).every(isHeard) ? null : "heard: expected what Controllers told";
}

function isTypedCode(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { code, at, bus, address, shown } = value as Partial<Record<keyof TypedCode, unknown>>;
  const placed = at === null || Number.isInteger(at);
  const named = typeof bus === "string" && Number.isInteger(address);
  return typeof code === "string" && isToken(code) && placed && named && Array.isArray(shown);
}

function isHeard(value: unknown): boolean {
  if (!isObject(value) || !isObject(value.event)) return false;
  const { after, bus, address, event } = value;
  if (event.kind === "keys" && typeof event.keys !== "string") return false;
  return Number.isInteger(after) && typeof bus === "string" && Number.isInteger(address);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
