/**
 * Reading YAML values by tables: a reader takes one value and answers what it means, or reports what it saw and what
 * it expected and answers `undefined`. Nothing stops at the first fault: all of a file are named (domain-rules,
 * "Site files").
 */
import { isMap, isScalar, isSeq, type Node, type Scalar } from "yaml";
import { pairsOf, resolved, type SiteDocument } from "./document.ts";
import { type Path, quoted } from "./problem.ts";

export interface Reading {
  readonly document: SiteDocument;
  /** Reports an error at `path`; `name` points at the field's name instead of its value. */
  report(path: Path, message: string, at?: "name"): void;
  /** Reports what a later stage says again: heard only where that stage is not reached. */
  early(path: Path, message: string): void;
  /** Counts one value read; false when the file holds more than LIMITS.values. */
  spend(): boolean;
}

/** `node` is never an alias. `undefined`: faulty, and reported. */
export type Reader<T> = (node: Node | null, path: Path, reading: Reading) => T | undefined;

/** Follows an alias and reads. */
export function read<T>(reader: Reader<T>, node: Node | null | undefined, path: Path, reading: Reading): T | undefined {
  if (!reading.spend()) return undefined;
  return reader(resolved(reading.document, node), path, reading);
}

/** What stands there, for a message. */
export function seen(node: Node | null): string {
  if (isMap(node)) return "a mapping";
  if (isSeq(node)) return "a list";
  if (!isScalar(node) || node.value === null) return "nothing";
  if (typeof node.value === "string") return `"${quoted(node.value)}"`;
  if (typeof node.value === "boolean") return `${node.value}`;
  return `the number ${quoted(node.source ?? String(node.value))}`;
}

function refuse(node: Node | null, expected: string, path: Path, reading: Reading): undefined {
  reading.report(path, `${seen(node)}, expected ${expected}`);
  return undefined;
}

/** Text that `parse` understands; it answers null for what it does not. */
export function parsed<T>(expected: string, parse: (text: string) => T | null): Reader<T> {
  return (node, path, reading) => {
    const value = isScalar(node) && typeof node.value === "string" ? parse(node.value) : null;
    if (value !== null) return value;
    const unquoted = isScalar(node) && typeof node.value === "number" && parse(node.source ?? "") !== null;
    return refuse(node, unquoted ? `${expected}, in quotes` : expected, path, reading);
  };
}

export function text(expected: string, max: number): Reader<string> {
  return parsed(`${expected}, 1 to ${max} characters`, (value) =>
    value.trim() !== "" && value.length <= max ? value : null,
  );
}

export function whole(expected: string, min: number, max: number): Reader<number> {
  return (node, path, reading) => {
    const value = isScalar(node) ? node.value : null;
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max) return value;
    return refuse(node, `${expected}, a whole number from ${min} to ${max}`, path, reading);
  };
}

export const flag: Reader<boolean> = (node, path, reading) => {
  if (isScalar(node) && typeof node.value === "boolean") return node.value;
  return refuse(node, "true or false", path, reading);
};

export function word<T extends string>(words: readonly T[]): Reader<T> {
  return parsed(oneOf(words), (value) => words.find((each) => each === value) ?? null);
}

/** One of some numbers. */
export function choice<T extends number>(expected: string, numbers: readonly T[]): Reader<T> {
  return (node, path, reading) => {
    const found = isScalar(node) ? numbers.find((each) => each === node.value) : undefined;
    return found ?? refuse(node, `${expected}, ${oneOf(numbers.map(String))}`, path, reading);
  };
}

export function listOf<T>(
  expected: string,
  reader: Reader<T>,
  limits: { readonly min?: number; readonly max: number },
): Reader<readonly T[]> {
  return (node, path, reading) => {
    if (!isSeq(node)) return refuse(node, expected, path, reading);
    const count = node.items.length;
    if (count < (limits.min ?? 0)) return refuseWith(path, reading, `an empty list, expected ${expected}`);
    if (count > limits.max) return refuseWith(path, reading, `${count} entries, expected at most ${limits.max}`);
    const values = node.items.map((item, at) => read(reader, item as Node | null, [...path, at], reading));
    return values.includes(undefined) ? undefined : (values as T[]);
  };
}

/**
 * Says a fault of meaning that a value shows by itself already while shapes are read, so that a file with both kinds of
 * faults names it at once. The value is read all the same: it does not keep the next stage from being reached.
 */
export function saying<T>(fault: (value: T) => string | null, reader: Reader<T>): Reader<T> {
  return (node, path, reading) => {
    const value = reader(node, path, reading);
    const message = value === undefined ? null : fault(value);
    if (message !== null) reading.early(path, message);
    return value;
  };
}

/** A single word where a value of another shape may stand: `all`, `closed`. */
export function wordOr<const W extends string, T>(words: readonly W[], otherwise: Reader<T>): Reader<W | T> {
  return (node, path, reading) => {
    const value = isScalar(node) ? node.value : null;
    const found = words.find((each) => each === value);
    return found ?? otherwise(node, path, reading);
  };
}

export interface Field<T> {
  readonly reader: Reader<T>;
  /** What an absent field means; undefined where it may not be absent. */
  readonly absent: T | undefined;
}

export function required<T>(reader: Reader<T>): Field<T> {
  return { reader, absent: undefined };
}

export function optional<T, A>(reader: Reader<T>, absent: A): Field<T | A> {
  return { reader: reader as Reader<T | A>, absent };
}

export type Fields<T> = { readonly [K in keyof T]-?: Field<T[K]> };

/** A mapping of these fields and no other: a field that is not known may be a misspelt limit (design 5.2). */
export function fields<T extends object>(expected: string, table: Fields<T>): Reader<T> {
  const names = Object.keys(table) as (keyof T & string)[];
  return (node, path, reading) => {
    if (!isMap(node)) return refuse(node, `${expected}: a mapping`, path, reading);
    const values: Partial<T> = {};
    const present = new Set<string>();
    let whole = true;
    for (const { name, pair } of pairsOf(node)) {
      const inner = [...path, name];
      if (!Object.hasOwn(table, name)) {
        reading.report(inner, `an unknown field, expected ${oneOf(names)}`, "name");
        whole = false;
        continue;
      }
      present.add(name);
      const field = name as keyof T & string;
      const value = read(table[field].reader, pair.value, inner, reading);
      if (value === undefined) whole = false;
      else values[field] = value;
    }
    for (const name of names) {
      if (present.has(name)) continue;
      const { absent } = table[name];
      if (absent !== undefined) values[name] = absent;
      else whole = refuseWith([...path, name], reading, "missing, and required") ?? false;
    }
    return whole ? (values as T) : undefined;
  };
}

export function oneOf(words: readonly string[]): string {
  return words.length === 1 ? words[0]! : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

export function refuseWith(path: Path, reading: Reading, message: string): undefined {
  reading.report(path, message);
  return undefined;
}

export function isQuoted(node: Scalar): boolean {
  return node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE";
}
