/** Messages that are not what they should be, signed time, the status at the broker. */
import { Secret } from "@lintel/protocol/base/secret.ts";
import { instant } from "@lintel/protocol/base/units.ts";
import { signingPublicKey } from "@lintel/protocol/mqtt/envelope.ts";
import { edgeTopics } from "@lintel/protocol/mqtt/topics.ts";
import { test } from "tap";
import { EDGE, SITE } from "./small-authority.ts";
import { World } from "./world.ts";

const topics = edgeTopics(SITE, EDGE);
const stranger = new Secret(new Uint8Array(32).fill(66));
const opens = (world: World): boolean => {
  const before = world.releases(0).length;
  world.type(0, "274936#");
  return world.releases(0).length > before;
};

const hostile: readonly { name: string; why: string; send: (world: World) => void }[] = [
  {
    name: "an acknowledgement signed by a stranger",
    why: "bad-signature",
    send: (world) =>
      world.authority.send(topics.down("ack"), "ack", { epoch: world.store.load().epoch, seq: 1 }, { by: stranger }),
  },
  {
    name: "an acknowledgement of another epoch",
    why: "other-epoch",
    send: (world) => world.authority.send(topics.down("ack"), "ack", { epoch: "ab".repeat(8), seq: 9 }),
  },
  {
    name: "an acknowledgement of records that do not exist",
    why: "beyond-journal",
    send: (world) => world.authority.send(topics.down("ack"), "ack", { epoch: world.store.load().epoch, seq: 999 }),
  },
  {
    name: "an old answer about the time",
    why: "unasked-time",
    send: (world) =>
      world.authority.send(topics.down("time"), "time-answer", { nonce: new Uint8Array(16), now: instant(0) }),
  },
  {
    name: "a message for another edge",
    why: "wrong-edge",
    send: (world) =>
      world.authority.send(
        topics.down("ack"),
        "ack",
        { epoch: world.store.load().epoch, seq: 1 },
        { head: { edge: "e2" } },
      ),
  },
  {
    name: "noise",
    why: "malformed",
    send: (world) => world.authority.sendRaw(topics.down("need"), Uint8Array.of(0x9f, 1, 2)),
  },
  {
    name: "two megabytes",
    why: "too-long",
    send: (world) => world.authority.sendRaw(topics.down("need"), new Uint8Array(2_000_000)),
  },
];
for (const { name, why, send } of hostile) {
  test(`${name}: refused, recorded once a minute however often it comes, and nothing else happens`, (t) => {
    const world = World.ready();
    const { acked } = world.store.load();
    for (let time = 0; time < 50; time += 1) send(world);
    world.pass(500);
    t.match(world.records("message-refused"), [{ detail: { why, count: 1 } }]);
    world.pass(60_000);
    send(world);
    world.pass(500);
    t.match(world.records("message-refused").at(-1), { detail: { why, count: 50 } });
    t.ok(world.store.load().acked >= acked);
    t.ok(opens(world));
    t.end();
  });
}

test("a broker that keeps an acknowledgement and plays it back: refused by its flag", (t) => {
  const world = World.ready();
  const { epoch } = world.store.load();
  world.authority.send(topics.down("ack"), "ack", { epoch, seq: 1 }, { retain: true });
  world.pass(500);
  t.same(world.records("message-refused"), []);
  world.authority.turnOff();
  world.authority.turnOn();
  world.pass(20_000);
  t.match(world.records("message-refused"), [{ detail: { what: "ack", why: "retained" } }]);
  t.end();
});

test("new keys below the same root: taken from its document, and the stored keyset goes on serving after a restart", (t) => {
  const world = World.ready();
  const { keys } = world.authority;
  const next = { keyset: new Secret(new Uint8Array(32).fill(12)), online: new Secret(new Uint8Array(32).fill(13)) };
  const body = {
    n: 2,
    root: signingPublicKey(keys.root),
    keyset: signingPublicKey(next.keyset),
    online: signingPublicKey(next.online),
  };
  world.authority.send("lintel/v1/hq/root/2", "root", body, { head: { edge: null }, by: keys.root, retain: true });
  world.authority.turnOff();
  world.authority.turnOn();
  world.pass(15_000);
  Object.assign(keys, next);
  world.authority.issue(world.keyset({ number: 2 }));
  world.pass(500);
  t.match(world.box.status().keyset, { number: 2 }, "what the new key signed is taken");
  world.authority.turnOff();
  world.killEdge();
  world.startEdge();
  world.authority.turnOff();
  world.pass(10_000);
  t.ok(opens(world));
  t.end();
});

test("signed time at the connection and every hour; without it the clock is what the machine vouches for", (t) => {
  const world = new World();
  world.adopt();
  t.match(world.box.status().clock, { trust: "trusted" });
  const asked = () => world.authority.heard.filter(({ topic }) => topic === topics.up("time")).length;
  t.equal(asked(), 1);
  world.pass(3_599_000);
  t.equal(asked(), 1);
  world.pass(1000);
  t.equal(asked(), 2);
  t.same(
    world.records("clock").map(({ detail }) => detail),
    [{ from: "floor-only", to: "trusted", by: "signed" }],
  );
  world.authority.turnOff();
  world.pass(24 * 3_600_000);
  t.match(world.box.status().clock, { trust: "holdover" });
  t.match(world.records("clock").at(-1), { detail: { from: "trusted", to: "holdover" } });
  t.end();
});

test("a step of the machine's clock: recorded, the time goes on as counted, belief is lost until signed time comes", (t) => {
  const world = World.ready();
  world.authority.tellsTime = false;
  const before = Date.parse(world.box.status().clock.now);
  world.wallError = -3_600_000;
  world.pass(2000);
  t.match(world.box.status().clock, { trust: "floor-only" });
  t.ok(Math.abs(Date.parse(world.box.status().clock.now) - before - 2000) < 50);
  t.match(world.records("clock").at(-1), { detail: { stepMs: -3_600_000, from: "trusted", to: "floor-only" } });
  world.type(0, "629384#");
  t.match(world.records("denied").at(-1), { reasons: ["clock-unknown"], clock: "floor-only" });
  t.ok(opens(world), "a key without times opens");
  world.authority.tellsTime = true;
  world.authority.turnOff();
  world.authority.turnOn();
  world.pass(20_000);
  t.match(world.box.status().clock, { trust: "trusted" });
  t.end();
});

test("restarts: the same boot holds the clock over, another boot without a hardware clock believes nothing", (t) => {
  for (const { boot, hardwareClock, trust } of [
    { boot: "boot-1", hardwareClock: false, trust: "trusted" },
    { boot: "boot-2", hardwareClock: false, trust: "floor-only" },
    { boot: "boot-2", hardwareClock: true, trust: "holdover" },
  ]) {
    const world = World.ready();
    world.killEdge();
    world.authority.turnOff();
    Object.assign(world, { boot, hardwareClock });
    world.startEdge();
    world.pass(100);
    t.match(world.box.status().clock, { trust }, `${boot}, ${hardwareClock ? "a" : "no"} hardware clock`);
  }
  t.end();
});

test("the status is retained at the broker, with a session that rises; a good-bye says offline", (t) => {
  const world = World.ready();
  world.authority.turnOff();
  world.authority.turnOn();
  world.pass(20_000);
  world.box.stop();
  const said = world.authority.heard.filter(({ topic }) => topic === topics.up("status"));
  t.ok(said.every(({ retain }) => retain));
  const statuses = said.map(({ payload }) => JSON.parse(Buffer.from(payload).toString()));
  t.same(
    statuses.map(({ s }) => s),
    ["online", "online", "offline"],
  );
  t.ok(statuses[1].sess > statuses[0].sess);
  t.end();
});
