/** Ends and times of real boards. */
import { millis } from "@lintel/protocol/base/units.ts";

export const LIMITS = {
  /** A board file is a screenful. Longer: refused. */
  fileLength: 65_536,
  /** Faults named of one file. */
  problems: 50,
  /** Highest number of a pin in Firmata, whose pin numbers have seven bits. */
  pin: 127,
  /** Highest number of an analog pin: A15 of the largest common board. */
  analogPin: 15,
  /** A board that was reset by opening its port: two seconds of bootloader, then the sketch. Later: no Firmata there. */
  ready: millis(10_000),
  /** A board that does not reset by itself says nothing: after this it is asked. Earlier would speak to the bootloader. */
  askVersion: millis(2_500),
  /** Between two scans of the keypad while a key is down. A scan takes eight turns of the line, 10 to 25 ms over USB. */
  matrixPause: millis(5),
  /** A living board is asked for a sign of life this often … */
  heartbeat: millis(1_000),
  /** … and one that has not answered by then is lost. USB serial holds bytes for at most 16 ms. */
  heartbeatAnswer: millis(1_000),
  /** How long the end waits for the board to say that its outputs are off. */
  farewell: millis(500),
  /** How often a lost board is looked for. */
  reopen: millis(1_000),
} as const;
