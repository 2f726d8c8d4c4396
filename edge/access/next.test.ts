/** When a code would open next: exact to the boundary, 400 days ahead, null if never (design 5.4). */
import { type Instant, millis } from "@lintel/protocol/base/units.ts";
import type { Keyset, KeysetKey } from "@lintel/protocol/keyset/keyset.ts";
import {
  at,
  during,
  indexOf,
  makeDoor,
  makeHoliday,
  makeKey,
  makeKeyset,
  nextOf,
  usedBy,
  withKey,
} from "@lintel/test/support/access.ts";
import { test } from "tap";

interface Row {
  readonly name: string;
  readonly key: Partial<KeysetKey>;
  readonly rest?: Partial<Keyset>;
  readonly zone?: string;
  readonly at: string;
  readonly next: string | null;
}

const WORKDAYS = { restrictions: [during("mon-fri 09:00-17:00")] };
const rows: readonly Row[] = [
  { name: "it opens now", key: {}, at: "2026-11-23T10:00:00.123-05:00", next: "2026-11-23T15:00:00.123Z" },
  { name: "later today", key: WORKDAYS, at: "2026-11-23T08:00:00-05:00", next: "2026-11-23T14:00:00.000Z" },
  { name: "at the start itself", key: WORKDAYS, at: "2026-11-23T09:00:00-05:00", next: "2026-11-23T14:00:00.000Z" },
  { name: "at the end: tomorrow", key: WORKDAYS, at: "2026-11-23T17:00:00-05:00", next: "2026-11-24T14:00:00.000Z" },
  { name: "over the weekend", key: WORKDAYS, at: "2026-11-28T10:00:00-05:00", next: "2026-11-30T14:00:00.000Z" },
  {
    name: "over the change to winter time",
    key: WORKDAYS,
    at: "2026-10-31T10:00:00-04:00",
    next: "2026-11-02T14:00:00.000Z",
  },
  {
    name: "validFrom",
    key: { validFrom: "2026-12-01T14:00:00" },
    at: "2026-11-23T10:00:00-05:00",
    next: "2026-12-01T19:00:00.000Z",
  },
  {
    name: "validFrom inside a window",
    key: { ...WORKDAYS, validFrom: "2026-12-01T14:00:00" },
    at: "2026-11-23T10:00:00-05:00",
    next: "2026-12-01T19:00:00.000Z",
  },
  {
    name: "a window after validFrom",
    key: { ...WORKDAYS, validFrom: "2026-12-01T17:00:00" },
    at: "2026-11-23T10:00:00-05:00",
    next: "2026-12-02T14:00:00.000Z",
  },
  {
    name: "the next window after its end",
    key: { ...WORKDAYS, validUntil: "2026-11-24T09:00:00" },
    at: "2026-11-23T18:00:00-05:00",
    next: null,
  },
  {
    name: "the next window just before its end",
    key: { ...WORKDAYS, validUntil: "2026-11-24T09:00:01" },
    at: "2026-11-23T18:00:00-05:00",
    next: "2026-11-24T14:00:00.000Z",
  },
  { name: "over", key: { validUntil: "2026-11-01T00:00:00" }, at: "2026-11-23T10:00:00-05:00", next: null },
  {
    name: "the end of a holiday",
    key: {},
    rest: { holidays: [makeHoliday()] },
    at: "2026-12-25T10:00:00-05:00",
    next: "2026-12-26T05:00:00.000Z",
  },
  {
    name: "the end of two holidays in a row, then a window",
    key: WORKDAYS,
    rest: { holidays: [makeHoliday(), makeHoliday({ id: "b", date: "2026-12-28" })] },
    at: "2026-12-25T10:00:00-05:00",
    next: "2026-12-29T14:00:00.000Z",
  },
  {
    name: "the rest of a night behind a holiday",
    key: { restrictions: [during("fri 22:00-06:00")] },
    rest: { holidays: [makeHoliday()] },
    at: "2026-12-25T23:00:00-05:00",
    next: "2026-12-26T05:00:00.000Z",
  },
  {
    name: "windows that never meet",
    key: { restrictions: [during("mon 09:00-17:00"), during("tue 09:00-17:00")] },
    at: "2026-11-23T10:00:00-05:00",
    next: null,
  },
  {
    name: "windows that touch only",
    key: { restrictions: [during("daily 09:00-12:00"), during("daily 12:00-17:00")] },
    at: "2026-11-23T10:00:00-05:00",
    next: null,
  },
  { name: "disabled", key: { ...WORKDAYS, enabled: false }, at: "2026-11-23T08:00:00-05:00", next: null },
  {
    name: "400 days ahead",
    key: { validFrom: "2027-12-28T10:00:00" },
    at: "2026-11-23T10:00:00-05:00",
    next: "2027-12-28T15:00:00.000Z",
  },
  {
    name: "a second more than 400 days ahead",
    key: { validFrom: "2027-12-28T10:00:01" },
    at: "2026-11-23T10:00:00-05:00",
    next: null,
  },
  {
    name: "a window only in the missing hour: a week later",
    key: { restrictions: [during("sun 02:15-02:45")] },
    at: "2027-03-13T12:00:00-05:00",
    next: "2027-03-21T06:15:00.000Z",
  },
  {
    name: "a window from within the missing hour: the jump",
    key: { restrictions: [during("sun 02:30-04:00")] },
    at: "2027-03-13T12:00:00-05:00",
    next: "2027-03-14T07:00:00.000Z",
  },
  {
    name: "the second pass of a fold, in part",
    key: { restrictions: [during("sun 00:30-01:30")] },
    at: "2026-11-01T01:30:00-04:00",
    next: "2026-11-01T06:00:00.000Z",
  },
  {
    name: "a start in the second pass",
    key: { restrictions: [during("sun 01:15-01:30")] },
    at: "2026-11-01T01:30:00-04:00",
    next: "2026-11-01T06:15:00.000Z",
  },
  {
    name: "behind both passes: a week later",
    key: { restrictions: [during("sun 01:15-01:30")] },
    at: "2026-11-01T01:30:00-05:00",
    next: "2026-11-08T06:15:00.000Z",
  },
  {
    name: "an end in the first pass takes the second with it",
    key: { restrictions: [during("sun 00:30-01:30")], validUntil: "2026-11-01T01:30:00" },
    at: "2026-11-01T01:30:00-04:00",
    next: null,
  },
  {
    name: "a day without midnight",
    key: { restrictions: [during("sun 00:00-24:00")] },
    zone: "Asia/Beirut",
    at: "2027-03-27T12:00:00+02:00",
    next: "2027-03-27T22:00:00.000Z",
  },
  {
    name: "the half hour of Lord Howe",
    key: { restrictions: [during("sun 02:10-02:40")] },
    zone: "Australia/Lord_Howe",
    at: "2026-10-04T01:00:00+10:30",
    next: "2026-10-03T15:30:00.000Z",
  },
  {
    name: "the hour before midnight, a second time",
    key: { restrictions: [during("sat 23:30-24:00")] },
    zone: "America/Santiago",
    at: "2027-04-03T23:10:00-04:00",
    next: "2027-04-04T03:30:00.000Z",
  },
];
for (const row of rows) {
  test(`next, ${row.name}: ${row.next ?? "never"}`, (t) => {
    const doors = [makeDoor({ timezone: row.zone ?? "America/New_York" })];
    t.equal(nextOf({ keyset: withKey(row.key, { doors, ...row.rest }), at: row.at }), row.next);
    t.end();
  });
}

test("a key that ends a time after its first use: its next window before that, or never", (t) => {
  const restrictions = [
    during("daily 09:00-10:00"),
    { kind: "after-first-use", length: millis(3 * 86_400_000) } as const,
  ];
  const firstAt = at("2026-11-23T09:30:00-05:00");
  const uses = usedBy({ "k1/1": { count: 1, doors: ["front"], firstAt } });
  const keyset = withKey({ restrictions });
  t.equal(nextOf({ keyset, uses, at: "2026-11-25T12:00:00-05:00" }), "2026-11-26T14:00:00.000Z");
  t.equal(nextOf({ keyset, uses, at: "2026-11-26T09:29:59-05:00" }), "2026-11-26T14:29:59.000Z");
  t.equal(nextOf({ keyset, uses, at: "2026-11-26T09:30:00-05:00" }), null);
  t.end();
});

test("were a code not unique at its door: the earliest of its keys", (t) => {
  const keys = [makeKey({ id: "a", restrictions: [during("fri 09:00-17:00")] }), makeKey({ id: "b", ...WORKDAYS })];
  const codes = keys.map(({ id }) => ({ index: indexOf("same"), kind: "pin" as const, key: id }));
  t.equal(
    nextOf({ keyset: makeKeyset({ keys, codes }), code: "same", at: "2026-11-23T18:00:00-05:00" }),
    "2026-11-24T14:00:00.000Z",
  );
  t.end();
});

for (const ms of [8.64e15, 9e15, 1e20, 1e25, 1e300, -8.64e15, -9e15, -1e300]) {
  test(`the search ends with the calendar, also from ${ms} ms`, (t) => {
    const keyset = withKey({ restrictions: [during("mon 09:00-10:00"), during("mon 11:00-12:00")] });
    t.equal(nextOf({ keyset, at: ms as Instant }), null);
    const yearly = makeHoliday({ date: "0000-01-01", yearly: true });
    t.ok(
      nextOf({
        keyset: withKey({ restrictions: [during("tue 09:00-10:00")] }, { holidays: [yearly] }),
        at: ms as Instant,
      }) === null || Math.abs(ms) < 9e15,
    );
    t.end();
  });
}

test("closed by holidays for 400 days: never, and soon said", (t) => {
  const holidays = Array.from({ length: 500 }, (_, day) =>
    makeHoliday({ id: `h${day}`, date: new Date(Date.UTC(2026, 10, 1 + day)).toISOString().slice(0, 10) }),
  );
  t.equal(nextOf({ keyset: makeKeyset({ holidays }) }), null);
  t.equal(nextOf({ keyset: makeKeyset({ holidays: holidays.slice(0, 300) }) }), "2027-08-28T04:00:00.000Z", "its twin");
  t.end();
});
