/**
 * The keypad matrix: 4 rows by 3 columns, scanned and debounced. At rest all columns are driven and nothing is done
 * until a row connects; then the columns are driven one by one until every key is up again.
 * A key counts once, when it has been down for LIMITS.debounce; held, it does not repeat.
 */
import { after, between, type Monotonic } from "@lintel/protocol/base/units.ts";
import { LIMITS } from "./limits.ts";

export type Key = "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "*" | "#";

/** Row by row, as printed on the keypad. */
export const KEYS: readonly (readonly Key[])[] = [
  ["1", "2", "3"],
  ["4", "5", "6"],
  ["7", "8", "9"],
  ["*", "0", "#"],
];
const ROWS = KEYS.length;
const COLUMNS = 3;
/** Every column at once: how the keypad rests. */
export const ALL_COLUMNS = (1 << COLUMNS) - 1;

export interface KeypadState {
  readonly rows: number;
  readonly scan: Scan | null;
  /** Bit `column * ROWS + row` of each key: last read, since when, and what counts as down. */
  readonly read: number;
  readonly readSince: Monotonic;
  readonly down: number;
}

interface Scan {
  /** Being driven; -1 between two scans. */
  readonly column: number;
  /** When its rows are read, or the next scan begins. */
  readonly at: Monotonic;
  readonly begun: Monotonic;
  /** Of the columns before. */
  readonly found: number;
}

export interface KeypadStep {
  readonly state: KeypadState;
  /** Keys that went down, in the order of the matrix. */
  readonly keys: readonly Key[];
  /** Columns to drive from now on; null leaves them. */
  readonly columns: number | null;
}

/** All columns are driven by whoever starts this. */
export function restingKeypad(now: Monotonic): KeypadState {
  return { rows: 0, scan: null, read: 0, readSince: now, down: 0 };
}

/** The rows changed under the columns now driven. */
export function readRows(state: KeypadState, rows: number, now: Monotonic): KeypadStep {
  const seen = { ...state, rows };
  if (state.scan !== null || rows === 0) return { state: seen, keys: [], columns: null };
  return driveColumn(seen, { column: 0, at: now, begun: now, found: 0 }, now);
}

export function keypadDue(state: KeypadState): Monotonic | null {
  return state.scan?.at ?? null;
}

export function passKeypadTime(state: KeypadState, now: Monotonic): KeypadStep {
  const { scan } = state;
  if (scan === null || now < scan.at) return { state, keys: [], columns: null };
  if (scan.column === -1) return driveColumn(state, { column: 0, at: now, begun: now, found: 0 }, now);
  const found = scan.found | (state.rows << (scan.column * ROWS));
  if (scan.column + 1 < COLUMNS) return driveColumn(state, { ...scan, column: scan.column + 1, found }, now);
  return endScan({ ...state, ...reading(state, found, now) }, scan.begun, now);
}

function driveColumn(state: KeypadState, scan: Scan, now: Monotonic): KeypadStep {
  const driven = { ...scan, at: after(now, LIMITS.keypadSettle) };
  return { state: { ...state, scan: driven }, keys: [], columns: 1 << scan.column };
}

function reading(state: KeypadState, found: number, now: Monotonic): Pick<KeypadState, "read" | "readSince"> {
  return found === state.read ? { read: state.read, readSince: state.readSince } : { read: found, readSince: now };
}

function endScan(state: KeypadState, begun: Monotonic, now: Monotonic): KeypadStep {
  const stood = between(state.readSince, now) >= LIMITS.debounce;
  const down = stood ? state.read : state.down;
  const keys = countBits(down) < LIMITS.keypadGhosts ? keysOf(down & ~state.down) : [];
  if (down === 0 && state.read === 0) {
    return { state: { ...state, down, scan: null }, keys, columns: ALL_COLUMNS };
  }
  const scan = { column: -1, at: after(begun, LIMITS.keypadScan), begun, found: 0 };
  return { state: { ...state, down, scan }, keys, columns: null };
}

function keysOf(bits: number): Key[] {
  return KEYS.flatMap((row, r) => row.filter((_, column) => (bits & (1 << (column * ROWS + r))) !== 0));
}

function countBits(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count += 1;
  return count;
}

/** Where a key stands in the matrix. */
export function placeOf(key: Key): { readonly row: number; readonly column: number } {
  const row = KEYS.findIndex((keys) => keys.includes(key));
  return { row, column: KEYS[row]!.indexOf(key) };
}

/** The rows that these keys connect under the columns driven: bit 0 is the first of either. */
export function rowsUnder(columns: number, keys: Iterable<Key>): number {
  let rows = 0;
  for (const key of keys) {
    const { row, column } = placeOf(key);
    if ((columns & (1 << column)) !== 0) rows |= 1 << row;
  }
  return rows;
}

export function isKey(text: string): text is Key {
  return text.length === 1 && "0123456789*#".includes(text);
}
