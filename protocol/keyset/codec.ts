/**
 * A keyset as bytes: deterministic CBOR, one spelling for one keyset, so that equal content has an equal digest.
 * Reading refuses everything else: other versions, unknown words, numbers out of bounds, two things of one id, a key
 * for a door that is not there. What a keyset means is edge/access; how it travels is transport.ts.
 */
import { type Cbor, type CborError, decodeCbor, encodeCbor } from "../base/cbor.ts";
import { isId } from "../base/ids.ts";
import { fail, ok, type Result } from "../base/result.ts";
import type { Instant, Millis } from "../base/units.ts";
import { KINDS, MODES, ROLES } from "../base/words.ts";
import type {
  CodeEntry,
  DayHours,
  Holiday,
  Keyset,
  KeysetBus,
  KeysetDoor,
  KeysetKey,
  KeysetOtp,
  Restriction,
  Schedule,
  Window,
} from "./keyset.ts";
import { LIMITS } from "./limits.ts";
import {
  bytesOf,
  bytesUpTo,
  flag,
  kinds,
  listOf,
  oneOf,
  orNull,
  record,
  text,
  textThat,
  whole,
  wordOr,
} from "./shape.ts";
import { isWallDate, isWallTime } from "./wall.ts";

/** First element of every encoded keyset. Raised when the table below changes its meaning. */
const VERSION = 2;

export type KeysetError =
  | CborError
  | { readonly kind: "unknown-version" }
  | { readonly kind: "mismatch"; readonly path: string; readonly expected: string }
  | { readonly kind: "inconsistent"; readonly path: string; readonly id: string; readonly claim: string };

export function encodeKeyset(keyset: Keyset): Uint8Array {
  return encodeCbor([VERSION, KEYSET.write(keyset)]);
}

export function decodeKeyset(bytes: Uint8Array): Result<Keyset, KeysetError> {
  const cbor = decodeCbor(bytes, { bytes: LIMITS.keysetBytes, depth: LIMITS.keysetDepth });
  if (!cbor.ok) return cbor;
  const outer = cbor.value;
  if (!Array.isArray(outer) || outer[0] !== VERSION) return fail({ kind: "unknown-version" });
  if (outer.length !== 2) return fail({ kind: "mismatch", path: "", expected: "a version and a keyset" });
  const keyset = KEYSET.read(outer[1] as Cbor);
  if (!keyset.ok)
    return fail({ kind: "mismatch", path: keyset.error.path.replace(/^\./, ""), expected: keyset.error.expected });
  return consistent(keyset.value);
}

const id = textThat("an id of [a-z0-9-], at most 32 characters", isId);
const length = whole<Millis>(0, LIMITS.length);
const name = text(LIMITS.nameLength);
const wallDate = textThat("a date YYYY-MM-DD", isWallDate);
const wallTime = textThat("a wall time YYYY-MM-DDTHH:MM:SS", isWallTime);
const ids = (max: number) => listOf(id, { max });
const input = orNull(whole(0, LIMITS.inputNumber));
const withheld = listOf(text(LIMITS.nameLength), { max: LIMITS.withheld });

const WINDOW = record<Window>({ days: whole(1, 127), from: whole(0, 1439), length: whole(1, 1440) });
const WINDOWS = listOf(WINDOW, { max: LIMITS.windows });
const DAY_HOURS = record<DayHours>({ from: whole(0, 1439), length: whole(1, 1440) });

const SCHEDULE = record<Schedule>({ id, windows: WINDOWS });

const HOLIDAY = record<Holiday>({
  id,
  date: wallDate,
  yearly: flag,
  doors: ids(LIMITS.doors),
  hours: wordOr(["unchanged", "closed"], listOf(DAY_HOURS, { max: LIMITS.windows })),
  access: oneOf(["unchanged", "suspended"]),
});

const RESTRICTION = kinds<Restriction>({
  "one-time": record({}),
  uses: record({ uses: whole(1, LIMITS.uses) }),
  "after-first-use": record({ length }),
  scheduled: record({ schedules: ids(LIMITS.schedules), windows: WINDOWS }),
});

const KEY = record<KeysetKey>({
  id,
  issue: whole(1, LIMITS.issue),
  user: id,
  doors: ids(LIMITS.doors),
  enabled: flag,
  role: oneOf(ROLES),
  kind: oneOf(KINDS),
  restrictions: listOf(RESTRICTION, { max: LIMITS.restrictions }),
  validFrom: orNull(wallTime),
  validUntil: orNull(wallTime),
  remote: flag,
  extended: flag,
  withheld,
});

const typed = listOf(oneOf(["#", "*"]), { max: 2 });

const DOOR = record<KeysetDoor>({
  id,
  name,
  timezone: text(LIMITS.nameLength),
  controller: record<KeysetDoor["controller"]>({ bus: id, address: whole(0, LIMITS.controllerAddress) }),
  strike: record<KeysetDoor["strike"]>({
    output: whole(0, LIMITS.outputNumber),
    release: whole<Millis>(1, LIMITS.release),
    extendedRelease: whole<Millis>(1, LIMITS.release),
    fail: oneOf(["secure", "safe"]),
  }),
  contact: input,
  rex: input,
  fireRelease: input,
  heldOpenAfter: length,
  preAlarm: length,
  mode: oneOf(MODES),
  codeEntry: record<KeysetDoor["codeEntry"]>({ submit: typed, clear: typed, autoSubmit: flag, timeout: length }),
  keypadGroup: orNull(id),
  interlock: ids(LIMITS.doors),
  giveBack: flag,
  clockUnknown: oneOf(["deny", "allow"]),
  businessHours: orNull(
    record<NonNullable<KeysetDoor["businessHours"]>>({
      windows: WINDOWS,
      firstIn: record<NonNullable<KeysetDoor["businessHours"]>["firstIn"]>({
        required: flag,
        grace: length,
        who: wordOr(["admins"], ids(LIMITS.firstInUsers)),
      }),
    }),
  ),
  withheld,
});

const BUS = record<KeysetBus>({ id, port: text(LIMITS.portLength), baud: whole(1, LIMITS.baud) });

const index = bytesOf(16);
const CODE = kinds<CodeEntry>({
  pin: record({ index, key: id }),
  duress: record({ index, key: id }),
  master: record({ index, door: id }),
});

const OTP = record<KeysetOtp>({
  key: id,
  type: oneOf(["hotp", "totp"]),
  slot: orNull(textThat("a slot of 2 to 4 digits", (slot) => /^\d{2,4}$/.test(slot))),
  algorithm: oneOf(["SHA1", "SHA256", "SHA512"]),
  period: whole(1, LIMITS.otpPeriod),
  counter: whole(0, Number.MAX_SAFE_INTEGER),
  secret: bytesUpTo(LIMITS.otpSealedBytes),
});

const KEYSET = record<Keyset>({
  site: id,
  siteName: name,
  edge: id,
  number: whole(1, Number.MAX_SAFE_INTEGER),
  issuedAt: whole<Instant>(0, Number.MAX_SAFE_INTEGER),
  buses: listOf(BUS, { max: LIMITS.buses }),
  doors: listOf(DOOR, { max: LIMITS.doors }),
  schedules: listOf(SCHEDULE, { max: LIMITS.schedules }),
  holidays: listOf(HOLIDAY, { max: LIMITS.holidays }),
  keys: listOf(KEY, { max: LIMITS.keys }),
  codes: listOf(CODE, { max: LIMITS.codes }),
  otps: listOf(OTP, { max: LIMITS.keys }),
});

/**
 * Ids are unique, and what is named exists. A schedule may be missing: it denies at the door (d4.2), and refusing the
 * keyset for it would hold back every other change.
 */
function consistent(keyset: Keyset): Result<Keyset, KeysetError> {
  for (const list of ["buses", "doors", "schedules", "holidays", "keys"] as const) {
    const twice = firstTwice(keyset[list].map((item) => item.id));
    if (twice !== null) return fail({ kind: "inconsistent", path: list, id: twice, claim: "an id stands once" });
  }
  const doors = new Set(keyset.doors.map((door) => door.id));
  const buses = new Set(keyset.buses.map((bus) => bus.id));
  const keys = new Set(keyset.keys.map((key) => key.id));
  const missing = (path: string, known: ReadonlySet<string>, named: Iterable<string>) => {
    for (const one of named) if (!known.has(one)) return { path, id: one };
    return null;
  };
  const lost =
    missing(
      "doors.controller",
      buses,
      keyset.doors.map((door) => door.controller.bus),
    ) ??
    missing(
      "doors.interlock",
      doors,
      keyset.doors.flatMap((door) => door.interlock),
    ) ??
    missing(
      "holidays.doors",
      doors,
      keyset.holidays.flatMap((holiday) => holiday.doors),
    ) ??
    missing(
      "keys.doors",
      doors,
      keyset.keys.flatMap((key) => key.doors),
    ) ??
    missing(
      "codes.key",
      keys,
      keyset.codes.flatMap((code) => (code.kind === "master" ? [] : [code.key])),
    ) ??
    missing(
      "codes.door",
      doors,
      keyset.codes.flatMap((code) => (code.kind === "master" ? [code.door] : [])),
    ) ??
    missing(
      "otps.key",
      keys,
      keyset.otps.map((otp) => otp.key),
    );
  if (lost !== null) return fail({ kind: "inconsistent", ...lost, claim: "what is named is in the keyset" });
  return ok(keyset);
}

function firstTwice(values: readonly string[]): string | null {
  const seen = new Set<string>();
  for (const value of values) {
    if (seen.has(value)) return value;
    seen.add(value);
  }
  return null;
}
