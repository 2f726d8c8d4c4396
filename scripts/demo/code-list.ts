/**
 * Which codes the demo has, and what each does at each door: asked of the decision itself, so that the list cannot say
 * what the door would not do.
 */
import { randomBytes } from "node:crypto";
import { decide, NOTHING_USED } from "@lintel/edge/access/decide.ts";
import { readEntry } from "@lintel/edge/box/entry.ts";
import { holdEdge } from "@lintel/edge/box/held-edge.ts";
import type { Site, SiteCode } from "@lintel/edge/site/site.ts";
import { SecretText } from "@lintel/protocol/base/secret.ts";
import type { Instant } from "@lintel/protocol/base/units.ts";

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
  const { held, reading } = holdEdge(site, edge, randomBytes);
  const at = (digits: SecretText) =>
    held.keyset.doors.map(({ id }) => {
      const entry = readEntry(held, id, digits, reading);
      const attempt = { door: id, entry, at: now, clock: "trusted", peersClosed: true } as const;
      const { outcome, reasons } = decide(held, attempt, NOTHING_USED);
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
