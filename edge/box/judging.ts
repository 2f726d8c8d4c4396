/**
 * A finished entry becomes a decision. The digits end here: an index to look up, a comparison with tokens, a fingerprint
 * for the record, and nothing else is made of them.
 */
import type { SecretText } from "@lintel/protocol/base/secret.ts";
import { type Decision, decide } from "../access/decide.ts";
import type { HeldKeyset } from "../access/hold.ts";
import type { ConsumptionChange } from "../journal/journal.ts";
import { readEntry } from "./entry.ts";
import type { Recorder } from "./recorder.ts";
import type { EdgeTime } from "./time.ts";
import type { Vault } from "./vault.ts";

export interface JudgedEntry {
  readonly decision: Decision;
  /** Of an unknown code alone: repeats show without the digits (d1.7). */
  readonly fingerprint: string | null;
  /** What must be durable with the record: a use, the place of a token, both, or nothing. */
  readonly consumption: readonly ConsumptionChange[];
}

export interface Judging {
  readonly vault: Vault;
  readonly time: EdgeTime;
  readonly recorder: Recorder;
  /** Whether every door that the interlock of this one names is closed. */
  readonly peersClosed: boolean;
}

/** Changes nothing: neither a count nor a clock. */
export function judgeEntry(
  keyset: HeldKeyset,
  door: string,
  typed: SecretText,
  { vault, time, recorder, peersClosed }: Judging,
): JudgedEntry {
  const at = time.now;
  const entry = readEntry(keyset, door, typed, {
    indexOf: (digits) => vault.codeIndex(digits),
    openOtp: (otp) => vault.openOtp(otp),
  });
  const decision = decide(keyset, { door, entry, at, clock: time.trust, peersClosed }, recorder.uses);
  const consumption: ConsumptionChange[] = [];
  const { consumes, moves } = decision;
  if (consumes !== null) consumption.push({ kind: "uses", uses: recorder.uses.plan(consumes, at) });
  if (moves !== null) {
    const { key, issue, next } = moves;
    consumption.push({ kind: "otp", otp: { key, issue, next } });
  }
  const unknown = decision.reasons.includes("unknown-code");
  return { decision, fingerprint: unknown ? vault.fingerprint(typed) : null, consumption };
}
