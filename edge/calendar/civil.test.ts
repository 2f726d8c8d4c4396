import { test } from "tap";
import { dateText, dayOfDate, parseDate, parseWall, timeText, type Wall, wallText, weekdayOf } from "./civil.ts";

const dates = [
  { text: "1970-01-01", day: 0, weekday: 3, source: "the epoch was a Thursday" },
  { text: "1969-12-31", day: -1, weekday: 2, source: "before it" },
  { text: "2000-02-29", day: 11_016, weekday: 1, source: "a leap year by 400" },
  { text: "1900-03-01", day: -25_508, weekday: 3, source: "no leap year by 100: the day after 28 February" },
  { text: "2026-11-01", day: 20_758, weekday: 6, source: "d5.6: New York falls back on a Sunday" },
  { text: "9999-12-31", day: 2_932_896, weekday: 4, source: "the last date a keyset can name" },
] as const;

for (const { text, day, weekday, source } of dates) {
  test(`a date and its day, both ways: ${text} (${source})`, (t) => {
    t.equal(parseDate(text), day);
    t.equal(dateText(day), text);
    t.equal(weekdayOf(day), weekday);
    t.end();
  });
}

test("each day is the one after the last, over 800 years", (t) => {
  const first = dayOfDate({ year: 1700, month: 1, day: 1 });
  let met = 0;
  for (let day = first; dateText(day) !== "2500-01-01"; day += 1) {
    met += parseDate(dateText(day)) === day ? 1 : 0;
  }
  t.equal(met, 292_194, "365 × 800 days and 194 leap days");
  t.end();
});

for (const text of ["2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-1-1", "", "2026-11-01Z"]) {
  test(`"${text}" is no date`, (t) => {
    t.equal(parseDate(text), null);
    t.end();
  });
}

const walls = [
  { text: "2026-12-01T14:00:00", wall: Date.UTC(2026, 11, 1, 14), shown: "2026-12-01T14:00:00" },
  { text: "2026-12-01T14:00", wall: Date.UTC(2026, 11, 1, 14), shown: "2026-12-01T14:00:00" },
  { text: "2026-12-01T23:59:59", wall: Date.UTC(2026, 11, 1, 23, 59, 59), shown: "2026-12-01T23:59:59" },
  { text: "1969-12-31T00:00:01", wall: -86_399_000, shown: "1969-12-31T00:00:01" },
] as const;

for (const { text, wall, shown } of walls) {
  test(`a wall time is read and shown: ${text}`, (t) => {
    t.equal(parseWall(text), wall);
    t.equal(wallText(wall as number as Wall), shown);
    t.end();
  });
}

test("ms are shown only where there are some", (t) => {
  t.equal(wallText((Date.UTC(2026, 11, 1, 14) + 7) as number as Wall), "2026-12-01T14:00:00.007");
  t.end();
});

for (const text of ["2026-12-01T24:00:00", "2026-12-01", "2026-12-01T14:60:00", "2026-12-01T14:00:00Z", "tomorrow"]) {
  test(`"${text}" is no wall time`, (t) => {
    t.equal(parseWall(text), null);
    t.end();
  });
}

test("a time of day: 24:00 is its own end, later minutes are the next day's", (t) => {
  t.same([0, 545, 1_439, 1_440, 1_441, 1_800].map(timeText), ["00:00", "09:05", "23:59", "24:00", "00:01", "06:00"]);
  t.end();
});
