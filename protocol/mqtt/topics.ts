/**
 * The topic tree (facts mqtt 3, with the keyset per edge as design 5.9 says) and who may use which part of it.
 * Ids are `[a-z0-9-]{1,32}`, so no level can hold a wildcard or a separator.
 */
import { isId } from "../base/ids.ts";
import { invariant } from "../base/invariant.ts";

const ROOM = "lintel/v1";

/** Where a message of an edge goes up. `status` is JSON and retained, and the will; the others are signed envelopes. */
export const UP = ["status", "birth", "adopt", "time", "evt", "keyset", "rsp", "checkpoint"] as const;
export type Up = (typeof UP)[number];

/** Where a message goes down to an edge, besides the keyset. */
export const DOWN = ["adopt", "time", "ack", "need", "cmd"] as const;
export type Down = (typeof DOWN)[number];

export interface EdgeTopics {
  up(message: Up): string;
  down(message: Down): string;
  /** Retained. */
  readonly keysetManifest: string;
  /** Retained; `hash` is the SHA-256 of the chunk, 64 hex digits. */
  keysetChunk(hash: string): string;
  /** What the edge subscribes to. */
  readonly allDown: string;
  readonly allRoots: string;
}

export function edgeTopics(site: string, edge: string): EdgeTopics {
  invariant(isId(site) && isId(edge), "topics are made of ids", { site, edge });
  const base = `${ROOM}/${site}/edge/${edge}`;
  return {
    up: (message) => `${base}/up/${message}`,
    down: (message) => `${base}/dn/${message}`,
    keysetManifest: `${base}/dn/keyset/manifest`,
    keysetChunk: (hash) => `${base}/dn/keyset/chunk/${hash}`,
    allDown: `${base}/dn/#`,
    allRoots: `${ROOM}/${site}/root/#`,
  };
}

/** What the authority subscribes to. */
export function everyUp(site: string): string {
  invariant(isId(site), "topics are made of ids", { site });
  return `${ROOM}/${site}/edge/+/up/#`;
}

/** Retained: the root document number `n`. */
export function rootTopic(site: string, n: number): string {
  invariant(isId(site), "topics are made of ids", { site });
  return `${ROOM}/${site}/root/${n}`;
}

/** Which edge a message came up from, and as what; null for any other topic. */
export function readUpTopic(
  topic: string,
): { readonly site: string; readonly edge: string; readonly message: Up } | null {
  const [lintel, version, site, kind, edge, direction, message, ...more] = topic.split("/");
  if (`${lintel}/${version}` !== ROOM || kind !== "edge" || direction !== "up" || more.length > 0) return null;
  if (site === undefined || edge === undefined || !isId(site) || !isId(edge)) return null;
  const known = UP.find((word) => word === message);
  return known === undefined ? null : { site, edge, message: known };
}

/** Whether a piece of a keyset goes down on it. */
export function isKeysetChunk(topic: string): boolean {
  return topic.includes("/dn/keyset/chunk/");
}

/** Who is connected to the broker: an adopted edge, or one that holds an adoption token. */
export type Principal =
  | { readonly kind: "edge"; readonly site: string; readonly edge: string }
  | { readonly kind: "adopting"; readonly site: string; readonly edge: string };

/** What a connection may publish (facts mqtt 3). Retained is only the status: anything else retained would be replayed. */
export function mayPublish(who: Principal, topic: string, retain: boolean): boolean {
  const read = readUpTopic(topic);
  if (read === null || read.site !== who.site || read.edge !== who.edge) return false;
  if (who.kind === "adopting") return read.message === "adopt" && !retain;
  if (read.message === "status") return true;
  return read.message !== "adopt" && !retain;
}

/** What a connection may subscribe to; `filter` may hold wildcards. */
export function maySubscribe(who: Principal, filter: string): boolean {
  const topics = edgeTopics(who.site, who.edge);
  if (who.kind === "adopting") return filter === topics.down("adopt");
  const own = topics.allDown.slice(0, -1);
  const roots = topics.allRoots.slice(0, -1);
  return filter.startsWith(own) || filter.startsWith(roots);
}

/** What a connection may be sent: asked again at delivery, for a broker that merges subscriptions. */
export function mayReceive(who: Principal, topic: string): boolean {
  return !/[+#]/.test(topic) && maySubscribe(who, topic);
}
