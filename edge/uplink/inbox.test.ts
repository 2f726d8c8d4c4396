import { Secret } from "@lintel/protocol/base/secret.ts";
import { type Instant, instant } from "@lintel/protocol/base/units.ts";
import type { RootDocument } from "@lintel/protocol/mqtt/bodies.ts";
import { type MessageHead, signingPublicKey, signMessage } from "@lintel/protocol/mqtt/envelope.ts";
import { test } from "tap";
import { type Belief, openDown } from "./inbox.ts";

const seed = (byte: number) => new Secret(new Uint8Array(32).fill(byte));
const keys = { root: seed(1), keyset: seed(2), online: seed(3), stranger: seed(9) };
const root: RootDocument = {
  n: 2,
  root: signingPublicKey(keys.root),
  keyset: signingPublicKey(keys.keyset),
  online: signingPublicKey(keys.online),
};
const belief: Belief = { site: "hq", edge: "e1", root };
const EPOCH = "00112233445566aa";
const head: MessageHead = {
  site: "hq",
  edge: "e1",
  epoch: EPOCH,
  seq: 0,
  t: instant(1000),
  exp: null,
  id: new Uint8Array(16),
};
const ack = (over: Partial<MessageHead> = {}, by: Secret = keys.online) =>
  signMessage("ack", { ...head, ...over }, { epoch: EPOCH, seq: 3 }, by);
const manifest = (by: Secret) =>
  signMessage(
    "keyset",
    head,
    { edge: "e1", number: 1, digest: "aa".repeat(32), size: 1, chunks: ["bb".repeat(32)] },
    by,
  );
const rootDocument = (n: number, by: Secret = keys.root, holder: Secret = by) =>
  signMessage("root", { ...head, edge: null }, { ...root, root: signingPublicKey(holder), n }, by);
const command = (over: Partial<MessageHead> = {}, by: Secret = keys.online) =>
  signMessage(
    "command",
    { ...head, exp: instant(9000), ...over },
    { n: 7, act: { kind: "mode", door: "front", mode: "lockdown" }, by: "operator" },
    by,
  );
const flipped = (message: Uint8Array, at: number) => message.map((byte, index) => (index === at ? byte ^ 1 : byte));
const down = "lintel/v1/hq/edge/e1/dn";

const messages: readonly {
  name: string;
  topic: string;
  payload: Uint8Array;
  retained?: boolean;
  now?: Instant | null;
  answer: string;
}[] = [
  { name: "an ack", topic: `${down}/ack`, payload: ack(), answer: "ack" },
  { name: "an ack of the keyset key", topic: `${down}/ack`, payload: ack({}, keys.keyset), answer: "bad-signature" },
  { name: "an ack of a stranger", topic: `${down}/ack`, payload: ack({}, keys.stranger), answer: "bad-signature" },
  { name: "an ack for another edge", topic: `${down}/ack`, payload: ack({ edge: "e2" }), answer: "wrong-edge" },
  { name: "an ack of another site", topic: `${down}/ack`, payload: ack({ site: "lab" }), answer: "wrong-site" },
  { name: "an ack on the topic of time", topic: `${down}/time`, payload: ack(), answer: "wrong-kind" },
  { name: "an ack that the broker kept", topic: `${down}/ack`, payload: ack(), retained: true, answer: "retained" },
  {
    name: "an ack just before its end",
    topic: `${down}/ack`,
    payload: ack({ exp: instant(5000) }),
    now: instant(4999),
    answer: "ack",
  },
  {
    name: "an ack at its end",
    topic: `${down}/ack`,
    payload: ack({ exp: instant(5000) }),
    now: instant(5000),
    answer: "expired",
  },
  {
    name: "an ack at its end by a clock that nobody believes",
    topic: `${down}/ack`,
    payload: ack({ exp: instant(5000) }),
    now: null,
    answer: "ack",
  },
  { name: "noise", topic: `${down}/ack`, payload: Uint8Array.of(1, 2, 3), answer: "malformed" },
  { name: "nothing", topic: `${down}/ack`, payload: new Uint8Array(0), answer: "malformed" },
  { name: "a megabyte", topic: `${down}/ack`, payload: new Uint8Array(1_000_000), answer: "too-long" },
  {
    name: "a manifest",
    topic: `${down}/keyset/manifest`,
    payload: manifest(keys.keyset),
    retained: true,
    answer: "keyset",
  },
  {
    name: "a manifest of the online key",
    topic: `${down}/keyset/manifest`,
    payload: manifest(keys.online),
    answer: "bad-signature",
  },
  { name: "a piece", topic: `${down}/keyset/chunk/${"ab".repeat(32)}`, payload: Uint8Array.of(1), answer: "chunk" },
  { name: "a piece of no name", topic: `${down}/keyset/chunk/x`, payload: Uint8Array.of(1), answer: "wrong-topic" },
  {
    name: "a newer root document",
    topic: "lintel/v1/hq/root/3",
    payload: rootDocument(3),
    retained: true,
    answer: "root",
  },
  { name: "the held root document", topic: "lintel/v1/hq/root/2", payload: rootDocument(2), answer: "nothing" },
  {
    name: "a root document under another number",
    topic: "lintel/v1/hq/root/4",
    payload: rootDocument(3),
    answer: "wrong-topic",
  },
  {
    name: "a root document of another root",
    topic: "lintel/v1/hq/root/3",
    payload: rootDocument(3, keys.stranger),
    answer: "bad-signature",
  },
  {
    name: "a root document that names another root",
    topic: "lintel/v1/hq/root/3",
    payload: rootDocument(3, keys.root, keys.stranger),
    answer: "wrong-topic",
  },
  { name: "a command", topic: `${down}/cmd`, payload: command(), answer: "command" },
  {
    name: "a command that the broker kept",
    topic: `${down}/cmd`,
    payload: command(),
    retained: true,
    answer: "retained",
  },
  { name: "a command without an end", topic: `${down}/cmd`, payload: command({ exp: null }), answer: "without-end" },
  {
    name: "a command past its end, which is judged with its number",
    topic: `${down}/cmd`,
    payload: command(),
    now: instant(9000),
    answer: "command",
  },
  {
    name: "a command of the keyset key",
    topic: `${down}/cmd`,
    payload: command({}, keys.keyset),
    answer: "bad-signature",
  },
  { name: "a command of the root key", topic: `${down}/cmd`, payload: command({}, keys.root), answer: "bad-signature" },
  {
    name: "a command of a stranger",
    topic: `${down}/cmd`,
    payload: command({}, keys.stranger),
    answer: "bad-signature",
  },
  { name: "a command for another edge", topic: `${down}/cmd`, payload: command({ edge: "e2" }), answer: "wrong-edge" },
  { name: "a command for all edges", topic: `${down}/cmd`, payload: command({ edge: null }), answer: "wrong-edge" },
  { name: "a command of another site", topic: `${down}/cmd`, payload: command({ site: "lab" }), answer: "wrong-site" },
  { name: "an ack on the topic of commands", topic: `${down}/cmd`, payload: ack(), answer: "wrong-kind" },
  { name: "a command on the topic of acks", topic: `${down}/ack`, payload: command(), answer: "wrong-kind" },
  {
    name: "a command on another edge's topic",
    topic: "lintel/v1/hq/edge/e2/dn/cmd",
    payload: command(),
    answer: "wrong-topic",
  },
  { name: "another edge's topic", topic: "lintel/v1/hq/edge/e2/dn/ack", payload: ack(), answer: "wrong-topic" },
  { name: "a topic of no kind", topic: `${down}/open`, payload: ack(), answer: "wrong-topic" },
];

for (const { name, topic, payload, retained = false, now = instant(2000), answer } of messages) {
  test(`a message down: ${name}: ${answer}`, (t) => {
    const opened = openDown({ topic, payload, retained }, belief, now);
    t.equal(opened.ok ? opened.value.kind : opened.error.kind, answer);
    t.end();
  });
}

for (const [word, whole] of [
  ["ack", ack()],
  ["cmd", command()],
] as const) {
  test(`a bit changed anywhere in a signed message on ${word}: never taken`, (t) => {
    for (let at = 0; at < whole.length; at += 1) {
      const opened = openDown({ topic: `${down}/${word}`, payload: flipped(whole, at), retained: false }, belief, null);
      if (opened.ok) t.fail(`byte ${at} of ${whole.length}`);
    }
    t.ok(whole.length > 100);
    t.end();
  });
}
