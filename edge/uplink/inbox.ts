/**
 * What comes down: opened or refused. A broker is believed in nothing: topic, size, the retained flag, who signed, for
 * which site and edge, and what kind of message it is are all asked, and whatever does not fit is a word for the record.
 */
import { equalBytes } from "@lintel/protocol/base/bytes.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import type { Instant } from "@lintel/protocol/base/units.ts";
import type { BodyOf, RootDocument } from "@lintel/protocol/mqtt/bodies.ts";
import { type Ed25519, nobleEd25519 } from "@lintel/protocol/mqtt/ed25519.ts";
import { openMessage } from "@lintel/protocol/mqtt/envelope.ts";
import { LIMITS } from "@lintel/protocol/mqtt/limits.ts";
import { edgeTopics, rootTopic } from "@lintel/protocol/mqtt/topics.ts";
import { type Order, orderOf } from "./orders.ts";

/** Whom this edge belongs to, and whom it believes. */
export interface Belief {
  readonly site: string;
  readonly edge: string;
  readonly root: RootDocument;
}

export interface Incoming {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retained: boolean;
}

export type Down =
  | { readonly kind: "ack"; readonly body: BodyOf<"ack"> }
  | { readonly kind: "need"; readonly body: BodyOf<"need"> }
  | { readonly kind: "time-answer"; readonly body: BodyOf<"time-answer"> }
  /** `message` is the signed bytes: kept, so that the signature can be asked again at every start. */
  | { readonly kind: "keyset"; readonly body: BodyOf<"keyset">; readonly message: Uint8Array }
  /** A piece of a keyset, unsigned: its name is its hash. */
  | { readonly kind: "chunk"; readonly hash: string; readonly bytes: Uint8Array }
  | { readonly kind: "root"; readonly body: RootDocument; readonly message: Uint8Array }
  /** Believed as to who signed it, and for whom. Whether its time and its number are right is asked in `orders.ts`. */
  | { readonly kind: "command"; readonly order: Order }
  /** The answer to an adoption that is over. */
  | { readonly kind: "nothing" };

/** `now`: null where the clock is not believed; then no message is called expired. */
export function openDown(
  incoming: Incoming,
  belief: Belief,
  now: Instant | null,
  ed25519: Ed25519 = nobleEd25519,
): Result<Down, { readonly kind: string }> {
  const { topic, payload, retained } = incoming;
  const { site, edge, root } = belief;
  if (payload.length > LIMITS.packetBytes) return fail({ kind: "too-long" });
  const topics = edgeTopics(site, edge);
  const open = <K extends "ack" | "need" | "time-answer">(kind: K): Result<BodyOf<K>, { kind: string }> => {
    // A broker that keeps an order keeps it for another day.
    if (retained) return fail({ kind: "retained" });
    const opened = openMessage(kind, payload, { site, edge, signer: root.online, now }, ed25519);
    return opened.ok ? ok(opened.value.body) : opened;
  };
  if (topic === topics.down("ack")) return named("ack", open("ack"));
  if (topic === topics.down("need")) return named("need", open("need"));
  if (topic === topics.down("time")) return named("time-answer", open("time-answer"));
  if (topic === topics.down("cmd")) return openCommand(incoming, belief, ed25519);
  if (topic === topics.down("adopt")) return ok({ kind: "nothing" });
  if (topic === topics.keysetManifest) {
    if (payload.length === 0) return ok({ kind: "nothing" });
    const opened = openMessage("keyset", payload, { site, edge, signer: root.keyset, now }, ed25519);
    return opened.ok ? ok({ kind: "keyset", body: opened.value.body, message: payload }) : opened;
  }
  const chunk = topics.keysetChunk("");
  if (topic.startsWith(chunk)) {
    const hash = topic.slice(chunk.length);
    return /^[0-9a-f]{64}$/.test(hash) ? ok({ kind: "chunk", hash, bytes: payload }) : fail({ kind: "wrong-topic" });
  }
  return openRootMessage(incoming, belief, ed25519);
}

/** What has no end could be kept by a broker for ever: it is no command. */
function openCommand(
  { payload, retained }: Incoming,
  { site, edge, root }: Belief,
  ed25519: Ed25519,
): Result<Down, { readonly kind: string }> {
  if (retained) return fail({ kind: "retained" });
  const opened = openMessage("command", payload, { site, edge, signer: root.online, now: null }, ed25519);
  if (!opened.ok) return opened;
  const order = orderOf(opened.value, payload);
  return order === null ? fail({ kind: "without-end" }) : ok({ kind: "command", order });
}

/** Another document of the same root key: other keys below it. A root key itself changes by adoption alone. */
function openRootMessage(
  { topic, payload }: Incoming,
  { site, edge, root }: Belief,
  ed25519: Ed25519,
): Result<Down, { readonly kind: string }> {
  if (!topic.startsWith(edgeTopics(site, edge).allRoots.slice(0, -1))) return fail({ kind: "wrong-topic" });
  const opened = openMessage("root", payload, { site, edge: null, signer: root.root, now: null }, ed25519);
  if (!opened.ok) return opened;
  const { body } = opened.value;
  // The document names its own root key: only the one that is pinned may speak here.
  if (topic !== rootTopic(site, body.n) || !equalBytes(body.root, root.root)) return fail({ kind: "wrong-topic" });
  return body.n <= root.n ? ok({ kind: "nothing" }) : ok({ kind: "root", body, message: payload });
}

function named<K extends "ack" | "need" | "time-answer">(
  kind: K,
  opened: Result<BodyOf<K>, { readonly kind: string }>,
): Result<Down, { readonly kind: string }> {
  return opened.ok ? ok({ kind, body: opened.value } as Down) : opened;
}
