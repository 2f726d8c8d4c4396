/** Giving back what was not taken, at one door (d7.2): only where the door says so, and only what is sure. */
import { millis, monotonic } from "@lintel/protocol/base/units.ts";
import { test } from "tap";
import { at, SETTINGS, T0, type Timed } from "./door.rig.ts";
import type { DoorEffect, DoorInput, DoorSettings, DoorState } from "./door.ts";
import { LIMITS } from "./limits.ts";
import { startDoor, stepDoor } from "./step.ts";

const settings: DoorSettings = { ...SETTINGS, giveBack: true };
/** The end of a release, with its slack. */
const END = 5000 + LIMITS.releaseSlack;
/** Looked at twice, and heard of each time. */
const DUE = END + 2 * LIMITS.giveBackLook;

function ready(over: Partial<DoorSettings> = {}): DoorState {
  let state = startDoor({ ...settings, ...over });
  for (const input of [
    { kind: "link", online: true },
    { kind: "contact", open: false, happened: monotonic(0) },
  ] satisfies DoorInput[]) {
    state = stepDoor(state, input, monotonic(0)).state;
  }
  return state;
}

/** What is recorded and given back, in order: `not-taken`, `give-back k1/1`. */
function told(inputs: readonly Timed[], from: DoorState = ready()): readonly string[] {
  let state = from;
  const effects: DoorEffect[] = [];
  for (const [ms, input] of inputs) {
    const step = stepDoor(state, input, at(ms));
    state = step.state;
    effects.push(...step.effects);
  }
  return effects.flatMap((effect) => {
    if (effect.kind === "record") return [effect.record.event];
    return effect.kind === "give-back" ? [`give-back ${effect.key}/${effect.issue} of ${effect.user}`] : [];
  });
}

const granted = (ms: number, consumes: { key: string; issue: number; door: string } | null = USE): Timed => [
  ms,
  {
    kind: "judged",
    fingerprint: null,
    decision: { outcome: "grant", reasons: [], key: "k1", user: "u1", via: "pin", release: millis(5000), consumes },
  },
];
const USE = { key: "k1", issue: 3, door: "front" };
const opens = (ms: number, happened = ms): Timed => [ms, { kind: "contact", open: true, happened: at(happened) }];
const closes = (ms: number): Timed => [ms, { kind: "contact", open: false, happened: at(ms) }];
/** The Controller was heard of just now, or at `heard`. */
const time = (ms: number, heard: number | null = ms): Timed => [
  ms,
  { kind: "time", heardAt: heard === null ? null : at(heard) },
];
const LOOK = END + LIMITS.giveBackLook;
const link = (ms: number, online: boolean): Timed => [ms, { kind: "link", online }];
const BACK = "give-back k1/3 of u1";

const rows: readonly {
  name: string;
  inputs: readonly Timed[];
  over?: Partial<DoorSettings>;
  told: readonly string[];
}[] = [
  {
    name: "not opened: given back once it is sure",
    inputs: [granted(0), time(END), time(LOOK), time(DUE - 1), time(DUE)],
    told: ["granted", "not-taken", BACK],
  },
  {
    name: "not a ms before",
    inputs: [granted(0), time(END), time(LOOK - 1), time(LOOK), time(DUE - 1)],
    told: ["granted", "not-taken"],
  },
  {
    name: "once",
    inputs: [granted(0), time(END), time(LOOK), time(DUE), time(DUE + 1), time(2 * DUE)],
    told: ["granted", "not-taken", BACK],
  },
  {
    name: "opened in time: nothing",
    inputs: [granted(0), opens(4000), time(END), time(DUE), closes(DUE + 1), time(2 * DUE)],
    told: ["granted", "opened", "taken", "closed"],
  },
  {
    name: "opened in time, and heard of after it was told not taken: it was taken after all",
    inputs: [granted(0), time(END), opens(END + 900, 4900), time(DUE)],
    told: ["granted", "not-taken", "opened"],
  },
  {
    name: "opened after its end by somebody else: given back all the same",
    inputs: [granted(0), time(END), opens(END + 900), closes(END + 950), time(LOOK), time(DUE)],
    told: ["granted", "not-taken", "forced", "closed", BACK],
  },
  {
    name: "opened after its end before anybody looked: not taken, and given back",
    inputs: [granted(0), opens(END + 100), time(END + 200), time(LOOK), time(DUE)],
    told: ["granted", "forced", "not-taken", BACK],
  },
  {
    name: "the line was down while it ran: nobody knows, it stays used",
    inputs: [granted(0), link(1000, false), link(2000, true), time(END), time(LOOK), time(DUE), time(2 * DUE)],
    told: ["granted", "offline", "online", "not-taken"],
  },
  {
    name: "the line went down before it was sure",
    inputs: [granted(0), time(END), time(LOOK), link(DUE - 1, false), link(DUE, true), time(2 * DUE), time(3 * DUE)],
    told: ["granted", "not-taken", "offline", "online"],
  },
  {
    name: "the Controller was not heard of since the release ended",
    inputs: [granted(0), time(END), time(LOOK, END), time(DUE, END + LIMITS.giveBackHeard - 1), time(2 * DUE, END)],
    told: ["granted", "not-taken"],
  },
  {
    name: "nobody knows when it was heard of",
    inputs: [granted(0), time(END), time(LOOK, null), time(DUE, null), time(2 * DUE, null)],
    told: ["granted", "not-taken"],
  },
  {
    name: "it was heard of once, and not again",
    inputs: [granted(0), time(END), time(LOOK, LOOK), time(DUE, LOOK), time(2 * DUE, LOOK + LIMITS.giveBackHeard - 1)],
    told: ["granted", "not-taken"],
  },
  {
    name: "its turn comes late, on a full line",
    inputs: [granted(0), time(END), time(LOOK, 0), time(DUE, DUE - 1), time(DUE + 5000), time(DUE + 9000)],
    told: ["granted", "not-taken", BACK],
  },
  {
    name: "a line that is cut and mended within 8 s, and then tells of the opening",
    inputs: [granted(0), time(END, 4000), time(LOOK, 4000), time(DUE, DUE), opens(DUE + 50, 4500), time(2 * DUE)],
    told: ["granted", "not-taken", "opened"],
  },
  {
    name: "a grant that used nothing up",
    inputs: [granted(0, null), time(END), time(LOOK), time(DUE)],
    told: ["granted", "not-taken"],
  },
  {
    name: "a door that does not say so (the default)",
    over: { giveBack: false },
    inputs: [granted(0), time(END), time(LOOK), time(DUE)],
    told: ["granted", "not-taken"],
  },
  {
    name: "switched off before it was sure",
    inputs: [
      granted(0),
      time(END),
      time(LOOK),
      [LOOK + 1, { kind: "settings", settings: { ...settings, giveBack: false } }],
      time(DUE),
    ],
    told: ["granted", "not-taken"],
  },
  {
    name: "no contact",
    over: { contact: null },
    inputs: [granted(0), time(END), time(LOOK), time(DUE)],
    told: ["granted"],
  },
  {
    name: "two grants, one opening",
    inputs: [granted(0), granted(3000), opens(6000), time(END), time(LOOK), time(DUE), time(30_000)],
    told: ["granted", "granted", "opened", "not-taken", "taken", BACK, "held-open-soon"],
  },
  {
    name: "two grants, nobody",
    inputs: [
      granted(0),
      granted(3000),
      time(END),
      time(LOOK),
      time(DUE),
      time(END + 3000),
      time(LOOK + 3000),
      time(DUE + 3000),
    ],
    told: ["granted", "granted", "not-taken", BACK, "not-taken", BACK],
  },
];
for (const { name, inputs, over, told: expected } of rows) {
  test(`${name} (d7.2)`, (t) => {
    t.same(told(inputs, ready(over)), expected);
    t.end();
  });
}

test("a leaf that nobody has seen yet gives nothing back", (t) => {
  let state = startDoor(settings);
  state = stepDoor(state, { kind: "link", online: true }, monotonic(0)).state;
  t.same(told([granted(0), time(END), time(LOOK), time(DUE)], state), ["granted", "not-taken"]);
  t.end();
});

test("a grant of the edge's life before gives nothing back: nobody saw the door meanwhile", (t) => {
  const recalled: DoorInput = { kind: "recalled", key: "k1", user: "u1", happened: at(-1000), release: millis(5000) };
  t.same(told([[0, recalled], time(END), time(LOOK), time(DUE)]), ["not-taken"]);
  t.end();
});

test("the door asks to be woken when a use is due to be given back", (t) => {
  const wakes: number[] = [];
  let state = ready();
  for (const [ms, input] of [granted(0), time(END), time(LOOK)]) {
    const step = stepDoor(state, input, at(ms));
    state = step.state;
    wakes.push(...step.effects.flatMap((effect) => (effect.kind === "wake" ? [effect.at - T0] : [])));
  }
  t.same(wakes, [END, LOOK, DUE]);
  t.end();
});

test("32 uses wait to be given back at once; of one more the oldest stays used", (t) => {
  const grants = Array.from({ length: LIMITS.openGrants + 1 }, (_, each) => granted(each, { ...USE, issue: each + 1 }));
  const back = told([...grants, time(END + 100), time(LOOK + 100), time(DUE + 100)]).filter((word) =>
    word.startsWith("give-back"),
  );
  t.equal(back.length, LIMITS.openGrants);
  t.equal(back[0], "give-back k1/2 of u1");
  t.end();
});
