import { millis } from "@lintel/protocol/base/units.ts";
import { window } from "@lintel/test/support/access.ts";
import { test } from "tap";
import { sayDays, sayEnd, sayLength, sayMoment, sayWeek, windowText } from "./say.ts";
import { weekOf } from "./week.ts";

const masks = [
  { mask: 0b1, said: "Mon" },
  { mask: 0b11, said: "Mon, Tue" },
  { mask: 0b11111, said: "Mon–Fri" },
  { mask: 0b1100000, said: "Sat, Sun" },
  { mask: 0b1100001, said: "Sat–Mon" },
  { mask: 0b1000001, said: "Sun, Mon" },
  { mask: 0b0010101, said: "Mon, Wed, Fri" },
  { mask: 127, said: "daily" },
];
for (const { mask, said } of masks) {
  test(`days are said as ${said}`, (t) => {
    t.equal(sayDays(mask), said);
    t.end();
  });
}

const weeks = [
  { windows: ["mon-fri 09:00-17:00"], said: "Mon–Fri 09:00–17:00" },
  { windows: ["fri,sat 22:00-06:00"], said: "Fri, Sat 22:00–06:00" },
  { windows: ["mon 09:00-12:00", "mon 13:00-24:00"], said: "Mon 09:00–12:00, Mon 13:00–24:00" },
  { windows: ["daily 00:00-24:00"], said: "at all hours" },
  { windows: [], said: "never" },
];
for (const { windows, said } of weeks) {
  test(`hours of the week are said as ${said}`, (t) => {
    t.equal(sayWeek(weekOf(windows.map(window))), said);
    t.end();
  });
}

test("of many windows some are named and the others counted", (t) => {
  const windows = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((at) => ({ days: 1, from: at * 100, length: at }));
  t.match(sayWeek(weekOf(windows)), / and 1 more$/);
  t.notMatch(sayWeek(weekOf(windows.slice(1))), /more/);
  t.end();
});

test("lengths, moments and the text of a window", (t) => {
  const lengths = [30_000, 60_000, 5_400_000, 7_200_000, 86_400_000].map((length) => sayLength(millis(length)));
  t.same(lengths, ["30 seconds", "1 minute", "90 minutes", "2 hours", "1 day"]);
  t.equal(sayMoment("2026-12-01T14:00:00"), "1 December 2026 14:00");
  t.equal(sayMoment("2026-12-01T00:00:00"), "1 December 2026");
  t.equal(sayMoment("soon"), "soon");
  t.equal(sayEnd("2026-12-01T14:00:00"), "until 1 December 2026 14:00");
  t.equal(sayEnd("2027-01-01T00:00:00"), "through 31 December 2026");
  t.equal(sayEnd("soon"), "until soon");
  t.equal(windowText(window("mon 22:00-06:00")), "22:00-06:00");
  t.equal(windowText(window("mon 09:00-24:00")), "09:00-24:00");
  t.end();
});
