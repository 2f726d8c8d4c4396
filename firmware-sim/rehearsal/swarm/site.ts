/**
 * Random sites: every kind of key, door and hours that matters within an hour of door life, about the time at which it
 * begins. In the shape of a site file (design 5.2), which is how they are printed and read.
 */
import { DAY_MINUTES, dateText, dayOf, timeText, weekdayOf } from "@lintel/edge/calendar/civil.ts";
import { sayDays } from "@lintel/edge/calendar/say.ts";
import { openZone, wallAt } from "@lintel/edge/calendar/zone.ts";
import { weaknessOf } from "@lintel/edge/site/weak-code.ts";
import { invariant } from "@lintel/protocol/base/invariant.ts";
import { instant } from "@lintel/protocol/base/units.ts";
import { KINDS } from "@lintel/protocol/base/words.ts";
import type { Draw } from "./draw.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface DrawnDoor extends Fields {
  readonly id: string;
  readonly controller: { readonly bus: string; readonly address: number };
  readonly fireRelease?: { readonly input: number };
  readonly rex?: { readonly input: number };
  readonly contact?: { readonly input: number };
}

export interface DrawnKey extends Fields {
  readonly id: string;
  readonly pin: string;
  readonly doors: "all" | readonly string[];
  readonly issue?: number;
}

export interface DrawnSite extends Fields {
  readonly buses: readonly { readonly id: string; readonly edge: string }[];
  readonly doors: readonly DrawnDoor[];
  readonly keys: readonly DrawnKey[];
}

const ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"] as const;
const USERS = ["u1", "u2", "u3"] as const;

export function drawSite(draw: Draw, begin: number): DrawnSite {
  const timezone = draw.one(ZONES);
  const edges = draw.chance(75) ? ["e1"] : ["e1", "e2"];
  const buses = edges.map((edge, at) => ({
    id: `b${at + 1}`,
    edge,
    port: "sim",
    baud: draw.one([9600, 38400, 115200]),
  }));
  const names = ["front", "back", "side"].slice(0, draw.whole(edges.length, 3));
  const group = draw.chance(30);
  const doors = names.map((id, at) => {
    const bus = buses[at % buses.length]!.id;
    return {
      ...drawDoor(draw.part(id), timezone, begin),
      id,
      controller: { bus, address: at },
      ...(group && bus === "b1" ? { keypadGroup: "lobby" } : {}),
    };
  });
  const taken = new Set<string>();
  const masters = doors.map((door) => (draw.chance(40) ? { ...door, masterCode: freshCode(draw, taken) } : door));
  const site = {
    site: { id: "sim", name: "Simulated", timezone },
    edges: edges.map((id) => ({ id })),
    buses,
    doors: masters,
    users: USERS.map((id) => ({ id, name: id })),
    ...(draw.chance(15) ? { holidays: [drawHoliday(draw, timezone, begin)] } : {}),
    keys: [] as readonly DrawnKey[],
  };
  const keys: DrawnKey[] = [];
  for (let number = 1; number <= draw.whole(3, 6); number += 1)
    keys.push(drawKey(draw, site, { id: `k${number}`, taken, begin }));
  return { ...site, keys };
}

/** One thing is changed; never wiring, and never what one issue of a key may use up. */
export function editSite(draw: Draw, site: DrawnSite, begin: number): DrawnSite {
  const taken = new Set([
    ...site.keys.map(({ pin }) => pin),
    ...site.doors.map(({ masterCode }) => String(masterCode)),
  ]);
  const key = draw.one(site.keys);
  const door = draw.one(site.doors);
  const { timezone } = site.site as { timezone: string };
  const changeKey = (change: Partial<DrawnKey>): DrawnSite => ({
    ...site,
    keys: site.keys.map((each) => (each === key ? { ...key, ...change } : each)),
  });
  const changeDoor = (change: Fields): DrawnSite => ({
    ...site,
    doors: site.doors.map((each) => (each === door ? { ...door, ...change } : each)),
  });
  switch (draw.one(["enabled", "pin", "issue", "remove", "add", "hours", "mode", "release"] as const)) {
    case "enabled":
      return changeKey({ enabled: key.enabled === false });
    case "pin":
      return changeKey({ pin: freshCode(draw, taken) });
    case "issue":
      return changeKey({ issue: (key.issue ?? 1) + 1 });
    case "remove":
      return site.keys.length < 2 ? site : { ...site, keys: site.keys.filter((each) => each !== key) };
    case "add":
      return { ...site, keys: [...site.keys, drawKey(draw, site, { id: `k${draw.whole(10, 99_999)}`, taken, begin })] };
    case "hours":
      return changeDoor({ businessHours: drawHours(draw, timezone, begin) });
    case "mode":
      return changeDoor({ mode: draw.one(["normal", "resident", "tour", "privacy", "lockdown"]) });
    case "release":
      return changeDoor({ strike: { ...(door.strike as Fields), release: `${draw.whole(2, 9)}s` } });
  }
}

function drawDoor(draw: Draw, timezone: string, begin: number): Fields {
  return {
    name: "Door",
    strike: { release: `${draw.whole(2, 8)}s`, ...(draw.chance(25) ? { fail: "safe" } : {}) },
    ...(draw.chance(80) ? { contact: { input: 0 } } : {}),
    ...(draw.chance(85) ? { rex: { input: 1 } } : {}),
    ...(draw.chance(50) ? { fireRelease: { input: 2 } } : {}),
    heldOpenAfter: `${draw.whole(5, 30)}s`,
    preAlarm: draw.one(["0s", "3s"]),
    ...(draw.chance(10) ? { mode: draw.one(["resident", "tour", "privacy", "vacation"]) } : {}),
    ...(draw.chance(20) ? { giveBack: true } : {}),
    ...(draw.chance(20) ? { clockUnknown: "allow" } : {}),
    ...(draw.chance(60) ? { businessHours: drawHours(draw, timezone, begin) } : {}),
  };
}

function drawHours(draw: Draw, timezone: string, begin: number): Fields {
  const windows = [drawWindow(draw, timezone, begin)];
  const firstIn = {
    required: draw.chance(50),
    grace: `${draw.whole(1, 30)}m`,
    who: draw.chance(50) ? "admins" : ["u1", "u2"],
  };
  return { windows, firstIn };
}

/** Begins within an hour before or half an hour after, and often ends while the run goes on. */
function drawWindow(draw: Draw, timezone: string, begin: number): Fields {
  const wall = wallOf(timezone, begin);
  const at = Math.floor(wall / 60_000) % DAY_MINUTES;
  const shift = draw.whole(-60, 30);
  const from = (at + shift + DAY_MINUTES) % DAY_MINUTES;
  const to = (from + Math.max(1, -shift) + draw.whole(1, 45)) % DAY_MINUTES;
  const days = draw.chance(80) ? "daily" : sayDays(1 << weekdayOf(dayOf(wall))).toLowerCase();
  return { days, from: timeText(from), to: timeText(to === from ? (to + 1) % DAY_MINUTES : to) };
}

function drawHoliday(draw: Draw, timezone: string, begin: number): Fields {
  const date = dateText(dayOf(wallOf(timezone, begin)));
  const hours = draw.chance(50) ? "closed" : [{ from: "00:00", to: draw.one(["12:00", "24:00"]) }];
  return { id: "feast", date, hours, access: draw.one(["unchanged", "suspended"]) };
}

function drawKey(
  draw: Draw,
  { site, buses, doors }: Pick<DrawnSite, "buses" | "doors"> & Fields,
  { id, taken, begin }: { readonly id: string; readonly taken: Set<string>; readonly begin: number },
): DrawnKey {
  const { timezone } = site as { timezone: string };
  const restriction = drawRestriction(draw, timezone, begin);
  // What is used up is counted at one edge.
  const edge = draw.one(buses).id;
  const near = doors.filter(({ controller }) => controller.bus === edge).map(({ id: door }) => door);
  const some = draw.some(near, 60);
  const free = restriction === "none" && draw.chance(50);
  return {
    id,
    user: draw.one(USERS),
    doors: free ? "all" : some.length > 0 ? some : near.slice(0, 1),
    restriction,
    pin: freshCode(draw, taken),
    ...(draw.chance(20) ? { duressPin: freshCode(draw, taken) } : {}),
    ...(draw.chance(35) ? { role: "admin" } : {}),
    ...(draw.chance(30) ? { kind: draw.one(KINDS) } : {}),
    ...(draw.chance(20) ? { extended: true } : {}),
    ...(draw.chance(10) ? { enabled: false } : {}),
    ...(draw.chance(15) ? { validFrom: wallText(timezone, begin + draw.whole(-20, 20) * 60_000) } : {}),
    ...(draw.chance(15) ? { validUntil: wallText(timezone, begin + draw.whole(25, 60) * 60_000) } : {}),
  };
}

function drawRestriction(draw: Draw, timezone: string, begin: number): unknown {
  const windows = () => ({ windows: [drawWindow(draw, timezone, begin)] });
  switch (draw.whole(1, 8)) {
    case 1:
    case 2:
      return "one-time";
    case 3:
      return { uses: draw.whole(1, 3) };
    case 4:
      return { afterFirstUse: `${draw.whole(2, 10)}m` };
    case 5:
      return windows();
    case 6:
      return ["one-time", windows()];
    default:
      return "none";
  }
}

/** Not weak, nobody's, and no number that stands in a record for something else. */
function freshCode(draw: Draw, taken: Set<string>): string {
  for (let tries = 0; tries < 100; tries += 1) {
    const code = String(draw.whole(1_000_000, 1_999_999)).slice(1);
    if (taken.has(code) || code.endsWith("00") || weaknessOf(code) !== null) continue;
    taken.add(code);
    return code;
  }
  invariant(false, "a code is found among a million", { taken: taken.size });
}

function wallOf(timezone: string, at: number) {
  const zone = openZone(timezone);
  invariant(zone !== null, "the zones drawn from are known", { timezone });
  return wallAt(zone, instant(at));
}

/** As a site file takes it: to the minute, without an offset. */
function wallText(timezone: string, at: number): string {
  const wall = wallOf(timezone, at);
  return `${dateText(dayOf(wall))}T${timeText(Math.floor(wall / 60_000) % DAY_MINUTES)}`;
}
