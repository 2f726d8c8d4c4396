/**
 * Business hours at a true (simulated) door: First-In, overrides, modes at run time, hold-open as a lease (d6). Hours are
 * minutes here: an hour of polls takes long. What opens when is edge/door/hold's and edge/calendar's.
 */
import { millis } from "@lintel/protocol/base/units.ts";
import type { Keyset, KeysetDoor, Window } from "@lintel/protocol/keyset/keyset.ts";
import type { DoorAct } from "@lintel/protocol/mqtt/command.ts";
import { test } from "tap";
import { doorAt, keyOf, NOON, World } from "./world.ts";

const MINUTE = 60_000;
/** 13:00 in Berlin, where the doors are. */
const ONE = 13 * 60;
const ADMIN = "274936#";
const USER = "491628#";

/** `hours([2, 6], [8, 12])`: from 13:02 to 13:06, and from 13:08 to 13:12, on every day. */
function hours(...windows: readonly (readonly [number, number])[]): readonly Window[] {
  return windows.map(([from, to]) => ({ days: 127, from: ONE + from, length: to - from }));
}

interface Setting {
  readonly windows: readonly Window[];
  readonly required?: boolean;
  readonly who?: "admins" | readonly string[];
  readonly grace?: number;
}

function businessHours({ windows, required = false, who = "admins", grace = MINUTE }: Setting) {
  return { windows, firstIn: { required, grace: millis(grace), who } };
}

/** Front has the hours; k1 is an admin's, k3 a user's. */
function site(setting: Setting, door: Partial<KeysetDoor> = {}): Partial<Keyset> {
  const keys = ["k1", "k2", "k3", "k4", "k5"].map((id) => keyOf(id, ["front"]));
  return {
    doors: [doorAt("front", 0, { businessHours: businessHours(setting), ...door }), doorAt("back", 1)],
    keys: [
      keyOf("k1", ["front"], { role: "admin" }),
      keyOf("k2", ["front"], { restrictions: [{ kind: "uses", uses: 1 }] }),
      ...keys.slice(2),
    ],
  };
}

function opened(setting: Setting, door: Partial<KeysetDoor> = {}, rest: Partial<Keyset> = {}): World {
  return World.ready({ ...site(setting, door), ...rest });
}

/** Goes on to so many minutes after 13:00. */
function until(world: World, minutes: number): void {
  const length = NOON + minutes * MINUTE - world.trueTime();
  if (length < 0) throw new Error(`it is past 13:00 + ${minutes} min by ${-length} ms`);
  world.pass(length);
}

/** Every move of the strike as `minutes:state`, to the hundredth of a minute; small moves are those of the line. */
function moves(world: World, address = 0): readonly string[] {
  return world.at(address).events.flatMap((event) => {
    if (event.kind !== "relay") return [];
    const minutes = (event.at - 1_000_000) / MINUTE;
    return [`${minutes.toFixed(1)} ${event.released ? "unlocked" : "locked"}`];
  });
}

const released = (world: World) => world.at(0).controller.state().relay[0];
const did = (world: World, act: DoorAct) => world.box.execute(act, "desk");
const override = (
  state: "unlock" | "lock" | "resume",
  until: Extract<DoorAct, { kind: "override" }>["until"] = null,
): DoorAct => ({ kind: "override", door: "front", state, until });
const mode = (mode: Extract<DoorAct, { kind: "mode" }>["mode"]): DoorAct => ({ kind: "mode", door: "front", mode });
const words = (world: World) =>
  world.records("hours-started", "hours-ended", "override", "mode", "forced", "held-open").map(({ event }) => event);

test("a day: First-In before the start, a lunch break, First-In within the second interval (d6.1 to d6.3)", (t) => {
  const world = opened({ windows: hours([2, 4], [6, 8]), required: true });
  until(world, 0.5);
  world.type(0, ADMIN); // Before the grace: a grant and nothing else.
  until(world, 1.4);
  world.type(0, ADMIN); // In the grace.
  until(world, 4.5);
  t.same(moves(world), ["0.5 unlocked", "0.6 locked", "1.4 unlocked", "1.5 locked", "2.0 unlocked", "4.0 locked"]);
  until(world, 6.2);
  t.notOk(released(world), "the interval after lunch has its own First-In");
  world.type(0, USER);
  until(world, 6.5);
  t.notOk(released(world), "a user's unlock is an ordinary grant");
  world.type(0, ADMIN);
  until(world, 7.9);
  t.ok(released(world), "an admin's opens at once, to the end");
  until(world, 8.1);
  t.notOk(released(world));
  t.same(words(world), ["hours-started", "hours-ended", "hours-started", "hours-ended"]);
  t.match(world.records("hours-started")[0], { door: "front", detail: { by: "hours", window: "13:02-13:04" } });
  t.match(world.records("hours-ended"), [{ detail: { why: "end" } }, { detail: { why: "end" } }]);
  t.same(moves(world, 1), [], "the other door stays as it is");
  t.end();
});

test("where nobody is required it opens by itself, to the second; the light is green while it is held", (t) => {
  const world = opened({ windows: hours([1, 2]) });
  until(world, 1.02);
  t.ok(released(world));
  const lights = () => world.at(0).events.flatMap((event) => (event.kind === "led" ? [event.pattern.colour] : []));
  t.equal(lights().at(-1), "green");
  until(world, 2.02);
  t.notOk(released(world));
  t.equal(lights().at(-1), "red");
  const relay = world.at(0).events.filter(({ kind }) => kind === "relay");
  t.same(
    relay.map(({ at }) => Math.abs(at - 1_000_000 - MINUTE * Math.round((at - 1_000_000) / MINUTE)) < 200),
    [true, true],
    "within 200 ms of the minute",
  );
  t.end();
});

test("a master code and an exit are no First-In; a user who is named is", (t) => {
  const world = opened({ windows: hours([1, 4]), required: true, who: ["u3"] });
  until(world, 1.1);
  world.type(0, "904152#");
  world.at(0).controller.command("rex");
  world.type(0, ADMIN);
  until(world, 2);
  t.notOk(released(world), "an admin is not named here");
  world.type(0, USER);
  until(world, 3.5);
  t.ok(released(world));
  t.end();
});

test("a manual re-lock stays, codes go on opening, and the next interval opens again (d6.4, Decision)", (t) => {
  const world = opened({ windows: hours([1, 3], [4, 5]) });
  until(world, 1.5);
  t.same(did(world, override("lock")), { kind: "done" });
  world.pass(500);
  t.notOk(released(world), "at once");
  world.type(0, USER);
  t.equal(world.records("granted").length, 1);
  until(world, 2.8);
  t.notOk(released(world), "looking again does not undo it");
  until(world, 4.1);
  t.ok(released(world), "it ended with its interval");
  t.match(world.records("override"), [{ detail: { state: "lock", until: "2026-11-23T12:03:00.000Z", by: "desk" } }]);
  t.same(words(world), ["hours-started", "override", "hours-ended", "hours-started"]);
  t.match(world.records("hours-ended")[0], { detail: { why: "override" } });
  t.end();
});

test("resume gives the door back to its hours", (t) => {
  const world = opened({ windows: hours([1, 4]) });
  until(world, 1.2);
  did(world, override("lock", "period-end"));
  until(world, 2);
  t.notOk(released(world));
  t.match(world.box.status().doors[0], {
    hold: { open: false, cause: { kind: "override" } },
    override: { state: "lock", by: "desk", until: "2026-11-23T12:04:00.000Z" },
  });
  did(world, override("resume"));
  world.pass(500);
  t.ok(released(world));
  t.match(world.box.status().doors[0], {
    mode: "normal",
    hold: { open: true, cause: { kind: "hours", window: "13:01-13:04" } },
    override: null,
  });
  t.end();
});

test("an unlock holds until its instant, and hours that begin meanwhile go on after it", (t) => {
  const world = opened({ windows: hours([3, 4]) });
  until(world, 1);
  const end = (NOON + 2 * MINUTE) as never;
  t.same(did(world, override("unlock", end)), { kind: "done" });
  until(world, 1.9);
  t.ok(released(world));
  until(world, 2.1);
  t.notOk(released(world));
  did(world, override("unlock", (NOON + 3.5 * MINUTE) as never));
  until(world, 4.1);
  t.same(moves(world).slice(2), ["2.1 unlocked", "4.0 locked"], "no gap between the override and the hours");
  t.same(words(world), ["override", "override", "hours-started", "hours-ended"]);
  t.end();
});

test("ends that cannot be, and doors that are not: refused, and nothing is recorded", (t) => {
  const world = opened({ windows: hours([30, 40]) });
  const now = Date.parse(world.box.status().clock.now);
  const refusals = [
    [override("unlock", "period-end"), "wrong-end"],
    [override("lock", now as never), "wrong-end"],
    [override("lock", (now + 7 * 86_400_000 + 1) as never), "wrong-end"],
    [{ ...override("lock"), door: "attic" } as DoorAct, "unknown-door"],
    [{ kind: "mode", door: "attic", mode: "privacy" } as DoorAct, "unknown-door"],
  ] as const;
  for (const [act, why] of refusals) t.same(did(world, act), { kind: "refused", why });
  t.same(words(world), []);
  t.same(did(world, override("lock", (now + 7 * 86_400_000) as never)), { kind: "done" });
  t.end();
});

test("lockdown while held: shut at once, and no code opens; lifted, it is held again", (t) => {
  const world = opened({ windows: hours([1, 5]) });
  until(world, 1.5);
  t.same(did(world, mode("lockdown")), { kind: "done" });
  world.pass(500);
  t.notOk(released(world));
  did(world, override("unlock"));
  world.type(0, ADMIN);
  t.match(world.records("denied", "granted").at(-1), { event: "denied", reasons: ["mode-blocks"] });
  t.same(moves(world), ["1.0 unlocked", "1.5 locked"], "an unlock override opens nothing in lockdown");
  world.killEdge();
  world.startEdge();
  world.pass(10_000);
  t.equal(world.box.status().doors[0]?.mode, "lockdown", "a restart lifts nothing");
  world.type(0, ADMIN);
  t.match(world.records("denied", "granted").at(-1), { event: "denied", reasons: ["mode-blocks"] });
  did(world, mode("normal"));
  world.pass(500);
  t.ok(released(world));
  t.match(
    world.records("mode").map(({ detail }) => detail),
    [
      { mode: "lockdown", by: "desk" },
      { mode: "normal", by: "desk" },
    ],
  );
  t.end();
});

test("privacy suspends hours, tour does not; a keyset that says another mode of the door wins", (t) => {
  const windows = hours([1, 6]);
  const world = opened({ windows });
  until(world, 1.2);
  did(world, mode("tour"));
  world.pass(1000);
  t.ok(released(world));
  did(world, mode("privacy"));
  world.pass(1000);
  t.notOk(released(world));
  world.authority.issue(world.keyset({ ...site({ windows }), number: 2 }));
  world.pass(2000);
  t.equal(world.box.status().doors[0]?.mode, "privacy", "the same mode as before is no edit");
  world.authority.issue(world.keyset({ ...site({ windows }, { mode: "resident" }), number: 3 }));
  world.pass(2000);
  t.equal(world.box.status().doors[0]?.mode, "resident");
  t.ok(released(world));
  t.match(world.records("mode").at(-1), { detail: { mode: "resident", by: "keyset" } });
  t.end();
});

test("fire is above all: released in lockdown too, and shut again after it", (t) => {
  const world = opened({ windows: hours([1, 5]) }, { fireRelease: 2 });
  until(world, 1.2);
  did(world, mode("lockdown"));
  world.pass(500);
  t.notOk(released(world));
  world.at(0).controller.command("fire on");
  world.pass(2000);
  t.ok(released(world));
  world.at(0).controller.command("fire off");
  world.pass(2000);
  t.notOk(released(world));
  t.end();
});

test("a keyset edit of the hours counts at once, and asks for First-In anew (d6.7)", (t) => {
  const required = true;
  const world = opened({ windows: hours([1, 5]), required });
  until(world, 0.5);
  world.type(0, ADMIN);
  until(world, 1.3);
  t.ok(released(world));
  world.authority.issue(world.keyset({ ...site({ windows: hours([1, 4]), required }), number: 2 }));
  world.pass(2000);
  t.notOk(released(world));
  world.type(0, ADMIN);
  until(world, 3.9);
  t.ok(released(world));
  until(world, 4.1);
  t.notOk(released(world), "at the end that the edit says");
  t.end();
});

test("a holiday keeps it shut", (t) => {
  const closed = { id: "h", date: "2026-11-23", yearly: false, doors: ["front"], access: "unchanged" } as const;
  const world = opened({ windows: hours([1, 3]) }, {}, { holidays: [{ ...closed, hours: "closed" }] });
  until(world, 2);
  t.notOk(released(world));
  t.match(world.box.status().doors[0], { hold: { open: false, cause: { kind: "holiday", id: "h" } } });
  t.end();
});

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

test("while it is held an open leaf is no alarm; left open, it counts from the re-lock (d6.9, Rehearsal)", (t) => {
  const world = opened({ windows: hours([1, 4]) }, { heldOpenAfter: millis(30_000) });
  until(world, 1.2);
  world.at(0).controller.command("door open");
  until(world, 3);
  world.at(0).controller.command("door close");
  world.pass(2000);
  world.at(0).controller.command("door open");
  until(world, 3.98);
  t.same(
    world.records("opened", "closed", "forced", "held-open", "held-open-soon").map(({ event }) => event),
    ["opened", "closed", "opened"],
  );
  until(world, 4.45);
  t.same(world.records("held-open").length, 0);
  until(world, 4.55);
  const [held] = world.records("held-open");
  t.ok(held && Math.abs(held.at - (NOON + 4.5 * MINUTE)) < 500, "30 s after the re-lock");
  t.end();
});

test("a code while it is held: recorded, used up, and no move of the strike; its release outlasts the hours", (t) => {
  const world = opened({ windows: hours([1, 3]) });
  until(world, 1.5);
  world.type(0, "385047#");
  t.match(world.records("granted"), [{ key: "k2", detail: { heldOpen: true, releaseMs: 5000 } }]);
  world.type(0, "385047#");
  t.match(world.records("denied"), [{ key: "k2", reasons: ["used-up"] }]);
  until(world, 2.94);
  world.type(0, USER);
  const { at } = world.records("granted").at(-1)!;
  until(world, 3.5);
  const relay = world.at(0).events.flatMap((event) => (event.kind === "relay" ? [event] : []));
  t.equal(relay.length, 2, "one unlocked, one locked");
  const late = relay[1]!.at - 1_000_000 - (at - NOON);
  t.ok(late >= 5000 && late < 5400, `locked ${late} ms after the last grant, which is its whole release (d4.8)`);
  t.ok(relay[1]!.at - 1_000_000 > 3 * MINUTE, "after the hours were over");
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
