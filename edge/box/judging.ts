/**
 * A finished entry becomes a decision. The digits end here: an index to look up, a fingerprint for the record, and
 * nothing else is made of them.
 */
import type { SecretText } from "@lintel/protocol/base/secret.ts";
import { type Decision, decide } from "../access/decide.ts";
import type { HeldKeyset } from "../access/hold.ts";
import { LIMITS as DOOR } from "../door/limits.ts";
import type { StoredUses } from "../journal/journal.ts";
import type { Recorder } from "./recorder.ts";
import type { EdgeTime } from "./time.ts";
import type { Vault } from "./vault.ts";

export interface JudgedEntry {
  readonly decision: Decision;
  /** Of an unknown code alone: repeats show without the digits (d1.7). */
  readonly fingerprint: string | null;
  /** What must be durable with the record; null where nothing is used up. */
  readonly uses: StoredUses | null;
}

/** Changes nothing: neither a count nor a clock. */
export function judgeEntry(
  keyset: HeldKeyset,
  door: string,
  entry: SecretText,
  { vault, time, recorder }: { readonly vault: Vault; readonly time: EdgeTime; readonly recorder: Recorder },
): JudgedEntry {
  const at = time.now;
  const index = entry.length === DOOR.codeDigits ? vault.codeIndex(entry) : null;
  const attempt = index === null ? ({ kind: "wrong-length" } as const) : ({ kind: "code", index } as const);
  const decision = decide(keyset, { door, entry: attempt, at, clock: time.trust }, recorder.uses);
  return {
    decision,
    fingerprint: decision.reasons.includes("unknown-code") ? vault.fingerprint(entry) : null,
    uses: decision.consumes === null ? null : recorder.uses.plan(decision.consumes, at),
  };
}
