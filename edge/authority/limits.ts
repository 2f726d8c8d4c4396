/** Bounds of the authority. */
import { millis } from "@lintel/protocol/base/units.ts";

export const LIMITS = {
  /** Longest site file taken, in characters. 100,000 keys take about 25 million. Longer: refused before it is read. */
  siteText: 64 * 1024 * 1024,
  /** The same gap is asked for again only after this: the answer is still on its way. */
  needInterval: millis(2000),
  /** A refused message of one edge and kind makes one audit entry in this time; the others are counted in it. */
  refusalInterval: millis(60_000),
  /** Different (edge, kind) pairs of refused messages that are told apart; beyond it they share one. */
  refusalKinds: 10_000,
  /** Records in one answer of the API. */
  page: 1000,
} as const;
