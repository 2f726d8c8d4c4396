/**
 * The demo as lines for a person: what the pad, the lock and the leaf do, what is written down, and what has reached the
 * authority. Pure: an event in, a line out, or none where it would only be noise.
 */
import type { SimulatedEvent } from "@lintel/firmware-sim/board/simulated-controller.ts";
import type { ShownRecord } from "@lintel/protocol/mqtt/record.ts";

/** What the story remembers of a door between two events. */
export interface PadSight {
  /** Typed and not submitted or cleared, as dots. */
  readonly typed: string;
  readonly light: string;
  readonly strike: "locked" | "released";
  readonly leaf: "open" | "closed";
}

export const FIRST_SIGHT: PadSight = { typed: "", light: "dark", strike: "locked", leaf: "closed" };

export interface Told {
  readonly sight: PadSight;
  readonly line: string | null;
}

/** A simulated Controller showed something. */
export function tellController(sight: PadSight, event: SimulatedEvent): Told {
  switch (event.kind) {
    case "key":
      return tellKey(
        sight,
        event.key.use((key) => key),
      );
    case "relay": {
      const strike = event.released ? "released" : "locked";
      const length = event.released && event.for !== null ? ` for ${Math.round(event.for / 100) / 10} s` : "";
      return { sight: { ...sight, strike }, line: said("strike", `${strike}${length}`) };
    }
    case "led": {
      const { colour, off } = event.pattern;
      const light = off > 0 ? `${colour} blinking` : colour;
      return light === sight.light ? { sight, line: null } : { sight: { ...sight, light }, line: said("light", light) };
    }
    case "buzzer":
      return { sight, line: event.on ? said("buzzer", "beep") : null };
    case "contact": {
      const leaf = event.open ? "open" : "closed";
      return { sight: { ...sight, leaf }, line: said("leaf", leaf) };
    }
    case "rex":
      return { sight, line: event.pressed ? said("exit", "button pressed") : null };
    case "keys-dropped":
      return { sight, line: said("pad", `${event.count} keypresses dropped, the edge did not fetch them`) };
    default:
      return { sight, line: null };
  }
}

/** The pad is told once, when it is submitted or cleared: each key by itself is on the pad's own display. */
function tellKey(sight: PadSight, key: string): Told {
  if (key !== "#" && key !== "*") return { sight: { ...sight, typed: `${sight.typed}•` }, line: null };
  return { sight: { ...sight, typed: "" }, line: said("pad", `${sight.typed}${key}`) };
}

/** A record, when the edge has made it durable. */
export function tellRecord(record: ShownRecord): string {
  const { seq, event, reasons, key, user, fingerprint } = record;
  const who = key === null ? "" : ` key ${key}${user === null || user === key ? "" : ` of ${user}`}`;
  const code = fingerprint === null ? "" : ` code ~${fingerprint}`;
  return said("record", `#${seq} ${event}${reasons.length > 0 ? `: ${reasons.join(", ")}` : ""}${who}${code}`);
}

export function tellCollected(record: ShownRecord): string {
  return said("log", `#${record.seq} ${record.event} has reached the authority`);
}

/** `14:03:22.115  front   strike  released for 5 s`; the time is the one of this machine's wall clock. */
export function storyLine(at: Date, door: string, line: string, width: number): string {
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
  return `${clock}.${String(at.getMilliseconds()).padStart(3, "0")}  ${door.padEnd(width)}  ${line}`;
}

/** The one line that always stands at the bottom of the terminal. */
export function statusLine(door: string, { typed, light, strike, leaf }: PadSight): string {
  return `[${door}] light ${light}, strike ${strike}, leaf ${leaf}, pad ${typed || "-"}   (Tab: next door, ?: help, Ctrl-C: end)`;
}

function said(what: string, text: string): string {
  return `${what.padEnd(6)}  ${text}`;
}
