/** Bounds of a rehearsal. */
import { millis } from "@lintel/protocol/base/units.ts";

export const LIMITS = {
  /** Lines of one script. A year of 50 uses a day is a tenth of it. */
  scriptLines: 1_000_000,
  /** Steps written in one YAML file, those of `then` apart; and of one `then`. A person writes a hundred. */
  scriptEntries: 10_000,
  followers: 100,
  /** Furthest that an occurrence may lie from its time: those of one day stay before those of the next. */
  about: millis(6 * 3_600_000),
  /** Longest wait of a step for the one before it. */
  following: millis(7 * 86_400_000),
  /** Days of one run: ten years. */
  days: 3_660,
  /** Keys of one `press`: what a person can have in mind. */
  pressKeys: 64,
  /** How long before the first line the world is started, so that all is paired, adopted and settled by then. */
  settle: millis(60_000),
  /** Longest stretch of a run that is played without looking up, of model time. */
  stretch: millis(6 * 3_600_000),
  /** How long a run goes on after its last line, without an `end` (design 5.6). */
  afterLast: millis(60_000),
  /** What may happen at one instant before it is called a bug: time that does not go on. A busy site of 126 doors has some hundred. */
  atOneInstant: 1_000_000,
  /** Signatures of the world's own that are remembered until they arrive. Past it the oldest is checked like a foreign one. */
  ownSignatures: 1_024,
} as const;
