/** What the authority tells, as a person reads it: its events and the records that it collected. */
import type { AuthorityEvent } from "@lintel/edge/authority/ports.ts";
import type { KeysetState } from "@lintel/protocol/mqtt/bodies.ts";
import type { ShownRecord } from "@lintel/protocol/mqtt/record.ts";

export function sentenceOf(event: AuthorityEvent): string {
  switch (event.event) {
    case "collected":
      return recordSentence(event.edge, event.record);
    case "keyset-issued":
      return `edge ${event.edge}: keyset ${event.number} issued`;
    case "keyset-report":
      return `edge ${event.edge}: keyset ${event.number} ${stateSentence(event.state)}`;
    case "edge-adopted":
      return `edge ${event.edge}: adopted`;
    case "site-applied":
      return `site ${event.site}: revision ${event.revision} applied, ${event.changes} changes`;
    case "alarm":
      return `ALARM ${event.what}: ${event.subject}`;
    case "command":
      return `${event.edge}/${event.door}: ${event.act}, asked by ${event.by}: ${event.outcome}`;
    case "message-refused":
      return `edge ${event.edge}: a message on ${event.topic} was refused: ${event.why}${times(event.count)}`;
    case "connection-refused":
      return `broker: a connection was refused: ${event.why}${times(event.count)}`;
  }
}

function times(count: number): string {
  return count === 1 ? "" : ` (${count} times)`;
}

export function stateSentence(state: KeysetState): string {
  return state === "applied" ? "is in force" : `was refused: ${state.refused}`;
}

/** One record on one line: when, where, what, why, whose. */
export function recordSentence(edge: string, record: ShownRecord): string {
  const { at, clock, door, event, reasons, key, user, fingerprint, detail } = record;
  const parts = [
    new Date(at).toISOString(),
    // A time that is not vouched for is marked; the order is that of the records.
    clock === "trusted" ? "" : `(${clock})`,
    door === null ? edge : `${edge}/${door}`,
    event,
    reasons.join(" "),
    key === null ? "" : `key ${key}`,
    user === null ? "" : `user ${user}`,
    fingerprint === null ? "" : `code #${fingerprint}`,
    ...Object.entries(detail).map(([name, value]) => `${name}=${value}`),
  ];
  return parts.filter((part) => part !== "").join("  ");
}
