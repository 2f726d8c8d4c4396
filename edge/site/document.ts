/**
 * A site file as YAML 1.2 nodes that know their place. What is not YAML at all, or says one field twice, ends here:
 * nobody can tell what it means. What the values mean is read.ts.
 */
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
} from "yaml";
import { LIMITS } from "./limits.ts";
import { type Path, quoted } from "./problem.ts";

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Why a text is no site file at all. */
export interface Unreadable extends Place {
  readonly kind: "not-yaml" | "too-long" | "too-deep";
  readonly message: string;
}

export interface SiteDocument {
  readonly root: Node | null;
  readonly lines: LineCounter;
  /** What each alias means. */
  readonly meant: ReadonlyMap<Alias, Node>;
}

export function openDocument(text: string): Result<SiteDocument, Unreadable> {
  if (text.length > LIMITS.textLength)
    return fail({ kind: "too-long", line: 1, column: 1, message: `over ${LIMITS.textLength} characters` });
  const lines = new LineCounter();
  let yaml: Document;
  let walked: Walked;
  try {
    yaml = parseDocument(text, OPTIONS(lines));
    walked = walk(yaml);
  } catch {
    // The parser recurses; only nesting beyond any sense ends its stack.
    return fail({ kind: "too-deep", line: 1, column: 1, message: "nested too deeply" });
  }
  const fault = yaml.errors[0] ?? yaml.warnings[0];
  if (fault !== undefined) {
    const place = placeAt(lines, fault.pos[0]);
    const message =
      fault.code === "MULTIPLE_DOCS"
        ? "a second document begins here, expected one"
        : quoted(fault.message.replace(/\n[\s\S]*$/, ""));
    return fail({ kind: "not-yaml", ...place, message });
  }
  // YAML 1.1 reads 012345, yes and 09:00 as other values: a file may not switch to it.
  if (yaml.directives?.yaml.version !== "1.2")
    return fail({ kind: "not-yaml", line: 1, column: 1, message: "another version of YAML, expected 1.2" });
  const { fault: wrong, meant } = walked;
  if (wrong !== null) return fail({ kind: "not-yaml", ...placeAt(lines, wrong.offset), message: wrong.message });
  return ok({ root: yaml.contents as Node | null, lines, meant });
}

interface Walked {
  readonly meant: ReadonlyMap<Alias, Node>;
  /** The first thing that nobody can tell the meaning of. */
  readonly fault: { readonly offset: number; readonly message: string } | null;
}

/** One walk for what yaml (2.9.1) finds by walking anew for each: of 100,000 aliases or fields that would take hours. */
function walk(yaml: Document): Walked {
  const anchors = new Map<string, Node>();
  const meant = new Map<Alias, Node>();
  let fault: Walked["fault"] = null;
  visit(yaml, {
    Node(_, node) {
      if (!isAlias(node)) {
        if (node.anchor !== undefined) anchors.set(node.anchor, node);
        const twice = fieldTwice(node);
        if (twice === null) return undefined;
        const message = `the field ${quoted(nameOf(twice))} stands twice in one mapping`;
        fault = { offset: offsetOf(twice) ?? 0, message };
        return visit.BREAK;
      }
      const means = anchors.get(node.source);
      if (means !== undefined) meant.set(node, means);
      else fault = { offset: offsetOf(node) ?? 0, message: "an alias without its anchor before it" };
      return means === undefined ? visit.BREAK : undefined;
    },
  });
  return { meant, fault };
}

/** The second key of one name in a mapping; null for none, and for what is no mapping. */
function fieldTwice(node: Node): Node | null {
  if (!isMap(node)) return null;
  const names = new Set<string>();
  for (const { key } of node.items as Pair<Node, Node | null>[]) {
    if (!isScalar(key)) continue;
    if (names.has(nameOf(key))) return key;
    names.add(nameOf(key));
  }
  return null;
}

function nameOf(key: Node): string {
  return isScalar(key) ? String(key.value) : "";
}

const OPTIONS = (lineCounter: LineCounter) =>
  ({
    lineCounter,
    version: "1.2",
    schema: "core",
    resolveKnownTags: false,
    strict: true,
    // Asked in one walk over the whole.
    uniqueKeys: false,
    stringKeys: true,
    // Its messages would quote the line, and with it a code.
    prettyErrors: false,
    // Silent would also keep a second document to itself.
    logLevel: "error",
  }) as const;

/** The node that an alias means; null where it means none. */
export function resolved(document: SiteDocument, node: Node | null | undefined): Node | null {
  if (!isAlias(node)) return node ?? null;
  return document.meant.get(node) ?? null;
}

/** The pairs of a mapping by their field's name. */
export function pairsOf(node: Node): readonly { name: string; pair: Pair<Node, Node | null> }[] {
  if (!isMap(node)) return [];
  return (node.items as Pair<Node, Node | null>[]).map((pair) => ({
    name: nameOf(pair.key),
    pair,
  }));
}

/**
 * Where `path` stands: a single value at itself, a list or mapping at the name of its field, what is not there at the
 * mapping that misses it.
 */
export function placeOf(document: SiteDocument, path: Path): Place {
  let node = resolved(document, document.root);
  let offset = offsetOf(node) ?? 0;
  for (const step of path) {
    const inner = stepInto(node, step);
    if (inner === null) break;
    node = resolved(document, inner.value);
    const own = offsetOf(inner.value);
    offset = (isScalar(node) || inner.name === null ? own : offsetOf(inner.name)) ?? offsetOf(inner.name) ?? offset;
  }
  return placeAt(document.lines, offset);
}

/** Where the name of the field stands at the end of `path`. */
export function placeOfName(document: SiteDocument, path: Path): Place {
  let node = resolved(document, document.root);
  let offset = 0;
  for (const step of path) {
    const inner = stepInto(node, step);
    if (inner === null) break;
    node = resolved(document, inner.value);
    offset = offsetOf(inner.name) ?? offsetOf(inner.value) ?? offset;
  }
  return placeAt(document.lines, offset);
}

/** Whether a list stands at `path`. */
export function isListAt(document: SiteDocument, path: Path): boolean {
  let node = resolved(document, document.root);
  for (const step of path) node = resolved(document, stepInto(node, step)?.value);
  return isSeq(node);
}

function stepInto(node: Node | null, step: string | number): { name: Node | null; value: Node | null } | null {
  if (typeof step === "number") {
    if (!isSeq(node) || step >= node.items.length) return null;
    return { name: null, value: node.items[step] as Node | null };
  }
  const pairs = isMap(node) ? (node.items as Pair<Node, Node | null>[]) : [];
  const found = pairs.find(({ key }) => nameOf(key) === step);
  return found === undefined ? null : { name: found.key, value: found.value };
}

function offsetOf(node: Node | null): number | null {
  return node?.range?.[0] ?? null;
}

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}
