/**
 * How far the clock is believed (domain-rules, "Clock states"), as a pure function of what the machine shows. Between
 * two moments that vouch for it, time is counted on the monotonic clock: a step of the machine's clock moves nothing by
 * itself, it only costs belief.
 */
import { after, between, type Instant, type Monotonic } from "@lintel/protocol/base/units.ts";
import type { ClockTrust } from "@lintel/protocol/base/words.ts";
import { LIMITS } from "./limits.ts";

/** What the machine shows. */
export interface ClockSigns {
  readonly wall: Instant;
  /** Names the boot of the machine; null where it cannot be known. */
  readonly boot: string | null;
  /** A hardware clock kept the time while there was no power. */
  readonly hardwareClock: boolean;
  /** The kernel says that its clock is synchronised. */
  readonly synchronised: boolean;
}

/** What is stored every 30 s: the floor, and enough to go on within the same boot. */
export interface ClockMark {
  readonly floor: Instant;
  readonly boot: string | null;
  readonly at: Monotonic;
  readonly now: Instant;
  readonly vouched: boolean;
  /** When signed time came last, within that boot. */
  readonly signedAt: Monotonic | null;
}

export interface ClockState {
  /** What was believed at one monotonic moment; from there on it is counted. */
  readonly anchor: { readonly at: Monotonic; readonly now: Instant };
  readonly floor: Instant;
  readonly vouched: boolean;
  readonly signedAt: Monotonic | null;
  /** The machine's clock at a monotonic moment: what a step is measured against. */
  readonly seen: { readonly at: Monotonic; readonly wall: Instant };
  readonly boot: string | null;
}

export interface ClockStep {
  readonly state: ClockState;
  /** Ms by which a clock jumped, for the record; null: none did. */
  readonly step: number | null;
}

export function startClock(mark: ClockMark | null, signs: ClockSigns, now: Monotonic): ClockState {
  const { boot, wall } = signs;
  const seen = { at: now, wall };
  const floor = mark === null || mark.floor < LIMITS.timeFloor ? LIMITS.timeFloor : mark.floor;
  if (mark !== null && boot !== null && mark.boot === boot && mark.at <= now) {
    const { vouched, signedAt } = mark;
    return considerKernel({ anchor: { at: mark.at, now: mark.now }, floor, vouched, signedAt, seen, boot }, signs, now);
  }
  const above = wall >= floor;
  const vouched = above && signs.hardwareClock;
  const anchor = { at: now, now: above ? wall : floor };
  return considerKernel({ anchor, floor, vouched, signedAt: null, seen, boot }, signs, now);
}

/** What time it is, as far as is known. Never below the floor. */
export function believedTime({ anchor, floor }: ClockState, now: Monotonic): Instant {
  const counted = after(anchor.now, between(anchor.at, now));
  return counted < floor ? floor : counted;
}

export function trustOf({ vouched, signedAt }: ClockState, now: Monotonic): ClockTrust {
  if (!vouched) return "floor-only";
  return signedAt !== null && between(signedAt, now) <= LIMITS.signedTime ? "trusted" : "holdover";
}

/** Until when the clock is believed as it is now, if nothing comes; null: for ever. */
export function trustEnds({ vouched, signedAt }: ClockState, now: Monotonic): Monotonic | null {
  if (!vouched || signedAt === null || between(signedAt, now) > LIMITS.signedTime) return null;
  return after(signedAt, LIMITS.signedTime);
}

/** Compares the machine's clock with monotonic time. */
export function lookAtClock(state: ClockState, signs: ClockSigns, now: Monotonic): ClockStep {
  const step = between(state.seen.wall, signs.wall) - between(state.seen.at, now);
  if (step >= -LIMITS.clockBack && step <= LIMITS.clockForward) {
    return { state: considerKernel(state, signs, now), step: null };
  }
  // The time goes on as it was counted, which after a step back is the higher one. Only belief is lost.
  const stepped = { ...state, vouched: false, signedAt: null, seen: { at: now, wall: signs.wall } };
  return { state: considerKernel(stepped, signs, now), step: Math.round(step) };
}

/** Time signed by the authority, under a nonce of ours, vouches for itself: also where it is earlier than we thought. */
export function takeSignedTime(state: ClockState, signed: Instant, now: Monotonic): ClockStep {
  const step = between(believedTime(state, now), signed);
  const floor = signed < state.floor ? signed : state.floor;
  const jumped = step < -LIMITS.clockBack || step > LIMITS.clockForward;
  return {
    state: { ...state, anchor: { at: now, now: signed }, floor, vouched: true, signedAt: now },
    step: jumped ? Math.round(step) : null,
  };
}

/** What to store now. The floor rises only with a time that something vouches for. */
export function markClock(state: ClockState, now: Monotonic): { readonly state: ClockState; readonly mark: ClockMark } {
  const believed = believedTime(state, now);
  const floor = state.vouched ? believed : state.floor;
  const { boot, vouched, signedAt } = state;
  return { state: { ...state, floor }, mark: { floor, boot, at: now, now: believed, vouched, signedAt } };
}

/** The kernel's synchronisation vouches for the machine's clock where nothing better does, and never below the floor. */
function considerKernel(state: ClockState, signs: ClockSigns, now: Monotonic): ClockState {
  if (state.vouched || !signs.synchronised || signs.wall < state.floor) return state;
  return { ...state, anchor: { at: now, now: signs.wall }, vouched: true, seen: { at: now, wall: signs.wall } };
}
