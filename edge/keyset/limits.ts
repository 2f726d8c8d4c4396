/** Bounds of taking a keyset. */
import { millis } from "@lintel/protocol/base/units.ts";

export const LIMITS = {
  /** Numbers that one keyset may be ahead of the held one: a forged 2^53 must not end all updates (facts mqtt 4). */
  numberJump: 1_000_000,
  /** A piece that did not come within this is asked for again; 192 of them over a slow line take a minute. */
  chunkWait: millis(10_000),
} as const;
