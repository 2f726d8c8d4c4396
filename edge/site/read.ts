/**
 * A site file, read: text → Site, or everything that is wrong with it, each with its place. Two stages: the shape of
 * every field, then, if all have their shape, what they mean together (domain-rules, "Site files"). All faults of a
 * stage are named. Warnings never stand in the way.
 */
import { checkCodes } from "./check-codes.ts";
import { checkDoors } from "./check-doors.ts";
import { checkReferences } from "./check-references.ts";
import { checkTimes } from "./check-times.ts";
import { isListAt, openDocument, placeOf, placeOfName, type SiteDocument, type Unreadable } from "./document.ts";
import { checkEnforced } from "./enforced.ts";
import type { Finding } from "./finding.ts";
import { LIMITS } from "./limits.ts";
import { inOrder, type Path, type Problem, pathText } from "./problem.ts";
import { site as siteReader } from "./read-site.ts";
import { type Reading, read } from "./reader.ts";
import type { Site } from "./site.ts";

export interface SiteRead {
  /** Null where there is an error. */
  readonly site: Site | null;
  /** In the order of the file, at most LIMITS.problems. */
  readonly problems: readonly Problem[];
  /** Why the text is no YAML mapping of fields at all; then `problems` holds that alone. */
  readonly unreadable: Unreadable | null;
}

export function readSite(text: string): SiteRead {
  const opened = openDocument(text);
  if (!opened.ok) {
    const { line, column, message } = opened.error;
    const problem = { severity: "error", line, column, path: "", message } as const;
    return { site: null, problems: [problem], unreadable: opened.error };
  }
  const document = opened.value;
  const { site, problems } = readShape(document, text.length);
  if (site === null) return { site: null, problems: inOrder(problems), unreadable: null };
  const found = checkSite(site).map((finding) => placed(document, finding));
  const faulty = found.some(({ severity }) => severity === "error");
  return { site: faulty ? null : site, problems: inOrder(bounded(found)), unreadable: null };
}

/** What the fields of a well-shaped site mean together: for a file, and for what an API puts together. */
export function checkSite(site: Site): readonly Finding[] {
  return [
    ...checkReferences(site),
    ...checkTimes(site),
    ...checkDoors(site),
    ...checkCodes(site),
    ...checkEnforced(site),
  ];
}

/** `length` of its text. */
function readShape(document: SiteDocument, length: number): { site: Site | null; problems: Problem[] } {
  const problems: Problem[] = [];
  const early: { path: Path; message: string }[] = [];
  let beyond = 0;
  let values = 0;
  // A value that is written has a character at least: beyond that, aliases of aliases grow without end.
  const most = Math.min(LIMITS.values, length + LIMITS.aliasValues);
  const reading: Reading = {
    document,
    report(path, message, at) {
      if (problems.length >= LIMITS.problems) {
        beyond += 1;
        return;
      }
      const place = at === "name" ? placeOfName(document, path) : placeOf(document, path);
      problems.push({ severity: "error", ...place, path: pathText(path), message });
    },
    early: (path, message) => void early.push({ path, message }),
    spend() {
      values += 1;
      if (values === most) reading.report([], `more than ${most} values, aliases counted each time`);
      return values < most;
    },
  };
  const site = read(siteReader, document.root, [], reading) ?? null;
  if (site === null) for (const { path, message } of early) reading.report(path, message);
  if (beyond > 0) problems.push(more(beyond));
  return { site, problems };
}

/** Errors first, where not all are reported. */
function bounded(problems: readonly Problem[]): readonly Problem[] {
  if (problems.length <= LIMITS.problems) return problems;
  const bySeverity = [...problems].sort((a, b) => a.severity.localeCompare(b.severity));
  return [...bySeverity.slice(0, LIMITS.problems), more(problems.length - LIMITS.problems)];
}

function more(count: number): Problem {
  return { severity: "error", line: 1, column: 1, path: "", message: `${count} more problems are not shown` };
}

function placed(document: SiteDocument, { severity, path, message }: Finding): Problem {
  const own = asWritten(document, path);
  return { severity, ...placeOf(document, own), path: pathText(own), message };
}

/** `restriction` is a list of members to the checks; in the file a single one may stand without its list. */
function asWritten(document: SiteDocument, path: Path): Path {
  const single = path[0] === "keys" && path[2] === "restriction" && !isListAt(document, path.slice(0, 3));
  return single ? [...path.slice(0, 3), ...path.slice(4)] : path;
}
