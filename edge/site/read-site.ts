/** The fields of a whole site file, and the site that they make with all defaults in their places. */
import { KINDS } from "@lintel/protocol/base/words.ts";
import type { Schedule } from "@lintel/protocol/keyset/keyset.ts";
import { parseCountry, parseEmail, parseLanguage, parsePhone } from "./contact.ts";
import { LIMITS } from "./limits.ts";
import { bus, completeDoor, door, type RawDoor } from "./read-door.ts";
import { completeKey, doors, key, type RawKey } from "./read-key.ts";
import { fields, listOf, optional, parsed, type Reader, required, word, wordOr } from "./reader.ts";
import type { Site, SiteHoliday, SiteUnit, SiteUser } from "./site.ts";
import { anything, date, dayHours, id, ids, name, someWindows, zone } from "./values.ts";

interface RawSite extends Omit<Site, "site" | "doors" | "holidays" | "users" | "units" | "keys"> {
  readonly site: Omit<Site["site"], "name"> & { readonly name: string | null };
  readonly doors: readonly RawDoor[];
  readonly units: readonly (Omit<SiteUnit, "name"> & { readonly name: string | null })[];
  readonly holidays: readonly RawHoliday[];
  readonly users: readonly (Omit<SiteUser, "name"> & { readonly name: string | null })[];
  readonly keys: readonly RawKey[];
}

interface RawHoliday extends Omit<SiteHoliday, "yearly"> {
  readonly every: "year" | null;
}

const head = fields<RawSite["site"]>("the site", {
  id: required(id),
  name: optional(name, null),
  timezone: required(zone),
  country: optional(parsed("a country of two capital letters, such as US", parseCountry), null),
});

const unit = fields<RawSite["units"][number]>("a unit", {
  id: required(id),
  name: optional(name, null),
  doors: required(ids("a list of door ids", LIMITS.doors)),
});

const schedule = fields<Schedule>("a schedule", { id: required(id), windows: required(someWindows) });

const holiday = fields<RawHoliday>("a holiday", {
  id: required(id),
  date: required(date),
  every: optional(word(["year"] as const), null),
  doors: optional(doors, "all" as const),
  hours: optional(wordOr(["closed", "unchanged"], dayHours), "unchanged" as const),
  access: optional(word(["unchanged", "suspended"] as const), "unchanged" as const),
});

const user = fields<RawSite["users"][number]>("a user", {
  id: required(id),
  name: optional(name, null),
  phone: optional(parsed("a phone number as E.164, in quotes, such as +12125550123", parsePhone), null),
  email: optional(parsed("an e-mail address", parseEmail), null),
  kind: optional(word(KINDS), "staff" as const),
  language: optional(parsed("a language such as en", parseLanguage), null),
});

function list<T>(what: string, reader: Reader<T>, max: number) {
  return optional(listOf(`a list of ${what}`, reader, { max }), [] as readonly T[]);
}

const whole = fields<RawSite>("a site file", {
  site: required(head),
  edges: list("edges", fields<Site["edges"][number]>("an edge", { id: required(id) }), LIMITS.edges),
  buses: list("buses", bus, LIMITS.buses),
  doors: list("doors", door, LIMITS.doors),
  units: list("units", unit, LIMITS.units),
  schedules: list("schedules", schedule, LIMITS.schedules),
  holidays: list("holidays", holiday, LIMITS.holidays),
  users: list("users", user, LIMITS.users),
  groups: list("groups", anything(), LIMITS.groups),
  keys: list("keys", key, LIMITS.keys),
});

export const site: Reader<Site> = (node, path, reading) => {
  const raw = whole(node, path, reading);
  if (raw === undefined) return undefined;
  const named = <T extends { readonly id: string; readonly name: string | null }>(one: T) => ({
    ...one,
    name: one.name ?? one.id,
  });
  const kinds = new Map(raw.users.map((each) => [each.id, each.kind]));
  const completed = named(raw.site);
  return {
    ...raw,
    site: completed,
    doors: raw.doors.map((each) => completeDoor(each, completed)),
    units: raw.units.map(named),
    holidays: raw.holidays.map(({ every, ...rest }) => ({ ...rest, yearly: every === "year" })),
    users: raw.users.map(named),
    keys: raw.keys.map((each) => completeKey(each, kinds)),
  };
};
