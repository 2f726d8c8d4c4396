/**
 * The codes of a site between its file, where they may stand as `kept`, and the store, where they lie sealed. A code is
 * in clear only for as long as a site is judged, compiled or shown to somebody who may see it.
 */

import type { CodeId, Site, SiteCode } from "@lintel/edge/site/site.ts";
import { invariant } from "@lintel/protocol/base/invariant.ts";
import type { SecretText } from "@lintel/protocol/base/secret.ts";
import type { AuthorityKeys } from "./keys.ts";
import type { AuthorityStore, Ports } from "./ports.ts";
import { sealText, unsealText } from "./seal.ts";

export type Codes = ReadonlyMap<string, SecretText>;

/** All stored codes, by what they belong to. A row that does not open is damage or another vault: nothing goes on. */
export function revealCodes(store: AuthorityStore, keys: AuthorityKeys): Codes {
  return new Map(
    [...store.codes()].map(([id, sealed]) => {
      const code = unsealText(keys.sealing, id, sealed);
      invariant(code.ok, "a stored code opens under the vault's key", { id });
      return [id, code.value] as const;
    }),
  );
}

export function sealCodes({ keys, random }: Pick<Ports, "keys" | "random">, codes: Codes): Map<string, Uint8Array> {
  return new Map([...codes].map(([id, code]) => [id, sealText(keys.sealing, id, code, random)] as const));
}

/** The site with `kept` codes filled in; what is not stored stays `kept`. */
export function fillCodes(site: Site, codes: Codes): Site {
  return withCodes(site, (id, code) => (code === "kept" ? (codes.get(id) ?? "kept") : code));
}

/** The site as it is stored and exported: every code is `kept`. */
export function keepCodes(site: Site): Site {
  return withCodes(site, () => "kept");
}

function withCodes(site: Site, of: (id: CodeId, code: SecretText | "kept") => SecretText | "kept"): Site {
  const changed = (id: CodeId, code: SiteCode): SiteCode => (code === null ? null : of(id, code));
  return {
    ...site,
    doors: site.doors.map((door) => ({
      ...door,
      masterCode: changed(`doors/${door.id}/masterCode`, door.masterCode),
    })),
    keys: site.keys.map((key) => ({
      ...key,
      pin: changed(`keys/${key.id}/pin`, key.pin),
      duressPin: changed(`keys/${key.id}/duressPin`, key.duressPin),
      otp: key.otp === null ? null : { ...key.otp, secret: of(`keys/${key.id}/otp.secret`, key.otp.secret) },
    })),
  };
}
