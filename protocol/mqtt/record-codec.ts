/**
 * A record on the wire: a CBOR map, one spelling for one record. The authority compares these bytes, so that a second
 * record under a number that it already holds is told from a repetition.
 */
import { type Cbor, type CborError, decodeCbor, encodeCbor } from "../base/cbor.ts";
import { ok, type Result } from "../base/result.ts";
import { CLOCK_TRUSTS, REASONS } from "../base/words.ts";
import { LIMITS } from "./limits.ts";
import { type JournalRecord, RECORD_EVENTS } from "./record.ts";
import {
  hex,
  id,
  integer,
  isMap,
  listOf,
  map,
  oneOf,
  orNull,
  type Shape,
  type ShapeError,
  time,
  wrongShape,
} from "./shape.ts";

type Detail = JournalRecord["detail"];

/** Names to words, numbers and claims. Never a secret, and never more than a screen can show. */
const DETAIL: Shape<Detail> = {
  write: (value) => value,
  read: (value, at) => {
    if (!isMap(value)) return wrongShape(at, "a map");
    const entries = Object.entries(value);
    if (entries.length > LIMITS.detailEntries) return wrongShape(at, `at most ${LIMITS.detailEntries} entries`);
    for (const [name, member] of entries) {
      if (name.length > LIMITS.detailName) return wrongShape(at, `names of at most ${LIMITS.detailName} characters`);
      if (!isDetail(member)) return wrongShape(`${at}.${name}`, "a short text, a finite number, true or false");
    }
    return ok(value as Detail);
  },
};

function isDetail(value: Cbor): boolean {
  if (typeof value === "string") return value.length <= LIMITS.detailText;
  return typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));
}

export const RECORD: Shape<JournalRecord> = map({
  epoch: hex(8),
  seq: integer(1),
  at: time,
  clock: oneOf(CLOCK_TRUSTS),
  door: orNull(id),
  event: oneOf(RECORD_EVENTS),
  reasons: listOf(oneOf(REASONS), { min: 0, max: REASONS.length }),
  key: orNull(id),
  user: orNull(id),
  fingerprint: orNull(hex(4)),
  covert: orNull(hex(LIMITS.covertBytes)),
  detail: DETAIL,
});

/** The canonical bytes of one record: equal records have equal bytes. */
export function encodeRecord(record: JournalRecord): Uint8Array {
  return encodeCbor(RECORD.write(record));
}

export function decodeRecord(bytes: Uint8Array): Result<JournalRecord, CborError | ShapeError> {
  const value = decodeCbor(bytes, { bytes: LIMITS.batchBytes, depth: LIMITS.depth });
  return value.ok ? RECORD.read(value.value, "") : value;
}
