/** Which grants were under duress: seen by who may, on demand, audited, and nowhere else (domain-rules, "Duress"). */
import { deriveCovertKey, sealCovert } from "@lintel/protocol/mqtt/covert.ts";
import type { JournalRecord } from "@lintel/protocol/mqtt/record.ts";
import { test } from "tap";
import { countedBytes, type StandIn, StandInEdge, startStandIn } from "./stand-in.ts";

const SITE = `
site: { id: hq, name: Head office, timezone: Europe/Berlin, country: DE }
edges: [ { id: e1 } ]
buses: [ { id: b1, edge: e1, port: sim, baud: 9600 } ]
doors: [ { id: front, name: Front door, controller: { bus: b1, address: 0 } } ]
users: [ { id: u1, name: Front Desk } ]
keys: [ { id: k1, user: u1, doors: [front], restriction: none, pin: "274936", duressPin: "618340" } ]
`;

function started(): StandIn {
  const around = startStandIn();
  if (!around.authority.apply(SITE, { widen: false }).ok) throw new Error("not applied");
  return around;
}

function adopted(around: StandIn, seed: number): StandInEdge {
  const edge = new StandInEdge("hq", "e1", seed);
  const token = around.authority.issueToken("e1");
  if (!token.ok || !edge.adopt(around, token.value.token)) throw new Error("not adopted");
  return edge;
}

function grant(edge: StandInEdge, seq: number, duress: boolean): JournalRecord {
  const record = edge.record(seq, { event: "granted", key: "k1", user: "u1", detail: { via: "pin" } });
  const key = deriveCovertKey(edge.shared, { site: "hq", edge: "e1" });
  return { ...record, covert: sealCovert(key, record, { duress }, countedBytes(seq + 100)) };
}

function send(around: StandIn, edge: StandInEdge, records: readonly JournalRecord[]): void {
  const body = { epoch: edge.epoch, oldest: 1, records };
  around.authority.receive(edge.topics.up("evt"), edge.sign("evt", body));
}

/** Three records: a grant, one under duress, and one that is no grant. */
function withGrants(): StandIn {
  const around = started();
  const edge = adopted(around, 11);
  send(around, edge, [grant(edge, 1, false), grant(edge, 2, true), edge.record(3)]);
  return around;
}

test("on demand each grant says whether it was under duress; what is no grant says nothing", (t) => {
  const { authority } = withGrants();
  t.same(
    authority.recordsWithDuress(0, 10).map(({ place, edge, duress }) => [place, edge, duress]),
    [
      [1, "e1", false],
      [2, "e1", true],
      [3, "e1", null],
    ],
  );
  t.end();
});

test("each showing is an audit entry, with what was looked at and not what was seen", (t) => {
  const { authority, now } = withGrants();
  const before = authority.audit().length;
  authority.recordsWithDuress(1, 1);
  authority.recordsWithDuress(3, 10);
  t.same(
    authority.audit().slice(before),
    [{ at: now, what: "duress-revealed", detail: { after: 1, upTo: 2 } }],
    "an empty page shows nothing",
  );
  t.end();
});

test("without it neither the log nor the events have anything of it: both grants look alike", (t) => {
  const { authority, events } = withGrants();
  const told = events.flatMap((event) => (event.event === "collected" ? [event.record] : []));
  const shown = authority.records(0, 10).map(({ record }) => record);
  for (const records of [told, shown]) {
    t.equal(records.length, 3);
    const [one, other] = records.map(({ seq: _seq, at: _at, ...rest }) => rest);
    t.same(one, other);
    t.notMatch(JSON.stringify(records), /covert|duress/);
  }
  t.equal(authority.audit().filter(({ what }) => what === "duress-revealed").length, 0);
  t.end();
});

test("what was sealed under the keys of an edge before it was adopted anew stays readable", (t) => {
  const around = started();
  const first = adopted(around, 11);
  send(around, first, [grant(first, 1, true)]);
  const second = adopted(around, 12);
  send(around, second, [grant(second, 1, true), grant(second, 2, false)]);
  t.same(
    around.authority.recordsWithDuress(0, 10).map(({ duress }) => duress),
    [true, true, false],
  );
  around.restart();
  t.equal(around.authority.recordsWithDuress(0, 10).length, 3, "also after a restart");
  t.end();
});

test("a field that nobody here can have sealed is unreadable, and says so: it is not `no`", (t) => {
  const around = started();
  const edge = adopted(around, 11);
  const moved = { ...grant(edge, 1, false), key: "k9" };
  send(around, edge, [moved]);
  t.same(
    around.authority.recordsWithDuress(0, 10).map(({ duress }) => duress),
    ["unreadable"],
  );
  t.end();
});

test("before there is a site there is nothing to show", (t) => {
  t.same(startStandIn().authority.recordsWithDuress(0, 10), []);
  t.end();
});
