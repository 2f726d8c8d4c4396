/**
 * Duress (domain-rules; facts security 4): everything that a bystander can see, hear or read is identical, whichever of
 * the two codes is typed. Two runs from the same beginning, compared byte by byte but for what is sealed.
 */
import type { StoreChange } from "@lintel/edge/box/ports.ts";
import { test } from "tap";
import { keyOf, World } from "./world.ts";

const PIN = "274936";
const DURESS = "618340";

/** k1 opens the front, k2 twice, k3 is disabled; each with a code for duress. */
function worldWithDuress(): World {
  const world = World.ready();
  const code = (digits: string, kind: "pin" | "duress", key: string) => {
    return { index: world.authority.indexOf(digits), kind, key };
  };
  const keys = [
    keyOf("k1", ["front"], { extended: true }),
    keyOf("k2", ["front"], { restrictions: [{ kind: "uses", uses: 2 }] }),
    keyOf("k3", ["front"], { enabled: false }),
  ];
  const codes = [
    code(PIN, "pin", "k1"),
    code(DURESS, "duress", "k1"),
    code("385047", "pin", "k2"),
    code("729451", "duress", "k2"),
    code("491628", "pin", "k3"),
    code("830517", "duress", "k3"),
  ];
  world.authority.issue(world.keyset({ number: 2, keys, codes }));
  world.pass(500);
  return world;
}

/** Everything that is to be seen of a run, but the sealed field and what is computed over it (hashes, signatures). */
function seen(world: World) {
  const unsealed = ({ covert, ...record }: { readonly covert: string | null }) => ({
    ...record,
    covertLength: covert?.length ?? null,
  });
  return {
    records: world.records().map(unsealed),
    collected: world.authority.collected.map(unsealed),
    told: world.told,
    status: world.box.status(),
    commits: world.store.commits.map((changes) => changes.map(committed)),
    // The bytes are sealed with the session's keys, and chained to what was typed: their lengths and order are compared.
    wire: world.wire.map(({ from, bytes }) => [from, bytes.length]),
    sent: world.authority.heard.map(({ topic, payload, retain }) => [topic, payload.length, retain]),
    // What the pad shows and sounds, and the strike, in virtual time.
    controllers: [0, 1].map((address) => world.at(address).events),
  };
}

/** A checkpoint signs the hash of records that hold what is sealed: its place and its length are compared. */
function committed(change: StoreChange): unknown {
  if (change.kind === "record") return change.kind;
  if (change.kind !== "checkpoint") return change;
  return ["checkpoint", change.checkpoint.seq, change.checkpoint.message.length];
}

function run(codes: readonly string[]): World {
  const world = worldWithDuress();
  for (const code of codes) {
    world.type(0, `${code}#`);
    world.pass(20_000);
  }
  return world;
}

test("a run with the duress code and one with the PIN are the same to everybody but the authority", (t) => {
  const pin = run([PIN, "385047", "385047", "385047", "491628"]);
  const duress = run([DURESS, "729451", "729451", "729451", "830517"]);
  const [one, other] = [seen(pin), seen(duress)];
  for (const what of Object.keys(one) as (keyof typeof one)[]) t.same(other[what], one[what], what);
  t.equal(pin.releases(0).length, 3, "and it was not an empty run");
  t.ok(one.controllers[0]!.filter(({ kind }) => kind === "led").length > 5);
  t.same(
    pin.records("granted", "denied").map(({ event, key, reasons }) => [event, key, ...reasons]),
    [
      ["granted", "k1"],
      ["granted", "k2"],
      ["granted", "k2"],
      ["denied", "k2", "used-up"],
      ["denied", "k3", "disabled"],
    ],
  );
  t.end();
});

test("the mark travels in the sealed field of a grant, and a denial has none", (t) => {
  const world = run([PIN, DURESS, "729451", "830517", "111222"]);
  t.same(
    world
      .records("granted", "denied")
      .map((record) => [record.key, record.covert === null ? null : world.authority.duressOf(record)]),
    [
      ["k1", false],
      ["k1", true],
      ["k2", true],
      ["k3", null],
      [null, null],
    ],
  );
  t.same(
    world.authority.collected
      .filter(({ event }) => event === "granted")
      .map((record) => world.authority.duressOf(record)),
    [false, true, true],
    "and so it arrives",
  );
  t.end();
});

test("every grant by a code carries one, also by the master code; nothing else does", (t) => {
  const world = World.ready();
  for (const typed of ["274936#", "904152#", "111222#"]) world.type(0, typed);
  world.at(0).controller.command("rex");
  world.pass(10_000);
  for (const record of world.records()) {
    if (record.event === "granted") t.match(record.covert, /^[0-9a-f]{96}$/, `${record.detail.via}`);
    else t.equal(record.covert, null, record.event);
  }
  t.same(
    world.records("granted").map((record) => [record.detail.via, world.authority.duressOf(record)]),
    [
      ["pin", false],
      ["master", false],
    ],
  );
  t.end();
});

test("what an edge tells on the spot has no sealed field at all", (t) => {
  const world = run([DURESS]);
  const told = world.told.flatMap(({ event }) => (event.event === "record" ? [event.record] : []));
  t.ok(told.some(({ event }) => event === "granted"));
  t.notMatch(JSON.stringify([told, world.box.lastRecords(), world.box.status()]), /covert|duress/);
  t.end();
});

test("a sealed field belongs to its record: swapped between two grants it opens neither", (t) => {
  const world = run([PIN, DURESS]);
  const [one, other] = world.records("granted");
  t.equal(world.authority.duressOf({ ...one!, covert: other!.covert }), null);
  t.equal(world.authority.duressOf({ ...other!, covert: one!.covert }), null);
  t.end();
});
