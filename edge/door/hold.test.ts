/** What holds a door open or shut: precedence, First-In, ends of overrides, clocks, edits, restarts (d6, d5.4, d5.5). */
import { after, type Instant, instant, type Millis, millis } from "@lintel/protocol/base/units.ts";
import type { ClockTrust, Mode, Role } from "@lintel/protocol/base/words.ts";
import { at, makeHoliday, window } from "@lintel/test/support/access.ts";
import fc from "fast-check";
import { test } from "tap";
import { holidaysAt } from "../calendar/holidays.ts";
import { standingAt } from "../calendar/standing.ts";
import { isOpened } from "../calendar/timeline.ts";
import { openZone, type Zone } from "../calendar/zone.ts";
import {
  ageHold,
  arm,
  commandMode,
  type HoldRules,
  type HoldState,
  holdAt,
  type Moment,
  modeOf,
  NOTHING_HELD,
  overrideAt,
  recallHold,
  sameHold,
  setOverride,
  settleHold,
} from "./hold.ts";
import { LIMITS } from "./limits.ts";

const MINUTE = 60_000;
const ZONE = openZone("America/New_York") as Zone;
const NO_HOLIDAYS = holidaysAt("front", []);

interface Door {
  readonly windows?: readonly string[];
  readonly zone?: string;
  readonly required?: boolean;
  readonly grace?: number;
  readonly who?: "admins" | readonly string[];
  readonly mode?: Mode;
  readonly clockUnknown?: "deny" | "allow";
  readonly closed?: string;
  readonly schedule?: string;
}

function rulesOf(door: Door = {}): HoldRules {
  const zone = door.zone === undefined ? ZONE : (openZone(door.zone) as Zone);
  const holidays =
    door.closed === undefined
      ? NO_HOLIDAYS
      : holidaysAt("front", [makeHoliday({ date: door.closed, hours: "closed", access: "unchanged" })]);
  const windows = (door.windows ?? ["mon-fri 09:00-17:00"]).map(window);
  return {
    hours: windows.length === 0 ? null : { zone, windows, holidays },
    firstIn: {
      required: door.required ?? false,
      grace: millis((door.grace ?? 30) * MINUTE),
      who: door.who ?? "admins",
    },
    mode: door.mode ?? "normal",
    clockUnknown: door.clockUnknown ?? "deny",
    schedule: door.schedule ?? "s1",
  };
}

/** `mon 12:00` to `fri 09:30:00.001` of the week of 2026-11-23, in New York. */
function when(text: string): Instant {
  const [day, time] = text.split(" ") as [string, string];
  const date = 23 + ["mon", "tue", "wed", "thu", "fri"].indexOf(day);
  return at(`2026-11-${date}T${time.length === 5 ? `${time}:00` : time}-05:00`);
}

const moment = (text: string, clock: ClockTrust = "trusted"): Moment => ({ at: when(text), clock });
const admin = { role: "admin" as Role, user: "u1" };
const user = { role: "user" as Role, user: "u2" };
const held = (state: Partial<HoldState> = {}): HoldState => ({ ...NOTHING_HELD, schedule: "s1", ...state });
const until = (state: "unlock" | "lock", text: string): Partial<HoldState> => ({
  override: { state, until: when(text), by: "desk" },
});
const byCommand = (mode: Mode): Partial<HoldState> => ({ mode: { mode, over: "normal" } });

const levels: readonly {
  readonly name: string;
  readonly door?: Door;
  readonly state?: Partial<HoldState>;
  readonly at: string;
  readonly clock?: ClockTrust;
  readonly open: boolean;
  readonly cause: string;
  readonly rule: string;
}[] = [
  { name: "the ms before hours", at: "mon 08:59:59.999", open: false, cause: "outside", rule: "d4.3" },
  { name: "the start of hours", at: "mon 09:00", open: true, cause: "hours", rule: "d4.3" },
  { name: "the last ms of hours", at: "mon 16:59:59.999", open: true, cause: "hours", rule: "d4.3" },
  { name: "the end of hours", at: "mon 17:00", open: false, cause: "outside", rule: "d4.3 half-open" },
  { name: "no hours", door: { windows: [] }, at: "mon 12:00", open: false, cause: "outside", rule: "d6" },
  {
    name: "a closed holiday",
    door: { closed: "2026-11-23" },
    at: "mon 12:00",
    open: false,
    cause: "holiday",
    rule: "d6.6",
  },
  { name: "nobody came", door: { required: true }, at: "mon 12:00", open: false, cause: "first-in", rule: "d6.1" },
  {
    name: "lockdown of the keyset",
    door: { mode: "lockdown" },
    at: "mon 12:00",
    open: false,
    cause: "mode",
    rule: "d6.8",
  },
  {
    name: "lockdown by command",
    state: byCommand("lockdown"),
    at: "mon 12:00",
    open: false,
    cause: "mode",
    rule: "d6.8",
  },
  {
    name: "privacy",
    state: byCommand("privacy"),
    at: "mon 12:00",
    open: false,
    cause: "mode",
    rule: "Modes and hours",
  },
  {
    name: "vacation",
    state: byCommand("vacation"),
    at: "mon 12:00",
    open: false,
    cause: "mode",
    rule: "Modes and hours",
  },
  { name: "tour", state: byCommand("tour"), at: "mon 12:00", open: true, cause: "hours", rule: "Modes and hours" },
  {
    name: "resident",
    state: byCommand("resident"),
    at: "mon 12:00",
    open: true,
    cause: "hours",
    rule: "Modes and hours",
  },
  {
    name: "normal by command over privacy of the keyset",
    door: { mode: "privacy" },
    state: { mode: { mode: "normal", over: "privacy" } },
    at: "mon 12:00",
    open: true,
    cause: "hours",
    rule: "Modes and hours",
  },
  {
    name: "a lock within hours",
    state: until("lock", "mon 13:00"),
    at: "mon 12:00",
    open: false,
    cause: "override",
    rule: "d6.8",
  },
  {
    name: "a lock at its end",
    state: until("lock", "mon 13:00"),
    at: "mon 13:00",
    open: true,
    cause: "hours",
    rule: "d6.5",
  },
  {
    name: "an unlock outside of hours",
    state: until("unlock", "mon 21:00"),
    at: "mon 20:59:59.999",
    open: true,
    cause: "override",
    rule: "d6.8",
  },
  {
    name: "an unlock at its end",
    state: until("unlock", "mon 21:00"),
    at: "mon 21:00",
    open: false,
    cause: "outside",
    rule: "d6.5",
  },
  {
    name: "an unlock on a holiday",
    door: { closed: "2026-11-23" },
    state: until("unlock", "mon 13:00"),
    at: "mon 12:00",
    open: true,
    cause: "override",
    rule: "d6.8",
  },
  {
    name: "an unlock in privacy",
    state: { ...until("unlock", "mon 13:00"), ...byCommand("privacy") },
    at: "mon 12:00",
    open: true,
    cause: "override",
    rule: "d6.8",
  },
  {
    name: "an unlock in lockdown",
    state: { ...until("unlock", "mon 13:00"), ...byCommand("lockdown") },
    at: "mon 12:00",
    open: false,
    cause: "mode",
    rule: "d6.8",
  },
  {
    name: "the clock in holdover",
    at: "mon 12:00",
    clock: "holdover",
    open: true,
    cause: "hours",
    rule: "Clock states",
  },
  { name: "the clock floor-only", at: "mon 12:00", clock: "floor-only", open: false, cause: "clock", rule: "d5.4" },
  {
    name: "floor-only where the door allows it",
    door: { clockUnknown: "allow" },
    at: "mon 12:00",
    clock: "floor-only",
    open: true,
    cause: "hours",
    rule: "d5.4",
  },
  {
    name: "an unlock while floor-only: void",
    state: until("unlock", "mon 13:00"),
    at: "mon 12:00",
    clock: "floor-only",
    open: false,
    cause: "clock",
    rule: "d5.4",
  },
  {
    name: "an unlock while floor-only, allowed",
    door: { clockUnknown: "allow" },
    state: until("unlock", "mon 21:00"),
    at: "mon 20:00",
    clock: "floor-only",
    open: true,
    cause: "override",
    rule: "d5.4",
  },
  {
    name: "a lock while floor-only: it stands, its end is not known",
    state: until("lock", "mon 11:00"),
    at: "mon 12:00",
    clock: "floor-only",
    open: false,
    cause: "override",
    rule: "d5.4",
  },
  {
    name: "a lock while floor-only, allowed: to its end",
    door: { clockUnknown: "allow" },
    state: until("lock", "mon 11:00"),
    at: "mon 12:00",
    clock: "floor-only",
    open: true,
    cause: "hours",
    rule: "d5.4",
  },
  {
    name: "hours that were over, and a clock set back",
    state: { over: { from: when("mon 09:00"), to: when("mon 17:00") } },
    at: "mon 16:00",
    open: false,
    cause: "first-in",
    rule: "d5.5",
  },
];

for (const row of levels) {
  test(`${row.name}: ${row.open ? "open" : "shut"}, ${row.cause} (${row.rule})`, (t) => {
    const { open, cause } = holdAt(rulesOf(row.door), held(row.state), moment(row.at, row.clock));
    t.same({ open, cause: cause.kind }, { open: row.open, cause: row.cause });
    t.end();
  });
}

test("an override that is void now is none: an unlock while the time is not known (d5.4)", (t) => {
  const at = (state: "unlock" | "lock", clock: ClockTrust) =>
    overrideAt(rulesOf(), held(until(state, "mon 13:00")), moment("mon 12:00", clock))?.state ?? null;
  t.same(
    [at("unlock", "trusted"), at("unlock", "floor-only"), at("lock", "trusted"), at("lock", "floor-only")],
    ["unlock", null, "lock", "lock"],
  );
  t.end();
});

test("where a holiday's hours run into those of the morning, the period ends with the later", (t) => {
  const night = makeHoliday({ date: "2026-11-23", hours: [{ from: 1320, length: 240 }], access: "unchanged" });
  const hours = { zone: ZONE, windows: [window("tue 01:00-04:00")], holidays: holidaysAt("front", [night]) };
  const asked = { state: "lock", until: "period-end", by: "desk" } as const;
  const set = setOverride({ ...rulesOf(), hours }, held(), asked, moment("tue 01:30"));
  t.same(set.ok && set.value.override?.until, when("tue 04:00"));
  t.end();
});

test("hours under an unlock are told apart from it", (t) => {
  const hold = (text: string) => holdAt(rulesOf(), held(until("unlock", "mon 20:00")), moment(text)).hours;
  t.same(hold("mon 12:00"), { kind: "hours", window: "09:00-17:00" });
  t.equal(hold("mon 18:00"), null);
  t.end();
});

const LUNCH = ["mon-fri 09:00-12:00", "mon-fri 13:00-17:00"];
const TOUCHING = ["mon-fri 09:00-12:00", "mon-fri 12:00-17:00"];
const unlocks: readonly {
  readonly name: string;
  readonly door?: Door;
  readonly key?: typeof admin | typeof user | null;
  readonly at: string;
  readonly clock?: ClockTrust;
  readonly arms: readonly string[];
  readonly rule: string;
}[] = [
  { name: "a ms before the grace", at: "mon 08:29:59.999", arms: [], rule: "First-In" },
  { name: "at exactly start − grace", at: "mon 08:30", arms: ["09:00"], rule: "First-In" },
  { name: "at the start", at: "mon 09:00", arms: ["09:00"], rule: "d6.2" },
  { name: "in the last ms", at: "mon 11:59:59.999", arms: ["09:00"], rule: "d6.2" },
  { name: "at the end", at: "mon 12:00", arms: [], rule: "d4.3" },
  { name: "in the grace of the second", at: "mon 12:30", arms: ["13:00"], rule: "d6.3" },
  { name: "in the second", at: "mon 13:30", arms: ["13:00"], rule: "d6.3" },
  {
    name: "in one and in the grace of the next",
    door: { windows: TOUCHING },
    at: "mon 11:30",
    arms: ["09:00", "12:00"],
    rule: "First-In",
  },
  {
    name: "in the first of two that touch",
    door: { windows: TOUCHING },
    at: "mon 11:29:59.999",
    arms: ["09:00"],
    rule: "First-In",
  },
  { name: "without a grace", door: { grace: 0 }, at: "mon 08:59:59.999", arms: [], rule: "d6.1" },
  {
    name: "a grace of 12 h, from the evening before",
    door: { grace: 720 },
    at: "mon 21:00",
    arms: ["09:00"],
    rule: "d6.1",
  },
  { name: "nobody is required", door: { required: false }, at: "mon 10:00", arms: [], rule: "d6.1" },
  { name: "a user", key: user, at: "mon 10:00", arms: [], rule: "d6.1" },
  {
    name: "a user who is named",
    door: { who: ["u2", "u3"] },
    key: user,
    at: "mon 10:00",
    arms: ["09:00"],
    rule: "d6.1",
  },
  { name: "an admin who is not named", door: { who: ["u2"] }, at: "mon 10:00", arms: [], rule: "d6.1 editable" },
  { name: "nobody's key: a master code", key: null, at: "mon 10:00", arms: [], rule: "First-In" },
  { name: "a door without hours", door: { windows: [] }, at: "mon 10:00", arms: [], rule: "d6" },
  { name: "the clock floor-only", at: "mon 10:00", clock: "floor-only", arms: [], rule: "d5.4" },
  {
    name: "floor-only where the door allows it",
    door: { clockUnknown: "allow" },
    at: "mon 10:00",
    clock: "floor-only",
    arms: ["09:00"],
    rule: "d5.4",
  },
];

for (const row of unlocks) {
  test(`an unlock, ${row.name}: First-In of ${row.arms.join(" and ") || "nothing"} (${row.rule})`, (t) => {
    const rules = rulesOf({ windows: LUNCH, required: true, ...row.door });
    const key = row.key === undefined ? admin : row.key;
    const { armed } = arm(rules, held(), key, moment(row.at, row.clock));
    t.same(
      armed.map(({ from }) => new Date(from - 5 * 3_600_000).toISOString().slice(11, 16)),
      row.arms,
    );
    t.end();
  });
}

test("in the grace the door opens at the start, within the interval at once, and the next needs its own (d6.2, d6.3)", (t) => {
  const rules = rulesOf({ windows: LUNCH, required: true });
  const early = arm(rules, held(), admin, moment("mon 08:45"));
  const open = (state: HoldState, text: string) => holdAt(rules, state, moment(text)).open;
  t.notOk(open(early, "mon 08:59:59.999"));
  t.ok(open(early, "mon 09:00"));
  t.notOk(open(early, "mon 13:00"));
  t.notOk(open(early, "tue 09:00"), "nor does it open tomorrow");
  const late = arm(rules, held(), admin, moment("mon 13:30"));
  t.notOk(open(held(), "mon 13:30"));
  t.ok(open(late, "mon 13:30"));
  t.end();
});

test("an unlock again arms nothing twice; more intervals than are kept: the oldest is required anew", (t) => {
  const rules = rulesOf({ windows: LUNCH, required: true });
  const once = arm(rules, held(), admin, moment("mon 10:00"));
  t.equal(arm(rules, once, admin, moment("mon 10:05")), once);
  const minutes = Array.from({ length: LIMITS.armed + 1 }, (_, number) => {
    const two = (minute: number) =>
      `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
    return `mon ${two(600 + number)}-${two(601 + number)}`;
  });
  const many = rulesOf({ windows: minutes, required: true, grace: 720 });
  const { armed } = arm(many, held(), admin, moment("mon 09:59"));
  t.equal(armed.length, LIMITS.armed);
  t.equal(armed[0]?.from, when("mon 10:01"));
  t.end();
});

const WEEK = 7 * 86_400_000;
const ends: readonly {
  readonly name: string;
  readonly door?: Door;
  readonly asks?: "unlock" | "lock";
  readonly until: Instant | "period-end" | null;
  readonly at: string;
  readonly clock?: ClockTrust;
  readonly state?: Partial<HoldState>;
  readonly answer: Instant | "wrong-end" | "clock-unknown";
  readonly rule: string;
}[] = [
  { name: "an instant", until: when("mon 18:00"), at: "mon 12:00", answer: when("mon 18:00"), rule: "d6.5" },
  { name: "now", until: when("mon 12:00"), at: "mon 12:00", answer: "wrong-end", rule: "Interlock and groups" },
  { name: "past", until: when("mon 11:00"), at: "mon 12:00", answer: "wrong-end", rule: "Interlock and groups" },
  {
    name: "a ms ahead",
    until: when("mon 12:00:00.001"),
    at: "mon 12:00",
    answer: when("mon 12:00:00.001"),
    rule: "d6.5",
  },
  {
    name: "7 days ahead",
    until: instant(when("mon 12:00") + WEEK),
    at: "mon 12:00",
    answer: instant(when("mon 12:00") + WEEK),
    rule: "Interlock and groups",
  },
  {
    name: "a ms more than 7 days ahead",
    until: instant(when("mon 12:00") + WEEK + 1),
    at: "mon 12:00",
    answer: "wrong-end",
    rule: "Interlock and groups",
  },
  { name: "the end of the period", until: "period-end", at: "mon 12:00", answer: when("mon 17:00"), rule: "d6.5" },
  {
    name: "the end of the period, of the first of two",
    door: { windows: LUNCH },
    until: "period-end",
    at: "mon 11:00",
    answer: when("mon 12:00"),
    rule: "d6.5",
  },
  {
    name: "the end of the period, at its end",
    until: "period-end",
    at: "mon 17:00",
    answer: "wrong-end",
    rule: "Interlock and groups",
  },
  {
    name: "the end of the period, outside",
    until: "period-end",
    at: "mon 08:00",
    answer: "wrong-end",
    rule: "Interlock and groups",
  },
  {
    name: "the end of the period, where nobody came yet",
    door: { required: true },
    until: "period-end",
    at: "mon 12:00",
    answer: when("mon 17:00"),
    rule: "d6.5",
  },
  {
    name: "the end of the period, on a holiday",
    door: { closed: "2026-11-23" },
    until: "period-end",
    at: "mon 12:00",
    answer: "wrong-end",
    rule: "Interlock and groups",
  },
  {
    name: "the end of the period, without hours",
    door: { windows: [] },
    until: "period-end",
    at: "mon 12:00",
    answer: "wrong-end",
    rule: "Interlock and groups",
  },
  { name: "none, within hours", until: null, at: "mon 12:00", answer: when("mon 17:00"), rule: "Interlock and groups" },
  { name: "none, outside", until: null, at: "mon 20:00", answer: when("tue 20:00"), rule: "Interlock and groups" },
  {
    name: "an unlock while floor-only",
    until: when("mon 18:00"),
    at: "mon 12:00",
    clock: "floor-only",
    answer: "clock-unknown",
    rule: "d5.4",
  },
  {
    name: "an unlock while floor-only, allowed",
    door: { clockUnknown: "allow" },
    until: when("mon 18:00"),
    at: "mon 12:00",
    clock: "floor-only",
    answer: when("mon 18:00"),
    rule: "d5.4",
  },
  {
    name: "a lock while floor-only",
    asks: "lock",
    until: when("mon 18:00"),
    at: "mon 12:00",
    clock: "floor-only",
    answer: when("mon 18:00"),
    rule: "d5.4",
  },
  {
    name: "a lock to the end of the period while floor-only",
    asks: "lock",
    until: "period-end",
    at: "mon 12:00",
    clock: "floor-only",
    answer: "wrong-end",
    rule: "d5.4",
  },
  {
    name: "over the one before",
    state: until("lock", "mon 13:00"),
    until: when("mon 18:00"),
    at: "mon 12:00",
    answer: when("mon 18:00"),
    rule: "d6.5",
  },
];

for (const row of ends) {
  test(`an override until: ${row.name} (${row.rule})`, (t) => {
    const asked = { state: row.asks ?? "unlock", until: row.until, by: "desk" } as const;
    const set = setOverride(rulesOf(row.door), held(row.state), asked, moment(row.at, row.clock));
    if (typeof row.answer === "string") t.same(set, { ok: false, error: row.answer });
    else t.same(set.ok && set.value.override, { state: asked.state, until: row.answer, by: "desk" });
    t.end();
  });
}

test("resume ends what stands, whatever the clock; where nothing stands it does no harm", (t) => {
  const asked = { state: "resume", until: null, by: "desk" } as const;
  for (const state of [held(until("lock", "mon 18:00")), held()]) {
    for (const clock of ["trusted", "floor-only"] as const) {
      t.same(setOverride(rulesOf(), state, asked, moment("mon 12:00", clock)), { ok: true, value: held() });
    }
  }
  t.end();
});

test("a mode by command stays until a keyset says another one of this door; an edited schedule is armed anew (d6.7)", (t) => {
  const rules = rulesOf({ required: true });
  const commanded = commandMode(rules, arm(rules, held(), admin, moment("mon 10:00")), "privacy");
  t.equal(modeOf(rules, commanded), "privacy");
  const same = settleHold(rules, commanded);
  t.ok(sameHold(same, commanded), "the same rules change nothing");
  const edited = settleHold(rulesOf({ required: true, mode: "tour" }), commanded);
  t.equal(edited.mode, null);
  t.equal(edited.armed.length, 1, "the mode is no part of the schedule");
  const moved = settleHold(rulesOf({ required: true, schedule: "s2" }), {
    ...commanded,
    over: { from: when("mon 09:00"), to: when("mon 09:30") },
  });
  t.same([moved.mode?.mode, moved.armed, moved.over, moved.schedule], ["privacy", [], null, "s2"]);
  t.end();
});

test("a restart keeps First-In where it took less than 10 min; nobody can say: required anew (d6.3)", (t) => {
  const rules = rulesOf({ required: true });
  const state = arm(rules, held(until("lock", "tue 09:00")), admin, moment("mon 08:45"));
  const minutes = 10 * MINUTE;
  t.equal(recallHold(state, millis(0)), state);
  t.equal(recallHold(state, millis(minutes - 1)), state);
  t.same(recallHold(state, millis(minutes)), { ...state, armed: [] });
  t.same(recallHold(state, null), { ...state, armed: [] });
  t.end();
});

test("what is over is forgotten, and a clock set back does not begin it again; far before it, it does (d5.5)", (t) => {
  const rules = rulesOf({ required: true });
  let state = arm(rules, held(until("lock", "mon 16:00")), admin, moment("mon 10:00"));
  state = ageHold(rules, state, moment("mon 15:59:59.999"));
  t.ok(state.override);
  state = ageHold(rules, state, moment("mon 16:00"));
  t.equal(state.override, null);
  t.equal(state.armed.length, 1);
  state = ageHold(rules, state, moment("mon 17:00"));
  t.same(state.armed, []);
  const again = (text: string) => {
    const aged = ageHold(rules, state, moment(text));
    return holdAt(rules, arm(rules, aged, admin, moment(text)), moment(text)).open;
  };
  t.notOk(again("mon 16:59:59.999"), "the same hours are over");
  t.notOk(again("mon 09:00"));
  t.ok(again("tue 09:00"), "tomorrow's begin");
  t.equal(ageHold(rules, state, moment("mon 08:59:59.999")).over, null, "so far back that it cannot be a replay");
  const unknown = held({ ...until("lock", "mon 11:00"), armed: [{ from: when("mon 09:00"), to: when("mon 11:00") }] });
  t.equal(ageHold(rules, unknown, moment("mon 12:00", "floor-only")), unknown, "nobody knows that it is over");
  t.end();
});

const nights: readonly { zone: string; window: string; from: string; open: readonly string[] }[] = [
  // Autumn: the first pass alone. Spring: what begins in the gap begins with the jump, what lies in it does not come.
  { zone: "America/New_York", window: "daily 01:00-01:30", from: "2026-11-01T04:00Z", open: ["05:00", "05:30"] },
  { zone: "America/New_York", window: "daily 02:30-04:00", from: "2027-03-14T05:00Z", open: ["07:00", "08:00"] },
  { zone: "America/New_York", window: "daily 02:15-02:45", from: "2027-03-14T05:00Z", open: [] },
  { zone: "Europe/Berlin", window: "daily 02:00-02:30", from: "2026-10-24T22:30Z", open: ["00:00", "00:30"] },
  { zone: "Europe/Berlin", window: "daily 02:30-03:30", from: "2027-03-27T23:30Z", open: ["01:00", "01:30"] },
  { zone: "Australia/Lord_Howe", window: "daily 02:15-02:45", from: "2026-10-03T12:00Z", open: ["15:30", "15:45"] },
  { zone: "Africa/Cairo", window: "daily 00:00-02:00", from: "2027-04-29T20:00Z", open: ["22:00", "23:00"] },
  { zone: "America/Santiago", window: "daily 00:00-02:00", from: "2026-09-06T02:00Z", open: ["04:00", "05:00"] },
  { zone: "Asia/Beirut", window: "daily 00:30-01:30", from: "2027-03-27T20:00Z", open: ["22:00", "22:30"] },
  { zone: "Africa/Casablanca", window: "daily 02:15-02:45", from: "2025-02-23T00:00Z", open: ["01:15", "01:45"] },
  { zone: "Africa/Casablanca", window: "daily 02:15-02:45", from: "2025-04-06T00:00Z", open: [] },
];
for (const { zone, window: text, from, open } of nights) {
  test(`the night of ${from.slice(0, 10)} in ${zone}, ${text.slice(6)}: ${open.join(" to ") || "not"} in UTC (d5.2, d5.6)`, (t) => {
    const rules = rulesOf({ zone, windows: [text] });
    const changes: string[] = [];
    let before = false;
    const begin = at(from);
    for (let ms = begin as number; ms < begin + 5 * 3_600_000; ms += 5 * MINUTE) {
      const now = holdAt(rules, held(), { at: instant(ms), clock: "trusted" }).open;
      if (now !== before) changes.push(new Date(ms).toISOString().slice(11, 16));
      before = now;
    }
    t.same(changes, open);
    t.end();
  });
}

const FROM = when("mon 00:00");
const span = fc.integer({ min: 0, max: 4 * 86_400_000 }).map((ms) => instant(FROM + ms));
const anyDoor = fc.record({
  windows: fc.subarray(["mon-fri 09:00-12:00", "mon-fri 12:00-17:00", "daily 22:00-06:00", "tue,thu 18:30-19:00"], {
    minLength: 1,
  }),
  required: fc.boolean(),
  grace: fc.constantFrom(0, 30, 720),
  mode: fc.constantFrom<Mode>("normal", "normal", "tour", "privacy", "lockdown"),
  clockUnknown: fc.constantFrom("deny" as const, "allow" as const),
  closed: fc.option(fc.constantFrom("2026-11-24", "2026-11-25"), { nil: undefined }),
});
type Act = { readonly at: Instant; readonly kind: "grant" | "lock" | "unlock" | "resume" | "mode" | "look" };
const anyActs = fc
  .array(fc.record({ at: span, kind: fc.constantFrom<Act["kind"]>("grant", "lock", "unlock", "resume", "mode") }), {
    maxLength: 8,
  })
  .map((acts) => acts.toSorted((a, b) => a.at - b.at));

function play(rules: HoldRules, acts: readonly Act[], until: Instant): HoldState {
  return acts
    .filter(({ at: time }) => time <= until)
    .reduce(
      (state, { at: time, kind }) => {
        const now: Moment = { at: time, clock: "trusted" };
        const aged = ageHold(rules, state, now);
        if (kind === "look") return recallHold(JSON.parse(JSON.stringify(aged)) as HoldState, millis(0));
        if (kind === "grant") return arm(rules, aged, admin, now);
        if (kind === "mode") return commandMode(rules, aged, modeOf(rules, aged) === "normal" ? "vacation" : "normal");
        const set = setOverride(rules, aged, { state: kind, until: null, by: "desk" }, now);
        return set.ok ? set.value : aged;
      },
      settleHold(rules, NOTHING_HELD),
    );
}

test("a level: whenever it is looked at, or started anew, in between changes nothing (d6.4)", (t) => {
  let open = 0;
  let asked = 0;
  fc.assert(
    fc.property(anyDoor, anyActs, fc.array(span, { maxLength: 12 }), span, (door, acts, looks, time) => {
      const rules = rulesOf(door);
      const looked = [...acts, ...looks.map((look): Act => ({ at: look, kind: "look" }))].toSorted(
        (a, b) => a.at - b.at,
      );
      const now: Moment = { at: time, clock: "trusted" };
      const once = holdAt(rules, play(rules, acts, time), now);
      const often = holdAt(rules, play(rules, looked, time), now);
      asked += 1;
      if (once.open) open += 1;
      return JSON.stringify(once) === JSON.stringify(often);
    }),
    { numRuns: 1500 },
  );
  t.ok(open > 150 && asked - open > 150, `${open} of ${asked} open`);
  t.end();
});

test("the answer stays the same until the time that it names, and that lies ahead", (t) => {
  let changed = 0;
  fc.assert(
    fc.property(anyDoor, anyActs, span, fc.double({ min: 0, max: 0.999, noNaN: true }), (door, acts, time, part) => {
      const rules = rulesOf(door);
      const state = play(rules, acts, time);
      const level = (ms: number) => {
        const { open, hours, cause } = holdAt(rules, state, { at: instant(ms), clock: "trusted" });
        return JSON.stringify({ open, hours, cause });
      };
      const { until: end } = holdAt(rules, state, { at: time, clock: "trusted" });
      if (end === null || end <= time || end > after(time, LIMITS.holdHorizon)) return false;
      if (level(end) !== level(time)) changed += 1;
      return level(time + Math.floor((end - time) * part)) === level(time) && level(end - 1) === level(time);
    }),
    { numRuns: 800 },
  );
  t.ok(changed > 100, `${changed} changes`);
  t.end();
});

test("the door does what the timeline says: First-In at any instant (design 5.5)", (t) => {
  let open = 0;
  fc.assert(
    fc.property(anyDoor, span, fc.array(span, { minLength: 20, maxLength: 20 }), (door, comes, instants) => {
      const rules = rulesOf(door);
      const firstIn = { required: rules.firstIn.required, grace: rules.firstIn.grace as Millis };
      const opening = { hours: rules.hours, mode: rules.mode, firstIn };
      return instants.every((time) => {
        const state = play(rules, [{ at: comes, kind: "grant" }], time);
        const hold = holdAt(rules, state, { at: time, clock: "trusted" });
        const standing = standingAt(opening, time, (interval) => isOpened(opening, comes, interval, time));
        if (hold.open) open += 1;
        return (
          hold.open === (standing.state === "unlocked") && JSON.stringify(hold.cause) === JSON.stringify(standing.cause)
        );
      });
    }),
    { numRuns: 500 },
  );
  t.ok(open > 400, `${open} open`);
  t.end();
});
