import { millis, monotonic } from "@lintel/protocol/base/units.ts";
import fc from "fast-check";
import { test } from "tap";
import {
  drive,
  isReleased,
  type Outputs,
  type OutRecord,
  outputsAtBoot,
  pressRex,
  relocksAt,
  takesRecord,
} from "./outputs.ts";

const onFor = (time: number): OutRecord => ({ output: 0, action: "onFor", time: millis(time) });
const asks = (action: OutRecord["action"], time = 0): OutRecord => ({ output: 0, action, time: millis(time) });

const taken: readonly { record: OutRecord; strict: boolean; permanent: boolean }[] = [
  { record: asks("nothing"), strict: true, permanent: true },
  { record: asks("off"), strict: true, permanent: true },
  { record: asks("on"), strict: false, permanent: true },
  { record: asks("offAfterTimed", 5_000), strict: false, permanent: true },
  { record: asks("onAfterTimed", 5_000), strict: false, permanent: true },
  { record: onFor(0), strict: false, permanent: true },
  { record: onFor(100), strict: true, permanent: true },
  { record: onFor(120_000), strict: true, permanent: true },
  { record: onFor(120_100), strict: false, permanent: true },
  { record: asks("offFor", 5_000), strict: false, permanent: true },
  { record: { ...onFor(5_000), output: 1 }, strict: true, permanent: true },
  { record: { ...onFor(5_000), output: 2 }, strict: false, permanent: false },
];

for (const { record, strict, permanent } of taken) {
  const words = `${record.action} for ${record.time} ms on output ${record.output} of two`;
  test(`a Controller ${strict ? "takes" : "refuses"} ${words}`, (t) => {
    const outputs = outputsAtBoot(2, 0);
    t.equal(takesRecord(outputs, record, false), strict);
    t.equal(takesRecord(outputs, record, true), permanent, "with permanent states allowed");
    t.end();
  });
}

type Act = readonly [at: number, act: OutRecord | "rex" | "fire" | "fire over"];
/** The instants, in ms, from which the strike is released and locked, in turn. */
interface Life {
  readonly name: string;
  readonly acts: readonly Act[];
  readonly changes: readonly number[];
}

const REX_RELEASE = millis(5_000);

const lives: readonly Life[] = [
  { name: "nothing is asked: locked", acts: [], changes: [] },
  { name: "OUT 0 does nothing", acts: [[10, asks("nothing")]], changes: [] },
  { name: "a grant ends by itself, at its end exactly", acts: [[10, onFor(5_000)]], changes: [10, 5_010] },
  { name: "one step of a grant", acts: [[10, onFor(100)]], changes: [10, 110] },
  { name: "1200 steps of a grant", acts: [[0, onFor(120_000)]], changes: [0, 120_000] },
  {
    name: "a shorter grant leaves the longer one its end",
    acts: [
      [0, onFor(9_000)],
      [100, onFor(1_000)],
    ],
    changes: [0, 9_000],
  },
  {
    name: "a longer grant moves the end later",
    acts: [
      [0, onFor(1_000)],
      [900, onFor(1_000)],
    ],
    changes: [0, 1_900],
  },
  {
    name: "a lease of 60 s that is renewed every 20 s never ends, and ends 60 s after the last renewal",
    acts: [
      [0, onFor(60_000)],
      [20_000, onFor(60_000)],
      [40_000, onFor(60_000)],
    ],
    changes: [0, 100_000],
  },
  {
    name: "off ends a grant",
    acts: [
      [0, onFor(9_000)],
      [100, asks("off")],
    ],
    changes: [0, 100],
  },
  {
    name: "a grant after an off has its own length",
    acts: [
      [0, onFor(9_000)],
      [100, asks("off")],
      [200, onFor(1_000)],
    ],
    changes: [0, 100, 200, 1_200],
  },
  { name: "REX", acts: [[10, "rex"]], changes: [10, 5_010] },
  {
    name: "REX again moves the end later",
    acts: [
      [0, "rex"],
      [4_999, "rex"],
    ],
    changes: [0, 9_999],
  },
  {
    name: "REX in a longer lease leaves the lease its end",
    acts: [
      [0, onFor(60_000)],
      [1_000, "rex"],
    ],
    changes: [0, 60_000],
  },
  {
    name: "REX near the end of a lease outlasts it",
    acts: [
      [0, onFor(60_000)],
      [58_000, "rex"],
    ],
    changes: [0, 63_000],
  },
  {
    name: "a grant during REX outlasts it",
    acts: [
      [0, "rex"],
      [1_000, onFor(30_000)],
    ],
    changes: [0, 31_000],
  },
  {
    name: "off never ends REX",
    acts: [
      [0, "rex"],
      [1_000, asks("off")],
    ],
    changes: [0, 5_000],
  },
  {
    name: "off in a lease with REX: the end is that of REX",
    acts: [
      [0, onFor(60_000)],
      [1_000, "rex"],
      [2_000, asks("off")],
    ],
    changes: [0, 6_000],
  },
  {
    name: "fire releases as long as it lasts",
    acts: [
      [0, "fire"],
      [500_000, "fire over"],
    ],
    changes: [0, 500_000],
  },
  {
    name: "off never ends fire",
    acts: [
      [0, "fire"],
      [1_000, asks("off")],
      [2_000, "fire over"],
    ],
    changes: [0, 2_000],
  },
  {
    name: "fire over in the middle of a grant leaves the grant its end",
    acts: [
      [0, "fire"],
      [1_000, onFor(5_000)],
      [2_000, "fire over"],
    ],
    changes: [0, 6_000],
  },
  {
    name: "permanently on, then off",
    acts: [
      [0, asks("on")],
      [1_000_000, asks("off")],
    ],
    changes: [0, 1_000_000],
  },
  {
    name: "OUT 4 keeps on what a timer began",
    acts: [
      [0, onFor(1_000)],
      [500, asks("onAfterTimed")],
      [9_000, asks("off")],
    ],
    changes: [0, 9_000],
  },
  {
    name: "OUT 3 lets the timer run out first",
    acts: [
      [0, asks("on")],
      [100, onFor(1_000)],
      [200, asks("offAfterTimed")],
    ],
    changes: [0, 1_100],
  },
  {
    name: "OUT 6 is off for a time, then back",
    acts: [
      [0, asks("on")],
      [1_000, asks("offFor", 500)],
      [9_000, asks("off")],
    ],
    changes: [0, 1_000, 1_500, 9_000],
  },
  {
    name: "OUT 6 never ends REX",
    acts: [
      [0, "rex"],
      [1_000, asks("offFor", 500)],
    ],
    changes: [0, 5_000],
  },
];

for (const { name, acts, changes } of lives) {
  test(`the strike: ${name}`, (t) => {
    t.same(observe(acts, 1_100_000), changes);
    t.end();
  });
}

test("a REX under shorter settings leaves the longer release its end", (t) => {
  const outputs = pressRex(pressRex(outputsAtBoot(1, 0), millis(9_000), monotonic(0)), millis(100), monotonic(1_000));
  t.ok(isReleased(outputs, 0, monotonic(8_999)));
  t.notOk(isReleased(outputs, 0, monotonic(9_000)));
  t.end();
});

test("whatever is asked, a re-lock moves earlier by an off alone, and comes at last", (t) => {
  const act = fc.oneof(
    fc.integer({ min: 1, max: 1_200 }).map((steps) => onFor(steps * 100)),
    fc.constant("rex" as const),
    fc.constant(asks("off")),
    fc.constant(asks("nothing")),
  );
  let runs = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat({ max: 50_000 }), act), { minLength: 1, maxLength: 30 }), (acts) => {
      let outputs = outputsAtBoot(1, 0);
      let now = 0;
      for (const [pause, next] of acts) {
        now += pause;
        const before = relocksAt(outputs, 0, monotonic(now)) ?? now;
        outputs = doAct(outputs, next, now);
        const after = relocksAt(outputs, 0, monotonic(now)) ?? now;
        const isOff = next !== "rex" && next.action === "off";
        if (after < before && !isOff) return false;
        if (after - now > 120_000) return false;
      }
      runs += 1;
      return !isReleased(outputs, 0, monotonic(now + 120_000));
    }),
    { numRuns: 500 },
  );
  t.equal(runs, 500);
  t.end();
});

test("another output has its timers and neither REX nor fire", (t) => {
  let outputs = pressRex({ ...outputsAtBoot(2, 0), fire: true }, REX_RELEASE, monotonic(0));
  t.notOk(isReleased(outputs, 1, monotonic(0)));
  outputs = drive(outputs, { ...onFor(1_000), output: 1 }, monotonic(0));
  t.ok(isReleased(outputs, 1, monotonic(999)));
  t.notOk(isReleased(outputs, 1, monotonic(1_000)));
  t.end();
});

/** Looks at the strike at every instant at which anything could change: the acts and every 100 ms step after them. */
function observe(acts: readonly Act[], until: number): number[] {
  let outputs: Outputs = outputsAtBoot(2, 0);
  let released = false;
  const changes: number[] = [];
  const starts = new Set(acts.map(([at]) => at % 100));
  const instants = acts.map(([at]) => at);
  for (let at = 0; at <= until; at += 100) for (const start of starts) instants.push(at + start);
  for (const at of [...new Set(instants)].sort((a, b) => a - b)) {
    for (const [when, act] of acts) if (when === at) outputs = doAct(outputs, act, at);
    const now = isReleased(outputs, 0, monotonic(at));
    if (now !== released) changes.push(at);
    released = now;
  }
  return changes;
}

function doAct(outputs: Outputs, act: Act[1], at: number): Outputs {
  if (act === "rex") return pressRex(outputs, REX_RELEASE, monotonic(at));
  if (act === "fire" || act === "fire over") return { ...outputs, fire: act === "fire" };
  return drive(outputs, act, monotonic(at));
}
