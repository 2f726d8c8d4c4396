/**
 * What Lintel's own Controllers say beyond the standard, inside MFG and MFGREP: `configure` and `ring-ack` from the
 * CP, `ring` from the PD. Every function here reads or writes the data *behind* the three octets of the vendor.
 * Not here: MFG and MFGREP themselves (commands.ts, replies.ts), the ring (firmware-sim/controller/ring.ts).
 * Rules: domain-rules, "REX belongs to the Controller" and "What happens while the line is down".
 */
import { fail, ok, type Result } from "../base/result.ts";
import { type Millis, millis } from "../base/units.ts";

/** The vendor of every Lintel Controller, as printed: a locally administered OUI, "\x02LT". */
export const LINTEL_VENDOR: readonly [number, number, number] = [0x02, 0x4c, 0x54];

export function isLintelVendor(vendor: ArrayLike<number>): boolean {
  return vendor.length === 3 && LINTEL_VENDOR.every((octet, at) => vendor[at] === octet);
}

export const MFG_LIMITS = {
  /** The highest number of an input or output that `configure` can name. */
  pinNumber: 0xfe,
  /** Longest release of REX: 1200 steps, as for every timed output of a strike. */
  rexRelease: millis(120_000),
  /** Events in one `ring`: sealed, 7 make a frame of 126 bytes, and every OSDP device takes 128 (facts osdp 10.3). */
  ringEventsPerReply: 7,
} as const;

const STEP = 100;
const NOT_FITTED = 0xff;

/**
 * `configure`: what the Controller must know to let people out by itself. It is whole: null is "not fitted".
 * The Controller refuses (NAK 9) a pin it does not have, and one pin named twice.
 */
export interface ConfigureMfg {
  /** `fail: safe` maps "released" to a relay without current. */
  readonly strike: { readonly output: number; readonly fail: "secure" | "safe" };
  /** `release` is 100 ms to 120 s, in steps of 100 ms. */
  readonly rex: { readonly input: number; readonly release: Millis } | null;
  readonly contact: { readonly input: number } | null;
  readonly fire: { readonly input: number } | null;
}

/** `ring-ack`: the CP has made every event of this boot up to `upTo` durable; the Controller forgets them. */
export interface RingAckMfg {
  /** The boot that the `ring` named: an acknowledgement of another boot does nothing. */
  readonly boot: number;
  readonly upTo: number;
}

export type MfgCommand =
  | { readonly kind: "configure"; readonly configure: ConfigureMfg }
  | { readonly kind: "ring-ack"; readonly ack: RingAckMfg };

/** In the order of their numbers on the wire, from 1. */
export const RING_EVENT_KINDS = ["boot", "rex", "contact", "tamper", "fire", "keys-dropped", "overflow"] as const;
export type RingEventKind = (typeof RING_EVENT_KINDS)[number];

/** One local event of a Controller. */
export interface RingEvent {
  /** From 1 at each boot, rising; a hole is explained by an `overflow` that stands behind it. */
  readonly n: number;
  /** How long before the `ring` was made it happened. At most 2^32 - 1 ms: 49 days. */
  readonly ageMs: number;
  readonly kind: RingEventKind;
  /** contact: the leaf is open. tamper, fire: it began. Absent of all others: a `rex` is a press. */
  readonly on?: boolean;
  /** keys-dropped: keypresses. overflow: events lost. Absent of all others. */
  readonly count?: number;
}

/** `ring`: the oldest events that were not acknowledged, oldest first. */
export interface RingMfg {
  /** How often this Controller has started; names the numbering of the events. */
  readonly boot: number;
  readonly events: readonly RingEvent[];
}

export type MfgError = { readonly kind: "unknown-type"; readonly type: number } | { readonly kind: "malformed" };

const TYPE = { configure: 0x01, ringAck: 0x02, ring: 0x81 } as const;
const CONFIGURE_BYTES = 8;
const RING_ACK_BYTES = 9;
const RING_HEAD_BYTES = 6;
const RING_EVENT_BYTES = 14;

/** `configure`: type, strike output, fail (1 = safe), REX input, REX release u16 LE ×100 ms, contact, fire. */
export function encodeConfigure(configure: ConfigureMfg): Uint8Array {
  const view = new DataView(new ArrayBuffer(CONFIGURE_BYTES));
  view.setUint8(0, TYPE.configure);
  view.setUint8(1, configure.strike.output);
  view.setUint8(2, configure.strike.fail === "safe" ? 1 : 0);
  view.setUint8(3, configure.rex?.input ?? NOT_FITTED);
  view.setUint16(4, Math.ceil((configure.rex?.release ?? 0) / STEP), true);
  view.setUint8(6, configure.contact?.input ?? NOT_FITTED);
  view.setUint8(7, configure.fire?.input ?? NOT_FITTED);
  return new Uint8Array(view.buffer);
}

/** `ring-ack`: type, boot u32 LE, upTo u32 LE. */
export function encodeRingAck(ack: RingAckMfg): Uint8Array {
  const view = new DataView(new ArrayBuffer(RING_ACK_BYTES));
  view.setUint8(0, TYPE.ringAck);
  view.setUint32(1, ack.boot, true);
  view.setUint32(5, ack.upTo, true);
  return new Uint8Array(view.buffer);
}

export function decodeMfgCommand(data: Uint8Array): Result<MfgCommand, MfgError> {
  if (data[0] === TYPE.configure) return decodeConfigure(data);
  if (data[0] === TYPE.ringAck) return decodeRingAck(data);
  return data[0] === undefined ? fail({ kind: "malformed" }) : fail({ kind: "unknown-type", type: data[0] });
}

function decodeConfigure(data: Uint8Array): Result<MfgCommand, MfgError> {
  if (data.length !== CONFIGURE_BYTES) return fail({ kind: "malformed" });
  const view = viewOf(data);
  const output = view.getUint8(1);
  const failSafe = view.getUint8(2);
  const rexInput = fitted(view.getUint8(3));
  const release = view.getUint16(4, true) * STEP;
  const contact = fitted(view.getUint8(6));
  const fire = fitted(view.getUint8(7));
  if (output > MFG_LIMITS.pinNumber || failSafe > 1) return fail({ kind: "malformed" });
  // One spelling of "not fitted": no release without a REX, and none of no length with one.
  if (rexInput === null ? release !== 0 : release === 0 || release > MFG_LIMITS.rexRelease)
    return fail({ kind: "malformed" });
  return ok({
    kind: "configure",
    configure: {
      strike: { output, fail: failSafe === 1 ? "safe" : "secure" },
      rex: rexInput === null ? null : { input: rexInput, release: millis(release) },
      contact: contact === null ? null : { input: contact },
      fire: fire === null ? null : { input: fire },
    },
  });
}

function decodeRingAck(data: Uint8Array): Result<MfgCommand, MfgError> {
  if (data.length !== RING_ACK_BYTES) return fail({ kind: "malformed" });
  const view = viewOf(data);
  return ok({ kind: "ring-ack", ack: { boot: view.getUint32(1, true), upTo: view.getUint32(5, true) } });
}

/** `ring`: type, boot u32 LE, number of events, then each: n u32, age u32 ms, kind, flags (1 has on, 2 on, 4 has count), count u32; all LE. */
export function encodeRing(ring: RingMfg): Uint8Array {
  const view = new DataView(new ArrayBuffer(RING_HEAD_BYTES + ring.events.length * RING_EVENT_BYTES));
  view.setUint8(0, TYPE.ring);
  view.setUint32(1, ring.boot, true);
  view.setUint8(5, ring.events.length);
  ring.events.forEach((event, index) => {
    const at = RING_HEAD_BYTES + index * RING_EVENT_BYTES;
    view.setUint32(at, event.n, true);
    view.setUint32(at + 4, Math.min(Math.max(Math.round(event.ageMs), 0), 0xffff_ffff), true);
    view.setUint8(at + 8, RING_EVENT_KINDS.indexOf(event.kind) + 1);
    view.setUint8(at + 9, flagsOf(event));
    view.setUint32(at + 10, event.count ?? 0, true);
  });
  return new Uint8Array(view.buffer);
}

function flagsOf(event: RingEvent): number {
  const on = event.on === undefined ? 0 : event.on ? 3 : 1;
  return on | (event.count === undefined ? 0 : 4);
}

export function decodeRing(data: Uint8Array): Result<RingMfg, MfgError> {
  if (data.length === 0) return fail({ kind: "malformed" });
  if (data[0] !== TYPE.ring) return fail({ kind: "unknown-type", type: data[0]! });
  if (data.length < RING_HEAD_BYTES) return fail({ kind: "malformed" });
  const view = viewOf(data);
  const count = view.getUint8(5);
  if (data.length !== RING_HEAD_BYTES + count * RING_EVENT_BYTES) return fail({ kind: "malformed" });
  const events: RingEvent[] = [];
  for (let index = 0; index < count; index += 1) {
    const event = decodeRingEvent(view, RING_HEAD_BYTES + index * RING_EVENT_BYTES);
    const before = events.at(-1);
    if (event === null || (before !== undefined && before.n >= event.n)) return fail({ kind: "malformed" });
    events.push(event);
  }
  return ok({ boot: view.getUint32(1, true), events });
}

function decodeRingEvent(view: DataView, at: number): RingEvent | null {
  const n = view.getUint32(at, true);
  const kind = RING_EVENT_KINDS[view.getUint8(at + 8) - 1];
  const flags = view.getUint8(at + 9);
  const count = view.getUint32(at + 10, true);
  const hasOn = (flags & 1) !== 0;
  const hasCount = (flags & 4) !== 0;
  if (n === 0 || kind === undefined || flags > 7 || flags === 2 || flags === 6 || (!hasCount && count !== 0))
    return null;
  return {
    n,
    ageMs: view.getUint32(at + 4, true),
    kind,
    ...(hasOn ? { on: (flags & 2) !== 0 } : {}),
    ...(hasCount ? { count } : {}),
  };
}

function fitted(octet: number): number | null {
  return octet === NOT_FITTED ? null : octet;
}

function viewOf(data: Uint8Array): DataView {
  return new DataView(data.buffer, data.byteOffset, data.byteLength);
}
