/** What a simulated Controller shows, as `lintel sim` prints it: design 5.3 as JSON, or a line for people. */
import { DEVICE_FAULTS } from "@lintel/firmware-sim/board/faults/catalogue.ts";
import { type Fault, type FaultKind, sayLength } from "@lintel/firmware-sim/board/faults/fault.ts";
import type { SimulatedEvent, SimulatedState } from "@lintel/firmware-sim/board/simulated-controller.ts";
import { sayFault, saySettings } from "../say-fault.ts";

/** One line of `--json`, without its `t`. */
export interface SimLine {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** `reveal`: digits as themselves; else as dots. */
export function lineOf(event: SimulatedEvent, reveal: boolean): SimLine {
  switch (event.kind) {
    case "key":
      return { event: "key", key: event.key.use((key) => (reveal || key === "*" || key === "#" ? key : "•")) };
    case "relay":
      return event.released
        ? { event: "relay", output: event.output, on: true, for: event.for === null ? null : Math.round(event.for) }
        : { event: "relay", output: event.output, on: false };
    case "led": {
      const { colour, offColour, on, off } = event.pattern;
      const blinking = off > 0 ? { offColour } : {};
      return { event: "led", reader: 0, led: event.led, colour, on, off, ...blinking };
    }
    case "contact":
      return { event: "contact", input: event.input, open: event.open };
    case "rex":
      return { event: "rex", pressed: event.pressed };
    case "link":
      return { event: event.online ? "online" : "offline" };
    case "secure":
      return { event: "secure", on: event.on, key: event.key };
    case "keyed":
      return { event: "keyed" };
    case "keys-dropped":
      return { event: "keys-dropped", count: event.count };
    case "fault":
      return faultLine(event.fault);
    case "card":
      return { event: "card", bits: event.bits };
    case "text":
      return { event: "text", text: event.text };
    case "line":
      return { event: "line", address: event.address, baud: event.baud };
    case "update":
      return { event: "update", state: event.state, bytes: event.bytes, total: event.total };
    case "buzzer":
    case "tamper":
    case "fire":
    case "power":
      return { event: event.kind, on: event.on };
  }
}

/** `for`: in ms, null where it has no end of its own; left out of what happens at once. */
function faultLine({ kind: { name, lasts }, off, settings, lasting }: Fault): SimLine {
  if (off) return { event: "fault", fault: name, on: false };
  return { event: "fault", fault: name, on: true, settings, ...(lasts ? { for: lasting } : {}) };
}

/** Every fault that there is, with what can be set of it; `stands`: as it was set, null where it does not stand. */
export function faultsLine(standing: readonly Fault[]): SimLine {
  const settingsOf = (name: string) => standing.find(({ kind }) => kind.name === name)?.settings ?? null;
  return { event: "faults", faults: DEVICE_FAULTS.map((kind) => ({ ...kind, stands: settingsOf(kind.name) })) };
}

export function stateLine(state: SimulatedState): SimLine {
  return { event: "state", ...state };
}

/** `t` in ms since the start. */
export function sayLine(t: number, line: SimLine): string {
  return `${(t / 1000).toFixed(3).padStart(9)} s  ${wordsOf(line)}`;
}

function wordsOf(line: SimLine): string {
  switch (line.event) {
    case "port":
      return line.open ? `port ${line.path}` : `port ${line.path} is gone`;
    case "pins":
      return line.open ? `board ${line.path}` : `board ${line.path} is gone`;
    case "key":
      return `key ${line.key}`;
    case "relay":
      return line.on
        ? `output ${line.output} released${line.for === null ? "" : ` for ${Number(line.for) / 1000} s`}`
        : `output ${line.output} locked`;
    case "led":
      return line.off === 0
        ? `led ${line.led} ${line.colour}`
        : `led ${line.led} ${line.colour} ${line.on} ms, ${line.offColour} ${line.off} ms`;
    case "contact":
      return line.open ? "door open" : "door closed";
    case "rex":
      return line.pressed ? "exit button pressed" : "exit button let go";
    case "secure":
      return line.on ? `secure channel (${line.key})` : "secure channel ended";
    case "keyed":
      return "a key was installed";
    case "keys-dropped":
      return `${line.count} keypresses dropped: nobody fetched them`;
    case "card":
      return `card of ${line.bits} bits`;
    case "text":
      return line.text === "" ? "display dark" : `display ${JSON.stringify(line.text)}`;
    case "line":
      return `address ${line.address} at ${line.baud} baud from now on`;
    case "update":
      return `file ${line.state}: ${line.bytes} of ${line.total} bytes`;
    case "frame":
      return `${line.dir === "in" ? "<" : ">"} ${line.hex}`;
    case "state":
      return stateWords(line);
    case "fault":
      return faultWords(line);
    case "faults":
      return ["faults", ...(line.faults as readonly ListedFault[]).flatMap(listedWords)].join("\n");
    case "buzzer":
    case "tamper":
    case "fire":
    case "power":
      return `${line.event} ${line.on ? "on" : "off"}`;
    default:
      return line.event;
  }
}

type ListedFault = FaultKind & { readonly stands: Fault["settings"] | null };

function listedWords({ stands, ...kind }: ListedFault): string {
  return stands === null ? sayFault(kind) : `${sayFault(kind)}\n    it stands: ${saySettings(kind, stands) || "yes"}`;
}

function faultWords(line: SimLine): string {
  if (!line.on) return `fault ${line.fault} is over`;
  const kind = DEVICE_FAULTS.find(({ name }) => name === line.fault)!;
  const length = typeof line.for === "number" ? `for=${sayLength(line.for)}` : "";
  const words = [`fault ${line.fault}`, saySettings(kind, line.settings as Fault["settings"]), length];
  return words.filter((word) => word !== "").join(" ");
}

function stateWords(line: SimLine): string {
  const relay = (line.relay as readonly boolean[]).map((on, output) => `${output} ${on ? "released" : "locked"}`);
  const contact = line.contact === null ? "no contact" : line.contact ? "door open" : "door closed";
  const link = line.secure ? "secure" : line.online ? "online, not secure" : "offline";
  return [
    line.powered ? link : "no power",
    `outputs: ${relay.join(", ")}`,
    contact,
    `tamper ${line.tamper ? "on" : "off"}`,
  ].join("; ");
}
