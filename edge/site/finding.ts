/** What a check of a site's meaning found, by path: where that stands in a file is read.ts, at an API its caller. */
import type { Path, Severity } from "./problem.ts";

export interface Finding {
  readonly severity: Severity;
  /** A member of the restrictions of a key stands at `["keys", 2, "restriction", 0, …]`, also where it is the only one. */
  readonly path: Path;
  readonly message: string;
}

export function error(path: Path, message: string): Finding {
  return { severity: "error", path, message };
}

export function warning(path: Path, message: string): Finding {
  return { severity: "warning", path, message };
}

/** Every value that was met before, with where it was met first. */
export function repeated<T>(values: Iterable<readonly [T, Path]>): readonly { at: Path; first: Path; value: T }[] {
  const met = new Map<T, Path>();
  const found: { at: Path; first: Path; value: T }[] = [];
  for (const [value, at] of values) {
    const first = met.get(value);
    if (first === undefined) met.set(value, at);
    else found.push({ at, first, value });
  }
  return found;
}
