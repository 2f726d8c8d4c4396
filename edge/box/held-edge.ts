/**
 * A site as one of its edges would hold it, under keys that are thrown away: for whoever asks the decision and
 * changes nothing. Codes that are `kept` in the file match nothing.
 */

import { invariant } from "@lintel/protocol/base/invariant.ts";
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import { Secret, type SecretText } from "@lintel/protocol/base/secret.ts";
import { instant } from "@lintel/protocol/base/units.ts";
import { codeIndex, deriveIndexKey } from "@lintel/protocol/keyset/code-index.ts";
import { deriveOtpSealKeys, openOtpSecret, sealOtpSecret } from "@lintel/protocol/keyset/otp-seal.ts";
import { type HeldKeyset, holdKeyset } from "../access/hold.ts";
import { compileKeyset } from "../site/compile.ts";
import type { Site } from "../site/site.ts";
import type { Reading } from "./entry.ts";

export interface HeldEdge {
  readonly held: HeldKeyset;
  /** Reads what was typed as this edge would. */
  readonly reading: Reading;
}

/** `site` was read without errors, and has the edge. */
export function holdEdge(site: Site, edge: string, random: RandomBytes): HeldEdge {
  const shared = new Secret(random(32));
  const place = { site: site.site.id, edge };
  const indexKey = deriveIndexKey(shared, place);
  const sealKeys = deriveOtpSealKeys(shared, place);
  const indexOf = (digits: SecretText) => codeIndex(indexKey, digits);
  const keyset = compileKeyset(site, edge, {
    number: 1,
    issuedAt: instant(0),
    indexOf,
    sealOtp: (owner, secret) => sealOtpSecret(sealKeys, owner, secret),
    codes: () => null,
    unstored: "skip",
  });
  invariant(keyset.ok, "a checked site compiles for each of its edges", { edge });
  const openOtp: Reading["openOtp"] = ({ key, secret }) => {
    const opened = openOtpSecret(sealKeys, key, secret);
    return opened.ok ? opened.value : null;
  };
  return { held: holdKeyset(keyset.value), reading: { indexOf, openOtp } };
}
