/** Which counter a pad has, over keysets and lives of the edge; a day's cap in full; a disk that fails meanwhile. */
import { Lockouts } from "@lintel/edge/box/lockouts.ts";
import { MemoryStore } from "@lintel/edge/box/memory-store.ts";
import { PoweredTime } from "@lintel/edge/box/powered.ts";
import { Recorder } from "@lintel/edge/box/recorder.ts";
import { EdgeTime } from "@lintel/edge/box/time.ts";
import { instant, monotonic, powered } from "@lintel/protocol/base/units.ts";
import { test } from "tap";
import { doorAt } from "./world.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const WRONG = { outcome: "deny", reasons: ["unknown-code"] } as const;
const VALID = { outcome: "grant", reasons: [] } as const;

/** The lock-outs alone, over a store in memory and a clock in the test's hand. */
class Rig {
  readonly store = new MemoryStore();
  now = 12;
  lockouts!: Lockouts;
  recorder!: Recorder;

  constructor(...doors: readonly ReturnType<typeof doorAt>[]) {
    this.start(...doors);
  }

  /** A life of the edge, with the keyset it held. */
  start(...doors: readonly ReturnType<typeof doorAt>[]): void {
    const stored = this.store.load();
    const time = this.#time();
    this.recorder = new Recorder(this.store, stored, time, () => {});
    this.lockouts = new Lockouts({ time, recorder: this.recorder, lockouts: stored.lockouts, pads: stored.pads });
    this.lockouts.settle(doors);
  }

  #time(): EdgeTime {
    const signs = { wall: instant(0), boot: "b", hardwareClock: false, synchronised: false };
    return new EdgeTime({ monotonic: () => monotonic(this.now), signs: () => signs }, null);
  }

  pass(length: number): void {
    this.now += length;
    this.lockouts.time();
  }

  /** Answers whether it was looked at. */
  enter(door: string, decision: typeof WRONG | typeof VALID = WRONG): boolean {
    this.lockouts.time();
    if (this.lockouts.remaining(door) > 0) return false;
    const counted = this.lockouts.count(door, decision);
    return this.recorder.commit(counted.records, counted);
  }

  told(): string[] {
    return this.store.records_.map(({ record: { event, door, detail } }) =>
      [event, door, detail.tier ?? detail.by ?? detail.count ?? detail.what].join(" "),
    );
  }

  stored(): string[] {
    return this.store.load().lockouts.map(({ name }) => name);
  }
}

const alone = (id: string) => doorAt(id, 0);
const inLobby = (id: string) => doorAt(id, 0, { keypadGroup: "lobby" });
const five = (rig: Rig, door: string) => {
  for (let n = 0; n < 5; n += 1) rig.enter(door);
};

test("the 60th wrong entry of a day locks to its end, over a restart too, and one more is one more", (t) => {
  const rig = new Rig(alone("front"));
  let evaluated = 0;
  const begun = rig.now;
  while (rig.now - begun < DAY - 1) {
    if (rig.enter("front")) evaluated += 1;
    rig.pass(Math.max(4_000, Math.min(rig.lockouts.remaining("front"), begun + DAY - 1 - rig.now)));
  }
  t.equal(evaluated, 60);
  t.match(rig.told().slice(-2), ["lockout front day", "wrong-entries  60"]);
  const before = rig.lockouts.remaining("front");
  t.ok(before > 0 && before <= 4_001);
  rig.now += 3 * DAY;
  rig.start(alone("front"));
  const remaining = rig.lockouts.remaining("front");
  t.ok(remaining >= before, "an outage of three days made it no shorter");
  rig.pass(remaining - 1);
  t.notOk(rig.enter("front"));
  rig.pass(1);
  t.ok(rig.enter("front"));
  t.match(rig.told().slice(-2), ["lockout-cleared front time", "lockout front 6"]);
  t.end();
});

test("it ends to the millisecond of powered time, by the wake that is asked for", (t) => {
  const rig = new Rig(alone("front"));
  five(rig, "front");
  const wake = rig.lockouts.wakeAt!;
  rig.now = wake - 0.001;
  rig.lockouts.time();
  t.ok(rig.lockouts.remaining("front") > 0);
  rig.now = wake;
  rig.lockouts.time();
  t.equal(rig.lockouts.remaining("front"), 0);
  t.equal(rig.lockouts.wakeAt, null, "and nothing is asked for any more");
  t.end();
});

test("powered time goes on from what was stored, in whole ms, and never faster than the clock", (t) => {
  let now = 1000.75;
  const signs = { wall: instant(0), boot: "b", hardwareClock: false, synchronised: false };
  const time = new EdgeTime({ monotonic: () => monotonic(now), signs: () => signs }, null);
  const of = new PoweredTime(time, powered(500));
  t.equal(of.now, 500);
  now = 1001.5;
  t.equal(of.now, 500);
  now = 1002;
  t.equal(of.now, 501);
  t.equal(of.monotonicAt(powered(501)), 1002);
  t.end();
});

test("a pad takes along what was entered at it, into a group and out of it", (t) => {
  const rig = new Rig(alone("front"), alone("back"));
  five(rig, "front");
  rig.enter("back");
  rig.lockouts.settle([inLobby("front"), inLobby("back")]);
  t.equal(rig.lockouts.remaining("back"), 30_000, "the group is locked as its pad was");
  t.same(rig.stored(), ["group lobby"], "and the counters that they had are gone");
  rig.pass(30_000);
  t.same(rig.told(), ["lockout front 1", "lockout-cleared front time"], "its end is told once");
  rig.enter("back");
  t.equal(rig.lockouts.remaining("front"), 60_000);
  rig.lockouts.settle([alone("front"), inLobby("back")]);
  t.equal(rig.lockouts.remaining("front"), 60_000, "who leaves is not released");
  t.equal(rig.lockouts.remaining("back"), 60_000);
  rig.start(alone("front"), inLobby("back"));
  t.ok(rig.lockouts.remaining("front") >= 60_000, "it is on the disk");
  t.end();
});

test("a lock-out that is over as the keyset changes is told, and not carried along", (t) => {
  const rig = new Rig(alone("front"));
  five(rig, "front");
  rig.now += 30_000;
  rig.lockouts.settle([inLobby("front")]);
  t.same(rig.told(), ["lockout front 1", "lockout-cleared front time"]);
  t.equal(rig.lockouts.remaining("front"), 0);
  t.end();
});

test("a door that is taken out and put in again finds its counter; what nobody has any more goes after its day", (t) => {
  const rig = new Rig(alone("front"), alone("back"));
  five(rig, "front");
  rig.lockouts.settle([alone("back")]);
  rig.lockouts.settle([alone("front"), alone("back")]);
  t.equal(rig.lockouts.remaining("front"), 30_000);
  rig.lockouts.settle([alone("back")]);
  rig.pass(DAY - 1);
  rig.lockouts.settle([alone("back")]);
  t.same(rig.stored(), ["door front"]);
  rig.pass(1);
  rig.lockouts.settle([alone("back")]);
  t.same(rig.stored(), []);
  t.end();
});

test("only what changes a counter is written: a valid code that takes nothing off, and a known one, are not", (t) => {
  const rig = new Rig(alone("front"));
  t.same(rig.lockouts.count("front", VALID).changes, []);
  t.same(rig.lockouts.count("front", { outcome: "deny", reasons: ["expired"] }).changes, []);
  rig.enter("front");
  t.same(
    rig.lockouts.count("front", VALID).changes.map(({ kind }) => kind),
    ["lockout", "pads"],
  );
  t.end();
});

test("a lock-out ends in time also while the disk takes nothing, and is told when it does", (t) => {
  const rig = new Rig(alone("front"));
  five(rig, "front");
  rig.store.fault = "throws";
  rig.pass(30_000);
  t.equal(rig.lockouts.remaining("front"), 0);
  t.notOk(rig.enter("front"), "though nothing can be entered");
  rig.store.fault = "none";
  t.ok(rig.enter("front"));
  t.same(rig.told(), [
    "lockout front 1",
    "hardware-fault  store-failed",
    "lockout-cleared front time",
    "lockout front 2",
  ]);
  t.equal(rig.store.load().lockouts[0]!.counter!.count, 6, "the newer state is the one that stays");
  t.end();
});
