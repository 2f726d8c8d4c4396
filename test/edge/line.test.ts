/** The line between edge and Controller: cut, mended, restarted, and what was kept meanwhile. */
import { memoryFlash } from "@lintel/firmware-sim/board/simulated-controller.ts";
import { Secret } from "@lintel/protocol/base/secret.ts";
import { test } from "tap";
import { World } from "./world.ts";

test("a cut cable: offline within 8 s, exits go on, and the line comes back by itself", (t) => {
  const world = World.ready();
  const cutAt = world.clock.now();
  world.cut = true;
  world.pass(9000);
  const offline = world.records("offline");
  t.same(offline.map(({ door }) => door).sort(), ["back", "front"]);
  t.ok(
    offline.every(({ at }) => at - (world.trueTime() - 9000) <= 8500),
    "by the standard's 8 s",
  );
  world.at(0).controller.command("rex");
  world.pass(1000);
  t.equal(world.releases(0).length, 1, "people get out");
  t.ok(world.releases(0)[0]! - cutAt < 9200, "within 100 ms of the press");
  world.cut = false;
  world.pass(5000);
  t.equal(world.records("online").length, 4, "each door twice by now");
  const [rex] = world.records("rex");
  t.ok(Math.abs(rex!.at - (world.trueTime() - 6000)) < 1000, "recorded at the time it happened");
  world.type(0, "274936#");
  t.match(world.records("granted"), [{ key: "k1" }]);
  t.end();
});

test("what is typed while the line is cut opens nothing, also afterwards; only its number is told", (t) => {
  const world = World.ready();
  world.cut = true;
  world.pass(9000);
  world.type(0, "274936#");
  world.cut = false;
  world.pass(10_000);
  t.equal(world.releases(0).length, 0);
  t.same(world.records("granted", "denied"), []);
  t.match(world.records("keypresses-dropped"), [{ door: "front", detail: { count: 7 } }]);
  t.end();
});

test("an entry that the cut divided is no entry", (t) => {
  const world = World.ready();
  world.type(0, "2749");
  world.cut = true;
  world.pass(9000);
  world.cut = false;
  world.pass(4000);
  world.type(0, "36#");
  t.match(world.records("granted", "denied"), [{ event: "denied", reasons: ["wrong-length"] }]);
  t.end();
});

test("a door that was forced while the line was cut is an alarm with its own time; one opened by an exit is none", (t) => {
  const world = World.ready();
  world.cut = true;
  world.pass(9000);
  world.at(0).controller.command("rex");
  world.pass(300);
  world.at(0).controller.command("door open");
  world.pass(3000);
  world.at(0).controller.command("door close");
  world.pass(20_000);
  const forcedAt = world.trueTime();
  world.at(0).controller.command("door force");
  world.pass(3000);
  world.at(0).controller.command("door close");
  world.pass(60_000);
  world.cut = false;
  world.pass(5000);
  const story = world.records("rex", "opened", "closed", "forced", "held-open");
  t.same(
    story.map(({ event }) => event),
    ["rex", "opened", "closed", "forced", "closed"],
  );
  t.ok(Math.abs(story[3]!.at - forcedAt) < 1000);
  t.end();
});

test("ring events are recorded once, also when the edge ends before it acknowledged them", (t) => {
  const world = World.ready();
  world.cut = true;
  world.pass(9000);
  for (let press = 0; press < 3; press += 1) {
    world.at(0).controller.command("rex");
    world.pass(6000);
  }
  world.cut = false;
  // The edge dies with the commit that holds them: they are durable, and the Controller was never told.
  world.store.fault = () => {
    if (!world.store.commits.at(-1)!.some((change) => change.kind === "record" && change.record.event === "rex"))
      return;
    world.store.fault = "none";
    world.killEdge();
  };
  world.pass(5000);
  world.startEdge();
  world.pass(15_000);
  t.equal(world.records("rex").length, 3);
  t.equal(world.store.load().rings.length, 2);
  t.end();
});

test("a Controller that lost its power: its boot is recorded, what it was told to do is over", (t) => {
  const world = World.ready();
  world.type(0, "274936#");
  world.at(0).controller.command("power off");
  world.pass(1000);
  t.equal(world.at(0).controller.state().relay[0], false, "a cut of power locks a fail-secure door");
  world.at(0).controller.command("power on");
  world.pass(15_000);
  t.equal(world.records("controller-boot").filter(({ door }) => door === "front").length, 2);
  world.type(0, "274936#");
  t.equal(world.records("granted").length, 2);
  t.equal(world.releases(0).length, 2);
  t.end();
});

test("a Controller with a wiped flash counts its boots anew, and its events are told all the same", (t) => {
  const world = World.ready();
  world.at(0).controller.command("rex");
  world.pass(1000);
  world.at(0).controller.stop();
  const scbk = new Secret(new Uint8Array(16).map((_, at) => at * 3 + 1));
  world.plug(0, { scbk, flash: memoryFlash() });
  world.pass(20_000);
  world.at(0).controller.command("rex");
  world.pass(1000);
  t.equal(world.records("rex").length, 2);
  t.equal(world.records("controller-boot").filter(({ door }) => door === "front").length, 2);
  t.end();
});

test("the edge ends while the strike is energised: the Controller locks by itself, at the end of the release", (t) => {
  const world = World.ready();
  world.type(0, "274936#");
  const [releasedAt] = world.releases(0);
  world.killEdge();
  world.pass(10_000);
  const locked = world.at(0).events.find((event) => event.kind === "relay" && !event.released)!;
  t.ok(Math.abs(locked.at - releasedAt! - 5000) <= 150, `${locked.at - releasedAt!} ms`);
  t.end();
});

test("tamper is recorded when it happens, and while the line is cut with its time", (t) => {
  const world = World.ready();
  world.at(0).controller.command("tamper on");
  world.pass(500);
  world.cut = true;
  world.pass(9000);
  world.at(0).controller.command("tamper off");
  world.pass(30_000);
  world.cut = false;
  world.pass(5000);
  const [on, off] = world.records("tamper", "tamper-cleared");
  t.match([on?.event, off?.event], ["tamper", "tamper-cleared"]);
  t.ok(Math.abs(world.trueTime() - 35_000 - off!.at) < 1000);
  t.equal(world.records("tamper", "tamper-cleared").length, 2);
  t.end();
});

test("a disk that fails while the ring comes: the Controller keeps its events until they are durable", (t) => {
  const world = World.ready();
  world.store.fault = "throws";
  world.at(0).controller.command("door force");
  world.pass(5000);
  t.equal(world.records("forced").length, 0);
  world.killEdge();
  world.store.fault = "none";
  world.startEdge();
  world.pass(15_000);
  t.equal(world.records("forced").length, 1, "told again to the next life of the edge");
  t.end();
});
