/**
 * The same windows at every change of the clock that the rules name (d5.6), forwards and back: what stands in a gap,
 * what touches a fold, a night across either (d5.2, d5.3, "Time"). Single cases are in windows.test.ts.
 */

import type { Instant } from "@lintel/protocol/base/units.ts";
import type { Keyset } from "@lintel/protocol/keyset/keyset.ts";
import { answerOf, at, during, makeDoor, nextOf, withKey } from "@lintel/test/support/access.ts";
import { test } from "tap";

const MINUTE = 60_000;

/** Wall times from `gone` until just before `back` do not exist on `day`; the clock jumps at `jump`. */
const gaps = [
  { zone: "America/New_York", day: "sun", gone: "02:00", back: "03:00", jump: "2027-03-14T07:00:00Z" },
  { zone: "Europe/Berlin", day: "sun", gone: "02:00", back: "03:00", jump: "2027-03-28T01:00:00Z" },
  { zone: "Australia/Lord_Howe", day: "sun", gone: "02:00", back: "02:30", jump: "2026-10-03T15:30:00Z" },
  { zone: "Africa/Cairo", day: "fri", gone: "00:00", back: "01:00", jump: "2027-04-29T22:00:00Z" },
  { zone: "America/Santiago", day: "sun", gone: "00:00", back: "01:00", jump: "2026-09-06T04:00:00Z" },
  { zone: "Asia/Beirut", day: "sun", gone: "00:00", back: "01:00", jump: "2027-03-27T22:00:00Z" },
  { zone: "Africa/Casablanca", day: "sun", gone: "02:00", back: "03:00", jump: "2025-04-06T02:00:00Z" }, // DECISIONS 10
] as const;

/** Wall times from `first` until just before `end` of `day` come twice; the second pass begins at `again`. */
const folds = [
  { zone: "America/New_York", day: "sun", first: "01:00", end: "02:00", again: "2026-11-01T06:00:00Z" },
  { zone: "Europe/Berlin", day: "sun", first: "02:00", end: "03:00", again: "2026-10-25T01:00:00Z" },
  { zone: "Australia/Lord_Howe", day: "sun", first: "01:30", end: "02:00", again: "2027-04-03T15:00:00Z" },
  { zone: "Africa/Cairo", day: "thu", first: "23:00", end: "24:00", again: "2026-10-29T21:00:00Z" },
  { zone: "America/Santiago", day: "sat", first: "23:00", end: "24:00", again: "2027-04-04T03:00:00Z" },
  { zone: "Asia/Beirut", day: "sat", first: "23:00", end: "24:00", again: "2026-10-24T21:00:00Z" },
  { zone: "Africa/Casablanca", day: "sun", first: "02:00", end: "03:00", again: "2025-02-23T02:00:00Z" },
] as const;

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const dayBefore = (day: string) => DAYS[(DAYS.indexOf(day) + 6) % 7]!;
const minutesOf = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
const timeOf = (minutes: number) =>
  `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

function keyOf(zone: string, ...windows: readonly string[]): Keyset {
  return withKey({ restrictions: [during(...windows)] }, { doors: [makeDoor({ timezone: zone })] });
}

const later = (instant: Instant, minutes: number) => (instant + minutes * MINUTE) as Instant;

/** Open from `from` until just before `to`, to the ms, and closed just outside. */
function openBetween(t: Tap, keyset: Keyset, from: Instant, to: Instant): void {
  const found = [from - 1, from, to - 1, to].map((ms) => answerOf({ keyset, at: ms as Instant }));
  t.same(found, ["outside-window", "grant", "grant", "outside-window"]);
}
type Tap = { same(found: unknown, wanted: unknown): unknown };

for (const { zone, day, gone, back, jump } of gaps) {
  const there = at(jump);
  const length = minutesOf(back) - minutesOf(gone);

  test(`${zone}, a window that is the gap ${gone}–${back}: not on that day, and a week later again (d5.2)`, (t) => {
    const keyset = keyOf(zone, `${day} ${gone}-${back}`);
    const answers = [-1, 0, 1].map((ms) => answerOf({ keyset, at: (there + ms) as Instant }));
    t.same(answers, ["outside-window", "outside-window", "outside-window"]);
    // Measured in wall time it is a week; in time it is shorter by what was left out.
    const next = later(there, 7 * 1440 - length);
    t.equal(nextOf({ keyset, at: later(there, -60) }), new Date(next).toISOString());
    openBetween(t, keyset, next, later(next, length));
    t.end();
  });

  test(`${zone}, a start within the gap: from the first instant behind it (d5.2)`, (t) => {
    const from = timeOf(minutesOf(gone) + 10);
    openBetween(t, keyOf(zone, `${day} ${from}-${timeOf(minutesOf(back) + 20)}`), there, later(there, 20));
    t.end();
  });

  test(`${zone}, an end within the gap: until the gap begins (Time)`, (t) => {
    const to = timeOf(minutesOf(gone) + 10);
    openBetween(t, keyOf(zone, `${dayBefore(day)} 23:30-${to}`), later(there, -30 - minutesOf(gone)), there);
    t.end();
  });

  test(`${zone}, a night of 22:00–06:00 lasts ${8 - length / 60} h (d5.3)`, (t) => {
    const from = later(there, -120 - minutesOf(gone));
    openBetween(t, keyOf(zone, `${dayBefore(day)} 22:00-06:00`), from, later(from, 8 * 60 - length));
    t.end();
  });
}

for (const { zone, day, first, end, again } of folds) {
  const second = at(again);
  const length = minutesOf(end) - minutesOf(first);
  const middle = timeOf(minutesOf(first) + length / 2);

  test(`${zone}, a window that is the fold ${first}–${end}: both passes, without a break (d5.2)`, (t) => {
    const keyset = keyOf(zone, `${day} ${first}-${end}`);
    openBetween(t, keyset, later(second, -length), later(second, length));
    t.same(
      [-1, 0].map((ms) => answerOf({ keyset, at: (second + ms) as Instant })),
      ["grant", "grant"],
    );
    t.end();
  });

  test(`${zone}, its later half: in both passes, and closed between them (Time)`, (t) => {
    const keyset = keyOf(zone, `${day} ${middle}-${end}`);
    openBetween(t, keyset, later(second, -length / 2), second);
    openBetween(t, keyset, later(second, length / 2), later(second, length));
    t.equal(nextOf({ keyset, at: second }), new Date(later(second, length / 2)).toISOString());
    t.end();
  });

  test(`${zone}, its earlier half: in both passes, and closed between them (Time)`, (t) => {
    const keyset = keyOf(zone, `${day} ${first}-${middle}`);
    openBetween(t, keyset, later(second, -length), later(second, -length / 2));
    openBetween(t, keyset, second, later(second, length / 2));
    t.equal(nextOf({ keyset, at: later(second, -length / 2) }), new Date(second).toISOString());
    t.end();
  });

  test(`${zone}, a night of 22:00–06:00 lasts ${8 + length / 60} h (d5.3)`, (t) => {
    const into = minutesOf(first) < 720 ? minutesOf(first) + 120 : minutesOf(first) - 22 * 60;
    const from = later(second, -length - into);
    const night = minutesOf(first) < 720 ? dayBefore(day) : day;
    openBetween(t, keyOf(zone, `${night} 22:00-06:00`), from, later(from, 8 * 60 + length));
    t.end();
  });
}

test("both changes of seven zones were asked", (t) => {
  t.same(gaps.map(({ zone }) => zone).sort(), folds.map(({ zone }) => zone).sort());
  t.equal(gaps.length, 7);
  t.end();
});
