/** Bounds of one door. */
import { millis } from "@lintel/protocol/base/units.ts";

export const LIMITS = {
  /** Digits of a code, all of them (d1.1). Another count is one wrong entry, judged at its submit. */
  codeDigits: 6,
  /** Digits the entry keeps (d2.2). What comes after them is dropped: the entry is wrong already, and stays one. */
  entryDigits: 16,
  /** After an auto-submit a submit key within this is swallowed: people press it all the same (d2.2). */
  submitSwallow: millis(1000),
  /**
   * How far the edge's idea of a release may lie from the Controller's: the way of OUT there and of the contact back,
   * with two repetitions on a slow line. An opening this near to a release is not forced.
   */
  releaseSlack: millis(500),
  /** After a new session, how long the Controller may take to tell what happened meanwhile. Nothing is judged late before. */
  sessionSettle: millis(2000),
  /**
   * A use that was not taken is given back when its Controller was heard of so long after the end of the release, and
   * again so long after that: the contact is debounced (below 100 ms) and told by then. So nobody walks through and has
   * the use back by cutting a cable.
   */
  giveBackHeard: millis(500),
  /** How often that is looked at. On a full line a Controller has its turn every few seconds. */
  giveBackLook: millis(1000),
  /** Grants that wait for the leaf at once. A grant takes six keypresses, a release at most 120 s; past it the oldest is let go. */
  openGrants: 32,
  /** Hold-open is a lease: the strike is released for so long, and again well before that is over. */
  lease: millis(60_000),
  leaseRenewal: millis(20_000),
  /** Stretches of leases remembered, to judge what a Controller tells late. Past it the oldest is forgotten. */
  leases: 4,
  /** How far ahead the next change of hours is looked for; where there is none, it is looked again then. */
  holdHorizon: millis(36 * 3_600_000),
  /** How far back an interval may have ended that a clock could be set back into: the longest is 24 h, or 25 in autumn. */
  hoursLookBack: millis(48 * 3_600_000),
  /** Intervals that are armed at once. A grace is at most 12 h; past it the oldest is required anew. */
  armed: 64,
  /** A First-In outlives a restart of the edge that took less (d6.3). */
  armedGap: millis(10 * 60_000),
  /** An override ends at most so far ahead, and without an end outside of hours after a day (d6.5). */
  overrideAhead: millis(7 * 86_400_000),
  overrideOpenEnd: millis(86_400_000),
} as const;
