/** Bounds of what a keyset may hold. At a bound the whole keyset is refused: a cut one would deny or admit by accident. */
import { millis } from "../base/units.ts";

const DAY = 24 * 60 * 60 * 1000;

export const LIMITS = {
  /** Longest encoded keyset. 100,000 keys with names of usual length take about 12 MB. */
  keysetBytes: 64 * 1024 * 1024,
  /** Arrays within arrays: keyset, keys, key, restrictions, restriction, windows, window. */
  keysetDepth: 12,
  /** One piece of a keyset on the wire: fits every broker's largest message (facts mqtt 4). */
  chunkBytes: 64 * 1024,
  keys: 200_000,
  doors: 1000,
  buses: 64,
  schedules: 10_000,
  holidays: 10_000,
  /** In one list: a key, a schedule, the hours of a door, one holiday. */
  windows: 500,
  /** Members of the list of restrictions of one key. */
  restrictions: 20,
  /** Two per key: PIN and duress; one master code per door. */
  codes: 500_000,
  /** Users named in one First-In list. */
  firstInUsers: 1000,
  withheld: 20,
  /** Characters of a name as stored; what is shown is cut by who shows it (d1.8). */
  nameLength: 200,
  portLength: 200,
  /** A PD address; 0x7F is broadcast (OSDP 2.2). */
  controllerAddress: 0x7e,
  outputNumber: 255,
  inputNumber: 255,
  baud: 921_600,
  /** Longest release (design 5.2): what one timed OUT holds. */
  release: millis(120_000),
  /** Longest of every other length of time: held open, pre-alarm, grace. */
  length: millis(400 * DAY),
  uses: 1_000_000,
  /** Seconds of one TOTP step. */
  otpPeriod: 3600,
  /** A sealed OTP secret: nonce, at most 128 bytes, tag. */
  otpSealedBytes: 192,
  issue: 2 ** 31 - 1,
} as const;
