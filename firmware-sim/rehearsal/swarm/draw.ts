/** Choices of a random world, from seeded bytes: the same seed, the same choices. */
import { type RandomBytes, uniformBelow } from "@lintel/protocol/base/random.ts";
import { seededBytes } from "../random.ts";

export class Draw {
  readonly #random: RandomBytes;
  readonly #seed: number;
  readonly #name: string;

  constructor(seed: number, name: string) {
    this.#seed = seed;
    this.#name = name;
    this.#random = seededBytes(seed, `swarm ${name}`);
  }

  /** A stream of its own: what is drawn there moves nothing here. */
  part(name: string): Draw {
    return new Draw(this.#seed, `${this.#name}/${name}`);
  }

  /** A whole number, both ends included. */
  whole(least: number, most: number): number {
    return least + uniformBelow(this.#random, most - least + 1);
  }

  /** True in `percent` of 100. */
  chance(percent: number): boolean {
    return this.whole(1, 100) <= percent;
  }

  one<T>(of: readonly T[]): T {
    return of[this.whole(0, of.length - 1)]!;
  }

  /** Each of them with the same chance, in their order. */
  some<T>(of: readonly T[], percent: number): readonly T[] {
    return of.filter(() => this.chance(percent));
  }
}
