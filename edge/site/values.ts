/** Readers of the single values that stand in several places of a site file: ids, lengths of time, windows, codes. */
import { isId } from "@lintel/protocol/base/ids.ts";
import { SecretText } from "@lintel/protocol/base/secret.ts";
import type { Millis } from "@lintel/protocol/base/units.ts";
import type { DayHours, DayMask, Window } from "@lintel/protocol/keyset/keyset.ts";
import { isWallDate } from "@lintel/protocol/keyset/wall.ts";
import { isMap, isScalar, isSeq, type Node } from "yaml";
import { noWindow, zoneFault } from "./check-times.ts";
import { hoursBetween, parseDays, parseTimeOfDay } from "./days.ts";
import { pairsOf, resolved } from "./document.ts";
import { lengthText, parseLength, parseMoment } from "./lengths.ts";
import { LIMITS } from "./limits.ts";
import {
  fields,
  isQuoted,
  listOf,
  parsed,
  type Reader,
  type Reading,
  read,
  refuseWith,
  required,
  saying,
  seen,
  text,
} from "./reader.ts";
import type { Json } from "./site.ts";

export const id: Reader<string> = parsed("an id of a-z, 0-9 and -, at most 32 characters", (value) =>
  isId(value) ? value : null,
);

export const name: Reader<string> = text("a name", LIMITS.nameLength);

export function ids(expected: string, max: number): Reader<readonly string[]> {
  return listOf(expected, id, { max });
}

/** A length of time within bounds, both included. */
export function length(expected: string, min: Millis, max: Millis): Reader<Millis> {
  const reader = parsed(`${expected}, such as 5s, 30m, 2h or 7d`, parseLength);
  return (node, path, reading) => {
    const value = reader(node, path, reading);
    if (value === undefined || (value >= min && value <= max)) return value;
    return refuseWith(
      path,
      reading,
      `${seen(node)}, expected ${expected} from ${lengthText(min)} to ${lengthText(max)}`,
    );
  };
}

const days: Reader<DayMask> = (() => {
  const one = parsed("days: mon … sun, a range such as mon-fri, a list of these, or daily", parseDays);
  const list = listOf("days", one, { min: 1, max: 14 });
  return (node, path, reading) => {
    if (!isSeq(node)) return one(node, path, reading);
    return list(node, path, reading)?.reduce((mask, each) => mask | each, 0);
  };
})();

const from: Reader<number> = parsed('a time of day such as "09:00", before 24:00', (value) => {
  const minutes = parseTimeOfDay(value);
  return minutes === 1440 ? null : minutes;
});

const to: Reader<number> = parsed('a time of day such as "17:00", at most 24:00', parseTimeOfDay);

const rawWindow = fields<{ days: DayMask; from: number; to: number }>("a window", {
  days: required(days),
  from: required(from),
  to: required(to),
});

const window: Reader<Window> = (node, path, reading) => {
  const raw = rawWindow(node, path, reading);
  return raw && { days: raw.days, ...hoursBetween(raw.from, raw.to) };
};

/** May be empty here: that no window is too few is said with the other meanings. */
export const windows: Reader<readonly Window[]> = listOf("a list of windows { days, from, to }", window, {
  max: LIMITS.windows,
});

/** Windows where at least one is needed. */
export const someWindows: Reader<readonly Window[]> = saying(noWindow, windows);

export const zone: Reader<string> = saying(zoneFault, text("an IANA zone such as America/New_York", LIMITS.nameLength));

const rawHours = fields<{ from: number; to: number }>("hours", { from: required(from), to: required(to) });

export const dayHours: Reader<readonly DayHours[]> = listOf(
  "closed, unchanged, or a list of hours { from, to }",
  (node, path, reading) => {
    const raw = rawHours(node, path, reading);
    return raw && hoursBetween(raw.from, raw.to);
  },
  { min: 1, max: LIMITS.windows },
);

export const date: Reader<string> = parsed("a date such as 2026-12-25 that exists", (value) =>
  isWallDate(value) ? value : null,
);

/** Wall time at the door. */
export const moment: Reader<string> = parsed(
  "wall time at the door without offset, such as 2026-12-01T14:00, or a date, that exists",
  parseMoment,
);

/**
 * A code: 6 digits in quotes, or `kept`. What YAML makes a number of has lost its leading zeros (d1.1). No message
 * shows what was seen, only how long it is.
 */
export function code(what: string): Reader<SecretText | "kept"> {
  return (node, path, reading) => {
    if (isScalar(node) && node.value === "kept") return "kept";
    const expected = `${what} has ${LIMITS.codeDigits}, in quotes`;
    if (isScalar(node) && (typeof node.value === "number" || looksLikeDigits(node)))
      return refuseWith(path, reading, `digits without quotes; ${expected}`);
    if (!isScalar(node) || typeof node.value !== "string")
      return refuseWith(path, reading, `${seen(node)}; ${expected}`);
    if (!/^\d+$/.test(node.value))
      return refuseWith(path, reading, `${node.value.length} characters that are not all digits; ${expected}`);
    if (node.value.length !== LIMITS.codeDigits)
      return refuseWith(path, reading, `${countOf(node.value.length, "digit")}, ${expected}`);
    return new SecretText(node.value);
  };
}

/** `!!str 123456` and the like: text to YAML, and still not in quotes. */
function looksLikeDigits(node: Node): boolean {
  return isScalar(node) && typeof node.value === "string" && !isQuoted(node) && /^\d+$/.test(node.value);
}

/** The slot of a one-time code: 2 to 4 digits in quotes. */
export const slot: Reader<string> = (node, path, reading) => {
  const expected = `a slot has ${LIMITS.slotMin} to ${LIMITS.slotMax}, in quotes`;
  if (isScalar(node) && (typeof node.value === "number" || looksLikeDigits(node)))
    return refuseWith(path, reading, `digits without quotes; ${expected}`);
  if (isScalar(node) && typeof node.value === "string" && /^\d{2,4}$/.test(node.value)) return node.value;
  return refuseWith(path, reading, `${seen(node)}, expected digits; ${expected}`);
};

/** Base32 of RFC 4648, in either case, with or without padding and spaces. */
export const otpSecret: Reader<SecretText | "kept"> = (node, path, reading) => {
  if (isScalar(node) && node.value === "kept") return "kept";
  if (!isScalar(node) || typeof node.value !== "string")
    return refuseWith(path, reading, "not text, expected a secret in base32, in quotes");
  const letters = node.value.replace(/[\s=]/g, "").toUpperCase();
  if (!/^[A-Z2-7]+$/.test(letters) || [1, 3, 6].includes(letters.length % 8))
    return refuseWith(path, reading, "not base32 (letters A-Z and digits 2-7, RFC 4648)");
  const bytes = Math.floor((letters.length * 5) / 8);
  if (bytes < LIMITS.otpSecretBytesMin || bytes > LIMITS.otpSecretBytesMax)
    return refuseWith(path, reading, `${bytes * 8} bits, a secret has at least 128 (RFC 4226) and at most 1024`);
  return new SecretText(letters);
};

/** Any value, as it is written. */
export function anything(depth = 0): Reader<Json> {
  return (node, path, reading) => {
    if (depth > LIMITS.groupDepth) return refuseWith(path, reading, "nested too deeply");
    if (isMap(node)) return entriesOf(node, path, reading, depth);
    if (isSeq(node)) {
      const items = node.items.map((item, at) => read(anything(depth + 1), item as Node, [...path, at], reading));
      return items.includes(undefined) ? undefined : (items as Json[]);
    }
    const value = isScalar(node) ? node.value : null;
    if (value === null || typeof value === "string" || typeof value === "boolean") return value;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    return refuseWith(path, reading, `${seen(resolved(reading.document, node))}, expected a plain value`);
  };
}

function entriesOf(node: Node, path: readonly (string | number)[], reading: Reading, depth: number): Json | undefined {
  const entries = pairsOf(node).map(({ name: field, pair }) => {
    const value = read(anything(depth + 1), pair.value, [...path, field], reading);
    return [field, value] as const;
  });
  return entries.some(([, value]) => value === undefined) ? undefined : (Object.fromEntries(entries) as Json);
}

export function countOf(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
