/**
 * A message over MQTT and its answer: a signed question for the time, through the embedded broker of a real authority,
 * to its signed answer, as an edge asks it. Beside it a bare echo over TCP between two processes.
 */
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { join } from "node:path";
import { Adopting } from "@lintel/edge/box/adopting.ts";
import type { Adoption, EdgeKeys } from "@lintel/edge/box/ports.ts";
import { Vault } from "@lintel/edge/box/vault.ts";
import { makeKeyFile } from "@lintel/edge/shell/key-file.ts";
import { type BrokerListener, MqttBroker } from "@lintel/edge/shell/mqtt-broker.ts";
import { Secret, SecretText } from "@lintel/protocol/base/secret.ts";
import { instant, monotonic } from "@lintel/protocol/base/units.ts";
import { decodeToken } from "@lintel/protocol/mqtt/adoption.ts";
import { openMessage, peekMessage, signingPublicKey, signMessage } from "@lintel/protocol/mqtt/envelope.ts";
import { edgeTopics } from "@lintel/protocol/mqtt/topics.ts";
import { reachAuthority } from "@lintel/scripts/reach-authority.ts";
import { LintelProcess } from "../support/lintel-process.rig.ts";
import { officeSite } from "../support/office-site.rig.ts";
import type { Figure } from "./figure.ts";
import { startProgram } from "./processes.ts";

const EPOCH = "00112233445566aa";
const ECHO =
  "require('net').createServer((s) => s.setNoDelay().pipe(s)).listen(0, '127.0.0.1', function () { console.log(this.address().port); })";

const random = (count: number) => Uint8Array.from(randomBytes(count));
const time = () => instant(Date.now());

export async function messageFigures(folder: string, samples: number): Promise<Figure[]> {
  const data = join(folder, "authority");
  const keyvault = join(folder, "authority-keyvault", "authority.json");
  const ports = ["--http", "0", "--mqtt-port", "0"];
  const authority = new LintelProcess(["authority", "--data", data, "--keyvault", keyvault, ...ports, "--json"]);
  try {
    await authority.ready();
    const { ask, end, bytes } = await adoptedEdge(data, folder);
    const ours = await repeated(samples, ask);
    end();
    const beside = { what: "bare TCP echo of as many bytes", samples: await echoes(samples, bytes) };
    const crypto = { what: "its two signatures and two checks alone", samples: signatures(samples) };
    const what = "signed question over MQTT to its signed answer";
    return [
      { what, unit: "ms", samples: ours, beside },
      { what, unit: "ms", samples: ours, beside: crypto },
    ];
  } finally {
    authority.signal("SIGTERM");
    await authority.ended;
  }
}

interface AdoptedEdge {
  /** One question, to its answer. */
  ask(): Promise<void>;
  end(): void;
  /** Of one question. */
  readonly bytes: number;
}

/** An edge as far as its authority sees it: adopted and connected, without doors. */
async function adoptedEdge(data: string, folder: string): Promise<AdoptedEdge> {
  const authority = reachAuthority(data);
  const applied = await authority.ask("PUT", "/site", officeSite());
  const issued = await authority.ask("POST", "/edges/e1/token");
  if (applied.status !== 200 || issued.status !== 201) throw new Error(`${applied.text} ${issued.text}`);
  const made = makeKeyFile(join(folder, "asking-keyvault", "edge.json"));
  if (!made.ok) throw new Error(made.error.kind);
  const keys = made.value;
  const adoption = await adopt(keys, String(issued.json.token));
  const vault = new Vault(keys, random);
  vault.adopt(adoption);
  const { site, edge, broker: url } = adoption;
  const topics = edgeTopics(site, edge);
  const root = peekMessage("root", adoption.root);
  if (!root.ok) throw new Error("the root document cannot be read");
  let answered: (payload: Uint8Array) => void = () => {};
  let connected: () => void = () => {};
  const broker = new MqttBroker({
    connected: () => connected(),
    closed: (_, why) => console.error(`the connection ended: ${why}`),
    message: (_, payload) => answered(payload),
  });
  await new Promise<void>((done) => {
    connected = done;
    broker.connect({ url, user: edge, password: vault.mqttPassword(), clientId: edge, will: null });
  });
  broker.subscribe([topics.down("time")]);
  const question = (nonce: Uint8Array) =>
    signMessage(
      "time",
      { site, edge, epoch: EPOCH, seq: 0, t: time(), exp: null, id: random(16) },
      { nonce },
      keys.signing,
    );
  return {
    bytes: question(random(16)).length,
    end: () => broker.disconnect(),
    ask: () =>
      new Promise((done, failed) => {
        answered = (payload) => {
          const opened = openMessage("time-answer", payload, { site, edge, signer: root.value.body.online, now: null });
          if (opened.ok) done();
          else failed(new Error(opened.error.kind));
        };
        broker.publish(topics.up("time"), question(random(16)), { retain: false });
      }),
  };
}

function adopt(keys: EdgeKeys, token: string): Promise<Adoption> {
  const read = decodeToken(new SecretText(token));
  if (!read.ok) throw new Error("the token cannot be read");
  return new Promise((done, failed) => {
    const listener: BrokerListener = {
      connected: () => adopting.connected(),
      closed: (refused, why) => adopting.closed(refused, why),
      message: (topic, payload) => adopting.message(topic, payload),
    };
    const now = () => monotonic(performance.now());
    const options = { keys, broker: new MqttBroker(listener), random, epoch: EPOCH, now, time };
    const adopting = new Adopting(options, read.value, (outcome) => {
      if (outcome.kind === "adopted") done(outcome.adoption);
      else failed(new Error(outcome.why));
    });
  });
}

/** What both ends together must compute for one question and its answer, here, in ms. */
function signatures(samples: number): number[] {
  const key = new Secret(new Uint8Array(32).fill(9));
  const signer = signingPublicKey(key);
  const at = { site: "hq", edge: "e1" };
  const once = () => {
    const begun = performance.now();
    for (const _ of ["question", "answer"]) {
      const head = { ...at, epoch: EPOCH, seq: 0, t: time(), exp: null, id: random(16) };
      openMessage("time", signMessage("time", head, { nonce: random(16) }, key), { ...at, signer, now: null });
    }
    return performance.now() - begun;
  };
  return Array.from({ length: samples + 20 }, once).slice(20);
}

/** One after the other, in ms; some first that do not count. */
async function repeated(samples: number, act: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  for (let at = -20; at < samples; at += 1) {
    const begun = performance.now();
    await act();
    if (at >= 0) times.push(performance.now() - begun);
  }
  return times;
}

async function echoes(samples: number, bytes: number): Promise<number[]> {
  const echo = await startProgram(ECHO);
  const socket = connect({ port: Number(echo.line), host: "127.0.0.1" }).setNoDelay();
  await new Promise((done) => socket.once("connect", done));
  const sent = randomBytes(bytes);
  let came = 0;
  let whole: () => void = () => {};
  socket.on("data", (part) => {
    came += part.length;
    if (came === bytes) whole();
  });
  const times = await repeated(
    samples,
    () =>
      new Promise((done) => {
        came = 0;
        whole = done;
        socket.write(sent);
      }),
  );
  socket.destroy();
  await echo.end();
  return times;
}
