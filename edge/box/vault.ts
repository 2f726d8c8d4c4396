/**
 * The KeyVault: what is done with the secrets of this edge, so that the secrets themselves go nowhere. K_index is
 * derived when the edge is adopted and lives in memory alone (design 4); what rests in the store is sealed here.
 */

import { concat, utf8 } from "@lintel/protocol/base/bytes.ts";
import { invariant } from "@lintel/protocol/base/invariant.ts";
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { Secret, type SecretText } from "@lintel/protocol/base/secret.ts";
import { codeIndex, deriveIndexKey, fingerprint } from "@lintel/protocol/keyset/code-index.ts";
import type { KeysetOtp } from "@lintel/protocol/keyset/keyset.ts";
import { deriveOtpSealKeys, type OtpSealKeys, openOtpSecret } from "@lintel/protocol/keyset/otp-seal.ts";
import { agree, mqttPassword } from "@lintel/protocol/mqtt/agreement.ts";
import { type Covert, type CovertPlace, deriveCovertKey, sealCovert } from "@lintel/protocol/mqtt/covert.ts";
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import type { Adoption, EdgeKeys } from "./ports.ts";

const NONCE_BYTES = 12;

export class Vault {
  readonly #keys: EdgeKeys;
  readonly #random: RandomBytes;
  #index: Secret | null = null;
  #otp: OtpSealKeys | null = null;
  #covert: Secret | null = null;
  #password: SecretText | null = null;

  constructor(keys: EdgeKeys, random: RandomBytes) {
    invariant(keys.sealing.length === 32, "a sealing key has 32 bytes", { length: keys.sealing.length });
    this.#keys = keys;
    this.#random = random;
  }

  /** Derives what belongs to this adoption. A peer's key of low order is refused. */
  adopt({ site, edge, agreement }: Adoption): Result<null, { readonly kind: "weak-key" }> {
    const shared = agree(this.#keys.agreement, agreement);
    if (!shared.ok) return shared;
    this.#index = deriveIndexKey(shared.value, { site, edge });
    this.#otp = deriveOtpSealKeys(shared.value, { site, edge });
    this.#covert = deriveCovertKey(shared.value, { site, edge });
    this.#password = mqttPassword(shared.value, site, edge);
    return ok(null);
  }

  codeIndex(digits: SecretText): Uint8Array {
    return codeIndex(this.#indexKey(), digits);
  }

  fingerprint(digits: SecretText): string {
    return fingerprint(this.#indexKey(), digits);
  }

  /** The secret of a token, for as long as an entry is compared with it. Null: it was not sealed for this edge and key. */
  openOtp({ key, secret }: KeysetOtp): Secret | null {
    invariant(this.#otp !== null, "codes are judged by an adopted edge alone");
    const opened = openOtpSecret(this.#otp, key, secret);
    return opened.ok ? opened.value : null;
  }

  /** The sealed field of a grant's record. */
  sealCovert(place: CovertPlace, covert: Covert): string {
    invariant(this.#covert !== null, "codes are judged by an adopted edge alone");
    return sealCovert(this.#covert, place, covert, this.#random);
  }

  mqttPassword(): SecretText {
    invariant(this.#password !== null, "only an adopted edge connects");
    return this.#password;
  }

  /** Sealed for `label` alone: what is sealed for one place opens at no other. */
  seal(secret: Secret, label: string): Uint8Array {
    const nonce = this.#random(NONCE_BYTES);
    const sealed = this.#keys.sealing.use((key) =>
      secret.use((bytes) => chacha20poly1305(key, nonce, utf8(label)).encrypt(bytes)),
    );
    return concat(nonce, sealed);
  }

  open(sealed: Uint8Array, label: string): Result<Secret, { readonly kind: "not-ours" }> {
    if (sealed.length < NONCE_BYTES) return fail({ kind: "not-ours" });
    const nonce = sealed.subarray(0, NONCE_BYTES);
    try {
      return ok(
        this.#keys.sealing.use(
          (key) => new Secret(chacha20poly1305(key, nonce, utf8(label)).decrypt(sealed.subarray(NONCE_BYTES))),
        ),
      );
    } catch {
      return fail({ kind: "not-ours" }); // Another KeyVault file, or bytes that were changed.
    }
  }

  #indexKey(): Secret {
    invariant(this.#index !== null, "codes are judged by an adopted edge alone");
    return this.#index;
  }
}
