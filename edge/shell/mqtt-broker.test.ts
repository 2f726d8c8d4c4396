/** The edge's connection to a broker that is nobody's friend: what it may send, hold and cost. Real sockets. */
import type { Socket } from "node:net";
import { SecretText } from "@lintel/protocol/base/secret.ts";
import { LIMITS as WIRE } from "@lintel/protocol/mqtt/limits.ts";
import { HostileBroker, pour, publish, remainingLength } from "@lintel/test/support/hostile-broker.rig.ts";
import { until } from "@lintel/test/support/until.rig.ts";
import t, { test } from "tap";
import { LIMITS } from "./limits.ts";
import { MqttBroker } from "./mqtt-broker.ts";

const TOPIC = "lintel/v1/hq/edge/e1/dn/ack";
const hostile = new HostileBroker();
await hostile.listen();
t.teardown(() => hostile.close());

/** A client of the broker, and all that it was told. */
function join(attack: (socket: Socket) => void, onMessage: (payload: Uint8Array) => void = () => {}) {
  const told: string[] = [];
  const messages: Uint8Array[] = [];
  hostile.turn(attack);
  const broker = new MqttBroker({
    connected: () => void told.push("connected"),
    closed: (refused, why) => void told.push(`closed${refused ? ", refused" : ""}: ${why}`),
    message(_topic, payload) {
      messages.push(payload);
      onMessage(payload);
    },
  });
  const password = new SecretText("x");
  broker.connect({ url: hostile.url, user: "e1", password, clientId: "e1", will: null });
  const closed = () => until("the connection ends", () => told.find((line) => line.startsWith("closed")));
  return { broker, told, messages, closed };
}

test("the longest message there is arrives; one byte more ends the connection", async (t) => {
  const overhead = 4 + TOPIC.length;
  const { messages, closed } = join((socket) => {
    socket.write(publish(TOPIC, new Uint8Array(WIRE.packetBytes - overhead)));
    socket.write(publish(TOPIC, new Uint8Array(WIRE.packetBytes - overhead + 1)));
    socket.write(publish(TOPIC, new Uint8Array(1)));
  });
  t.equal(await closed(), "closed: a packet that is too long");
  t.same(
    messages.map(({ length }) => length),
    [WIRE.packetBytes - overhead],
  );
});

const endless = [
  { name: "a message of 2 MB", header: [0x32, ...remainingLength(2_000_000)] },
  { name: "a message that claims 256 MB", header: [0x32, 0xff, 0xff, 0xff, 0x7f] },
  { name: "a SUBACK that claims 256 MB", header: [0x90, 0xff, 0xff, 0xff, 0x7f] },
];
for (const { name, header } of endless) {
  test(`${name}: the connection ends before it is taken in`, async (t) => {
    let taken = 0;
    const { closed } = join((socket) => {
      socket.write(Buffer.from(header));
      const piece = Buffer.alloc(65_536);
      pour(socket, () => {
        taken += piece.length;
        return taken > 64_000_000 ? null : piece;
      });
    });
    t.equal(await closed(), "closed: a packet that is too long");
    // What the two ends of a socket hold between them.
    t.ok(taken < 16_000_000, `${taken} bytes`);
  });
}

test("QoS 2 is nothing that was asked for: it would be kept until the broker releases it", async (t) => {
  const { messages, closed } = join((socket) => {
    for (let id = 1; id < 1000; id += 1) socket.write(publish(TOPIC, new Uint8Array(1000), { qos: 2, id }));
  });
  t.equal(await closed(), "closed: a message of QoS 2");
  t.same(messages, []);
});

test("ten thousand messages at once, each of which costs time: everything else gets its turn in between", async (t) => {
  const cost = 2;
  const { broker, messages } = join(
    (socket) => {
      for (let at = 0; at < 10_000; at += 1) socket.write(publish(TOPIC, new Uint8Array(60)));
    },
    () => {
      for (const begun = performance.now(); performance.now() - begun < cost; );
    },
  );
  // Whoever waits for a turn, as a door does: how many messages came before each of its turns.
  let most = 0;
  let before = 0;
  await new Promise<void>((done) => {
    const look = () => {
      most = Math.max(most, messages.length - before);
      before = messages.length;
      if (before < 200) setImmediate(look);
      else done();
    };
    look();
  });
  broker.disconnect();
  t.ok(most <= 4, `${most} messages without a turn between them`);
});

test("a broker that confirms what it gets gets as much as there is", async (t) => {
  const { broker, told } = join(() => {});
  await until("it is let in", () => told.includes("connected"));
  // Half of the most at a time: of the half before, the last words may still be on their way.
  const half = LIMITS.brokerUnanswered / 2;
  for (let round = 1; round <= 10; round += 1) {
    for (let at = 0; at < half; at += 1) broker.publish(TOPIC, new Uint8Array(10), { retain: false });
    await until("all is confirmed", () => hostile.confirmed === round * half);
  }
  t.same(told, ["connected"]);
  broker.disconnect();
});

test("a broker that confirms nothing: what waits for it has an end", async (t) => {
  hostile.confirms = false;
  const { broker, told, closed } = join(() => {});
  await until("it is let in", () => told.includes("connected"));
  for (let at = 0; at < LIMITS.brokerUnanswered; at += 1) broker.publish(TOPIC, new Uint8Array(10), { retain: false });
  t.same(told, ["connected"]);
  broker.publish(TOPIC, new Uint8Array(10), { retain: false });
  t.equal(await closed(), "closed: it confirms nothing");
  hostile.confirms = true;
});

test("rubbish in the place of MQTT: the connection ends", async (t) => {
  for (const rubbish of [
    Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"),
    Buffer.alloc(4096),
    Buffer.alloc(4096, 0xff),
  ]) {
    const { closed } = join((socket) => socket.write(rubbish));
    t.match(await closed(), /^closed: /);
  }
});

test("half a message and then nothing, or a reset: closed, and nothing of it told", async (t) => {
  const half = publish(TOPIC, new Uint8Array(1000)).subarray(0, 500);
  const { messages, closed } = join((socket) => socket.write(half, () => socket.resetAndDestroy()));
  t.match(await closed(), /^closed: /);
  t.same(messages, []);
});
