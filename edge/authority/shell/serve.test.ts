/** The whole process in this one: real files, database, broker and HTTP; ended, begun again, and in its own way. */

import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SecretText } from "@lintel/protocol/base/secret.ts";
import { adoptionPassword, adoptionUser, decodeToken, openAdoptAnswer } from "@lintel/protocol/mqtt/adoption.ts";
import { mqttPassword } from "@lintel/protocol/mqtt/agreement.ts";
import mqtt, { type MqttClient } from "mqtt";
import t, { test } from "tap";
import type { AuthorityEvent } from "../ports.ts";
import { StandInEdge } from "../stand-in.ts";
import { readProcessFile } from "./process-file.ts";
import { type AuthorityOptions, type RunningAuthority, serveAuthority } from "./serve.ts";

const root = mkdtempSync(join(tmpdir(), "lintel-authority-"));
t.teardown(() => rmSync(root, { recursive: true, force: true }));
/** Planted: they must be found in the export with codes, and nowhere else. */
const CODES = ["274936", "904152", "618340"];
const SITE = `
site: { id: hq, name: Head office, timezone: Europe/Berlin, country: DE }
edges: [ { id: e1 } ]
buses: [ { id: b1, edge: e1, port: sim, baud: 9600 } ]
doors: [ { id: front, name: Front door, controller: { bus: b1, address: 0 }, masterCode: "904152" } ]
users: [ { id: u1, name: Front Desk } ]
keys: [ { id: k1, user: u1, doors: [front], restriction: none, pin: "274936", duressPin: "618340" } ]
`;

let folders = 0;
function freshOptions(
  over: Partial<AuthorityOptions> = {},
): AuthorityOptions & { events: AuthorityEvent[]; talk: string[] } {
  folders += 1;
  const data = join(root, `${folders}`);
  const events: AuthorityEvent[] = [];
  const talk: string[] = [];
  return {
    data,
    keyvault: `${data}-keyvault/authority.json`,
    http: 0,
    mqttPort: 0,
    mqtt: null,
    onEvent: (event) => events.push(event),
    onTalk: (sentence) => talk.push(sentence),
    onBroken: (error) => t.fail(String(error)),
    events,
    talk,
    ...over,
  };
}

async function serve(options: AuthorityOptions): Promise<RunningAuthority> {
  const started = await serveAuthority(options);
  if (!started.ok) throw new Error(started.error.sentence);
  return started.value;
}

async function refusal(options: AuthorityOptions) {
  const started = await serveAuthority(options);
  if (!started.ok) return started.error;
  await started.value.close();
  return null;
}

function api(running: RunningAuthority, { data }: AuthorityOptions) {
  const { token } = readProcessFile(join(data, "authority"))!;
  return async (method: string, path: string, body?: string) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/yaml" };
    const answer = await fetch(`${running.http}/api/v1${path}`, { method, headers, body: body ?? null });
    return { status: answer.status, text: await answer.text() };
  };
}

function connect(url: string, user: string, password: SecretText): Promise<MqttClient> {
  const options = { clientId: user, username: user, reconnectPeriod: 0 };
  return mqtt.connectAsync(url, { ...options, password: password.use((text) => text) });
}

/** The first message on a topic of those that the client hears. */
function heard(client: MqttClient, topic: string): Promise<Uint8Array> {
  return new Promise((resolve) => {
    client.on("message", (on, payload) => {
      if (on === topic) resolve(new Uint8Array(payload));
    });
  });
}

test("adopted over the wire, a keyset fetched, records collected, all of it again after an end and a beginning", async (t) => {
  const options = freshOptions();
  const first = await serve(options);
  const ask = api(first, options);
  const answers: string[] = [];
  const topics: string[] = [];
  const asked = async (method: string, path: string, body?: string) => {
    const answer = await ask(method, path, body);
    answers.push(answer.text);
    return answer;
  };
  t.equal((await asked("PUT", "/site", SITE)).status, 200);
  const { token: written } = JSON.parse((await ask("POST", "/edges/e1/token")).text) as { token: string };
  const token = decodeToken(new SecretText(written));
  t.ok(token.ok);
  if (!token.ok) return;
  const edge = new StandInEdge("hq", "e1", 11);

  const adopting = await connect(token.value.broker, adoptionUser("e1"), adoptionPassword(token.value));
  await adopting.subscribeAsync(edge.topics.down("adopt"), { qos: 1 });
  const answer = heard(adopting, edge.topics.down("adopt"));
  adopting.publish(edge.topics.up("adopt"), Buffer.from(edge.adoptRequest(new SecretText(written))), { qos: 1 });
  const adopted = openAdoptAnswer(await answer, token.value, edge.publicKeys);
  t.ok(adopted.ok);
  if (!adopted.ok) return;
  edge.adoptedBy = adopted.value;
  await adopting.endAsync();

  const password = mqttPassword(edge.shared, "hq", "e1");
  const client = await connect(first.mqtt, "e1", password);
  const manifest = heard(client, edge.topics.keysetManifest);
  client.on("message", (topic, payload) => topics.push(`${topic} ${Buffer.from(payload).toString("latin1")}`));
  await client.subscribeAsync([edge.topics.allDown, edge.topics.allRoots], { qos: 1 });
  t.match(edge.open("keyset", await manifest).body, { edge: "e1", number: 1 });
  const ack = heard(client, edge.topics.down("ack"));
  client.publish(edge.topics.up("evt"), Buffer.from(edge.sign("evt", edge.batch(1, 2))), { qos: 1 });
  t.match(edge.open("ack", await ack).body, { seq: 2 });
  for (const path of ["/site", "/edges", "/records", "/audit", "/alarms"]) await asked("GET", path);
  await asked("POST", "/site/diff", SITE.replace("274936", "538217"));
  await client.endAsync();
  await first.close();
  t.same(
    readdirSync(join(options.data, "authority")).filter((name) => name === "process.json"),
    [],
  );

  const second = await serve(options);
  const back = await connect(second.mqtt, "e1", password);
  const again = heard(back, edge.topics.keysetManifest);
  await back.subscribeAsync(edge.topics.allDown, { qos: 1 });
  t.match(edge.open("keyset", await again).body, { number: 1 });
  const later = heard(back, edge.topics.down("ack"));
  back.publish(edge.topics.up("evt"), Buffer.from(edge.sign("evt", edge.batch(2, 3))), { qos: 1 });
  t.match(edge.open("ack", await later).body, { seq: 3 });
  await back.endAsync();
  const revealed = (await api(second, options)("GET", "/site?codes=reveal")).text;
  await second.close();

  t.same(
    options.events.flatMap((event) => (event.event === "collected" ? [event.record.seq] : [])),
    [1, 2, 3],
  );
  const files = readdirSync(join(options.data, "authority")).map((name) =>
    readFileSync(join(options.data, "authority", name), "latin1"),
  );
  const searched = [...files, ...answers, ...topics, JSON.stringify(options.events)].join("\n");
  t.ok(files.join("").length > 50_000 && topics.length >= 3, "there was something to search");
  for (const code of CODES) {
    t.ok(revealed.includes(code), "it is there, sealed");
    t.notOk(searched.includes(code), `${code.replace(/\d/g, "•")} is nowhere in clear`);
  }
});

test("files: for their owner alone, private keys in the vault alone", async (t) => {
  const options = freshOptions();
  const running = await serve(options);
  const folder = join(options.data, "authority");
  for (const name of readdirSync(folder)) t.equal(statSync(join(folder, name)).mode & 0o077, 0, name);
  t.equal(statSync(folder).mode & 0o077, 0);
  t.equal(statSync(options.keyvault).mode & 0o777, 0o600);
  const keys = readFileSync(options.keyvault, "utf8").match(/[0-9a-f]{64}/g)!;
  t.equal(keys.length, 5);
  await running.close();
  const text = readdirSync(folder)
    .map((name) => readFileSync(join(folder, name)))
    .map((bytes) => bytes.toString("hex"))
    .join(" ");
  for (const key of keys) t.notOk(text.includes(key));
});

test("a second authority on the same folder is refused with the first one's address", async (t) => {
  const options = freshOptions();
  const running = await serve(options);
  const second = await refusal({ ...options, http: 0, mqttPort: 0 });
  t.match(second, { kind: "unavailable", sentence: new RegExp(`already runs on .*${running.http}`) });
  t.equal((await fetch(`${running.http}/healthz`)).status, 200, "the first goes on");
  await running.close();
  t.equal(await refusal(options), null, "when it has ended, another may begin");
});

for (const option of ["--http", "--mqtt-port"] as const) {
  test(`a taken port for ${option}: one sentence with the remedy, nothing left behind`, async (t) => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const options = freshOptions(option === "--http" ? { http: port } : { mqttPort: port });
    const refused = await refusal(options);
    t.match(refused, { kind: "unavailable", sentence: new RegExp(`port ${port} .*taken.*${option} 0`) });
    t.notOk(existsSync(join(options.data, "authority", "process.json")));
    t.equal(await refusal({ ...options, http: 0, mqttPort: 0 }), null);
    other.close();
  });
}

test("the vault: inside the data folder, open to others, gone, damaged, of another database: refused by name", async (t) => {
  const options = freshOptions();
  t.match(await refusal({ ...options, keyvault: join(options.data, "vault.json") }), {
    kind: "unusable",
    sentence: /inside the data folder/,
  });
  t.equal(await refusal(options), null);
  chmodSync(options.keyvault, 0o640);
  t.match(await refusal(options), { kind: "unusable", sentence: /mode 640.*chmod 600/ });
  chmodSync(options.keyvault, 0o600);
  renameSync(options.keyvault, `${options.keyvault}.away`);
  t.match(await refusal(options), { kind: "unusable", sentence: /is missing/ });
  t.notOk(existsSync(options.keyvault), "no other is made in its place");
  const other = freshOptions();
  t.equal(await refusal(other), null);
  t.match(await refusal({ ...options, keyvault: other.keyvault }), { kind: "unusable", sentence: /another database/ });
  renameSync(`${options.keyvault}.away`, options.keyvault);
  t.equal(await refusal(options), null);
});

test("a vault that was cut, or holds something else: refused, and never written over", async (t) => {
  const options = freshOptions();
  t.equal(await refusal(options), null);
  const whole = readFileSync(options.keyvault, "utf8");
  const damaged = [
    "",
    "{",
    "[]",
    whole.slice(0, -9),
    whole.replace("root", "toor"),
    whole.replace(/"online":"../, '"online":"'),
  ];
  for (const text of damaged) {
    writeFileSync(options.keyvault, text);
    t.match(await refusal(options), { kind: "unusable", sentence: /damaged/ }, text.slice(0, 30));
    t.equal(readFileSync(options.keyvault, "utf8"), text);
  }
  writeFileSync(options.keyvault, whole);
  t.equal(await refusal(options), null);
});

test("another broker that does not answer: it serves, is not ready, and says so once", async (t) => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  other.close();
  let said: () => void = () => undefined;
  const told = new Promise<void>((resolve) => {
    said = resolve;
  });
  const talk: string[] = [];
  const options = freshOptions({
    mqtt: `mqtt://me:secret@127.0.0.1:${port}`,
    onTalk: (sentence) => {
      talk.push(sentence);
      said();
    },
  });
  const running = await serve(options);
  await told;
  t.match(talk, [/does not answer/]);
  t.notMatch(
    `${talk} ${running.mqtt} ${readFileSync(join(options.data, "authority", "process.json"), "utf8")}`,
    /secret/,
  );
  t.equal((await fetch(`${running.http}/readyz`)).status, 503);
  await running.close();
  t.match(await refusal(freshOptions({ mqtt: "no url" })), { kind: "unusable" });
});

test("another broker: the authority is its client, publishes what is retained and hears its edges", async (t) => {
  const { Aedes } = await import("aedes");
  const aedes = await Aedes.createBroker();
  const server = createServer((socket) => void aedes.handle(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  let said: (sentence: string) => void = () => undefined;
  const told = new Promise<string>((resolve) => {
    said = resolve;
  });
  const options = freshOptions({
    mqtt: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    onTalk: (sentence) => said(sentence),
  });
  const running = await serve(options);
  t.match(await told, /connected/);
  const ask = api(running, options);
  await ask("PUT", "/site", SITE);
  const { token: written } = JSON.parse((await ask("POST", "/edges/e1/token")).text) as { token: string };
  const edge = new StandInEdge("hq", "e1", 11);
  const client = await mqtt.connectAsync(running.mqtt);
  const rootDocument = heard(client, "lintel/v1/hq/root/1");
  const answer = heard(client, edge.topics.down("adopt"));
  await client.subscribeAsync(["lintel/v1/hq/root/#", edge.topics.allDown], { qos: 1 });
  await rootDocument;
  client.publish(edge.topics.up("adopt"), Buffer.from(edge.adoptRequest(new SecretText(written))), { qos: 1 });
  const token = decodeToken(new SecretText(written));
  t.ok(token.ok && openAdoptAnswer(await answer, token.value, edge.publicKeys).ok);
  await client.endAsync(true);
  await running.close();
  aedes.close();
  server.close();
});
