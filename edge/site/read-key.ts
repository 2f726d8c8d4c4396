/** The fields of a key: who, where, when, with which code. Defaults of design 5.2. */
import type { Millis } from "@lintel/protocol/base/units.ts";
import { KINDS, type Kind, ROLES } from "@lintel/protocol/base/words.ts";
import type { Restriction, Window } from "@lintel/protocol/keyset/keyset.ts";
import { isMap, isScalar, isSeq } from "yaml";
import { noDoor } from "./check-doors.ts";
import { LIMITS } from "./limits.ts";
import {
  choice,
  fields,
  flag,
  listOf,
  optional,
  type Reader,
  refuseWith,
  required,
  saying,
  seen,
  whole,
  word,
  wordOr,
} from "./reader.ts";
import type { SiteKey, SiteOtp } from "./site.ts";
import { code, id, ids, length, moment, otpSecret, slot, windows } from "./values.ts";

export const doors = wordOr(["all"], ids("all, or a list of door ids", LIMITS.doors));

interface RawRestriction {
  readonly uses: number | null;
  readonly afterFirstUse: Millis | null;
  readonly schedules: readonly string[] | null;
  readonly windows: readonly Window[] | null;
}

const FORMS =
  "none, one-time, { uses: N }, { afterFirstUse: 30m }, { schedules: [ids] }, { windows: [ … ] }, or a list";

const mapping = fields<RawRestriction>("a restriction", {
  uses: optional(whole("a number of uses", 1, LIMITS.uses), null),
  afterFirstUse: optional(length("a length of time", LIMITS.afterFirstUseMin, LIMITS.afterFirstUse), null),
  schedules: optional(ids("a list of schedule ids", LIMITS.schedules), null),
  windows: optional(windows, null),
});

/** One member of the list. `none` is no member: it stands alone. */
const member: Reader<Restriction> = (node, path, reading) => {
  if (isScalar(node) && node.value === "one-time") return { kind: "one-time" };
  if (isScalar(node) && node.value === "none") return refuseWith(path, reading, "none in a list; it stands alone");
  if (!isMap(node)) return refuseWith(path, reading, `${seen(node)}, expected ${FORMS}`);
  const raw = mapping(node, path, reading);
  if (raw === undefined) return undefined;
  const scheduled = raw.schedules !== null || raw.windows !== null;
  // Of two kinds in one mapping nobody can tell whether both or either is meant: the list says both.
  if ([raw.uses !== null, raw.afterFirstUse !== null, scheduled].filter(Boolean).length !== 1)
    return refuseWith(path, reading, `not exactly one restriction in a mapping, expected ${FORMS}`);
  if (raw.uses !== null) return { kind: "uses", uses: raw.uses };
  if (raw.afterFirstUse !== null) return { kind: "after-first-use", length: raw.afterFirstUse };
  return { kind: "scheduled", schedules: raw.schedules ?? [], windows: raw.windows ?? [] };
};

const members = listOf(FORMS, member, { min: 1, max: LIMITS.restrictions });

const restriction: Reader<readonly Restriction[]> = (node, path, reading) => {
  if (isSeq(node)) return members(node, path, reading);
  if (isScalar(node) && node.value === "none") return [];
  const one = member(node, path, reading);
  return one && [one];
};

const otp = fields<SiteOtp>("otp", {
  type: required(word(["totp", "hotp"] as const)),
  secret: required(otpSecret),
  slot: optional(slot, null),
  digits: optional(choice("digits", [6] as const), 6 as const),
  period: optional(whole("a period in seconds", 1, LIMITS.otpPeriodMax), 30),
  algorithm: optional(word(["SHA1", "SHA256", "SHA512"] as const), "SHA1" as const),
  counter: optional(whole("a counter", 0, LIMITS.otpCounter), 0),
});

export interface RawKey extends Omit<SiteKey, "restrictions" | "kind"> {
  readonly restriction: readonly Restriction[];
  readonly kind: Kind | null;
}

export const key: Reader<RawKey> = fields<RawKey>("a key", {
  id: required(id),
  user: required(id),
  doors: required(saying(noDoor, doors)),
  restriction: required(restriction),
  role: optional(word(ROLES), "user" as const),
  kind: optional(word(KINDS), null),
  pin: optional(code("a PIN"), null),
  duressPin: optional(code("a duress PIN"), null),
  validFrom: optional(moment, null),
  validUntil: optional(moment, null),
  enabled: optional(flag, true),
  issue: optional(whole("an issue number", 1, LIMITS.issue), 1),
  remote: optional(flag, false),
  extended: optional(flag, false),
  otp: optional(otp, null),
});

/** `kind` is the user's where the key names none (domain-rules, "Kinds"); staff where the user is unknown too. */
export function completeKey(raw: RawKey, kinds: ReadonlyMap<string, Kind>): SiteKey {
  const { restriction: restrictions, kind, ...rest } = raw;
  return { ...rest, restrictions, kind: kind ?? kinds.get(raw.user) ?? "staff" };
}
