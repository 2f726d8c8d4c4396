/**
 * Stand-ins for what is around the authority: a broker in memory, a clock that one adds to, randomness that repeats,
 * and an edge that speaks the protocol. For tests and the rehearsal: the same calls give the same run.
 */
import { invariant } from "@lintel/protocol/base/invariant.ts";
import { Secret, type SecretText } from "@lintel/protocol/base/secret.ts";
import { after, type Instant, instant, type Millis } from "@lintel/protocol/base/units.ts";
import { type AdoptedBy, decodeToken, openAdoptAnswer, signAdoptRequest } from "@lintel/protocol/mqtt/adoption.ts";
import { agree, agreementPublicKey } from "@lintel/protocol/mqtt/agreement.ts";
import type { BodyOf, MessageKind } from "@lintel/protocol/mqtt/bodies.ts";
import { type Message, openMessage, signingPublicKey, signMessage } from "@lintel/protocol/mqtt/envelope.ts";
import type { JournalRecord } from "@lintel/protocol/mqtt/record.ts";
import { type Down, type EdgeTopics, edgeTopics, type Up } from "@lintel/protocol/mqtt/topics.ts";
import { Authority } from "./authority.ts";
import { makeKeys } from "./keys.ts";
import { MemoryStore } from "./memory-store.ts";
import type { AuthorityEvent, AuthorityStore, Broker } from "./ports.ts";

export interface Published {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retain: boolean;
}

/** Keeps all that was published, in order, and what is retained. */
export class StandInBroker implements Broker {
  readonly url = "mqtt://127.0.0.1:1883";
  readonly sent: Published[] = [];
  readonly retained = new Map<string, Uint8Array>();
  readonly disconnected: string[] = [];
  readonly attended = new Set<string>();

  attend(site: string): void {
    this.attended.add(site);
  }
  publish(topic: string, payload: Uint8Array, { retain }: { readonly retain: boolean }): void {
    this.sent.push({ topic, payload, retain });
    if (retain && payload.length === 0) this.retained.delete(topic);
    else if (retain) this.retained.set(topic, payload);
  }
  disconnect(user: string): void {
    this.disconnected.push(user);
  }
}

/** Bytes that repeat with the seed and never within a run. Not random: nothing real is ever made of them. */
export function countedBytes(seed: number): (count: number) => Uint8Array {
  let state = seed >>> 0 || 1;
  return (count) =>
    Uint8Array.from({ length: count }, () => {
      // xorshift32 (Marsaglia 2003)
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return state >>> 24;
    });
}

export interface StandIn {
  readonly store: AuthorityStore;
  readonly events: AuthorityEvent[];
  now: Instant;
  /** Both are another after `restart`. */
  authority: Authority;
  broker: StandInBroker;
  /** Lets time pass: what was to be done later is done, each at its own moment. */
  pass(length: Millis): void;
  /** The process ended and began again: the broker has forgotten all, the store has not. */
  restart(): void;
}

export function startStandIn(store: AuthorityStore = new MemoryStore("a1a1a1a1a1a1a1a1")): StandIn {
  const random = countedBytes(1);
  const keys = makeKeys(countedBytes(2));
  const events: AuthorityEvent[] = [];
  let waiting: { readonly at: Instant; readonly act: () => void }[] = [];
  const begin = () => {
    waiting = [];
    const later = (delay: Millis, act: () => void) => void waiting.push({ at: after(whole.now, delay), act });
    const broker = new StandInBroker();
    const tell = (event: AuthorityEvent) => void events.push(event);
    const authority = new Authority({ store, broker, now: () => whole.now, later, random, keys, tell });
    authority.connected();
    return { broker, authority };
  };
  const whole: StandIn = {
    store,
    events,
    now: instant(Date.UTC(2026, 11, 1, 12)),
    authority: undefined as never,
    broker: undefined as never,
    pass(length) {
      const end = after(whole.now, length);
      for (;;) {
        const next = waiting.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        waiting.splice(waiting.indexOf(next), 1);
        whole.now = next.at;
        next.act();
      }
      whole.now = end;
    },
    restart: () => void Object.assign(whole, begin()),
  };
  whole.restart();
  return whole;
}

/** An edge as far as the authority can see it. */
export class StandInEdge {
  readonly site: string;
  readonly edge: string;
  readonly topics: EdgeTopics;
  readonly signing: Secret;
  readonly agreement: Secret;
  readonly epoch: string;
  adoptedBy: AdoptedBy | null = null;
  readonly #random: (count: number) => Uint8Array;

  constructor(site: string, edge: string, seed: number) {
    this.site = site;
    this.edge = edge;
    this.topics = edgeTopics(site, edge);
    this.#random = countedBytes(seed);
    this.signing = new Secret(this.#random(32));
    this.agreement = new Secret(this.#random(32));
    this.epoch = seed.toString(16).padStart(16, "0");
  }

  get publicKeys() {
    return { signing: signingPublicKey(this.signing), agreement: agreementPublicKey(this.agreement) };
  }

  /** What the edge shares with the authority that adopted it. */
  get shared(): Secret {
    invariant(this.adoptedBy !== null, "the edge was adopted", {});
    const shared = agree(this.agreement, this.adoptedBy.agreement);
    invariant(shared.ok, "the authority's key agrees", {});
    return shared.value;
  }

  adoptRequest(token: SecretText): Uint8Array {
    const read = decodeToken(token);
    invariant(read.ok, "the token reads", {});
    return signAdoptRequest(read.value, this.#head(), {
      signing: this.signing,
      agreement: this.publicKeys.agreement,
    });
  }

  /** Sends the request and takes the answer; false when none came that it believes. */
  adopt(around: StandIn, token: SecretText): boolean {
    const from = around.broker.sent.length;
    around.authority.receive(this.topics.up("adopt"), this.adoptRequest(token));
    const answer = around.broker.sent.slice(from).find(({ topic }) => topic === this.topics.down("adopt"));
    const read = decodeToken(token);
    if (answer === undefined || !read.ok) return false;
    const opened = openAdoptAnswer(answer.payload, read.value, this.publicKeys);
    if (opened.ok) this.adoptedBy = opened.value;
    return opened.ok;
  }

  sign<K extends MessageKind>(kind: K, body: BodyOf<K>): Uint8Array {
    return signMessage(kind, { ...this.#head(), site: this.site, edge: this.edge }, body, this.signing);
  }

  /** Sends a signed message and answers what came down on `topic` for it, opened. */
  ask<K extends MessageKind, A extends "ack" | "need" | "time-answer">(
    around: StandIn,
    up: Up,
    [kind, body]: readonly [K, BodyOf<K>],
    [down, answer]: readonly [Down, A],
  ): readonly BodyOf<A>[] {
    const from = around.broker.sent.length;
    around.authority.receive(this.topics.up(up), this.sign(kind, body));
    return around.broker.sent
      .slice(from)
      .filter(({ topic }) => topic === this.topics.down(down))
      .map(({ payload }) => this.open(answer, payload).body);
  }

  open<K extends MessageKind>(kind: K, payload: Uint8Array): Message<K> {
    invariant(this.adoptedBy !== null, "the edge was adopted", {});
    const { keyset, online } = this.adoptedBy.root;
    const signer = kind === "keyset" ? keyset : online;
    const opened = openMessage(kind, payload, { site: this.site, edge: this.edge, signer, now: null });
    invariant(opened.ok, "the authority's message opens", { kind });
    return opened.value;
  }

  record(seq: number, over: Partial<JournalRecord> = {}): JournalRecord {
    const nothing = {
      door: "front",
      reasons: [],
      key: null,
      user: null,
      fingerprint: null,
      covert: null,
      detail: {},
    } as const;
    const at = instant(1_796_000_000_000 + seq * 1000);
    return { epoch: this.epoch, seq, at, clock: "trusted", event: "opened", ...nothing, ...over };
  }

  batch(...seqs: readonly number[]): BodyOf<"evt"> {
    return { epoch: this.epoch, oldest: 1, records: seqs.map((seq) => this.record(seq)) };
  }

  #head() {
    return { epoch: this.epoch, seq: 0, t: instant(0), exp: null, id: this.#random(16) };
  }
}
