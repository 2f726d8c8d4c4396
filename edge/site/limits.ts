/** Bounds of a site file. What is over a bound is an error with its place; nothing is cut. */

import { millis } from "@lintel/protocol/base/units.ts";
import { LIMITS as KEYSET } from "@lintel/protocol/keyset/limits.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const LIMITS = {
  /** Longest file, in characters: 100,000 keys written out take about 20 million. */
  textLength: 64 * 1024 * 1024,
  /** Values read in one file, aliases counted each time; and how many aliases may add to what is written out. */
  values: 20_000_000,
  aliasValues: 1_000_000,
  /** Nesting of what is kept as it is written (groups). */
  groupDepth: 20,
  /** Problems reported; what is beyond is counted. A person does not read more, and a broken generator makes millions. */
  problems: 1000,
  edges: 10_000,
  buses: 10_000,
  doors: 10_000,
  units: 10_000,
  users: 200_000,
  groups: 10_000,
  keys: KEYSET.keys,
  schedules: KEYSET.schedules,
  holidays: KEYSET.holidays,
  windows: KEYSET.windows,
  restrictions: KEYSET.restrictions,
  nameLength: KEYSET.nameLength,
  portLength: KEYSET.portLength,
  controllerAddress: KEYSET.controllerAddress,
  /** Outputs and inputs are numbered from 0; no board of hardware/ has more. */
  output: 31,
  input: 31,
  uses: KEYSET.uses,
  issue: KEYSET.issue,
  /** Digits of a PIN, a master code, a duress code (d1.1). */
  codeDigits: 6,
  /** A code taken from somebody is given to nobody else for so long (d1.5, domain-rules "Codes"). */
  codeCoolDown: millis(7 * DAY),
  slotMin: 2,
  slotMax: 4,
  /** OTP keys without a slot at one door (domain-rules, "Slot form"). */
  slotlessOtp: 10,
  /** RFC 4226 R6: a shared secret has at least 128 bits. */
  otpSecretBytesMin: 16,
  otpSecretBytesMax: 128,
  otpPeriodMax: 3600,
  otpCounter: Number.MAX_SAFE_INTEGER,
  bareCodes: 1_000_000,
  release: KEYSET.release,
  releaseMin: millis(1000),
  heldOpenMin: millis(1000),
  heldOpen: millis(DAY),
  preAlarm: millis(HOUR),
  grace: millis(12 * HOUR),
  /** d2.3: 3 to 10 s. */
  codeEntryTimeoutMin: millis(3000),
  codeEntryTimeout: millis(10_000),
  /** d4.1: 1 to 2880 minutes. */
  afterFirstUseMin: millis(MINUTE),
  afterFirstUse: millis(2880 * MINUTE),
} as const;

/** What an OSDP line runs at (OSDP 2.2). */
export const BAUDS = [9600, 19_200, 38_400, 57_600, 115_200, 230_400] as const;
