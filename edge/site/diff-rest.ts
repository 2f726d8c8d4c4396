/** Differences of edges, buses, units, schedules, holidays and users, and which of them widen what keys and hours allow. */
import { weekOf } from "../calendar/week.ts";
import { always, type In, type Kind, never } from "./change.ts";
import { fromText, toText, windowText } from "./days.ts";
import { isWeekWithin, isWithin } from "./diff-key.ts";
import { doorsNamed, type Site, type SiteBus, type SiteHoliday, type SiteUnit, type SiteUser } from "./site.ts";

export const EDGE: Kind<Site["edges"][number]> = {
  list: "edges",
  title: ({ one }) => `edge ${one.id}`,
  summary: () => "",
  fields: [],
};

export const BUS: Kind<SiteBus> = {
  list: "buses",
  title: ({ one }) => `bus ${one.id}`,
  summary: ({ one }) => `edge ${one.edge}, ${one.port} at ${one.baud}`,
  fields: [
    // Uses are counted at an edge: on another one a used key is new.
    { field: "edge", say: ({ one }) => one.edge, widens: always },
    { field: "port", say: ({ one }) => one.port, widens: never },
    { field: "baud", say: ({ one }) => String(one.baud), widens: never },
  ],
};

export const UNIT: Kind<SiteUnit> = {
  list: "units",
  title: ({ one }) => `unit ${one.id} (${one.name})`,
  summary: ({ one }) => one.doors.join(", "),
  fields: [
    { field: "name", say: ({ one }) => one.name, widens: never },
    {
      field: "doors",
      say: ({ one }) => one.doors.join(", "),
      widens: (was, is) => !isWithin(is.one.doors, was.one.doors),
    },
  ],
};

export const SCHEDULE: Kind<Site["schedules"][number]> = {
  list: "schedules",
  title: ({ one }) => `schedule ${one.id}`,
  summary: ({ one }) => one.windows.map(windowText).join(", "),
  fields: [
    {
      field: "windows",
      say: ({ one }) => one.windows.map(windowText).join(", "),
      widens: (was, is) => !isWeekWithin(weekOf(is.one.windows), weekOf(was.one.windows)),
    },
  ],
};

export const HOLIDAY: Kind<SiteHoliday> = {
  list: "holidays",
  title: ({ one }) => `holiday ${one.id}`,
  summary: ({ one }) => `${one.date}${one.yearly ? " every year" : ""}, hours ${sayHours(one)}, access ${one.access}`,
  addedWidens: ({ one }) => opens(one),
  removedWidens: ({ one }) => hasEffect(one),
  fields: [
    { field: "date", say: ({ one }) => one.date, widens: (was, is) => hasEffect(was.one) || opens(is.one) },
    {
      field: "every",
      say: ({ one }) => (one.yearly ? "year" : "once"),
      widens: (was, is) => (is.one.yearly ? opens(is.one) : hasEffect(was.one)),
    },
    {
      field: "doors",
      say: ({ one }) => (one.doors === "all" ? "all" : one.doors.join(", ")),
      widens: (was, is) =>
        (hasEffect(was.one) && !isWithin(doorsOf(was), doorsOf(is))) ||
        (opens(is.one) && !isWithin(doorsOf(is), doorsOf(was))),
    },
    { field: "hours", say: ({ one }) => sayHours(one), widens: hoursWiden },
    { field: "access", say: ({ one }) => one.access, widens: (_, is) => is.one.access === "unchanged" },
  ],
};

/** Own hours may open a door at a time at which it never opened. */
function opens({ hours }: SiteHoliday): boolean {
  return typeof hours !== "string";
}

/** Whether a day without it is another day. */
function hasEffect({ hours, access }: SiteHoliday): boolean {
  return hours !== "unchanged" || access !== "unchanged";
}

function hoursWiden(was: In<SiteHoliday>, is: In<SiteHoliday>): boolean {
  const [before, after] = [was.one.hours, is.one.hours];
  if (after === "closed") return false;
  if (after === "unchanged" || typeof before === "string") return true;
  const onMonday = (hours: typeof after) => weekOf(hours.map((each) => ({ ...each, days: 1 })));
  return !isWeekWithin(onMonday(after), onMonday(before));
}

function doorsOf({ one, site }: In<SiteHoliday>): readonly string[] {
  return doorsNamed(site, one.doors);
}

function sayHours({ hours }: SiteHoliday): string {
  return typeof hours === "string" ? hours : hours.map((each) => `${fromText(each)}-${toText(each)}`).join(", ");
}

export const USER: Kind<SiteUser> = {
  list: "users",
  title: ({ one }) => `user ${one.id} (${one.name})`,
  summary: ({ one }) => one.kind,
  fields: [
    { field: "name", say: ({ one }) => one.name, widens: never },
    { field: "phone", say: ({ one }) => one.phone ?? "none", widens: never },
    { field: "email", say: ({ one }) => one.email ?? "none", widens: never },
    // The default of keys to come; the kind of a key that stands is a change of that key.
    { field: "kind", say: ({ one }) => one.kind, widens: never },
    { field: "language", say: ({ one }) => one.language ?? "none", widens: never },
  ],
};
