/** Holidays that suspend access: keys of role user, from that day's midnight to the next ("Holidays"). */
import {
  answerOf,
  ask,
  during,
  makeDoor,
  makeHoliday,
  makeKeyset,
  nextOf,
  withKey,
} from "@lintel/test/support/access.ts";
import { test } from "tap";

const rows = [
  { name: "the last ms before it", at: "2026-12-24T23:59:59.999-05:00", answer: "grant" },
  { name: "its midnight", at: "2026-12-25T00:00:00-05:00", answer: "holiday" },
  { name: "its last ms", at: "2026-12-25T23:59:59.999-05:00", answer: "holiday" },
  { name: "the next midnight", at: "2026-12-26T00:00:00-05:00", answer: "grant" },
] as const;
for (const { name, at, answer } of rows) {
  test(`a holiday that suspends access, ${name}: ${answer} (Holidays)`, (t) => {
    t.equal(answerOf({ keyset: makeKeyset({ holidays: [makeHoliday()] }), at }), answer);
    t.end();
  });
}

const NOON = "2026-12-25T12:00:00-05:00";
const who = [
  { name: "an admin key", change: { role: "admin" }, holiday: {}, answer: "grant" },
  { name: "a user key of kind staff", change: { kind: "staff" }, holiday: {}, answer: "holiday" },
  { name: "a holiday of other doors", change: {}, holiday: { doors: ["back"] }, answer: "grant" },
  {
    name: "one that leaves access unchanged",
    change: {},
    holiday: { access: "unchanged", hours: "closed" },
    answer: "grant",
  },
  { name: "a yearly one of years ago", change: {}, holiday: { date: "2020-12-25", yearly: true }, answer: "holiday" },
  {
    name: "a yearly one that begins next year",
    change: {},
    holiday: { date: "2027-12-25", yearly: true },
    answer: "grant",
  },
] as const;
for (const { name, change, holiday, answer } of who) {
  test(`at noon of the holiday, ${name}: ${answer} (Holidays)`, (t) => {
    const keyset = withKey(change, { holidays: [makeHoliday(holiday)] });
    t.equal(answerOf({ keyset, at: NOON }), answer);
    t.end();
  });
}

test("a night that began the day before ends at the holiday's midnight, and the holiday's own night goes on after it", (t) => {
  const keyset = withKey({ restrictions: [during("daily 22:00-06:00")] }, { holidays: [makeHoliday()] });
  t.equal(answerOf({ keyset, at: "2026-12-24T23:59:59-05:00" }), "grant");
  t.equal(answerOf({ keyset, at: "2026-12-25T00:00:00-05:00" }), "holiday");
  t.equal(answerOf({ keyset, at: "2026-12-25T23:00:00-05:00" }), "holiday");
  t.equal(answerOf({ keyset, at: "2026-12-25T12:00:00-05:00" }), "outside-window holiday");
  t.equal(answerOf({ keyset, at: "2026-12-26T00:00:00-05:00" }), "grant");
  t.end();
});

test("a holiday without a midnight begins with its first instant (d5.6, Beirut)", (t) => {
  const holidays = [makeHoliday({ date: "2027-03-28" })];
  const keyset = makeKeyset({ holidays, doors: [makeDoor({ timezone: "Asia/Beirut" })] });
  t.equal(answerOf({ keyset, at: "2027-03-27T23:59:59+02:00" }), "grant");
  t.equal(answerOf({ keyset, at: "2027-03-28T01:00:00+03:00" }), "holiday");
  t.equal(nextOf({ keyset, at: "2027-03-28T01:00:00+03:00" }), "2027-03-28T21:00:00.000Z");
  t.end();
});

test("the holiday is named", (t) => {
  const rule = ask({ keyset: makeKeyset({ holidays: [makeHoliday()] }), at: NOON }).rules[6];
  t.match(rule, { rule: "holiday", ok: false, why: "holiday xmas suspends access all day on 2026-12-25" });
  t.end();
});
