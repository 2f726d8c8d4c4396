/** One thing wrong with, or worth saying of, a site file: where it stands, and what was seen and expected there. */

export type Severity = "error" | "warning";

/** The way to a value: `["keys", 2, "pin"]`. */
export type Path = readonly (string | number)[];

export interface Problem {
  readonly severity: Severity;
  /** From 1, as editors count. */
  readonly line: number;
  readonly column: number;
  /** `keys[2].pin`; empty for the file itself. */
  readonly path: string;
  /** What was seen and what was expected. Never holds a digit of a code. */
  readonly message: string;
}

/** `keys[2].pin`. A name that is no word of ours is blanked like any other text from the file. */
export function pathText(path: Path): string {
  return path
    .map((step, at) => (typeof step === "number" ? `[${step}]` : `${at === 0 ? "" : "."}${quoted(step)}`))
    .join("");
}

/** Text from the file as it may be shown: short, on one line, and without what could be a code set in a wrong place. */
export function quoted(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return short.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, "·").replace(/\d{6,}/g, (run) => "•".repeat(run.length));
}

/** In the order of the file; errors before warnings at one place. */
export function inOrder(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column || a.severity.localeCompare(b.severity));
}
