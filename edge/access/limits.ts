/** Numbers of the lock-out (domain-rules, "Lockout"), and what bounds its memory. Times run while the edge runs. */
import { millis } from "@lintel/protocol/base/units.ts";

export const LIMITS = {
  /** The wrong entry that closes the latch: from it on each one starts a lock-out. */
  latchAt: 5,
  /** The first lock-out; each is twice the one before. */
  lockoutFirst: millis(30_000),
  lockoutMax: millis(15 * 60_000),
  /** The tier whose doubling reaches the longest: 30 s · 2^5 is over 15 min. Tiers do not count on. */
  tierMax: 6,
  /** So long without a wrong entry and without a running lock-out sets count, latch and doubling back. */
  cleanTime: millis(3_600_000),
  /** What a valid code takes off the count, and how often it may. */
  easeBy: 3,
  easePause: millis(10 * 60_000),
  /** Wrong entries of one counter in a day; the last of them locks until the first is a day old. Also the list's bound. */
  wrongsPerDay: 60,
  /** Wrong entries at all pads of an edge in a day that are an alarm. Also that list's bound. */
  alarmPerDay: 60,
  day: millis(24 * 3_600_000),
} as const;
