/** Ends of what the serial room may hold or wait for. */
import { millis } from "@lintel/protocol/base/units.ts";

export const LIMITS = {
  /**
   * Bytes written and not yet taken by the line. An OSDP side has one frame outstanding (at most 1440 bytes); what goes
   * beyond is a line that nobody reads, and is dropped, as the air drops it on a wire with nobody at its end.
   */
  pendingBytes: 65_536,
  /** How soon a full pseudo-terminal is tried again. */
  writeAgain: millis(2),
  /** How soon a line is read again where the sign that there are bytes may be late. A quarter of a poll at 38,400 baud. */
  readAgain: millis(4),
  /** How long a TCP connection may take to be made. */
  tcpConnect: millis(5_000),
} as const;
