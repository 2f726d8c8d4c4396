/** Business hours of a door over a whole year, beside asking the zone data once for each of its days. */

import { holidaysAt } from "@lintel/edge/calendar/holidays.ts";
import { type Hours, hoursBetween } from "@lintel/edge/calendar/hours.ts";
import { type TimelineDoor, timeline } from "@lintel/edge/calendar/timeline.ts";
import { openZone } from "@lintel/edge/calendar/zone.ts";
import { invariant } from "@lintel/protocol/base/invariant.ts";
import { type Instant, instant, millis } from "@lintel/protocol/base/units.ts";
import { type Figure, timed } from "./figure.ts";

const DAY = 86_400_000;
const FROM = instant(Date.UTC(2026, 0, 1, 5));
const TO = (FROM + 365 * DAY) as Instant;
const ZONE = "America/New_York";

/** Two windows on each working day, and a holiday a month. */
function hoursOfShop(): Hours {
  const zone = openZone(ZONE);
  invariant(zone !== null, "the zone is known", { ZONE });
  const holidays = Array.from({ length: 12 }, (_, month) => ({
    id: `h${month}`,
    date: `2026-${String(month + 1).padStart(2, "0")}-15`,
    yearly: true,
    doors: ["front"],
    hours: "closed" as const,
    access: "unchanged" as const,
  }));
  const windows = [
    { days: 31, from: 540, length: 180 },
    { days: 31, from: 780, length: 240 },
  ];
  return { zone, windows, holidays: holidaysAt("front", holidays) };
}

export function calendarFigures(samples: number): Figure[] {
  const hours = hoursOfShop();
  const door: TimelineDoor = { hours, mode: "normal", firstIn: { required: true, grace: millis(1_800_000) } };
  const line = () => timeline(door, "at-start", { from: FROM, to: TO });
  const format = new Intl.DateTimeFormat("en-US", { timeZone: ZONE, timeZoneName: "longOffset" });
  const eachDay = () => {
    for (let at = FROM as number; at < TO; at += DAY) format.format(at);
  };
  const whole = () => hoursBetween(hours, FROM, TO);
  // Zone data are read once, by the first decision of a process: that is part of its start.
  whole();
  eachDay();
  const entries = line().length;
  const inMs = (times: number[]) => times.map((time) => time / 1000);
  return [
    {
      what: `business hours of a year: ${whole().length} intervals`,
      unit: "ms",
      samples: inMs(timed(samples, whole)),
      beside: { what: "zone data asked once a day", samples: inMs(timed(samples, eachDay)) },
    },
    {
      what: `timeline of a year: ${entries} entries with their causes`,
      unit: "ms",
      samples: inMs(timed(Math.ceil(samples / 10), line)),
      beside: { what: "its business hours alone", samples: inMs(timed(samples, whole)) },
    },
  ];
}
