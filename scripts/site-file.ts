/** A site file as commands take it: read from disk, refused with every fault named, each on its line. */
import { readFileSync } from "node:fs";
import type { Problem } from "@lintel/edge/site/problem.ts";
import { readSite, type SiteRead } from "@lintel/edge/site/read.ts";
import type { Site } from "@lintel/edge/site/site.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { wrongUse } from "./command.ts";

/** The text of a file, or in words why there is none. */
export function readText(path: string): Result<string, string> {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    return fail(SENTENCES[(error as NodeJS.ErrnoException).code ?? ""] ?? `cannot be read: ${error}`);
  }
  try {
    return ok(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return fail("is not UTF-8 text");
  }
}

const SENTENCES: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "is a folder, expected a file",
  EACCES: "may not be read: permission denied",
  EPERM: "may not be read: permission denied",
};

/** The site of a file without errors. Anything else ends the command, with every error of the file (exit 2). */
export function requireSite(path: string): Site {
  const text = readText(path);
  if (!text.ok) throw wrongUse(`${path}: ${text.error}`);
  return requireSiteText(path, text.value);
}

/** As `requireSite`, where the text was read already. `path` names it in messages. */
export function requireSiteText(path: string, text: string): Site {
  const read = readSite(text);
  if (read.site !== null) return read.site;
  if (read.unreadable !== null) throw wrongUse(unreadableSentence(path, read));
  const errors = read.problems.filter(({ severity }) => severity === "error");
  throw wrongUse([`${path} has errors`, ...errors.map((problem) => problemLine(path, problem))].join("\n"));
}

export function unreadableSentence(path: string, { problems }: SiteRead): string {
  const { line, column, message } = problems[0]!;
  return `${path}:${line}:${column}: not a YAML file that can be read: ${message}`;
}

/** `FILE:LINE:COL: severity: path: message` (design 5.4). */
export function problemLine(path: string, problem: Problem): string {
  const { line, column, severity, message } = problem;
  return `${path}:${line}:${column}: ${severity}: ${problem.path}: ${message}`;
}
