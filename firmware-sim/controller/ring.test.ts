import { millis, monotonic } from "@lintel/protocol/base/units.ts";
import { test } from "tap";
import { LIMITS } from "./limits.ts";
import { acknowledge, EMPTY_RING, isEmpty, keep, keepDropped, oldestEvents, type Ring } from "./ring.ts";

const at = (ms: number) => monotonic(1_000 + ms);

/** A ring after `count` events, one each ms from 1 on. */
function filled(count: number): Ring {
  let ring = EMPTY_RING;
  for (let event = 1; event <= count; event += 1) ring = keep(ring, { kind: "rex" }, at(event));
  return ring;
}

const fills: readonly { name: string; events: number; first: object; places: number }[] = [
  { name: "255 events: all of them", events: 255, first: { n: 1, kind: "rex" }, places: 255 },
  { name: "256 events: all of them", events: 256, first: { n: 1, kind: "rex" }, places: 256 },
  {
    name: "257 events: two make room for the overflow that stands for them",
    events: 257,
    first: { n: 2, kind: "overflow", count: 2, ageMs: 255 },
    places: 256,
  },
  {
    name: "1000 events: the last 255, and an overflow",
    events: 1_000,
    first: { n: 745, kind: "overflow", count: 745, ageMs: 255 },
    places: 256,
  },
];

for (const { name, events, first, places } of fills) {
  test(`the ring after ${name}`, (t) => {
    const told = oldestEvents(filled(events), 2_000, at(events));
    t.equal(told.length, places);
    t.match(told[0], first);
    t.equal(told.at(-1)!.n, events);
    t.ok(
      told.every(({ n }, index) => index === 0 || n === told[index - 1]!.n + 1),
      "without a hole behind it",
    );
    t.equal(told.length <= LIMITS.ringEvents, true);
    t.end();
  });
}

test("ages are counted to the moment of telling", (t) => {
  let ring = keep(EMPTY_RING, { kind: "contact", on: true }, at(0));
  ring = keep(ring, { kind: "contact", on: false }, at(400));
  t.same(oldestEvents(ring, 7, at(1_000)), [
    { n: 1, kind: "contact", on: true, ageMs: millis(1_000) },
    { n: 2, kind: "contact", on: false, ageMs: millis(600) },
  ]);
  t.end();
});

const acknowledgements: readonly { name: string; upTo: number; left: readonly number[] }[] = [
  { name: "nothing", upTo: 0, left: [1, 2, 3] },
  { name: "some", upTo: 2, left: [3] },
  { name: "all", upTo: 3, left: [] },
  { name: "more than there is", upTo: 9, left: [] },
];

for (const { name, upTo, left } of acknowledgements) {
  test(`an acknowledgement of ${name} leaves the rest, and the numbers go on`, (t) => {
    const ring = acknowledge(filled(3), upTo);
    t.same(
      oldestEvents(ring, 9, at(9)).map(({ n }) => n),
      left,
    );
    t.equal(isEmpty(ring), left.length === 0);
    t.equal(keep(ring, { kind: "rex" }, at(9)).kept.at(-1)!.n, 4);
    t.end();
  });
}

test("an overflow told once is not told again: only what was lost since", (t) => {
  let ring = filled(300);
  t.match(oldestEvents(ring, 1, at(300)), [{ n: 45, kind: "overflow", count: 45 }]);
  ring = keep(ring, { kind: "rex" }, at(301));
  ring = acknowledge(ring, 45);
  t.match(oldestEvents(ring, 1, at(301)), [{ n: 46, kind: "overflow", count: 1 }]);
  ring = acknowledge(ring, 46);
  t.match(oldestEvents(ring, 1, at(301)), [{ n: 47, kind: "rex" }]);
  t.end();
});

test("dropped keypresses add up while nobody was told of them", (t) => {
  let ring = keepDropped(EMPTY_RING, 1, 0, at(0));
  ring = keepDropped(ring, 2, 0, at(1));
  t.match(oldestEvents(ring, 9, at(1)), [{ n: 1, kind: "keys-dropped", count: 3 }]);
  ring = keepDropped(ring, 4, 1, at(2));
  t.match(
    oldestEvents(ring, 9, at(2)).map(({ count }) => count),
    [3, 4],
    "what was sent is not changed any more",
  );
  t.end();
});
