/**
 * A machine's clock that is far off, told to people: doors go by the believed time (clock-trust), but the machine's own
 * log, its certificates and the next start go by this one.
 */
import { between, type Instant } from "@lintel/protocol/base/units.ts";
import type { ClockTrust } from "@lintel/protocol/base/words.ts";
import { LIMITS } from "./limits.ts";

export type ClockFault =
  /** The machine shows a time before one that was already reached. */
  | { readonly kind: "below-floor"; readonly wall: Instant; readonly floor: Instant }
  /** The machine's clock against the time that the authority signed; `by` is what it is ahead, in ms. */
  | { readonly kind: "far-from-signed"; readonly wall: Instant; readonly by: number };

/** The clocks of one moment: the machine's, the believed one, and the floor. */
export interface ClockSight {
  readonly wall: Instant;
  readonly now: Instant;
  readonly floor: Instant;
  readonly trust: ClockTrust;
}

export function clockFault({ wall, now, floor, trust }: ClockSight): ClockFault | null {
  const by = between(now, wall);
  if (trust === "trusted") return Math.abs(by) > LIMITS.clockOff ? { kind: "far-from-signed", wall, by } : null;
  // In holdover something else vouches for the believed time, and a clock that is being slewed may lag behind it.
  return trust === "floor-only" && wall < floor ? { kind: "below-floor", wall, floor } : null;
}

export function sayClockFault(fault: ClockFault): string {
  const remedy = "set it, and keep it set (systemd-timesyncd or chrony)";
  const shows = `the clock of this machine shows ${stamp(fault.wall)}`;
  if (fault.kind === "below-floor") {
    return `${shows}, but it was ${stamp(fault.floor)} already: keys with times wait for the authority's time; ${remedy}`;
  }
  const direction = fault.by > 0 ? "ahead of" : "behind";
  return `${shows}, ${sayLength(Math.abs(fault.by))} ${direction} the authority's: doors go by the authority's; ${remedy}`;
}

function stamp(at: Instant): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}

function sayLength(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return `${minutes} min`;
  return minutes < 2880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`;
}
