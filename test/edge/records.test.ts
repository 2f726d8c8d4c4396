/** Records reach the authority once, whatever ends in between. */
import { edgeTopics } from "@lintel/protocol/mqtt/topics.ts";
import { test } from "tap";
import { EDGE, SITE } from "./small-authority.ts";
import { World } from "./world.ts";

const topics = edgeTopics(SITE, EDGE);

test("records reach the authority once, in order, without a gap; those of a bad time wait", (t) => {
  const world = World.ready();
  world.authority.turnOff();
  world.pass(1000);
  for (let time = 0; time < 3; time += 1) world.type(0, "274936#");
  const before = world.authority.collected.length;
  t.ok(world.store.records_.length > before);
  world.authority.turnOn();
  world.pass(20_000);
  const seqs = world.authority.collected.map(({ seq }) => seq);
  t.same(
    seqs,
    world.store.records_.map(({ record }) => record.seq),
  );
  t.same(
    world.authority.collected,
    world.store.records_.map(({ record }) => record),
  );
  t.equal(world.store.load().acked, seqs.at(-1));
  t.end();
});

test("250 records that waited arrive in batches of at most 100, one after the other", (t) => {
  const world = World.ready();
  world.authority.turnOff();
  world.pass(100);
  for (let time = 0; time < 125; time += 1) {
    world.at(0).controller.command("door force");
    world.pass(700);
    world.at(0).controller.command("door close");
    world.pass(700);
  }
  world.authority.turnOn();
  world.authority.batches = 0;
  world.pass(16_000);
  t.same(world.authority.collected.length, world.store.records_.length);
  t.ok(world.store.records_.length > 250 && world.authority.batches <= 8, `${world.authority.batches} batches`);
  t.end();
});

test("without an acknowledgement nothing leaves the outbox: it is sent again, also by the next life of the edge", (t) => {
  const world = World.ready();
  world.authority.acknowledges = false;
  world.type(0, "274936#");
  const { batches } = world.authority;
  world.pass(25_000);
  t.ok(world.authority.batches >= batches + 2);
  const acked = world.store.load().acked;
  world.killEdge();
  world.startEdge();
  world.pass(3000);
  world.authority.acknowledges = true;
  world.pass(15_000);
  t.ok(world.store.load().acked > acked);
  t.match(world.box.status().journal, { head: world.records().length, acked: world.records().length });
  t.end();
});

test("killed with any commit of a visit: the journal is whole, and all of it arrives, once", (t) => {
  let killed = 0;
  for (let at = 0; at < 8; at += 1) {
    const world = World.ready();
    let left = at;
    world.store.fault = () => {
      if (left === 0) {
        world.store.fault = "none";
        killed += 1;
        world.killEdge();
      }
      left -= 1;
    };
    world.type(0, "385047#");
    world.at(0).controller.command("door open");
    world.pass(1500);
    world.at(0).controller.command("door close");
    world.pass(2000);
    world.killEdge();
    world.store.fault = "none";
    world.startEdge();
    world.pass(30_000);
    const records = world.store.records_.map(({ record }) => record);
    t.same(
      records.map(({ seq }) => seq),
      records.map((_, index) => index + 1),
    );
    t.same(world.authority.collected, records);
    const granted = world.records("granted").length;
    t.ok(world.releases(0).length <= granted, "no opening without its record");
    const [uses] = world.store.load().uses;
    t.equal(uses?.count ?? 0, granted, "what was granted was counted, and nothing else");
  }
  t.ok(killed >= 5, `${killed} kills`);
  t.end();
});

test("what the authority asks for again is sent again", (t) => {
  const world = World.ready();
  world.authority.collected.splice(2, 3);
  const { epoch } = world.store.load();
  world.authority.send(topics.down("need"), "need", { epoch, from: 3, to: 5 });
  world.pass(500);
  t.same(
    world.authority.collected.map(({ seq }) => seq).sort((a, b) => a - b),
    world.store.records_.map(({ record }) => record.seq),
  );
  t.end();
});
