/**
 * The faults of an edge (its disk, its clock, its power) and of the site (broker, authority): their causes, and what can
 * be set of each. What each does stands with its model: disk.ts, crystal.ts, way.ts, and the edge's unit.
 */
import { instant, millis } from "@lintel/protocol/base/units.ts";
import type { Fault, FaultKind, Parameter } from "../../board/faults/fault.ts";

/** What a clock whose battery is empty shows when power comes: the first instant that common chips count from. */
export const RESET_CLOCK = instant(Date.UTC(2000, 0, 1));

const TRANSACTION: Parameter = {
  kind: "number",
  about: "which transaction from now on",
  min: 1,
  max: 1_000_000,
  default: 1,
};

function share(about: string, of: number): Parameter {
  return { kind: "number", about, min: 0, max: 1, default: of };
}

/** Befall the store of one edge (disk.ts). */
export const DISK_FAULTS: readonly FaultKind[] = [
  {
    name: "disk-full",
    cause: "no room is left on the edge's disk: transactions fail, what is stored can be read",
    place: "edge",
    lasts: true,
    parameters: {
      room: { kind: "number", about: "transactions that still fit", min: 0, max: 1_000_000, default: 0 },
    },
  },
  {
    name: "disk-slow",
    cause: "the edge's disk is worn or busy: each transaction takes its time, and the edge stands still meanwhile",
    place: "edge",
    lasts: true,
    parameters: {
      each: {
        kind: "duration",
        about: "how long one takes; past 2s it is a failure to who waits at the door",
        min: millis(1),
        max: millis(60_000),
        default: millis(3_000),
      },
    },
  },
  {
    name: "failed-fsync",
    cause: "the edge's disk answers an error as a transaction is made durable: it is reported as failed",
    place: "edge",
    lasts: true,
    parameters: {
      left: {
        kind: "word",
        about: "what stands on the disk all the same: nothing, all of it, or all of it once power was gone",
        words: ["nothing", "all", "after-power"],
        default: "nothing",
      },
      share: share("of the transactions", 1),
    },
  },
  {
    name: "torn-write",
    cause: "power fails while a transaction is being written, and is back when the fault is over",
    place: "edge",
    lasts: true,
    parameters: {
      transaction: TRANSACTION,
      reported: {
        kind: "number",
        about: "transactions before it that are gone too: a disk that reports what it only holds in its cache",
        min: 0,
        max: 100,
        default: 0,
      },
    },
  },
  {
    name: "edge-power-cut",
    cause: "the edge loses power between two steps of its own, and has it back when the fault is over",
    place: "edge",
    lasts: true,
    parameters: {
      when: {
        kind: "word",
        about: "before a transaction begins, or after it is durable and before anything follows, as the strike would",
        words: ["before", "after"],
        default: "after",
      },
      transaction: TRANSACTION,
    },
  },
];

/** Befall the clock of one edge (crystal.ts, and the edge's unit). */
const CLOCK_FAULTS: readonly FaultKind[] = [
  {
    name: "dead-rtc",
    cause: "the battery of the edge's hardware clock is empty: after a power cut it shows an old time",
    place: "edge",
    lasts: true,
    parameters: {
      shows: {
        kind: "word",
        about: "the chip's first instant, in the year 2000, or the time at which power went",
        words: ["reset", "stopped"],
        default: "reset",
      },
    },
  },
  {
    name: "clock-step",
    cause: "somebody, or a time server gone wrong, sets the clock of the edge's machine",
    place: "edge",
    lasts: false,
    parameters: {
      by: {
        kind: "duration",
        about: "how far",
        min: millis(-3650 * 86_400_000),
        max: millis(3650 * 86_400_000),
        default: millis(3_600_000),
      },
    },
  },
  {
    name: "clock-drift",
    cause: "the crystal of the edge's machine is off: all its clocks run fast, or slow where it is negative",
    place: "edge",
    lasts: true,
    parameters: {
      ppm: {
        kind: "number",
        about: "millionths; a good crystal 20, a bad one 200, a broken one thousands",
        min: -20_000,
        max: 20_000,
        default: 100,
      },
    },
  },
];

/** Befall the way between the authority and its edges (way.ts). */
const BROKER_FAULTS: readonly FaultKind[] = [
  {
    name: "broker-gone",
    cause: "the broker has ended, or its network is down: the authority itself goes on",
    place: "site",
    lasts: true,
    parameters: {},
  },
  {
    name: "broker-slow",
    cause: "the way over the broker is slow: everything arrives late, in order",
    place: "site",
    lasts: true,
    parameters: {
      delay: {
        kind: "duration",
        about: "from one end to the other",
        min: millis(1),
        max: millis(600_000),
        default: millis(3_000),
      },
    },
  },
  {
    name: "broker-duplicates",
    cause: "the broker delivers messages twice, as it does where an acknowledgement is lost",
    place: "site",
    lasts: true,
    parameters: {
      share: share("of the messages", 1),
      apart: {
        kind: "duration",
        about: "between the two",
        min: millis(1),
        max: millis(600_000),
        default: millis(500),
      },
    },
  },
  {
    name: "broker-reorders",
    cause: "the broker holds messages back, and later ones overtake them",
    place: "site",
    lasts: true,
    parameters: {
      share: share("of the messages", 0.5),
      held: {
        kind: "duration",
        about: "the longest that one is held back",
        min: millis(1),
        max: millis(600_000),
        default: millis(2_000),
      },
    },
  },
  {
    name: "keyset-cut",
    cause: "pieces of a keyset are lost or cut short on their way to an edge",
    place: "site",
    lasts: true,
    parameters: {
      how: { kind: "word", about: "what happens to a piece", words: ["lost", "truncated"], default: "lost" },
      share: share("of the pieces", 1),
    },
  },
];

/** Befall the authority's store (rehearsal.ts). */
const AUTHORITY_FAULTS: readonly FaultKind[] = [
  {
    name: "authority-backup",
    cause: "a backup of the authority's database is taken now; before the first, there is the one of the first line",
    place: "site",
    lasts: false,
    parameters: {},
  },
  {
    name: "authority-restored",
    cause: "the authority is put back from its last backup: what it stored since is forgotten",
    place: "site",
    lasts: false,
    parameters: {},
  },
];

export const EDGE_FAULTS: readonly FaultKind[] = [
  ...DISK_FAULTS,
  ...CLOCK_FAULTS,
  ...BROKER_FAULTS,
  ...AUTHORITY_FAULTS,
];

/** Read as a number or a length: `readFault` has judged it. */
export function settingOf({ settings }: Fault, name: string): number {
  return Number(settings[name]);
}
