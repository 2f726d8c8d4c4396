/**
 * What the authority sends to edges: each kind with its key, its topic, and whether it stays at the broker. Nothing is
 * decided here.
 */
import type { Instant } from "@lintel/protocol/base/units.ts";
import { splitKeyset } from "@lintel/protocol/keyset/transport.ts";
import { type AdoptionToken, signAdoptAnswer } from "@lintel/protocol/mqtt/adoption.ts";
import { agreementPublicKey } from "@lintel/protocol/mqtt/agreement.ts";
import type { BodyOf, KeysetManifestBody } from "@lintel/protocol/mqtt/bodies.ts";
import { type MessageHead, signMessage } from "@lintel/protocol/mqtt/envelope.ts";
import { edgeTopics, rootTopic } from "@lintel/protocol/mqtt/topics.ts";
import { agreementKeyFor, rootDocument } from "./keys.ts";
import type { IssuedKeyset, Ports, StoredEdge } from "./ports.ts";

export function headOf(ports: Ports): Omit<MessageHead, "site" | "edge"> {
  return { epoch: ports.store.epoch, seq: 0, t: ports.now(), exp: null, id: ports.random(16) };
}

export function signRoot(ports: Ports, site: string): Uint8Array {
  const head = { ...headOf(ports), site, edge: null };
  return signMessage("root", head, rootDocument(ports.keys), ports.keys.root, ports.ed25519);
}

export function signManifest(ports: Ports, site: string, manifest: KeysetManifestBody): Uint8Array {
  return signMessage(
    "keyset",
    { ...headOf(ports), site, edge: manifest.edge },
    manifest,
    ports.keys.keyset,
    ports.ed25519,
  );
}

export function publishRoot(ports: Ports, site: string): void {
  ports.broker.publish(rootTopic(site, rootDocument(ports.keys).n), signRoot(ports, site), { retain: true });
}

/** Chunks first: who reads the manifest finds all that it names. */
export function publishKeyset(ports: Ports, site: string, issued: IssuedKeyset): void {
  const topics = edgeTopics(site, issued.edge);
  for (const chunk of splitKeyset(issued.bytes, issued).chunks) {
    ports.broker.publish(topics.keysetChunk(chunk.hash), chunk.bytes, { retain: true });
  }
  ports.broker.publish(topics.keysetManifest, issued.manifest, { retain: true });
}

/** Takes from the broker what only the keyset before had. */
export function forgetChunks(ports: Ports, site: string, before: IssuedKeyset, issued: IssuedKeyset): void {
  const topics = edgeTopics(site, issued.edge);
  const kept = new Set(splitKeyset(issued.bytes, issued).manifest.chunks);
  for (const hash of splitKeyset(before.bytes, before).manifest.chunks) {
    if (!kept.has(hash)) ports.broker.publish(topics.keysetChunk(hash), new Uint8Array(0), { retain: true });
  }
}

export function answerAdoption(
  ports: Ports,
  token: Pick<AdoptionToken, "secret" | "site" | "edge">,
  edge: StoredEdge,
): void {
  const agreement = agreementPublicKey(agreementKeyFor(ports.keys, token.site, edge.edge, edge.adoption));
  const answer = { to: edge, root: signRoot(ports, token.site), agreement };
  const message = signAdoptAnswer(token, headOf(ports), answer, ports.keys.online);
  ports.broker.publish(edgeTopics(token.site, edge.edge).down("adopt"), message, { retain: false });
}

export function sendTime(ports: Ports, site: string, edge: string, nonce: Uint8Array): void {
  send(ports, site, edge, "time-answer", "time", { nonce, now: ports.now() });
}

export function sendAck(ports: Ports, site: string, edge: string, ack: BodyOf<"ack">): void {
  send(ports, site, edge, "ack", "ack", ack);
}

export function sendNeed(ports: Ports, site: string, edge: string, need: BodyOf<"need">): void {
  send(ports, site, edge, "need", "need", need);
}

/** With an end, always: a broker could keep what has none. */
export function signCommand(
  ports: Ports,
  site: string,
  edge: string,
  { body, id, end }: { readonly body: BodyOf<"command">; readonly id: Uint8Array; readonly end: Instant },
): Uint8Array {
  return signMessage("command", { ...headOf(ports), site, edge, id, exp: end }, body, ports.keys.online, ports.ed25519);
}

export function publishCommand(ports: Ports, site: string, edge: string, message: Uint8Array): void {
  ports.broker.publish(edgeTopics(site, edge).down("cmd"), message, { retain: false });
}

function send<K extends "time-answer" | "ack" | "need">(
  ports: Ports,
  site: string,
  edge: string,
  kind: K,
  topic: "time" | "ack" | "need",
  body: BodyOf<K>,
): void {
  const message = signMessage(kind, { ...headOf(ports), site, edge }, body, ports.keys.online, ports.ed25519);
  ports.broker.publish(edgeTopics(site, edge).down(topic), message, { retain: false });
}
