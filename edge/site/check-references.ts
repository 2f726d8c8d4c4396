/** Ids stand once, and what is named is there. */
import { error, type Finding, repeated } from "./finding.ts";
import { type Path, pathText } from "./problem.ts";
import type { Site } from "./site.ts";

const SECTIONS = ["edges", "buses", "doors", "units", "schedules", "holidays", "users", "keys"] as const;

export function checkReferences(site: Site): readonly Finding[] {
  return [...SECTIONS.flatMap((section) => checkIds(site, section)), ...checkNames(site)];
}

function checkIds(site: Site, section: (typeof SECTIONS)[number]): readonly Finding[] {
  const ids = site[section].map(({ id }, at) => [id, [section, at, "id"]] as const);
  return repeated(ids).map(({ at, first, value }) => error(at, `the id ${value} stands at ${pathText(first)} too`));
}

/** A place that names something, and what kind of thing it must be. */
type Naming = readonly [path: Path, of: "edge" | "bus" | "door" | "schedule" | "user", id: string];

function checkNames(site: Site): readonly Finding[] {
  const known = {
    edge: new Set(site.edges.map(({ id }) => id)),
    bus: new Set(site.buses.map(({ id }) => id)),
    door: new Set(site.doors.map(({ id }) => id)),
    schedule: new Set(site.schedules.map(({ id }) => id)),
    user: new Set(site.users.map(({ id }) => id)),
  };
  const found: Finding[] = [];
  for (const [path, of, id] of namings(site)) {
    if (!known[of].has(id)) found.push(error(path, `an unknown ${of} ${id}`));
  }
  return found;
}

function* namings(site: Site): Generator<Naming> {
  for (const [at, bus] of site.buses.entries()) yield [["buses", at, "edge"], "edge", bus.edge];
  for (const [at, door] of site.doors.entries()) {
    yield [["doors", at, "controller", "bus"], "bus", door.controller.bus];
    yield* each(["doors", at, "interlock"], "door", door.interlock);
    const who = door.businessHours?.firstIn.who ?? "admins";
    if (who !== "admins") yield* each(["doors", at, "businessHours", "firstIn", "who"], "user", who);
  }
  for (const [at, unit] of site.units.entries()) yield* each(["units", at, "doors"], "door", unit.doors);
  for (const [at, holiday] of site.holidays.entries())
    if (holiday.doors !== "all") yield* each(["holidays", at, "doors"], "door", holiday.doors);
  for (const [at, key] of site.keys.entries()) {
    yield [["keys", at, "user"], "user", key.user];
    if (key.doors !== "all") yield* each(["keys", at, "doors"], "door", key.doors);
    for (const [member, restriction] of key.restrictions.entries())
      if (restriction.kind === "scheduled")
        yield* each(["keys", at, "restriction", member, "schedules"], "schedule", restriction.schedules);
  }
}

function* each(path: Path, of: Naming[1], ids: readonly string[]): Generator<Naming> {
  for (const [at, id] of ids.entries()) yield [[...path, at], of, id];
}
