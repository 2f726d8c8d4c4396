/** Business hours as intervals: gap, fold, midnights, holidays (d5.2, d6.6, "Time", "Holidays"). */
import { instant } from "@lintel/protocol/base/units.ts";
import type { Holiday } from "@lintel/protocol/keyset/keyset.ts";
import { at, makeHoliday, window } from "@lintel/test/support/access.ts";
import fc from "fast-check";
import { test } from "tap";
import { holidaysAt } from "./holidays.ts";
import { type Hours, hoursBetween } from "./hours.ts";
import { openZone, type Zone } from "./zone.ts";

interface Row {
  readonly name: string;
  readonly zone?: string;
  readonly windows: readonly string[];
  readonly holidays?: readonly Holiday[];
  readonly from: string;
  readonly to: string;
  readonly hours: readonly string[];
  readonly rule: string;
}

function hoursOf(row: Pick<Row, "zone" | "windows" | "holidays">): Hours {
  return {
    zone: openZone(row.zone ?? "America/New_York") as Zone,
    windows: row.windows.map(window),
    holidays: holidaysAt("front", row.holidays ?? []),
  };
}

function hour(text: string): { from: number; length: number } {
  const { from, length } = window(`mon ${text}`);
  return { from, length };
}

const holiday = (hours: Holiday["hours"], date = "2026-12-25", id = "xmas") =>
  makeHoliday({ id, date, hours, access: "unchanged" });

const XMAS = { from: "2026-12-24T12:00:00-05:00", to: "2026-12-27T08:00:00-05:00" };
const rows: readonly Row[] = [
  {
    name: "a day of a week",
    windows: ["mon-fri 09:00-17:00"],
    from: "2026-11-20T00:00:00-05:00",
    to: "2026-11-24T00:00:00-05:00",
    hours: ["2026-11-20T14:00Z/2026-11-20T22:00Z", "2026-11-23T14:00Z/2026-11-23T22:00Z"],
    rule: "d4.3",
  },
  {
    name: "touching ones stay two",
    windows: ["mon 09:00-12:00", "mon 12:00-17:00"],
    from: "2026-11-23T00:00:00-05:00",
    to: "2026-11-24T00:00:00-05:00",
    hours: ["2026-11-23T14:00Z/2026-11-23T17:00Z", "2026-11-23T17:00Z/2026-11-23T22:00Z"],
    rule: "First-In",
  },
  {
    name: "what began before is there, whole",
    windows: ["daily 22:00-06:00"],
    from: "2026-11-23T02:00:00-05:00",
    to: "2026-11-23T03:00:00-05:00",
    hours: ["2026-11-23T03:00Z/2026-11-23T11:00Z"],
    rule: "d4.5",
  },
  {
    name: "an end in a fold: its first pass",
    windows: ["sun 00:30-01:30"],
    from: "2026-11-01T00:00:00-04:00",
    to: "2026-11-02T00:00:00-05:00",
    hours: ["2026-11-01T04:30Z/2026-11-01T05:30Z"],
    rule: "d5.2 prefer locked",
  },
  {
    name: "a start in a fold: its first pass, to an end that comes once",
    windows: ["sun 01:30-03:00"],
    from: "2026-11-01T00:00:00-04:00",
    to: "2026-11-02T00:00:00-05:00",
    hours: ["2026-11-01T05:30Z/2026-11-01T08:00Z"],
    rule: "Time: however many instants the fold put before it",
  },
  {
    name: "wholly in a gap: none",
    windows: ["sun 02:00-03:00"],
    from: "2027-03-14T00:00:00-05:00",
    to: "2027-03-15T00:00:00-04:00",
    hours: [],
    rule: "d5.2",
  },
  {
    name: "from within a gap: from the jump",
    windows: ["sun 02:30-04:00"],
    from: "2027-03-14T00:00:00-05:00",
    to: "2027-03-15T00:00:00-04:00",
    hours: ["2027-03-14T07:00Z/2027-03-14T08:00Z"],
    rule: "d5.2",
  },
  {
    name: "until 24:00 after a doubled hour: the later instant",
    zone: "America/Santiago",
    windows: ["sat 22:00-24:00"],
    from: "2027-04-03T12:00:00-03:00",
    to: "2027-04-04T12:00:00-04:00",
    hours: ["2027-04-04T01:00Z/2027-04-04T04:00Z"],
    rule: "Time",
  },
  {
    name: "a day without midnight",
    zone: "Asia/Beirut",
    windows: ["sun 00:00-02:00"],
    from: "2027-03-27T12:00:00+02:00",
    to: "2027-03-28T12:00:00+03:00",
    hours: ["2027-03-27T22:00Z/2027-03-27T23:00Z"],
    rule: "d5.6",
  },
  {
    name: "a closed holiday replaces its day",
    windows: ["daily 09:00-17:00"],
    holidays: [holiday("closed")],
    ...XMAS,
    hours: ["2026-12-24T14:00Z/2026-12-24T22:00Z", "2026-12-26T14:00Z/2026-12-26T22:00Z"],
    rule: "d6.6",
  },
  {
    name: "a closed holiday cuts what began the day before, and takes its own evening with the morning after",
    windows: ["daily 22:00-06:00"],
    holidays: [holiday("closed")],
    ...XMAS,
    hours: ["2026-12-25T03:00Z/2026-12-25T05:00Z", "2026-12-27T03:00Z/2026-12-27T11:00Z"],
    rule: "Holidays: owned by its day",
  },
  {
    name: "a holiday with other hours, over midnight",
    windows: ["daily 09:00-17:00"],
    holidays: [holiday([hour("20:00-02:00")])],
    ...XMAS,
    hours: [
      "2026-12-24T14:00Z/2026-12-24T22:00Z",
      "2026-12-26T01:00Z/2026-12-26T07:00Z",
      "2026-12-26T14:00Z/2026-12-26T22:00Z",
    ],
    rule: "Holidays: run into the next day",
  },
  {
    name: "holiday hours over midnight, cut by a holiday on the next day",
    windows: ["daily 09:00-17:00"],
    holidays: [holiday([hour("20:00-02:00")]), holiday("closed", "2026-12-26", "boxing")],
    ...XMAS,
    hours: ["2026-12-24T14:00Z/2026-12-24T22:00Z", "2026-12-26T01:00Z/2026-12-26T05:00Z"],
    rule: "Holidays: cut if that is a holiday too",
  },
  {
    name: "two holidays on a day: open where both are",
    windows: ["daily 09:00-17:00"],
    holidays: [holiday([hour("08:00-12:00"), hour("13:00-18:00")]), holiday([hour("10:00-14:00")], "2026-12-25", "b")],
    from: "2026-12-25T00:00:00-05:00",
    to: "2026-12-26T00:00:00-05:00",
    hours: ["2026-12-25T15:00Z/2026-12-25T17:00Z", "2026-12-25T18:00Z/2026-12-25T19:00Z"],
    rule: "Holidays: intersection",
  },
  {
    name: "two holidays on a day, one closed: closed",
    windows: ["daily 09:00-17:00"],
    holidays: [holiday([hour("08:00-12:00")]), holiday("closed", "2026-12-25", "b")],
    from: "2026-12-25T00:00:00-05:00",
    to: "2026-12-26T00:00:00-05:00",
    hours: [],
    rule: "d6.6",
  },
  {
    name: "a holiday that leaves hours unchanged changes and cuts nothing, beside one that does not",
    windows: ["daily 22:00-06:00"],
    holidays: [holiday("unchanged")],
    ...XMAS,
    hours: [
      "2026-12-25T03:00Z/2026-12-25T11:00Z",
      "2026-12-26T03:00Z/2026-12-26T11:00Z",
      "2026-12-27T03:00Z/2026-12-27T11:00Z",
    ],
    rule: "Holidays: each field by itself",
  },
];

for (const row of rows) {
  test(`business hours, ${row.name} (${row.rule})`, (t) => {
    const found = hoursBetween(hoursOf(row), at(row.from), at(row.to));
    const text = (ms: number) => new Date(ms).toISOString().replace(":00.000Z", "Z");
    t.same(
      found.map(({ from, to }) => `${text(from)}/${text(to)}`),
      row.hours,
    );
    t.end();
  });
}

test("hours are half-open: at their end they are over, at their start they run (d4.3)", (t) => {
  const hours = hoursOf({ windows: ["mon 09:00-12:00"] });
  const [start, end] = [at("2026-11-23T14:00:00Z"), at("2026-11-23T17:00:00Z")];
  const count = (from: number, to: number) => hoursBetween(hours, instant(from), instant(to)).length;
  t.same([count(start - 1, start), count(start, start + 1)], [0, 1]);
  t.same([count(end - 1, end), count(end, end + 1)], [1, 0]);
  t.end();
});

test("an interval names the day and the window it is owned by, and the holidays that set it", (t) => {
  const hours = hoursOf({ windows: ["daily 22:00-06:00"], holidays: [holiday([hour("20:00-02:00")])] });
  const found = hoursBetween(hours, at("2026-12-25T03:00:00Z"), at("2026-12-26T03:00:00Z"));
  t.same(
    found.map(({ day, window, holidays }) => [day, window, holidays.map(({ id }) => id)]),
    [
      [20_811, { from: 1_320, length: 480 }, []],
      [20_812, { from: 1_200, length: 360 }, ["xmas"]],
    ],
  );
  t.end();
});

test("what is asked for changes no interval: two halves have together what the whole has", (t) => {
  const hours = hoursOf({
    windows: ["daily 22:00-06:00", "sun 09:00-10:00", "mon-fri 09:00-17:00"],
    holidays: [holiday("closed"), holiday([hour("20:00-02:00")], "2026-11-01", "fold")],
  });
  const [first, last] = [Date.UTC(2026, 9, 20), Date.UTC(2027, 0, 5)];
  const whole = hoursBetween(hours, instant(first), instant(last));
  const rule = fc.property(fc.integer({ min: first + 1, max: last - 1 }), (middle) => {
    const left = hoursBetween(hours, instant(first), instant(middle));
    const right = hoursBetween(hours, instant(middle), instant(last));
    const both = [...left, ...right.filter(({ from }) => !left.some((interval) => interval.from === from))];
    return JSON.stringify(both) === JSON.stringify(whole);
  });
  fc.assert(rule, { numRuns: 300 });
  t.ok(whole.length > 100, `${whole.length} intervals`);
  t.end();
});
