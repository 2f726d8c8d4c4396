/** The faults of a Controller and of its line: the causes, and what can be set of each. What each does: line.ts, board-faults.ts. */
import { millis } from "@lintel/protocol/base/units.ts";
import { LIMITS } from "../limits.ts";
import type { FaultKind, Parameter } from "./fault.ts";

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

const DIP: Parameter = {
  kind: "duration",
  about: "until the supply is back",
  min: millis(1),
  max: millis(10_000),
  default: LIMITS.brownout,
};

/** What befalls the board itself (board-faults.ts). */
const BOARD_FAULTS: readonly FaultKind[] = [
  {
    name: "stuck-key",
    cause: "a key stays down: sugar, frost or a nail",
    place: "controller",
    lasts: true,
    parameters: {
      key: { kind: "word", about: "that is down", words: [..."0123456789*#"], default: "5" },
    },
  },
  {
    name: "bouncing-keys",
    cause: "worn contacts of the keypad open and close several times under one press",
    place: "controller",
    lasts: true,
    parameters: {
      times: { kind: "number", about: "how often, at each press and release", min: 1, max: 50, default: 4 },
      spacing: {
        kind: "duration",
        about: "of each opening and closing; contacts that stand for 20 ms count",
        min: millis(1),
        max: millis(100),
        default: millis(4),
      },
    },
  },
  {
    name: "contact-chatter",
    cause: "the magnet of the door contact sits at the edge of its reach, and every draught moves it",
    place: "controller",
    lasts: true,
    parameters: {
      every: {
        kind: "duration",
        about: "from one change to the next, on average; what stands for 20 ms counts",
        min: millis(1),
        max: millis(60_000),
        default: millis(15),
      },
    },
  },
  {
    name: "strike-jam",
    cause: "the bolt of the strike does not move: dirt, a bent plate, or a leaf that presses on it",
    place: "controller",
    lasts: true,
    parameters: {
      bolt: {
        kind: "word",
        about: "how it sits: held (the leaf does not open though released) or free (it opens though locked)",
        words: ["held", "free"],
        default: "held",
      },
    },
  },
  {
    name: "tamper",
    cause: "somebody has opened the housing of the keypad",
    place: "controller",
    lasts: true,
    parameters: {},
  },
  {
    name: "brown-out",
    cause: "a dip in the mains, long enough for the Controller to reset",
    place: "controller",
    lasts: false,
    parameters: { length: DIP },
  },
  {
    name: "weak-supply",
    cause: "a supply too small for the strike: it gives way whenever a relay begins to draw current",
    place: "controller",
    lasts: true,
    parameters: { length: DIP },
  },
  {
    name: "power-cut",
    cause: "the Controller loses power between two steps of its own, and has it back when the fault is over",
    place: "controller",
    lasts: true,
    parameters: {
      step: {
        kind: "word",
        about: "answering a command, driving a relay, or storing a key or a setting",
        words: ["answer", "drive", "store"],
        default: "drive",
      },
      when: { kind: "word", about: "in which order", words: ["before", "after"], default: "after" },
      nth: { kind: "number", about: "which such step from now on", min: 1, max: 1_000_000, default: 1 },
      sent: {
        kind: "number",
        about: "bytes of an answer that are out by then, where it is cut before",
        min: 0,
        max: 1_440,
        default: 0,
      },
    },
  },
];

export const DEVICE_FAULTS: readonly FaultKind[] = [...WIRE_FAULTS, ...BOARD_FAULTS];
