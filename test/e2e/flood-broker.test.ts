/**
 * A broker turns on a real edge: it floods it with messages that are not for it to believe, and breaks off every way
 * there is. Counted, told of once in a minute, survived with bounded memory; codes open meanwhile, no record is lost
 * (issue 3; facts security 8, rows 20, 22 and 23).
 */
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { Secret } from "@lintel/protocol/base/secret.ts";
import { instant } from "@lintel/protocol/base/units.ts";
import { signMessage } from "@lintel/protocol/mqtt/envelope.ts";
import { edgeTopics } from "@lintel/protocol/mqtt/topics.ts";
import t, { test } from "tap";
import { ANSWER_MAX, costOf, LINES_MAX, MEMORY_MAX, opensWithin } from "../support/flood.rig.ts";
import { HostileBroker, type Published, pour, publish } from "../support/hostile-broker.rig.ts";
import { CODES, officeSite } from "../support/office-site.rig.ts";
import { RunningSite } from "../support/running-site.rig.ts";
import { until } from "../support/until.rig.ts";

const broker = new HostileBroker();
await broker.listen();
t.teardown(() => broker.close());
const site = new RunningSite(t);
const [front] = await Promise.all([site.addDoor("front", "b1"), site.addLine("b2")]);
await site.start(officeSite(), (token) => broker.through(token));

const topics = edgeTopics("hq", "e1");
const ACK = topics.down("ack");
const kept = (topic: string) =>
  until(`${topic} came down`, () => broker.kept.findLast((message) => message.topic === topic)?.payload);

/** An acknowledgement as the authority makes it, signed by somebody else. */
function forged(edge = "e1"): Uint8Array {
  const head = { site: "hq", edge, epoch: "ab".repeat(8), seq: 0, t: instant(0), exp: null, id: new Uint8Array(16) };
  return signMessage("ack", head, { epoch: "ab".repeat(8), seq: 1 }, new Secret(new Uint8Array(32).fill(9)));
}

function changed(message: Uint8Array): Uint8Array {
  return message.map((byte, at) => (at === message.length - 5 ? byte ^ 1 : byte));
}

interface Message {
  readonly name: string;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly how?: Published;
  /** The word under which it is counted; null: it is taken, and changes nothing. */
  readonly why: string | null;
}

const [ack, manifest, time] = await Promise.all([kept(ACK), kept(topics.keysetManifest), kept(topics.down("time"))]);
const messages: readonly Message[] = [
  { name: "random bytes", topic: ACK, payload: Buffer.concat([Buffer.of(0xff), randomBytes(500)]), why: "malformed" },
  { name: "nothing", topic: ACK, payload: new Uint8Array(0), why: "malformed" },
  { name: "the deepest CBOR", topic: ACK, payload: new Uint8Array(100_000).fill(0x81), why: "too-deep" },
  { name: "the longest message", topic: ACK, payload: randomBytes(150_000), why: "too-long" },
  { name: "signed by a stranger", topic: ACK, payload: forged(), why: "bad-signature" },
  { name: "a true one with another bit", topic: ACK, payload: changed(ack), why: "bad-signature" },
  { name: "a true one again", topic: ACK, payload: ack, why: null },
  { name: "a true one that was retained", topic: ACK, payload: ack, how: { retain: true }, why: "retained" },
  { name: "a true one on another topic", topic: topics.down("need"), payload: ack, why: "wrong-kind" },
  { name: "the answer to another question", topic: topics.down("time"), payload: time, why: "unasked-time" },
  { name: "another edge's", topic: edgeTopics("hq", "e2").down("ack"), payload: ack, why: "wrong-topic" },
  { name: "the manifest again", topic: topics.keysetManifest, payload: manifest, how: { retain: true }, why: null },
  {
    name: "a piece that nobody asked for",
    topic: topics.keysetChunk("ab".repeat(32)),
    payload: randomBytes(65_536),
    why: null,
  },
];

test("the quiet before: a code opens", async (t) => {
  let took = 0;
  const cost = await costOf(site.edge, async () => {
    took = await opensWithin(front, CODES.desk);
  });
  t.comment({ took, ...cost });
  t.ok(took <= ANSWER_MAX, `${took} ms`);
  t.ok(cost.lines >= 1 && cost.lines <= LINES_MAX);
});

/** One of each kind, and two hundred of what costs most to refuse, in one piece. Half by QoS 0, which asks for no answer. */
function heap(sent: number): Buffer {
  const costly = messages.find(({ name }) => name === "a true one with another bit")!;
  return Buffer.concat(
    [...messages, ...Array<Message>(200).fill(costly)].map(({ topic, payload, how }, at) =>
      publish(topic, payload, { qos: at % 2 === 0 ? 0 : 1, ...how, id: ((sent + at) % 65_535) + 1 }),
    ),
  );
}

test("thousands of messages of every kind, as fast as they are taken: codes open meanwhile", async (t) => {
  const told = site.records.length;
  let sent = 0;
  const took: number[] = [];
  const cost = await costOf(site.edge, async () => {
    broker.turn((socket) =>
      pour(socket, () => {
        const piece = heap(sent);
        sent += messages.length + 200;
        return piece;
      }),
    );
    await until("it has begun", () => sent > 500);
    for (let code = 0; code < 3; code += 1) took.push(await opensWithin(front, CODES.desk));
  });
  t.comment({ took, ...cost, sent });
  t.ok(Math.max(...took) <= ANSWER_MAX, `${took} ms`);
  t.ok(cost.memory <= MEMORY_MAX, `${cost.memory} bytes`);
  t.ok(cost.lines <= LINES_MAX, `${cost.lines} lines`);
  const words = site.records
    .slice(told)
    .flatMap(({ event, detail }) => (event === "message-refused" ? [detail.why] : []));
  t.same([...new Set(words)].sort(), [...new Set(messages.flatMap(({ why }) => why ?? []))].sort(), "each was seen");
  t.ok(words.length <= messages.length, "and told once");
});

const endings: readonly { readonly name: string; readonly act: (socket: Socket) => void }[] = [
  { name: "2 MB in one message", act: (socket) => socket.write(publish(ACK, Buffer.alloc(2_000_000))) },
  { name: "half a message", act: (socket) => socket.end(publish(ACK, ack).subarray(0, 40)) },
];

test(`a broker that lets in and then breaks off (${endings.map(({ name }) => name).join(", ")}): codes open, little is told`, async (t) => {
  let met = 0;
  const took: number[] = [];
  const cost = await costOf(site.edge, async () => {
    broker.turn((socket) => {
      endings[met % endings.length]!.act(socket);
      met += 1;
    });
    while (met < endings.length) took.push(await opensWithin(front, CODES.desk));
  });
  t.comment({ took, ...cost, met });
  t.ok(Math.max(...took) <= ANSWER_MAX, `${took} ms`);
  t.ok(cost.memory <= MEMORY_MAX, `${cost.memory} bytes`);
  t.ok(cost.lines <= LINES_MAX, `${cost.lines} lines`);
});

test("an honest broker again: every record of it all arrives", async (t) => {
  broker.turn(null);
  const held = await site.collectedAll();
  t.same(held, site.records);
  t.equal(held.filter(({ event }) => event === "granted").length, front.releases());
  t.equal(site.edge.talk, "", "nothing on its standard error");
});
