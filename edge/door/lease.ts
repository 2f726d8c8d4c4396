/**
 * How a door is held open: a lease of the strike that is renewed well before it is over, so that a dead edge or a cut
 * cable locks the door within a minute (domain-rules, "Outputs end by themselves"). Whether it is to be held is asked in
 * hold.ts, and comes here as an input.
 */
import { after, type Millis, type Monotonic } from "@lintel/protocol/base/units.ts";
import type { DoorEffect, DoorState, DoorStep, HoldOpen } from "./door.ts";
import { type Light, STEADY } from "./feedback.ts";
import { endLease, forgive, leaseOpening } from "./leaf.ts";
import { LIMITS } from "./limits.ts";

export const NOT_HELD: HoldOpen = { open: false, renewAt: null, leasedUntil: null, drivenUntil: null };

/** The steady light of a door: what it shows when nobody is answered. */
export function steadyLight({ fire, hold }: DoorState): Light {
  return fire || hold.open ? STEADY.released : STEADY.locked;
}

/** It begins or ends to be held open. An end re-locks at once, but never cuts a grant short (d4.8). */
export function holdOpen(before: DoorState, open: boolean, now: Monotonic): DoorStep {
  if (open === before.hold.open) return { state: before, effects: [] };
  const state: DoorState = { ...before, hold: { ...before.hold, open, renewAt: null } };
  const told = forgive(state.leaf, open ? now : freeAt(state.hold, now));
  const driven = driveLease({ ...state, leaf: told.leaf }, now);
  const light: DoorEffect = { kind: "led", light: steadyLight(state) };
  return { state: driven.state, effects: [...driven.effects, ...told.effects, light] };
}

/** What is due of the lease now: it is taken or renewed, or what is left of it is ended. Asked too often it does nothing. */
export function driveLease(state: DoorState, now: Monotonic): DoorStep {
  const { hold, online } = state;
  // Nobody there: it ends by itself, and is taken anew with the next session.
  if (online !== true) return withHold(state, { renewAt: null });
  if (!hold.open) return endOfLease(state, now);
  if (hold.renewAt !== null && now < hold.renewAt) return { state, effects: [] };
  const leasedUntil = after(now, (LIMITS.lease + LIMITS.releaseSlack) as Millis);
  const renewed = withHold(state, { renewAt: after(now, LIMITS.leaseRenewal), leasedUntil });
  return { state: { ...renewed.state, leaf: leaseOpening(state.leaf, now) }, effects: [{ kind: "lease" }] };
}

function endOfLease(state: DoorState, now: Monotonic): DoorStep {
  const { leasedUntil } = state.hold;
  if (leasedUntil === null) return { state, effects: [] };
  const at = freeAt(state.hold, now);
  // The grant outlasts the lease, and then ends by itself.
  if (leasedUntil <= at) return withHold(state, { leasedUntil: null });
  if (at > now) return { state, effects: [] };
  const ended = withHold(state, { leasedUntil: null });
  return { state: { ...ended.state, leaf: endLease(state.leaf, now) }, effects: [{ kind: "relock" }] };
}

/** When no grant is in the way of a re-lock. */
function freeAt({ drivenUntil }: HoldOpen, now: Monotonic): Monotonic {
  return drivenUntil !== null && drivenUntil > now ? drivenUntil : now;
}

/** When `driveLease` has something to do next; null: not until something happens. */
export function leaseWake({ hold, online }: DoorState, now: Monotonic): Monotonic | null {
  if (online !== true) return null;
  if (hold.open) return hold.renewAt ?? now;
  return hold.leasedUntil === null ? null : freeAt(hold, now);
}

/** The strike was driven for a person. */
export function drivenFor(state: DoorState, from: Monotonic, release: Millis): DoorState {
  const until = after(from, release);
  const { drivenUntil } = state.hold;
  return drivenUntil !== null && drivenUntil >= until
    ? state
    : { ...state, hold: { ...state.hold, drivenUntil: until } };
}

/** This edge may have leased the strike before it was started anew: what is not held now is re-locked, once it is there. */
export function recallLease(state: DoorState, now: Monotonic): DoorStep {
  return withHold(state, { leasedUntil: after(now, (LIMITS.lease + LIMITS.releaseSlack) as Millis) });
}

function withHold(state: DoorState, change: Partial<HoldOpen>): DoorStep {
  return { state: { ...state, hold: { ...state.hold, ...change } }, effects: [] };
}
