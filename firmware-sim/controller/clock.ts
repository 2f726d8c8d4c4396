/** The time that a Controller's surroundings live in: the machine's, or one that a test moves. */
import type { Monotonic } from "@lintel/protocol/base/units.ts";

export interface Clock {
  now(): Monotonic;
  /** Calls once, then or a little later. The answer takes it back. */
  wake(at: Monotonic, call: () => void): () => void;
}
