/** Records: each once, collected in order without gap, acknowledged only when they are, asked for when they miss. */
import { instant } from "@lintel/protocol/base/units.ts";
import type { BodyOf } from "@lintel/protocol/mqtt/bodies.ts";
import fc from "fast-check";
import { test } from "tap";
import { LIMITS } from "./limits.ts";
import { type StandIn, StandInEdge, startStandIn } from "./stand-in.ts";

const SITE = `
site: { id: hq, name: Head office, timezone: Europe/Berlin, country: DE }
edges: [ { id: e1 } ]
buses: [ { id: b1, edge: e1, port: sim, baud: 9600 } ]
doors: [ { id: front, name: Front door, controller: { bus: b1, address: 0 } } ]
users: []
keys: []
`;

function started(): { around: StandIn; edge: StandInEdge } {
  const around = startStandIn();
  const applied = around.authority.apply(SITE, { widen: false });
  const token = around.authority.issueToken("e1");
  const edge = new StandInEdge("hq", "e1", 11);
  if (!applied.ok || !token.ok || !edge.adopt(around, token.value.token)) throw new Error("not adopted");
  return { around, edge };
}

/** Sends a batch; answers the acknowledged seq and the gap asked for. */
function send({ around, edge }: { around: StandIn; edge: StandInEdge }, batch: BodyOf<"evt">) {
  const from = around.broker.sent.length;
  around.authority.receive(edge.topics.up("evt"), edge.sign("evt", batch));
  let ack: number | null = null;
  let need: string | null = null;
  for (const { topic, payload } of around.broker.sent.slice(from)) {
    if (topic === edge.topics.down("ack")) ack = edge.open("ack", payload).body.seq;
    if (topic !== edge.topics.down("need")) continue;
    const { from: first, to } = edge.open("need", payload).body;
    need = `${first}-${to}`;
  }
  return { ack, need };
}

function collected(around: StandIn): readonly number[] {
  return around.events.flatMap((event) => (event.event === "collected" ? [event.record.seq] : []));
}

function held(around: StandIn): readonly number[] {
  return around.authority.records(0, 1000).map(({ record }) => record.seq);
}

const ways: readonly {
  name: string;
  batches: readonly (readonly number[])[];
  acks: readonly number[];
  needs: readonly (string | null)[];
}[] = [
  { name: "in order", batches: [[1, 2], [3]], acks: [2, 3], needs: [null, null] },
  {
    name: "twice",
    batches: [
      [1, 2],
      [1, 2],
    ],
    acks: [2, 2],
    needs: [null, null],
  },
  {
    name: "half of it twice",
    batches: [
      [1, 2],
      [2, 3],
    ],
    acks: [2, 3],
    needs: [null, null],
  },
  { name: "the second first", batches: [[3], [1, 2]], acks: [0, 3], needs: ["1-2", null] },
  { name: "one lost", batches: [[1], [3], [2]], acks: [1, 1, 3], needs: [null, "2-2", null] },
  {
    name: "two gaps: the first is asked for",
    batches: [[2], [5], [1], [3, 4]],
    acks: [0, 0, 2, 5],
    needs: ["1-1", null, "3-4", null],
  },
  {
    name: "an alarm that jumped the queue",
    batches: [[9], [1, 2, 3, 4, 5, 6, 7, 8]],
    acks: [0, 9],
    needs: ["1-8", null],
  },
];
for (const { name, batches, acks, needs } of ways) {
  test(`records that come ${name}`, (t) => {
    const both = started();
    const answers = batches.map((seqs) => send(both, both.edge.batch(...seqs)));
    t.same(
      answers.map(({ ack }) => ack),
      acks,
    );
    t.same(
      answers.map(({ need }) => need),
      needs,
    );
    const all = Array.from({ length: acks.at(-1)! }, (_, at) => at + 1);
    t.same(collected(both.around), all);
    t.same(held(both.around), all);
    t.same(both.around.authority.alarms(), []);
    t.end();
  });
}

test("whatever order, whatever repeats: collected once each, in order, and the end is acknowledged", (t) => {
  let runs = 0;
  const journeys = fc.array(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 3 })), {
    minLength: 1,
    maxLength: 25,
  });
  fc.assert(
    fc.property(journeys, (journey) => {
      runs += 1;
      const both = started();
      for (const [first, more] of journey) {
        const seqs = Array.from({ length: Math.min(more + 1, 13 - first) }, (_, at) => first + at);
        const { ack } = send(both, both.edge.batch(...seqs));
        const now = collected(both.around);
        // Acknowledged is exactly what was told, and what was told has no gap.
        if (ack !== now.length || now.some((seq, at) => seq !== at + 1)) return false;
      }
      const { ack } = send(both, both.edge.batch(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12));
      return ack === 12 && held(both.around).length === 12;
    }),
    { numRuns: 60 },
  );
  t.ok(runs >= 60);
  t.end();
});

test("the same number with other content: an alarm, once; what came first stays", (t) => {
  const both = started();
  const { around, edge } = both;
  send(both, edge.batch(1, 2));
  const forged = { ...edge.batch(2), records: [edge.record(2, { event: "closed" })] };
  t.same(send(both, forged), { ack: 2, need: null });
  send(both, forged);
  t.match(around.authority.alarms(), [{ kind: "record-conflict", subject: `e1/${edge.epoch}/2`, count: 2 }]);
  t.equal(around.events.filter(({ event }) => event === "alarm").length, 1);
  t.equal(around.authority.records(1, 1)[0]!.record.event, "opened");
  t.end();
});

test("a conflict is seen too where the first of the two waits for a gap", (t) => {
  const both = started();
  send(both, both.edge.batch(5));
  send(both, { ...both.edge.batch(5), records: [both.edge.record(5, { event: "closed" })] });
  t.match(both.around.authority.alarms(), [{ kind: "record-conflict" }]);
  t.end();
});

test("records that the edge no longer has: the log goes on behind them, and says so", (t) => {
  const both = started();
  const { around, edge } = both;
  send(both, edge.batch(1, 2));
  t.same(send(both, { ...edge.batch(10, 11), oldest: 6 }), { ack: 5, need: "6-9" });
  t.match(around.authority.alarms(), [{ kind: "records-lost", subject: `e1/${edge.epoch}/3-5` }]);
  t.same(send(both, { ...edge.batch(12), oldest: 10 }), { ack: 12, need: null });
  t.same(collected(around), [1, 2, 10, 11, 12]);
  t.equal(around.authority.alarms().length, 2);
  t.end();
});

test("a record held behind a gap is not skipped with it", (t) => {
  const both = started();
  send(both, both.edge.batch(4));
  t.same(send(both, { ...both.edge.batch(9), oldest: 9 }), { ack: 9, need: null });
  t.same(collected(both.around), [4, 9]);
  t.same(
    both.around.authority.alarms().map(({ subject }) => subject.split("/").at(-1)),
    ["1-3", "5-8"],
  );
  t.end();
});

test("the same gap is asked for again only after its answer had time to come", (t) => {
  const both = started();
  t.equal(send(both, both.edge.batch(5)).need, "1-4");
  t.equal(send(both, both.edge.batch(6)).need, null);
  both.around.now = instant(both.around.now + LIMITS.needInterval);
  t.equal(send(both, both.edge.batch(7)).need, "1-4");
  t.end();
});

test("another epoch is another journal, with its own numbers from 1", (t) => {
  const both = started();
  const { around, edge } = both;
  send(both, edge.batch(1, 2));
  const epoch = "ffffffffffffffff";
  const later = { epoch, oldest: 1, records: [edge.record(1, { epoch })] };
  t.same(send(both, later), { ack: 1, need: null });
  t.same(held(around), [1, 2, 1]);
  t.same(
    around.authority.records(2, 10).map(({ place }) => place),
    [3],
  );
  t.end();
});

test("a birth is answered by what is acknowledged; a journal that ends before that was put back", (t) => {
  const both = started();
  const { around, edge } = both;
  send(both, edge.batch(1, 2, 3));
  const birth = (session: number, head: number) =>
    edge.ask(
      around,
      "birth",
      [
        "birth",
        {
          software: "0.1.0",
          session,
          doors: ["front"],
          keyset: null,
          journal: { epoch: edge.epoch, oldest: 1, head },
          clock: { trust: "trusted", floor: around.now },
        },
      ],
      ["ack", "ack"],
    );
  t.same(birth(1, 3), [{ epoch: edge.epoch, seq: 3 }]);
  t.same(around.authority.alarms(), []);
  t.same(birth(2, 2), [{ epoch: edge.epoch, seq: 3 }]);
  t.match(around.authority.alarms(), [{ kind: "journal-went-back", subject: `e1/${edge.epoch}/2` }]);
  t.equal(around.authority.alarms().length, 1);
  t.end();
});

test("records wait over a restart, and are told once", (t) => {
  const both = started();
  send(both, both.edge.batch(1, 3));
  both.around.restart();
  t.same(send(both, both.edge.batch(2)), { ack: 3, need: null });
  t.same(collected(both.around), [1, 2, 3]);
  t.same(held(both.around), [1, 2, 3]);
  t.end();
});

test("a record of a stranger, or of another edge, is not held", (t) => {
  const { around, edge } = started();
  const stranger = new StandInEdge("hq", "e1", 66);
  around.authority.receive(edge.topics.up("evt"), stranger.sign("evt", stranger.batch(1)));
  const other = new StandInEdge("hq", "e2", 11);
  around.authority.receive(edge.topics.up("evt"), other.sign("evt", other.batch(1)));
  t.same(held(around), []);
  t.match(around.authority.audit().slice(-2), [
    { detail: { why: "bad-signature" } },
    { detail: { why: "wrong-edge" } },
  ]);
  t.end();
});

test("a flood of refused messages is one audit entry a minute for each cause", (t) => {
  const { around, edge } = started();
  const before = around.authority.audit().length;
  for (let at = 0; at < 50; at += 1) around.authority.receive(edge.topics.up("evt"), Uint8Array.of(at));
  t.equal(around.authority.audit().length, before + 1);
  around.now = instant(around.now + LIMITS.refusalInterval);
  around.authority.receive(edge.topics.up("evt"), Uint8Array.of(1));
  t.equal(around.authority.audit().length, before + 2);
  t.end();
});

test("pages of the log join without loss or repetition", (t) => {
  const both = started();
  send(both, both.edge.batch(...Array.from({ length: 50 }, (_, at) => at + 1)));
  const seqs: number[] = [];
  let place = 0;
  for (;;) {
    const page = both.around.authority.records(place, 7);
    if (page.length === 0) break;
    seqs.push(...page.map(({ record }) => record.seq));
    place = page.at(-1)!.place;
  }
  t.same(
    seqs,
    Array.from({ length: 50 }, (_, at) => at + 1),
  );
  t.end();
});
