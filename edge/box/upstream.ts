/**
 * What passes between this edge and its authority once it is adopted: the link's effects done, messages opened, records
 * sent, signed time taken. Keysets go on to keyset-store; nothing here is waited for by a door.
 */
import { utf8 } from "@lintel/protocol/base/bytes.ts";
import { unreachable } from "@lintel/protocol/base/invariant.ts";
import type { Instant, Monotonic } from "@lintel/protocol/base/units.ts";
import type { BodyOf, MessageKind, RootDocument } from "@lintel/protocol/mqtt/bodies.ts";
import { signMessage } from "@lintel/protocol/mqtt/envelope.ts";
import { encodeStatus } from "@lintel/protocol/mqtt/status.ts";
import { DOWN, type EdgeTopics, edgeTopics, type Up } from "@lintel/protocol/mqtt/topics.ts";
import { type Belief, type Incoming, openDown } from "../uplink/inbox.ts";
import { type LinkEffect, type LinkInput, type LinkState, startLink, stepLink } from "../uplink/link.ts";
import type { Order } from "../uplink/orders.ts";
import { fillBatch, openOutbox, type Range } from "../uplink/outbox.ts";
import type { Commanding } from "./commanding.ts";
import type { KeysetStore } from "./keyset-store.ts";
import type { Adoption, Ports } from "./ports.ts";
import type { Recorder } from "./recorder.ts";
import { openOwnRoot } from "./root.ts";
import type { EdgeTime } from "./time.ts";
import type { Vault } from "./vault.ts";

export interface UpstreamOptions {
  readonly ports: Ports;
  readonly adoption: Adoption;
  readonly vault: Vault;
  readonly time: EdgeTime;
  readonly recorder: Recorder;
  readonly keysets: KeysetStore;
  readonly commanding: Commanding;
  /** The newest of this journal; null: none yet. */
  readonly lastCheckpoint: () => Uint8Array | null;
  readonly software: string;
  readonly acked: number;
  readonly session: number;
  readonly doors: () => readonly string[];
  readonly signedTime: (now: Instant) => void;
  /** A message was not taken: `what` is its topic's last level, `why` a kind. */
  readonly refused: (what: string, why: string) => void;
}

export class Upstream {
  readonly #options: UpstreamOptions;
  readonly #topics: EdgeTopics;
  #adoption: Adoption;
  #belief: Belief;
  #link: LinkState;
  #wakeAt: Monotonic | null = null;

  constructor(options: UpstreamOptions) {
    this.#options = options;
    const { adoption, recorder, time } = options;
    const { site, edge } = adoption;
    this.#adoption = adoption;
    this.#belief = { site, edge, root: openOwnRoot(adoption) };
    this.#topics = edgeTopics(site, edge);
    const outbox = openOutbox(recorder.epoch, Math.min(options.acked, recorder.head), recorder.head);
    this.#link = startLink(outbox, options.session, time.monotonic);
    this.#wakeAt = time.monotonic;
  }

  get connected(): boolean {
    return this.#link.phase.kind === "connected";
  }
  get session(): number {
    return this.#link.session;
  }
  get acked(): number {
    return this.#link.outbox.acked;
  }
  get wakeAt(): Monotonic | null {
    const { askAt } = this.#options.keysets;
    if (askAt === null || !this.connected) return this.#wakeAt;
    return this.#wakeAt === null || askAt < this.#wakeAt ? askAt : this.#wakeAt;
  }

  brokerConnected(): void {
    this.#step({ kind: "connected" });
  }

  brokerClosed(): void {
    this.#step({ kind: "closed" });
  }

  /** The journal grew, or there is something to do by now. */
  time(): void {
    const { recorder, keysets, time } = this.#options;
    if (recorder.head !== this.#link.outbox.head) this.#step({ kind: "journal", head: recorder.head });
    if (this.connected && keysets.askAt !== null && keysets.askAt <= time.monotonic) this.#follow(keysets.askAgain());
    if (this.#wakeAt === null || this.#wakeAt > time.monotonic) return;
    this.#wakeAt = null;
    this.#step({ kind: "time" });
  }

  message(incoming: Incoming): void {
    const { time, refused, commanding, ports } = this.#options;
    const now = time.trust === "floor-only" ? null : time.now;
    const opened = openDown(incoming, this.#belief, now, ports.ed25519);
    if (!opened.ok) {
      if (incoming.topic === this.#topics.down("cmd")) commanding.notOpened(opened.error.kind);
      else refused(this.#nameOf(incoming.topic), opened.error.kind);
      return;
    }
    const down = opened.value;
    switch (down.kind) {
      case "ack":
        this.#step({ kind: "ack", ...down.body, oldest: this.#options.recorder.oldest });
        break;
      case "need":
        this.#step({ kind: "need", ...down.body, oldest: this.#options.recorder.oldest });
        break;
      case "time-answer":
        this.#step({ kind: "time-answer", ...down.body });
        break;
      case "keyset":
        this.#follow(this.#options.keysets.offer(down.body, down.message, this.#adoption.root));
        break;
      case "chunk":
        this.#follow(this.#options.keysets.take(down.hash, down.bytes));
        break;
      case "root":
        this.#newRoot(down.body, down.message);
        break;
      case "command":
        this.#command(down.order);
        break;
      case "nothing":
        break;
      default:
        unreachable(down);
    }
  }

  /** One that is lost on its way is made up for by the next, or by the next connection. */
  checkpoint(message: Uint8Array): void {
    if (this.connected) this.#options.ports.broker.publish(this.#topics.up("checkpoint"), message, { retain: false });
  }

  /** The authority is asked for the time now, where it is there. */
  wantTime(): void {
    this.#step({ kind: "want-time" });
  }

  #command(order: Order): void {
    const outcome = this.#options.commanding.take(order);
    if (outcome === null) return;
    this.#send("rsp", "command-answer", { n: order.n, command: order.id, outcome });
  }

  /** A word of ours for a topic that somebody else may have made up. */
  #nameOf(topic: string): string {
    if (topic.startsWith(this.#topics.keysetChunk(""))) return "chunk";
    if (topic === this.#topics.keysetManifest) return "manifest";
    return DOWN.find((word) => topic === this.#topics.down(word)) ?? "other";
  }

  /** Says good-bye, so that nobody waits for the will. */
  stop(): void {
    if (this.connected) this.#sayStatus(false);
    this.#options.ports.broker.disconnect();
  }

  #step(input: LinkInput): void {
    const { time, ports } = this.#options;
    const { state, effects } = stepLink(this.#link, input, time.monotonic, ports.random);
    this.#link = state;
    for (const effect of effects) this.#do(effect);
  }

  #do(effect: LinkEffect): void {
    const { ports, recorder, refused, signedTime } = this.#options;
    switch (effect.kind) {
      case "connect":
        this.#connect(effect.session);
        break;
      case "disconnect":
        ports.broker.disconnect();
        break;
      case "greet":
        this.#greet();
        break;
      case "ask-time":
        this.#send("time", "time", { nonce: effect.nonce });
        break;
      case "send":
        this.#sendRecords(effect.range);
        break;
      case "acked":
        recorder.record({ records: [], changes: [{ kind: "acked", seq: effect.seq }] });
        recorder.prune(effect.seq);
        break;
      case "signed-time":
        signedTime(effect.now);
        break;
      case "refused":
        refused("link", effect.what);
        break;
      case "wake":
        // The earliest stays: a step within a step asked for its own, and a wake too early does no harm.
        this.#wakeAt = this.#wakeAt === null || effect.at < this.#wakeAt ? effect.at : this.#wakeAt;
        break;
      default:
        unreachable(effect);
    }
  }

  #connect(session: number): void {
    const { ports, recorder, vault } = this.#options;
    const { edge, broker: url } = this.#adoption;
    recorder.record({ records: [], changes: [{ kind: "session", session }] });
    const will = { topic: this.#topics.up("status"), payload: this.#status(false, session) };
    ports.broker.connect({ url, user: edge, password: vault.mqttPassword(), clientId: edge, will });
  }

  #greet(): void {
    const { ports, recorder, keysets, time, software, doors, lastCheckpoint } = this.#options;
    const { broker } = ports;
    broker.subscribe([
      this.#topics.down("ack"),
      this.#topics.down("need"),
      this.#topics.down("time"),
      this.#topics.down("cmd"),
      this.#topics.keysetManifest,
      this.#topics.allRoots,
    ]);
    this.#sayStatus(true);
    this.#send("birth", "birth", {
      software,
      session: this.#link.session,
      doors: doors(),
      keyset: keysets.version,
      journal: { epoch: recorder.epoch, oldest: recorder.oldest, head: recorder.head },
      clock: { trust: time.trust, floor: time.floor },
    });
    this.#follow(keysets.reconnected());
    const checkpoint = lastCheckpoint();
    if (checkpoint !== null) this.checkpoint(checkpoint);
  }

  #sayStatus(online: boolean): void {
    const payload = this.#status(online, this.#link.session);
    this.#options.ports.broker.publish(this.#topics.up("status"), payload, { retain: true });
  }

  #status(online: boolean, session: number): Uint8Array {
    return utf8(encodeStatus({ online, epoch: this.#options.recorder.epoch, session }));
  }

  #sendRecords(range: Range): void {
    const { ports, recorder } = this.#options;
    let records: ReturnType<typeof fillBatch>;
    try {
      records = fillBatch(ports.store.records(range.from, range.to));
    } catch {
      records = []; // A disk that cannot be read: tried again like a batch that was lost.
    }
    const to = records.at(-1)?.seq ?? range.to;
    if (records.length > 0) this.#send("evt", "evt", { epoch: recorder.epoch, oldest: recorder.oldest, records });
    this.#step({ kind: "sent", range: { from: range.from, to } });
  }

  /** Does what the keyset room asks for. */
  #follow(asked: ReturnType<KeysetStore["offer"]>): void {
    const { broker } = this.#options.ports;
    if (asked.subscribe.length > 0) broker.subscribe(asked.subscribe.map((hash) => this.#topics.keysetChunk(hash)));
    if (asked.unsubscribe.length > 0)
      broker.unsubscribe(asked.unsubscribe.map((hash) => this.#topics.keysetChunk(hash)));
    for (const report of asked.reports) this.#send("keyset", "keyset-report", report);
    for (const why of asked.refused) this.#options.refused("keyset", why);
  }

  #newRoot(root: RootDocument, message: Uint8Array): void {
    this.#adoption = { ...this.#adoption, root: message };
    this.#belief = { ...this.#belief, root };
    this.#options.recorder.record({ records: [], changes: [{ kind: "adoption", adoption: this.#adoption }] });
  }

  #send<K extends MessageKind>(topic: Up, kind: K, body: BodyOf<K>): void {
    const { ports, recorder, time } = this.#options;
    const { site, edge } = this.#adoption;
    const head = {
      site,
      edge,
      epoch: recorder.epoch,
      seq: recorder.head,
      t: time.now,
      exp: null,
      id: ports.random(16),
    };
    const message = signMessage(kind, head, body, ports.keys.signing, ports.ed25519);
    ports.broker.publish(this.#topics.up(topic), message, { retain: false });
  }
}
