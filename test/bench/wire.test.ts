/** What the bench measures on the modelled wire is what it says it measures. */
import { test } from "tap";
import { percentile } from "./figure.ts";
import { modelledTimes } from "./wire.ts";

for (const { baud, doors } of [
  { baud: 9600, doors: 1 },
  { baud: 19_200, doors: 2 },
  { baud: 115_200, doors: 1 },
]) {
  test(`at ${baud} baud, ${doors} on the line: POLL, KEYPAD and OUT alone lie between the key and its strike (design 3)`, (t) => {
    const { fromKey, bytes } = modelledTimes(baud, doors, 5);
    // 15 + 31 + 31: facts peers 4.2 has 74, and each frame has its mark.
    t.same(bytes, [77, 77, 77, 77, 77]);
    // The poll that fetches the key may have begun before it: its own bytes are then no wait.
    t.ok(percentile(fromKey, 0) >= (62 * 10_000) / baud);
    t.ok(percentile(fromKey, 1) < (77 * 10_000) / baud + 100 + (doors * 30 * 10_000) / baud + 10);
    t.end();
  });
}
