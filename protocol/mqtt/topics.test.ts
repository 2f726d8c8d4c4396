import { test } from "tap";
import {
  edgeTopics,
  everyUp,
  mayPublish,
  mayReceive,
  maySubscribe,
  type Principal,
  readUpTopic,
  rootTopic,
} from "./topics.ts";

const e1: Principal = { kind: "edge", site: "hq", edge: "e1" };
const adopting: Principal = { kind: "adopting", site: "hq", edge: "e1" };
const base = "lintel/v1/hq/edge/e1";

test("the tree of facts mqtt 3 and design 5.9", (t) => {
  const topics = edgeTopics("hq", "e1");
  t.same(
    [
      topics.up("evt"),
      topics.down("ack"),
      topics.keysetManifest,
      topics.keysetChunk("ab"),
      topics.allDown,
      topics.allRoots,
    ],
    [
      `${base}/up/evt`,
      `${base}/dn/ack`,
      `${base}/dn/keyset/manifest`,
      `${base}/dn/keyset/chunk/ab`,
      `${base}/dn/#`,
      "lintel/v1/hq/root/#",
    ],
  );
  t.same([everyUp("hq"), rootTopic("hq", 1)], ["lintel/v1/hq/edge/+/up/#", "lintel/v1/hq/root/1"]);
  t.throws(() => edgeTopics("hq", "+"), /broken invariant/);
  t.throws(() => edgeTopics("a/b", "e1"), /broken invariant/);
  t.end();
});

const published: readonly { topic: string; retain?: boolean; edge: boolean; adopting: boolean }[] = [
  { topic: `${base}/up/evt`, edge: true, adopting: false },
  { topic: `${base}/up/birth`, edge: true, adopting: false },
  { topic: `${base}/up/time`, edge: true, adopting: false },
  { topic: `${base}/up/keyset`, edge: true, adopting: false },
  { topic: `${base}/up/status`, edge: true, adopting: false },
  { topic: `${base}/up/status`, retain: true, edge: true, adopting: false },
  { topic: `${base}/up/evt`, retain: true, edge: false, adopting: false },
  { topic: `${base}/up/rsp`, edge: true, adopting: false },
  { topic: `${base}/up/rsp`, retain: true, edge: false, adopting: false },
  { topic: `${base}/up/adopt`, edge: false, adopting: true },
  { topic: `${base}/up/adopt`, retain: true, edge: false, adopting: false },
  { topic: `${base}/up/other`, edge: false, adopting: false },
  { topic: `${base}/up/evt/more`, edge: false, adopting: false },
  { topic: `${base}/up`, edge: false, adopting: false },
  { topic: `${base}/dn/ack`, edge: false, adopting: false },
  { topic: `${base}/dn/cmd`, edge: false, adopting: false },
  { topic: `${base}/dn/cmd`, retain: true, edge: false, adopting: false },
  { topic: `${base}/dn/keyset/manifest`, retain: true, edge: false, adopting: false },
  { topic: "lintel/v1/hq/edge/e2/dn/cmd", edge: false, adopting: false },
  { topic: "lintel/v1/hq/edge/e2/up/rsp", edge: false, adopting: false },
  { topic: "lintel/v1/hq/edge/e2/up/evt", edge: false, adopting: false },
  { topic: "lintel/v1/hq/edge/e2/up/adopt", edge: false, adopting: false },
  { topic: "lintel/v1/lab/edge/e1/up/evt", edge: false, adopting: false },
  { topic: "lintel/v2/hq/edge/e1/up/evt", edge: false, adopting: false },
  { topic: "lintel/v1/hq/root/2", retain: true, edge: false, adopting: false },
  { topic: "$SYS/x", edge: false, adopting: false },
  { topic: "homeassistant/lock/x/config", edge: false, adopting: false },
];
for (const { topic, retain = false, edge, adopting: mayAdopt } of published) {
  test(`publishing${retain ? " retained" : ""} ${topic}: edge ${edge}, adopting ${mayAdopt}`, (t) => {
    t.same([mayPublish(e1, topic, retain), mayPublish(adopting, topic, retain)], [edge, mayAdopt]);
    t.end();
  });
}

const subscribed: readonly { filter: string; edge: boolean; adopting: boolean }[] = [
  { filter: `${base}/dn/#`, edge: true, adopting: false },
  { filter: `${base}/dn/ack`, edge: true, adopting: false },
  { filter: `${base}/dn/cmd`, edge: true, adopting: false },
  { filter: "lintel/v1/hq/edge/e2/dn/cmd", edge: false, adopting: false },
  { filter: `${base}/dn/adopt`, edge: true, adopting: true },
  { filter: `${base}/dn/keyset/+/+`, edge: true, adopting: false },
  { filter: "lintel/v1/hq/root/#", edge: true, adopting: false },
  { filter: `${base}/up/#`, edge: false, adopting: false },
  { filter: `${base}/#`, edge: false, adopting: false },
  { filter: `${base}/+/ack`, edge: false, adopting: false },
  { filter: "lintel/v1/hq/edge/e2/dn/#", edge: false, adopting: false },
  { filter: "lintel/v1/hq/edge/e11/dn/#", edge: false, adopting: false },
  { filter: "lintel/v1/hq/edge/+/dn/#", edge: false, adopting: false },
  { filter: "lintel/v1/+/edge/e1/dn/#", edge: false, adopting: false },
  { filter: "#", edge: false, adopting: false },
  { filter: "$SYS/#", edge: false, adopting: false },
];
for (const { filter, edge, adopting: mayAdopt } of subscribed) {
  test(`subscribing to ${filter}: edge ${edge}, adopting ${mayAdopt}`, (t) => {
    t.same([maySubscribe(e1, filter), maySubscribe(adopting, filter)], [edge, mayAdopt]);
    t.end();
  });
}

test("what is delivered is asked again, by its own topic", (t) => {
  t.ok(mayReceive(e1, `${base}/dn/ack`));
  t.notOk(mayReceive(e1, "lintel/v1/hq/edge/e2/dn/ack"));
  t.notOk(mayReceive(adopting, `${base}/dn/ack`));
  t.ok(mayReceive(e1, `${base}/dn/cmd`));
  t.notOk(mayReceive(adopting, `${base}/dn/cmd`));
  t.end();
});

const read: readonly { topic: string; read: unknown }[] = [
  { topic: `${base}/up/evt`, read: { site: "hq", edge: "e1", message: "evt" } },
  { topic: `${base}/up/rsp`, read: { site: "hq", edge: "e1", message: "rsp" } },
  { topic: `${base}/up/evt/`, read: null },
  { topic: `${base}/dn/evt`, read: null },
  { topic: "lintel/v1/hq/edge/E1/up/evt", read: null },
  { topic: "lintel/v1/hq/door/e1/up/evt", read: null },
  { topic: "", read: null },
];
for (const { topic, read: answer } of read) {
  test(`a topic that came up: '${topic}'`, (t) => {
    t.same(readUpTopic(topic), answer);
    t.end();
  });
}
