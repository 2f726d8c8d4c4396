/** Commands at the box: done once and durable with what they did; what is not done is recorded, a little of it. */
import { type Instant, instant, monotonic } from "@lintel/protocol/base/units.ts";
import type { ClockTrust } from "@lintel/protocol/base/words.ts";
import type { ActOutcome, DoorAct } from "@lintel/protocol/mqtt/command.ts";
import type { NewRecord } from "@lintel/protocol/mqtt/record.ts";
import { test } from "tap";
import { LIMITS as UPLINK } from "../uplink/limits.ts";
import type { Order } from "../uplink/orders.ts";
import { Commanding } from "./commanding.ts";
import { MemoryStore } from "./memory-store.ts";
import type { StoreChange } from "./ports.ts";
import { Recorder } from "./recorder.ts";
import { EdgeTime } from "./time.ts";

const WALL = Date.UTC(2026, 10, 23, 12);
const DONE: ActOutcome = { kind: "done" };
const lockdown: DoorAct = { kind: "mode", door: "front", mode: "lockdown" };

/** An edge with a disk, a clock, and doors that do what they are asked and say so in one transaction, as `Doors` does. */
class Rig {
  readonly store = new MemoryStore();
  readonly executed: (readonly [DoorAct, string])[] = [];
  /** What the doors answer. */
  outcome: ActOutcome = DONE;
  trust: ClockTrust = "trusted";
  now = 1000;
  commanding!: Commanding;

  constructor() {
    this.restart();
  }

  restart(): void {
    const clock = {
      monotonic: () => monotonic(this.now),
      signs: () => ({
        wall: instant(WALL + this.now),
        boot: `${this.now}`,
        hardwareClock: this.trust === "holdover",
        synchronised: false,
      }),
    };
    const stored = this.store.load();
    const time = new EdgeTime(clock, stored.clock);
    if (this.trust === "trusted") time.takeSigned(instant(WALL + this.now));
    const recorder = new Recorder(this.store, stored, time, () => {});
    const execute = (act: DoorAct, by: string, changes: readonly StoreChange[]): ActOutcome => {
      this.executed.push([act, by]);
      if (this.outcome.kind === "refused") return this.outcome;
      const record: NewRecord = {
        at: time.now,
        clock: time.trust,
        door: act.door,
        event: "mode",
        reasons: [],
        key: null,
        user: null,
        fingerprint: null,
        detail: { by },
      };
      return recorder.keep([record], changes) ? DONE : { kind: "refused", why: "hardware-fault" };
    };
    this.commanding = new Commanding({ time, recorder, last: stored.command, execute });
  }

  /** The authority's next command, or the very same one again. */
  order(n: number, over: Partial<Order> = {}): Order {
    const end: Instant = instant(WALL + this.now + 9000);
    return { id: new Uint8Array(16), digest: `${n}`.padStart(64, "0"), n, act: lockdown, by: "operator", end, ...over };
  }

  get refusals() {
    return this.store.records_.flatMap(({ record: { event, door, detail } }) =>
      event === "command-refused" ? [{ door, ...detail }] : [],
    );
  }
}

test("a command is executed for who asked, and its number is durable in the transaction of its record", (t) => {
  const rig = new Rig();
  t.same(rig.commanding.take(rig.order(7)), DONE);
  t.same(rig.executed, [[lockdown, "operator"]]);
  t.same(
    rig.store.commits.map((changes) => changes.map(({ kind }) => kind)),
    [["record", "command"]],
  );
  t.same(rig.store.load().command, { n: 7, digest: rig.order(7).digest, outcome: DONE });
  t.same(rig.refusals, []);
  t.end();
});

test("the same command again: answered as before, not executed, and nothing is written", (t) => {
  const rig = new Rig();
  const order = rig.order(7);
  rig.commanding.take(order);
  t.same(rig.commanding.take(order), DONE);
  rig.restart();
  t.same(rig.commanding.take(order), DONE, "also where the edge began again in between");
  t.equal(rig.executed.length, 1);
  t.equal(rig.store.commits.length, 1);
  t.end();
});

test("an older command after a newer one, also over a restart: stale, and recorded with who asked for what", (t) => {
  const rig = new Rig();
  rig.commanding.take(rig.order(7));
  t.same(rig.commanding.take(rig.order(6)), { kind: "refused", why: "stale" });
  t.same(rig.refusals, [{ door: "front", why: "stale", count: 1, by: "operator", act: "mode", n: 6 }]);
  rig.restart();
  t.same(rig.commanding.take(rig.order(6)), { kind: "refused", why: "stale" });
  t.equal(rig.executed.length, 1);
  t.end();
});

test("where the disk takes nothing, nothing is done, and nothing of it is done later", (t) => {
  const rig = new Rig();
  rig.store.fault = "throws";
  const order = rig.order(7);
  t.same(rig.commanding.take(order), { kind: "refused", why: "hardware-fault" });
  rig.store.fault = "none";
  t.same(rig.commanding.take(order), { kind: "refused", why: "hardware-fault" }, "who was told no is told no");
  t.equal(rig.executed.length, 1);
  rig.commanding.take(rig.order(8));
  t.match(rig.store.load().command, { n: 8, outcome: DONE });
  t.match(rig.refusals, [{ why: "hardware-fault", n: 7 }], "what waited for the disk is written");
  t.end();
});

test("what the door refuses is over: recorded, and not done when it comes again, also after a restart", (t) => {
  const rig = new Rig();
  rig.outcome = { kind: "refused", why: "wrong-end" };
  const order = rig.order(7);
  t.same(rig.commanding.take(order), rig.outcome);
  rig.outcome = DONE;
  rig.restart();
  t.same(rig.commanding.take(order), { kind: "refused", why: "wrong-end" });
  t.equal(rig.executed.length, 1);
  t.same(rig.refusals, [{ door: "front", why: "wrong-end", count: 1, by: "operator", act: "mode", n: 7 }]);
  t.end();
});

for (const trust of ["floor-only", "holdover"] as const) {
  test(`with the clock ${trust} nothing is executed; the same command is, once the authority has told the time`, (t) => {
    const rig = new Rig();
    rig.trust = trust;
    rig.restart();
    const order = rig.order(7);
    t.same(rig.commanding.take(order), { kind: "refused", why: "clock-unknown" });
    t.match(rig.refusals, [{ why: "clock-unknown", by: "operator" }]);
    t.same(rig.executed, []);
    rig.trust = "trusted";
    rig.restart();
    t.same(rig.commanding.take(order), DONE);
    t.end();
  });
}

test("a flood of refused ones: one record of a kind in a minute with their number, and few answers", (t) => {
  const rig = new Rig();
  rig.commanding.take(rig.order(1000));
  const answers = Array.from({ length: 200 }, (_, n) => rig.commanding.take(rig.order(n + 1)));
  t.equal(answers.filter((answer) => answer !== null).length, UPLINK.orderAnswers);
  for (let time = 0; time < 50; time += 1) rig.commanding.notOpened("bad-signature");
  t.match(rig.refusals, [
    { why: "stale", count: 1 },
    { door: null, why: "bad-signature", count: 1 },
  ]);
  t.same(rig.commanding.take(rig.order(1001)), DONE, "the next good one is executed and answered all the same");
  rig.now += 60_000;
  rig.commanding.take(rig.order(1));
  rig.commanding.notOpened("bad-signature");
  t.match(rig.refusals.slice(2), [
    { why: "stale", count: 200 },
    { why: "bad-signature", count: 50 },
  ]);
  t.same(rig.commanding.take(rig.order(2)), { kind: "refused", why: "stale" }, "answered again in another second");
  t.end();
});
