/** The HTTP interface, asked without a socket; and the event stream over a real one. */
import { millis } from "@lintel/protocol/base/units.ts";
import { ACT_REFUSALS, type ActOutcome } from "@lintel/protocol/mqtt/command.ts";
import type { FastifyInstance, InjectOptions } from "fastify";
import { test } from "tap";
import { type StandIn, StandInEdge, startStandIn } from "../stand-in.ts";
import { EventHub } from "./event-hub.ts";
import { buildHttp } from "./http.ts";
import { LIMITS } from "./limits.ts";

const TOKEN = "ab".repeat(32);
const bearer = { authorization: `Bearer ${TOKEN}` };
const yaml = { ...bearer, "content-type": "application/yaml" };
const SITE = `
site: { id: hq, name: Head office, timezone: Europe/Berlin, country: DE }
edges: [ { id: e1 } ]
buses: [ { id: b1, edge: e1, port: sim, baud: 9600 } ]
doors: [ { id: front, name: Front door, controller: { bus: b1, address: 0 }, masterCode: "904152" } ]
users: [ { id: u1, name: Front Desk } ]
keys: [ { id: k1, user: u1, doors: [front], restriction: none, pin: "274936", enabled: false } ]
`;
const WIDER = SITE.replace("enabled: false", "enabled: true");

function served(options: { ready?: boolean } = {}) {
  const around = startStandIn();
  const events = new EventHub();
  const broken: unknown[] = [];
  const app = buildHttp({
    authority: around.authority,
    events,
    token: TOKEN,
    ready: () => options.ready ?? true,
    broken: (error) => broken.push(error),
  });
  return { around, events, app, broken };
}

async function ask(app: FastifyInstance, asked: InjectOptions) {
  const { statusCode, headers, body } = await app.inject(asked);
  return {
    status: statusCode,
    headers,
    body,
    json: headers["content-type"]?.toString().includes("json") ? JSON.parse(body) : null,
  };
}

test("health is for everybody, and says whether the broker is reachable", async (t) => {
  t.match(await ask(served().app, { url: "/healthz" }), { status: 200, json: { status: "ok" } });
  t.match(await ask(served().app, { url: "/readyz" }), { status: 200, json: { ready: true } });
  t.match(await ask(served({ ready: false }).app, { url: "/readyz" }), { status: 503, json: { ready: false } });
});

const closed = [
  "GET /site",
  "PUT /site",
  "POST /site/diff",
  "GET /edges",
  "POST /edges/e1/token",
  "GET /records",
  "GET /log/export",
  "GET /events",
  "GET /audit",
  "GET /alarms",
  "POST /doors/front/mode",
  "POST /doors/front/override",
  "POST /doors/front/release",
];
const wrong: readonly Record<string, string>[] = [
  {},
  { authorization: "" },
  { authorization: "Bearer " },
  { authorization: `Bearer ${TOKEN}0` },
  { authorization: `Bearer ${TOKEN.slice(1)}` },
  { authorization: `Basic ${TOKEN}` },
  { authorization: TOKEN },
];
for (const route of closed) {
  test(`${route} is closed without the token of this run`, async (t) => {
    const { app, around } = served();
    const [method, path] = route.split(" ") as ["GET" | "PUT" | "POST", string];
    for (const headers of wrong) {
      const answer = await ask(app, {
        method,
        url: `/api/v1${path}`,
        headers: { ...headers, "content-type": "application/yaml" },
        ...(method !== "GET" && { body: SITE }),
      });
      t.match(answer, { status: 401, headers: { "www-authenticate": "Bearer", "content-type": /problem\+json/ } });
    }
    t.equal(around.authority.revision(), 0);
  });
}

test("a site goes in, is compared, and comes out as kept", async (t) => {
  const { app } = served();
  t.match(await ask(app, { url: "/api/v1/site", headers: bearer }), {
    status: 404,
    json: { type: "/problems/no-site" },
  });
  const applied = await ask(app, { method: "PUT", url: "/api/v1/site", headers: yaml, body: SITE });
  t.match(applied, { status: 200, headers: { etag: '"1"' }, json: { applied: true, revision: 1, keysets: [] } });
  const diff = await ask(app, { method: "POST", url: "/api/v1/site/diff", headers: yaml, body: WIDER });
  t.match(diff, { status: 200, json: { changes: [{ path: "keys[k1].enabled", widens: true }] } });
  const out = await ask(app, { url: "/api/v1/site", headers: bearer });
  t.match(out, { status: 200, headers: { etag: '"1"', "content-type": /yaml/, "cache-control": "no-store" } });
  t.notMatch(out.body, /274936|904152/);
  t.match((await ask(app, { url: "/api/v1/site?codes=reveal", headers: bearer })).body, /274936/);
  t.match((await ask(app, { url: "/api/v1/audit", headers: bearer })).json.audit.at(-1), { what: "codes-revealed" });
});

test("what widens is a conflict until it is allowed", async (t) => {
  const { app, around } = served();
  await ask(app, { method: "PUT", url: "/api/v1/site", headers: yaml, body: SITE });
  const put = (query: string) => ask(app, { method: "PUT", url: `/api/v1/site${query}`, headers: yaml, body: WIDER });
  t.match(await put(""), { status: 409, json: { type: "/problems/widens", changes: [{ widens: true }] } });
  t.match(await put("?widen=false"), { status: 409 });
  t.match(await put("?widen=maybe"), { status: 400, json: { type: "/problems/bad-request" } });
  t.match(await put("?wide=true"), { status: 400 });
  t.equal(around.authority.revision(), 1);
  t.match(await put("?widen=true"), { status: 200, json: { revision: 2 } });
});

test("a faulty file is refused with its problems, and none of its codes", async (t) => {
  const { app } = served();
  const answer = await ask(app, {
    method: "PUT",
    url: "/api/v1/site",
    headers: yaml,
    body: SITE.replace("restriction: none", "restriction: often"),
  });
  t.match(answer, {
    status: 422,
    json: { type: "/problems/faulty-site", problems: [{ severity: "error", path: "keys[0].restriction" }] },
  });
  t.notMatch(answer.body, /274936|904152/);
  t.match(await ask(app, { method: "PUT", url: "/api/v1/site", headers: yaml, body: "{" }), { status: 422 });
  t.match(await ask(app, { method: "PUT", url: "/api/v1/site", headers: bearer }), { status: 422 });
  const other = { ...bearer, "content-type": "application/json" };
  t.equal((await ask(app, { method: "PUT", url: "/api/v1/site", headers: other, body: "{" })).status, 400);
  t.equal(
    (
      await ask(app, {
        method: "PUT",
        url: "/api/v1/site",
        headers: { ...bearer, "content-type": "image/png" },
        body: "x",
      })
    ).status,
    415,
  );
});

test("If-Match refuses a change of something that changed meanwhile", async (t) => {
  const { app } = served();
  const put = (match: string) =>
    ask(app, { method: "PUT", url: "/api/v1/site", headers: { ...yaml, "if-match": match }, body: SITE });
  t.match(await put('"7"'), { status: 412, json: { type: "/problems/changed-meanwhile" } });
  t.match(await put('"0"'), { status: 200 });
  t.match(await put('"0"'), { status: 412 });
});

test("a token is for an edge of the site, and is not kept by anybody on the way", async (t) => {
  const { app, around } = served();
  const post = (edge: string) => ask(app, { method: "POST", url: `/api/v1/edges/${edge}/token`, headers: bearer });
  t.match(await post("e1"), { status: 404, json: { type: "/problems/no-site" } });
  await ask(app, { method: "PUT", url: "/api/v1/site", headers: yaml, body: SITE });
  t.match(await post("e1"), {
    status: 201,
    headers: { "cache-control": "no-store" },
    json: { edge: "e1", token: /^[A-Za-z0-9_-]{100,}$/, expires: "2026-12-03T12:00:00.000Z" },
  });
  t.match(await post("e2"), { status: 404, json: { type: "/problems/unknown-edge", detail: /e1/ } });
  t.match(await post("E1"), { status: 400 });
  t.match(await ask(app, { url: "/api/v1/edges", headers: bearer }), {
    json: { edges: [{ edge: "e1", inSite: true, adopted: false, online: null, issued: null, report: null }] },
  });
  t.match(around.authority.audit().at(-1), { what: "token-issued", detail: { edge: "e1" } });
});

test("records come by pages", async (t) => {
  const { app, around } = served();
  await ask(app, { method: "PUT", url: "/api/v1/site", headers: yaml, body: SITE });
  const issued = around.authority.issueToken("e1");
  const edge = new StandInEdge("hq", "e1", 11);
  t.ok(issued.ok && edge.adopt(around, issued.value.token));
  around.authority.receive(edge.topics.up("evt"), edge.sign("evt", edge.batch(1, 2, 3)));
  const get = (query: string) => ask(app, { url: `/api/v1/records${query}`, headers: bearer });
  t.match(await get(""), {
    json: { records: [{ place: 1, edge: "e1", record: { seq: 1, event: "opened" } }, {}, {}], next: 3 },
  });
  t.match(await get("?after=1&limit=1"), { json: { records: [{ place: 2 }], next: 2 } });
  t.same((await get("?after=3")).json, { records: [], next: 3 });
  t.notMatch((await get("")).body, /covert|duress/, "what is sealed is not shown");
  t.match(await get("?duress=true&after=2"), { json: { records: [{ place: 3, duress: null }], next: 3 } });
  t.match(around.authority.audit().at(-1), { what: "duress-revealed", detail: { after: 2, upTo: 3 } });
  for (const bad of ["?after=-1", "?after=x", "?limit=0", "?limit=100000", "?page=1", "?duress=yes"])
    t.equal((await get(bad)).status, 400, bad);
});

/** A site with one adopted edge, which does with a command what `act` does. */
async function withEdge(act: (edge: StandInEdge, around: StandIn) => void) {
  const { app, around } = served();
  await ask(app, { method: "PUT", url: "/api/v1/site", headers: yaml, body: SITE });
  const issued = around.authority.issueToken("e1");
  const edge = new StandInEdge("hq", "e1", 11);
  if (!issued.ok || !edge.adopt(around, issued.value.token)) throw new Error("not adopted");
  const { publish } = around.broker;
  around.broker.publish = (topic, payload, options) => {
    publish.call(around.broker, topic, payload, options);
    if (topic === edge.topics.down("cmd")) setImmediate(() => act(edge, around));
  };
  const sent = () =>
    around.broker.sent.flatMap(({ topic, payload }) =>
      topic === edge.topics.down("cmd") ? [edge.open("command", payload)] : [],
    );
  const post = (path: string, body?: object) =>
    ask(app, { method: "POST", url: `/api/v1/doors/${path}`, headers: bearer, ...(body && { payload: body }) });
  return { around, post, sent };
}

function answers(outcome: ActOutcome) {
  return (edge: StandInEdge, around: StandIn) => {
    const { payload } = around.broker.sent.findLast(({ topic }) => topic === edge.topics.down("cmd"))!;
    const { id, body } = edge.open("command", payload);
    const answer = edge.sign("command-answer", { n: body.n, command: id, outcome });
    around.authority.receive(edge.topics.up("rsp"), answer);
  };
}

const orders: readonly { path: string; body?: object; act: object }[] = [
  { path: "front/mode", body: { mode: "lockdown" }, act: { kind: "mode", door: "front", mode: "lockdown" } },
  {
    path: "front/override",
    body: { state: "unlock", until: "2026-12-02T09:00:00+01:00" },
    act: { kind: "override", door: "front", state: "unlock", until: Date.UTC(2026, 11, 2, 8) },
  },
  {
    path: "front/override",
    body: { state: "lock", until: "period-end" },
    act: { kind: "override", door: "front", state: "lock", until: "period-end" },
  },
  {
    path: "front/override",
    body: { state: "lock", until: null },
    act: { kind: "override", door: "front", state: "lock", until: null },
  },
  {
    path: "front/override",
    body: { state: "resume" },
    act: { kind: "override", door: "front", state: "resume", until: null },
  },
  { path: "front/release", act: { kind: "release", door: "front" } },
  { path: "front/release", body: {}, act: { kind: "release", door: "front" } },
];
for (const { path, body, act } of orders) {
  test(`a command to a door: ${path} ${JSON.stringify(body ?? null)}`, async (t) => {
    const { post, sent, around } = await withEdge(answers({ kind: "done" }));
    t.match(await post(path, body), { status: 200, json: { outcome: "done", door: "front", edge: "e1" } });
    t.same(
      sent().map((message) => message.body.act),
      [act],
    );
    t.match(around.authority.audit().slice(-2), [
      { what: "command-sent", detail: { by: "operator", door: "front" } },
      { what: "command-answered", detail: { outcome: "done" } },
    ]);
  });
}

for (const why of ACT_REFUSALS.filter((word) => word !== "clock-unknown")) {
  test(`what the edge refuses is a conflict with its word: ${why}`, async (t) => {
    const { post } = await withEdge(answers({ kind: "refused", why }));
    t.match(await post("front/mode", { mode: "normal" }), {
      status: 409,
      json: { type: "/problems/refused", refused: why, door: "front", edge: "e1" },
    });
  });
}

test("nobody answers: 504 after 10 s, and that nobody knows; an edge without the time: its refusal then", async (t) => {
  for (const { act, answer } of [
    { act: () => {}, answer: { status: 504, json: { type: "/problems/no-answer", door: "front", edge: "e1" } } },
    {
      act: answers({ kind: "refused", why: "clock-unknown" }),
      answer: { status: 409, json: { type: "/problems/refused", refused: "clock-unknown" } },
    },
  ]) {
    const { post, around, sent } = await withEdge((edge, world) => {
      act(edge, world);
      // Ten seconds are over, in the time of the stand-in.
      if (sent().length === 1) setImmediate(() => around.pass(millis(10_000)));
    });
    t.match(await post("front/mode", { mode: "normal" }), answer);
  }
});

test("an edge that was never adopted is known at once to give no answer; a door that is not there is not asked for", async (t) => {
  const { app } = served();
  const post = (path: string) =>
    ask(app, { method: "POST", url: `/api/v1/doors/${path}`, headers: bearer, payload: { mode: "normal" } });
  t.match(await post("front/mode"), { status: 404, json: { type: "/problems/no-site" } });
  await ask(app, { method: "PUT", url: "/api/v1/site", headers: yaml, body: SITE });
  t.match(await post("front/mode"), { status: 504, json: { type: "/problems/not-adopted", edge: "e1" } });
  t.match(await post("attic/mode"), { status: 404, json: { type: "/problems/unknown-door", detail: /front/ } });
});

const wrongOrders: readonly { path: string; body: unknown; says: RegExp; status?: number }[] = [
  { path: "front/mode", body: { mode: "open" }, says: /mode: .*normal.*tour.*resident.*privacy.*vacation.*lockdown/ },
  { path: "front/mode", body: {}, says: /mode/ },
  { path: "front/mode", body: { mode: "normal", until: null }, says: /until/ },
  { path: "front/mode", body: undefined, says: /expected object/ },
  { path: "front/mode", body: [], says: /expected object/ },
  { path: "Front/mode", body: { mode: "normal" }, says: /door/ },
  { path: "front/override", body: { state: "open" }, says: /state: .*unlock.*lock.*resume/ },
  { path: "front/override", body: { state: "unlock", until: "tomorrow" }, says: /until: .*RFC 3339.*period-end/ },
  { path: "front/override", body: { state: "unlock", until: "2026-12-02T09:00:00" }, says: /until: .*offset/ },
  { path: "front/override", body: { state: "unlock", until: "1969-12-31T23:59:59Z" }, says: /until/ },
  { path: "front/override", body: { state: "unlock", until: 1_796_000_000_000 }, says: /until: .*RFC 3339/ },
  { path: "front/override", body: { state: "resume", until: "period-end" }, says: /until: resume has no end/ },
  { path: "front/release", body: { force: true }, says: /./ },
  { path: "front/mode", body: { mode: "x".repeat(2000) }, says: /./, status: 413 },
];
for (const { path, body, says, status = 400 } of wrongOrders) {
  const shown = JSON.stringify(body)?.slice(0, 60) ?? "nothing";
  test(`a command that says ${shown} to ${path}: nothing is sent, and what was expected is said`, async (t) => {
    const { post, sent } = await withEdge(answers({ kind: "done" }));
    const answer = await post(path, body as object);
    t.match(answer, { status, json: { type: "/problems/bad-request" } });
    t.match(`${answer.json.detail ?? ""}${answer.json.title}`, says);
    t.same(sent(), []);
  });
}

test("nothing is told of a failure inside, and a broken invariant is handed up", async (t) => {
  const { app, around, broken } = served();
  around.authority.edges = () => {
    throw new Error("secret of the inside");
  };
  const answer = await ask(app, { url: "/api/v1/edges", headers: bearer });
  t.match(answer, { status: 500, json: { type: "/problems/failed" } });
  t.notMatch(answer.body, /secret/);
  t.same(broken, []);
  t.match(await ask(app, { url: "/nothing" }), { status: 404, json: { type: "/problems/not-found" } });
});

test("events are streamed as they happen, to a bounded number of readers", async (t) => {
  const { app, events } = served();
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  const streams = await Promise.all(
    Array.from({ length: LIMITS.streams }, () => fetch(`${url}/api/v1/events`, { headers: bearer })),
  );
  t.match(streams[0]!.headers.get("content-type"), "text/event-stream");
  t.equal((await fetch(`${url}/api/v1/events`, { headers: bearer })).status, 503);
  events.tell({ event: "edge-adopted", edge: "e1" });
  let text = "";
  for await (const chunk of streams[0]!.body!) {
    text += new TextDecoder().decode(chunk as Uint8Array);
    if (text.endsWith("}\n\n")) break;
  }
  t.equal(text, ': Lintel events\n\nevent: edge-adopted\ndata: {"event":"edge-adopted","edge":"e1"}\n\n');
  events.close();
  await app.close();
});
