/** The rehearsal as its user meets it: what a script does to the doors of a site, told at the time at which it happened. */
import { readSite } from "@lintel/edge/site/read.ts";
import { type Instant, instant } from "@lintel/protocol/base/units.ts";
import t, { test } from "tap";
import { FAULTS } from "./faults/catalogue.ts";
import { Rehearsal, runScript } from "./rehearsal.ts";
import { readScript } from "./script.ts";
import { inOrder, lineOf, type TranscriptEvent } from "./transcript.ts";

// Model time costs real work: on a busy machine a file takes longer than the usual 30 s.
t.setTimeout(240_000);

const SITE = `
site: { id: hq, name: Head office, timezone: Europe/Berlin }
edges: [ { id: e1 } ]
buses: [ { id: b1, edge: e1, port: sim, baud: 38400 } ]
doors:
  - id: front
    controller: { bus: b1, address: 0 }
    contact: { input: 0 }
    rex: { input: 1 }
    fireRelease: { input: 2 }
  - id: back
    controller: { bus: b1, address: 1 }
    strike: { fail: safe }
users: [ { id: u1, name: Ann } ]
keys:
  - { id: k1, user: u1, doors: all, restriction: none, pin: "274936" }
  - { id: k2, user: u1, doors: [front], restriction: one-time, pin: "385047" }
  - { id: k3, user: u1, doors: [front], restriction: none, pin: kept }
`;

function instantOf(text: string): Instant | null {
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : instant(at);
}

/** `at` of a step is its time on 1 December 2026, in UTC. */
type Written = { readonly at: string } & Readonly<Record<string, unknown>>;

function run(
  steps: readonly Written[],
  {
    seed = 1,
    skip = true,
    files = {},
  }: { seed?: number; skip?: boolean; files?: Readonly<Record<string, string>> } = {},
): readonly TranscriptEvent[] {
  const read = readSite(SITE);
  if (read.site === null) throw new Error(JSON.stringify(read.problems));
  const site = read.site;
  const text = steps.map((step) => JSON.stringify({ ...step, at: `2026-12-01T${step.at}Z` })).join("\n");
  const script = readScript(text, { doors: new Set(site.doors.map(({ id }) => id)), faults: FAULTS, instantOf });
  if (!script.ok) throw new Error(JSON.stringify(script.error));
  const rehearsal = new Rehearsal({
    site,
    seed,
    skip,
    begin: script.value[0]!.at,
    readFile: (path) => {
      const file = files[path];
      return file === undefined ? { ok: false, why: "there is no such file" } : { ok: true, text: file };
    },
  });
  runScript(rehearsal, script.value);
  return inOrder(rehearsal.events);
}

/** `10:00:01.9 front granted k1`: tenths of a second, which no phase of a poll changes by much. */
function told(events: readonly TranscriptEvent[]): readonly string[] {
  return events.map(({ at, door, event, key, reasons }) =>
    [new Date(at).toISOString().slice(11, 19), door ?? "-", event, key ?? "", (reasons ?? []).join("+")]
      .join(" ")
      .trim()
      .replace(/ +/g, " "),
  );
}

test("a code, a door that is used, and the exit", (t) => {
  const events = run([
    { at: "10:00:00", press: "274936#", door: "front" },
    { at: "10:00:04", contact: "open", door: "front" },
    { at: "10:00:10", contact: "closed", door: "front" },
    { at: "10:01:00", rex: true, door: "front" },
  ]);
  t.same(told(events), [
    "10:00:01 front granted k1",
    "10:00:01 front unlocked",
    "10:00:04 front opened",
    "10:00:04 front taken k1",
    "10:00:06 front locked",
    "10:00:10 front closed",
    "10:01:00 front unlocked",
    "10:01:00 front rex",
    "10:01:05 front locked",
  ]);
  const [granted, unlocked] = events;
  t.ok(unlocked!.at - granted!.at < 50, "the relay follows the record at once");
  t.end();
});

test("with the edge's power off nothing opens but from inside, and what happened is told afterwards", (t) => {
  const events = told(
    run([
      { at: "10:00:00", press: "385047#", door: "front" },
      { at: "10:01:00", power: "off", unit: "edge", door: "front" },
      { at: "10:02:00", press: "274936#", door: "front" },
      { at: "10:03:00", rex: true, door: "front" },
      { at: "10:04:00", power: "on", unit: "edge", door: "front" },
      { at: "10:04:10", press: "385047#", door: "front" },
      { at: "10:04:20", press: "274936#", door: "front" },
    ]),
  );
  t.same(
    events.filter((line) => / (granted|denied|rex|keypresses-dropped|unlocked)/.test(line)),
    [
      "10:00:01 front granted k2",
      "10:00:01 front unlocked",
      "10:02:00 front keypresses-dropped",
      "10:03:00 front unlocked",
      "10:03:00 front rex",
      "10:04:11 front denied k2 used-up",
      "10:04:21 front granted k1",
      "10:04:21 front unlocked",
    ],
  );
  t.end();
});

test("a fail-safe door whose Controller loses power is unlocked at once, and locked again with it", (t) => {
  const events = run([
    { at: "10:00:00", power: "off", unit: "controller", door: "back" },
    { at: "10:00:30", power: "on", unit: "controller", door: "back" },
  ]).filter(({ event }) => event === "unlocked" || event === "locked");
  t.same(told(events), ["10:00:00 back unlocked", "10:00:30 back locked"]);
  t.equal(events[0]!.at, Date.UTC(2026, 11, 1, 10));
  t.end();
});

test("fire releases, whatever else happens, until it is over", (t) => {
  const events = told(
    run([
      { at: "10:00:00", fire: true, door: "front" },
      { at: "10:00:30", fire: false, door: "front" },
    ]),
  );
  t.match(events.join("\n"), /10:00:00 front unlocked[\s\S]*10:00:30 front locked/);
  t.match(events.join("\n"), /front fire\n[\s\S]*front fire-cleared/);
  t.end();
});

test("a site file is applied while the authority is on; off, it is an error and nothing changes", (t) => {
  const closed = SITE.replace(
    'restriction: none, pin: "274936"',
    'restriction: none, enabled: false, pin: "274936"',
  ).replace(/.*pin: kept.*\n/, "");
  const events = told(
    run(
      [
        { at: "10:00:00", authority: "off" },
        { at: "10:01:00", apply: "closed.yaml" },
        { at: "10:02:00", press: "274936#", door: "front" },
        { at: "10:03:00", authority: "on" },
        { at: "10:04:00", apply: "missing.yaml" },
        { at: "10:05:00", apply: "closed.yaml" },
        { at: "10:06:00", press: "274936#", door: "front" },
      ],
      { files: { "closed.yaml": closed } },
    ),
  );
  t.same(
    events.filter((line) => / (granted|denied|error|keyset-applied)/.test(line)),
    [
      "10:01:00 - error",
      "10:02:01 front granted k1",
      "10:04:00 - error",
      "10:05:00 - keyset-applied",
      "10:06:01 front denied k1 disabled",
    ],
  );
  t.end();
});

test("an unknown clock is floor-only until it is trusted again", (t) => {
  const clocks = run([
    { at: "10:00:00", clock: "unknown" },
    { at: "10:30:00", clock: "trusted" },
  ]).filter(({ event }) => event === "clock");
  t.match(clocks, [
    { detail: { from: "trusted", to: "floor-only" } },
    { detail: { from: "floor-only", to: "trusted", by: "signed" } },
  ]);
  t.ok(clocks[1]!.at - Date.UTC(2026, 11, 1, 10, 30) <= 2_000, "within two seconds");
  t.end();
});

const DAY: readonly Written[] = [
  { at: "10:00:00", press: "274936#", door: "front" },
  { at: "10:00:03.217", contact: "open", door: "front" },
  { at: "10:00:44", contact: "closed", door: "front" },
  { at: "10:03:07.5", press: "111111#", door: "back" },
  { at: "10:05:00", authority: "off" },
  { at: "10:08:00", power: "off", unit: "edge", door: "front" },
  { at: "10:08:20", rex: true, door: "front" },
  { at: "10:09:00", power: "on", unit: "edge", door: "front" },
  { at: "10:10:00", authority: "on" },
  { at: "10:11:11.111", press: "274936#", door: "back" },
];

test("every poll done or left out: the same bytes", (t) => {
  const lines = (skip: boolean) => run(DAY, { skip }).map(lineOf);
  const skipped = lines(true);
  t.ok(skipped.length > 15, "something happened");
  t.same(skipped, lines(false));
  t.end();
});

test("an edge that was switched on at a fraction of a ms does not wait for ever for a moment that has come", (t) => {
  const events = run([
    { at: "13:43:09", contact: "closed", door: "front" },
    { at: "16:00:00", power: "off", unit: "edge", door: "front" },
    { at: "16:05:00", power: "on", unit: "edge", door: "front" },
    { at: "16:11:00", power: "off", unit: "controller", door: "back" },
    { at: "16:12:00", end: true },
  ]);
  t.match(told(events).at(-1), /^16:11:0. back offline$/);
  t.end();
});

test("the same seed, the same bytes; another seed, other nonces and the same story", (t) => {
  const lines = (seed: number) => run(DAY, { seed }).map(lineOf);
  t.same(lines(5), lines(5));
  t.same(told(run(DAY, { seed: 6 })), told(run(DAY, { seed: 5 })));
  t.end();
});
