import { makeHoliday } from "@lintel/test/support/access.ts";
import { test } from "tap";
import { parseDate } from "./civil.ts";
import { holidaysAt, holidaysOn, suspension } from "./holidays.ts";

const day = (text: string) => parseDate(text) as number;

const rows = [
  { name: "its date", change: {}, on: "2026-12-25", falls: true, rule: "Holidays" },
  { name: "the day before", change: {}, on: "2026-12-24", falls: false, rule: "Holidays" },
  { name: "a year later, once only", change: {}, on: "2027-12-25", falls: false, rule: "Holidays" },
  { name: "a year later", change: { yearly: true }, on: "2027-12-25", falls: true, rule: "every: year" },
  { name: "its first year", change: { yearly: true }, on: "2026-12-25", falls: true, rule: "every: year" },
  { name: "the year before", change: { yearly: true }, on: "2025-12-25", falls: false, rule: "never before date" },
  {
    name: "28 February of a common year",
    change: { yearly: true, date: "2028-02-29" },
    on: "2029-02-28",
    falls: false,
    rule: "29 February only in leap years",
  },
  {
    name: "1 March of a common year",
    change: { yearly: true, date: "2028-02-29" },
    on: "2029-03-01",
    falls: false,
    rule: "29 February only in leap years",
  },
  {
    name: "the next leap year",
    change: { yearly: true, date: "2028-02-29" },
    on: "2032-02-29",
    falls: true,
    rule: "29 February only in leap years",
  },
  { name: "another door's", change: { doors: ["back"] }, on: "2026-12-25", falls: false, rule: "doors" },
  {
    name: "a date that does not exist",
    change: { date: "2026-02-30" },
    on: "2026-03-02",
    falls: false,
    rule: "bounds",
  },
] as const;

for (const { name, change, on, falls, rule } of rows) {
  test(`a holiday, ${name}: ${falls ? "falls" : "does not fall"} on ${on} (${rule})`, (t) => {
    const calendar = holidaysAt("front", [makeHoliday(change)]);
    t.same(
      holidaysOn(calendar, day(on)).map(({ id }) => id),
      falls ? ["xmas"] : [],
    );
    t.end();
  });
}

test("two holidays on a day: one that suspends is enough (d6.6)", (t) => {
  const lax = makeHoliday({ id: "lax", access: "unchanged" });
  const yearly = { ...lax, yearly: true };
  const strict = makeHoliday({ id: "strict" });
  for (const holidays of [
    [lax, strict],
    [strict, lax],
    [yearly, strict],
    [lax, { ...strict, yearly: true }],
  ]) {
    t.equal(suspension(holidaysAt("front", holidays), day("2026-12-25"))?.id, "strict");
  }
  t.equal(suspension(holidaysAt("front", [lax]), day("2026-12-25")), null);
  t.end();
});
