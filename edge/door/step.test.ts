import { SecretText } from "@lintel/protocol/base/secret.ts";
import { millis, monotonic } from "@lintel/protocol/base/units.ts";
import type { Reason } from "@lintel/protocol/base/words.ts";
import { test } from "tap";
import { at, SETTINGS, T0, type Timed } from "./door.rig.ts";
import type { DoorEffect, DoorInput, DoorSettings, DoorState, Found, Judged } from "./door.ts";
import { FAULT_LIGHT, grantedLight, REFUSED_LIGHT, STEADY, TONES } from "./feedback.ts";
import { startDoor, stepDoor } from "./step.ts";

const settings = SETTINGS;

/** Steps through `inputs` from a door that has been online, closed and quiet; answers what the last ones brought. */
function live(inputs: readonly Timed[], from: DoorState = ready()): { state: DoorState; effects: DoorEffect[] } {
  let state = from;
  const effects: DoorEffect[] = [];
  for (const [ms, input] of inputs) {
    const step = stepDoor(state, input, at(ms));
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
}

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

const granted = (over: Partial<Judged> = {}): DoorInput => ({
  kind: "judged",
  fingerprint: null,
  decision: { outcome: "grant", reasons: [], key: "k1", user: "u1", via: "pin", release: millis(5000), ...over },
});
const denied = (reasons: readonly Reason[]): DoorInput => ({
  kind: "judged",
  fingerprint: null,
  decision: { outcome: "deny", reasons, key: null, user: null, via: null, release: null },
});
const opens = (ms: number): Timed => [ms, { kind: "contact", open: true, happened: at(ms) }];
const closes = (ms: number): Timed => [ms, { kind: "contact", open: false, happened: at(ms) }];
const found = (what: Partial<Found>): DoorInput => ({
  kind: "found",
  found: { open: null, tamper: null, fire: null, ...what },
});
const time = (ms: number): Timed => [ms, { kind: "time" }];
const rex = (ms: number, driven = true): Timed => [ms, { kind: "rex", driven, happened: at(ms) }];

/** The words of the records, and nothing else of the effects. */
function words(effects: readonly DoorEffect[]): string[] {
  return effects.flatMap((effect) => (effect.kind === "record" ? [effect.record.event] : []));
}
const kinds = (effects: readonly DoorEffect[]) => effects.map((effect) => effect.kind);

test("a grant: the record, then the strike, then light and sound (d7.1)", (t) => {
  const { effects } = live([[0, granted()]]);
  t.same(kinds(effects), ["record", "strike", "led", "buzzer", "wake"]);
  t.same(effects[1], { kind: "strike", release: 5000 });
  t.same(effects[2], { kind: "led", light: grantedLight(millis(5000)) });
  t.end();
});

test("an exit that the Controller drove: recorded, never driven twice", (t) => {
  t.same(kinds(live([rex(0)]).effects), ["record"]);
  t.end();
});

test("an exit at another maker's Controller: the strike first, then the record", (t) => {
  t.same(kinds(live([rex(0, false)]).effects), ["strike", "record"]);
  t.end();
});

test("all refusals are the same to see and to hear (d2.4)", (t) => {
  const seen = (["unknown-code", "wrong-length", "disabled", "expired", "outside-window", "wrong-door"] as const).map(
    (reason) => live([[0, denied([reason])]]).effects.filter(({ kind }) => kind !== "record"),
  );
  for (const effects of seen) {
    t.same(effects, [
      { kind: "led", light: REFUSED_LIGHT },
      { kind: "buzzer", tone: TONES.refused },
    ]);
  }
  t.equal(seen.length, 6);
  t.end();
});

test("a system fault looks like nothing else, and drives nothing", (t) => {
  const { effects } = live([[0, { kind: "fault" }]]);
  t.same(effects, [
    { kind: "led", light: FAULT_LIGHT },
    { kind: "buzzer", tone: TONES.fault },
  ]);
  t.notSame(FAULT_LIGHT, REFUSED_LIGHT);
  t.end();
});

const openings: readonly {
  name: string;
  before: readonly Timed[];
  opening: number;
  words: readonly string[];
  rule: string;
}[] = [
  { name: "nobody expected", before: [], opening: 0, words: ["forced"], rule: "d9.2" },
  { name: "inside the release", before: [[0, granted()]], opening: 4999, words: ["opened", "taken"], rule: "d9.2" },
  {
    name: "at the end of the release and its slack",
    before: [[0, granted()]],
    opening: 5500,
    words: ["forced", "not-taken"],
    rule: "d4.3",
  },
  { name: "just inside the slack", before: [[0, granted()]], opening: 5499, words: ["opened", "taken"], rule: "d9.2" },
  { name: "after an exit", before: [rex(0)], opening: 1000, words: ["opened"], rule: "d9.2" },
  { name: "long after an exit", before: [rex(0)], opening: 6000, words: ["forced"], rule: "d9.2" },
  { name: "after a refusal", before: [[0, denied(["unknown-code"])]], opening: 1000, words: ["forced"], rule: "d9.2" },
  {
    name: "an exit during a longer release takes nothing off it",
    before: [[0, granted({ release: millis(20_000) })], rex(1000)],
    opening: 19_000,
    words: ["opened", "taken"],
    rule: "outputs end by themselves",
  },
  {
    name: "while the fire input releases",
    before: [[0, { kind: "fire", on: true, happened: at(0) }]],
    opening: 500,
    words: ["opened"],
    rule: "fire release",
  },
];

for (const { name, before, opening, words: expected, rule } of openings) {
  test(`an opening, ${name}: ${expected.join(", ")} (${rule})`, (t) => {
    const { state } = live(before);
    t.same(words(live([opens(opening)], state).effects), expected);
    t.end();
  });
}

test("a grant that nobody uses is not taken, at the end of its release (d7.2)", (t) => {
  const { state } = live([[0, granted()]]);
  t.same(words(live([time(5499)], state).effects), []);
  const { effects } = live([time(5500), time(5500), time(9000)], state);
  t.same(words(effects), ["not-taken"]);
  t.match(effects[0], { record: { key: "k1", user: "u1" } });
  t.end();
});

test("where no contact is fitted nothing is taken, not taken, opened or forced", (t) => {
  t.same(words(live([[0, granted()], opens(100), closes(200), time(60_000)], ready({ contact: null })).effects), [
    "granted",
  ]);
  t.end();
});

test("a leaf that stands open takes a grant at once", (t) => {
  t.same(words(live([rex(0), opens(100), [200, granted()]]).effects), ["rex", "opened", "granted", "taken"]);
  t.end();
});

test("held open: the pre-alarm first, then the alarm, then the end of it (d9.2)", (t) => {
  const { state } = live([rex(0), opens(1000)]);
  t.same(live([time(20_999)], state).effects, [{ kind: "wake", at: at(21_000) }]);
  const soon = live([time(21_000)], state);
  t.same(kinds(soon.effects), ["record", "buzzer", "wake"]);
  t.same(words(soon.effects), ["held-open-soon"]);
  t.same(words(live([time(30_999)], soon.state).effects), []);
  const held = live([time(31_000), time(31_000), time(99_000)], soon.state);
  t.same(words(held.effects), ["held-open"]);
  const cleared = live([closes(100_000)], held.state);
  t.same(words(cleared.effects), ["closed", "held-open-cleared"]);
  t.same(cleared.effects.at(-1), { kind: "buzzer", tone: TONES.silence });
  t.end();
});

test("closed in time: no alarm, and the pre-alarm falls silent", (t) => {
  const { effects } = live([rex(0), opens(1000), time(21_000), closes(30_999), time(40_000)]);
  t.same(words(effects), ["rex", "opened", "held-open-soon", "closed"]);
  t.same(effects.at(-1), { kind: "buzzer", tone: TONES.silence });
  t.end();
});

test("a pre-alarm of 0 s is none", (t) => {
  const { effects } = live([rex(0), opens(0), time(29_999), time(30_000)], ready({ preAlarm: millis(0) }));
  t.same(words(effects), ["rex", "opened", "held-open"]);
  t.end();
});

test("fire ends a held-open alarm, and the limit counts from its end", (t) => {
  const { effects } = live([
    rex(0),
    opens(0),
    time(30_000),
    [40_000, { kind: "fire", on: true, happened: at(40_000) }],
    time(99_000),
    [100_000, { kind: "fire", on: false, happened: at(100_000) }],
    time(129_999),
  ]);
  t.same(words(effects), ["rex", "opened", "held-open", "fire", "held-open-cleared", "fire-cleared", "held-open-soon"]);
  t.end();
});

test("what the Controller kept while the line was down is judged at the time it happened", (t) => {
  const away = live([[0, { kind: "link", online: false }]]).state;
  const { effects } = live(
    [
      time(60_000),
      [90_000, { kind: "link", online: true }],
      [90_050, found({ open: false })],
      [90_100, { kind: "rex", driven: true, happened: at(10_000) }],
      [90_100, { kind: "contact", open: true, happened: at(11_000) }],
      [90_100, { kind: "contact", open: false, happened: at(13_000) }],
      [90_150, { kind: "contact", open: true, happened: at(50_000) }],
      [90_150, { kind: "contact", open: false, happened: at(51_000) }],
      time(92_000),
    ],
    away,
  );
  t.same(words(effects), ["online", "rex", "opened", "closed", "forced", "closed"]);
  const times = effects.flatMap((effect) => (effect.kind === "record" ? [effect.record.happened - T0] : []));
  t.same(times, [90_000, 10_000, 11_000, 13_000, 50_000, 51_000]);
  t.end();
});

test("a contact that changed without a word is an opening all the same, once the session settled", (t) => {
  const { state } = live([
    [0, { kind: "link", online: false }],
    [9_000, { kind: "link", online: true }],
    [9_010, found({ open: true })],
  ]);
  t.same(words(live([time(10_999)], state).effects), []);
  t.same(words(live([time(11_000)], state).effects), ["forced"]);
  t.end();
});

test("a leaf found open by an edge that has just started is nobody's fault, and is held open in its turn", (t) => {
  let state = startDoor(settings);
  state = live(
    [
      [0, { kind: "link", online: true }],
      [10, found({ open: true })],
    ],
    state,
  ).state;
  t.same(words(live([time(2000), time(32_000)], state).effects), ["opened", "held-open"]);
  t.end();
});

test("a change that the Controller tells an edge that has just started is judged like any other", (t) => {
  const state = live([[0, { kind: "link", online: true }]], startDoor(settings)).state;
  t.same(words(live([opens(100)], state).effects), ["forced"]);
  const recalled: Timed = [0, { kind: "recalled", key: "k1", user: "u1", happened: at(-2000), release: millis(5000) }];
  t.same(
    words(live([recalled, opens(2999)], state).effects),
    ["opened", "taken"],
    "the grant before the restart counts",
  );
  t.same(words(live([recalled, opens(3500)], state).effects), ["forced", "not-taken"]);
  t.end();
});

test("a leaf that was open when the line went is not called held before the Controller was heard", (t) => {
  const away = live([rex(0), opens(1000), [2000, { kind: "link", online: false }]]).state;
  t.same(words(live([time(60_000), [60_000, { kind: "link", online: true }], time(61_999)], away).effects), ["online"]);
  t.same(
    words(
      live(
        [
          [60_000, { kind: "link", online: true }],
          [60_100, { kind: "contact", open: false, happened: at(9_000) }],
          time(62_000),
        ],
        away,
      ).effects,
    ),
    ["online", "closed"],
  );
  t.same(words(live([[60_000, { kind: "link", online: true }], time(62_000)], away).effects), ["online", "held-open"]);
  t.end();
});

const keys = (ms: number, text: string): Timed => [ms, { kind: "keys", keys: new SecretText(text) }];
const judged = (effects: readonly DoorEffect[]) =>
  effects.flatMap((effect) => (effect.kind === "judge" ? [effect.entry.use((text) => text)] : []));

test("keys become one entry to judge, at its submit", (t) => {
  t.same(judged(live([keys(0, "2749"), keys(300, "36"), keys(600, "#")]).effects), ["274936"]);
  t.end();
});

test("a lost session and a new one both empty the entry (design 3)", (t) => {
  const lost: Timed[] = [
    keys(0, "2749"),
    [100, { kind: "link", online: false }],
    keys(150, "36#"),
    [200, { kind: "link", online: true }],
    keys(300, "36#"),
  ];
  t.same(judged(live(lost).effects), ["36"]);
  t.same(judged(live([keys(0, "2749"), [100, { kind: "link", online: true }], keys(300, "36#")]).effects), ["36"]);
  t.end();
});

test("keys of a door that has no session open nothing", (t) => {
  t.same(live([keys(0, "274936#")], startDoor(settings)).effects, []);
  t.end();
});

test("digits leave the state with the silence, also when no key comes any more (design 4)", (t) => {
  const { state, effects } = live([keys(0, "2749")]);
  t.same(effects, [{ kind: "wake", at: at(10_000) }]);
  t.equal(live([time(9_999)], state).state.entry.digits.length, 4);
  t.equal(live([time(10_000)], state).state.entry.digits.length, 0);
  t.end();
});

test("offline and online are recorded once each, and a session shows the locked light", (t) => {
  const down = live([
    [0, { kind: "link", online: false }],
    [1, { kind: "link", online: false }],
  ]);
  t.same(words(down.effects), ["offline"]);
  const up = live([[2, { kind: "link", online: true }]], down.state);
  t.same(up.effects.slice(1, 2), [{ kind: "led", light: STEADY.locked }]);
  t.same(words(live([[3, { kind: "link", online: true }]], up.state).effects), []);
  t.end();
});

test("tamper is told at its changes", (t) => {
  const tamper = (ms: number, on: boolean): Timed => [ms, { kind: "tamper", on, happened: at(ms) }];
  t.same(words(live([tamper(0, false), tamper(1, true), tamper(2, true), tamper(3, false)]).effects), [
    "tamper",
    "tamper-cleared",
  ]);
  t.end();
});

test("a session that finds tamper and fire: told once it settled, unless the Controller tells itself", (t) => {
  const away = live([[0, { kind: "link", online: false }]]).state;
  const back: Timed[] = [
    [9_000, { kind: "link", online: true }],
    [9_010, found({ tamper: true })],
    [9_020, found({ open: false, fire: true })],
  ];
  t.same(words(live([...back, time(10_999)], away).effects), ["online"]);
  t.same(words(live([...back, time(11_000)], away).effects), ["online", "fire", "tamper"]);
  const { effects } = live([...back, [9_100, { kind: "tamper", on: true, happened: at(4_000) }], time(11_000)], away);
  t.same(words(effects), ["online", "tamper", "fire"]);
  t.match(effects.filter(({ kind }) => kind === "record")[1], { record: { happened: at(4_000) } });
  t.end();
});

test("new settings hold from the next moment on, for a door that is open too", (t) => {
  const { state } = live([
    rex(0),
    opens(0),
    [1000, { kind: "settings", settings: { ...settings, heldOpenAfter: millis(60_000) } }],
  ]);
  t.same(words(live([time(49_999), time(50_000), time(60_000)], state).effects), ["held-open-soon", "held-open"]);
  t.end();
});
