/**
 * Bursts of noise on a line: a motor, a contactor or a lift beside the cable. What crosses during a burst is hit; on an
 * idle line every UART hears bytes that nobody sent.
 */
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import { after, type Millis, type Monotonic, monotonic } from "@lintel/protocol/base/units.ts";
import type { Clock } from "../../controller/clock.ts";
import { around } from "./chance.ts";

export interface NoiseSettings {
  /** From the start of one burst to the next, on average. */
  readonly every: Millis;
  readonly length: Millis;
  readonly baud: number;
}

export interface Noise {
  /** Bytes whose last bit came at `now`, as they were heard. */
  hit(bytes: Uint8Array, now: Monotonic): Uint8Array;
  stop(): void;
}

/** Bursts that are over for so long hit nothing any more: the longest frame of OSDP at 9600 baud takes 1.5 s. */
const REMEMBERED = 2_000;

/** The first burst comes at once. `garbage`: what every end hears of one. */
export function startNoise(
  { every, length, baud }: NoiseSettings,
  { clock, random }: { readonly clock: Clock; readonly random: RandomBytes },
  garbage: (bytes: Uint8Array) => void,
): Noise {
  const perByte = 10_000 / baud;
  let bursts: { readonly from: Monotonic; readonly to: Monotonic }[] = [];
  let forget = () => {};
  const burst = () => {
    const from = clock.now();
    bursts = [...bursts.filter(({ to }) => to >= from - REMEMBERED), { from, to: after(from, length) }];
    forget = clock.wake(after(from, around(every, random)), burst);
    garbage(random(Math.max(1, Math.round(length / perByte))));
  };
  burst();
  return {
    hit: (bytes, now) =>
      bytes.map((byte, at) => {
        const ends = monotonic(now - (bytes.length - 1 - at) * perByte);
        const isHit = bursts.some(({ from, to }) => ends > from && ends - perByte < to);
        return isHit ? random(1)[0]! : byte;
      }),
    stop: () => forget(),
  };
}
