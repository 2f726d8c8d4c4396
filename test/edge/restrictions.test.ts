/**
 * Restrictions at the simulated door: what the decision says in edge/access is what the relay does. Each row is one key,
 * typed at several moments; the edge's clock is trusted, and shows 13:00 in Berlin as the world begins.
 */
import { millis } from "@lintel/protocol/base/units.ts";
import type { Holiday, KeysetKey, Restriction, Schedule } from "@lintel/protocol/keyset/keyset.ts";
import { test } from "tap";
import { during } from "../support/access.ts";
import { keyOf, NOON, World } from "./world.ts";

const MINUTE = 60_000;
const scheduled = (...schedules: readonly string[]): Restriction => ({ kind: "scheduled", schedules, windows: [] });
const LUNCH: Schedule = { id: "lunch", windows: [{ days: 1, from: 13 * 60, length: 2 }] };
const TODAY: Holiday = {
  id: "today",
  date: "2026-11-23",
  yearly: false,
  doors: ["front"],
  hours: "unchanged",
  access: "suspended",
};

interface Row {
  readonly name: string;
  readonly rule: string;
  readonly key: Partial<KeysetKey>;
  readonly holidays?: readonly Holiday[];
  /** Minutes after 13:00, the address of the door, and what follows: the reason, or that the strike is released. */
  readonly typed: readonly (readonly [minute: number, address: number, answer: string])[];
}

const rows: readonly Row[] = [
  {
    name: "no restriction",
    rule: "none",
    key: {},
    typed: [
      [1, 0, "released"],
      [3, 0, "released"],
    ],
  },
  {
    name: "a window that ends at 13:02",
    rule: "d4.3",
    key: { restrictions: [during("mon 09:00-13:02")] },
    typed: [
      [1, 0, "released"],
      [2, 0, "outside-window"],
    ],
  },
  {
    name: "a window that begins at 13:02",
    rule: "d4.3",
    key: { restrictions: [during("mon 13:02-17:00")] },
    typed: [
      [1, 0, "outside-window"],
      [2, 0, "released"],
    ],
  },
  {
    name: "a window of Sunday that runs until Monday 13:02",
    rule: "d4.5",
    key: { restrictions: [during("sun 14:00-13:02")] },
    typed: [
      [1, 0, "released"],
      [2, 0, "outside-window"],
    ],
  },
  {
    name: "one of two windows",
    rule: "d4.2",
    key: { restrictions: [during("tue 09:00-17:00", "mon 13:02-13:03")] },
    typed: [
      [1, 0, "outside-window"],
      [2, 0, "released"],
      [3, 0, "outside-window"],
    ],
  },
  {
    name: "a named schedule",
    rule: "d4.2",
    key: { restrictions: [scheduled("lunch")] },
    typed: [
      [1, 0, "released"],
      [2, 0, "outside-window"],
    ],
  },
  {
    name: "two lists of windows, both of which must hold",
    rule: "Decision: AND",
    key: { restrictions: [during("daily 09:00-13:03"), during("daily 13:02-17:00")] },
    typed: [
      [1, 0, "outside-window"],
      [2, 0, "released"],
      [3, 0, "outside-window"],
    ],
  },
  {
    name: "from 13:02",
    rule: "d5.1",
    key: { validFrom: "2026-11-23T13:02:00" },
    typed: [
      [1, 0, "not-yet-active"],
      [2, 0, "released"],
    ],
  },
  {
    name: "until 13:02",
    rule: "Time: half-open",
    key: { validUntil: "2026-11-23T13:02:00" },
    typed: [
      [1, 0, "released"],
      [2, 0, "expired"],
    ],
  },
  {
    name: "one-time, at two doors",
    rule: "One-time over several doors",
    key: { doors: ["front", "back"], restrictions: [{ kind: "one-time" }] },
    typed: [
      [1, 0, "released"],
      [2, 0, "used-up"],
      [3, 1, "released"],
      [4, 1, "used-up"],
    ],
  },
  {
    name: "two uses, over two doors",
    rule: "uses: N",
    key: { doors: ["front", "back"], restrictions: [{ kind: "uses", uses: 2 }] },
    typed: [
      [1, 0, "released"],
      [2, 1, "released"],
      [3, 0, "used-up"],
    ],
  },
  {
    name: "two minutes from the first use, at any door",
    rule: "d4.1",
    key: { doors: ["front", "back"], restrictions: [{ kind: "after-first-use", length: millis(2 * MINUTE) }] },
    typed: [
      [1, 1, "released"],
      [2, 0, "released"],
      [4, 0, "expired"],
    ],
  },
  {
    name: "one-time within a window: what was denied used nothing up",
    rule: "d7.1",
    key: { restrictions: [{ kind: "one-time" }, during("mon 13:02-14:00")] },
    typed: [
      [1, 0, "outside-window"],
      [2, 0, "released"],
      [3, 0, "used-up"],
    ],
  },
  {
    name: "a holiday that suspends access",
    rule: "Holidays",
    key: { doors: ["front", "back"] },
    holidays: [TODAY],
    typed: [
      [1, 0, "holiday"],
      [2, 1, "released"],
    ],
  },
  {
    name: "the same for an admin",
    rule: "Holidays",
    key: { role: "admin" },
    holidays: [TODAY],
    typed: [[1, 0, "released"]],
  },
];

for (const { name, rule, key, holidays = [], typed } of rows) {
  test(`${name} (${rule}): ${typed.map(([minute, door, answer]) => `13:0${minute} ${door === 0 ? "front" : "back"} ${answer}`).join(", ")}`, (t) => {
    const world = World.ready();
    world.authority.issue(
      world.keyset({
        number: 2,
        schedules: [LUNCH],
        holidays,
        keys: [keyOf("k1", ["front"], key)],
        codes: [{ index: world.authority.indexOf("274936"), kind: "pin", key: "k1" }],
      }),
    );
    world.pass(2_000);
    for (const [minute, address, answer] of typed) {
      world.pass(NOON + minute * MINUTE - world.trueTime());
      const before = world.releases(address).length;
      world.type(address, "274936#");
      const { event, reasons, door } = world.records("granted", "denied").at(-1)!;
      t.same([event === "granted" ? "released" : reasons.join(" "), door], [answer, address === 0 ? "front" : "back"]);
      t.equal(world.releases(address).length - before, answer === "released" ? 1 : 0, `13:0${minute}: the relay`);
    }
    t.equal(world.records("granted", "denied").length, typed.length);
    t.end();
  });
}
