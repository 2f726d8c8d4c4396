/** Interlock at the simulated doors (d9.4, "Interlock and groups"): front opens only while back is closed. */
import type { KeysetDoor } from "@lintel/protocol/keyset/keyset.ts";
import { test } from "tap";
import { doorAt, keyOf, World } from "./world.ts";

function worldWith(front: Partial<KeysetDoor> = {}, back: Partial<KeysetDoor> = {}): World {
  const world = World.ready();
  const doors = [doorAt("front", 0, { interlock: ["back"], ...front }), doorAt("back", 1, back)];
  world.authority.issue(world.keyset({ number: 2, doors }));
  // A new session of both: what their contacts say is heard of.
  world.pass(5000);
  return world;
}

const last = (world: World) => {
  const { event, reasons, key } = world.records("granted", "denied").at(-1)!;
  return [event, ...reasons, key].join(" ");
};
const open = (world: World, address: number) => {
  world.at(address).controller.command("door force");
  world.pass(1000);
};

test("while the peer is closed a code opens; while it is open it is refused, with the reason interlock", (t) => {
  const world = worldWith();
  world.type(0, "274936#");
  t.equal(last(world), "granted k1");
  open(world, 1);
  world.pass(6000);
  world.type(0, "274936#");
  t.equal(last(world), "denied interlock k1");
  t.equal(world.releases(0).length, 1);
  world.at(1).controller.command("door close");
  world.pass(1000);
  world.type(0, "274936#");
  t.equal(last(world), "granted k1");
  t.end();
});

test("the peer itself names nobody: it opens whatever the other does", (t) => {
  const world = worldWith();
  open(world, 0);
  world.type(1, "518273#");
  t.equal(last(world), "granted k4");
  t.end();
});

test("a known code lists all that is against it, interlock last; an unknown one stands alone (Which reasons)", (t) => {
  const world = worldWith();
  open(world, 1);
  const answers = ["491628#", "629384#", "518273#", "111222#", "2749#"].map((keys) => {
    world.type(0, keys);
    return last(world);
  });
  t.same(answers, [
    "denied disabled interlock k3",
    "denied outside-window interlock k5",
    "denied wrong-door k4",
    "denied unknown-code ",
    "denied wrong-length ",
  ]);
  t.end();
});

test("nothing is used up by a refusal", (t) => {
  const world = worldWith();
  open(world, 1);
  world.type(0, "385047#");
  t.equal(last(world), "denied interlock k2");
  t.same(world.store.load().uses, []);
  t.end();
});

test("the master code obeys it too; the exit button does not (d9.4)", (t) => {
  const world = worldWith();
  open(world, 1);
  world.type(0, "904152#");
  t.match(world.records("denied").at(-1), { reasons: ["interlock"], key: null, detail: { via: "master" } });
  t.equal(world.releases(0).length, 0);
  world.at(0).controller.command("rex");
  world.pass(500);
  t.equal(world.releases(0).length, 1);
  t.end();
});

const unseen: readonly { name: string; world: () => World }[] = [
  { name: "has no contact", world: () => worldWith({}, { contact: null }) },
  {
    name: "is away with its Controller",
    world: () => {
      const world = worldWith();
      world.at(1).controller.command("power off");
      world.pass(15_000);
      return world;
    },
  },
  {
    name: "was not heard of since the edge started",
    world: () => {
      const world = worldWith();
      world.at(1).controller.command("power off");
      world.killEdge();
      world.startEdge();
      world.pass(15_000);
      return world;
    },
  },
];
for (const { name, world: make } of unseen) {
  test(`a peer that ${name} counts as open (Interlock and groups)`, (t) => {
    const world = make();
    world.type(0, "274936#");
    t.equal(last(world), "denied interlock k1");
    t.equal(world.releases(0).length, 0);
    t.end();
  });
}

test("after a restart of the edge a closed peer is known again as soon as its session told of it", (t) => {
  const world = worldWith();
  world.killEdge();
  world.startEdge();
  world.pass(15_000);
  world.type(0, "274936#");
  t.equal(last(world), "granted k1");
  t.end();
});

test("a peer that was opened while its line was down counts as open as soon as the line is back", (t) => {
  const world = worldWith();
  world.cut = true;
  world.pass(12_000);
  world.at(1).controller.command("door force");
  world.pass(1000);
  world.cut = false;
  world.pass(6000);
  world.type(0, "274936#");
  t.equal(last(world), "denied interlock k1");
  t.end();
});

test("of several peers all must be closed", (t) => {
  const world = World.ready();
  const doors = [doorAt("front", 0, { interlock: ["back", "side"] }), doorAt("back", 1), doorAt("side", 2)];
  const keys = [keyOf("k1", ["front"])];
  const codes = [{ index: world.authority.indexOf("274936"), kind: "pin" as const, key: "k1" }];
  world.authority.issue(world.keyset({ number: 2, doors, keys, codes }));
  world.pass(5000);
  world.type(0, "274936#");
  t.equal(last(world), "denied interlock k1", "nobody ever heard of the side door");
  t.end();
});
