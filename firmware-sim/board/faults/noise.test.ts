import { millis, monotonic } from "@lintel/protocol/base/units.ts";
import { test } from "tap";
import { startNoise } from "./noise.ts";

/** A clock that stands at zero, and wakes nobody. */
const clock = { now: () => monotonic(0), wake: () => () => {} };
const random = (count: number) => new Uint8Array(count).fill(0xff);

test("a burst hits the bytes that cross while it lasts, and no others", (t) => {
  // 10,000 baud: one byte a ms. The burst is there from 0 to 5 ms.
  const noise = startNoise({ every: millis(1_000), length: millis(5), baud: 10_000 }, { clock, random }, () => {});
  const heard = (last: number) => [...noise.hit(new Uint8Array(4), monotonic(last))].map((byte) => byte === 0xff);
  const table: readonly [last: number, heard: readonly boolean[]][] = [
    [0, [false, false, false, false]],
    [2, [false, false, true, true]],
    [5, [true, true, true, true]],
    [7, [true, true, false, false]],
    [9, [false, false, false, false]],
  ];
  for (const [last, hit] of table) t.same(heard(last), hit, `the last byte ends at ${last} ms`);
  t.end();
});

test("both ends hear as many bytes of a burst as would fit in it", (t) => {
  const heard: number[] = [];
  startNoise({ every: millis(1_000), length: millis(5), baud: 10_000 }, { clock, random }, ({ length }) =>
    heard.push(length),
  );
  t.same(heard, [5]);
  t.end();
});
