/**
 * One-time codes (RFC 4226, RFC 6238): whose token shows what was typed at a door, and at which moving factor, which
 * is the counter of HOTP and the time step of TOTP. Nothing is moved here: a grant says what must become durable.
 * The digits never come here, nor the secrets: a port that is bound to the entry compares them.
 */
import type { Instant } from "@lintel/protocol/base/units.ts";
import type { Keyset, KeysetKey, KeysetOtp } from "@lintel/protocol/keyset/keyset.ts";
import type { Attempt, UsesView } from "./decide.ts";
import type { HeldKeyset } from "./hold.ts";
import { LIMITS } from "./limits.ts";
import { timeIsKnown } from "./rules.ts";

export interface Token {
  readonly key: KeysetKey;
  readonly otp: KeysetOtp;
}

/** The port: one entry, compared with what tokens show. An adapter is bound to the digits (edge/box/otp.ts). */
export interface TypedOtp {
  /** Whether the token shows what was typed at this moving factor. False where its secret does not open. */
  shows(otp: KeysetOtp, factor: number): boolean;
}

/** The tokens of one door. */
export interface DoorTokens {
  /** Digits typed before a code: all slots at a door have one length (domain-rules, "Slot form"). Null: no slots. */
  readonly slotLength: number | null;
  readonly bySlot: ReadonlyMap<string, readonly Token[]>;
  readonly bare: readonly Token[];
}

/** A token that is meant by an entry. `factor` is null for a TOTP slot where the time is not known: nobody looked. */
export interface TokenMatch {
  readonly token: Token;
  readonly factor: number | null;
}

/** By door; a door without tokens is not in it. Of each door by id of the key: the keyset's order says nothing. */
export function holdTokens(keyset: Keyset, keys: ReadonlyMap<string, KeysetKey>): ReadonlyMap<string, DoorTokens> {
  const doors = new Map<string, { slotLength: number | null; bySlot: Map<string, Token[]>; bare: Token[] }>();
  for (const token of tokensOf(keyset, keys)) {
    const { slot } = token.otp;
    for (const door of token.key.doors) {
      const held = doors.get(door) ?? { slotLength: null, bySlot: new Map<string, Token[]>(), bare: [] };
      doors.set(door, held);
      if (slot === null) held.bare.push(token);
      else {
        // Of two lengths, which `check` refuses, the first is read: the other slots then match nothing.
        held.slotLength ??= slot.length;
        held.bySlot.set(slot, [...(held.bySlot.get(slot) ?? []), token]);
      }
    }
  }
  return doors;
}

export function tokensOf({ otps }: Keyset, keys: ReadonlyMap<string, KeysetKey>): readonly Token[] {
  const tokens = otps.flatMap((otp) => {
    const key = keys.get(otp.key);
    return key === undefined ? [] : [{ key, otp }];
  });
  return tokens.sort((a, b) => (a.key.id < b.key.id ? -1 : a.key.id > b.key.id ? 1 : 0));
}

/** Digits of a slot at this door; null where entries are codes alone. */
export function slotLengthAt(held: HeldKeyset, door: string): number | null {
  return held.tokensAt.get(door)?.slotLength ?? null;
}

/** Tokens of this door that are meant. With a slot it is known before the code is looked at, and the time may be unknown. */
export function tokensHere(held: HeldKeyset, attempt: Attempt, uses: UsesView): readonly TokenMatch[] {
  const { entry } = attempt;
  const at = held.tokensAt.get(attempt.door);
  if (at === undefined || entry.kind === "wrong-length" || entry.otp === undefined) return [];
  const { otp } = entry;
  if (entry.kind === "code") return at.bare.flatMap((token) => matched(held, token, otp, attempt, uses));
  return (at.bySlot.get(entry.slot) ?? []).flatMap((token) =>
    token.otp.type === "totp" && !stepsAreKnown(held, attempt)
      ? [{ token, factor: null }]
      : matched(held, token, otp, attempt, uses),
  );
}

/** The first token of other doors alone that shows what was typed; `LIMITS.tokensElsewhere` of them are asked. */
export function tokenElsewhere(held: HeldKeyset, attempt: Attempt, uses: UsesView): Token | null {
  const { entry, door } = attempt;
  if (entry.kind === "wrong-length" || entry.otp === undefined) return null;
  const { otp } = entry;
  const slot = entry.kind === "slot" ? entry.slot : null;
  const asked = held.tokens.filter((token) => token.otp.slot === slot && !token.key.doors.includes(door));
  const shown = asked
    .slice(0, LIMITS.tokensElsewhere)
    .find((token) => matched(held, token, otp, attempt, uses).length > 0);
  return shown ?? null;
}

function stepsAreKnown(held: HeldKeyset, { clock, door: id }: Attempt): boolean {
  const door = held.doors.get(id);
  return door !== undefined && timeIsKnown({ clock, door });
}

function matched(
  held: HeldKeyset,
  token: Token,
  typed: TypedOtp,
  attempt: Attempt,
  uses: UsesView,
): readonly TokenMatch[] {
  const { key, otp } = token;
  const next = uses.otpNextOf(key.id, key.issue);
  const factors = otp.type === "hotp" ? counters(otp, next) : steps(otp, next, attempt.at);
  if (otp.type === "totp" && !stepsAreKnown(held, attempt)) return [];
  const factor = factors.find((each) => typed.shows(otp, each));
  return factor === undefined ? [] : [{ token, factor }];
}

/** HOTP: the lowest counter that is taken. The edge's own never falls; the authority's may lift it (resynchronising). */
export function lowestCounter(otp: KeysetOtp, next: number): number {
  return Math.max(next, otp.counter);
}

function counters(otp: KeysetOtp, next: number): readonly number[] {
  const first = lowestCounter(otp, next);
  return range(first, Math.min(first + LIMITS.otpLookAhead, LIMITS.otpFactor));
}

/** The latest first: were two steps to show the same digits, they are not taken twice. None at or before the last taken. */
function steps(otp: KeysetOtp, next: number, at: Instant): readonly number[] {
  const now = Math.floor(at / 1000 / otp.period);
  return range(Math.max(0, next, now - LIMITS.otpSteps), Math.min(now + LIMITS.otpSteps, LIMITS.otpFactor)).reverse();
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at);
}
