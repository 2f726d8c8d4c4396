/**
 * What one edge gets of a site: its doors, the keys that open them, and what these name. Codes become index entries;
 * no digit goes in. The same site, codes and arguments make the same keyset.
 */
import { fromBase32 } from "@lintel/protocol/base/base32.ts";
import { invariant } from "@lintel/protocol/base/invariant.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { Secret, SecretText } from "@lintel/protocol/base/secret.ts";
import type { Instant } from "@lintel/protocol/base/units.ts";
import type {
  CodeEntry,
  Keyset,
  KeysetDoor,
  KeysetKey,
  KeysetOtp,
  Restriction,
} from "@lintel/protocol/keyset/keyset.ts";
import type { OtpOwner } from "@lintel/protocol/keyset/otp-seal.ts";
import { withheldAtDoor, withheldAtKey } from "./enforced.ts";
import { beginOf, endOf } from "./lengths.ts";
import {
  type CodeId,
  doorsNamed,
  edgesOfDoors,
  type Site,
  type SiteCode,
  type SiteDoor,
  type SiteKey,
} from "./site.ts";

export interface Compiling {
  readonly number: number;
  readonly issuedAt: Instant;
  /** The keyed index of a code at this edge (protocol/keyset/code-index.ts). */
  readonly indexOf: (digits: SecretText) => Uint8Array;
  /** Seals the secret of a token to this edge, equally for equal secrets (protocol/keyset/otp-seal.ts). */
  readonly sealOtp: (owner: OtpOwner, secret: Secret) => Uint8Array;
  /** The stored code that `kept` stands for, or null. */
  readonly codes: (id: CodeId) => SecretText | null;
  /** `deny` (default): a `kept` code that is not stored is a refusal. `skip`: it matches nothing (explain, rehearse). */
  readonly unstored?: "deny" | "skip";
}

export type CompileError =
  | { readonly kind: "unknown-edge"; readonly edge: string }
  | { readonly kind: "codes-not-stored"; readonly ids: readonly CodeId[] };

/** `site` was read without errors. */
export function compileKeyset(site: Site, edge: string, with_: Compiling): Result<Keyset, CompileError> {
  if (!site.edges.some(({ id }) => id === edge)) return fail({ kind: "unknown-edge", edge });
  const edges = edgesOfDoors(site);
  const doors = site.doors.filter(({ id }) => edges.get(id) === edge);
  const here = new Set(doors.map(({ id }) => id));
  const at = (which: SiteKey["doors"]) => [...new Set(doorsNamed(site, which))].filter((door) => here.has(door));
  const keys = site.keys.filter((key) => at(key.doors).length > 0);
  const named = new Set(keys.flatMap((key) => schedulesOf(key.restrictions)));
  const missing: CodeId[] = [];
  const codes = compileCodes(doors, keys, with_, missing);
  const otps = compileOtps(keys, with_, missing);
  if (missing.length > 0 && with_.unstored !== "skip") return fail({ kind: "codes-not-stored", ids: missing });
  return ok({
    site: site.site.id,
    siteName: site.site.name,
    edge,
    number: with_.number,
    issuedAt: with_.issuedAt,
    buses: site.buses.filter((bus) => bus.edge === edge).map(({ id, port, baud }) => ({ id, port, baud })),
    doors: doors.map((door) => compileDoor(door, here)),
    schedules: site.schedules.filter(({ id }) => named.has(id)),
    holidays: site.holidays
      .map((holiday) => ({ ...holiday, doors: at(holiday.doors) }))
      .filter((holiday) => holiday.doors.length > 0),
    keys: keys.map((key) => compileKey(key, at(key.doors))),
    codes,
    otps,
  });
}

function compileDoor(door: SiteDoor, here: ReadonlySet<string>): KeysetDoor {
  const { masterCode: _master, bareCodes: _bare, phones: _phones, ...enforced } = door;
  return {
    ...enforced,
    interlock: door.interlock.filter((peer) => here.has(peer)),
    withheld: withheldAtDoor(door),
  };
}

function compileKey(key: SiteKey, doors: readonly string[]): KeysetKey {
  const { id, issue, user, enabled, role, kind, restrictions, remote, extended } = key;
  return {
    id,
    issue,
    user,
    doors,
    enabled,
    role,
    kind,
    restrictions,
    validFrom: beginOf(key.validFrom),
    validUntil: endOf(key.validUntil),
    remote,
    extended,
    withheld: withheldAtKey(key),
  };
}

function schedulesOf(restrictions: readonly Restriction[]): readonly string[] {
  return restrictions.flatMap((restriction) => (restriction.kind === "scheduled" ? restriction.schedules : []));
}

/** Sorted by index: their order then says nothing of who holds which, nor which of a key's two is typed under duress. */
function compileCodes(
  doors: readonly SiteDoor[],
  keys: readonly SiteKey[],
  { codes, indexOf }: Compiling,
  missing: CodeId[],
): readonly CodeEntry[] {
  const entries: CodeEntry[] = [];
  const add = (id: CodeId, code: SiteCode, entry: (index: Uint8Array) => CodeEntry) => {
    if (code === null) return;
    const digits = code instanceof SecretText ? code : codes(id);
    if (digits === null) missing.push(id);
    else entries.push(entry(indexOf(digits)));
  };
  for (const { id, masterCode } of doors)
    add(`doors/${id}/masterCode`, masterCode, (index) => ({ kind: "master", index, door: id }));
  for (const { id, pin, duressPin } of keys) {
    add(`keys/${id}/pin`, pin, (index) => ({ kind: "pin", index, key: id }));
    add(`keys/${id}/duressPin`, duressPin, (index) => ({ kind: "duress", index, key: id }));
  }
  return entries.sort((a, b) => compareBytes(a.index, b.index));
}

/** What a secret that is not stored stands as, where that is no refusal: it opens for nobody, so it matches nothing. */
const UNSTORED = new Uint8Array(0);

function compileOtps(keys: readonly SiteKey[], { codes, sealOtp }: Compiling, missing: CodeId[]): readonly KeysetOtp[] {
  return keys.flatMap(({ id, issue, otp }) => {
    if (otp === null) return [];
    const { type, slot, algorithm, period, counter } = otp;
    const name: CodeId = `keys/${id}/otp.secret`;
    const secret = otp.secret === "kept" ? codes(name) : otp.secret;
    if (secret === null) missing.push(name);
    const sealed = secret === null ? UNSTORED : sealOtp({ key: id, issue }, bytesOf(secret, id));
    return [{ key: id, type, slot, algorithm, period, counter, secret: sealed }];
  });
}

function bytesOf(secret: SecretText, key: string): Secret {
  const bytes = secret.use(fromBase32);
  invariant(bytes.ok, "the secret of a token is base32: it was read so", { key });
  return new Secret(bytes.value);
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return a[at]! - b[at]!;
  return 0;
}
