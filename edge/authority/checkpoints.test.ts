/** What edges signed of their journals, against what was collected; and what the authority signs of its own log. */
import { instant } from "@lintel/protocol/base/units.ts";
import { EMPTY_LINK, nextLink } from "@lintel/protocol/mqtt/chain.ts";
import { openMessage, signingPublicKey } from "@lintel/protocol/mqtt/envelope.ts";
import { encodeRecord } from "@lintel/protocol/mqtt/record-codec.ts";
import { test } from "tap";
import { makeKeys } from "./keys.ts";
import { LIMITS } from "./limits.ts";
import { countedBytes, type StandIn, StandInEdge, startStandIn } from "./stand-in.ts";

const SITE = `
site: { id: hq, name: Head office, timezone: Europe/Berlin, country: DE }
edges: [ { id: e1 } ]
buses: [ { id: b1, edge: e1, port: sim, baud: 9600 } ]
doors: [ { id: front, name: Front door, controller: { bus: b1, address: 0 } } ]
users: []
keys: []
`;

class Rig {
  readonly around: StandIn = startStandIn();
  readonly edge = new StandInEdge("hq", "e1", 11);

  constructor() {
    const applied = this.around.authority.apply(SITE, { widen: false });
    const token = this.around.authority.issueToken("e1");
    if (!applied.ok || !token.ok || !this.edge.adopt(this.around, token.value.token)) throw new Error("not adopted");
  }

  send(oldest: number, ...seqs: readonly number[]): void {
    const batch = { ...this.edge.batch(...seqs), oldest };
    this.around.authority.receive(this.edge.topics.up("evt"), this.edge.sign("evt", batch));
  }

  /** The true link of a record of the edge's journal. */
  link(seq: number): string {
    let link = EMPTY_LINK;
    for (let at = 1; at <= seq; at += 1) link = nextLink(link, encodeRecord(this.edge.record(at)));
    return link;
  }

  checkpoint(seq: number, hash = this.link(seq)): void {
    const body = { epoch: this.edge.epoch, seq, hash, keyset: 1, floor: instant(0) };
    this.around.authority.receive(this.edge.topics.up("checkpoint"), this.edge.sign("checkpoint", body));
  }

  birth(session: number, message?: Uint8Array): Uint8Array {
    const birth =
      message ??
      this.edge.sign("birth", {
        software: "0.1.0",
        session,
        doors: ["front"],
        keyset: null,
        journal: { epoch: this.edge.epoch, oldest: 1, head: 0 },
        clock: { trust: "trusted", floor: this.around.now },
      });
    this.around.authority.receive(this.edge.topics.up("birth"), birth);
    return birth;
  }

  get alarms(): readonly string[] {
    return this.around.authority.alarms().map(({ kind, subject }) => `${kind} ${subject}`);
  }
}

const epoch = new StandInEdge("hq", "e1", 11).epoch;
const sent =
  (oldest: number, ...seqs: readonly number[]) =>
  (rig: Rig) =>
    rig.send(oldest, ...seqs);
const signed = (seq: number, hash?: string) => (rig: Rig) => rig.checkpoint(seq, hash);
const other = "ab".repeat(32);
const histories: readonly { name: string; acts: readonly ((rig: Rig) => void)[]; alarms: readonly string[] }[] = [
  { name: "that fits", acts: [sent(1, 1, 2), signed(2)], alarms: [] },
  { name: "that fits, before its records", acts: [signed(2), sent(1, 1, 2)], alarms: [] },
  {
    name: "of another link",
    acts: [sent(1, 1, 2), signed(2, other)],
    alarms: [`chain-broken e1/${epoch}/2`],
  },
  {
    name: "of another link, before its records",
    acts: [signed(2, other), sent(1, 1), sent(1, 2, 3)],
    alarms: [`chain-broken e1/${epoch}/2`],
  },
  {
    name: "of a record in the middle",
    acts: [sent(1, 1, 2, 3), signed(1), signed(2, other)],
    alarms: [`chain-broken e1/${epoch}/2`],
  },
  {
    name: "twice with two links: both are looked at",
    acts: [signed(1), signed(1, other), sent(1, 1)],
    alarms: [`chain-broken e1/${epoch}/1`],
  },
  {
    name: "behind records that are lost: nothing leads to it",
    acts: [sent(1, 1), sent(3, 3), signed(3, other)],
    alarms: [`records-lost e1/${epoch}/2-2`],
  },
  {
    name: "behind records that are lost, and the next one follows from it",
    acts: [sent(1, 1), sent(3, 3), signed(3), sent(1, 4), signed(4)],
    alarms: [`records-lost e1/${epoch}/2-2`],
  },
  {
    name: "behind records that are lost, and the next one does not follow from it",
    acts: [sent(1, 1), sent(3, 3), signed(3, other), sent(1, 4), signed(4)],
    alarms: [`records-lost e1/${epoch}/2-2`, `chain-broken e1/${epoch}/4`],
  },
];
for (const { name, acts, alarms } of histories) {
  test(`a checkpoint ${name}`, (t) => {
    const rig = new Rig();
    for (const act of acts) act(rig);
    t.same(rig.alarms, alarms);
    rig.around.restart();
    t.same(rig.alarms, alarms);
    t.end();
  });
}

test("what an edge no longer holds is in the audit, with both ends", (t) => {
  const rig = new Rig();
  rig.send(1, 1);
  rig.send(5, 5);
  t.match(rig.around.authority.audit().at(-1), { what: "records-lost", detail: { edge: "e1", epoch, from: 2, to: 4 } });
  t.end();
});

test("one connection with two births is an edge that runs twice; a birth that is repeated is not", (t) => {
  const rig = new Rig();
  const first = rig.birth(1);
  rig.birth(1, first);
  rig.birth(2);
  t.same(rig.alarms, []);
  rig.birth(2);
  t.same(rig.alarms, [`edge-twice e1/${epoch}/2`]);
  rig.birth(3);
  t.equal(rig.alarms.length, 1);
  t.end();
});

test("the authority signs the ends of its log and its audit: with every checkpoint of an edge, or when they grew long", (t) => {
  const rig = new Rig();
  const held = () => rig.around.store.logCheckpoints();
  rig.send(1, 1);
  t.same(held(), []);
  rig.checkpoint(1);
  t.match(held(), [{ place: 1, entry: rig.around.store.auditEnd().entry }]);
  const { online } = makeKeys(countedBytes(2));
  const signer = signingPublicKey(online);
  const opened = openMessage("log-checkpoint", held()[0]!.message, { site: "hq", edge: null, signer, now: null });
  const [log, audit] = [rig.around.store.logEnd(), rig.around.store.auditEnd()];
  const said = { place: 1, log: log.link, entry: audit.entry, audit: audit.link };
  t.match(opened, { ok: true, value: { body: said } });
  rig.checkpoint(1);
  t.equal(held().length, 1, "nothing grew");
  for (let seq = 2; seq <= LIMITS.logCheckpoint; seq += 1) rig.send(1, seq);
  t.equal(held().length, 1);
  rig.send(1, LIMITS.logCheckpoint + 1);
  t.equal(held().at(-1)!.place, LIMITS.logCheckpoint + 1);
  t.end();
});
