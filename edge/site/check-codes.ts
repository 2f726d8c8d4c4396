/**
 * Codes: unique at each door, not more than a door bears, slots that can be told apart, and a word on weak ones
 * (d1, domain-rules "Slot form"). `kept` codes are compared where they are stored: hand in a site with them filled in.
 */
import { SecretText } from "@lintel/protocol/base/secret.ts";
import { error, type Finding, warning } from "./finding.ts";
import { LIMITS } from "./limits.ts";
import { type Path, pathText } from "./problem.ts";
import { type Doors, doorsNamed, type Site, type SiteCode, type SiteKey } from "./site.ts";
import { weakness } from "./weak-code.ts";

interface Holder {
  readonly path: Path;
  readonly code: SiteCode;
  readonly doors: Doors;
}

export function checkCodes(site: Site): readonly Finding[] {
  const holders = holdersOf(site);
  return [
    ...checkUnique(site, holders),
    ...holders.flatMap(({ path, code }) => {
      const weak = weakness(code);
      return weak === null ? [] : [warning(path, `a weak code: ${weak}`)];
    }),
    ...site.keys.flatMap((key, at) =>
      key.otp === null || key.pin === null
        ? []
        : [error(["keys", at, "pin"], "a PIN beside otp; a key has one of them")],
    ),
    ...checkCounts(site),
    ...checkSlots(site),
  ];
}

function holdersOf(site: Site): readonly Holder[] {
  return [
    ...site.doors.map(({ id, masterCode }, at) => ({
      path: ["doors", at, "masterCode"],
      code: masterCode,
      doors: [id],
    })),
    ...site.keys.flatMap((key, at) => [
      { path: ["keys", at, "pin"], code: key.pin, doors: key.doors },
      { path: ["keys", at, "duressPin"], code: key.duressPin, doors: key.doors },
    ]),
  ].filter(({ code }) => code !== null);
}

/** The codes that stand at any of some doors: of living, future and disabled keys, duress and master codes. */
export function codesAtDoors(site: Site, doors: readonly string[]): readonly SecretText[] {
  return holdersOf(site).flatMap((holder) =>
    holder.code instanceof SecretText && sharedDoor(site, holder.doors, doors) !== null ? [holder.code] : [],
  );
}

/** Per door, among all keys, also disabled and future ones, master and duress codes (d1.3). */
function checkUnique(site: Site, holders: readonly Holder[]): readonly Finding[] {
  const byCode = new Map<string, Holder[]>();
  const found: Finding[] = [];
  for (const holder of holders) {
    if (!(holder.code instanceof SecretText)) continue;
    const digits = holder.code.use((text) => text);
    const same = byCode.get(digits) ?? [];
    const clash = same
      .map((other) => ({ other, door: sharedDoor(site, holder.doors, other.doors) }))
      .find(({ door }) => door !== null);
    if (clash !== undefined) {
      const { other, door } = clash;
      found.push(
        error(holder.path, `the same code as ${pathText(other.path)}, at door ${door}; a code is unique at a door`),
      );
    }
    byCode.set(digits, [...same, holder]);
  }
  return found;
}

function sharedDoor(site: Site, a: Doors, b: Doors): string | null {
  const other = new Set(doorsNamed(site, b));
  return doorsNamed(site, a).find((door) => other.has(door)) ?? null;
}

/** Codes without a slot at a door: each is one chance of a guess (facts security 1). */
function checkCounts(site: Site): readonly Finding[] {
  const bare = bareCodesAt(site);
  const otp = countPerDoor(site, (key) => (key.otp?.slot === null ? 1 : 0));
  return site.doors.flatMap((door, at) => {
    const found: Finding[] = [];
    const codes = bare(door.id);
    if (codes > door.bareCodes)
      found.push(
        error(["doors", at, "bareCodes"], `${codes} codes without a slot, at most ${door.bareCodes} at this door`),
      );
    if (otp(door.id) > LIMITS.slotlessOtp)
      found.push(
        error(["doors", at], `${otp(door.id)} keys of one-time codes without a slot, at most ${LIMITS.slotlessOtp}`),
      );
    return found;
  });
}

/** How many codes stand at a door without a slot: of its keys, living or not, with their duress codes, and its master. */
export function bareCodesAt(site: Site): (door: string) => number {
  const masters = new Set(site.doors.flatMap(({ id, masterCode }) => (masterCode === null ? [] : [id])));
  const ofKeys = countPerDoor(
    site,
    (key) => [key.pin, key.duressPin, key.otp?.slot === null ? key.otp : null].filter((code) => code !== null).length,
  );
  return (door) => ofKeys(door) + (masters.has(door) ? 1 : 0);
}

function countPerDoor(site: Site, count: (key: SiteKey) => number): (door: string) => number {
  let everywhere = 0;
  const counts = new Map<string, number>();
  for (const key of site.keys) {
    if (key.doors === "all") everywhere += count(key);
    else for (const door of new Set(key.doors)) counts.set(door, (counts.get(door) ?? 0) + count(key));
  }
  return (door) => everywhere + (counts.get(door) ?? 0);
}

/** A slot says whose code follows: one length and one key per slot at a door, and the whole entry is awaited. */
function checkSlots(site: Site): readonly Finding[] {
  const found: Finding[] = [];
  const slotted = site.keys.flatMap((key, at) =>
    key.otp === null || key.otp.slot === null ? [] : [{ slot: key.otp.slot, at, key }],
  );
  const first = new Map<string, { slot: string; at: number }>();
  const taken = new Map<string, number>();
  const reported = new Set<number>();
  for (const { slot, at, key } of slotted)
    for (const door of doorsNamed(site, key.doors)) {
      const other = first.get(door) ?? { slot, at };
      const same = taken.get(`${door} ${slot}`) ?? at;
      first.set(door, other);
      taken.set(`${door} ${slot}`, same);
      if (reported.has(at) || (other.slot.length === slot.length && same === at)) continue;
      reported.add(at);
      const seen =
        same === at
          ? `a slot of ${slot.length} digits, keys[${other.at}] at door ${door} has ${other.slot.length}`
          : `the slot of keys[${same}] too, at door ${door}`;
      found.push(error(["keys", at, "otp", "slot"], seen));
    }
  for (const [at, door] of site.doors.entries())
    if (door.codeEntry.autoSubmit && first.has(door.id))
      found.push(
        error(["doors", at, "codeEntry", "autoSubmit"], "true at a door with slot keys: it would cut their codes"),
      );
  return found;
}
