/** From and until: half-open, wall time at the door, gap = the jump, fold = the first pass (d4.7, d5.1, "Time"). */
import { answerOf, ask, makeDoor, nextOf, withKey } from "@lintel/test/support/access.ts";
import { test } from "tap";

const rows = [
  {
    from: "2026-12-01T14:00:00",
    until: null,
    at: "2026-12-01T13:59:59.999-05:00",
    answer: "not-yet-active",
    rule: "half-open",
  },
  { from: "2026-12-01T14:00:00", until: null, at: "2026-12-01T14:00:00-05:00", answer: "grant", rule: "at its start" },
  {
    from: null,
    until: "2026-12-09T00:00:00",
    at: "2026-12-08T23:59:59.999-05:00",
    answer: "grant",
    rule: "d4.7 a bare date: through its last moment",
  },
  {
    from: null,
    until: "2026-12-09T00:00:00",
    at: "2026-12-09T00:00:00-05:00",
    answer: "expired",
    rule: "at its end it is over",
  },
  {
    from: "2026-12-01T00:00:00",
    until: "2026-11-01T00:00:00",
    at: "2026-11-15T12:00:00-05:00",
    answer: "not-yet-active expired",
    rule: "both fail, both are named",
  },
  {
    from: "2026-11-01T01:30:00",
    until: null,
    at: "2026-11-01T01:30:00-04:00",
    answer: "grant",
    rule: "fold: from the first pass",
  },
  {
    from: "2026-11-01T01:30:00",
    until: null,
    at: "2026-11-01T01:29:59-04:00",
    answer: "not-yet-active",
    rule: "fold: from the first pass",
  },
  {
    from: "2026-11-01T01:30:00",
    until: null,
    at: "2026-11-01T01:00:00-05:00",
    answer: "grant",
    rule: "fold: and all through the second",
  },
  {
    from: null,
    until: "2026-11-01T01:30:00",
    at: "2026-11-01T01:29:59-04:00",
    answer: "grant",
    rule: "fold: until the first pass",
  },
  {
    from: null,
    until: "2026-11-01T01:30:00",
    at: "2026-11-01T01:00:00-05:00",
    answer: "expired",
    rule: "fold: until the first pass",
  },
  {
    from: "2027-03-14T02:30:00",
    until: null,
    at: "2027-03-14T01:59:59-05:00",
    answer: "not-yet-active",
    rule: "gap: the jump",
  },
  { from: "2027-03-14T02:30:00", until: null, at: "2027-03-14T03:00:00-04:00", answer: "grant", rule: "gap: the jump" },
  { from: null, until: "2027-03-14T02:30:00", at: "2027-03-14T01:59:59-05:00", answer: "grant", rule: "gap: the jump" },
  {
    from: null,
    until: "2027-03-14T02:30:00",
    at: "2027-03-14T03:00:00-04:00",
    answer: "expired",
    rule: "gap: the jump",
  },
  {
    from: "2026-02-30T00:00:00",
    until: null,
    at: "2026-12-01T13:00:00-05:00",
    answer: "not-yet-active",
    rule: "no date that exists: closed",
  },
  { from: null, until: "whenever", at: "2026-12-01T13:00:00-05:00", answer: "expired", rule: "no date at all: closed" },
] as const;
for (const row of rows) {
  test(`from ${row.from ?? "ever"} until ${row.until ?? "ever"}, at ${row.at}: ${row.answer} (${row.rule})`, (t) => {
    const keyset = withKey({ validFrom: row.from, validUntil: row.until });
    t.equal(answerOf({ keyset, at: row.at }), row.answer);
    t.end();
  });
}

const midnights = [
  {
    zone: "Asia/Beirut",
    date: "2027-03-28T00:00:00",
    before: "2027-03-27T23:59:59+02:00",
    after: "2027-03-28T01:00:00+03:00",
  },
  {
    zone: "Africa/Cairo",
    date: "2027-04-30T00:00:00",
    before: "2027-04-29T23:59:59+02:00",
    after: "2027-04-30T01:00:00+03:00",
  },
  {
    zone: "America/Santiago",
    date: "2026-09-06T00:00:00",
    before: "2026-09-05T23:59:59-04:00",
    after: "2026-09-06T01:00:00-03:00",
  },
  {
    zone: "America/Santiago",
    date: "2027-04-04T00:00:00",
    before: "2027-04-03T23:59:59-04:00",
    after: "2027-04-04T00:00:00-04:00",
  },
] as const;
for (const { zone, date, before, after } of midnights) {
  test(`${zone}: the midnight ${date} lies between ${before} and ${after} (d5.6)`, (t) => {
    const rest = { doors: [makeDoor({ timezone: zone })] };
    const starts = withKey({ validFrom: date }, rest);
    const ends = withKey({ validUntil: date }, rest);
    t.same(
      [answerOf({ keyset: starts, at: before }), answerOf({ keyset: starts, at: after })],
      ["not-yet-active", "grant"],
    );
    t.same([answerOf({ keyset: ends, at: before }), answerOf({ keyset: ends, at: after })], ["grant", "expired"]);
    t.equal(nextOf({ keyset: starts, at: before }), new Date(Date.parse(after)).toISOString());
    t.end();
  });
}

test("one instant, two doors: each resolves the limit in its own zone (d5.1)", (t) => {
  const doors = [makeDoor(), makeDoor({ id: "berlin", timezone: "Europe/Berlin" })];
  const keyset = withKey({ doors: ["front", "berlin"], validFrom: "2026-12-01T14:00:00" }, { doors });
  const noonInNewYork = "2026-12-01T12:00:00-05:00";
  t.equal(answerOf({ keyset, door: "berlin", at: noonInNewYork }), "grant");
  t.equal(answerOf({ keyset, door: "front", at: noonInNewYork }), "not-yet-active");
  t.end();
});

test("why says the limit as a person would", (t) => {
  const keyset = withKey({ validFrom: "2026-12-01T14:00:00" });
  t.match(ask({ keyset }).rules[3], { rule: "from", ok: false, why: "in force only from 1 December 2026 14:00" });
  const days = withKey({ validFrom: "2026-12-01T00:00:00", validUntil: "2026-12-09T00:00:00" });
  t.match(ask({ keyset: days }).rules.slice(3, 5), [
    { rule: "from", ok: false, why: "in force only from 1 December 2026" },
    { rule: "until", ok: true, why: "in force through 8 December 2026" },
  ]);
  t.end();
});
