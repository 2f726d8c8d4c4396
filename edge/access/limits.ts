/** Numbers of the lock-out (domain-rules, "Lockout") and what bounds its memory, and bounds of one-time codes. */
import { millis } from "@lintel/protocol/base/units.ts";

/** Times of the lock-out run while the edge runs. */
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
  /** HOTP: counters after the expected one that are taken too (issue rules; RFC 4226 7.2 `s`). Beyond: unknown-code. */
  otpLookAhead: 10,
  /** TOTP: steps before and after the clock's that are taken too (RFC 6238 5.2). */
  otpSteps: 1,
  /** An accepted HOTP code that skipped more than so many others is said in its record (facts security 5). */
  otpJump: 3,
  /** Moving factors stay numbers that are exact; the one after the last is stored. */
  otpFactor: Number.MAX_SAFE_INTEGER - 1,
  /**
   * Tokens of other doors that one entry is compared with, so that `wrong-door` can be told: 11 HMACs each, all
   * together less than 50 ms. Those beyond, by id, are not asked: their codes are unknown codes at this door.
   */
  tokensElsewhere: 32,
} as const;
