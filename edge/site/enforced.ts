/**
 * What a site file can ask for and this version does not do yet, in one place. Nothing of it is silent (design 5.2):
 * what only narrows denies until it is built, anything else stays off, and either is a warning.
 */
import { type Finding, warning } from "./finding.ts";
import type { Site, SiteDoor, SiteKey } from "./site.ts";

interface Unenforced<T> {
  readonly field: string;
  /** Whether `one` asks for it: a default asks for nothing. */
  readonly asked: (one: T) => boolean;
  /** It only takes rights away: until it is built, what it stands at denies. */
  readonly narrows: boolean;
}

const OF_DOORS: readonly Unenforced<SiteDoor>[] = [
  { field: "phones", asked: (door) => door.phones.pairing, narrows: false },
];

const OF_KEYS: readonly Unenforced<SiteKey>[] = [{ field: "remote", asked: (key) => key.remote, narrows: false }];

export function checkEnforced(site: Site): readonly Finding[] {
  return [
    ...site.doors.flatMap((door, at) => warnings(["doors", at], door, OF_DOORS)),
    ...site.groups.map((_, at) => warning(["groups", at], "not enforced yet")),
    ...site.keys.flatMap((key, at) => warnings(["keys", at], key, OF_KEYS)),
  ];
}

function warnings<T>(path: Finding["path"], one: T, table: readonly Unenforced<T>[]): readonly Finding[] {
  return table
    .filter(({ asked }) => asked(one))
    .map(({ field, narrows }) =>
      warning([...path, field], narrows ? "not enforced yet: denied until it is" : "not enforced yet"),
    );
}

/** Names of what narrows `door` and is not enforced: all code entry there is denied. */
export function withheldAtDoor(door: SiteDoor): readonly string[] {
  return withheld(door, OF_DOORS);
}

export function withheldAtKey(key: SiteKey): readonly string[] {
  return withheld(key, OF_KEYS);
}

function withheld<T>(one: T, table: readonly Unenforced<T>[]): readonly string[] {
  return table.filter(({ asked, narrows }) => narrows && asked(one)).map(({ field }) => field);
}
