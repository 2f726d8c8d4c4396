import { instant, millis } from "@lintel/protocol/base/units.ts";
import { test } from "tap";
import { startTally } from "./rate.ts";

test("what must not be told each time is told once in the interval, with how often it was", (t) => {
  const tally = startTally(millis(60_000), 10);
  const counts = [0, 1, 30_000, 59_999, 60_000, 60_001, 120_000].map((at) => tally.count("e1/malformed", instant(at)));
  t.same(counts, [1, null, null, null, 4, null, 2]);
  t.equal(tally.count("e1/expired", instant(120_000)), 1, "another kind is counted apart");
  t.end();
});

test("names without end are not kept: what comes beyond is counted as one, and nothing is lost of it", (t) => {
  const tally = startTally(millis(60_000), 3);
  const told = Array.from({ length: 10_000 }, (_, at) => tally.count(`e${at}`, instant(0)));
  t.same(told.slice(0, 5), [1, 1, 1, 1, null]);
  t.equal(told.filter((count) => count !== null).length, 4);
  t.equal(tally.count("e20000", instant(60_000)), 9_997);
  t.end();
});
