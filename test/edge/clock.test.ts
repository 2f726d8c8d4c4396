/** A machine's clock that is far off: said once, seen in the status, and no code is judged by it. */
import { test } from "tap";
import { World } from "./world.ts";

const HOUR = 3_600_000;

const notes = (world: World) =>
  world.told.flatMap(({ event }) =>
    event.event === "note" && event.text.includes("the clock of this machine") ? [event.text] : [],
  );

for (const { name, wallError, says } of [
  { name: "an hour ahead", wallError: HOUR, says: /shows 2026-11-23T13:.*60 min ahead of the authority's/ },
  { name: "three days behind", wallError: -72 * HOUR, says: /shows 2026-11-20T12:.*3 days behind the authority's/ },
]) {
  test(`${name} of the authority's signed time: said once, and it stays in the status until it is right`, (t) => {
    const world = new World();
    world.killEdge();
    world.boot = "boot-2";
    world.wallError = wallError;
    world.startEdge();
    t.equal(world.adopt(), "adopted");
    world.pass(10 * 60_000);
    t.equal(notes(world).filter((text) => says.test(text)).length, 1);
    const { clock } = world.box.status();
    t.match(clock, { trust: "trusted", fault: says });
    t.ok(Math.abs(Date.parse(clock.now) - world.trueTime()) < 10, "doors go by the authority's");
    t.end();
  });
}

test("below the stored floor, with nobody to ask: said once", (t) => {
  const world = new World();
  world.adopt();
  world.pass(60_000);
  world.killEdge();
  world.authority.turnOff();
  world.boot = "boot-2";
  world.wallError = -24 * HOUR;
  world.startEdge();
  world.pass(60_000);
  t.match(notes(world), [/shows 2026-11-22T12:.*but it was 2026-11-23T12:.*keys with times wait/]);
  t.equal(notes(world).length, 1);
  t.match(world.box.status().clock, { trust: "floor-only", fault: /already/ });
  t.end();
});

test("a clock that is right is not spoken of", (t) => {
  const world = World.ready();
  world.pass(60_000);
  t.same(notes(world), []);
  t.equal(world.box.status().clock.fault, null);
  t.end();
});
