/**
 * Somebody with an edge's password, and somebody with none, flood a real authority by its broker and by its HTTP:
 * counted, told of once in a minute, survived with bounded memory; it goes on answering, and doors open meanwhile
 * (issue 3; facts security 8, rows 22 and 23).
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { Secret } from "@lintel/protocol/base/secret.ts";
import { instant } from "@lintel/protocol/base/units.ts";
import { signMessage } from "@lintel/protocol/mqtt/envelope.ts";
import { edgeTopics } from "@lintel/protocol/mqtt/topics.ts";
import t, { type Test, test } from "tap";
import { ANSWER_MAX, costOf, LINES_MAX, MEMORY_MAX, opensWithin } from "../support/flood.rig.ts";
import { HostileBroker, pour, publish, remainingLength } from "../support/hostile-broker.rig.ts";
import { CODES, officeSite } from "../support/office-site.rig.ts";
import { RunningSite } from "../support/running-site.rig.ts";
import { until } from "../support/until.rig.ts";

/** What an answer of the authority may take that is not asked of it at a door, in ms. */
const HEALTH_MAX = 5_000;

const tap = new HostileBroker();
await tap.listen();
t.teardown(() => tap.close());
const site = new RunningSite(t);
const [front] = await Promise.all([site.addDoor("front", "b1"), site.addLine("b2")]);
await site.start(officeSite(), (token) => tap.through(token));
const { http, token } = JSON.parse(readFileSync(join(site.data, "authority", "process.json"), "utf8"));
const { mqtt } = site.authority.lines.find(({ event }) => event === "ready")!;
const topics = edgeTopics("hq", "e1");

const sockets = new Set<Socket>();
t.teardown(() => {
  for (const socket of sockets) socket.destroy();
});

function open(url: string): Socket {
  const socket = connect({ host: "127.0.0.1", port: Number(new URL(url).port), noDelay: true });
  sockets.add(socket);
  socket.on("error", () => {});
  socket.on("close", () => sockets.delete(socket));
  socket.resume();
  return socket;
}

/** Let in by the edge's own password: nobody can tell it from the edge. */
async function asEdge(): Promise<Socket> {
  const socket = open(mqtt);
  socket.write(tap.greeting);
  // Put off at once where the edge itself, or another of us, came a moment later.
  await new Promise<void>((done) => socket.once("data", () => done()).once("close", () => done()));
  return socket;
}

async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await new Promise<void>((done) => socket.once("close", () => done()));
}

async function healthy(): Promise<number> {
  const begun = performance.now();
  const answer = await fetch(`${http}/healthz`);
  await answer.text();
  return answer.status === 200 ? performance.now() - begun : Number.POSITIVE_INFINITY;
}

const refusals = (event: string, from: number): { why: string; count: number }[] =>
  site.authority.lines
    .slice(from)
    .flatMap((line) => (line.event === event ? [{ why: line.why, count: line.count }] : []));

/** Holds a flood to its bounds while it lasts: the door's answer, the authority's, its memory and its lines. */
async function bears(t: Test, flood: () => Promise<unknown>, memory = MEMORY_MAX): Promise<void> {
  let took = 0;
  const health: number[] = [];
  const cost = await costOf(site.authority, async () => {
    const flooding = flood();
    health.push(await healthy());
    took = await opensWithin(front, CODES.desk);
    health.push(await healthy());
    await flooding;
  });
  t.comment({ took, health: health.map(Math.round), ...cost });
  t.ok(took <= ANSWER_MAX, `${took} ms`);
  t.ok(Math.max(...health) <= HEALTH_MAX, `${health} ms`);
  t.ok(cost.memory <= memory, `${cost.memory} bytes`);
  t.ok(cost.lines <= LINES_MAX, `${cost.lines} lines`);
}

test("the quiet before: a code opens, the authority answers", (t) => bears(t, async () => {}));

function forged(): Uint8Array {
  const epoch = "ab".repeat(8);
  const head = { site: "hq", edge: "e1", epoch, seq: 0, t: instant(0), exp: null, id: new Uint8Array(16) };
  return signMessage("time", head, { nonce: new Uint8Array(16) }, new Secret(new Uint8Array(32).fill(9)));
}

/** Messages of one flood: 100 MB. */
const FLOOD = 3_000;
/** No CBOR at all: a break with nothing to end. What is random begins sometimes like a list, and is too deep. */
const RUBBISH = Buffer.concat([Buffer.of(0xff), randomBytes(500)]);
const messages = [
  { topic: topics.up("evt"), payload: RUBBISH, why: "malformed" },
  { topic: topics.up("birth"), payload: new Uint8Array(100_000).fill(0x81), why: "too-deep" },
  { topic: topics.up("evt"), payload: randomBytes(150_000), why: "too-long" },
  { topic: topics.up("time"), payload: forged(), why: "bad-signature" },
  { topic: topics.up("evt"), payload: forged(), why: "wrong-kind" },
  { topic: topics.up("status"), payload: randomBytes(500), why: null },
  { topic: topics.up("status"), payload: Buffer.from('{"s":"online"'), why: null },
];

test("thousands of messages under the password of an edge, none of them its own", async (t) => {
  const from = site.authority.lines.length;
  let sent = 0;
  await bears(t, async () => {
    // The edge comes back under its name and puts us off, and we it.
    while (sent < FLOOD) {
      const intruder = await asEdge();
      pour(intruder, () => {
        if (sent >= FLOOD) {
          intruder.end();
          return null;
        }
        const { topic, payload } = messages[sent % messages.length]!;
        sent += 1;
        return publish(topic, payload, { id: (sent % 65_535) + 1 });
      });
      await closed(intruder);
    }
  });
  const told = refusals("message-refused", from);
  t.same(told.map(({ why }) => why).sort(), messages.flatMap(({ why }) => why ?? []).sort(), "each told once");
});

const breaches = [
  { name: "a stranger", why: "unknown-user", known: false, bytes: () => greetingOf("stranger") },
  {
    name: "256 MB from a stranger",
    why: "packet-too-long",
    known: false,
    bytes: () => Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]),
  },
  {
    name: "rubbish",
    why: "not-mqtt",
    known: false,
    bytes: () => Buffer.from("GET / HTTP/1.1\r\n\r\n"),
  },
  {
    name: "2 MB",
    why: "packet-too-long",
    known: true,
    bytes: () => Buffer.from([0x32, ...remainingLength(2_000_000)]),
  },
  {
    name: "another edge's topic",
    why: "not-permitted",
    known: true,
    bytes: () => publish(edgeTopics("hq", "e2").up("evt"), randomBytes(10)),
  },
];

/** MQTT 3.1.1, 3.1: CONNECT with a user and a password. */
function greetingOf(user: string): Buffer {
  const text = (value: string) => Buffer.from([0, value.length, ...Buffer.from(value)]);
  const body = Buffer.concat([text("MQTT"), Buffer.from([4, 0xc2, 0, 30]), text(user), text(user), text("guess")]);
  return Buffer.concat([Buffer.from([0x10, body.length]), body]);
}

test("connections that break the rules, one after the other and hundreds of them", async (t) => {
  const from = site.authority.lines.length;
  let ended = 0;
  await bears(t, async () => {
    const one = async ({ known, bytes }: (typeof breaches)[number]) => {
      const socket = known ? await asEdge() : open(mqtt);
      socket.write(bytes());
      await closed(socket);
      ended += 1;
    };
    await Promise.all(
      breaches.map(async (breach) => {
        for (let round = 0; round < 60; round += 1) await one(breach).catch(() => {});
      }),
    );
  });
  t.ok(ended > 20, `${ended} ended`);
  // Each kind is told once in its minute: what an earlier flood of this file brought counts here too.
  const kinds = () => [...new Set(refusals("connection-refused", 0).map(({ why }) => why))].sort();
  const all = await until("every kind is told", () => kinds().length >= 4 && kinds());
  t.same(all, ["not-mqtt", "not-permitted", "packet-too-long", "unknown-user"]);
  t.ok(refusals("connection-refused", from).length <= 8, "and none of them often");
});

test("hundreds that connect and say nothing, or half a word", async (t) => {
  const held: Socket[] = [];
  await bears(t, async () => {
    for (let count = 0; count < 300; count += 1) {
      const [toBroker, toHttp] = [open(mqtt), open(http)];
      toBroker.write(tap.greeting.subarray(0, count % 20));
      toHttp.write("GET /healthz HTTP/1.1\r\nHost: x\r\nX: ".slice(0, count % 40));
      held.push(toBroker, toHttp);
    }
  });
  for (const socket of held) socket.destroy();
});

const laughs = ["  - &a0 [x, x, x, x, x, x, x, x, x, x]"];
for (let at = 1; at < 8; at += 1)
  laughs.push(
    `  - &a${at} [${Array(10)
      .fill(`*a${at - 1}`)
      .join(", ")}]`,
  );
const yaml = "application/yaml";
const bodies = [
  { name: "aliases of aliases", type: yaml, body: `groups:\n${laughs.join("\n")}\n`, status: 422 },
  {
    name: "10,000 fields",
    type: yaml,
    body: Array.from({ length: 10_000 }, (_, at) => `k${at}: 1`).join("\n"),
    status: 422,
  },
  { name: "the deepest list", type: yaml, body: "[".repeat(100_000), status: 422 },
  { name: "bytes that are no text", type: yaml, body: randomBytes(100_000), status: 422 },
  { name: "JSON that is none", type: "application/json", body: "{", status: 400 },
  { name: "the key of a prototype", type: "application/json", body: '{"__proto__":{"x":1}}', status: 400 },
  { name: "another kind of body", type: "multipart/form-data", body: "x", status: 415 },
];

test("bodies of every kind from somebody who may apply a site: each is answered, nothing is changed", async (t) => {
  const ask = async ({ type, body }: (typeof bodies)[number]) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": type };
    const answer = await fetch(`${http}/api/v1/site`, { method: "PUT", headers, body });
    await answer.text();
    return answer.status;
  };
  const answered: number[] = [];
  // A site file may be large: what a small one may cost is a tenth of the largest.
  await bears(
    t,
    async () => {
      for (const body of bodies) answered.push(await ask(body));
    },
    2 * MEMORY_MAX,
  );
  t.same(
    answered,
    bodies.map(({ status }) => status),
  );
});

test("bodies without end from somebody who may do nothing: refused before they are read", async (t) => {
  let sent = 0;
  const statuses: string[] = [];
  await bears(t, async () => {
    const one = async () => {
      const socket = open(http);
      socket.once("data", (bytes) => statuses.push(bytes.toString("latin1", 9, 12)));
      socket.write(
        "PUT /api/v1/site HTTP/1.1\r\nHost: x\r\nContent-Type: application/yaml\r\nTransfer-Encoding: chunked\r\n\r\n",
      );
      const piece = Buffer.concat([Buffer.from("10000\r\n"), Buffer.alloc(0x10000, 0x61), Buffer.from("\r\n")]);
      let left = 500;
      pour(socket, () => {
        sent += piece.length;
        left -= 1;
        if (left > 0) return piece;
        socket.destroy();
        return null;
      });
      await closed(socket);
    };
    await Promise.all([1, 2, 3, 4, 5].map(one));
  });
  t.comment({ sent });
  t.same(statuses, Array(5).fill("401"));
});

test("afterwards the edge is itself again, and every record arrives", async (t) => {
  const held = await site.collectedAll();
  t.same(held, site.records);
  t.ok(held.filter(({ event }) => event === "granted").length >= 6);
  t.equal(site.authority.talk, "", "nothing on its standard error");
  await until("the edge is connected", async () => (await site.ask("status")).connected === true);
});
