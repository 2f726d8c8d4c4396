/**
 * `lintel timeline`: when a door stands unlocked by itself, and why (design 5.5). It asks what the edge asks, over a
 * keyset made of the site file; no code of it is looked at.
 */
import { type HeldDoor, holdKeyset, hoursOf } from "@lintel/edge/access/hold.ts";
import { dateText, dayOf, weekdayOf } from "@lintel/edge/calendar/civil.ts";
import { LIMITS } from "@lintel/edge/calendar/limits.ts";
import { sayDays } from "@lintel/edge/calendar/say.ts";
import { type Comes, type TimelineEntry, timeline } from "@lintel/edge/calendar/timeline.ts";
import { wallAt, type Zone } from "@lintel/edge/calendar/zone.ts";
import { compileKeyset } from "@lintel/edge/site/compile.ts";
import { edgesOfDoors } from "@lintel/edge/site/site.ts";
import { invariant } from "@lintel/protocol/base/invariant.ts";
import { between, type Instant, instant, millis } from "@lintel/protocol/base/units.ts";
import { type Command, EXIT, readInstant, readOptions, wrongUse } from "../command.ts";
import { requireSite } from "../site-file.ts";

const HELP = `lintel timeline --site FILE --door DOOR --from INSTANT --to INSTANT [--first-in WHEN] [--json]

Says when a door stands unlocked by itself between two instants, and why: business hours, holidays, First-In, the mode.
Overrides and modes by command are not in a site file, and not in here. The clock is trusted.

  --site FILE      the site file; a faulty one is refused
  --door DOOR      id of the door
  --from, --to     RFC 3339 with Z or an offset: 2026-12-05T09:30:00-05:00; at most 20 years apart
  --first-in WHEN  where hours wait for somebody qualified: 'at-start' (default), somebody comes as each begins;
                   'never', nobody does; an INSTANT, somebody comes then, for the hours it lies in or shortly before
  --json           one JSON list: [{"from","to","state","cause":{"kind","id"?,"window"?}}], gapless, instants in UTC

cause.kind: hours, holiday (its id; outside of its own hours without a window), first-in (locked: nobody came yet),
mode (it suspends hours), outside (of all hours).
Exit: 0 done, 2 wrong use, unknown door, not an instant or a faulty file.
`;

export const command: Command = {
  words: "timeline",
  summary: "when a door stands unlocked by itself, and why",
  help: HELP,
  async run(args, io) {
    const { values } = readOptions(args, {
      site: { type: "string" },
      door: { type: "string" },
      from: { type: "string" },
      to: { type: "string" },
      "first-in": { type: "string" },
      json: { type: "boolean" },
    });
    const { site, door, from, to } = values;
    if (site === undefined) throw wrongUse("which site file? --site FILE");
    if (door === undefined || from === undefined || to === undefined) {
      throw wrongUse("needs --door DOOR, --from INSTANT and --to INSTANT");
    }
    const stretch = { from: requireInstant("from", from), to: requireInstant("to", to) };
    if (stretch.to < stretch.from) throw wrongUse(`--to: ${to} lies before --from`);
    if (between(stretch.from, stretch.to) > LIMITS.timeline) throw wrongUse("--to: at most 20 years after --from");
    const comes = readComes(values["first-in"] ?? "at-start");
    const held = requireDoor(site, door);
    const firstIn = held.door.businessHours?.firstIn ?? { required: false, grace: millis(0) };
    const entries = timeline({ hours: hoursOf(held), mode: held.door.mode, firstIn }, comes, stretch);
    if (values.json === true) io.out(`${JSON.stringify(entries.map(entryJson))}\n`);
    else for (const line of story(held, entries)) io.out(`${line}\n`);
    return EXIT.done;
  },
};

function requireInstant(option: string, text: string): Instant {
  const ms = readInstant(text);
  if (ms !== null) return instant(ms);
  const expected = "expected RFC 3339 with Z or an offset, such as 2026-12-05T09:30:00-05:00";
  throw wrongUse(`--${option}: '${text}' is not an instant, ${expected}`);
}

function readComes(text: string): Comes {
  return text === "never" || text === "at-start" ? text : requireInstant("first-in", text);
}

function requireDoor(path: string, id: string): HeldDoor {
  const site = requireSite(path);
  const edge = edgesOfDoors(site).get(id);
  if (edge === undefined) throw wrongUse(`--door: there is no door '${id}' in ${path}`);
  const keyset = compileKeyset(site, edge, {
    number: 1,
    issuedAt: instant(0),
    // Hours ask for no code.
    indexOf: () => new Uint8Array(16),
    sealOtp: () => new Uint8Array(0),
    codes: () => null,
    unstored: "skip",
  });
  invariant(keyset.ok, "a checked site compiles for each of its edges", { edge });
  return holdKeyset(keyset.value).doors.get(id)!;
}

function entryJson({ from, to, state, cause }: TimelineEntry) {
  return { from: instantText(from), to: instantText(to), state, cause };
}

/** RFC 3339 in UTC, with ms only where there are any. */
function instantText(at: Instant): string {
  return new Date(at).toISOString().replace(".000Z", "Z");
}

/** A line for each entry, in the door's own time. */
function story({ door, zone }: HeldDoor, entries: readonly TimelineEntry[]): readonly string[] {
  invariant(zone !== null, "a checked site names zones that are known", { door: door.id });
  const lines = entries.map(
    ({ from, to, state, cause }) =>
      `  ${sayInstant(zone, from)}  to  ${sayInstant(zone, to)}  ${state.padEnd(8)}  ${sayCause(cause, door.mode)}`,
  );
  return [`${door.name}, in ${door.timezone}:`, ...lines];
}

/** `Mon 2026-11-23 09:00`, with the seconds where there are any. */
function sayInstant(zone: Zone, at: Instant): string {
  const wall = wallAt(zone, at);
  const day = dayOf(wall);
  const time = new Date(wall).toISOString().slice(11, 19);
  return `${sayDays(1 << weekdayOf(day))} ${dateText(day)} ${time.replace(/:00$/, "")}`;
}

function sayCause({ kind, id, window }: TimelineEntry["cause"], mode: string): string {
  switch (kind) {
    case "hours":
      return `business hours ${window}`;
    case "holiday":
      return window === undefined ? `holiday ${id}` : `holiday ${id}, hours ${window}`;
    case "first-in":
      return `business hours ${window} wait for First-In`;
    case "mode":
      return `mode ${mode} suspends business hours`;
    case "outside":
      return "outside of business hours";
  }
}
