/**
 * Zones, against the transitions of d5.6 written out by hand and against Temporal, which finds wall times in its own,
 * slow way.
 */
import { type Instant, instant } from "@lintel/protocol/base/units.ts";
import fc from "fast-check";
import { test } from "tap";
import { Temporal } from "temporal-polyfill";
import { parseWall, type Wall, wallText } from "./civil.ts";
import { firstInstantOf, instantsOf, localText, offsetAt, openZone, stretches, wallAt, type Zone } from "./zone.ts";

function zoneOf(id: string): Zone {
  const zone = openZone(id);
  if (zone === null) throw new Error(`no zone ${id}`);
  return zone;
}

const utc = (at: number) => new Date(at).toISOString().replace(".000Z", "Z");
const wall = (text: string) => parseWall(text) as Wall;

const refused = ["", "+01:00", "-0500", "Mars/Olympus", "America/New York", "GMT+1", "🕛"];
for (const id of refused) {
  test(`"${id}" is no zone: a door has the name of a region (d5.1)`, (t) => {
    t.equal(openZone(id), null);
    t.end();
  });
}

/**
 * d5.6: the last instant before and the first instant after each change, as the wall shows them. Casablanca by its
 * changes of 2025: zone data of 2026c know of none in 2027, older ones do.
 */
const changes = [
  { zone: "America/New_York", at: "2026-11-01T06:00:00Z", before: "01:59:59-04:00", after: "01:00:00-05:00" },
  { zone: "America/New_York", at: "2027-03-14T07:00:00Z", before: "01:59:59-05:00", after: "03:00:00-04:00" },
  { zone: "Europe/Berlin", at: "2026-10-25T01:00:00Z", before: "02:59:59+02:00", after: "02:00:00+01:00" },
  { zone: "Europe/Berlin", at: "2027-03-28T01:00:00Z", before: "01:59:59+01:00", after: "03:00:00+02:00" },
  { zone: "Australia/Lord_Howe", at: "2026-10-03T15:30:00Z", before: "01:59:59+10:30", after: "02:30:00+11:00" },
  { zone: "Australia/Lord_Howe", at: "2027-04-03T15:00:00Z", before: "01:59:59+11:00", after: "01:30:00+10:30" },
  { zone: "Africa/Cairo", at: "2027-04-29T22:00:00Z", before: "23:59:59+02:00", after: "01:00:00+03:00" },
  { zone: "America/Santiago", at: "2026-09-06T04:00:00Z", before: "23:59:59-04:00", after: "01:00:00-03:00" },
  { zone: "America/Santiago", at: "2027-04-04T03:00:00Z", before: "23:59:59-03:00", after: "23:00:00-04:00" },
  { zone: "Asia/Beirut", at: "2027-03-27T22:00:00Z", before: "23:59:59+02:00", after: "01:00:00+03:00" },
  { zone: "Africa/Casablanca", at: "2025-02-23T02:00:00Z", before: "02:59:59+01:00", after: "02:00:00+00:00" },
  { zone: "Africa/Casablanca", at: "2025-04-06T02:00:00Z", before: "01:59:59+00:00", after: "03:00:00+01:00" },
] as const;

for (const { zone, at, before, after } of changes) {
  test(`${zone} changes at ${at} (d5.6)`, (t) => {
    const change = Date.parse(at);
    t.equal(localText(zoneOf(zone), instant(change - 1_000)).slice(11), before);
    t.equal(localText(zoneOf(zone), instant(change)).slice(11), after);
    const around = stretches(zoneOf(zone), instant(change - 1), instant(change));
    t.same(
      around.map(({ from, to }) => [from === change, to === change]),
      [
        [false, true],
        [true, false],
      ],
      "one stretch ends with it and one begins with it",
    );
    t.end();
  });
}

/** A wall time, resolved to one instant: gap = the jump, fold = the first pass. */
const resolved = [
  { zone: "America/New_York", wall: "2026-11-01T01:00:00", at: "2026-11-01T05:00:00Z", rule: "fold: first pass" },
  { zone: "America/New_York", wall: "2026-11-01T01:30:00", at: "2026-11-01T05:30:00Z", rule: "fold: first pass" },
  { zone: "America/New_York", wall: "2026-11-01T02:00:00", at: "2026-11-01T07:00:00Z", rule: "after the fold: once" },
  { zone: "America/New_York", wall: "2027-03-14T01:59:59", at: "2027-03-14T06:59:59Z", rule: "before the gap" },
  { zone: "America/New_York", wall: "2027-03-14T02:00:00", at: "2027-03-14T07:00:00Z", rule: "gap: the jump" },
  { zone: "America/New_York", wall: "2027-03-14T02:59:59", at: "2027-03-14T07:00:00Z", rule: "gap: the jump" },
  { zone: "America/New_York", wall: "2027-03-14T03:00:00", at: "2027-03-14T07:00:00Z", rule: "behind the gap" },
  { zone: "Europe/Berlin", wall: "2026-10-25T02:30:00", at: "2026-10-25T00:30:00Z", rule: "fold: first pass" },
  { zone: "Europe/Berlin", wall: "2027-03-28T02:30:00", at: "2027-03-28T01:00:00Z", rule: "gap: the jump" },
  { zone: "Australia/Lord_Howe", wall: "2026-10-04T02:15:00", at: "2026-10-03T15:30:00Z", rule: "a gap of 30 min" },
  { zone: "Australia/Lord_Howe", wall: "2027-04-04T01:45:00", at: "2027-04-03T14:45:00Z", rule: "a fold of 30 min" },
  { zone: "Africa/Cairo", wall: "2027-04-30T00:00:00", at: "2027-04-29T22:00:00Z", rule: "no midnight" },
  { zone: "America/Santiago", wall: "2026-09-06T00:00:00", at: "2026-09-06T04:00:00Z", rule: "no midnight" },
  {
    zone: "America/Santiago",
    wall: "2027-04-04T00:00:00",
    at: "2027-04-04T04:00:00Z",
    rule: "24:00 after a doubled hour",
  },
  { zone: "Asia/Beirut", wall: "2027-03-28T00:30:00", at: "2027-03-27T22:00:00Z", rule: "no midnight" },
  { zone: "Africa/Casablanca", wall: "2025-02-23T02:30:00", at: "2025-02-23T01:30:00Z", rule: "fold: first pass" },
  { zone: "Africa/Casablanca", wall: "2025-04-06T02:30:00", at: "2025-04-06T02:00:00Z", rule: "gap: the jump" },
  { zone: "Pacific/Apia", wall: "2011-12-30T12:00:00", at: "2011-12-30T10:00:00Z", rule: "a day that was left out" },
] as const;

for (const row of resolved) {
  test(`${row.zone}: ${row.wall} comes first at ${row.at} (${row.rule})`, (t) => {
    t.equal(utc(firstInstantOf(zoneOf(row.zone), wall(row.wall))), row.at);
    t.end();
  });
}

/** Stretches of the wall clock, in instants. */
const NEW_YORK = "America/New_York";
const covered = [
  {
    name: "a fold in part: both passes of the part (Fine points)",
    zone: NEW_YORK,
    from: "2026-11-01T00:30:00",
    to: "2026-11-01T01:30:00",
    instants: ["2026-11-01T04:30:00Z/2026-11-01T05:30:00Z", "2026-11-01T06:00:00Z/2026-11-01T06:30:00Z"],
  },
  {
    name: "a fold whole: one stretch of two hours (d5.2)",
    zone: NEW_YORK,
    from: "2026-11-01T01:00:00",
    to: "2026-11-01T02:00:00",
    instants: ["2026-11-01T05:00:00Z/2026-11-01T07:00:00Z"],
  },
  {
    name: "a night over a fold lasts 9 h (d5.3)",
    zone: NEW_YORK,
    from: "2026-10-31T22:00:00",
    to: "2026-11-01T06:00:00",
    instants: ["2026-11-01T02:00:00Z/2026-11-01T11:00:00Z"],
  },
  {
    name: "a night over a gap lasts 7 h (d5.3)",
    zone: NEW_YORK,
    from: "2027-03-13T22:00:00",
    to: "2027-03-14T06:00:00",
    instants: ["2027-03-14T03:00:00Z/2027-03-14T10:00:00Z"],
  },
  {
    name: "wholly in a gap: never (d5.2)",
    zone: NEW_YORK,
    from: "2027-03-14T02:00:00",
    to: "2027-03-14T03:00:00",
    instants: [],
  },
  {
    name: "from within a gap: from the first instant behind it (d5.2)",
    zone: NEW_YORK,
    from: "2027-03-14T02:30:00",
    to: "2027-03-14T04:00:00",
    instants: ["2027-03-14T07:00:00Z/2027-03-14T08:00:00Z"],
  },
  {
    name: "until within a gap: until the gap begins (Fine points)",
    zone: NEW_YORK,
    from: "2027-03-14T01:00:00",
    to: "2027-03-14T02:30:00",
    instants: ["2027-03-14T06:00:00Z/2027-03-14T07:00:00Z"],
  },
  {
    name: "a day without a midnight begins with its first instant",
    zone: "Asia/Beirut",
    from: "2027-03-28T00:00:00",
    to: "2027-03-29T00:00:00",
    instants: ["2027-03-27T22:00:00Z/2027-03-28T21:00:00Z"],
  },
] as const;

for (const row of covered) {
  test(`wall time in instants, ${row.name}`, (t) => {
    const within = { from: instant(Date.parse("2026-01-01Z")), to: instant(Date.parse("2028-01-01Z")) };
    const found = instantsOf(zoneOf(row.zone), wall(row.from), wall(row.to), within);
    t.same(
      found.map(({ from, to }) => `${utc(from)}/${utc(to)}`),
      row.instants,
    );
    t.end();
  });
}

test("instants are cut to what was asked for", (t) => {
  const within = { from: instant(Date.parse("2026-11-01T05:15Z")), to: instant(Date.parse("2026-11-01T06:15Z")) };
  const found = instantsOf(zoneOf(NEW_YORK), wall("2026-11-01T01:00:00"), wall("2026-11-01T02:00:00"), within);
  t.same(found, [within]);
  t.end();
});

const ZONES = [
  "America/New_York",
  "Europe/Berlin",
  "Australia/Lord_Howe",
  "Africa/Cairo",
  "America/Santiago",
  "Asia/Beirut",
  "Africa/Casablanca",
  "Pacific/Apia",
  "Asia/Kathmandu",
  "America/Scoresbysund",
  "Atlantic/Azores",
  "UTC",
];
const anyZone = fc.constantFrom(...ZONES);
const anyInstant = fc.integer({ min: Date.parse("1975-01-01"), max: Date.parse("2060-01-01") });

test("at any instant the wall shows what Temporal says", (t) => {
  let asked = 0;
  const sameWall = fc.property(anyZone, anyInstant, (id, ms) => {
    asked += 1;
    const slow = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(id);
    const fast = wallAt(zoneOf(id), instant(ms));
    return wallText(fast).slice(0, 19) === slow.toPlainDateTime().toString({ smallestUnit: "second" });
  });
  fc.assert(sameWall, { numRuns: 3_000 });
  t.equal(asked, 3_000);
  t.end();
});

test("near every change of 2026 and 2027 the first instant of a wall time is Temporal's, by its rule for gap and fold", (t) => {
  let folds = 0;
  let gaps = 0;
  for (const id of ZONES) {
    const zone = zoneOf(id);
    for (const { to: change } of stretches(zone, instant(Date.UTC(2026, 0)), instant(Date.UTC(2028, 0)))) {
      for (let minutes = -180; minutes <= 180; minutes += 7) {
        const shown = (wallAt(zone, change) + minutes * 60_000) as Wall;
        const plain = Temporal.PlainDateTime.from(wallText(shown));
        const earlier = plain.toZonedDateTime(id, { disambiguation: "earlier" });
        const later = plain.toZonedDateTime(id, { disambiguation: "later" });
        // In a gap, Temporal's two answers lie on its two sides, an hour off: the jump is where the offset changes.
        const isGap = !earlier.toPlainDateTime().equals(plain);
        if (isGap) gaps += 1;
        else if (earlier.epochMilliseconds !== later.epochMilliseconds) folds += 1;
        const expected = isGap ? change : earlier.epochMilliseconds;
        if (firstInstantOf(zone, shown) !== expected) t.fail(`${id} ${wallText(shown)}`);
      }
    }
  }
  t.ok(folds > 50 && gaps > 50, `met ${folds} wall times twice and ${gaps} never`);
  t.end();
});

test("no change is missed between two probes: every hour of 2026 in each zone", (t) => {
  let asked = 0;
  for (const id of ZONES) {
    const zone = zoneOf(id);
    for (let at = Date.UTC(2026, 0); at < Date.UTC(2027, 0); at += 3_600_000) {
      asked += 1;
      if (zone.probe(at) !== offsetAt(zone, instant(at))) t.fail(`${id} at ${utc(at)}`);
    }
  }
  t.equal(asked, 12 * 365 * 24);
  t.end();
});

test("every zone of the machine opens, and both ends of its stretches of 2026 are as the zone data say", (t) => {
  let asked = 0;
  for (const id of Intl.supportedValuesOf("timeZone")) {
    const zone = zoneOf(id);
    for (const { from, to, offset } of stretches(zone, instant(Date.UTC(2026, 0)), instant(Date.UTC(2027, 0)))) {
      for (const at of [from, to - 1]) {
        asked += 1;
        if (zone.probe(at) !== offset) t.fail(`${id} at ${utc(at)}`);
      }
    }
  }
  t.ok(asked > 1_000, `${asked} ends of stretches`);
  t.end();
});

test("what is remembered changes no answer: a zone asked in any order", (t) => {
  const fresh = zoneOf("Europe/Berlin");
  const far = instant(Date.parse("2400-07-01T00:00:00Z"));
  const before = offsetAt(fresh, far);
  fresh.spans.clear();
  t.equal(offsetAt(fresh, far), before);
  t.equal(before, 7_200_000, "rules go on beyond the tables");
  t.end();
});

test("an instant beyond the last one of the language has an offset all the same", (t) => {
  for (const at of [9e15, 1e300, 8.64e15, 8.64e15 - 1]) {
    t.equal(offsetAt(zoneOf("Asia/Tokyo"), at as number as Instant), 9 * 3_600_000);
  }
  const localMean = (9 * 60 + 18) * 60_000 + 59_000; // Tokyo's, before zones were.
  for (const at of [-8.64e15, -9e15, -1e300])
    t.equal(offsetAt(zoneOf("Asia/Tokyo"), at as number as Instant), localMean);
  t.end();
});
