/** The faults of a Controller and of its line: the causes, and what can be set of each. What each does: line.ts, board.ts. */
import { millis } from "@lintel/protocol/base/units.ts";
import type { FaultKind } from "./fault.ts";

/** What befalls the line of a bus, or the way of one Controller to it (line.ts). */
export const WIRE_FAULTS: readonly FaultKind[] = [
  {
    name: "byte-loss",
    cause: "a loose screw terminal, or a serial adapter that overruns: single bytes are lost",
    place: "line",
    lasts: true,
    parameters: {
      rate: { kind: "number", about: "share of the bytes that are lost", min: 0, max: 1, default: 0.01 },
    },
  },
  {
    name: "noise",
    cause: "a motor, a contactor or a lift beside the cable: bursts hit what crosses, and are heard as bytes",
    place: "line",
    lasts: true,
    parameters: {
      every: {
        kind: "duration",
        about: "from one burst to the next, on average",
        min: millis(10),
        max: millis(3_600_000),
        default: millis(1_000),
      },
      length: { kind: "duration", about: "of a burst", min: millis(1), max: millis(1_000), default: millis(5) },
    },
  },
  {
    name: "cable-cut",
    cause: "the cable is cut beside the edge: nothing crosses to any Controller of the line",
    place: "line",
    lasts: true,
    parameters: {},
  },
  {
    name: "plug-out",
    cause: "the plug of one Controller is out: the others of its line go on",
    place: "controller",
    lasts: true,
    parameters: {},
  },
  {
    name: "swapped-wires",
    cause: "A and B are swapped at one Controller: it hears the opposite of every level, and says it",
    place: "controller",
    lasts: true,
    parameters: {},
  },
  {
    name: "wrong-baud",
    cause: "a switch of one Controller stands at another baud than its line",
    place: "controller",
    lasts: true,
    parameters: {
      baud: {
        kind: "word",
        about: "at which it talks and listens",
        words: ["9600", "19200", "38400", "57600", "115200"],
        default: "19200",
      },
    },
  },
  {
    name: "late-reply",
    cause: "a Controller busy with its own work answers after the edge has given up waiting (200 ms)",
    place: "controller",
    lasts: true,
    parameters: {
      by: { kind: "duration", about: "later than at once", min: millis(1), max: millis(10_000), default: millis(250) },
      share: { kind: "number", about: "share of the replies that are late", min: 0, max: 1, default: 1 },
    },
  },
  {
    name: "twin-address",
    cause: "a second Controller was left on the address of this one: both answer at the same time",
    place: "controller",
    lasts: true,
    parameters: {
      key: {
        kind: "word",
        about: "that the other one holds: none, one of its own, or the same (a copied board)",
        words: ["none", "other", "same"],
        default: "other",
      },
    },
  },
];

/** What befalls the board itself (simulated-controller.ts). */
const BOARD_FAULTS: readonly FaultKind[] = [
  {
    name: "tamper",
    cause: "somebody has opened the housing of the keypad",
    place: "controller",
    lasts: true,
    parameters: {},
  },
];

export const DEVICE_FAULTS: readonly FaultKind[] = [...WIRE_FAULTS, ...BOARD_FAULTS];
