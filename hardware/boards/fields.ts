/**
 * Reading the fields of a small YAML file: every fault is kept with its line and column, and reading goes on, so that
 * all of them are named at once. What the fields mean is board-file.ts.
 */
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap, type YAMLSeq } from "yaml";
import { LIMITS } from "./limits.ts";

/** What is wrong, where. `line` and `column` from 1. */
export interface FileProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** `undefined`: faulty, and kept among the problems. */
export type Read<T> = T | undefined;
/** The fields that are there. */
export type FieldNodes = ReadonlyMap<string, Node>;

/** Reads a whole text by `read`; one problem or more, or what was read. */
export function readFields<T>(
  text: string,
  read: (root: Node | null, reading: FieldReading) => Read<T>,
): Result<T, readonly FileProblem[]> {
  if (text.length > LIMITS.fileLength)
    return fail([{ line: 1, column: 1, message: `over ${LIMITS.fileLength} characters` }]);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, version: "1.2", prettyErrors: false, logLevel: "error" });
  const reading = new FieldReading(lines);
  const fault = document.errors[0] ?? document.warnings[0];
  if (fault !== undefined) {
    reading.complainAt(fault.pos[0], `not YAML: ${fault.message.split("\n")[0]}`);
    return fail(reading.problems);
  }
  const value = read(document.contents as Node | null, reading);
  return reading.problems.length > 0 || value === undefined ? fail(reading.problems) : ok(value);
}

export class FieldReading {
  readonly #lines: LineCounter;
  readonly #problems: FileProblem[] = [];

  constructor(lines: LineCounter) {
    this.#lines = lines;
  }

  /** In the order of the file. */
  get problems(): readonly FileProblem[] {
    return [...this.#problems].sort((a, b) => a.line - b.line || a.column - b.column).slice(0, LIMITS.problems);
  }

  complain(node: Node | null, message: string): undefined {
    return this.complainAt(node?.range?.[0] ?? 0, message);
  }

  complainAt(offset: number, message: string): undefined {
    const { line, col } = this.#lines.linePos(offset);
    this.#problems.push({ line: Math.max(line, 1), column: Math.max(col, 1), message });
    return undefined;
  }

  /** A mapping of these fields and no other; nothing at all is a mapping without fields. */
  fields(node: Node | null, name: string, known: readonly string[]): Read<FieldNodes> {
    if (node === null) return new Map();
    if (!isMap(node)) return this.complain(node, `${name}: expected fields: ${known.join(", ")}`);
    const fields = new Map<string, Node>();
    for (const { key, value } of (node as YAMLMap<Node, Node | null>).items) {
      const field = isScalar(key) ? String(key.value) : "";
      if (!known.includes(field)) this.complain(key, `${name}: no field '${field}'; there are ${known.join(", ")}`);
      else if (value === null) this.complain(key, `${name}.${field}: it has no value`);
      else fields.set(field, value);
    }
    return fields;
  }

  list<T>(
    node: Node,
    name: string,
    { min, max }: { readonly min: number; readonly max: number },
    read: (item: Node, name: string) => Read<T>,
  ): Read<readonly T[]> {
    const expected = min === max ? `a list of ${min}` : `a list of ${min} to ${max}`;
    if (!isSeq(node)) return this.complain(node, `${name}: expected ${expected}`);
    const items = (node as YAMLSeq<Node>).items;
    if (items.length < min || items.length > max)
      return this.complain(node, `${name}: ${items.length} entries, expected ${expected}`);
    const values = items.map((item, at) => read(item, `${name}[${at}]`));
    return values.includes(undefined) ? undefined : (values as T[]);
  }

  number(node: Node, name: string, from: number, to: number): Read<number> {
    const value = isScalar(node) ? node.value : null;
    if (typeof value === "number" && Number.isInteger(value) && value >= from && value <= to) return value;
    return this.complain(node, `${name}: expected a number from ${from} to ${to}`);
  }

  word<const W extends string>(node: Node, name: string, words: readonly W[]): Read<W> {
    const found = words.find((word) => isScalar(node) && node.value === word);
    return found ?? this.complain(node, `${name}: expected ${words.join(" or ")}`);
  }

  text(node: Node, name: string, expected: string): Read<string> {
    if (isScalar(node) && typeof node.value === "string" && node.value !== "") return node.value;
    return this.complain(node, `${name}: expected ${expected}`);
  }
}

/** `none`, or an empty value: said not to be there. */
export function isNone(node: Node): boolean {
  return isScalar(node) && (node.value === null || node.value === "none");
}

/** A single value as it is written. */
export function writtenText(node: Node): string | null {
  return isScalar(node) && (typeof node.value === "string" || typeof node.value === "number")
    ? String(node.value)
    : null;
}
