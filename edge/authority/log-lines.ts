/**
 * An export of the log, line by line, one JSON value each: how a line is written and strictly read back. In this order:
 * one header, the checkpoints, the records, the audit, one end. Who makes them is log-export.ts, who judges them log-verify.ts.
 */
import { fromHex, toHex } from "@lintel/protocol/base/bytes.ts";
import { type Instant, instant } from "@lintel/protocol/base/units.ts";
import { fromBase64Url, toBase64Url } from "@lintel/protocol/mqtt/base64url.ts";
import { shownRecord } from "@lintel/protocol/mqtt/record.ts";
import { decodeRecord } from "@lintel/protocol/mqtt/record-codec.ts";
import type { AuditKind, AuditRow, CollectedRecord } from "./ports.ts";

export const EXPORT_MARK = "lintel log export v1";

export type LogLine =
  /** `root`: the signed message of kind `root`. */
  | { readonly kind: "header"; readonly site: string; readonly root: Uint8Array }
  /** Of an edge; `signing` is the key that it is to be opened with. */
  | { readonly kind: "checkpoint"; readonly edge: string; readonly signing: Uint8Array; readonly message: Uint8Array }
  | { readonly kind: "log-checkpoint"; readonly message: Uint8Array }
  | { readonly kind: "record"; readonly row: CollectedRecord }
  | { readonly kind: "audit"; readonly row: AuditRow }
  /** A log checkpoint that was signed for this export, of all that it holds. */
  | { readonly kind: "end"; readonly message: Uint8Array };

/** Without its newline. A record stands there twice: as it is chained, and as a person reads it. */
export function writeLogLine(line: LogLine): string {
  return JSON.stringify(shapeOf(line));
}

function shapeOf(line: LogLine): object {
  switch (line.kind) {
    case "header":
      return { lintel: EXPORT_MARK, site: line.site, root: toBase64Url(line.root) };
    case "checkpoint": {
      const { edge, signing, message } = line;
      return { checkpoint: toBase64Url(message), edge, signing: toHex(signing) };
    }
    case "log-checkpoint":
      return { logCheckpoint: toBase64Url(line.message) };
    case "record": {
      const { place, edge, bytes, link } = line.row;
      const record = decodeRecord(bytes);
      return { place, edge, record: record.ok ? shownRecord(record.value) : null, bytes: toBase64Url(bytes), link };
    }
    case "audit": {
      const { entry, at, what, detail, link } = line.row;
      return { entry, at, what, detail, link };
    }
    case "end":
      return { end: toBase64Url(line.message) };
  }
}

/** Null: no line of an export. What is read would be written as the very same text. */
export function readLogLine(text: string): LogLine | null {
  let fields: Fields;
  try {
    fields = { ...JSON.parse(text) };
  } catch {
    return null;
  }
  const line = lineOf(fields);
  return line !== null && writeLogLine(line) === text ? line : null;
}

type Fields = Readonly<Record<string, unknown>>;

function lineOf(fields: Fields): LogLine | null {
  const [message] = ["root", "checkpoint", "logCheckpoint", "end"].flatMap((name) => bytesIn(fields, name) ?? []);
  const { edge, link } = fields;
  if (fields.lintel === EXPORT_MARK && message) return { kind: "header", site: String(fields.site), root: message };
  if ("logCheckpoint" in fields && message) return { kind: "log-checkpoint", message };
  if ("end" in fields && message) return { kind: "end", message };
  if ("checkpoint" in fields && message && typeof edge === "string") {
    const signing = fromHex(String(fields.signing));
    return signing.ok ? { kind: "checkpoint", edge, signing: signing.value, message } : null;
  }
  if (typeof link !== "string" || !/^[0-9a-f]{64}$/.test(link)) return null;
  const bytes = bytesIn(fields, "bytes");
  if (bytes !== null && typeof edge === "string" && isCount(fields.place)) {
    return { kind: "record", row: { place: fields.place, edge, bytes, link } };
  }
  const { entry, at, what, detail } = fields;
  if (!isCount(entry) || !isCount(at) || typeof what !== "string" || typeof detail !== "object" || detail === null) {
    return null;
  }
  const row = {
    entry,
    at: instant(at) as Instant,
    what: what as AuditKind,
    detail: detail as AuditRow["detail"],
    link,
  };
  return { kind: "audit", row };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function bytesIn(fields: Fields, name: string): Uint8Array | null {
  const text = fields[name];
  const bytes = typeof text === "string" ? fromBase64Url(text) : null;
  return bytes?.ok ? bytes.value : null;
}
