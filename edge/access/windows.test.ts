/** Weekly windows and schedules of a key (d4.2 to d4.6, "Decision"), and what changes of the clock do to them (d5). */
import { answerOf, ask, at, during, makeDoor, nextOf, schedule, window, withKey } from "@lintel/test/support/access.ts";
import { test } from "tap";

const rows = [
  {
    name: "before",
    windows: ["mon 09:00-17:00"],
    at: "2026-11-23T08:59:59.999-05:00",
    answer: "outside-window",
    rule: "d4.3",
  },
  {
    name: "at its start",
    windows: ["mon 09:00-17:00"],
    at: "2026-11-23T09:00:00-05:00",
    answer: "grant",
    rule: "d4.3",
  },
  {
    name: "its last ms",
    windows: ["mon 09:00-17:00"],
    at: "2026-11-23T16:59:59.999-05:00",
    answer: "grant",
    rule: "d4.3",
  },
  {
    name: "at its end",
    windows: ["mon 09:00-17:00"],
    at: "2026-11-23T17:00:00-05:00",
    answer: "outside-window",
    rule: "d4.3",
  },
  {
    name: "in the second one",
    windows: ["tue 09:00-17:00", "mon 09:00-17:00"],
    at: "2026-11-23T12:00:00-05:00",
    answer: "grant",
    rule: "d4.2",
  },
  {
    name: "after midnight of its day",
    windows: ["sun 22:00-06:00"],
    at: "2026-11-23T05:59:00-05:00",
    answer: "grant",
    rule: "d4.5",
  },
  {
    name: "after midnight of the next day",
    windows: ["sun 22:00-06:00"],
    at: "2026-11-24T05:59:00-05:00",
    answer: "outside-window",
    rule: "d4.5",
  },
  { name: "no window at all", windows: [], at: "2026-11-23T12:00:00-05:00", answer: "outside-window", rule: "d4.2" },
  {
    name: "the weekday is the door's, not that of UTC",
    windows: ["mon 20:00-24:00"],
    at: "2026-11-24T01:00:00Z",
    answer: "grant",
    rule: "d5.1",
  },
] as const;
for (const row of rows) {
  test(`windows ${row.windows.join(" and ") || "none"}, ${row.name}: ${row.answer} (${row.rule})`, (t) => {
    t.equal(answerOf({ keyset: withKey({ restrictions: [during(...row.windows)] }), at: row.at }), row.answer);
    t.end();
  });
}

const DAYS = schedule("days", "mon-fri 09:00-17:00");
const NIGHTS = schedule("nights", "fri,sat 22:00-06:00");
const MONDAY_NOON = "2026-11-23T12:00:00-05:00";
const union = [
  { schedules: ["days"], windows: [], answer: "grant", rule: "d4.2" },
  { schedules: ["nights"], windows: [], answer: "outside-window", rule: "d4.2" },
  { schedules: ["nights", "days"], windows: [], answer: "grant", rule: "Decision: a union" },
  { schedules: ["nights"], windows: ["mon 11:00-13:00"], answer: "grant", rule: "Decision: a union" },
  { schedules: [], windows: [], answer: "outside-window", rule: "d4.2 zero windows" },
  { schedules: ["gone"], windows: [], answer: "outside-window", rule: "d4.2 missing" },
  {
    schedules: ["days", "gone"],
    windows: [],
    answer: "outside-window",
    rule: "d4.2 missing, beside one that is there",
  },
  { schedules: ["empty"], windows: [], answer: "outside-window", rule: "d4.2 zero windows" },
] as const;
for (const row of union) {
  const said = [...row.schedules, ...row.windows].join(" or ") || "nothing";
  test(`a key for ${said}, on Monday at noon: ${row.answer} (${row.rule})`, (t) => {
    const restriction = { kind: "scheduled", schedules: row.schedules, windows: row.windows.map(window) } as const;
    const keyset = withKey(
      { restrictions: [restriction] },
      { schedules: [DAYS, NIGHTS, { id: "empty", windows: [] }] },
    );
    t.equal(answerOf({ keyset, at: MONDAY_NOON }), row.answer);
    t.end();
  });
}

test("a missing schedule is named, and nothing opens it but an edit (d4.2)", (t) => {
  const keyset = withKey({ restrictions: [{ kind: "scheduled", schedules: ["gone"], windows: [] }] });
  t.match(ask({ keyset }).rules[5], { rule: "window", ok: false, why: "schedule gone is missing" });
  t.equal(nextOf({ keyset }), null);
  t.end();
});

const all = [
  { at: "2026-11-23T09:30:00-05:00", answer: "outside-window" },
  { at: "2026-11-23T10:00:00-05:00", answer: "grant" },
  { at: "2026-11-23T12:00:00-05:00", answer: "outside-window" },
] as const;
for (const row of all) {
  test(`a list of restrictions is AND: 09–12 and 10–17, at ${row.at}: ${row.answer} (Decision)`, (t) => {
    const keyset = withKey({ restrictions: [during("daily 09:00-12:00"), during("daily 10:00-17:00")] });
    t.equal(answerOf({ keyset, at: row.at }), row.answer);
    t.end();
  });
}

test("restrictions bind whatever the role (Restrictions)", (t) => {
  const keyset = withKey({ role: "admin", restrictions: [during("tue 09:00-17:00")] });
  t.equal(answerOf({ keyset }), "outside-window");
  t.end();
});

/** d5.2, d5.3, d5.6, "Time". The offset says which pass is meant. Windows as they stand on that night's weekday. */
const changes = [
  {
    zone: "America/New_York",
    windows: "sun 00:30-01:30",
    at: "2026-11-01T01:15:00-04:00",
    inside: true,
    rule: "fold in part: first pass",
  },
  {
    zone: "America/New_York",
    windows: "sun 00:30-01:30",
    at: "2026-11-01T01:45:00-04:00",
    inside: false,
    rule: "fold in part: behind it in the first pass",
  },
  {
    zone: "America/New_York",
    windows: "sun 00:30-01:30",
    at: "2026-11-01T01:15:00-05:00",
    inside: true,
    rule: "fold in part: second pass",
  },
  {
    zone: "America/New_York",
    windows: "sun 00:30-01:30",
    at: "2026-11-01T01:45:00-05:00",
    inside: false,
    rule: "fold in part: behind it in the second pass",
  },
  {
    zone: "America/New_York",
    windows: "sun 01:30-03:00",
    at: "2026-11-01T01:15:00-05:00",
    inside: false,
    rule: "a start in the fold: before it in the second pass",
  },
  {
    zone: "America/New_York",
    windows: "sat 22:00-06:00",
    at: "2026-11-01T05:59:59-05:00",
    inside: true,
    rule: "a night of 9 h",
  },
  {
    zone: "America/New_York",
    windows: "sat 22:00-06:00",
    at: "2026-11-01T06:00:00-05:00",
    inside: false,
    rule: "and no longer",
  },
  {
    zone: "America/New_York",
    windows: "sun 02:30-04:00",
    at: "2027-03-14T01:59:59-05:00",
    inside: false,
    rule: "a start in the gap: before it",
  },
  {
    zone: "America/New_York",
    windows: "sun 02:30-04:00",
    at: "2027-03-14T03:00:00-04:00",
    inside: true,
    rule: "a start in the gap: the first instant behind it",
  },
  {
    zone: "America/New_York",
    windows: "sun 01:00-02:30",
    at: "2027-03-14T01:59:59-05:00",
    inside: true,
    rule: "an end in the gap: until it begins",
  },
  {
    zone: "America/New_York",
    windows: "sun 01:00-02:30",
    at: "2027-03-14T03:00:00-04:00",
    inside: false,
    rule: "an end in the gap: over behind it",
  },
  {
    zone: "America/New_York",
    windows: "sun 02:00-03:00",
    at: "2027-03-14T03:00:00-04:00",
    inside: false,
    rule: "wholly in the gap: never that day",
  },
  {
    zone: "Europe/Berlin",
    windows: "sun 02:00-03:00",
    at: "2026-10-25T02:59:59+02:00",
    inside: true,
    rule: "fold: first pass",
  },
  {
    zone: "Europe/Berlin",
    windows: "sun 02:00-03:00",
    at: "2026-10-25T02:00:00+01:00",
    inside: true,
    rule: "fold: second pass",
  },
  {
    zone: "Europe/Berlin",
    windows: "sun 02:00-03:00",
    at: "2026-10-25T03:00:00+01:00",
    inside: false,
    rule: "behind the fold",
  },
  {
    zone: "Europe/Berlin",
    windows: "sun 02:15-03:15",
    at: "2027-03-28T03:00:00+02:00",
    inside: true,
    rule: "a start in the gap",
  },
  {
    zone: "Australia/Lord_Howe",
    windows: "sun 02:10-02:40",
    at: "2026-10-04T02:30:00+11:00",
    inside: true,
    rule: "a gap of 30 min",
  },
  {
    zone: "Australia/Lord_Howe",
    windows: "sun 02:00-02:30",
    at: "2026-10-04T02:30:00+11:00",
    inside: false,
    rule: "wholly in a gap of 30 min",
  },
  {
    zone: "Australia/Lord_Howe",
    windows: "sun 01:40-02:00",
    at: "2027-04-04T01:39:00+10:30",
    inside: false,
    rule: "a fold of 30 min, second pass, before",
  },
  {
    zone: "Australia/Lord_Howe",
    windows: "sun 01:40-02:00",
    at: "2027-04-04T01:40:00+10:30",
    inside: true,
    rule: "a fold of 30 min, second pass",
  },
  {
    zone: "Africa/Cairo",
    windows: "fri 00:00-01:30",
    at: "2027-04-30T01:00:00+03:00",
    inside: true,
    rule: "no midnight: from the first instant of the day",
  },
  {
    zone: "Africa/Cairo",
    windows: "thu 22:00-01:00",
    at: "2027-04-30T01:00:00+03:00",
    inside: false,
    rule: "an end in the missing hour after midnight",
  },
  {
    zone: "America/Santiago",
    windows: "sun 00:15-00:45",
    at: "2026-09-06T01:00:00-03:00",
    inside: false,
    rule: "wholly in the missing hour after midnight",
  },
  {
    zone: "America/Santiago",
    windows: "sat 23:00-24:00",
    at: "2027-04-03T23:59:59-04:00",
    inside: true,
    rule: "the hour before midnight twice",
  },
  {
    zone: "Asia/Beirut",
    windows: "sun 00:00-24:00",
    at: "2027-03-28T01:00:00+03:00",
    inside: true,
    rule: "a whole day without midnight",
  },
  {
    zone: "Asia/Beirut",
    windows: "sat 00:00-24:00",
    at: "2027-03-28T01:00:00+03:00",
    inside: false,
    rule: "and not the day before it",
  },
  {
    zone: "Africa/Casablanca",
    windows: "sun 02:30-03:00",
    at: "2025-02-23T02:45:00+00:00",
    inside: true,
    rule: "the fold before Ramadan",
  },
  {
    zone: "Africa/Casablanca",
    windows: "sun 02:30-03:30",
    at: "2025-04-06T03:00:00+01:00",
    inside: true,
    rule: "the gap after Ramadan",
  },
] as const;
for (const row of changes) {
  test(`${row.zone}, ${row.windows} at ${row.at}: ${row.inside ? "inside" : "outside"} (d5, ${row.rule})`, (t) => {
    const keyset = withKey({ restrictions: [during(row.windows)] }, { doors: [makeDoor({ timezone: row.zone })] });
    t.equal(answerOf({ keyset, at: at(row.at) }), row.inside ? "grant" : "outside-window");
    t.end();
  });
}
