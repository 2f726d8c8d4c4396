/**
 * A stretch of line that can be faulty: bytes go in at one end, and come out at the other as the faults that stand let
 * them. Without a fault it is a wire. One stands for the line of a bus, one for each Controller's way to it.
 */
import { after, type Millis } from "@lintel/protocol/base/units.ts";
import type { Clock } from "../../controller/clock.ts";
import { WIRE_FAULTS } from "./catalogue.ts";
import type { Fault, FaultKind } from "./fault.ts";

export interface FaultyLineOptions {
  readonly clock: Clock;
  /** How long these bytes are on the wire; 0: somebody else has counted it. */
  readonly transit: (bytes: Uint8Array) => Millis;
  /** Who listens at the edge's end, and at the end of the Controllers. */
  readonly toCp: Listener;
  readonly toPds: Listener;
}

type Listener = (bytes: Uint8Array) => void;

export class FaultyLine {
  readonly #options: FaultyLineOptions;
  readonly #standing = new Set<string>();

  constructor(options: FaultyLineOptions) {
    this.#options = options;
  }

  /** What a line can have; anything else befalls a board. */
  static has(kind: FaultKind): boolean {
    return WIRE_FAULTS.includes(kind);
  }

  /** Null, or a sentence that says why it cannot be. */
  fault({ kind, off }: Fault): string | null {
    if (off) this.#standing.delete(kind.name);
    else this.#standing.add(kind.name);
    return null;
  }

  toPds(bytes: Uint8Array): void {
    this.#cross(bytes, this.#options.toPds);
  }

  toCp(bytes: Uint8Array, arrived: Listener = this.#options.toCp): void {
    this.#cross(bytes, arrived);
  }

  /** Bytes reach whoever listens when the last of them has crossed. */
  #cross(bytes: Uint8Array, arrived: Listener): void {
    if (this.#isCut()) return;
    const { clock, transit } = this.#options;
    const length = transit(bytes);
    if (length === 0) this.#arrive(bytes, arrived);
    else clock.wake(after(clock.now(), length), () => this.#arrive(bytes, arrived));
  }

  #arrive(bytes: Uint8Array, arrived: Listener): void {
    if (!this.#isCut()) arrived(bytes);
  }

  #isCut(): boolean {
    return this.#standing.has("cable-cut") || this.#standing.has("plug-out");
  }
}
