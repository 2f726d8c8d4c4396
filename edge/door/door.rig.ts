/** For tests of one door: its settings as a site file leaves them, and times counted from a moment of its life. */
import { millis, monotonic } from "@lintel/protocol/base/units.ts";
import type { DoorInput, DoorSettings } from "./door.ts";

export const SETTINGS: DoorSettings = {
  strike: { release: millis(5000), fail: "secure" },
  contact: 0,
  giveBack: false,
  heldOpenAfter: millis(30_000),
  preAlarm: millis(10_000),
  codeEntry: { submit: ["#"], clear: ["*"], autoSubmit: false, timeout: millis(10_000) },
};

/** Long after the session settled. */
export const T0 = 100_000;
export const at = (ms: number) => monotonic(T0 + ms);

/** An input, `ms` after `T0`. */
export type Timed = readonly [ms: number, input: DoorInput];
