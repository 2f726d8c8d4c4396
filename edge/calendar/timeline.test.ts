/** When a door stands unlocked by itself, and why (design 5.5, d6, "Holidays", "First-In", "Modes and hours"). */
import { type Instant, instant, millis } from "@lintel/protocol/base/units.ts";
import type { Mode } from "@lintel/protocol/base/words.ts";
import type { Holiday } from "@lintel/protocol/keyset/keyset.ts";
import { at, makeHoliday, window } from "@lintel/test/support/access.ts";
import fc from "fast-check";
import { test } from "tap";
import { DAY, dayOf, MINUTE, wallOf, weekdayOf } from "./civil.ts";
import { holidaysAt, holidaysOn } from "./holidays.ts";
import { windowText } from "./say.ts";
import { standingAt } from "./standing.ts";
import { type Comes, isOpened, type TimelineDoor, timeline } from "./timeline.ts";
import { openZone, wallAt, type Zone } from "./zone.ts";

interface Row {
  readonly name: string;
  readonly zone?: string;
  readonly windows?: readonly string[];
  readonly holidays?: readonly Holiday[];
  readonly mode?: Mode;
  readonly grace?: number;
  readonly required?: boolean;
  readonly comes?: "never" | "at-start" | string;
  readonly from: string;
  readonly to: string;
  /** `DD HH:MM state kind id window` of each entry, in the door's own time. */
  readonly entries: readonly string[];
  readonly rule: string;
}

const MONDAY = { from: "2026-11-23T00:00:00-05:00", to: "2026-11-24T00:00:00-05:00" };
const XMAS = { from: "2026-12-24T12:00:00-05:00", to: "2026-12-26T12:00:00-05:00" };
const LUNCH = ["mon-fri 09:00-12:00", "mon-fri 13:00-17:00"];
const holiday = (hours: Holiday["hours"], over: Partial<Holiday> = {}) =>
  makeHoliday({ hours, access: "unchanged", ...over });
const hours = (text: string) => {
  const { from, length } = window(`mon ${text}`);
  return { from, length };
};

const rows: readonly Row[] = [
  {
    name: "a day of hours",
    ...MONDAY,
    entries: ["23 00:00 locked outside", "23 09:00 unlocked hours 09:00-17:00", "23 17:00 locked outside"],
    rule: "5.5",
  },
  {
    name: "no business hours",
    windows: [],
    ...MONDAY,
    holidays: [holiday("closed", { date: "2026-11-23" })],
    entries: ["23 00:00 locked outside"],
    rule: "without businessHours a holiday does nothing",
  },
  {
    name: "nobody comes",
    windows: LUNCH,
    ...MONDAY,
    comes: "never",
    entries: [
      "23 00:00 locked outside",
      "23 09:00 locked first-in 09:00-12:00",
      "23 12:00 locked outside",
      "23 13:00 locked first-in 13:00-17:00",
      "23 17:00 locked outside",
    ],
    rule: "d6.1",
  },
  {
    name: "nobody comes, and nobody has to",
    ...MONDAY,
    required: false,
    comes: "never",
    entries: ["23 00:00 locked outside", "23 09:00 unlocked hours 09:00-17:00", "23 17:00 locked outside"],
    rule: "d6.1",
  },
  {
    name: "somebody comes within the interval: for this one alone",
    windows: LUNCH,
    ...MONDAY,
    comes: "2026-11-23T09:20:00-05:00",
    entries: [
      "23 00:00 locked outside",
      "23 09:00 locked first-in 09:00-12:00",
      "23 09:20 unlocked hours 09:00-12:00",
      "23 12:00 locked outside",
      "23 13:00 locked first-in 13:00-17:00",
      "23 17:00 locked outside",
    ],
    rule: "d6.2, d6.3",
  },
  {
    name: "at exactly start − grace",
    ...MONDAY,
    comes: "2026-11-23T08:30:00-05:00",
    entries: ["23 00:00 locked outside", "23 09:00 unlocked hours 09:00-17:00", "23 17:00 locked outside"],
    rule: "First-In",
  },
  {
    name: "a ms before the grace",
    ...MONDAY,
    comes: "2026-11-23T08:29:59.999-05:00",
    entries: ["23 00:00 locked outside", "23 09:00 locked first-in 09:00-17:00", "23 17:00 locked outside"],
    rule: "First-In",
  },
  {
    name: "at the very end: too late",
    ...MONDAY,
    comes: "2026-11-23T17:00:00-05:00",
    entries: ["23 00:00 locked outside", "23 09:00 locked first-in 09:00-17:00", "23 17:00 locked outside"],
    rule: "d4.3 half-open",
  },
  {
    name: "in one interval and in the grace of the one that touches it: both",
    windows: ["mon 09:00-12:00", "mon 12:00-17:00"],
    ...MONDAY,
    comes: "2026-11-23T11:40:00-05:00",
    entries: [
      "23 00:00 locked outside",
      "23 09:00 locked first-in 09:00-12:00",
      "23 11:40 unlocked hours 09:00-12:00",
      "23 12:00 unlocked hours 12:00-17:00",
      "23 17:00 locked outside",
    ],
    rule: "First-In",
  },
  {
    name: "intervals that touch are two",
    windows: ["mon 09:00-12:00", "mon 12:00-17:00"],
    ...MONDAY,
    comes: "2026-11-23T11:29:00-05:00",
    entries: [
      "23 00:00 locked outside",
      "23 09:00 locked first-in 09:00-12:00",
      "23 11:29 unlocked hours 09:00-12:00",
      "23 12:00 locked first-in 12:00-17:00",
      "23 17:00 locked outside",
    ],
    rule: "First-In",
  },
  {
    name: "it begins and ends within an interval: cut to what is asked",
    from: "2026-11-23T10:00:00-05:00",
    to: "2026-11-23T11:00:00-05:00",
    entries: ["23 10:00 unlocked hours 09:00-17:00"],
    rule: "5.5 gapless",
  },
  { name: "nothing is asked", from: MONDAY.from, to: MONDAY.from, entries: [], rule: "5.5" },
  {
    name: "a closed holiday is the cause of its whole day",
    windows: ["daily 09:00-17:00"],
    holidays: [holiday("closed")],
    ...XMAS,
    entries: [
      "24 12:00 unlocked hours 09:00-17:00",
      "24 17:00 locked outside",
      "25 00:00 locked holiday xmas",
      "26 00:00 locked outside",
      "26 09:00 unlocked hours 09:00-17:00",
    ],
    rule: "d6.6",
  },
  {
    name: "a holiday with hours of its own, which wait for First-In like others",
    windows: ["daily 09:00-17:00"],
    holidays: [holiday([hours("10:00-12:00")])],
    ...XMAS,
    comes: "2026-12-25T10:30:00-05:00",
    entries: [
      "24 12:00 locked first-in 09:00-17:00",
      "24 17:00 locked outside",
      "25 00:00 locked holiday xmas",
      "25 10:00 locked holiday xmas 10:00-12:00",
      "25 10:30 unlocked holiday xmas 10:00-12:00",
      "25 12:00 locked holiday xmas",
      "26 00:00 locked outside",
      "26 09:00 locked first-in 09:00-17:00",
    ],
    rule: "d6.6, First-In",
  },
  {
    name: "a holiday's hours run past its midnight, beside the ordinary ones of the morning",
    windows: ["daily 01:00-04:00"],
    holidays: [holiday([hours("22:00-02:00")])],
    ...XMAS,
    entries: [
      "24 12:00 locked outside",
      "25 00:00 locked holiday xmas",
      "25 22:00 unlocked holiday xmas 22:00-02:00",
      "26 02:00 unlocked hours 01:00-04:00",
      "26 04:00 locked outside",
    ],
    rule: "d6.6, 5.5",
  },
  {
    name: "a holiday cuts at its midnight what the day before began",
    windows: ["daily 22:00-06:00"],
    holidays: [holiday("closed")],
    ...XMAS,
    entries: [
      "24 12:00 locked outside",
      "24 22:00 unlocked hours 22:00-06:00",
      "25 00:00 locked holiday xmas",
      "26 00:00 locked outside",
    ],
    rule: "d6.6",
  },
  {
    name: "two holidays on a day: the one that closes it is the cause",
    windows: ["daily 09:00-17:00"],
    holidays: [holiday([hours("10:00-12:00")], { id: "open" }), holiday("closed", { id: "shut" })],
    from: "2026-12-25T00:00:00-05:00",
    to: "2026-12-26T00:00:00-05:00",
    entries: ["25 00:00 locked holiday shut"],
    rule: "d6.6",
  },
  {
    name: "two holidays with hours: both must be open",
    windows: ["daily 09:00-17:00"],
    holidays: [holiday([hours("10:00-14:00")], { id: "a" }), holiday([hours("12:00-16:00")], { id: "b" })],
    from: "2026-12-25T09:00:00-05:00",
    to: "2026-12-25T18:00:00-05:00",
    entries: ["25 09:00 locked holiday a", "25 12:00 unlocked holiday a 12:00-14:00", "25 14:00 locked holiday a"],
    rule: "d6.6",
  },
  {
    name: "a holiday that says nothing of hours is none here",
    windows: ["daily 09:00-17:00"],
    holidays: [holiday("unchanged", { access: "suspended" })],
    from: "2026-12-25T08:00:00-05:00",
    to: "2026-12-25T18:00:00-05:00",
    entries: ["25 08:00 locked outside", "25 09:00 unlocked hours 09:00-17:00", "25 17:00 locked outside"],
    rule: "Holidays",
  },
  ...(["lockdown", "privacy", "vacation"] as const).map((mode) => ({
    name: `${mode} suspends all of it`,
    mode,
    windows: ["daily 09:00-17:00"],
    holidays: [holiday("closed")],
    ...XMAS,
    entries: ["24 12:00 locked mode"],
    rule: "Modes and hours",
  })),
  ...(["tour", "resident"] as const).map((mode) => ({
    name: `${mode} does not`,
    mode,
    ...MONDAY,
    entries: ["23 00:00 locked outside", "23 09:00 unlocked hours 09:00-17:00", "23 17:00 locked outside"],
    rule: "Modes and hours",
  })),
  {
    name: "a day without a midnight begins with the jump",
    zone: "Asia/Beirut",
    windows: ["daily 00:00-02:00"],
    holidays: [holiday("closed", { date: "2027-03-28" })],
    from: "2027-03-27T20:00:00+02:00",
    to: "2027-03-29T03:00:00+03:00",
    entries: [
      "27 20:00 locked outside",
      "28 01:00 locked holiday xmas",
      "29 00:00 unlocked hours 00:00-02:00",
      "29 02:00 locked outside",
    ],
    rule: "d5.6",
  },
  {
    name: "a doubled hour ends hours at its first pass",
    windows: ["sun 00:30-01:30"],
    from: "2026-11-01T00:00:00-04:00",
    to: "2026-11-01T04:00:00-05:00",
    entries: ["01 00:00 locked outside", "01 00:30 unlocked hours 00:30-01:30", "01 01:30 locked outside"],
    rule: "d5.2",
  },
];

function doorOf(row: Pick<Row, "zone" | "windows" | "holidays" | "mode" | "required" | "grace">): TimelineDoor {
  const windows = (row.windows ?? ["mon-fri 09:00-17:00"]).map(window);
  const zone = openZone(row.zone ?? "America/New_York") as Zone;
  const calendar = holidaysAt("front", row.holidays ?? []);
  return {
    hours: windows.length === 0 ? null : { zone, windows, holidays: calendar },
    mode: row.mode ?? "normal",
    firstIn: { required: row.required ?? true, grace: millis((row.grace ?? 30) * MINUTE) },
  };
}

function comesOf(text: string): Comes {
  return text === "never" || text === "at-start" ? text : at(text);
}

for (const row of rows) {
  test(`timeline: ${row.name} (${row.rule})`, (t) => {
    const zone = openZone(row.zone ?? "America/New_York") as Zone;
    const stretch = { from: at(row.from), to: at(row.to) };
    const entries = timeline(doorOf(row), comesOf(row.comes ?? "at-start"), stretch);
    t.same(
      entries.map(({ from, state, cause }) => {
        const wall = new Date(wallAt(zone, from)).toISOString();
        const words = [wall.slice(8, 10), wall.slice(11, 16), state, cause.kind, cause.id, cause.window];
        return words.filter((word) => word !== undefined).join(" ");
      }),
      row.entries,
    );
    const ends = entries.map(({ to }) => to);
    t.same([stretch.from, ...ends], [...entries.map(({ from }) => from), stretch.to], "gapless");
    t.end();
  });
}

const ZONES = [
  "America/New_York",
  "Europe/Berlin",
  "Australia/Lord_Howe",
  "Africa/Cairo",
  "America/Santiago",
  "Asia/Beirut",
  "Africa/Casablanca",
];
const time = fc.integer({ min: 0, max: 287 }).map((five) => five * 5);
const dayHours = fc.record({ from: time, length: fc.integer({ min: 1, max: 288 }).map((five) => five * 5) });
const FIRST_DAY = Math.floor(Date.UTC(2026, 7, 20) / DAY);
const anyHoliday = fc.record({
  id: fc.constantFrom("a", "b", "c"),
  day: fc.integer({ min: 0, max: 260 }),
  yearly: fc.boolean(),
  hours: fc.oneof(fc.constant("closed" as const), fc.array(dayHours, { minLength: 1, maxLength: 2 })),
});
const anyDoor = fc.record({
  zone: fc.constantFrom(...ZONES),
  windows: fc.array(fc.record({ days: fc.integer({ min: 1, max: 127 }), window: dayHours }), { maxLength: 3 }),
  holidays: fc.array(anyHoliday, { maxLength: 4 }),
  mode: fc.constantFrom<Mode>("normal", "normal", "normal", "tour", "resident", "privacy"),
  required: fc.boolean(),
  grace: fc.constantFrom(0, 5, 30, 720),
});

/** Nine months, so that every zone changes its offset twice. Made anew for each, so that nothing is shared. */
function made(any: typeof anyDoor extends fc.Arbitrary<infer T> ? T : never): TimelineDoor {
  const holidays = any.holidays.map(({ id, day, yearly, hours: of }) =>
    makeHoliday({ id, date: new Date((FIRST_DAY + day) * DAY).toISOString().slice(0, 10), yearly, hours: of }),
  );
  const windows = any.windows.map(({ days, window: { from, length } }) => ({ days, from, length }));
  return {
    hours: { zone: openZone(any.zone) as Zone, windows, holidays: holidaysAt("front", holidays) },
    mode: any.mode,
    firstIn: { required: any.required, grace: millis(any.grace * MINUTE) },
  };
}

test("a timeline is the standing of the door at every instant (design 5.5): 10,000 of them", (t) => {
  let asked = 0;
  let unlocked = 0;
  const from = instant(FIRST_DAY * DAY);
  const to = instant((FIRST_DAY + 270) * DAY);
  fc.assert(
    fc.property(
      anyDoor,
      fc.oneof(fc.constantFrom("never" as const, "at-start" as const), fc.integer({ min: from, max: to }).map(instant)),
      fc.array(fc.integer({ min: from, max: to - 1 }), { minLength: 100, maxLength: 100 }),
      (any, comes, instants) => {
        const door = made(any);
        const entries = timeline(door, comes, { from, to });
        // Also where an answer changes, and one ms to either side.
        const edges = entries.slice(0, 40).flatMap((entry) => [entry.from - 1, entry.from, entry.from + 1]);
        const inside = edges.filter((ms) => ms >= from && ms < to);
        for (const ms of [...instants, ...inside]) {
          const moment = instant(ms);
          const entry = entries.find((one) => one.from <= moment && moment < one.to);
          const standing = standingAt(door, moment, (interval) => isOpened(door, comes, interval, moment));
          asked += 1;
          if (standing.state === "unlocked") unlocked += 1;
          if (entry === undefined || entry.state !== standing.state) return false;
          if (JSON.stringify(entry.cause) !== JSON.stringify(standing.cause)) return false;
        }
        return entries.every((one, number) => {
          const next = entries[number + 1];
          if (next === undefined) return one.to === to;
          const differs = one.state !== next.state || JSON.stringify(one.cause) !== JSON.stringify(next.cause);
          return one.from < one.to && one.to === next.from && differs;
        });
      },
    ),
    { numRuns: 150 },
  );
  t.ok(asked > 10_000 && unlocked > 1_000, `${asked} instants, ${unlocked} of them unlocked`);
  t.end();
});

/**
 * The slow twin: the state by looking at the wall clock alone, minute by minute. It knows neither gaps nor folds, so it
 * is asked only on days whose wall clock runs evenly, as does the day before.
 */
function twin(door: TimelineDoor, moment: Instant): { state: string; kind: string; window?: string } {
  if (["lockdown", "privacy", "vacation"].includes(door.mode)) return { state: "locked", kind: "mode" };
  const { zone, windows, holidays } = door.hours!;
  const wall = wallAt(zone, moment);
  const today = dayOf(wall);
  const minute = (wall - wallOf(today)) / MINUTE;
  const setting = (day: number) => holidaysOn(holidays, day).filter(({ hours: of }) => of !== "unchanged");
  const open: { kind: "hours" | "holiday"; window: string }[] = [];
  for (const [day, late] of [
    [today - 1, 1440],
    [today, 0],
  ] as const) {
    const of = setting(day);
    if (late > 0 && setting(today).length > 0) continue;
    const lists =
      of.length === 0
        ? [windows.filter(({ days }) => days & (1 << weekdayOf(day)))]
        : of.map(({ hours: list }) => (typeof list === "string" ? [] : list));
    const [first, ...rest] = lists;
    for (const one of first!) {
      const parts = rest.reduce(
        (held, list) =>
          held.flatMap((a) =>
            list.flatMap((b) => {
              const begin = Math.max(a.from, b.from);
              const end = Math.min(a.from + a.length, b.from + b.length);
              return begin < end ? [{ from: begin, length: end - begin }] : [];
            }),
          ),
        [{ from: one.from, length: one.length }],
      );
      for (const part of parts) {
        if (minute + late >= part.from && minute + late < part.from + part.length) {
          open.push({ kind: of.length === 0 ? "hours" : "holiday", window: windowText(part) });
        }
      }
    }
  }
  const found = open.find(({ kind }) => kind === "holiday") ?? open[0];
  if (found !== undefined) return { state: "unlocked", ...found };
  return { state: "locked", kind: setting(today).length > 0 ? "holiday" : "outside" };
}

test("where somebody comes at every start, the standing is what the wall clock says", (t) => {
  let asked = 0;
  let unlocked = 0;
  const from = FIRST_DAY * DAY;
  const evenly = (zone: Zone, ms: number) =>
    [-2, -1, 0, 1].every((days) => {
      const offset = wallAt(zone, instant(ms)) - ms;
      return wallAt(zone, instant(ms + days * DAY)) - (ms + days * DAY) === offset;
    });
  fc.assert(
    fc.property(
      anyDoor,
      fc.array(fc.integer({ min: from, max: from + 270 * DAY }), { minLength: 60, maxLength: 60 }),
      (any, instants) => {
        const door = made(any);
        return instants.every((ms) => {
          if (!evenly(door.hours!.zone, ms)) return true;
          const moment = instant(ms);
          const { state, cause } = standingAt(door, moment, () => true);
          const said = twin(door, moment);
          asked += 1;
          if (state === "unlocked") unlocked += 1;
          return state === said.state && cause.kind === said.kind;
        });
      },
    ),
    { numRuns: 200 },
  );
  t.ok(asked > 5_000 && unlocked > 1_000, `${asked} instants, ${unlocked} of them unlocked`);
  t.end();
});

test("a holiday lasts from its first midnight, also where the clock shows the evening before once more", (t) => {
  // St. John's, 2010-11-07: at 00:01 the clock went back to 23:01.
  const holidays = [holiday("closed", { date: "2010-11-07" })];
  const door = doorOf({ zone: "America/St_Johns", windows: ["daily 22:00-24:00"], holidays });
  const kinds = ["2010-11-07T02:29:59Z", "2010-11-07T02:30:30Z", "2010-11-07T02:45:00Z", "2010-11-08T03:29:59Z"].map(
    (text) => standingAt(door, at(text), () => true).cause.kind,
  );
  t.same(kinds, ["hours", "holiday", "holiday", "holiday"]);
  t.end();
});

test("a year takes well under a second", (t) => {
  const door = doorOf({
    windows: [...LUNCH, "sat 10:00-14:00"],
    holidays: Array.from({ length: 20 }, (_, day) =>
      holiday("closed", { id: `h${day}`, date: `2027-0${1 + (day % 9)}-1${day % 10}` }),
    ),
  });
  const begun = performance.now();
  const entries = timeline(door, "at-start", {
    from: at("2027-01-01T00:00:00-05:00"),
    to: at("2028-01-01T00:00:00-05:00"),
  });
  const took = performance.now() - begun;
  t.comment(`${Math.round(took)} ms, ${entries.length} entries`);
  t.ok(took < 1_000, "a year");
  t.ok(entries.length > 1_000);
  t.end();
});
