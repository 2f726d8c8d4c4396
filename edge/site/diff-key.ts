/** Differences of a key, and which of them let it open more: other doors, times, uses, people. */
import { SecretText } from "@lintel/protocol/base/secret.ts";
import type { Kind as KeyKind, Mode } from "@lintel/protocol/base/words.ts";
import type { Restriction } from "@lintel/protocol/keyset/keyset.ts";
import { ALWAYS, intersection, type Week, weekOf } from "../calendar/week.ts";
import { always, type FieldRule, type In, type Kind } from "./change.ts";
import { windowText } from "./days.ts";
import { beginOf, endOf, lengthText } from "./lengths.ts";
import { doorsNamed, type Site, type SiteCode, type SiteKey } from "./site.ts";

type Rule = FieldRule<SiteKey>;

/** A switch that gives more when it is on. */
function on(field: "enabled" | "remote" | "extended"): Rule {
  return { field, say: ({ one }) => String(one[field]), widens: (_, is) => is.one[field] };
}

export const KEY: Kind<SiteKey> = {
  list: "keys",
  title: ({ one, site }) => `key ${one.id} (${namesOf(site).get(one.user) ?? one.user})`,
  summary: ({ one }) => `opens ${sayDoors(one)}, restriction ${sayRestrictions(one.restrictions)}`,
  fields: [
    { field: "user", say: ({ one }) => one.user, widens: always },
    {
      field: "doors",
      say: ({ one }) => sayDoors(one),
      same: (was, is) => doorsOf(was).join() === doorsOf(is).join(),
      widens: (was, is) => !isWithin(doorsOf(is), doorsOf(was)),
    },
    {
      field: "restriction",
      say: ({ one }) => sayRestrictions(one.restrictions),
      widens: (was, is) => !was.one.restrictions.every((each) => isImplied(each, was.site, is)),
    },
    { field: "role", say: ({ one }) => one.role, widens: (_, is) => is.one.role === "admin" },
    {
      field: "kind",
      say: ({ one }) => one.kind,
      widens: (was, is) => !isWithin(OPENS_IN[is.one.kind], OPENS_IN[was.one.kind]),
    },
    code("pin"),
    code("duressPin"),
    {
      field: "validFrom",
      say: ({ one }) => one.validFrom ?? "none",
      widens: (was, is) => (beginOf(is.one.validFrom) ?? "") < (beginOf(was.one.validFrom) ?? ""),
    },
    {
      field: "validUntil",
      say: ({ one }) => one.validUntil ?? "none",
      widens: (was, is) => (endOf(is.one.validUntil) ?? "~") > (endOf(was.one.validUntil) ?? "~"),
    },
    on("enabled"),
    // A new issue begins to count anew: what was used up opens again.
    { field: "issue", say: ({ one }) => String(one.issue), widens: always },
    on("remote"),
    on("extended"),
    {
      field: "otp",
      say: ({ one }) => sayOtp(one),
      same: (was, is) => sameCode(was.one.otp?.secret ?? null, is.one.otp?.secret ?? null),
      widens: (_, is) => is.one.otp !== null,
    },
  ],
};

/** Another code in place of one opens nothing more; a first one does. What duress may do is not built: any is wider. */
function code(field: "pin" | "duressPin"): Rule {
  return {
    field,
    say: ({ one }) => (one[field] === null ? "none" : "a code"),
    same: (was, is) => sameCode(was.one[field], is.one[field]),
    widens: (was, is) => {
      const [before, after] = [was.one[field] !== null, is.one[field] !== null];
      return field === "duressPin" ? before !== after : !before && after;
    },
  };
}

/** `kept` is whatever is stored. */
export function sameCode(was: SiteCode, is: SiteCode): boolean {
  if (was === null || is === null) return was === is;
  if (is === "kept") return true;
  return was instanceof SecretText && was.use((before) => is.use((after) => before === after));
}

/** Modes besides normal in which a kind opens by code (domain-rules, "Modes and hours"). */
const OPENS_IN: Readonly<Record<KeyKind, readonly Mode[]>> = {
  staff: ["tour", "resident"],
  tour: ["tour"],
  resident: ["resident"],
  guest: ["resident"],
};

/** Asked for each of maybe 100,000 keys: found once for a site, and forgotten with it. */
function once<T>(find: (site: Site) => T): (site: Site) => T {
  const found = new WeakMap<Site, T>();
  return (site) => {
    const known = found.get(site) ?? find(site);
    found.set(site, known);
    return known;
  };
}

const namesOf = once((site) => new Map(site.users.map(({ id, name }) => [id, name])));
const allDoors = once((site) => doorsNamed(site, "all").toSorted());

function doorsOf({ one, site }: In<SiteKey>): readonly string[] {
  return one.doors === "all" ? allDoors(site) : [...new Set(one.doors)].sort();
}

export function isWithin(inner: readonly string[], outer: readonly string[]): boolean {
  return inner.every((each) => outer.includes(each));
}

export function isWeekWithin(inner: Week, outer: Week): boolean {
  return JSON.stringify(intersection(inner, outer)) === JSON.stringify(inner);
}

/** Whether the key as it is now keeps to a restriction that it had. */
function isImplied(had: Restriction, before: Site, { one, site }: In<SiteKey>): boolean {
  const now = one.restrictions;
  switch (had.kind) {
    case "one-time": // Once over all doors is no more than once at each.
      return now.some((each) => each.kind === "one-time" || (each.kind === "uses" && each.uses === 1));
    case "uses":
      return now.some((each) => each.kind === "uses" && each.uses <= had.uses);
    case "after-first-use":
      return now.some((each) => each.kind === "after-first-use" && each.length <= had.length);
    case "scheduled": {
      const weeks = now.flatMap((each) => (each.kind === "scheduled" ? [weekOfRestriction(each, site)] : []));
      return isWeekWithin(weeks.reduce(intersection, ALWAYS), weekOfRestriction(had, before));
    }
  }
}

function weekOfRestriction(restriction: Extract<Restriction, { kind: "scheduled" }>, site: Site): Week {
  const named = site.schedules.filter(({ id }) => restriction.schedules.includes(id));
  return weekOf([...restriction.windows, ...named.flatMap(({ windows }) => windows)]);
}

function sayDoors({ doors }: SiteKey): string {
  return doors === "all" ? "all" : doors.join(", ");
}

function sayRestrictions(restrictions: readonly Restriction[]): string {
  return restrictions.length === 0 ? "none" : restrictions.map(sayRestriction).join(" and ");
}

function sayRestriction(restriction: Restriction): string {
  switch (restriction.kind) {
    case "one-time":
      return "one-time";
    case "uses":
      return `${restriction.uses} uses`;
    case "after-first-use":
      return `${lengthText(restriction.length)} after first use`;
    case "scheduled":
      return [...restriction.schedules, ...restriction.windows.map(windowText)].join(" or ");
  }
}

function sayOtp({ otp }: SiteKey): string {
  if (otp === null) return "none";
  const { type, slot, digits, period, algorithm, counter } = otp;
  const beat = type === "totp" ? `every ${period}s` : `from ${counter}`;
  return `${type} of ${digits} digits ${beat}, ${algorithm}${slot === null ? "" : ", with a slot"}`;
}
