/**
 * What was typed becomes what the decision may know of it: the keyed index of a code, the slot before a one-time code,
 * or an entry of another length. The digits end here (domain-rules, "Slot form").
 */
import { SecretText } from "@lintel/protocol/base/secret.ts";
import type { Entry } from "../access/decide.ts";
import type { HeldKeyset } from "../access/hold.ts";
import { slotLengthAt } from "../access/tokens.ts";
import { LIMITS as DOOR } from "../door/limits.ts";
import { type OpenOtp, typedOtp } from "./otp.ts";

/** What is done with digits, by whoever holds the keys for it. */
export interface Reading {
  readonly indexOf: (digits: SecretText) => Uint8Array;
  readonly openOtp: OpenOtp;
}

export function readEntry(held: HeldKeyset, door: string, typed: SecretText, reading: Reading): Entry {
  if (!typed.use((text) => /^\d*$/.test(text))) return { kind: "wrong-length" };
  const slotLength = slotLengthAt(held, door);
  if (typed.length === DOOR.codeDigits) {
    return { kind: "code", index: reading.indexOf(typed), otp: typedOtp(typed, reading.openOtp) };
  }
  if (slotLength === null || typed.length !== slotLength + DOOR.codeDigits) return { kind: "wrong-length" };
  const slot = typed.use((text) => text.slice(0, slotLength));
  const code = typed.use((text) => new SecretText(text.slice(slotLength)));
  return { kind: "slot", slot, otp: typedOtp(code, reading.openOtp) };
}
