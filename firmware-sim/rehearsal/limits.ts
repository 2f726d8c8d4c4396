/** Bounds of a rehearsal. */
import { millis } from "@lintel/protocol/base/units.ts";

export const LIMITS = {
  /** Lines of one script. A year of 50 uses a day is a tenth of it. */
  scriptLines: 1_000_000,
  /** Keys of one `press`: what a person can have in mind. */
  pressKeys: 64,
  /** How long before the first line the world is started, so that all is paired, adopted and settled by then. */
  settle: millis(60_000),
  /** How long a run goes on after its last line, without an `end` (design 5.6). */
  afterLast: millis(60_000),
  /** What may happen at one instant before it is called a bug: time that does not go on. A busy site of 126 doors has some hundred. */
  atOneInstant: 1_000_000,
  /** Signatures of the world's own that are remembered until they arrive. Past it the oldest is checked like a foreign one. */
  ownSignatures: 1_024,
} as const;
