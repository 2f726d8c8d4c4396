/**
 * Business hours at a true (simulated) door: First-In, overrides, modes at run time, an open leaf, grants meanwhile (d6).
 * Hours are minutes here: an hour of polls takes long. What opens when is edge/door/hold's and edge/calendar's.
 */
import { millis } from "@lintel/protocol/base/units.ts";
import type { DoorAct } from "@lintel/protocol/mqtt/command.ts";
import { test } from "tap";
import {
  ADMIN,
  did,
  hours,
  MINUTE,
  mode,
  moves,
  opened,
  override,
  released,
  site,
  USER,
  until,
  words,
} from "./hours.rig.ts";
import { NOON } from "./world.ts";

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
