/** What Lintel's own MFG and MFGREP say, in words; of another vendor's only how long it is, for nobody knows what is in it. */
import { toHex } from "../base/bytes.ts";
import { inTime } from "./fields.ts";
import { type ConfigureMfg, decodeMfgCommand, decodeRing, isLintelVendor, type RingEvent } from "./mfg.ts";

/** Behind the name MFG. */
export function mfgCommandWords(vendor: Uint8Array, payload: Uint8Array): string {
  const decoded = isLintelVendor(vendor) ? decodeMfgCommand(payload) : null;
  if (decoded?.ok !== true) return foreignWords(vendor, payload);
  const said = decoded.value;
  return said.kind === "configure"
    ? `configure ${configureWords(said.configure)}`
    : `ring-ack boot ${said.ack.boot}, up to ${said.ack.upTo}`;
}

/** Behind the name MFGREP. */
export function mfgReplyWords(vendor: Uint8Array, payload: Uint8Array): string {
  const decoded = isLintelVendor(vendor) ? decodeRing(payload) : null;
  if (decoded?.ok !== true) return foreignWords(vendor, payload);
  const { boot, events } = decoded.value;
  return `ring boot ${boot}: ${events.map(eventWords).join(", ") || "nothing"}`;
}

function foreignWords(vendor: Uint8Array, payload: Uint8Array): string {
  return `vendor ${toHex(vendor)}, ${payload.length} bytes`;
}

function configureWords({ strike, rex, contact, fire }: ConfigureMfg): string {
  const parts = [`strike output ${strike.output} fail ${strike.fail}`];
  if (rex !== null) parts.push(`REX input ${rex.input} for ${inTime(rex.release)}`);
  if (contact !== null) parts.push(`contact input ${contact.input}`);
  if (fire !== null) parts.push(`fire input ${fire.input}`);
  return parts.join(", ");
}

function eventWords({ n, kind, on, count }: RingEvent): string {
  const detail = count !== undefined ? ` ${count}` : on !== undefined ? (on ? " on" : " off") : "";
  return `${n} ${kind}${detail}`;
}
