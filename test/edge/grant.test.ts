/** A code typed at a true (simulated) keypad, judged by the true edge: what opens, what is told, in which order. */
import { inspect } from "node:util";
import { brokenLink, EMPTY_HASH } from "@lintel/edge/journal/journal.ts";
import { test } from "tap";
import { doorAt, keyOf, World } from "./world.ts";

const last = (world: World) => {
  const { event, door, key, user, reasons } = world.records("granted", "denied").at(-1)!;
  return { event, door, key, user, reasons };
};

/** Befalls the commit of a grant, and no other. */
const once = (world: World, befall: () => void) => () => {
  const changes = world.store.commits.at(-1)!;
  if (!changes.some((change) => change.kind === "record" && change.record.event === "granted")) return;
  world.store.fault = "none";
  befall();
};

const codes: readonly {
  name: string;
  address: number;
  typed: string;
  event: "granted" | "denied";
  key: string | null;
  reasons: readonly string[];
}[] = [
  { name: "the right code", address: 0, typed: "274936#", event: "granted", key: "k1", reasons: [] },
  { name: "the master code", address: 0, typed: "904152#", event: "granted", key: null, reasons: [] },
  { name: "an unknown code", address: 0, typed: "111222#", event: "denied", key: null, reasons: ["unknown-code"] },
  { name: "one digit too few", address: 0, typed: "27493#", event: "denied", key: null, reasons: ["wrong-length"] },
  { name: "one digit too many", address: 0, typed: "2749361#", event: "denied", key: null, reasons: ["wrong-length"] },
  {
    name: "a code behind another digit",
    address: 0,
    typed: "1274936#",
    event: "denied",
    key: null,
    reasons: ["wrong-length"],
  },
  { name: "a disabled key", address: 0, typed: "491628#", event: "denied", key: "k3", reasons: ["disabled"] },
  { name: "another door's code", address: 0, typed: "518273#", event: "denied", key: "k4", reasons: ["wrong-door"] },
  {
    name: "another door's master code",
    address: 1,
    typed: "904152#",
    event: "denied",
    key: null,
    reasons: ["wrong-door"],
  },
  {
    name: "a code out of its hours",
    address: 0,
    typed: "629384#",
    event: "denied",
    key: "k5",
    reasons: ["outside-window"],
  },
];

for (const { name, address, typed, event, key, reasons } of codes) {
  test(`${name}: ${event}${reasons.length > 0 ? `, ${reasons.join(", ")}` : ""}; the relay ${event === "granted" ? "moves once" : "never moves"}`, (t) => {
    const world = World.ready();
    world.type(address, typed);
    t.match(last(world), { event, key, reasons, door: address === 0 ? "front" : "back" });
    t.equal(world.releases(address).length, event === "granted" ? 1 : 0);
    t.equal(world.releases(1 - address).length, 0, "the other door stays as it was");
    t.equal(world.records("granted", "denied").length, 1);
    t.end();
  });
}

test("all refusals look and sound the same at the pad, a grant and a system fault do not (d2.4)", (t) => {
  const seen = (typed: string, prepare: (world: World) => void = () => {}) => {
    const world = World.ready();
    prepare(world);
    const { events } = world.at(0);
    events.length = 0;
    world.type(0, typed);
    world.pass(6000);
    const shown = events.flatMap((event) => (event.kind === "led" || event.kind === "buzzer" ? [event] : []));
    return shown.map(({ at: _, ...event }) => event);
  };
  const refused = seen("111222#");
  t.ok(refused.length >= 4);
  for (const typed of ["27493#", "12345678901234567890#", "491628#", "518273#", "629384#"])
    t.same(seen(typed), refused);
  const granted = seen("274936#");
  const fault = seen("274936#", (world) => {
    world.store.fault = "throws";
  });
  t.notSame(granted, refused);
  t.notSame(fault, refused);
  t.notSame(fault, granted);
  for (const shown of [refused, granted, fault]) {
    t.match(
      shown.filter(({ kind }) => kind === "led").at(-1),
      { pattern: { colour: "red", offColour: "red" } },
      "and the locked light comes back",
    );
  }
  t.end();
});

test("a grant: decided, then durable, then the strike, then the light (d7.1)", (t) => {
  const world = World.ready();
  const order: string[] = [];
  world.at(0).controller.onEvent(({ kind }) => {
    if (kind === "relay" || kind === "led") order.push(kind);
  });
  world.store.fault = () => {
    const records = world.store.commits
      .at(-1)!
      .flatMap((change) => (change.kind === "record" ? [change.record.event] : []));
    if (records.includes("granted")) order.push("durable");
  };
  world.type(0, "274936#");
  t.same(order.slice(0, 3), ["durable", "relay", "led"]);
  t.end();
});

test("a use is durable in the same transaction as its record", (t) => {
  const world = World.ready();
  world.type(0, "385047#");
  const commit = world.store.commits.find((changes) => changes.some(({ kind }) => kind === "uses"))!;
  t.same(
    commit.map(({ kind }) => kind),
    ["record", "uses"],
  );
  t.match(commit[1], {
    uses: { key: "k2", issue: 1, count: 1, given: 0, doors: [{ door: "front", count: 1, given: 0 }] },
  });
  t.end();
});

for (const fault of ["throws", "throws-after", "slow"] as const) {
  test(`a disk that ${fault === "slow" ? "takes over 2 s" : fault}: denied, nothing is driven, recorded when it can be`, (t) => {
    const world = World.ready();
    world.store.fault = fault === "slow" ? once(world, () => world.stall(2001)) : fault;
    const { events } = world.at(0);
    events.length = 0;
    world.type(0, "274936#");
    t.equal(world.releases(0).length, 0);
    t.ok(events.some((event) => event.kind === "led" && event.pattern?.colour === "amber"));
    world.store.fault = "none";
    world.pass(3000);
    const after = world
      .records("denied", "hardware-fault")
      .map(({ event, reasons, detail }) => ({ event, reasons, what: detail.what }));
    t.ok(after.some(({ event, what }) => event === "hardware-fault" && /store/.test(String(what))));
    t.ok(after.some(({ event, reasons }) => event === "denied" && reasons[0] === "hardware-fault"));
    t.equal(brokenLink(EMPTY_HASH, world.store.records_), null, "the chain holds");
    world.type(0, "274936#");
    t.equal(world.releases(0).length, 1, "and the same code opens again");
    t.end();
  });
}

test("a commit of exactly 2 s is in time", (t) => {
  const world = World.ready();
  world.store.fault = once(world, () => world.stall(2000));
  world.type(0, "274936#");
  t.equal(world.releases(0).length, 1);
  t.end();
});

test("an exit opens with a disk that fails, and is recorded afterwards", (t) => {
  const world = World.ready();
  world.store.fault = "throws";
  world.at(0).controller.command("rex");
  world.pass(1000);
  t.equal(world.releases(0).length, 1);
  t.equal(world.records("rex").length, 0);
  world.store.fault = "none";
  world.pass(2000);
  t.equal(world.records("rex").length, 1);
  world.pass(20_000);
  t.equal(world.records("rex").length, 1, "once");
  t.end();
});

test("walking through: opened, taken, closed; or left open: the alarms of d9.2", (t) => {
  const world = World.ready();
  world.type(0, "274936#");
  world.at(0).controller.command("door open");
  world.pass(1500);
  world.at(0).controller.command("door close");
  world.pass(5000);
  t.same(
    world.records("granted", "opened", "closed", "taken", "not-taken", "forced").map(({ event }) => event),
    ["granted", "opened", "taken", "closed"],
  );
  world.at(0).controller.command("rex");
  world.pass(500);
  world.at(0).controller.command("door open");
  world.pass(40_000);
  world.at(0).controller.command("door close");
  world.pass(2000);
  t.same(
    world.records("rex", "held-open-soon", "held-open", "held-open-cleared").map(({ event }) => event),
    ["rex", "held-open-soon", "held-open", "held-open-cleared"],
  );
  world.at(0).controller.command("door force");
  world.pass(1000);
  t.equal(world.records("forced").length, 1);
  t.end();
});

test("a grant that nobody uses: not taken, with its key", (t) => {
  const world = World.ready();
  world.type(0, "274936#");
  world.pass(6000);
  t.match(world.records("not-taken"), [{ key: "k1", user: "u1", door: "front" }]);
  t.end();
});

test("no digit of a typed code stands anywhere outside of the wire (design 4, d1.7)", (t) => {
  const world = World.ready();
  for (const typed of ["274936#", "111222#", "904152#", "491628#", "7777777#", "2749"]) world.type(0, typed);
  world.pass(500);
  const everything = [
    inspect(world.store, { depth: 20, maxArrayLength: null }),
    ...world.store.commits.map((changes) => Buffer.from(JSON.stringify(changes)).toString("latin1")),
    JSON.stringify(world.told),
    JSON.stringify(world.box.status()),
    ...world.authority.heard.map(({ topic, payload }) => topic + Buffer.from(payload).toString("latin1")),
    inspect(world.box, { depth: 20, maxArrayLength: null, showHidden: true }),
  ].join("\n");
  t.ok(everything.length > 50_000);
  for (const digits of ["274936", "111222", "904152", "491628", "7777777"]) t.notMatch(everything, new RegExp(digits));
  t.match(world.records("denied")[0], { fingerprint: /^[0-9a-f]{8}$/, key: null });
  t.end();
});

test("the same unknown code has the same fingerprint, another one another (d1.7)", (t) => {
  const world = World.ready();
  for (const typed of ["111222#", "111223#", "111222#"]) world.type(0, typed);
  const [first, second, third] = world.records("denied").map(({ fingerprint }) => fingerprint);
  t.equal(first, third);
  t.not(first, second);
  t.end();
});

test("digits that wait are gone after 10 s, and never join later ones", (t) => {
  const world = World.ready();
  world.type(0, "2749");
  world.pass(10_000);
  world.type(0, "36#");
  t.match(last(world), { event: "denied", reasons: ["wrong-length"] });
  t.equal(world.releases(0).length, 0);
  t.end();
});

test("a new keyset takes effect at once, and what a key used up stays used up (d7.4)", (t) => {
  const world = World.ready();
  world.type(0, "385047#");
  world.type(0, "385047#");
  world.type(0, "385047#");
  t.match(last(world), { event: "denied", key: "k2", reasons: ["used-up"] });
  const again = world.keyset({ number: 2 });
  world.authority.issue(again);
  world.pass(500);
  world.type(0, "385047#");
  t.match(last(world), { event: "denied", key: "k2", reasons: ["used-up"] });
  const keys = again.keys.map((key) => (key.id === "k2" ? { ...key, issue: 2 } : key)).filter(({ id }) => id !== "k1");
  const codes = again.codes.filter((code) => code.kind === "master" || code.key !== "k1");
  world.authority.issue(world.keyset({ number: 3, keys, codes }));
  world.pass(500);
  world.type(0, "385047#");
  t.match(last(world), { event: "granted", key: "k2" }, "only an explicit re-issue begins anew");
  world.type(0, "274936#");
  t.match(last(world), { event: "denied", reasons: ["unknown-code"] }, "a key that is gone is unknown");
  t.end();
});

test("a one-time key opens once, also when the power is cut in the very moment (L5)", (t) => {
  const keys = [keyOf("k1", ["front"], { restrictions: [{ kind: "one-time" }] })];
  for (const killBefore of [true, false]) {
    const world = World.ready();
    const codes = [{ index: world.authority.indexOf("274936"), kind: "pin" as const, key: "k1" }];
    world.authority.issue(world.keyset({ number: 2, keys, codes, doors: [doorAt("front", 0)] }));
    world.pass(500);
    world.store.fault = () => {
      if (world.store.commits.at(-1)!.some(({ kind }) => kind === "uses")) {
        world.store.fault = "none";
        if (killBefore) world.killEdge();
      }
    };
    world.type(0, "274936#");
    const opened = world.releases(0).length;
    t.equal(opened, killBefore ? 0 : 1);
    world.killEdge();
    world.startEdge();
    world.pass(20_000);
    world.type(0, "274936#");
    t.equal(world.releases(0).length, opened, "a power cut may waste a use, never repeat one");
    t.match(last(world), { event: "denied", reasons: ["used-up"] });
  }
  t.end();
});
