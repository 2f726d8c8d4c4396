/**
 * What is different in one site from another, in words, and which differences widen what an existing key, door or
 * hours allow (design 5.2, L3). New keys and doors are not existing ones. Two sites whose codes are `kept` on the new
 * side are compared as unchanged there.
 */
import { type Change, diffList, type FieldRule, never } from "./change.ts";
import { DOOR } from "./diff-door.ts";
import { KEY } from "./diff-key.ts";
import { BUS, EDGE, HOLIDAY, SCHEDULE, UNIT, USER } from "./diff-rest.ts";
import type { Site } from "./site.ts";

export type { Change } from "./change.ts";

/** `from` null: the first site of an authority; nothing of it widens anything. */
export function diffSites(from: Site | null, to: Site): readonly Change[] {
  const list = <K extends "edges" | "buses" | "doors" | "units" | "schedules" | "holidays" | "users" | "keys">(
    name: K,
  ) => [from === null ? null : { site: from, list: from[name] }, { site: to, list: to[name] }] as const;
  return [
    ...diffHead(from, to),
    ...diffList(EDGE, ...list("edges")),
    ...diffList(BUS, ...list("buses")),
    ...diffList(DOOR, ...list("doors")),
    ...diffList(UNIT, ...list("units")),
    ...diffList(SCHEDULE, ...list("schedules")),
    ...diffList(HOLIDAY, ...list("holidays")),
    ...diffList(USER, ...list("users")),
    ...diffGroups(from, to),
    ...diffList(KEY, ...list("keys")),
  ];
}

/** The zone of the site is that of every door which names none: what it widens is said at the doors. */
const HEAD: readonly FieldRule<Site["site"]>[] = [
  { field: "id", say: ({ one }) => one.id, widens: () => true },
  { field: "name", say: ({ one }) => one.name, widens: never },
  { field: "timezone", say: ({ one }) => one.timezone, widens: never },
  { field: "country", say: ({ one }) => one.country ?? "none", widens: never },
];

function diffHead(from: Site | null, to: Site): readonly Change[] {
  if (from === null)
    return [
      {
        path: "site",
        from: null,
        to: to.site.name,
        widens: false,
        sentence: `site ${to.site.id} is new: ${to.site.name}`,
      },
    ];
  const [was, is] = [
    { one: from.site, site: from },
    { one: to.site, site: to },
  ];
  return HEAD.flatMap(({ field, say, widens }) => {
    const [before, after] = [say(was), say(is)];
    if (before === after) return [];
    const sentence = `site ${to.site.id}: ${field} ${before} → ${after}`;
    return [{ path: `site.${field}`, from: before, to: after, widens: widens(was, is), sentence }];
  });
}

/** Groups are kept as written: that they differ is all that can be told of them. */
function diffGroups(from: Site | null, to: Site): readonly Change[] {
  const [was, is] = [from?.groups ?? [], to.groups];
  if (JSON.stringify(was) === JSON.stringify(is)) return [];
  const say = (groups: Site["groups"]) => `${groups.length} ${groups.length === 1 ? "group" : "groups"}`;
  const widens = was.length > 0 && is.length > 0;
  return [
    { path: "groups", from: say(was), to: say(is), widens, sentence: `groups: ${say(was)} → ${say(is)}, changed` },
  ];
}
