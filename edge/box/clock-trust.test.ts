import { instant, monotonic } from "@lintel/protocol/base/units.ts";
import { test } from "tap";
import {
  believedTime,
  type ClockMark,
  type ClockSigns,
  type ClockState,
  lookAtClock,
  markClock,
  startClock,
  takeSignedTime,
  trustOf,
} from "./clock-trust.ts";
import { LIMITS } from "./limits.ts";

const NOON = Date.UTC(2026, 10, 23, 12);
const HOUR = 3_600_000;
const signs = (wall: number, over: Partial<ClockSigns> = {}): ClockSigns => ({
  wall: instant(wall),
  boot: "b1",
  hardwareClock: false,
  synchronised: false,
  ...over,
});
const mark = (over: Partial<ClockMark> = {}): ClockMark => ({
  floor: instant(NOON),
  boot: "b1",
  at: monotonic(1000),
  now: instant(NOON),
  vouched: true,
  signedAt: null,
  ...over,
});
const at = monotonic;
const seen = (state: ClockState, now: number) => ({
  trust: trustOf(state, at(now)),
  time: believedTime(state, at(now)),
});

const starts: readonly {
  name: string;
  mark: ClockMark | null;
  signs: ClockSigns;
  now: number;
  trust: string;
  time: number;
}[] = [
  {
    name: "the very first, nothing vouches",
    mark: null,
    signs: signs(NOON),
    now: 5000,
    trust: "floor-only",
    time: NOON,
  },
  {
    name: "the very first, with a hardware clock",
    mark: null,
    signs: signs(NOON, { hardwareClock: true }),
    now: 5000,
    trust: "holdover",
    time: NOON,
  },
  {
    name: "a hardware clock that shows 1970",
    mark: null,
    signs: signs(0, { hardwareClock: true }),
    now: 5000,
    trust: "floor-only",
    time: LIMITS.timeFloor,
  },
  {
    name: "a new boot, hardware clock at the floor",
    mark: mark({ boot: "b0" }),
    signs: signs(NOON, { hardwareClock: true }),
    now: 10,
    trust: "holdover",
    time: NOON,
  },
  {
    name: "a new boot, hardware clock just below the floor",
    mark: mark({ boot: "b0" }),
    signs: signs(NOON - 1, { hardwareClock: true }),
    now: 10,
    trust: "floor-only",
    time: NOON,
  },
  {
    name: "a new boot without a hardware clock, the kernel synchronised",
    mark: mark({ boot: "b0" }),
    signs: signs(NOON + HOUR, { synchronised: true }),
    now: 10,
    trust: "holdover",
    time: NOON + HOUR,
  },
  {
    name: "a new boot with neither",
    mark: mark({ boot: "b0" }),
    signs: signs(NOON + HOUR),
    now: 10,
    trust: "floor-only",
    time: NOON + HOUR,
  },
  {
    name: "a restart within the boot: counted on, whatever the machine's clock shows by now",
    mark: mark(),
    signs: signs(NOON - HOUR),
    now: 61_000,
    trust: "holdover",
    time: NOON + 60_000,
  },
  {
    name: "a restart within the boot soon after signed time",
    mark: mark({ signedAt: at(500) }),
    signs: signs(NOON),
    now: 61_000,
    trust: "trusted",
    time: NOON + 60_000,
  },
  {
    name: "a restart within the boot, but nothing vouched before",
    mark: mark({ vouched: false }),
    signs: signs(NOON),
    now: 61_000,
    trust: "floor-only",
    time: NOON + 60_000,
  },
  {
    name: "a machine that does not tell its boots",
    mark: mark({ boot: null }),
    signs: signs(NOON, { boot: null }),
    now: 61_000,
    trust: "floor-only",
    time: NOON,
  },
];

for (const { name, mark: stored, signs: shown, now, trust, time } of starts) {
  test(`a start: ${name}: ${trust}`, (t) => {
    t.same(seen(startClock(stored, shown, at(now)), now), { trust, time });
    t.end();
  });
}

const signed = takeSignedTime(startClock(null, signs(NOON), at(0)), instant(NOON), at(0)).state;

test("signed time is trusted for 24 h, then the same boot holds it over", (t) => {
  t.equal(trustOf(signed, at(24 * HOUR)), "trusted");
  t.equal(trustOf(signed, at(24 * HOUR + 1)), "holdover");
  t.equal(believedTime(signed, at(30 * HOUR)), NOON + 30 * HOUR);
  t.end();
});

const looks: readonly { name: string; wall: number; step: number | null; trust: string }[] = [
  { name: "as it should be", wall: NOON + 60_000, step: null, trust: "trusted" },
  { name: "2 s back", wall: NOON + 58_000, step: null, trust: "trusted" },
  { name: "more than 2 s back", wall: NOON + 57_999, step: -2001, trust: "floor-only" },
  { name: "5 min forward", wall: NOON + 360_000, step: null, trust: "trusted" },
  { name: "more than 5 min forward", wall: NOON + 360_001, step: 300_001, trust: "floor-only" },
];
for (const { name, wall, step, trust } of looks) {
  test(`the machine's clock is found ${name}: ${trust}, and the counted time goes on`, (t) => {
    const looked = lookAtClock(signed, signs(wall), at(60_000));
    t.equal(looked.step, step);
    t.same(seen(looked.state, 60_000), { trust, time: NOON + 60_000 });
    t.equal(lookAtClock(looked.state, signs(wall + 1000), at(61_000)).step, null, "a step is told once");
    t.end();
  });
}

test("steps too small to be one add up to one", (t) => {
  let state = signed;
  const steps: (number | null)[] = [];
  for (let second = 1; second <= 30; second += 1) {
    const looked = lookAtClock(state, signs(NOON + second * 900), at(second * 1000));
    state = looked.state;
    steps.push(looked.step);
  }
  t.equal(steps.filter((step) => step !== null).length, 1);
  t.equal(trustOf(state, at(30_000)), "floor-only");
  t.end();
});

test("after a step signed time vouches again; so does the kernel, but not below the floor", (t) => {
  const { state: marked } = markClock(signed, at(30_000));
  const stepped = lookAtClock(marked, signs(NOON - HOUR), at(60_000)).state;
  t.equal(trustOf(stepped, at(60_000)), "floor-only");
  t.same(seen(takeSignedTime(stepped, instant(NOON + 60_000), at(60_000)).state, 60_000), {
    trust: "trusted",
    time: NOON + 60_000,
  });
  const below = lookAtClock(stepped, signs(NOON - HOUR, { synchronised: true }), at(60_000)).state;
  t.equal(trustOf(below, at(60_000)), "floor-only");
  const forward = lookAtClock(marked, signs(NOON + HOUR, { synchronised: true }), at(60_000));
  t.equal(forward.step, HOUR - 60_000, "recorded, though the kernel vouches for it");
  t.same(seen(forward.state, 60_000), { trust: "holdover", time: NOON + HOUR });
  t.end();
});

test("signed time that jumps is told, and is believed also where it is earlier", (t) => {
  t.equal(takeSignedTime(signed, instant(NOON + 1000), at(0)).step, null);
  const late = takeSignedTime(signed, instant(NOON + HOUR), at(0));
  t.same([late.step, believedTime(late.state, at(0))], [HOUR, NOON + HOUR]);
  const early = takeSignedTime(markClock(signed, at(0)).state, instant(NOON - HOUR), at(0));
  t.same([early.step, believedTime(early.state, at(0))], [-HOUR, NOON - HOUR]);
  t.end();
});

test("the floor rises with what is vouched for, and with nothing else", (t) => {
  t.equal(markClock(signed, at(30_000)).mark.floor, NOON + 30_000);
  const unvouched = startClock(null, signs(NOON), at(0));
  t.equal(markClock(unvouched, at(30_000)).mark.floor, LIMITS.timeFloor);
  t.end();
});
