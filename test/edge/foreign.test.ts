/** A door at another maker's Controller: it keeps no ring and drives nothing by itself, so the edge does (domain-rules, "REX"). */

import { holdKeyset } from "@lintel/edge/access/hold.ts";
import type { Buses } from "@lintel/edge/box/buses.ts";
import { Doors } from "@lintel/edge/box/doors.ts";
import { Lockouts } from "@lintel/edge/box/lockouts.ts";
import { MemoryStore } from "@lintel/edge/box/memory-store.ts";
import { Recorder } from "@lintel/edge/box/recorder.ts";
import { EdgeTime } from "@lintel/edge/box/time.ts";
import { Vault } from "@lintel/edge/box/vault.ts";
import type { BusInput, ControllerEvent } from "@lintel/edge/bus/events.ts";
import { Secret } from "@lintel/protocol/base/secret.ts";
import { instant, monotonic } from "@lintel/protocol/base/units.ts";
import { test } from "tap";
import { doorAt, NOON } from "./world.ts";

const key = new Secret(new Uint8Array(32).fill(1));

/** The doors alone, and everything that happens, in order: commands by name, records by event. */
function rig() {
  const order: string[] = [];
  let now = 1_000_000;
  const store = new MemoryStore();
  const clock = {
    monotonic: () => monotonic(now),
    signs: () => ({ wall: instant(NOON), boot: "b", hardwareClock: true, synchronised: false }),
  };
  const time = new EdgeTime(clock, null);
  const recorder = new Recorder(store, store.load(), time, (records) =>
    order.push(...records.map(({ event }) => event)),
  );
  const vault = new Vault({ signing: key, agreement: key, sealing: key }, (count) => new Uint8Array(count));
  const buses = {
    give: (_bus: string, input: BusInput) => {
      if (input.kind === "command") order.push(input.command.name);
    },
    heardAt: () => monotonic(now),
  } as unknown as Buses;
  const lockouts = new Lockouts({ ...store.load(), time, recorder });
  const nothing = { rings: [], holds: [], mark: null, tell: () => {} };
  const doors = new Doors({ time, vault, recorder, lockouts, buses: () => buses, ...nothing });
  doors.settle(
    holdKeyset({
      site: "hq",
      siteName: "",
      edge: "e1",
      number: 1,
      issuedAt: instant(0),
      buses: [],
      doors: [doorAt("front", 0, { fireRelease: 2 })],
      schedules: [],
      holidays: [],
      keys: [],
      codes: [],
      otps: [],
    }),
  );
  const hear = (event: ControllerEvent) => doors.hear(doors.find("front")!, event);
  const pass = (length: number) => {
    now += length;
    doors.time();
  };
  const identity = {
    vendor: new Uint8Array(3),
    model: 1,
    version: 1,
    serial: 1,
    firmware: { major: 1, minor: 0, build: 0 },
  };
  hear({ kind: "online", lintel: false, identity });
  return { order, hear, pass, store };
}

const inputs = (...active: readonly boolean[]): ControllerEvent => ({ kind: "inputs", active });

test("an exit button is pressed: the strike first, then the record; held or let go, nothing more", (t) => {
  const { order, hear, pass } = rig();
  hear(inputs(false, false, false));
  pass(3000);
  order.length = 0;
  hear(inputs(false, true, false));
  t.same(order, ["OUT", "rex"]);
  hear(inputs(false, true, false));
  hear(inputs(false, false, false));
  t.same(order, ["OUT", "rex"]);
  hear(inputs(false, true, false));
  t.same(order, ["OUT", "rex", "OUT", "rex"]);
  t.end();
});

test("an exit button opens with a disk that fails", (t) => {
  const { order, hear, store } = rig();
  hear(inputs(false, false, false));
  store.fault = "throws";
  order.length = 0;
  hear(inputs(false, true, false));
  t.same(order, ["OUT"]);
  t.end();
});

test("a button that a new session finds pressed is not a press", (t) => {
  const { order, hear, pass } = rig();
  hear(inputs(false, true, false));
  pass(3000);
  t.notOk(order.includes("OUT"));
  t.end();
});

test("contact, fire and tamper are told as they change, once each", (t) => {
  const { order, hear, pass } = rig();
  hear(inputs(false, false, false));
  hear({ kind: "tamper", on: false });
  pass(3000);
  order.length = 0;
  for (let twice = 0; twice < 2; twice += 1) {
    hear(inputs(true, false, false));
    hear({ kind: "tamper", on: true });
  }
  hear(inputs(true, false, true));
  hear(inputs(true, false, false));
  hear(inputs(false, false, false));
  hear({ kind: "tamper", on: false });
  t.same(
    order.filter((word) => word !== "LED" && word !== "BUZ"),
    ["forced", "tamper", "fire", "fire-cleared", "closed", "tamper-cleared"],
  );
  t.end();
});

test("a failed supply and a refused strike are hardware faults", (t) => {
  const { order, hear, store } = rig();
  hear(inputs(false, false, false));
  hear({ kind: "power", failed: true });
  hear({ kind: "power", failed: false });
  hear(inputs(false, true, false));
  // Commands so far: the steady light, then the strike.
  hear({ kind: "done", id: 2, answer: { nak: 9 } });
  hear({ kind: "done", id: 2, answer: "lost" });
  hear({ kind: "done", id: 1, answer: "lost" });
  t.equal(order.filter((word) => word === "hardware-fault").length, 2);
  t.same(
    store.records_.flatMap(({ record }) => (record.event === "hardware-fault" ? [record.detail] : [])),
    [{ what: "controller-power" }, { what: "strike-refused", nak: 9 }],
  );
  t.end();
});
