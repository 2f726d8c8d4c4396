/** Ends and times of the simulated board: what a person, a leaf and a strike take. */
import { millis } from "@lintel/protocol/base/units.ts";

export const LIMITS = {
  /** A finger on a key, and between two keys: together 150 ms, a practised typist. */
  keyDown: millis(80),
  keyUp: millis(70),
  /** The same where no finger is meant: each the 20 ms of debounce, a scan of 16 ms at most, and a little. */
  quickKeyDown: millis(40),
  quickKeyUp: millis(40),
  /** Longest `hold`. Longer: refused. */
  hold: millis(600_000),
  /** Keys typed and not yet begun. More: refused. */
  typing: 256,
  /** A REX button under a hand. */
  rexPress: millis(300),
  /** From current (or its end) to a bolt that no longer (or again) stops the leaf. Electric strikes: 20 to 100 ms. */
  strikeTravel: millis(50),
  /** From the pull on the leaf to the contact. */
  contactGap: millis(60),
  /** From the contact to the leaf standing open, and back. */
  leafSwing: millis(500),
  /** How long the supply stays away in a brown-out: long enough for the Controller to reset. */
  brownout: millis(200),
} as const;
