/** A second Controller on the address of another one, with the true firmware and a door of its own. */
import { Secret } from "@lintel/protocol/base/secret.ts";
import type { Twin, TwinKey } from "./faults/line.ts";
import { type Machine, type SimulatedOptions, startSimulated } from "./simulated-controller.ts";

/** `of`: the one that was meant. Its twin has another serial number, and the same key only where that was copied. */
export function startTwin(
  of: SimulatedOptions,
  key: TwinKey,
  write: (bytes: Uint8Array) => void,
  machine: Machine,
): Twin {
  const scbk = { none: () => null, other: () => new Secret(machine.random(16)), same: () => of.scbk }[key]();
  const { flash: _ours, fingers: _nobodys, ...rest } = of;
  const serial = ((of.serial ?? of.address + 1) + 1) % 2 ** 32;
  const options = { ...rest, scbk, serial, install: false, clear: of.clear && scbk === null };
  return startSimulated(options, { write }, machine);
}
