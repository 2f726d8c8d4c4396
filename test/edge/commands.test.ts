/** Signed commands at the true box: what does nothing and is recorded, and what is done once and answered. */
import { Secret } from "@lintel/protocol/base/secret.ts";
import { after, instant, millis } from "@lintel/protocol/base/units.ts";
import type { DoorAct } from "@lintel/protocol/mqtt/command.ts";
import { type MessageHead, signMessage } from "@lintel/protocol/mqtt/envelope.ts";
import { edgeTopics } from "@lintel/protocol/mqtt/topics.ts";
import { test } from "tap";
import { EDGE, SITE } from "./small-authority.ts";
import { World } from "./world.ts";

const CMD = edgeTopics(SITE, EDGE).down("cmd");
const stranger = new Secret(new Uint8Array(32).fill(66));
const LIFE = millis(9000);
const lockdown: DoorAct = { kind: "mode", door: "front", mode: "lockdown" };
const release: DoorAct = { kind: "release", door: "front" };
const unlock: DoorAct = { kind: "override", door: "front", state: "unlock", until: null };

interface Sent {
  readonly n?: number;
  readonly act?: DoorAct;
  readonly head?: Partial<MessageHead>;
  readonly by?: Secret;
}

/** A command as the authority makes it, or with what is said to be otherwise. */
function command(world: World, { n = 7, act = unlock, head = {}, by }: Sent = {}): Uint8Array {
  const now = world.trueTime();
  const id = world.random(16);
  const whole = { site: SITE, edge: EDGE, epoch: "ab".repeat(8), seq: 0, t: now, exp: after(now, LIFE), id, ...head };
  return signMessage("command", whole, { n, act, by: "operator" }, by ?? world.authority.keys.online);
}

/** As a broker brings it, which may say what it likes of topic and flag. */
function bring(world: World, payload: Uint8Array, { topic = CMD, retained = false } = {}): void {
  world.box.brokerMessage({ topic, payload, retained });
  world.pass(100);
}

/** What a command that was executed leaves. */
const done = (world: World) => world.records("mode", "override", "lockout-cleared");
const outcomes = (world: World) => world.authority.answers.map(({ outcome }) => outcome);
const changed = (message: Uint8Array) => message.map((byte, at) => (at === message.length - 5 ? byte ^ 1 : byte));

const faults: readonly {
  name: string;
  /** The word in the record. */
  why: string;
  /** Of the answer; null: nobody is answered. */
  answer: string | null;
  act: (world: World) => void;
}[] = [
  {
    name: "kept by the broker",
    why: "retained",
    answer: null,
    act: (world) => bring(world, command(world), { retained: true }),
  },
  {
    name: "signed by a stranger",
    why: "bad-signature",
    answer: null,
    act: (world) => bring(world, command(world, { by: stranger })),
  },
  {
    name: "signed by the key of keysets",
    why: "bad-signature",
    answer: null,
    act: (world) => bring(world, command(world, { by: world.authority.keys.keyset })),
  },
  {
    name: "signed by the edge itself, as what it sends up",
    why: "bad-signature",
    answer: null,
    act: (world) => bring(world, command(world, { by: world.keys.signing })),
  },
  {
    name: "with a bit flipped",
    why: "bad-signature",
    answer: null,
    act: (world) => bring(world, changed(command(world))),
  },
  { name: "cut short", why: "malformed", answer: null, act: (world) => bring(world, command(world).slice(0, -1)) },
  {
    name: "for another edge, moved here",
    why: "wrong-edge",
    answer: null,
    act: (world) => bring(world, command(world, { head: { edge: "e2" } })),
  },
  {
    name: "for no edge in particular",
    why: "wrong-edge",
    answer: null,
    act: (world) => bring(world, command(world, { head: { edge: null } })),
  },
  {
    name: "of another site",
    why: "wrong-site",
    answer: null,
    act: (world) => bring(world, command(world, { head: { site: "lab" } })),
  },
  {
    name: "without an end",
    why: "without-end",
    answer: null,
    act: (world) => bring(world, command(world, { head: { exp: null } })),
  },
  {
    name: "held back until its end",
    why: "expired",
    answer: "stale",
    act: (world) => {
      const held = command(world);
      // Signed time is as late as its way was long: by that much the edge's clock is behind.
      world.pass(LIFE + 10);
      bring(world, held);
    },
  },
  {
    name: "with an end in an hour",
    why: "end-too-far",
    answer: "clock-unknown",
    act: (world) => bring(world, command(world, { head: { exp: after(world.trueTime(), millis(3_600_000)) } })),
  },
  {
    name: "while the clock is floor-only",
    why: "clock-unknown",
    answer: "clock-unknown",
    act: (world) => {
      world.authority.tellsTime = false;
      world.wallError = -3_600_000;
      world.pass(2000);
      bring(world, command(world));
    },
  },
  {
    name: "of a door that is none of ours",
    why: "unknown-door",
    answer: "unknown-door",
    act: (world) => bring(world, command(world, { act: { ...lockdown, door: "attic" } })),
  },
];
for (const { name, why, answer, act } of faults) {
  test(`a command ${name}: does nothing, and is recorded as ${why}`, (t) => {
    const world = World.ready();
    const released = world.releases(0).length;
    act(world);
    world.pass(3000);
    t.match(world.records("command-refused"), [{ detail: { why, count: 1 } }]);
    t.equal(world.records("command-refused").length, 1);
    t.same(outcomes(world), answer === null ? [] : [{ kind: "refused", why: answer }]);
    t.same(done(world), []);
    t.equal(world.releases(0).length, released);
    world.type(0, "274936#");
    t.equal(world.releases(0).length, released + 1, "and the door goes by what it was");
    t.end();
  });
}

for (const { name, topic, why, what } of [
  { name: "another edge's topic", topic: edgeTopics(SITE, "e2").down("cmd"), why: "wrong-topic", what: "other" },
  { name: "another of its topics", topic: edgeTopics(SITE, EDGE).down("need"), why: "wrong-kind", what: "need" },
]) {
  test(`a command on ${name}: does nothing, and is recorded as ${why}`, (t) => {
    const world = World.ready();
    bring(world, command(world), { topic });
    t.match(world.records("message-refused"), [{ detail: { what, why } }]);
    t.same(outcomes(world), []);
    t.same(done(world), []);
    t.end();
  });
}

test("a command is executed, recorded with who asked, and answered; the very same again, also after a restart: not again", (t) => {
  const world = World.ready();
  for (let wrong = 0; wrong < 5; wrong += 1) world.type(0, "111213#");
  world.type(0, "274936#");
  t.equal(world.releases(0).length, 0, "the pad is locked");
  const one = command(world, { act: release });
  bring(world, one);
  const answer = { n: 7, outcome: { kind: "done" } };
  t.match(world.authority.answers, [answer]);
  t.match(done(world), [{ event: "lockout-cleared", door: "front", detail: { by: "operator" } }]);
  world.type(0, "274936#");
  t.equal(world.releases(0).length, 1);
  bring(world, one);
  world.killEdge();
  world.startEdge();
  world.pass(2000);
  bring(world, one);
  t.match(world.authority.answers, [answer, answer, answer]);
  t.equal(done(world).length, 1);
  t.same(world.records("command-refused"), []);
  t.end();
});

test("each act is done at the door: a mode, an override and its end, with who asked in each record", (t) => {
  const world = World.ready();
  const relay = () => world.at(0).controller.state().relay[0];
  bring(world, command(world, { n: 1, act: lockdown }));
  world.type(0, "274936#");
  t.same([world.releases(0).length, world.records("denied").at(-1)?.reasons], [0, ["mode-blocks"]]);
  bring(world, command(world, { n: 2, act: { ...lockdown, mode: "normal" } }));
  const opening = command(world, { n: 3, act: unlock });
  bring(world, opening);
  world.pass(1000);
  t.equal(relay(), true, "held open");
  bring(world, command(world, { n: 4, act: { kind: "override", door: "front", state: "resume", until: null } }));
  world.pass(1000);
  t.equal(relay(), false);
  bring(world, opening);
  world.pass(1000);
  t.equal(relay(), false, "what is played back opens nothing");
  t.same(
    done(world).map(({ event, detail }) => [event, detail.mode ?? detail.state, detail.by]),
    [
      ["mode", "lockdown", "operator"],
      ["mode", "normal", "operator"],
      ["override", "unlock", "operator"],
      ["override", "resume", "operator"],
    ],
  );
  t.same(outcomes(world), Array(5).fill({ kind: "done" }));
  t.end();
});

test("an end that cannot be: refused for good, recorded, and the door stays as it is", (t) => {
  const world = World.ready();
  const past = instant(world.trueTime() - 1000);
  const tooFar = after(world.trueTime(), millis(7 * 86_400_000 + 60_000));
  for (const [at, until] of [past, tooFar, "period-end" as const].entries()) {
    bring(world, command(world, { n: at + 1, act: { ...unlock, until } as DoorAct }));
  }
  world.pass(1000);
  t.same(outcomes(world), Array(3).fill({ kind: "refused", why: "wrong-end" }));
  t.same(done(world), []);
  t.equal(world.releases(0).length, 0);
  t.match(world.records("command-refused"), [{ door: "front", detail: { why: "wrong-end", by: "operator" } }]);
  t.end();
});

test("a disk that takes nothing: the command is refused, and nothing of it happens when the disk is well again", (t) => {
  const world = World.ready();
  world.store.fault = "throws";
  const one = command(world, { act: release });
  bring(world, one);
  world.store.fault = "none";
  world.pass(3000);
  bring(world, one);
  t.same(outcomes(world), [
    { kind: "refused", why: "hardware-fault" },
    { kind: "refused", why: "hardware-fault" },
  ]);
  t.same(done(world), []);
  t.match(world.records("command-refused"), [{ detail: { why: "hardware-fault", by: "operator", act: "release" } }]);
  t.end();
});

test("the power goes between a command's transaction and its answer: told as done when it comes again", (t) => {
  const world = World.ready();
  const one = command(world, { act: release });
  world.store.fault = () => world.killEdge();
  world.box.brokerMessage({ topic: CMD, payload: one, retained: false });
  world.store.fault = "none";
  world.startEdge();
  world.pass(2000);
  bring(world, one);
  t.same(outcomes(world), [{ kind: "done" }]);
  t.equal(done(world).length, 1);
  t.end();
});

test("two commands that a broker turned around: the older one is stale, also after a restart", (t) => {
  const world = World.ready();
  const [older, newer] = [command(world, { n: 7, act: lockdown }), command(world, { n: 8, act: release })];
  bring(world, newer);
  bring(world, older);
  world.killEdge();
  world.startEdge();
  world.pass(2000);
  bring(world, older);
  t.same(outcomes(world), [{ kind: "done" }, { kind: "refused", why: "stale" }, { kind: "refused", why: "stale" }]);
  t.match(done(world), [{ event: "lockout-cleared" }]);
  t.equal(done(world).length, 1);
  t.end();
});

test("an edge whose machine lost its time executes the command that is sent again, once it asked for the time", (t) => {
  const world = World.ready();
  world.killEdge();
  world.authority.turnOff();
  world.boot = "boot-2";
  world.authority.tellsTime = false;
  world.authority.turnOn();
  world.startEdge();
  world.pass(2000);
  const one = command(world, { act: release });
  bring(world, one);
  t.same(outcomes(world), [{ kind: "refused", why: "clock-unknown" }]);
  world.authority.tellsTime = true;
  world.authority.turnOff();
  world.authority.turnOn();
  world.pass(2000);
  t.match(world.box.status().clock, { trust: "trusted" });
  bring(world, one);
  t.same(outcomes(world)[1], { kind: "done" });
  t.end();
});

test("an edge whose clock was stepped asks for the time by itself, and executes a command that comes then", (t) => {
  const world = World.ready();
  world.wallError = -3_600_000;
  world.pass(2000);
  t.match(
    world
      .records("clock")
      .map(({ detail }) => detail.to)
      .slice(-2),
    ["floor-only", "trusted"],
    "it does not wait for the hour",
  );
  bring(world, command(world, { act: release }));
  t.same(outcomes(world), [{ kind: "done" }]);
  t.end();
});

test("a broker that keeps the time from an edge whose clock is behind cannot keep a command beyond its end by it", (t) => {
  const world = World.ready();
  world.killEdge();
  world.authority.turnOff();
  Object.assign(world, { boot: "boot-2", hardwareClock: true, wallError: 0 });
  world.authority.tellsTime = false;
  world.authority.turnOn();
  const held = command(world);
  world.pass(3_600_000);
  world.wallError = -3_600_000 + 1000;
  world.startEdge();
  world.pass(2000);
  t.match(world.box.status().clock, { trust: "holdover" });
  bring(world, held);
  t.same(outcomes(world), [{ kind: "refused", why: "clock-unknown" }]);
  t.same(done(world), []);
  t.end();
});

test("a flood of bad commands: doors answer meanwhile, the journal gets a line of each kind", (t) => {
  const world = World.ready();
  const bad = [
    changed(command(world)),
    command(world, { by: stranger }),
    command(world, { head: { exp: instant(1) } }),
  ];
  for (let time = 0; time < 40; time += 1) {
    for (const payload of bad) world.box.brokerMessage({ topic: CMD, payload, retained: false });
  }
  world.type(0, "274936#");
  t.equal(world.releases(0).length, 1);
  t.match(
    world.records("command-refused").map(({ detail }) => detail.why),
    ["bad-signature", "expired"],
  );
  t.ok(world.authority.answers.length <= 10);
  t.end();
});
