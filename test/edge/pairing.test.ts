/** Keys for Controllers: the install window, a key brought by hand, and what a Controller without a key may do. */
import { memoryFlash } from "@lintel/firmware-sim/board/simulated-controller.ts";
import { Secret } from "@lintel/protocol/base/secret.ts";
import { millis } from "@lintel/protocol/base/units.ts";
import { test } from "tap";
import { World } from "./world.ts";

const SCBK = new Secret(new Uint8Array(16).map((_, at) => at * 5 + 2));

/** Adopted, a keyset in force, nothing paired. */
function unpaired(): World {
  const world = new World();
  world.adopt();
  world.authority.issue(world.keyset());
  world.pass(500);
  return world;
}

function pair(world: World, door: string, window: number, scbk: Secret | null = null): unknown[] {
  const answers: unknown[] = [];
  world.box.pair(door, { window: millis(window), scbk }, (answer) => answers.push(answer));
  return answers;
}

test("an install window gives a Controller in install mode its key; then it serves its door", (t) => {
  const world = unpaired();
  world.plug(0, { install: true });
  world.pass(5000);
  world.type(0, "274936#");
  t.same(world.records("granted", "denied"), [], "before it is paired no key of it is heard");
  const answers = pair(world, "front", 60_000);
  world.pass(10_000);
  t.same(answers, [{ paired: true }]);
  t.same(
    world.records("pairing-opened", "paired", "pairing-closed", "online").map(({ event }) => event),
    ["pairing-opened", "paired", "online"],
  );
  world.type(0, "274936#");
  t.equal(world.releases(0).length, 1);
  t.end();
});

test("the key of a Controller rests sealed, and is another one at every pairing", (t) => {
  const keys: string[] = [];
  for (let time = 0; time < 2; time += 1) {
    const world = unpaired();
    const flash = memoryFlash();
    world.plug(0, { install: true, flash });
    if (time > 0) world.random(99);
    pair(world, "front", 60_000);
    world.pass(10_000);
    const given = flash.read()!.scbk!.use((bytes) => Buffer.from(bytes).toString("hex"));
    keys.push(given);
    const stored = world.store.load().scbks[0]!;
    t.ok(stored.scbk !== null && stored.candidate === null);
    t.notMatch(Buffer.from(stored.scbk!).toString("hex"), given);
    t.notMatch(JSON.stringify(world.store.commits), given);
  }
  t.not(keys[0], keys[1]);
  t.end();
});

test("a window that nobody uses closes by itself", (t) => {
  const world = unpaired();
  const answers = pair(world, "front", 5000);
  world.pass(4900);
  t.same(answers, []);
  world.pass(200);
  t.same(answers, [{ paired: false }]);
  t.same(
    world.records("pairing-opened", "pairing-closed").map(({ event, door }) => [event, door]),
    [
      ["pairing-opened", "front"],
      ["pairing-closed", "front"],
    ],
  );
  world.plug(0, { install: true });
  world.pass(20_000);
  t.same(world.records("paired", "online"), [], "and stays closed");
  t.end();
});

test("a key brought by hand: no default key is ever spoken", (t) => {
  const world = unpaired();
  world.plug(0, { scbk: SCBK, flash: memoryFlash() });
  world.pass(3000);
  t.same(world.records("online"), []);
  const answers = pair(world, "front", 60_000, SCBK);
  world.pass(8000);
  t.same(answers, [{ paired: true }]);
  world.type(0, "274936#");
  t.equal(world.releases(0).length, 1);
  t.end();
});

test("another key than the Controller's pairs nothing", (t) => {
  const world = unpaired();
  world.plug(0, { scbk: SCBK, flash: memoryFlash() });
  const answers = pair(world, "front", 10_000, new Secret(new Uint8Array(16).map((_, at) => at + 77)));
  world.pass(11_000);
  t.same(answers, [{ paired: false }]);
  t.same(world.records("online"), []);
  t.end();
});

const refusals: readonly { name: string; door: string; window: number; scbk: Secret | null; kind: string }[] = [
  { name: "a door that is not there", door: "cellar", window: 60_000, scbk: null, kind: "unknown-door" },
  { name: "a window of no length", door: "front", window: 0, scbk: null, kind: "wrong-window" },
  { name: "a window of more than ten minutes", door: "front", window: 600_001, scbk: null, kind: "wrong-window" },
  { name: "a key of zeros", door: "front", window: 60_000, scbk: new Secret(new Uint8Array(16)), kind: "weak-key" },
  {
    name: "the default key of the standard",
    door: "front",
    window: 60_000,
    scbk: new Secret(new Uint8Array(16).map((_, at) => 0x30 + at)),
    kind: "weak-key",
  },
  {
    name: "a key of 15 bytes",
    door: "front",
    window: 60_000,
    scbk: new Secret(new Uint8Array(15).fill(3)),
    kind: "weak-key",
  },
];
for (const { name, door, window, scbk, kind } of refusals) {
  test(`pairing with ${name}: ${kind}`, (t) => {
    const world = unpaired();
    t.same(pair(world, door, window, scbk), [{ kind }]);
    t.same(world.records("pairing-opened"), []);
    t.end();
  });
}

test("one window at a time, and none on a disk that fails", (t) => {
  const world = unpaired();
  pair(world, "front", 60_000);
  t.same(pair(world, "front", 60_000), [{ kind: "pairing-already" }]);
  world.store.fault = "throws";
  t.same(pair(world, "back", 60_000), [{ kind: "store-failed" }]);
  t.end();
});

test("the edge ends between the handing over of a key and its confirmation: the next life still speaks to the Controller", (t) => {
  let tried = 0;
  for (let after = 100; after <= 1500; after += 100) {
    const world = unpaired();
    const flash = memoryFlash();
    world.plug(0, { install: true, flash });
    pair(world, "front", 60_000);
    world.pass(after);
    world.killEdge();
    if (flash.read()!.scbk === null) continue; // Not handed over yet.
    tried += 1;
    world.startEdge();
    world.pass(30_000);
    world.type(0, "274936#");
    t.equal(world.releases(0).length, 1, `killed ${after} ms after the window opened`);
  }
  t.ok(tried >= 3, `${tried} cases`);
  t.end();
});

test("a paired door paired again gets another key, and goes on", (t) => {
  const world = World.ready();
  const before = world.store.load().scbks.find(({ controller }) => controller === "b1/0")!.scbk;
  const answers = pair(world, "front", 60_000);
  world.pass(10_000);
  t.same(answers, [{ paired: true }]);
  t.notSame(world.store.load().scbks.find(({ controller }) => controller === "b1/0")!.scbk, before);
  world.type(0, "274936#");
  t.equal(world.releases(0).length, 1);
  t.end();
});

test("keys come back from the store: a restarted edge serves what it paired", (t) => {
  const world = World.ready();
  world.killEdge();
  world.startEdge();
  world.pass(15_000);
  world.type(0, "274936#");
  t.equal(world.releases(0).length, 1);
  t.end();
});

test("with another KeyVault the stored keys open nothing", (t) => {
  const world = World.ready();
  world.killEdge();
  Object.assign(world.keys, { sealing: new Secret(new Uint8Array(32).fill(99)) });
  world.startEdge();
  world.pass(15_000);
  world.type(0, "274936#");
  t.equal(world.releases(0).length, 0);
  t.end();
});
