/** The faults of a Controller and of its line: the causes, and what can be set of each. What each does: line.ts, board.ts. */
import type { FaultKind } from "./fault.ts";

/** What befalls the line of a bus, or the way of one Controller to it (line.ts). */
export const WIRE_FAULTS: readonly FaultKind[] = [
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
