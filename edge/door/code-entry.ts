/**
 * What is typed, from the first digit to the submit (d2). Digits live here for at most the time-out after the last key,
 * and are handed on once. Whether they open anything is not asked here.
 */
import { SecretText } from "@lintel/protocol/base/secret.ts";
import { after, type Millis, type Monotonic } from "@lintel/protocol/base/units.ts";
import { LIMITS } from "./limits.ts";

export interface CodeEntrySettings {
  /** Of `#` and `*`. A key in both lists submits, and then only the time-out clears (d2.2). */
  readonly submit: readonly string[];
  readonly clear: readonly string[];
  /** Submits by itself at the sixth digit. */
  readonly autoSubmit: boolean;
  /** Silence after which the entry is cleared, without a word (d2.3). */
  readonly timeout: Millis;
}

export interface CodeEntry {
  readonly digits: SecretText;
  /** When silence clears the digits; null where there are none. */
  readonly until: Monotonic | null;
  /** A submit key before this belongs to the auto-submit that went before. */
  readonly swallowUntil: Monotonic | null;
}

export const EMPTY_ENTRY: CodeEntry = { digits: new SecretText(""), until: null, swallowUntil: null };

/** Takes keys `0`–`9`, `*`, `#`, in order. `submitted`: every entry they complete, at most `LIMITS.entryDigits` long. */
export function type(
  entry: CodeEntry,
  keys: SecretText,
  settings: CodeEntrySettings,
  now: Monotonic,
): { readonly entry: CodeEntry; readonly submitted: readonly SecretText[] } {
  const submitted: SecretText[] = [];
  let typed = expire(entry, now);
  keys.use((text) => {
    for (const key of text) {
      const step = press(typed, key, settings, now);
      typed = step.entry;
      if (step.submitted !== null) submitted.push(step.submitted);
    }
  });
  return { entry: typed, submitted };
}

/** Clears what has waited too long. */
export function expire(entry: CodeEntry, now: Monotonic): CodeEntry {
  return entry.until !== null && now >= entry.until ? cleared(entry) : entry;
}

function cleared(entry: CodeEntry): CodeEntry {
  return { ...EMPTY_ENTRY, swallowUntil: entry.swallowUntil };
}

interface Press {
  readonly entry: CodeEntry;
  readonly submitted: SecretText | null;
}

function press(entry: CodeEntry, key: string, settings: CodeEntrySettings, now: Monotonic): Press {
  if (settings.submit.includes(key)) return submit(entry, now);
  if (settings.clear.includes(key)) return { entry: cleared(entry), submitted: null };
  if (key >= "0" && key <= "9") return append(entry, key, settings, now);
  // `*` or `#` without a meaning at this door: a key all the same, so it restarts the silence (d2.3).
  return { entry: entry.until === null ? entry : restarted(entry, settings, now), submitted: null };
}

function submit(entry: CodeEntry, now: Monotonic): Press {
  if (entry.swallowUntil !== null && now < entry.swallowUntil) {
    return { entry: { ...entry, swallowUntil: null }, submitted: null };
  }
  // Nothing typed: nothing happened, no record and no count (d2.2).
  return entry.digits.length === 0 ? { entry, submitted: null } : { entry: EMPTY_ENTRY, submitted: entry.digits };
}

function append(entry: CodeEntry, key: string, settings: CodeEntrySettings, now: Monotonic): Press {
  const digits =
    entry.digits.length < LIMITS.entryDigits ? entry.digits.use((typed) => new SecretText(typed + key)) : entry.digits;
  if (settings.autoSubmit && digits.length === LIMITS.codeDigits) {
    return { entry: { ...EMPTY_ENTRY, swallowUntil: after(now, LIMITS.submitSwallow) }, submitted: digits };
  }
  return { entry: restarted({ ...entry, digits }, settings, now), submitted: null };
}

function restarted(entry: CodeEntry, settings: CodeEntrySettings, now: Monotonic): CodeEntry {
  return { ...entry, until: after(now, settings.timeout) };
}
