/** Keysets, attempts and uses for tests of the decision: one door and one key, changed by what a case is about. */

import {
  type Attempt,
  type Decision,
  decide,
  NOTHING_USED,
  type Uses,
  type UsesView,
} from "@lintel/edge/access/decide.ts";
import { holdKeyset } from "@lintel/edge/access/hold.ts";
import { nextOpen } from "@lintel/edge/access/next.ts";
import { sentence } from "@lintel/edge/access/sentence.ts";
import { type Instant, instant, millis } from "@lintel/protocol/base/units.ts";
import type { ClockTrust } from "@lintel/protocol/base/words.ts";
import type {
  CodeEntry,
  Holiday,
  Keyset,
  KeysetDoor,
  KeysetKey,
  Restriction,
  Schedule,
  Window,
} from "@lintel/protocol/keyset/keyset.ts";

/** RFC 3339, with the offset that says which pass of a fold is meant. */
export function at(text: string): Instant {
  return instant(Date.parse(text));
}

/** A stand-in for the keyed index of a code: its letters, padded to 16 bytes. */
export function indexOf(code: string): Uint8Array {
  return new TextEncoder().encode(code.padEnd(16, "."));
}

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/** `window("mon-fri 09:00-17:00")`; also `daily`, `sat,sun`. An end at or before the start lies on the next day. */
export function window(text: string): Window {
  const [days, hours] = text.split(" ") as [string, string];
  const [from, to] = hours.split("-").map((time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))) as [
    number,
    number,
  ];
  return { days: maskOf(days), from, length: to > from ? to - from : to - from + 1_440 };
}

function maskOf(text: string): number {
  if (text === "daily") return 127;
  let mask = 0;
  for (const part of text.split(",")) {
    const [first, last] = part.split("-") as [string, string | undefined];
    for (let day = DAYS.indexOf(first); ; day = (day + 1) % 7) {
      mask |= 1 << day;
      if (day === DAYS.indexOf(last ?? first)) break;
    }
  }
  return mask;
}

/** A restriction to windows. */
export function during(...windows: readonly string[]): Restriction {
  return { kind: "scheduled", schedules: [], windows: windows.map(window) };
}

export function schedule(id: string, ...windows: readonly string[]): Schedule {
  return { id, windows: windows.map(window) };
}

export function makeDoor(change: Partial<KeysetDoor> = {}): KeysetDoor {
  return {
    id: "front",
    name: "Front door",
    timezone: "America/New_York",
    controller: { bus: "b1", address: 0 },
    strike: { output: 0, release: millis(5_000), extendedRelease: millis(15_000), fail: "secure" },
    contact: null,
    rex: null,
    fireRelease: null,
    heldOpenAfter: millis(30_000),
    preAlarm: millis(10_000),
    mode: "normal",
    codeEntry: { submit: ["#"], clear: ["*"], autoSubmit: false, timeout: millis(10_000) },
    keypadGroup: null,
    interlock: [],
    giveBack: false,
    clockUnknown: "deny",
    businessHours: null,
    withheld: [],
    ...change,
  };
}

/** Its code is its id, unless `codes` of the keyset says otherwise. */
export function makeKey(change: Partial<KeysetKey> = {}): KeysetKey {
  return {
    id: "k1",
    issue: 1,
    user: "u1",
    doors: ["front"],
    enabled: true,
    role: "user",
    kind: "staff",
    restrictions: [],
    validFrom: null,
    validUntil: null,
    remote: false,
    extended: false,
    withheld: [],
    ...change,
  };
}

export function makeHoliday(change: Partial<Holiday> = {}): Holiday {
  return {
    id: "xmas",
    date: "2026-12-25",
    yearly: false,
    doors: ["front"],
    hours: "unchanged",
    access: "suspended",
    ...change,
  };
}

export function makeKeyset(change: Partial<Keyset> = {}): Keyset {
  const keys = change.keys ?? [makeKey()];
  return {
    site: "hq",
    siteName: "Head office",
    edge: "e1",
    number: 1,
    issuedAt: at("2026-11-01T00:00:00Z"),
    buses: [{ id: "b1", port: "sim", baud: 9_600 }],
    doors: [makeDoor()],
    schedules: [],
    holidays: [],
    otps: [],
    codes: keys.map((key): CodeEntry => ({ index: indexOf(key.id), kind: "pin", key: key.id })),
    ...change,
    keys,
  };
}

export const UNUSED: Uses = { count: 0, doors: [], firstAt: null };

export function usedBy(uses: Readonly<Record<string, Uses>>): UsesView {
  return { ...NOTHING_USED, usesOf: (key, issue) => uses[`${key}/${issue}`] ?? UNUSED };
}

export interface Question {
  readonly keyset?: Keyset;
  readonly door?: string;
  readonly code?: string;
  readonly at?: Instant | string;
  readonly clock?: ClockTrust;
  readonly uses?: UsesView;
}

export function attemptOf(question: Question): Attempt {
  const when = question.at ?? "2026-11-23T10:00:00-05:00"; // A Monday morning in New York.
  return {
    door: question.door ?? "front",
    entry: { kind: "code", index: indexOf(question.code ?? "k1") },
    at: typeof when === "string" ? at(when) : when,
    clock: question.clock ?? "trusted",
  };
}

/** The decision on a code, by default `k1` at the front door of the smallest keyset. */
export function ask(question: Question): Decision {
  return decide(holdKeyset(question.keyset ?? makeKeyset()), attemptOf(question), question.uses ?? usedBy({}));
}

/** The grant, or the reasons of the denial, in one word each. */
export function answerOf(question: Question): string {
  const decision = ask(question);
  return decision.outcome === "grant" ? "grant" : decision.reasons.join(" ");
}

/** When the code opens next, as UTC text; null for never. */
export function nextOf(question: Question): string | null {
  const held = holdKeyset(question.keyset ?? makeKeyset());
  const next = nextOpen(held, attemptOf(question), question.uses ?? usedBy({}));
  return next === null ? null : new Date(next).toISOString();
}

export function sentenceOf(question: Question): string {
  const held = holdKeyset(question.keyset ?? makeKeyset());
  const uses = question.uses ?? usedBy({});
  const attempt = attemptOf(question);
  return sentence(held, decide(held, attempt, uses), attempt, nextOpen(held, attempt, uses));
}

/** The smallest keyset with one key changed. */
export function withKey(change: Partial<KeysetKey>, rest: Partial<Keyset> = {}): Keyset {
  return makeKeyset({ ...rest, keys: [makeKey(change)] });
}
