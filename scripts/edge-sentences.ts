/** What an edge tells, as a person reads it. */
import type { EdgeEvent } from "@lintel/edge/box/events.ts";
import type { ShownRecord } from "@lintel/protocol/mqtt/record.ts";

export function sentenceOf(event: EdgeEvent): string {
  switch (event.event) {
    case "record":
      return recordSentence(event.record);
    case "strike":
      return `${event.door}: strike released for ${event.forMs / 1000} s`;
    case "hold":
      return `${event.door}: ${event.open ? `held open (${event.cause})` : `no longer held open (${event.cause})`}`;
    case "link":
      return `${event.door}: Controller ${event.controller} ${event.online ? "online" : "offline"}`;
    case "port":
      return event.open ? `bus ${event.bus}: port open` : `bus ${event.bus}: ${event.why}`;
    case "authority":
      return event.connected ? "authority: connected" : `authority: ${event.why}`;
    case "keyset":
      return `keyset ${event.number}: ${event.state}`;
    case "adopted":
      return `adopted as ${event.edge} of site ${event.site}`;
    case "pairing":
      return `${event.door}: ${PAIRING[event.state]}`;
    case "clock":
      return `clock: ${event.trust}`;
    case "note":
      return event.text;
  }
}

const PAIRING = {
  opened: "install window open",
  paired: "paired",
  closed: "install window closed, not paired",
} as const;

/** `12:00:03 #17 front denied: expired (key k3)` */
export function recordSentence({ seq, at, door, event, reasons, key, fingerprint, detail }: ShownRecord): string {
  const time = new Date(at).toISOString().slice(11, 19);
  const why = reasons.length > 0 ? `: ${reasons.join(", ")}` : "";
  const facts = [
    ...(key === null ? [] : [`key ${key}`]),
    ...(fingerprint === null ? [] : [`code ~${fingerprint}`]),
    ...Object.entries(detail).map(([name, value]) => `${name} ${value}`),
  ];
  return `${time} #${seq} ${door === null ? "" : `${door} `}${event}${why}${facts.length > 0 ? ` (${facts.join(", ")})` : ""}`;
}
