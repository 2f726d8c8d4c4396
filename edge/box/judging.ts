/**
 * A finished entry becomes a decision. The digits end here: an index to look up, a comparison with tokens, a fingerprint
 * for the record, and nothing else is made of them.
 */
import type { SecretText } from "@lintel/protocol/base/secret.ts";
import type { KeysetOtp } from "@lintel/protocol/keyset/keyset.ts";
import { type Decision, decide, type Entry } from "../access/decide.ts";
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

/** What typed digits mean, by whoever holds the keys for it. */
export interface CodeReader {
  read(held: HeldKeyset, door: string, typed: SecretText): Entry;
  /** Of an unknown code. */
  fingerprint(typed: SecretText): string;
  /** Tells one run of digits from another without them. */
  index(digits: SecretText): Uint8Array;
}

export function codeReader(vault: Vault): CodeReader {
  const reading = {
    indexOf: (digits: SecretText) => vault.codeIndex(digits),
    openOtp: (otp: KeysetOtp) => vault.openOtp(otp),
  };
  return {
    read: (held, door, typed) => readEntry(held, door, typed, reading),
    fingerprint: (typed) => vault.fingerprint(typed),
    index: (digits) => vault.codeIndex(digits),
  };
}

export interface Judging {
  readonly codes: CodeReader;
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
  { codes, time, recorder, peersClosed }: Judging,
): JudgedEntry {
  const at = time.now;
  const entry = codes.read(keyset, door, typed);
  const decision = decide(keyset, { door, entry, at, clock: time.trust, peersClosed }, recorder.uses);
  const consumption: ConsumptionChange[] = [];
  const { consumes, moves } = decision;
  if (consumes !== null) consumption.push({ kind: "uses", uses: recorder.uses.plan(consumes, at) });
  if (moves !== null) {
    const { key, issue, next } = moves;
    consumption.push({ kind: "otp", otp: { key, issue, next } });
  }
  const unknown = decision.reasons.includes("unknown-code");
  return { decision, fingerprint: unknown ? codes.fingerprint(typed) : null, consumption };
}
