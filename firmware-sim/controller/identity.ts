/** Who a Controller says it is, and what it says it can do. Both are true of the board it runs on. */

import { LIMITS as OSDP } from "@lintel/protocol/osdp/limits.ts";
import { LINTEL_VENDOR } from "@lintel/protocol/osdp/mfg.ts";
import type { Capability, PdIdentity } from "@lintel/protocol/osdp/replies.ts";
import { BARE_READER, type BoardSize, type ReaderParts } from "./pins.ts";

/** Model 1: one door, keypad, relay. */
export function identityOf(serial: number): PdIdentity {
  return {
    vendor: Uint8Array.from(LINTEL_VENDOR),
    model: 1,
    version: 1,
    serial,
    firmware: { major: 0, minor: 1, build: 0 },
  };
}

/** PDCAP (facts osdp 4). What is not fitted is not claimed. */
export function capabilitiesOf(
  size: BoardSize,
  reader: ReaderParts | undefined,
  link: { readonly clear: boolean; readonly install: boolean },
) {
  const { cards, display } = reader ?? BARE_READER;
  const capabilities: Capability[] = [
    // Inputs of two states.
    { function: 1, compliance: 1, count: size.inputs },
    // Outputs, with timers.
    { function: 2, compliance: 3, count: size.outputs },
    // Cards as bits.
    ...(cards ? [{ function: 3, compliance: 1, count: 0 }] : []),
    // LEDs of three colours and more, with timers.
    { function: 4, compliance: 4, count: size.leds },
    // A buzzer, with timers.
    { function: 5, compliance: 2, count: 1 },
    // A display of one line of 16.
    ...(display ? [{ function: 6, compliance: 1, count: 1 }] : []),
    // CRC as well as checksum.
    { function: 8, compliance: 1, count: 0 },
    // AES-128; SCBK-D only while installing.
    { function: 9, compliance: link.clear ? 0 : 1, count: link.install ? 1 : 0 },
    { function: 10, compliance: OSDP.osdpFrameBytes & 0xff, count: OSDP.osdpFrameBytes >> 8 },
    // No message of several parts is taken: the longest is one frame.
    { function: 11, compliance: OSDP.osdpFrameBytes & 0xff, count: OSDP.osdpFrameBytes >> 8 },
    // One reader: the keypad, and what else is fitted beside it.
    { function: 13, compliance: 0, count: 1 },
    // OSDP 2.2.
    { function: 16, compliance: 2, count: 0 },
  ];
  return capabilities;
}
