/** The embedded broker over real sockets, with the client that edges use: who may connect, publish, read, and flood. */
import { once } from "node:events";
import { type AddressInfo, connect as connectSocket, createServer } from "node:net";
import { adoptionUser } from "@lintel/protocol/mqtt/adoption.ts";
import { LIMITS as WIRE } from "@lintel/protocol/mqtt/limits.ts";
import { edgeTopics, type Principal } from "@lintel/protocol/mqtt/topics.ts";
import { until } from "@lintel/test/support/until.rig.ts";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import t, { test } from "tap";
import type { ConnectionRefusal } from "../ports.ts";
import { EmbeddedBroker, startEmbeddedBroker } from "./embedded-broker.ts";

const principals: Readonly<Record<string, Principal>> = {
  e1: { kind: "edge", site: "hq", edge: "e1" },
  e2: { kind: "edge", site: "hq", edge: "e2" },
  [adoptionUser("e1")]: { kind: "adopting", site: "hq", edge: "e1" },
};
const passwordOf = (user: string) => `password of ${user}`;
const received: { topic: string; payload: string }[] = [];
const refused: ConnectionRefusal[] = [];
let heard: () => void = () => undefined;

const started = await startEmbeddedBroker(0);
if (!started.ok) throw new Error(started.error.kind);
const broker = started.value;
broker.serve({
  authenticate: (user, password) => (password === passwordOf(user) ? (principals[user] ?? null) : null),
  receive(topic, payload) {
    received.push({ topic, payload: new TextDecoder().decode(payload) });
    heard();
  },
  refused: (why) => void refused.push(why),
  connected: () => undefined,
});
t.teardown(() => broker.close());

async function open(user: string, over: IClientOptions = {}): Promise<MqttClient> {
  const options = { clientId: user, username: user, password: passwordOf(user), reconnectPeriod: 0, ...over };
  const client = await mqtt.connectAsync(broker.url, options, false);
  client.on("error", () => undefined); // A reset by the broker; the close that follows is what is asked for.
  return client;
}

function closeOf(client: MqttClient): Promise<void> {
  return new Promise((resolve) => client.once("close", () => resolve()));
}

function nextReceived(): Promise<{ topic: string; payload: string }> {
  return new Promise((resolve) => {
    const from = received.length;
    heard = () => resolve(received[from]!);
  });
}

test("it listens on 127.0.0.1 and nowhere else", async (t) => {
  t.match(broker.url, /^mqtt:\/\/127\.0\.0\.1:\d+$/);
  const elsewhere = connectSocket({ host: "127.0.0.2", port: broker.port });
  const [error] = await once(elsewhere, "error");
  t.equal((error as NodeJS.ErrnoException).code, "ECONNREFUSED");
});

test("a taken port is named, and leaves nothing open", async (t) => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  t.same(await startEmbeddedBroker((other.address() as AddressInfo).port), {
    ok: false,
    error: { kind: "port-taken" },
  });
  other.close();
});

const strangers: readonly { name: string; options: IClientOptions; why?: ConnectionRefusal }[] = [
  { name: "without a name", options: { username: undefined, password: undefined } },
  { name: "without a password", options: { password: undefined } },
  { name: "with a wrong password", options: { password: passwordOf("e2") } },
  { name: "unknown", options: { username: "e9", clientId: "e9", password: passwordOf("e9") } },
  { name: "under another's client id", options: { clientId: "e2" } },
  { name: "with an empty client id", options: { clientId: "" } },
  { name: "in MQTT 5", why: "not-mqtt", options: { protocolVersion: 5 } },
];
for (const { name, options, why = "unknown-user" } of strangers) {
  test(`a client ${name} is not let in, and counted`, async (t) => {
    refused.length = 0;
    await t.rejects(open("e1", options));
    // The client may hear of it before the broker tells.
    await until("it is counted", () => refused.length > 0);
    t.same(refused.splice(0), [why]);
  });
}

const e1 = edgeTopics("hq", "e1");
const e2 = edgeTopics("hq", "e2");
const writes: readonly { user: string; topic: string; retain?: boolean; may: boolean }[] = [
  { user: "e1", topic: e1.up("evt"), may: true },
  { user: "e1", topic: e1.up("status"), retain: true, may: true },
  { user: "e1", topic: e1.up("evt"), retain: true, may: false },
  { user: "e1", topic: e1.up("adopt"), may: false },
  { user: "e1", topic: e1.down("ack"), may: false },
  { user: "e1", topic: e1.keysetManifest, retain: true, may: false },
  { user: "e1", topic: e2.up("evt"), may: false },
  { user: "e1", topic: e2.up("status"), retain: true, may: false },
  { user: "e1", topic: e2.down("ack"), may: false },
  { user: "e1", topic: "lintel/v1/hq/root/2", retain: true, may: false },
  { user: "e1", topic: "lintel/v1/lab/edge/e1/up/evt", may: false },
  { user: "e1", topic: "$SYS/broker", may: false },
  { user: "e1", topic: "a/".repeat(40), may: false },
  { user: "e2", topic: e2.up("evt"), may: true },
  { user: "e2", topic: e1.up("evt"), may: false },
  { user: adoptionUser("e1"), topic: e1.up("adopt"), may: true },
  { user: adoptionUser("e1"), topic: e1.up("evt"), may: false },
  { user: adoptionUser("e1"), topic: e1.up("status"), may: false },
  { user: adoptionUser("e1"), topic: e2.up("adopt"), may: false },
];
for (const { user, topic, retain = false, may } of writes) {
  test(`${user} publishes ${retain ? "retained " : ""}${topic.slice(0, 40)}: ${may ? "arrives" : "ends its connection"}`, async (t) => {
    const client = await open(user);
    const before = received.length;
    const closed = closeOf(client);
    const arrived = nextReceived();
    client.publish(topic, "hello", { qos: 1, retain });
    const outcome = await Promise.race([arrived, closed.then(() => "closed" as const)]);
    t.same(outcome, may ? { topic, payload: "hello" } : "closed");
    t.equal(received.length, before + (may ? 1 : 0));
    if (!may) await until("it is counted", () => refused.length > 0);
    t.same(refused.splice(0), may ? [] : [topic.startsWith("a/") ? "not-mqtt" : "not-permitted"]);
    await client.endAsync(true);
  });
}

const reads: readonly { user: string; filter: string; may: boolean }[] = [
  { user: "e1", filter: e1.allDown, may: true },
  { user: "e1", filter: e1.allRoots, may: true },
  { user: "e1", filter: e2.allDown, may: false },
  { user: "e1", filter: e2.up("status"), may: false },
  { user: "e1", filter: "lintel/v1/hq/edge/+/dn/#", may: false },
  { user: "e1", filter: "#", may: false },
  { user: "e1", filter: "$SYS/#", may: false },
  { user: adoptionUser("e1"), filter: e1.down("adopt"), may: true },
  { user: adoptionUser("e1"), filter: e1.allDown, may: false },
  { user: adoptionUser("e1"), filter: e1.keysetManifest, may: false },
];
for (const { user, filter, may } of reads) {
  test(`${user} subscribes to ${filter}: ${may ? "granted" : "refused"}`, async (t) => {
    const client = await open(user);
    const answer = await client.subscribeAsync(filter, { qos: 1 }).then(
      ([granted]) => granted?.qos === 1,
      () => false,
    );
    t.equal(answer, may);
    await client.endAsync(true);
  });
}

test("an edge gets what is for it, live and retained, and nothing of another's", async (t) => {
  broker.publish(e1.keysetManifest, new Uint8Array([1]), { retain: true });
  broker.publish(e2.keysetManifest, new Uint8Array([2]), { retain: true });
  const client = await open("e1");
  const got: [string, number][] = [];
  const whole = new Promise<void>((resolve) => {
    client.on("message", (topic, payload) => {
      got.push([topic, payload[0]!]);
      if (topic === e1.down("ack")) resolve();
    });
  });
  await client.subscribeAsync([e1.allDown, e1.allRoots], { qos: 1 });
  broker.publish(e2.down("ack"), new Uint8Array([3]), { retain: false });
  broker.publish(e1.down("ack"), new Uint8Array([4]), { retain: false });
  await whole;
  t.same(got.sort(), [
    [e1.down("ack"), 4],
    [e1.keysetManifest, 1],
  ]);
  await client.endAsync(true);
});

test("the will of a connection that broke arrives, where the edge may publish it", async (t) => {
  const client = await open("e1", {
    will: { topic: e1.up("status"), payload: Buffer.from("offline"), retain: true, qos: 1 },
  });
  const arrived = nextReceived();
  client.stream.destroy();
  t.same(await arrived, { topic: e1.up("status"), payload: "offline" });
  const forger = await open("e2", {
    will: { topic: e1.up("status"), payload: Buffer.from("forged"), retain: true, qos: 1 },
  });
  const next = nextReceived();
  forger.stream.destroy();
  const good = await open("e1");
  good.publish(e1.up("evt"), "after it", { qos: 1 });
  t.same(await next, { topic: e1.up("evt"), payload: "after it" });
  await good.endAsync(true);
});

test("a user whose password no longer holds is put off", async (t) => {
  const client = await open("e1");
  const closed = closeOf(client);
  broker.disconnect("e1");
  await closed;
  t.pass("closed");
});

const floods: readonly { name: string; bytes: Buffer; why?: ConnectionRefusal }[] = [
  {
    name: "a packet that claims 268 MB",
    why: "packet-too-long",
    bytes: Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f, 0, 4]),
  },
  {
    name: "a packet of one byte too many",
    why: "packet-too-long",
    bytes: Buffer.from([0x30, ...varint(WIRE.packetBytes + 1)]),
  },
  { name: "a length without end", why: "packet-too-long", bytes: Buffer.from([0x10, 0x80, 0x80, 0x80, 0x80, 0x80]) },
  { name: "rubbish", bytes: Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n") },
  { name: "zeros", bytes: Buffer.alloc(4096) },
  { name: "a publish before any connect", bytes: Buffer.from([0x30, 5, 0, 1, 0x61, 1, 2]) },
];
for (const { name, bytes, why = "not-mqtt" } of floods) {
  test(`${name}: that connection ends and is counted, the broker goes on`, async (t) => {
    refused.length = 0;
    const socket = connectSocket({ host: "127.0.0.1", port: broker.port });
    socket.on("error", () => undefined);
    socket.resume();
    const closed = once(socket, "close");
    socket.write(bytes);
    await closed;
    await until("it is counted", () => refused.length > 0);
    t.same(refused, [why]);
    const client = await open("e1");
    const arrived = nextReceived();
    client.publish(e1.up("evt"), "still here", { qos: 1 });
    t.match(await arrived, { payload: "still here" });
    await client.endAsync(true);
  });
}

test("an adopted edge that publishes too much is put off too, and one message of the limit arrives", async (t) => {
  const client = await open("e1");
  const largest = "x".repeat(WIRE.packetBytes - 200);
  const arrived = nextReceived();
  client.publish(e1.up("evt"), largest, { qos: 1 });
  t.equal((await arrived).payload.length, largest.length);
  const before = received.length;
  const closed = closeOf(client);
  client.publish(e1.up("evt"), "x".repeat(WIRE.packetBytes + 1), { qos: 1 });
  await closed;
  t.equal(received.length, before);
});

test("closing it ends every connection", async (t) => {
  const own = new EmbeddedBroker();
  await own.listen(0);
  own.serve({
    authenticate: () => principals.e1!,
    receive: () => undefined,
    refused: () => undefined,
    connected: () => undefined,
  });
  const client = await mqtt.connectAsync(own.url, {
    clientId: "e1",
    username: "e1",
    password: "x",
    reconnectPeriod: 0,
  });
  const silent = connectSocket({ host: "127.0.0.1", port: own.port });
  await once(silent, "connect");
  const both = Promise.all([closeOf(client), once(silent, "close")]);
  await own.close();
  await both;
  t.notOk(own.reachable);
});

function varint(length: number): number[] {
  const bytes: number[] = [];
  let left = length;
  do {
    bytes.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
    left >>= 7;
  } while (left > 0);
  return bytes;
}
