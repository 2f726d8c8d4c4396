/**
 * Which codes the demo has, and what each does at each door: asked of the decision itself, so that the list cannot say
 * what the door would not do.
 */
import { randomBytes } from "node:crypto";
import { decide } from "@lintel/edge/access/decide.ts";
import { holdKeyset } from "@lintel/edge/access/hold.ts";
import { compileKeyset } from "@lintel/edge/site/compile.ts";
import type { Site, SiteCode } from "@lintel/edge/site/site.ts";
import { invariant } from "@lintel/protocol/base/invariant.ts";
import { Secret, SecretText } from "@lintel/protocol/base/secret.ts";
import type { Instant } from "@lintel/protocol/base/units.ts";
import { codeIndex } from "@lintel/protocol/keyset/code-index.ts";

export interface ListedCode {
  /** The demo's codes are published in its site file: they are no secrets. */
  readonly digits: string;
  readonly whose: string;
  /** Per door, `opens` or the reasons. */
  readonly at: readonly { readonly door: string; readonly answer: string }[];
}

/** Nobody's: six digits that no key of the site has. */
const UNKNOWN = "111111";

export function listCodes(site: Site, edge: string, now: Instant): readonly ListedCode[] {
  const key = new Secret(randomBytes(32));
  const indexOf = (digits: SecretText) => codeIndex(key, digits);
  const keyset = compileKeyset(site, edge, { number: 1, issuedAt: now, indexOf, codes: () => null });
  invariant(keyset.ok, "the demo's site compiles");
  const held = holdKeyset(keyset.value);
  const unused = { usesOf: () => ({ count: 0, doors: [], firstAt: null }) };
  const at = (digits: SecretText) =>
    keyset.value.doors.map(({ id }) => {
      const entry = { kind: "code", index: indexOf(digits) } as const;
      const { outcome, reasons } = decide(held, { door: id, entry, at: now, clock: "trusted" }, unused);
      return { door: id, answer: outcome === "grant" ? "opens" : `refused, ${reasons.join(", ")}` };
    });
  return codesOf(site).map(({ code, whose }) => ({ digits: code.use((digits) => digits), whose, at: at(code) }));
}

function codesOf(site: Site): readonly { readonly code: SecretText; readonly whose: string }[] {
  const names = new Map(site.users.map(({ id, name }) => [id, name]));
  const said = (code: SiteCode, whose: string) => (code instanceof SecretText ? [{ code, whose }] : []);
  return [
    ...site.keys.flatMap((key) => {
      const once = key.restrictions.some(({ kind }) => kind === "one-time") ? ", once" : "";
      return said(key.pin, `${names.get(key.user) ?? key.user}${once}`);
    }),
    ...site.doors.flatMap((door) => said(door.masterCode, `master code, ${door.name}`)),
    { code: new SecretText(UNKNOWN), whose: "nobody" },
  ];
}
