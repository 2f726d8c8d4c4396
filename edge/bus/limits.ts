/** Everything on a bus that has an end, with its reason. */
import { millis } from "@lintel/protocol/base/units.ts";

export const BUS_LIMITS = {
  /** PDs on one line: all addresses but the one for configuration. */
  controllers: 127,
  /** A PD begins its answer within this after the command's last bit (facts osdp 2). What a silent PD costs the others. */
  replyTime: millis(200),
  /** Turns in a row of a Controller that has more to tell: six digits, their `#` and one more. Then the others first. */
  turnsInARow: 8,
  /** Between two alarms of one word at one Controller. What comes in between is in the counts only. */
  alarmPause: millis(60_000),
  /** Bytes that belong to no frame, within a minute, from which a line is called noisy. 9600 baud carry 57,600. */
  noiseBytes: 1000,
  /** Different words within one pause. More are in the counts only. */
  alarmWords: 16,
} as const;
