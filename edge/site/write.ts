/**
 * A site as its file again, whole: read back, it is the same site. Defaults are left out where the file reads better
 * without them; `issue` always stands, so that a number that once was is never forgotten (design 5.2).
 */
import type { SecretText } from "@lintel/protocol/base/secret.ts";
import type { DayHours, Restriction, Window } from "@lintel/protocol/keyset/keyset.ts";
import { Document } from "yaml";
import { daysText, fromText, toText } from "./days.ts";
import { lengthText, momentText } from "./lengths.ts";
import { type OnOneLine, printFields } from "./print.ts";
import type { CodeId, Json, Site, SiteCode, SiteDoor, SiteHoliday, SiteKey } from "./site.ts";

export interface WriteOptions {
  /**
   * `kept`: no digit is written (design 5.2). A function shows the codes that it knows, and leaves the others `kept`:
   * that is a permission and a record of its caller.
   */
  readonly codes: "kept" | ((id: CodeId) => SecretText | null);
}

type Written = Json | undefined;
type WriteCode = (id: CodeId, code: SiteCode) => Written;

export function writeSite(site: Site, { codes }: WriteOptions): string {
  const code: WriteCode = (id, one) => {
    if (one === null) return undefined;
    return (codes === "kept" ? null : codes(id))?.use((digits) => digits) ?? "kept";
  };
  const { country, ...head } = site.site;
  return printed({
    site: present({ ...head, country: country ?? undefined }),
    edges: site.edges,
    buses: site.buses as unknown as Json,
    doors: site.doors.map((door) => writeDoor(door, site, code)),
    units: site.units as unknown as Json,
    schedules: site.schedules.map(({ id, windows }) => ({ id, windows: windows.map(writeWindow) })),
    holidays: site.holidays.map(writeHoliday),
    users: site.users.map((user) =>
      present({
        ...user,
        phone: user.phone ?? undefined,
        email: user.email ?? undefined,
        language: user.language ?? undefined,
      }),
    ),
    groups: site.groups,
    keys: site.keys.map((key) => writeKey(key, code)),
  });
}

/** Without what is undefined: a field that is left out. */
function present(fields: Readonly<Record<string, Written>>): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Json;
}

/** The value where it differs from its default. */
function unless<T extends Json>(value: T, standard: T): Written {
  return JSON.stringify(value) === JSON.stringify(standard) ? undefined : value;
}

function writeDoor(door: SiteDoor, { site }: Site, code: WriteCode): Json {
  const { release, extendedRelease, output, fail } = door.strike;
  const { submit, clear, autoSubmit, timeout } = door.codeEntry;
  const input = (number: number | null) => (number === null ? undefined : { input: number });
  return present({
    id: door.id,
    name: door.name,
    timezone: unless(door.timezone, site.timezone),
    controller: door.controller,
    strike: { output, release: lengthText(release), extendedRelease: lengthText(extendedRelease), fail },
    contact: input(door.contact),
    rex: input(door.rex),
    fireRelease: input(door.fireRelease),
    heldOpenAfter: lengthText(door.heldOpenAfter),
    preAlarm: lengthText(door.preAlarm),
    masterCode: code(`doors/${door.id}/masterCode`, door.masterCode),
    mode: door.mode,
    codeEntry: { submit, clear, autoSubmit, timeout: lengthText(timeout) },
    keypadGroup: door.keypadGroup ?? undefined,
    interlock: unless(door.interlock, []),
    giveBack: unless(door.giveBack, false),
    clockUnknown: unless(door.clockUnknown, "deny"),
    bareCodes: unless(door.bareCodes, 250),
    phones: unless({ ...door.phones }, { pairing: false }),
    businessHours: writeHours(door.businessHours),
  });
}

function writeHours(hours: SiteDoor["businessHours"]): Written {
  if (hours === null) return undefined;
  const { required, grace, who } = hours.firstIn;
  return { windows: hours.windows.map(writeWindow), firstIn: { required, grace: lengthText(grace), who } };
}

function writeWindow(window: Window): Json {
  const days = daysText(window.days);
  return { days: days.length === 1 ? days[0]! : days, ...writeDayHours(window) };
}

function writeDayHours(hours: DayHours): { from: string; to: string } {
  return { from: fromText(hours), to: toText(hours) };
}

function writeHoliday({ id, date, yearly, doors, hours, access }: SiteHoliday): Json {
  return present({
    id,
    date,
    every: yearly ? "year" : undefined,
    doors,
    hours: typeof hours === "string" ? unless(hours, "unchanged") : hours.map(writeDayHours),
    access: unless(access, "unchanged"),
  });
}

function writeKey(key: SiteKey, code: WriteCode): Json {
  return present({
    id: key.id,
    user: key.user,
    doors: key.doors,
    restriction: writeRestrictions(key.restrictions),
    role: key.role,
    kind: key.kind,
    pin: code(`keys/${key.id}/pin`, key.pin),
    duressPin: code(`keys/${key.id}/duressPin`, key.duressPin),
    validFrom: key.validFrom === null ? undefined : momentText(key.validFrom),
    validUntil: key.validUntil === null ? undefined : momentText(key.validUntil),
    enabled: key.enabled,
    issue: key.issue,
    remote: unless(key.remote, false),
    extended: unless(key.extended, false),
    otp:
      key.otp === null
        ? undefined
        : present({
            ...key.otp,
            secret: code(`keys/${key.id}/otp.secret`, key.otp.secret),
            slot: key.otp.slot ?? undefined,
          }),
  });
}

function writeRestrictions(restrictions: readonly Restriction[]): Json {
  const [first, ...more] = restrictions.map(writeRestriction);
  if (first === undefined) return "none";
  return more.length === 0 ? first : [first, ...more];
}

function writeRestriction(restriction: Restriction): Json {
  switch (restriction.kind) {
    case "one-time":
      return "one-time";
    case "uses":
      return { uses: restriction.uses };
    case "after-first-use":
      return { afterFirstUse: lengthText(restriction.length) };
    case "scheduled":
      return present({
        schedules: unless(restriction.schedules, []),
        windows: restriction.windows.length === 0 ? undefined : restriction.windows.map(writeWindow),
      });
  }
}

/** What stands on one line: small mappings, and lists of plain values. */
const ON_ONE_LINE = new Set([
  "site",
  "controller",
  "strike",
  "contact",
  "rex",
  "fireRelease",
  "codeEntry",
  "phones",
  "otp",
]);

function printed(file: Readonly<Record<string, Json>>): string {
  return Object.entries(file)
    .map(([field, value]) => (field === "groups" ? printedGroups(value) : printFields({ [field]: value }, onOneLine)))
    .join("");
}

const onOneLine: OnOneLine = (field, value) => {
  if (Array.isArray(value)) return value.every((item: Json) => typeof item !== "object" || item === null);
  // Windows and hours are read as lines of a table.
  return ON_ONE_LINE.has(field) || field === "windows[]" || field === "hours[]";
};

/** Any shape, with fields of any name: no words of ours. */
function printedGroups(groups: Json): string {
  return new Document({ groups }, { version: "1.2", schema: "core", aliasDuplicateObjects: false }).toString({
    lineWidth: 0,
  });
}
