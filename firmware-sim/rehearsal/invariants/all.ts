/** Every invariant, by the goals they serve: nobody gets in who should not, people can get out, nothing is lost, doors answer. */
import { CODES } from "./codes.ts";
import { DIGITS } from "./digits.ts";
import { EXITS } from "./exits.ts";
import { EXITS_RECORDED } from "./exits-recorded.ts";
import { HEALING } from "./healing.ts";
import type { Invariant } from "./history.ts";
import { HOURS } from "./hours.ts";
import { KEYSETS } from "./keysets.ts";
import { LOCKOUTS } from "./lockouts.ts";
import { RECORDS } from "./records.ts";
import { RELEASES } from "./releases.ts";
import { USES } from "./uses.ts";

export const INVARIANTS: readonly Invariant[] = [
  RELEASES,
  USES,
  LOCKOUTS,
  KEYSETS,
  DIGITS,
  EXITS,
  RECORDS,
  EXITS_RECORDED,
  HOURS,
  CODES,
  HEALING,
];
