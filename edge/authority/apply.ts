/**
 * A site file before it is in force: read, completed with the codes that it keeps, judged against what is held, and
 * compared with it. Changes nothing. What only the authority can know is judged here: `kept` without a stored code,
 * codes that clash with kept ones, an issue number below one that was seen, another site.
 */

import { type Change, diffSites } from "@lintel/edge/site/diff.ts";
import { openDocument, placeOf } from "@lintel/edge/site/document.ts";
import { error, type Finding } from "@lintel/edge/site/finding.ts";
import { inOrder, type Path, type Problem, pathText } from "@lintel/edge/site/problem.ts";
import { checkSite, readSite } from "@lintel/edge/site/read.ts";
import { codesOf, type Site } from "@lintel/edge/site/site.ts";
import { writeSite } from "@lintel/edge/site/write.ts";
import { invariant } from "@lintel/protocol/base/invariant.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { type Codes, fillCodes, keepCodes } from "./codes.ts";
import type { AuthorityStore } from "./ports.ts";

/** What is in force. */
export interface Held {
  readonly site: Site | null;
  readonly codes: Codes;
  /** The highest issue ever seen of each key, also of keys that are gone. */
  readonly issueFloors: ReadonlyMap<string, number>;
}

export interface Plan {
  /** Every code is `kept`: the digits are in `codes`. */
  readonly site: Site;
  /** As `export` writes it. */
  readonly text: string;
  readonly codes: Codes;
  readonly issues: ReadonlyMap<string, number>;
  readonly changes: readonly Change[];
}

export type ApplyRefusal =
  | { readonly kind: "faulty"; readonly problems: readonly Problem[] }
  /** Something opens to more people, or for longer, and nobody said that it may. */
  | { readonly kind: "widens"; readonly changes: readonly Change[] };

export function planApply(text: string, held: Held): Result<Plan, ApplyRefusal> {
  const read = readSite(text);
  if (read.site === null) return fail({ kind: "faulty", problems: read.problems });
  const filled = fillCodes(read.site, held.codes);
  const found = [
    ...otherSite(filled, held),
    ...codesNotStored(filled),
    ...issuesFallen(filled, held),
    ...checkSite(filled).filter(({ severity }) => severity === "error"),
  ];
  if (found.length > 0) return fail({ kind: "faulty", problems: inOrder(placed(text, found)) });
  const from = held.site === null ? null : fillCodes(held.site, held.codes);
  return ok({
    site: keepCodes(filled),
    text: writeSite(filled, { codes: "kept" }),
    codes: codesIn(filled),
    issues: new Map(filled.keys.map(({ id, issue }) => [id, issue])),
    changes: diffSites(from, filled),
  });
}

/** The site in force, as it was stored. */
export function storedSite(store: AuthorityStore): Site | null {
  const stored = store.site();
  if (stored === null) return null;
  const read = readSite(stored.text);
  invariant(read.site !== null, "a stored site reads as it was written", { problems: read.problems.length });
  return read.site;
}

function otherSite({ site }: Site, held: Held): readonly Finding[] {
  if (held.site === null || held.site.site.id === site.id) return [];
  return [error(["site", "id"], `${site.id}, but this authority is of site ${held.site.site.id}; a site keeps its id`)];
}

function codesNotStored(site: Site): readonly Finding[] {
  return codesOf(site)
    .filter(({ code }) => code === "kept")
    .map(({ id }) => error(pathOf(site, id), "kept, but no code is stored for it; write the code itself"));
}

/** Uses begin again with every issue: a number that comes back would revive what was used up. */
function issuesFallen(site: Site, { issueFloors }: Held): readonly Finding[] {
  return site.keys.flatMap(({ id, issue }, at) => {
    const floor = issueFloors.get(id) ?? 0;
    if (issue >= floor) return [];
    return [error(["keys", at, "issue"], `${issue}, but key ${id} was issued as ${floor} before; ${floor} or more`)];
  });
}

function codesIn(site: Site): Codes {
  return new Map(
    codesOf(site).map(({ id, code }) => {
      invariant(code !== "kept", "every code is filled in", { id });
      return [id, code] as const;
    }),
  );
}

/** Where the code of that name stands: `keys/k1/otp.secret` → ["keys", 0, "otp", "secret"]. */
function pathOf(site: Site, id: string): Path {
  const [list, owner, field] = id.split("/");
  const members: readonly { readonly id: string }[] = list === "doors" ? site.doors : site.keys;
  return [list!, members.findIndex((member) => member.id === owner), ...field!.split(".")];
}

function placed(text: string, found: readonly Finding[]): readonly Problem[] {
  const document = openDocument(text);
  invariant(document.ok, "a text that was read is one that opens");
  return found.map(({ severity, path, message }) => {
    return { severity, ...placeOf(document.value, path), path: pathText(path), message };
  });
}
