/** Alarms at a bounded rate: who floods the line with forged frames must not flood the journal too. */
import { between, type Monotonic } from "@lintel/protocol/base/units.ts";
import { BUS_LIMITS } from "./limits.ts";

/** The words that were said lately, each with its time. At most `BUS_LIMITS.alarmWords`. */
export type SaidAlarms = readonly { readonly what: string; readonly at: Monotonic }[];

/** Null: said already within the pause, or too many other words were. Else the list with this one. */
export function sayAlarm(said: SaidAlarms, what: string, now: Monotonic): SaidAlarms | null {
  const recent = said.filter(({ at }) => between(at, now) < BUS_LIMITS.alarmPause);
  if (recent.length >= BUS_LIMITS.alarmWords || recent.some((each) => each.what === what)) return null;
  return [...recent, { what, at: now }];
}
