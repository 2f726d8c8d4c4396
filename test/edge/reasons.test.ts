/**
 * What a denial leaves in the journal (item 11, d1.7, d10): every reason of the closed list, the key's id, how far the
 * clock was believed; of an unknown code its keyed fingerprint and nothing else of it.
 */
import { millis } from "@lintel/protocol/base/units.ts";
import { REASONS, type Reason } from "@lintel/protocol/base/words.ts";
import type { KeysetKey } from "@lintel/protocol/keyset/keyset.ts";
import type { JournalRecord } from "@lintel/protocol/mqtt/record.ts";
import { test } from "tap";
import { doorAt, keyOf, World } from "./world.ts";

/** Reasons that no typed code can bring yet, and why. */
const ELSEWHERE: readonly Reason[] = [
  "remote-not-allowed", // Remote unlock.
  "keyset-stale", // The lease of a keyset.
  "locked-out", // Lock-out: its own tests.
];

interface Denied {
  readonly reason: Reason;
  readonly typed: string;
  readonly key: string | null;
  readonly change?: Partial<KeysetKey>;
  readonly before?: (world: World) => void;
}

const rows: readonly Denied[] = [
  { reason: "unknown-code", typed: "111222", key: null },
  { reason: "wrong-length", typed: "27493", key: null },
  { reason: "disabled", typed: "274936", key: "k1", change: { enabled: false } },
  { reason: "not-yet-active", typed: "274936", key: "k1", change: { validFrom: "2030-01-01T00:00:00" } },
  { reason: "expired", typed: "274936", key: "k1", change: { validUntil: "2020-01-01T00:00:00" } },
  {
    reason: "outside-window",
    typed: "274936",
    key: "k1",
    change: { restrictions: [{ kind: "scheduled", schedules: [], windows: [{ days: 127, from: 0, length: 60 }] }] },
  },
  { reason: "holiday", typed: "629384", key: "k5" },
  {
    reason: "used-up",
    typed: "274936",
    key: "k1",
    change: { restrictions: [{ kind: "one-time" }] },
    before: (world) => {
      world.type(0, "274936#");
      world.pass(6000);
    },
  },
  { reason: "wrong-door", typed: "518273", key: "k4" },
  { reason: "mode-blocks", typed: "385047", key: "k2" },
  {
    reason: "clock-unknown",
    typed: "274936",
    key: "k1",
    change: { validUntil: "2030-01-01T00:00:00" },
    before: (world) => {
      world.authority.tellsTime = false;
      world.killEdge();
      world.boot = "boot-2";
      world.startEdge();
      world.pass(15_000);
    },
  },
  {
    reason: "interlock",
    typed: "406182",
    key: "k6",
    before: (world) => {
      world.at(1).controller.command("door force");
      world.pass(1000);
    },
  },
  {
    reason: "hardware-fault",
    typed: "274936",
    key: "k1",
    before: (world) => {
      world.store.fault = "throws";
    },
  },
];

/** Each key is denied for one reason alone; k5 on a holiday, k2 by the mode, k6 by the interlock of its door. */
function worldFor({ reason, change = {} }: Denied): World {
  const world = World.ready();
  const pin = (digits: string, key: string) => ({ index: world.authority.indexOf(digits), kind: "pin" as const, key });
  const front = doorAt("front", 0, {
    mode: reason === "mode-blocks" ? "tour" : "normal",
    interlock: reason === "interlock" ? ["back"] : [],
  });
  const holiday = { id: "h", date: "2026-11-23", yearly: false, doors: ["front"] } as const;
  world.authority.issue(
    world.keyset({
      number: 2,
      doors: [front, doorAt("back", 1)],
      holidays: reason === "holiday" ? [{ ...holiday, hours: "unchanged", access: "suspended" }] : [],
      keys: [
        keyOf("k1", ["front"], change),
        keyOf("k2", ["front"], { kind: "resident" }),
        keyOf("k4", ["back"]),
        keyOf("k5", ["front"]),
        keyOf("k6", ["front"]),
      ],
      codes: [pin("274936", "k1"), pin("385047", "k2"), pin("518273", "k4"), pin("629384", "k5"), pin("406182", "k6")],
    }),
  );
  world.pass(millis(5000));
  return world;
}

for (const row of rows) {
  const { reason, typed, key, before } = row;
  test(`denied as ${reason}: the record says why, whose, and by which clock (d10)`, (t) => {
    const world = worldFor(row);
    before?.(world);
    const already = world.releases(0).length;
    world.type(0, `${typed}#`);
    world.store.fault = "none";
    world.pass(3000);
    const record = world.records("denied").at(-1) as JournalRecord;
    t.same(record.reasons, [reason]);
    t.equal(record.key, key);
    t.equal(record.user, key === null ? null : key.replace("k", "u"));
    t.equal(record.clock, reason === "clock-unknown" ? "floor-only" : "trusted");
    t.equal(record.door, "front");
    t.equal(record.covert, null, "only a grant has a sealed field");
    if (reason === "unknown-code") t.match(record.fingerprint, /^[0-9a-f]{8}$/);
    else t.equal(record.fingerprint, null, "a code that is known, or none, leaves no fingerprint");
    t.notMatch(JSON.stringify(record), new RegExp(typed), "and never a digit");
    t.equal(world.releases(0).length, already);
    t.end();
  });
}

test("every reason of the closed list has a row here, or its own tests elsewhere (d10)", (t) => {
  t.same([...rows.map(({ reason }) => reason), ...ELSEWHERE].sort(), [...REASONS].sort());
  t.end();
});

test("several at once are named in the order of d10", (t) => {
  const world = worldFor({
    reason: "mode-blocks",
    typed: "274936",
    key: "k1",
    change: { enabled: false, validUntil: "2020-01-01T00:00:00", kind: "guest" },
  });
  world.type(0, "274936#");
  t.same(world.records("denied").at(-1)?.reasons, ["disabled", "expired", "mode-blocks"]);
  t.end();
});

test("an extended key: strike, light and the time an opening is expected are all as long (d9.1)", (t) => {
  const world = worldFor({ reason: "disabled", typed: "274936", key: "k1", change: { extended: true } });
  const before = world.at(0).events.length;
  world.type(0, "274936#");
  t.match(world.records("granted").at(-1), { key: "k1", detail: { releaseMs: 15_000 } });
  world.pass(11_000);
  world.at(0).controller.command("door open");
  world.pass(1000);
  t.same(
    world.records("opened", "forced", "taken", "not-taken").map(({ event }) => event),
    ["opened", "taken"],
    "12 s later it is nobody's surprise",
  );
  world.at(0).controller.command("door close");
  world.pass(6000);
  const events = world.at(0).events.slice(before);
  const relay = events.filter(({ kind }) => kind === "relay").map(({ at }) => at);
  t.ok(Math.abs(relay[1]! - relay[0]! - 15_000) <= 100, `the strike was released for ${relay[1]! - relay[0]!} ms`);
  const green = events.flatMap((event) => (event.kind === "led" ? [event.at] : []));
  t.ok(green.at(-1)! - relay[0]! >= 14_900, "and the light as long");
  t.end();
});
