/** Bounds of the authority. */
import { millis } from "@lintel/protocol/base/units.ts";

export const LIMITS = {
  /** By how much an edge may be ahead of us and be believed. An edge takes no larger step either (edge/keyset/limits.ts). */
  numberJump: 1_000_000,
  /** Entries of log and audit that the authority's own checkpoints leave uncovered at most, while no edge sends one. */
  logCheckpoint: 64,
  /** Faults of an exported log that are told: where so much is wrong, more says nothing. */
  logFaults: 20,
  /** Connections of one life of an edge whose births are remembered. */
  births: 1000,
  /** Longest site file taken, in characters. 100,000 keys take about 25 million. Longer: refused before it is read. */
  siteText: 64 * 1024 * 1024,
  /** The same gap is asked for again only after this: the answer is still on its way. */
  needInterval: millis(2000),
  /** A refused message of one edge and kind makes one audit entry in this time; the others are counted in it. */
  refusalInterval: millis(60_000),
  /** Different (edge, kind) pairs of refused messages that are told apart; beyond it they share one. */
  refusalKinds: 10_000,
  /** A command may be executed for so long after it was signed. Shorter than the wait: what is done at its end can be heard of. */
  commandLife: millis(9000),
  /** Who asks hears within this what became of it (design 5.1, `door mode`). */
  commandWait: millis(10_000),
  /** A command without an answer is sent again: its edge was just connecting, or asking for the time. */
  commandRepeat: millis(1000),
  /** Commands that wait for their answer at once. Past it the next is refused. */
  commands: 64,
  /** Records in one answer of the API. */
  page: 1000,
} as const;
