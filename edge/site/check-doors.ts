/** What a door may ask of its Controller and of other doors, and which edge all of one thing hangs on. */
import { error, type Finding, repeated, warning } from "./finding.ts";
import { lengthText } from "./lengths.ts";
import { type Path, pathText } from "./problem.ts";
import { type Doors, doorsNamed, edgesOfDoors, isConsumable, type Site, type SiteDoor } from "./site.ts";

export function checkDoors(site: Site): readonly Finding[] {
  const edges = edgesOfDoors(site);
  return [
    ...checkAddresses(site),
    ...site.doors.flatMap((door, at) => [...checkInputs(door, at), ...checkEntry(door, at)]),
    ...site.doors.flatMap((door, at) => checkInterlock(site, door, at, edges)),
    ...site.doors.flatMap(checkGiveBack),
    ...checkGroups(site, edges),
    ...checkKeys(site, edges),
  ];
}

function checkAddresses(site: Site): readonly Finding[] {
  const addresses = site.doors.map(
    ({ controller }, at) =>
      [`${controller.bus} ${controller.address}`, ["doors", at, "controller", "address"]] as const,
  );
  return repeated(addresses).map(({ at, first }) =>
    error(at, `the address of ${pathText(first.slice(0, 2))} on the same bus too; each Controller has its own`),
  );
}

const INPUTS = ["contact", "rex", "fireRelease"] as const;

function checkInputs(door: SiteDoor, at: number): readonly Finding[] {
  const fitted = INPUTS.flatMap((name) => {
    const input = door[name];
    return input === null ? [] : [[input, ["doors", at, name, "input"]] as const];
  });
  const found = repeated<number>(fitted).map(({ at: path, first, value }) =>
    error(path, `input ${value} is ${String(first[2])} too`),
  );
  const { release, extendedRelease } = door.strike;
  if (extendedRelease < release) {
    const seen = `${lengthText(extendedRelease)}, shorter than the release of ${lengthText(release)}`;
    found.push(error(["doors", at, "strike", "extendedRelease"], seen));
  }
  return found;
}

function checkEntry({ codeEntry }: SiteDoor, at: number): readonly Finding[] {
  if (codeEntry.submit.length > 0 || codeEntry.autoSubmit) return [];
  return [
    error(["doors", at, "codeEntry", "submit"], "no key submits and autoSubmit is off: no code could be entered"),
  ];
}

function checkInterlock(
  site: Site,
  door: SiteDoor,
  at: number,
  edges: ReadonlyMap<string, string>,
): readonly Finding[] {
  return door.interlock.flatMap((peer, place) => {
    const path: Path = ["doors", at, "interlock", place];
    if (peer === door.id) return [error(path, "the door itself, expected others")];
    const [own, other] = [edges.get(door.id), edges.get(peer)];
    if (own !== undefined && other !== undefined && own !== other)
      return [error(path, `door ${peer} hangs on edge ${other}, this one on ${own}; an interlock is within one edge`)];
    if (site.doors.find(({ id }) => id === peer)?.contact !== null) return [];
    return [warning(path, `door ${peer} has no contact, so it counts as open: no code opens this door`)];
  });
}

/** Nothing tells that a door was not opened but its contact (d7.2). */
function checkGiveBack(door: SiteDoor, at: number): readonly Finding[] {
  if (!door.giveBack || door.contact !== null) return [];
  return [warning(["doors", at, "giveBack"], "no contact is fitted, so nothing is ever given back")];
}

/** One counter of wrong entries is kept by one edge (domain-rules, "Lockout"). */
function checkGroups(site: Site, edges: ReadonlyMap<string, string>): readonly Finding[] {
  const first = new Map<string, { door: string; edge: string }>();
  return site.doors.flatMap(({ id, keypadGroup }, at) => {
    const edge = edges.get(id);
    if (keypadGroup === null || edge === undefined) return [];
    const other = first.get(keypadGroup);
    if (other === undefined) first.set(keypadGroup, { door: id, edge });
    if (other === undefined || other.edge === edge) return [];
    const seen = `door ${other.door} of this group hangs on edge ${other.edge}, this one on ${edge}`;
    return [error(["doors", at, "keypadGroup"], `${seen}; a keypad group is within one edge`)];
  });
}

export function noDoor(doors: Doors): string | null {
  return doors.length === 0 ? "no door, expected at least one, or all" : null;
}

/** Uses are counted where they are made durable: at one edge (d7.3; OTP likewise, by the ruling on one-time keys). */
function checkKeys(site: Site, edges: ReadonlyMap<string, string>): readonly Finding[] {
  return site.keys.flatMap((key, at) => {
    const path: Path = ["keys", at, "doors"];
    const none = noDoor(key.doors);
    if (none !== null) return [error(path, none)];
    const counted = isConsumable(key.restrictions);
    if (!counted && key.otp === null) return [];
    const of = [...new Set(doorsNamed(site, key.doors).flatMap((door) => edges.get(door) ?? []))];
    if (of.length <= 1) return [];
    const what = counted ? "a key whose uses count" : "a key of one-time codes";
    return [error(path, `doors of the edges ${of.join(" and ")}; the doors of ${what} hang on one edge`)];
  });
}
