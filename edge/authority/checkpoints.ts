/**
 * Checkpoints: what edges signed of their journals is compared with what was collected of them, and what was collected is
 * signed in turn. A journal that does not lead to what its edge signed was changed, here or there, or is that of two edges.
 */
import type { Instant } from "@lintel/protocol/base/units.ts";
import type { BodyOf } from "@lintel/protocol/mqtt/bodies.ts";
import { signMessage } from "@lintel/protocol/mqtt/envelope.ts";
import { LIMITS } from "./limits.ts";
import { headOf } from "./messages.ts";
import type { AuthorityEvent, AuthorityStore, LogCheckpoint, Ports, StoredCheckpoint } from "./ports.ts";

/** Takes one, whose signature is verified, inside a transaction of the caller. A repetition changes nothing. */
export function takeCheckpoint(store: AuthorityStore, checkpoint: StoredCheckpoint, now: Instant): AuthorityEvent[] {
  const { edge, epoch, seq } = checkpoint;
  if (!store.addCheckpoint(checkpoint)) return [];
  return seq <= store.collectedUpTo(edge, epoch) ? judge(store, checkpoint, now) : [];
}

/** Those that waited for the record that was just collected. */
export function judgeCheckpoints(
  store: AuthorityStore,
  record: { readonly edge: string; readonly epoch: string; readonly seq: number },
  now: Instant,
): AuthorityEvent[] {
  return store.checkpointsAt(record).flatMap((checkpoint) => judge(store, checkpoint, now));
}

function judge(store: AuthorityStore, { edge, epoch, seq, hash }: StoredCheckpoint, now: Instant): AuthorityEvent[] {
  const link = store.linkOf(edge, epoch, seq);
  if (link === null) {
    // Behind records that were lost nothing leads here; from what the edge signed the chain goes on.
    if (seq === store.collectedUpTo(edge, epoch)) store.relink(edge, epoch, hash);
    return [];
  }
  if (link === hash) return [];
  const subject = `${edge}/${epoch}/${seq}`;
  return store.raiseAlarm("chain-broken", subject, now) ? [{ event: "alarm", what: "chain-broken", subject }] : [];
}

/** Signs the ends of log and audit as they are now, and keeps nothing of it. */
export function signLogEnd(ports: Ports, site: string): LogCheckpoint {
  const [log, audit] = [ports.store.logEnd(), ports.store.auditEnd()];
  const body: BodyOf<"log-checkpoint"> = { place: log.place, log: log.link, entry: audit.entry, audit: audit.link };
  const head = { ...headOf(ports), site, edge: null };
  const message = signMessage("log-checkpoint", head, body, ports.keys.online, ports.ed25519);
  return { place: log.place, entry: audit.entry, message };
}

/** Signs them where they grew, and keeps it; `least`: by so many entries. In a transaction of its own. */
export function signLog(ports: Ports, site: string, least: number = 1): void {
  const { store } = ports;
  const signed = store.logCheckpoint();
  if (store.logEnd().place - signed.place + (store.auditEnd().entry - signed.entry) < least) return;
  const checkpoint = signLogEnd(ports, site);
  store.transaction(() => store.addLogCheckpoint(checkpoint));
}

/** After something was collected that no checkpoint of an edge follows soon. */
export function signLogIfLong(ports: Ports, site: string): void {
  signLog(ports, site, LIMITS.logCheckpoint);
}
