/**
 * The port of one-time codes, by otplib: what a token shows at a moving factor, compared with what was typed. HOTP and
 * TOTP are one here, for the step of TOTP is the counter of HOTP (RFC 6238 4.2); which factors may be asked is
 * edge/access's. Six digits, as all tokens of a site have.
 */
import { equalBytes, utf8 } from "@lintel/protocol/base/bytes.ts";
import type { Secret, SecretText } from "@lintel/protocol/base/secret.ts";
import type { KeysetOtp } from "@lintel/protocol/keyset/keyset.ts";
import { createGuardrails, generateSync, type HashAlgorithm, NobleCryptoPlugin } from "otplib";
import type { TypedOtp } from "../access/tokens.ts";
import { LIMITS } from "./limits.ts";

/** The secret of a token, or null where it does not open here. */
export type OpenOtp = (otp: KeysetOtp) => Secret | null;

const CRYPTO = new NobleCryptoPlugin();
// otplib 13.5.0 throws at more than 64 bytes by itself; a site file may name secrets of 128.
const GUARDRAILS = createGuardrails({
  MIN_SECRET_BYTES: LIMITS.otpSecretBytesMin,
  MAX_SECRET_BYTES: LIMITS.otpSecretBytesMax,
});
const HASHES: Readonly<Record<KeysetOtp["algorithm"], HashAlgorithm>> = {
  SHA1: "sha1",
  SHA256: "sha256",
  SHA512: "sha512",
};

/** `digits` are six. Each secret is opened once for the entry, and let go with it. */
export function typedOtp(digits: SecretText, open: OpenOtp): TypedOtp {
  const opened = new Map<KeysetOtp, Secret | null>();
  return {
    shows(otp, factor) {
      if (!opened.has(otp)) opened.set(otp, usable(open(otp)));
      const secret = opened.get(otp);
      if (secret == null) return false;
      const shown = shownBy(secret, otp.algorithm, factor);
      return digits.use((typed) => equalBytes(utf8(typed), utf8(shown)));
    },
  };
}

/** A secret of another length is none of a site file: it matches nothing, it does not end the edge. */
function usable(secret: Secret | null): Secret | null {
  if (secret === null) return null;
  return secret.length >= LIMITS.otpSecretBytesMin && secret.length <= LIMITS.otpSecretBytesMax ? secret : null;
}

/** What a token of six digits shows. `factor` is a whole number from 0. */
export function shownBy(secret: Secret, algorithm: KeysetOtp["algorithm"], factor: number): string {
  return secret.use((bytes) =>
    generateSync({
      strategy: "hotp",
      secret: bytes,
      counter: factor,
      algorithm: HASHES[algorithm],
      digits: 6,
      crypto: CRYPTO,
      guardrails: GUARDRAILS,
    }),
  );
}
