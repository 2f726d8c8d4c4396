/**
 * The outputs, and when each of them ends: domain-rules, "Outputs end by themselves". "On" is *released*; what that means
 * for the relay is decided where it is driven. Three things release the strike, and none ends another: OUT (grants and
 * leases), the Controller's own REX, and fire.
 */
import { after, type Millis, type Monotonic } from "@lintel/protocol/base/units.ts";
import type { CommandNamed } from "@lintel/protocol/osdp/commands.ts";
import { LIMITS } from "./limits.ts";

export type OutRecord = CommandNamed<"OUT">["outputs"][number];

/** What OUT has asked of one output. */
interface Output {
  /** On until then. */
  readonly onUntil: Monotonic | null;
  /** Off until then, over `onUntil` and `permanent`. Only where permanent states are allowed. */
  readonly offUntil: Monotonic | null;
  /** On outside of timers. Only where permanent states are allowed. */
  readonly permanent: boolean;
}

export interface Outputs {
  readonly each: readonly Output[];
  /** Which of them the strike is. */
  readonly strike: number;
  /** Until then the strike is released by REX. */
  readonly rexUntil: Monotonic | null;
  /** While true the strike is released, whatever OUT says. */
  readonly fire: boolean;
}

const OFF: Output = { onUntil: null, offUntil: null, permanent: false };

/** As at power-on: every output off. A boot cuts every running timer. */
export function outputsAtBoot(count: number, strike: number): Outputs {
  return { each: Array.from({ length: count }, () => OFF), strike, rexUntil: null, fire: false };
}

/**
 * Whether the Controller takes this record; if not, NAK 9 for the whole OUT. Every output is held to the rule of strikes:
 * any of them may have a lock behind it. `allowPermanent` (`sim --allow-permanent`): for foreign panels that need it.
 */
export function takesRecord(outputs: Outputs, record: OutRecord, allowPermanent: boolean): boolean {
  if (record.output >= outputs.each.length) return false;
  if (allowPermanent || record.action === "nothing" || record.action === "off") return true;
  return record.action === "onFor" && record.time > 0 && record.time <= LIMITS.release;
}

/** Does what one record of OUT asks. Only after `takesRecord` said yes to every record of the command. */
export function drive(outputs: Outputs, record: OutRecord, now: Monotonic): Outputs {
  const each = outputs.each.map((output, number) => (number === record.output ? asked(output, record, now) : output));
  return { ...outputs, each };
}

function asked(output: Output, { action, time }: OutRecord, now: Monotonic): Output {
  switch (action) {
    case "nothing":
      return output;
    case "off":
      return OFF;
    case "on":
      return { ...OFF, permanent: true };
    case "offAfterTimed":
      return { ...output, permanent: false };
    case "onAfterTimed":
      return { ...output, permanent: true };
    case "onFor":
      if (time === 0) return { ...OFF, permanent: true };
      // Never earlier: a grant during a longer lease leaves the lease its end.
      return { ...output, offUntil: null, onUntil: later(output.onUntil, after(now, time)) };
    case "offFor":
      return time === 0 ? OFF : { ...output, offUntil: after(now, time) };
  }
}

/** REX was pressed: the strike is released for `release` from now, or longer if it already was. */
export function pressRex(outputs: Outputs, release: Millis, now: Monotonic): Outputs {
  return { ...outputs, rexUntil: later(outputs.rexUntil, after(now, release)) };
}

export function isReleased(outputs: Outputs, number: number, now: Monotonic): boolean {
  return isExit(outputs, number, now) || isOn(outputs.each[number]!, now);
}

function isExit({ strike, fire, rexUntil }: Outputs, number: number, now: Monotonic): boolean {
  return number === strike && (fire || isAhead(rexUntil, now));
}

function isOn({ offUntil, onUntil, permanent }: Output, now: Monotonic): boolean {
  return !isAhead(offUntil, now) && (permanent || isAhead(onUntil, now));
}

/** When a released output will re-lock if nothing else happens; null where no timer ends it. */
export function relocksAt(outputs: Outputs, number: number, now: Monotonic): Monotonic | null {
  const { onUntil, permanent } = outputs.each[number]!;
  const isStrike = number === outputs.strike;
  if (permanent || (isStrike && outputs.fire)) return null;
  const end = isStrike ? later(onUntil, outputs.rexUntil) : onUntil;
  return isAhead(end, now) ? end : null;
}

/** The next instant after `now` at which a timer of any output runs out. */
export function outputsDue(outputs: Outputs, now: Monotonic): Monotonic | null {
  const ends = outputs.each.flatMap(({ onUntil, offUntil }) => [onUntil, offUntil]);
  return [...ends, outputs.rexUntil].reduce((first, end) => {
    if (end === null || end <= now) return first;
    return first === null || end < first ? end : first;
  }, null);
}

function isAhead(end: Monotonic | null, now: Monotonic): boolean {
  return end !== null && now < end;
}

function later(one: Monotonic | null, other: Monotonic | null): Monotonic | null {
  if (one === null || other === null) return one ?? other;
  return one > other ? one : other;
}
