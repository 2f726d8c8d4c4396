/** Every fault of an edge and of the site through the whole loop: what holds while it stands, and what after it. */
import type { ShownRecord } from "@lintel/protocol/mqtt/record.ts";
import t, { test } from "tap";
import { collected, type Ran, rehearseSite, releases } from "./edge.rig.ts";
import { EDGE_FAULTS } from "./edge.ts";
import type { Written } from "./faults.rig.ts";

// Model time costs real work: on a busy machine a file takes longer than the usual 30 s.
t.setTimeout(600_000);

const RELEASE = 5_000;

/** A morning around a fault that begins at 10:00:30 and is over a minute later. */
function morning(fault: readonly Written[]): readonly Written[] {
  const during = [
    { at: "10:00:32", press: "274936#", door: "back" },
    { at: "10:00:36", press: "385047#", door: "front" },
    { at: "10:00:48", press: "496158#", door: "back" },
    { at: "10:00:56", press: "111111#", door: "back" },
    { at: "10:01:02", rex: true, door: "front" },
    { at: "10:01:10", apply: "revoked.yaml" },
    { at: "10:01:20", press: "385047#", door: "front" },
  ];
  const steps: readonly Written[] = [
    { at: "10:00:00", press: "274936#", door: "front" },
    { at: "10:00:08", press: "507269#", door: "back" },
    ...fault,
    ...during,
    { at: "10:02:10", press: "507269#", door: "back" },
    { at: "10:02:20", press: "385047#", door: "front" },
    { at: "10:02:30", press: "274936#", door: "back" },
    { at: "10:03:00", end: true },
  ];
  return [...steps].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

interface Row {
  readonly fault: string;
  readonly set?: Readonly<Record<string, unknown>>;
  /** Beside it: what brings its cause about. */
  readonly more?: readonly Written[];
}

const CUT: readonly Written[] = [
  { at: "10:00:34", power: "off", unit: "edge", door: "front" },
  { at: "10:00:44", power: "on", unit: "edge", door: "front" },
];

const rows: readonly Row[] = [
  { fault: "disk-full" },
  { fault: "disk-full", set: { room: 2 } },
  { fault: "disk-slow" },
  { fault: "disk-slow", set: { each: "400ms" } },
  { fault: "failed-fsync" },
  { fault: "failed-fsync", set: { left: "after-power" }, more: CUT },
  { fault: "failed-fsync", set: { left: "after-power", share: 0.5 }, more: CUT },
  ...[1, 2, 3, 4].map((transaction) => ({ fault: "torn-write", set: { transaction } })),
  ...["before", "after"].flatMap((when) =>
    [1, 2, 3, 4].map((transaction) => ({ fault: "edge-power-cut", set: { when, transaction } })),
  ),
  { fault: "dead-rtc", more: CUT },
  { fault: "dead-rtc", set: { shows: "stopped" }, more: CUT },
  { fault: "clock-step" },
  { fault: "clock-step", set: { by: "-30d" } },
  { fault: "clock-drift" },
  { fault: "clock-drift", set: { ppm: -20_000 } },
  { fault: "broker-gone" },
  { fault: "broker-slow" },
  { fault: "broker-slow", set: { delay: "20s" } },
  { fault: "broker-duplicates" },
  { fault: "broker-reorders" },
  { fault: "keyset-cut" },
  { fault: "keyset-cut", set: { how: "truncated" } },
  { fault: "authority-backup" },
  { fault: "authority-restored" },
];

function stepsOf({ fault, set = {}, more = [] }: Row): readonly Written[] {
  const kind = EDGE_FAULTS.find(({ name }) => name === fault)!;
  const place = kind.place === "edge" ? { door: "back" } : {};
  return morning([{ at: "10:00:30", fault, ...place, ...set, ...(kind.lasts ? { for: "60s" } : {}) }, ...more]);
}

/** Grants that opened a door, and exits: each release has one of them for its cause. */
function uncaused(ran: Ran, records: readonly ShownRecord[], door: string): readonly number[] {
  const causes = records.filter((record) => record.door === door && ["granted", "rex"].includes(record.event)).length;
  return releases(ran, door)
    .slice(causes)
    .map(({ at }) => at);
}

for (const row of rows) {
  const name = `${row.fault} ${row.set === undefined ? "" : JSON.stringify(row.set)}`;
  test(`through ${name}`, (t) => {
    const steps = stepsOf(row);
    const ran = rehearseSite(steps);
    const records = collected(ran);
    const granted = (key: string) => records.filter((one) => one.event === "granted" && one.key === key);

    t.same(granted("ended"), [], "a key that is over opens nothing");
    t.ok(granted("once").length <= 1, "one-time is once");
    t.same(
      ["front", "back"].flatMap((door) => uncaused(ran, records, door)),
      [],
      "every release has its cause",
    );
    const rex = Date.UTC(2026, 11, 1, 10, 1, 2);
    t.ok(
      releases(ran, "front").some(({ at }) => at >= rex && at <= rex + 100),
      "the exit opens within 100 ms",
    );
    for (const door of ["front", "back"]) {
      const long = releases(ran, door).filter(({ length }) => length === null || length > 2 * RELEASE);
      t.same(long, [], "every output ends");
    }

    const { box } = ran.rehearsal.edge("e1")!;
    const { journal, keyset } = box!.status();
    t.equal(journal.acked, journal.head, "the outbox is empty");
    t.same(
      records.map(({ seq }) => seq),
      Array.from({ length: journal.head }, (_, at) => at + 1),
      "every record is at the authority once, without a gap",
    );
    t.same(records, box!.lastRecords().slice(-records.length), "and says what the edge's journal says");
    const numbers = records.flatMap(({ event, detail }) => (event === "keyset-applied" ? [Number(detail.number)] : []));
    t.same(
      numbers,
      [...new Set(numbers)].sort((a, b) => a - b),
      "the number of the keyset in force only rises",
    );
    t.equal(numbers.at(-1), keyset?.number);
    t.equal(ran.rehearsal.authority.edges()[0]!.issued, keyset?.number, "the newest keyset is in force");
    const last = ran.events.filter(({ at }) => at >= Date.UTC(2026, 11, 1, 10, 2));
    t.match(
      last.filter(({ event }) => event === "granted" || event === "denied").map(({ key }) => key),
      ["revoked", "once", "always"],
    );
    t.end();
  });
}

/** Those that stand: nothing that they do may be left out. */
const standing = rows.filter(({ fault }, at) => rows.findIndex((row) => row.fault === fault) === at);
for (const row of standing) {
  test(`through ${row.fault}, every poll done or left out: the same bytes`, (t) => {
    const steps = stepsOf(row);
    t.same(rehearseSite(steps).lines, rehearseSite(steps, { skip: false }).lines);
    t.end();
  });
}

test("without a door it is the only edge's; a fault that does not stand is not taken off", (t) => {
  const { events } = rehearseSite([
    { at: "10:00:00", fault: "disk-full", for: "5s" },
    { at: "10:00:10", fault: "disk-full", door: "back", off: true },
    { at: "10:00:12", end: true },
  ]);
  t.match(
    events.filter(({ event }) => event === "fault" || event === "error"),
    [
      { detail: { fault: "disk-full", on: true } },
      { detail: { fault: "disk-full", on: false } },
      { event: "error", detail: { message: "disk-full: does not stand here" } },
    ],
  );
  t.end();
});
