/** Everything in this room that has an end, with its reason and what happens at it. */
import { invariant } from "../base/invariant.ts";
import { millis } from "../base/units.ts";

export const LIMITS = {
  /** Longest frame, SOM to check: the standard's maximum (facts osdp 1). A longer LEN is no frame: the search goes on. */
  osdpFrameBytes: 1440,
  /** Shortest frame: SOM, ADDR, LEN, CTRL, CODE and a checksum. */
  osdpFrameBytesMin: 7,
  /** Silence inside a frame that ends it (facts osdp 2): its bytes are searched again for another one. */
  osdpFrameGap: millis(20),
  /** Silence inside a frame that a listener bears, and marks: a recorder stamps late what came in time. */
  osdpFollowGap: millis(1_000),
  /** SCBKs that a listener tries at a handshake: one for each address. One more drops the oldest. */
  osdpFollowKeys: 127,
  /** Without a valid frame for so long, CP and PD call each other offline and drop the session. */
  osdpOffline: millis(8_000),
  /** A keypress the CP did not fetch within this is dropped and counted: nobody stands there any more (design 3). */
  osdpKeypressAge: millis(5_000),
  /** Records in one OUT. The largest board has 8 outputs. More: refused whole. */
  osdpOutputsPerCommand: 8,
  /** Records in one LED command: two of a reader's LEDs, for four readers. More: refused whole. */
  osdpLedsPerCommand: 8,
  /** States in one ISTATR, OSTATR or RSTATR. More: refused whole. */
  osdpStatesPerReply: 64,
  /** Entries of one PDCAP: 16 functions are defined, private ones begin at 80 hex. More: refused whole. */
  osdpCapabilities: 64,
  /** Events that wait in a PD for a POLL. One more drops the oldest, which is counted. */
  osdpQueuedEvents: 64,
  /** Commands that wait in a CP for one PD's turn: LEDs and buzzer of a few grants. One more is answered `lost` at once. */
  osdpCommands: 32,
  /** Of those, urgent ones: a strike each. One more is answered `lost` at once. */
  osdpUrgentCommands: 8,
  /** Vendor bytes in one MFG or MFGREP: what a sealed frame of full size still holds. More: refused. */
  osdpVendorBytes: 1_392,
} as const;

// SOM to CTRL 5, SCB 2, CODE 1, vendor code 3, padding up to 16, MAC 4, CRC 2.
invariant(
  5 + 2 + 1 + Math.ceil((3 + LIMITS.osdpVendorBytes + 1) / 16) * 16 + 4 + 2 <= LIMITS.osdpFrameBytes,
  "a full MFGREP fits a sealed frame",
);
