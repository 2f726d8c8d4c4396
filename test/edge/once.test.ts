/**
 * One-time means once (row L5, d7.4): what was used up at the door stays so, whatever befalls the edge, its keysets, its
 * authority and its clock. Every row uses up a key of each kind, lets something happen, and types their codes again.
 */
import { millis } from "@lintel/protocol/base/units.ts";
import type { Keyset, KeysetKey, Restriction } from "@lintel/protocol/keyset/keyset.ts";
import { test } from "tap";
import { doorAt, keyOf, World } from "./world.ts";

/** The pin of each; `h` is a token, whose first code this is. */
const CODES = { a: "274936", b: "385047", c: "491628", h: "755224" } as const;
const RESTRICTIONS: Readonly<Record<"a" | "b" | "c", readonly Restriction[]>> = {
  a: [{ kind: "one-time" }],
  b: [{ kind: "uses", uses: 1 }],
  c: [{ kind: "after-first-use", length: millis(60_000) }],
};

function keysetOf(world: World, number: number, issue = 1, over: Partial<Keyset> = {}): Keyset {
  const pins = (["a", "b", "c"] as const).map((id) => ({
    key: keyOf(id, ["front"], { issue, restrictions: RESTRICTIONS[id] }),
    code: { index: world.authority.indexOf(CODES[id]), kind: "pin" as const, key: id },
  }));
  const secret = world.authority.sealOtp({ key: "h", issue }, new TextEncoder().encode("12345678901234567890"));
  const token = { key: "h", type: "hotp", slot: null, algorithm: "SHA1", period: 30, counter: 0, secret } as const;
  return world.keyset({
    number,
    doors: [doorAt("front", 0), doorAt("back", 1)],
    keys: [...pins.map(({ key }) => key), keyOf("h", ["front"], { issue })],
    codes: pins.map(({ code }) => code),
    otps: [token],
    ...over,
  });
}

function ready(issue = 1): World {
  const world = World.ready();
  world.authority.issue(keysetOf(world, 5, issue));
  world.pass(500);
  return world;
}

/** The answers to all codes, and how often the strike moved meanwhile. */
function typeAll(world: World): { readonly answers: readonly string[]; readonly releases: number } {
  const before = world.releases(0).length;
  const records = world.records("granted", "denied").length;
  for (const code of Object.values(CODES)) {
    world.type(0, `${code}#`);
    world.pass(6000);
  }
  const answers = world.records("granted", "denied").slice(records);
  return {
    answers: answers.map(({ event, reasons }) => (event === "granted" ? event : reasons.join(" "))),
    releases: world.releases(0).length - before,
  };
}

const OPENED = { answers: ["granted", "granted", "granted", "granted"], releases: 4 };

function restart(world: World): void {
  world.killEdge();
  world.startEdge();
  world.pass(15_000);
}

const between: readonly {
  readonly name: string;
  readonly happens: (world: World) => void;
  /** What the key that ends after its first use is refused for. */
  readonly over?: string;
}[] = [
  { name: "nothing", happens: () => {} },
  { name: "a restart of the edge", happens: restart },
  {
    name: "the machine's restart",
    happens: (world) => {
      world.killEdge();
      world.boot = "boot-2";
      world.startEdge();
      world.pass(15_000);
    },
  },
  { name: "the same keyset once more", happens: (world) => void world.authority.issue(keysetOf(world, 5)) },
  {
    name: "the same content under the next number",
    happens: (world) => void world.authority.issue(keysetOf(world, 6)),
  },
  { name: "an older keyset", happens: (world) => void world.authority.issue(keysetOf(world, 4)) },
  {
    name: "a backup of the authority put back, that issues old numbers until it is past the edge's",
    happens: (world) => {
      for (const number of [3, 4, 5, 6, 7]) {
        world.authority.issue(keysetOf(world, number));
        world.pass(2000);
      }
    },
  },
  {
    name: "the keys removed, and added again under the same issue",
    happens: (world) => {
      world.authority.issue(keysetOf(world, 6, 1, { keys: [], codes: [], otps: [] }));
      world.pass(2000);
      restart(world);
      world.authority.issue(keysetOf(world, 7));
      world.pass(2000);
    },
  },
  {
    name: "the machine's clock set back by a day: nobody vouches for it then",
    over: "clock-unknown",
    happens: (world) => {
      world.authority.tellsTime = false;
      world.wallError = -24 * 3_600_000;
      world.pass(10_000);
    },
  },
  {
    name: "the clock set back by a day over a restart",
    happens: (world) => {
      world.authority.tellsTime = false;
      world.killEdge();
      world.wallError = -24 * 3_600_000;
      world.startEdge();
      world.pass(15_000);
    },
  },
];
for (const { name, happens, over = "expired" } of between) {
  test(`used up, then ${name}: used up (L5)`, (t) => {
    const world = ready();
    t.same(typeAll(world), OPENED, "each opens once");
    world.pass(60_000);
    happens(world);
    world.pass(2000);
    t.same(typeAll(world), { answers: ["used-up", "used-up", over, "unknown-code"], releases: 0 });
    t.end();
  });
}

test("with a clock that nobody vouches for, what ends after its first use is refused too", (t) => {
  const world = ready();
  typeAll(world);
  world.authority.tellsTime = false;
  world.killEdge();
  world.boot = "boot-2";
  world.wallError = -24 * 3_600_000;
  world.startEdge();
  world.pass(15_000);
  t.same(typeAll(world), { answers: ["used-up", "used-up", "clock-unknown", "unknown-code"], releases: 0 });
  t.end();
});

test("an explicit re-issue begins anew; the issue before it is over for good, also from a backup (L5)", (t) => {
  const world = ready(1);
  world.authority.issue(keysetOf(world, 6, 2));
  world.pass(1000);
  t.same(typeAll(world), OPENED, "issue 2; nothing of issue 1 was ever used");
  world.authority.issue(keysetOf(world, 7, 1));
  world.pass(1000);
  t.same(typeAll(world), { answers: ["used-up", "used-up", "used-up", "unknown-code"], releases: 0 });
  restart(world);
  t.same(typeAll(world), { answers: ["used-up", "used-up", "used-up", "unknown-code"], releases: 0 });
  world.authority.issue(keysetOf(world, 8, 3));
  world.pass(1000);
  t.same(typeAll(world), OPENED, "issue 3");
  t.end();
});

for (const [kind, id] of [
  ["uses", "a"],
  ["uses", "b"],
  ["uses", "c"],
  ["otp", "h"],
] as const) {
  test(`${id}: the edge is killed between the commit and the strike: a use is wasted, none is repeated (d7.1)`, (t) => {
    const world = ready();
    world.store.fault = () => {
      if (!world.store.commits.at(-1)!.some((change) => change.kind === kind)) return;
      world.store.fault = "none";
      world.killEdge();
    };
    world.type(0, `${CODES[id]}#`);
    t.equal(world.releases(0).length, 0, "nobody got in");
    world.startEdge();
    world.pass(65_000);
    world.type(0, `${CODES[id]}#`);
    t.equal(world.releases(0).length, 0);
    t.match(world.records("denied").at(-1), {
      reasons: [{ a: "used-up", b: "used-up", c: "expired", h: "unknown-code" }[id]],
    });
    t.end();
  });
}

test("one edge, two doors, one use: whoever types second is refused, however close behind", (t) => {
  const world = World.ready();
  const keys: KeysetKey[] = [keyOf("b", ["front", "back"], { restrictions: RESTRICTIONS.b })];
  const codes = [{ index: world.authority.indexOf(CODES.b), kind: "pin" as const, key: "b" }];
  world.authority.issue(keysetOf(world, 5, 1, { keys, codes, otps: [] }));
  world.pass(500);
  world.at(1).controller.command(`press ${CODES.b}#`);
  world.type(0, `${CODES.b}#`);
  world.pass(5000);
  t.same(
    world.records("granted", "denied").map(({ event, reasons }) => [event, ...reasons]),
    [["granted"], ["denied", "used-up"]],
  );
  t.equal(world.releases(0).length + world.releases(1).length, 1);
  t.end();
});
