/**
 * A held door and what can fail: the cable, the edge, the Controller, the disk, the clock. The strike is leased, the level is
 * stored: a restart changes nothing but what d6.3 says, and nothing that dies leaves a door open.
 */
import { test } from "tap";
import {
  ADMIN,
  businessHours,
  did,
  hours,
  MINUTE,
  mode,
  opened,
  override,
  released,
  site,
  until,
  words,
} from "./hours.rig.ts";
import { doorAt, keyOf, NOON } from "./world.ts";

test("the cable is cut while it is held: locked within 60 s; whole again, it is held at once", (t) => {
  const world = opened({ windows: hours([1, 6]) });
  until(world, 1.5);
  world.cut = true;
  world.pass(39_000);
  t.ok(released(world), "the lease still runs");
  world.pass(21_500);
  t.notOk(released(world), "no longer than a minute");
  world.at(0).controller.command("door force");
  until(world, 3.5);
  world.cut = false;
  world.pass(15_000);
  t.ok(released(world));
  t.match(
    world.records("forced"),
    [{ door: "front" }],
    "what was forced while it was locked is not hidden by the hold",
  );
  until(world, 5.9);
  t.ok(released(world));
  t.end();
});

test("what was opened while the lease still ran is no alarm, however late it is told", (t) => {
  const world = opened({ windows: hours([1, 6]) });
  until(world, 1.5);
  world.cut = true;
  world.pass(20_000);
  world.at(0).controller.command("door open");
  world.pass(5000);
  world.at(0).controller.command("door close");
  until(world, 3.5);
  world.cut = false;
  world.pass(15_000);
  t.same(
    world.records("opened", "closed", "forced").map(({ event }) => event),
    ["opened", "closed"],
  );
  t.end();
});

test("the edge dies while it holds a door: locked within 60 s", (t) => {
  const world = opened({ windows: hours([1, 6]) });
  until(world, 1.9);
  world.killEdge();
  world.pass(36_000);
  t.ok(released(world), "the lease still runs");
  world.pass(24_500);
  t.notOk(released(world));
  world.startEdge();
  world.pass(10_000);
  t.ok(released(world), "alive again, it holds it again");
  t.same(words(world), ["hours-started"], "it is the same hours: said once");
  t.end();
});

test("a Controller that starts anew while its door is held: held again with the session", (t) => {
  const world = opened({ windows: hours([1, 4]) });
  until(world, 1.3);
  world.at(0).controller.command("power off");
  world.pass(3000);
  t.notOk(released(world), "a boot cuts every timer");
  world.at(0).controller.command("power on");
  world.pass(20_000);
  t.ok(released(world));
  t.end();
});

test("hours that end while the edge is gone: its last lease ends as it is back", (t) => {
  const world = opened({ windows: hours([1, 2]) });
  until(world, 1.97);
  world.killEdge();
  until(world, 2.1);
  t.ok(released(world), "nobody is there to end it");
  world.startEdge();
  world.pass(5000);
  t.notOk(released(world), "well before the lease is over");
  t.same(words(world), ["hours-started", "hours-ended"]);
  t.end();
});

for (const { gap, kept } of [
  { gap: 9, kept: true },
  { gap: 11, kept: false },
]) {
  test(`an edge that is gone for ${gap} min ${kept ? "keeps its First-In" : "asks for it anew"} (d6.3)`, (t) => {
    const world = opened({ windows: hours([1, 40]), required: true });
    until(world, 1.1);
    world.type(0, ADMIN);
    until(world, 2);
    t.ok(released(world));
    world.killEdge();
    world.pass(gap * MINUTE);
    t.notOk(released(world));
    world.startEdge();
    world.pass(10_000);
    t.equal(released(world), kept);
    world.killEdge();
    world.startEdge();
    world.pass(10_000);
    t.equal(released(world), kept, "nor does a second restart change it");
    if (!kept) world.type(0, ADMIN);
    world.pass(10_000);
    t.ok(released(world));
    t.end();
  });
}

test("a First-In of the grace that was lost with a long gap does not come back with a second restart (d6.3)", (t) => {
  const world = opened({ windows: hours([15, 40]), required: true, grace: 30 * MINUTE });
  world.type(0, ADMIN);
  world.killEdge();
  world.pass(11 * MINUTE);
  for (let restart = 0; restart < 2; restart += 1) {
    world.startEdge();
    world.pass(10_000);
    world.killEdge();
  }
  world.startEdge();
  until(world, 15.2);
  t.notOk(released(world));
  world.type(0, ADMIN);
  world.pass(10_000);
  t.ok(released(world));
  t.end();
});

test("a new boot without a clock: shut until the time is known, and First-In anew however short it was (d5.4, d6.3)", (t) => {
  const world = opened({ windows: hours([1, 30]) });
  const second = doorAt("back", 1, { businessHours: businessHours({ windows: hours([1, 30]), required: true }) });
  const keyset = site({ windows: hours([1, 30]) });
  const keys = [...(keyset.keys ?? []).filter(({ id }) => id !== "k4"), keyOf("k4", ["back"], { role: "admin" })];
  world.authority.issue(world.keyset({ ...keyset, keys, doors: [keyset.doors![0]!, second], number: 2 }));
  until(world, 1.1);
  world.type(1, "518273#");
  until(world, 1.5);
  const both = () => [0, 1].map((address) => world.at(address).controller.state().relay[0]);
  t.same(both(), [true, true]);
  world.killEdge();
  world.authority.turnOff();
  world.boot = "boot-2";
  world.startEdge();
  world.pass(10_000);
  t.same(both(), [false, false], "the leases of the life before are ended");
  t.match(world.box.status().doors[0], { hold: { open: false, cause: { kind: "clock" } } });
  t.same(did(world, override("unlock")), { kind: "refused", why: "clock-unknown" });
  t.same(did(world, override("lock", (world.trueTime() + MINUTE) as never)), { kind: "done" });
  did(world, override("resume"));
  world.pass(MINUTE);
  t.same(both(), [false, false]);
  world.authority.turnOn();
  world.pass(2 * MINUTE);
  t.equal(world.box.status().clock.trust, "trusted");
  t.same(both(), [true, false]);
  t.end();
});

test("clockUnknown: allow goes by the clock as it is", (t) => {
  const world = opened({ windows: hours([1, 30]) }, { clockUnknown: "allow" });
  until(world, 1.5);
  world.killEdge();
  world.authority.turnOff();
  world.boot = "boot-2";
  world.startEdge();
  world.pass(10_000);
  t.ok(released(world));
  t.end();
});

test("a disk that takes nothing opens no door, and shuts every one in time", (t) => {
  const world = opened({ windows: hours([1, 3], [4, 5]) });
  until(world, 0.9);
  world.store.fault = "throws";
  until(world, 1.5);
  t.notOk(released(world), "not without its record");
  world.store.fault = "none";
  world.pass(2500);
  t.ok(released(world), "tried again");
  world.store.fault = "throws";
  until(world, 3.1);
  t.notOk(released(world), "re-locking needs no disk");
  t.same(words(world), ["hours-started"]);
  world.store.fault = "none";
  world.pass(3000);
  t.same(words(world), ["hours-started", "hours-ended"]);
  t.end();
});

test("a command that the disk does not take is refused and changes nothing, nor does a restart find it", (t) => {
  for (const fault of ["throws", "throws-after"] as const) {
    const world = opened({ windows: hours([30, 40]) });
    until(world, 0.5);
    world.store.fault = fault;
    t.same(did(world, override("unlock")), { kind: "refused", why: "hardware-fault" });
    t.same(did(world, mode("vacation")), { kind: "refused", why: "hardware-fault" });
    world.pass(500);
    t.notOk(released(world));
    world.store.fault = "none";
    world.pass(5000);
    world.killEdge();
    world.startEdge();
    world.pass(5000);
    t.notOk(released(world), fault);
    t.match(world.box.status().doors[0], { mode: "normal", override: null });
  }
  t.end();
});

/** The whole of a door's day; the edge is started anew at `restarts`, in minutes after 13:00. */
function story(restarts: readonly number[]): {
  readonly levels: readonly boolean[];
  readonly words: readonly string[];
} {
  const world = opened({ windows: hours([2, 4], [5, 7]), required: true });
  const levels: boolean[] = [];
  const acts: readonly (readonly [number, () => void])[] = [
    [1.3, () => world.type(0, ADMIN)],
    [2.6, () => void did(world, override("lock", (NOON + 3.2 * MINUTE) as never))],
    [5.3, () => world.type(0, ADMIN)],
    [6.1, () => void did(world, mode("privacy"))],
    [6.5, () => void did(world, mode("normal"))],
    [7.3, () => void did(world, override("unlock", (NOON + 8 * MINUTE) as never))],
  ];
  for (let minutes = 0.5; minutes <= 8.5; minutes += 0.1) {
    const here = (moment: number) => moment >= minutes - 0.001 && moment < minutes + 0.099;
    const end = NOON + (minutes + 0.099) * MINUTE;
    until(world, minutes);
    for (const [moment, act] of acts) if (here(moment)) act();
    if (restarts.some(here)) {
      world.killEdge();
      world.startEdge();
      world.pass(4000);
    }
    if (world.trueTime() <= end) world.pass(end - world.trueTime());
    levels.push(world.box.status().doors[0]!.hold.open);
  }
  return { levels, words: words(world) };
}

test("a restart in every phase changes neither the level nor what is recorded (d6, d6.4)", (t) => {
  const whole = story([]);
  t.ok(whole.levels.filter((open) => open).length > 20 && whole.levels.filter((open) => !open).length > 20);
  t.same(story([0.7, 1.6, 2.3, 2.9, 3.6, 4.4, 5.1, 5.7, 6.3, 6.7, 7.1, 7.6, 8.2]), whole);
  t.end();
});
