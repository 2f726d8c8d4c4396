/**
 * The status of an edge: plain JSON, retained, and the will of its connection. It is a view for people and for
 * integrators (Home Assistant's availability template reads `value_json.s`) and is believed in nothing.
 */
import { fail, ok, type Result } from "../base/result.ts";

export interface EdgeStatus {
  readonly online: boolean;
  /** 16 hex digits: one life of the edge's database. */
  readonly epoch: string;
  /** Rises with every connection: the will of an old one says nothing about a newer (facts mqtt 3). */
  readonly session: number;
}

export function encodeStatus(status: EdgeStatus): string {
  return JSON.stringify({ s: status.online ? "online" : "offline", epoch: status.epoch, sess: status.session });
}

export function decodeStatus(text: string): Result<EdgeStatus, { readonly kind: "malformed" }> {
  if (text.length > 200) return fail({ kind: "malformed" });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail({ kind: "malformed" });
  }
  if (typeof value !== "object" || value === null) return fail({ kind: "malformed" });
  const { s, epoch, sess } = value as Record<string, unknown>;
  if ((s !== "online" && s !== "offline") || typeof epoch !== "string" || !/^[0-9a-f]{16}$/.test(epoch)) {
    return fail({ kind: "malformed" });
  }
  if (typeof sess !== "number" || !Number.isSafeInteger(sess) || sess < 0) return fail({ kind: "malformed" });
  return ok({ online: s === "online", epoch, session: sess });
}
