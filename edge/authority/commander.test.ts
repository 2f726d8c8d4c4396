/** Commands as their authority sends them: numbered, with an end, again until answered, audited before and after. */
import { instant, millis } from "@lintel/protocol/base/units.ts";
import type { ActOutcome, DoorAct } from "@lintel/protocol/mqtt/command.ts";
import { test } from "tap";
import type { Came } from "./commander.ts";
import { LIMITS } from "./limits.ts";
import { type StandIn, StandInEdge, startStandIn } from "./stand-in.ts";

const SITE = `
site: { id: hq, name: Head office, timezone: Europe/Berlin, country: DE }
edges: [ { id: e1 }, { id: e2 }, { id: e3 } ]
buses: [ { id: b1, edge: e1, port: sim, baud: 9600 }, { id: b2, edge: e2, port: sim, baud: 9600 }, { id: b3, edge: e3, port: sim, baud: 9600 } ]
doors:
  - { id: front, name: Front door, controller: { bus: b1, address: 0 } }
  - { id: back, name: Back door, controller: { bus: b2, address: 0 } }
  - { id: shed, name: Shed, controller: { bus: b3, address: 0 } }
users: []
keys: []
`;
const lockdown: DoorAct = { kind: "mode", door: "front", mode: "lockdown" };
const DONE: ActOutcome = { kind: "done" };

function adopt(around: StandIn, name: string, seed: number): StandInEdge {
  const token = around.authority.issueToken(name);
  const edge = new StandInEdge("hq", name, seed);
  if (!token.ok || !edge.adopt(around, token.value.token)) throw new Error("not adopted");
  return edge;
}

class Rig {
  readonly around = startStandIn();
  readonly e1: StandInEdge;
  readonly e2: StandInEdge;
  readonly came: Came[] = [];

  constructor() {
    if (!this.around.authority.apply(SITE, { widen: false }).ok) throw new Error("not applied");
    this.e1 = adopt(this.around, "e1", 11);
    this.e2 = adopt(this.around, "e2", 12);
  }

  ask(act: DoorAct = lockdown) {
    return this.around.authority.command({ act, by: "operator" }, (came) => this.came.push(came));
  }

  /** Commands that were published for an edge, as it opens them. */
  sent(edge = this.e1) {
    return this.around.broker.sent
      .filter(({ topic }) => topic === edge.topics.down("cmd"))
      .map(({ payload, retain }) => ({ ...edge.open("command", payload), retain, payload }));
  }

  answer(outcome: ActOutcome, over: { n?: number; command?: Uint8Array } = {}, edge = this.e1): void {
    const { body, id } = this.sent().at(-1)!;
    const answer = edge.sign("command-answer", { n: body.n, command: id, outcome, ...over });
    this.around.authority.receive(edge.topics.up("rsp"), answer);
  }

  pass(ms: number): void {
    this.around.pass(millis(ms));
  }

  audit() {
    return this.around.authority.audit().filter(({ what }) => what.startsWith("command-"));
  }
}

test("a command: for the door's edge alone, never retained, with an end, audited before it goes; its answer after", (t) => {
  const rig = new Rig();
  const { now } = rig.around;
  t.same(rig.ask(), { ok: true, value: { edge: "e1", n: now } });
  const [sent] = rig.sent();
  t.match(sent, {
    retain: false,
    edge: "e1",
    t: now,
    exp: now + LIMITS.commandLife,
    body: { n: now, act: lockdown, by: "operator" },
  });
  t.same(rig.sent(rig.e2), []);
  t.match(rig.audit(), [
    {
      at: now,
      what: "command-sent",
      detail: { edge: "e1", n: now, by: "operator", act: "mode", door: "front", mode: "lockdown" },
    },
  ]);
  rig.pass(40);
  rig.answer(DONE);
  t.same(rig.came, [DONE]);
  t.match(rig.audit()[1], { at: now + 40, what: "command-answered", detail: { edge: "e1", n: now, outcome: "done" } });
  t.match(rig.around.events.at(-1), { event: "command", door: "front", act: "mode", by: "operator", outcome: "done" });
  rig.pass(60_000);
  t.equal(rig.sent().length, 1, "it is not sent again");
  t.same(rig.came, [DONE], "and heard of once");
  t.end();
});

const acts: readonly DoorAct[] = [
  { kind: "override", door: "front", state: "unlock", until: instant(1_797_000_000_000) },
  { kind: "override", door: "front", state: "lock", until: "period-end" },
  { kind: "override", door: "front", state: "resume", until: null },
  { kind: "release", door: "front" },
];
for (const act of acts) {
  test(`what is asked travels whole: ${JSON.stringify(act)}`, (t) => {
    const rig = new Rig();
    t.ok(rig.ask(act).ok);
    t.same(rig.sent()[0]?.body.act, act);
    t.match(rig.audit()[0]?.detail, { act: act.kind, door: "front" });
    t.end();
  });
}

test("a refusal of the edge is what came, with its word", (t) => {
  const rig = new Rig();
  rig.ask();
  rig.answer({ kind: "refused", why: "wrong-end" });
  t.same(rig.came, [{ kind: "refused", why: "wrong-end" }]);
  t.match(rig.audit()[1], { detail: { outcome: "wrong-end" } });
  t.end();
});

test("without an answer: the very same bytes every second while they may be executed, and after 10 s that nobody answered", (t) => {
  const rig = new Rig();
  rig.ask();
  rig.pass(LIMITS.commandWait - 1);
  t.same(rig.came, []);
  const sent = rig.sent();
  t.equal(sent.length, 10);
  t.ok(sent.every(({ payload }) => Buffer.compare(payload, sent[0]!.payload) === 0));
  rig.pass(1);
  t.same(rig.came, [{ kind: "no-answer" }]);
  t.match(rig.audit()[1], { detail: { outcome: "no-answer" } });
  rig.pass(60_000);
  rig.answer(DONE);
  t.equal(rig.sent().length, 10);
  t.equal(rig.came.length, 1, "what comes later is the journal's to tell");
  t.end();
});

test("an edge that does not know the time is asked again meanwhile; that it does not is the answer at the end only", (t) => {
  for (const { knows, came } of [
    { knows: true, came: DONE },
    { knows: false, came: { kind: "refused", why: "clock-unknown" } },
  ]) {
    const rig = new Rig();
    rig.ask();
    rig.answer({ kind: "refused", why: "clock-unknown" });
    t.same(rig.came, []);
    rig.pass(1000);
    t.equal(rig.sent().length, 2);
    if (knows) rig.answer(DONE);
    rig.pass(10_000);
    t.same(rig.came, [came]);
  }
  t.end();
});

test("numbers rise for each edge: with the time, by one where the clock stands or went back, and over a restart", (t) => {
  const rig = new Rig();
  const first = rig.around.now;
  rig.ask();
  rig.ask();
  rig.around.now = instant(first - 3_600_000);
  rig.around.restart();
  rig.ask();
  rig.around.now = instant(first + 5000);
  rig.ask();
  rig.ask({ ...lockdown, door: "back" });
  t.same(
    rig.audit().map(({ detail: { edge, n } }) => [edge, n]),
    [
      ["e1", first],
      ["e1", first + 1],
      ["e1", first + 2],
      ["e1", first + 5000],
      ["e2", first + 5000],
    ],
  );
  t.end();
});

test("an older database put back has forgotten its last number: time went on, and the next is higher all the same", (t) => {
  const rig = new Rig();
  rig.ask();
  const before = rig.sent().at(-1)!.body.n;
  const older = new Rig();
  older.around.now = instant(before + 1);
  t.match(older.ask(), { ok: true, value: { n: before + 1 } });
  t.end();
});

const nobody: readonly { name: string; ask: (rig: Rig) => unknown; error: object }[] = [
  {
    name: "a door that the site does not have",
    ask: (rig) => rig.ask({ ...lockdown, door: "attic" }),
    error: { kind: "unknown-door", known: ["front", "back", "shed"] },
  },
  {
    name: "a door whose edge was never adopted: at once",
    ask: (rig) => rig.ask({ ...lockdown, door: "shed" }),
    error: { kind: "not-adopted", edge: "e3" },
  },
  {
    name: "before there is a site",
    ask: () => startStandIn().authority.command({ act: lockdown, by: "operator" }, () => {}),
    error: { kind: "no-site" },
  },
];
for (const { name, ask, error } of nobody) {
  test(`nothing is sent, and nothing audited: ${name}`, (t) => {
    const rig = new Rig();
    t.same(ask(rig), { ok: false, error });
    t.same([rig.sent(), rig.audit()], [[], []]);
    rig.pass(20_000);
    t.same(rig.came, []);
    t.end();
  });
}

const foreign: readonly { name: string; answer: (rig: Rig) => void }[] = [
  { name: "of another edge, as its own", answer: (rig) => rig.answer(DONE, {}, rig.e2) },
  {
    name: "of another edge, on this one's topic",
    answer: (rig) => {
      const { body, id } = rig.sent().at(-1)!;
      const answer = rig.e2.sign("command-answer", { n: body.n, command: id, outcome: DONE });
      rig.around.authority.receive(rig.e1.topics.up("rsp"), answer);
    },
  },
  { name: "to another command", answer: (rig) => rig.answer(DONE, { command: new Uint8Array(16).fill(1) }) },
  { name: "with another number", answer: (rig) => rig.answer(DONE, { n: 1 }) },
  {
    name: "signed by a stranger",
    answer: (rig) => {
      const { body, id } = rig.sent().at(-1)!;
      const stranger = new StandInEdge("hq", "e1", 77);
      const answer = stranger.sign("command-answer", { n: body.n, command: id, outcome: DONE });
      rig.around.authority.receive(rig.e1.topics.up("rsp"), answer);
    },
  },
  {
    name: "that is the command itself, played back",
    answer: (rig) => rig.around.authority.receive(rig.e1.topics.up("rsp"), rig.sent().at(-1)!.payload),
  },
];
for (const { name, answer } of foreign) {
  test(`an answer ${name} is none`, (t) => {
    const rig = new Rig();
    rig.ask();
    answer(rig);
    t.same(rig.came, []);
    rig.answer(DONE);
    t.same(rig.came, [DONE], "and the true one counts still");
    t.end();
  });
}

test("as many as may wait at once wait; one more is refused until one has ended", (t) => {
  const rig = new Rig();
  for (let count = 0; count < LIMITS.commands; count += 1) t.ok(rig.ask().ok);
  t.same(rig.ask(), { ok: false, error: { kind: "too-many" } });
  rig.answer(DONE);
  t.ok(rig.ask().ok);
  rig.pass(10_000);
  t.equal(rig.came.length, LIMITS.commands + 1);
  t.end();
});
