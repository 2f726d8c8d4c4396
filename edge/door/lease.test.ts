/** Hold-open as a lease (domain-rules, "Outputs end by themselves"; d4.8, d6.9, "Rehearsal"). */
import { millis, monotonic } from "@lintel/protocol/base/units.ts";
import { test } from "tap";
import { at, SETTINGS, T0, type Timed } from "./door.rig.ts";
import type { DoorEffect, DoorInput, DoorState } from "./door.ts";
import { STEADY, TONES } from "./feedback.ts";
import { LIMITS } from "./limits.ts";
import { startDoor, stepDoor } from "./step.ts";

const settings = SETTINGS;
const hold = (ms: number, open: boolean): Timed => [ms, { kind: "hold", open }];
const link = (ms: number, online: boolean): Timed => [ms, { kind: "link", online }];
const contact = (ms: number, open: boolean, happened = ms): Timed => [
  ms,
  { kind: "contact", open, happened: at(happened) },
];
const fire = (ms: number, on: boolean): Timed => [ms, { kind: "fire", on, happened: at(ms) }];
const rex = (ms: number, driven: boolean): Timed => [ms, { kind: "rex", driven, happened: at(ms) }];
const granted = (ms: number, release = 5000): Timed => [
  ms,
  {
    kind: "judged",
    fingerprint: null,
    decision: { outcome: "grant", reasons: [], key: "k1", user: "u1", via: "pin", release: millis(release) },
  },
];

function ready(): DoorState {
  const online = stepDoor(startDoor(settings), { kind: "link", online: true }, monotonic(0)).state;
  return stepDoor(online, { kind: "contact", open: false, happened: monotonic(0) }, monotonic(0)).state;
}

/** Plays the inputs, and gives the time whenever it was asked for. Answers what was asked for and when, without wakes. */
function play(inputs: readonly Timed[], until: number, from = ready()): readonly (readonly [number, DoorEffect])[] {
  let state = from;
  let wakeAt: number | null = null;
  const told: (readonly [number, DoorEffect])[] = [];
  const step = (input: DoorInput, ms: number) => {
    const done = stepDoor(state, input, at(ms));
    state = done.state;
    wakeAt = null;
    for (const effect of done.effects) {
      if (effect.kind === "wake") wakeAt = effect.at - T0;
      else told.push([ms, effect]);
    }
  };
  const passTo = (ms: number) => {
    while (wakeAt !== null && wakeAt <= ms) step({ kind: "time" }, wakeAt);
  };
  for (const [ms, input] of inputs) {
    passTo(ms);
    step(input, ms);
  }
  passTo(until);
  return told;
}

/** `ms word` of what the Controller is told and what is recorded. */
function story(inputs: readonly Timed[], until: number, from = ready()): readonly string[] {
  return play(inputs, until, from).flatMap(([ms, effect]) => {
    if (effect.kind === "record") return [`${ms} ${effect.record.event}`];
    return ["lease", "relock", "strike"].includes(effect.kind) ? [`${ms} ${effect.kind}`] : [];
  });
}

const stories: readonly {
  readonly name: string;
  readonly inputs: readonly Timed[];
  readonly until: number;
  readonly story: readonly string[];
  readonly rule: string;
}[] = [
  {
    name: "a hold is leased at once and renewed every 20 s; its end re-locks at once",
    inputs: [hold(0, true), hold(50_000, false)],
    until: 200_000,
    story: ["0 lease", "20000 lease", "40000 lease", "50000 relock"],
    rule: "Outputs end by themselves",
  },
  {
    name: "said again, it changes nothing",
    inputs: [hold(0, true), hold(5000, true), hold(10_000, false), hold(11_000, false)],
    until: 60_000,
    story: ["0 lease", "10000 relock"],
    rule: "d6.4",
  },
  {
    name: "a grant shortly before the end keeps its whole release",
    inputs: [hold(0, true), granted(8000), hold(10_000, false)],
    until: 60_000,
    story: ["0 lease", "8000 granted", "8000 strike", "13000 relock", "13500 not-taken"],
    rule: "d4.8",
  },
  {
    name: "a grant that outlasts the lease ends by itself",
    inputs: [hold(0, true), granted(1000, 120_000), hold(2000, false)],
    until: 119_000,
    story: ["0 lease", "1000 granted", "1000 strike"],
    rule: "d4.8",
  },
  {
    name: "a grant that is over is in nobody's way",
    inputs: [hold(0, true), granted(1000), hold(6000, false)],
    until: 6000,
    story: ["0 lease", "1000 granted", "1000 strike", "6000 relock"],
    rule: "d4.8",
  },
  {
    name: "an exit that the Controller drives goes on by itself: the re-lock is at once",
    inputs: [hold(0, true), rex(8000, true), hold(9000, false)],
    until: 60_000,
    story: ["0 lease", "8000 rex", "9000 relock"],
    rule: "Outputs end by themselves",
  },
  {
    name: "an exit that the edge drives is not cut short",
    inputs: [hold(0, true), rex(8000, false), hold(9000, false)],
    until: 60_000,
    story: ["0 lease", "8000 strike", "8000 rex", "13000 relock"],
    rule: "people can always get out",
  },
  {
    name: "held again before the grant is over: no re-lock",
    inputs: [hold(0, true), granted(8000), hold(9000, false), hold(10_000, true)],
    until: 25_000,
    story: ["0 lease", "8000 granted", "8000 strike", "10000 lease", "13500 not-taken"],
    rule: "d4.8",
  },
  {
    name: "nobody there: nothing is renewed; back again, it is leased at once",
    inputs: [hold(0, true), link(10_000, false), link(300_000, true)],
    until: 330_000,
    story: ["0 lease", "10000 offline", "300000 lease", "300000 online", "320000 lease"],
    rule: "Outputs end by themselves",
  },
  {
    name: "a session that begins anew is leased at once, however new the lease is",
    inputs: [hold(0, true), link(5000, true)],
    until: 10_000,
    story: ["0 lease", "5000 lease"],
    rule: "a Controller boot cuts running timers",
  },
  {
    name: "held first, online later",
    inputs: [link(0, false), hold(1000, true), link(2000, true)],
    until: 10_000,
    story: ["0 offline", "2000 lease", "2000 online"],
    rule: "d6.4",
  },
  {
    name: "over while nobody is there, back within the lease: re-locked with the session",
    inputs: [hold(0, true), link(10_000, false), hold(20_000, false), link(40_000, true)],
    until: 100_000,
    story: ["0 lease", "10000 offline", "40000 relock", "40000 online"],
    rule: "d6.4",
  },
  {
    name: "over while nobody is there, back after the lease: nothing is left to end",
    inputs: [hold(0, true), link(10_000, false), hold(20_000, false), link(60_500, true)],
    until: 200_000,
    story: ["0 lease", "10000 offline", "60500 online"],
    rule: "d6.4",
  },
  {
    name: "what the life before may have leased is re-locked with the session",
    inputs: [link(0, false), [100, { kind: "lease-recalled" }], link(2000, true)],
    until: 10_000,
    story: ["0 offline", "2000 relock", "2000 online"],
    rule: "d6.4",
  },
  {
    name: "what the life before has leased and this one holds too: no re-lock between",
    inputs: [link(0, false), [100, { kind: "lease-recalled" }], hold(200, true), link(2000, true)],
    until: 10_000,
    story: ["0 offline", "2000 lease", "2000 online"],
    rule: "d6.4",
  },
  {
    name: "a recalled grant is not cut short by a recalled lease",
    inputs: [
      link(0, false),
      [100, { kind: "lease-recalled" }],
      [200, { kind: "recalled", key: "k1", user: "u1", happened: at(0), release: millis(15_000) }],
      link(2000, true),
    ],
    until: 15_100,
    story: ["0 offline", "2000 online", "15000 relock"],
    rule: "d4.8",
  },
  {
    name: "within a hold an opening is none to wonder at, and no leaf is open too long",
    inputs: [hold(0, true), contact(1000, true), contact(100_000, false), contact(101_000, true)],
    until: 110_000,
    story: [
      ...["0 lease", "1000 opened", "20000 lease", "40000 lease", "60000 lease", "80000 lease"],
      ...["100000 lease", "100000 closed", "101000 opened"],
    ],
    rule: "d6.9",
  },
  {
    name: "a leaf left open counts from the re-lock",
    inputs: [hold(0, true), contact(1000, true), hold(15_000, false)],
    until: 60_000,
    story: ["0 lease", "1000 opened", "15000 relock", "35000 held-open-soon", "45000 held-open"],
    rule: "Rehearsal",
  },
  {
    name: "a leaf left open counts from the re-lock that waited for a grant",
    inputs: [hold(0, true), contact(1000, true), granted(14_000), hold(15_000, false)],
    until: 49_000,
    story: [
      ...["0 lease", "1000 opened", "14000 granted", "14000 strike", "14000 taken"],
      ...["19000 relock", "39000 held-open-soon", "49000 held-open"],
    ],
    rule: "Rehearsal, d4.8",
  },
  {
    name: "opened within the hold and told after it: it counts from the re-lock too",
    inputs: [hold(0, true), hold(15_000, false), contact(16_000, true, 14_000)],
    until: 45_000,
    story: ["0 lease", "15000 relock", "16000 opened", "35000 held-open-soon", "45000 held-open"],
    rule: "Rehearsal",
  },
  {
    name: "held open too long, then held by hours: the alarm is over",
    inputs: [granted(0), contact(1000, true), hold(40_000, true)],
    until: 50_000,
    story: [
      ...["0 granted", "0 strike", "1000 opened", "1000 taken", "21000 held-open-soon", "31000 held-open"],
      ...["40000 lease", "40000 held-open-cleared"],
    ],
    rule: "d6.9",
  },
  {
    name: "after the re-lock and its slack an opening is forced",
    inputs: [hold(0, true), hold(10_000, false), contact(10_500, true)],
    until: 11_000,
    story: ["0 lease", "10000 relock", "10500 forced"],
    rule: "d9.2",
  },
  {
    name: "just inside the slack it is not",
    inputs: [hold(0, true), hold(10_000, false), contact(10_499, true)],
    until: 11_000,
    story: ["0 lease", "10000 relock", "10499 opened"],
    rule: "d9.2",
  },
  {
    name: "forced after the lease had run out at a Controller that nobody reached",
    inputs: [hold(0, true), link(10_000, false), link(300_000, true), contact(300_500, true, 60_500)],
    until: 301_000,
    story: ["0 lease", "10000 offline", "300000 lease", "300000 online", "300500 forced"],
    rule: "d9.2",
  },
  {
    name: "opened while the lease still ran there",
    inputs: [hold(0, true), link(10_000, false), link(300_000, true), contact(300_500, true, 59_000)],
    until: 301_000,
    story: ["0 lease", "10000 offline", "300000 lease", "300000 online", "300500 opened"],
    rule: "d9.2",
  },
];

for (const { name, inputs, until, story: expected, rule } of stories) {
  test(`${name} (${rule})`, (t) => {
    t.same(story(inputs, until), expected);
    t.end();
  });
}

test("the light: green while it is held or released by fire, red after both", (t) => {
  const lights = play([hold(0, true), fire(1000, true), hold(2000, false), fire(3000, false)], 4000).flatMap(
    ([, effect]) => (effect.kind === "led" ? [effect.light] : []),
  );
  t.same(lights, [STEADY.released, STEADY.released, STEADY.released, STEADY.locked]);
  const back = play([hold(0, true), fire(1000, true), fire(2000, false), link(3000, true)], 4000).flatMap(
    ([, effect]) => (effect.kind === "led" ? [effect.light] : []),
  );
  t.same(back, [STEADY.released, STEADY.released, STEADY.released, STEADY.released]);
  t.end();
});

test("a grant while it is held says so in its record, and moves the strike no earlier than the hold's end", (t) => {
  const grant = (inputs: readonly Timed[]) =>
    play(inputs, 1000).flatMap(([, effect]) => (effect.kind === "record" ? [effect.record.detail] : []));
  t.same(grant([hold(0, true), granted(500)]), [{ via: "pin", releaseMs: 5000, heldOpen: true }]);
  t.same(grant([granted(500)]), [{ via: "pin", releaseMs: 5000 }]);
  t.end();
});

test("the pre-alarm falls silent as the hold begins", (t) => {
  const tones = play([granted(0), contact(1000, true), hold(25_000, true)], 26_000).flatMap(([ms, effect]) =>
    effect.kind === "buzzer" && ms === 25_000 ? [effect.tone] : [],
  );
  t.same(tones, [TONES.silence]);
  t.end();
});

test("a lease is renewed early enough that two lost ones do not lock the door", (t) => {
  t.ok(LIMITS.leaseRenewal * 3 <= LIMITS.lease);
  t.ok(LIMITS.lease <= 60_000, "a dead edge locks within 60 s");
  t.end();
});
