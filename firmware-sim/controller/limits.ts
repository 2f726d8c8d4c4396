/** Everything in the firmware that has an end, with its reason and what happens at it. */
import { invariant } from "@lintel/protocol/base/invariant.ts";
import { millis } from "@lintel/protocol/base/units.ts";
import { LIMITS as OSDP } from "@lintel/protocol/osdp/limits.ts";

export const LIMITS = {
  /** Outputs of the largest board. Board files that ask for more are refused. */
  outputs: 8,
  /** Inputs of the largest board. */
  inputs: 16,
  /** LEDs beside the keypad: a reader with more is not known to us. */
  leds: 4,
  /** A level counts once it has stood so long: longer than contacts bounce (≤ 10 ms), well inside the 100 ms of REX. */
  debounce: millis(20),
  /** From driving a keypad column to reading its rows. Long wires and pull-ups of 100 kΩ settle within 0.1 ms. */
  keypadSettle: millis(2),
  /** From the start of one scan of the keypad to the next, while a key is down. */
  keypadScan: millis(10),
  /** Keys held at once from which a matrix without diodes shows keys that nobody presses: none of them counts. */
  keypadGhosts: 3,
  /** Characters of a display's one line: the smallest that PDCAP knows. More are cut off. */
  displayColumns: 16,
  /** Bits of a card: more than any format of the field has. A longer one is not read. */
  cardBits: 512,
  /** Longest file that a CP may send: a firmware image of this class of board. Longer: refused at its first fragment. */
  fileBytes: 1_048_576,
  /** Longest release that OUT may ask of an output, domain-rules "Outputs end by themselves". Longer: NAK 9. */
  release: millis(120_000),
  /** Local events that wait for the edge. One more: the oldest is lost, and an `overflow` stands in its place. */
  ringEvents: 256,
  /** A state or a ring that the CP did not fetch within this is not sent any more: the ages in it would be wrong. */
  reportFresh: millis(2_000),
  /** An unacknowledged ring is sent again after this, then after twice as long each time … */
  ringRepeat: millis(2_000),
  /** … up to this: a panel of another maker never acknowledges, and must not be flooded. */
  ringRepeatMax: millis(60_000),
} as const;

invariant(LIMITS.outputs <= OSDP.osdpOutputsPerCommand, "one OUT can name every output", LIMITS);
invariant(LIMITS.inputs <= OSDP.osdpStatesPerReply, "one ISTATR holds every input", LIMITS);
