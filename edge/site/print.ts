/**
 * Plain values as lines of YAML 1.2, for a site of 100,000 keys in a second: the library makes a tree of nodes first and
 * asks each of them a dozen questions, which takes ten. What may stand bare is decided narrowly here: all else is
 * quoted as JSON quotes it, which is YAML too.
 */
import type { Json } from "./site.ts";

/** Whether a list or mapping stands on one line, by the field that holds it. */
export type OnOneLine = (field: string, value: Json) => boolean;

/** `fields` as a mapping at the left margin, ending in a newline. Keys are bare words. */
export function printFields(fields: Readonly<Record<string, Json>>, onOneLine: OnOneLine): string {
  const lines: string[] = [];
  printMapping(lines, fields, { indent: "", first: "" }, onOneLine);
  return lines.join("");
}

interface Margin {
  readonly indent: string;
  /** Before the first line in place of `indent`: `- ` of a list. */
  readonly first: string;
}

function printMapping(lines: string[], fields: object, { indent, first }: Margin, onOneLine: OnOneLine): void {
  let before = first;
  for (const [field, value] of Object.entries(fields) as [string, Json][]) {
    const head = `${before}${field}:`;
    before = indent;
    if (isScalar(value) || isEmpty(value) || onOneLine(field, value)) lines.push(head, " ", inline(value), "\n");
    else {
      lines.push(head, "\n");
      printBlock(lines, value, { field, indent: `${indent}  ` }, onOneLine);
    }
  }
}

function printBlock(
  lines: string[],
  value: Json,
  { field, indent }: { readonly field: string; readonly indent: string },
  onOneLine: OnOneLine,
): void {
  if (!Array.isArray(value)) {
    printMapping(lines, value as object, { indent, first: indent }, onOneLine);
    return;
  }
  for (const item of value as readonly Json[]) {
    const one = isScalar(item) || isEmpty(item) || Array.isArray(item) || onOneLine(`${field}[]`, item);
    if (one) lines.push(indent, "- ", inline(item), "\n");
    else printMapping(lines, item as object, { indent: `${indent}  `, first: `${indent}- ` }, onOneLine);
  }
}

function isScalar(value: Json): value is string | number | boolean | null {
  return typeof value !== "object" || value === null;
}

function isEmpty(value: Json): boolean {
  return Object.keys(value as object).length === 0;
}

/** On one line, lists and mappings in brackets with a space inside. */
function inline(value: Json, nested = false): string {
  if (typeof value === "string") return printText(value, nested);
  if (isScalar(value)) return String(value);
  if (Array.isArray(value)) {
    return value.length === 0 ? "[]" : `[ ${value.map((item: Json) => inline(item, true)).join(", ")} ]`;
  }
  const fields = Object.entries(value) as [string, Json][];
  return fields.length === 0
    ? "{}"
    : `{ ${fields.map(([field, inner]) => `${field}: ${inline(inner, true)}`).join(", ")} }`;
}

/** Begins with a letter or digit, so with no sign of YAML's, and holds none that ends a bare text. */
const BARE_NESTED = /^[\p{L}\p{N}/_](?:[\p{L}\p{N}\p{M} _./@+-]*[\p{L}\p{N}\p{M}_./@+-])?$/u;
const BARE = /^[\p{L}\p{N}/_](?:[\p{L}\p{N}\p{M} _./@+,;()&'-]*[\p{L}\p{N}\p{M}_./@+)-])?$/u;
const MOMENT = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?)?$/;
/** What the core schema, or an older reader, takes for something else than text: numbers of any kind, yes and no. */
const OTHER = /^(?:[-+.\d][-+.\dA-Fa-fxXoO_:]*|null|true|false|yes|no|on|off|y|n)$/i;

/** Older readers of YAML take 22:00 for a number of minutes: a colon is bare in a moment alone. */
function printText(text: string, nested: boolean): string {
  if (MOMENT.test(text)) return text;
  if ((nested ? BARE_NESTED : BARE).test(text) && !OTHER.test(text)) return text;
  // JSON leaves bare what YAML calls unprintable.
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
