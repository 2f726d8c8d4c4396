/**
 * The closed lists of words that cross rooms: why a code was refused, how far the clock is believed, what a record
 * tells. They are compared as text at the door, at the authority and by integrators, so they never change meaning.
 */

/** Every reason of domain-rules d10 that a denial can carry, in the order in which they are named together. */
export const REASONS = [
  "unknown-code",
  "wrong-length",
  "disabled",
  "not-yet-active",
  "expired",
  "outside-window",
  "holiday",
  "used-up",
  "wrong-door",
  "remote-not-allowed",
  "mode-blocks",
  "locked-out",
  "clock-unknown",
  "interlock",
  "keyset-stale",
  "hardware-fault",
] as const;
export type Reason = (typeof REASONS)[number];

/** Domain-rules, "Clock states". `floor-only` is what the rules elsewhere call unknown. */
export const CLOCK_TRUSTS = ["trusted", "holdover", "floor-only"] as const;
export type ClockTrust = (typeof CLOCK_TRUSTS)[number];

/** Lock modes (row A10). */
export const MODES = ["normal", "tour", "resident", "privacy", "vacation", "lockdown"] as const;
export type Mode = (typeof MODES)[number];

/** What the lock modes tell apart (domain-rules, "Kinds"). */
export const KINDS = ["staff", "resident", "tour", "guest"] as const;
export type Kind = (typeof KINDS)[number];

export const ROLES = ["user", "admin"] as const;
export type Role = (typeof ROLES)[number];
