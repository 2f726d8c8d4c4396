/**
 * As much of an authority as an edge can see, and a broker in between, in virtual time: it adopts, issues keysets,
 * tells the time, collects and acknowledges. What it is told to do wrong it does wrong.
 */
import type { Broker, BrokerAccount } from "@lintel/edge/box/ports.ts";
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import { Secret, SecretText } from "@lintel/protocol/base/secret.ts";
import { type Instant, instant } from "@lintel/protocol/base/units.ts";
import { codeIndex, deriveIndexKey } from "@lintel/protocol/keyset/code-index.ts";
import { encodeKeyset } from "@lintel/protocol/keyset/codec.ts";
import type { Keyset } from "@lintel/protocol/keyset/keyset.ts";
import { deriveOtpSealKeys, type OtpOwner, sealOtpSecret } from "@lintel/protocol/keyset/otp-seal.ts";
import { splitKeyset } from "@lintel/protocol/keyset/transport.ts";
import {
  type AdoptionToken,
  adoptionPassword,
  adoptionUser,
  type EdgePublicKeys,
  encodeToken,
  hashOfRoot,
  openAdoptRequest,
  signAdoptAnswer,
} from "@lintel/protocol/mqtt/adoption.ts";
import { agree, agreementPublicKey, mqttPassword } from "@lintel/protocol/mqtt/agreement.ts";
import type { BodyOf, MessageKind } from "@lintel/protocol/mqtt/bodies.ts";
import { deriveCovertKey, openCovert } from "@lintel/protocol/mqtt/covert.ts";
import { type MessageHead, openMessage, signingPublicKey, signMessage } from "@lintel/protocol/mqtt/envelope.ts";
import type { JournalRecord } from "@lintel/protocol/mqtt/record.ts";
import { edgeTopics } from "@lintel/protocol/mqtt/topics.ts";

export const SITE = "hq";
export const EDGE = "e1";
const EPOCH = "ffeeddccbbaa9988";
const topics = edgeTopics(SITE, EDGE);
const seed = (byte: number) => new Secret(new Uint8Array(32).fill(byte));

export interface AuthorityWorld {
  now(): Instant;
  random: RandomBytes;
  /** Does something a little later, as a network would. */
  later(act: () => void): void;
  connected(): void;
  closed(refused: boolean, why: string): void;
  message(topic: string, payload: Uint8Array, retained: boolean): void;
}

export class SmallAuthority {
  readonly keys = { root: seed(1), keyset: seed(2), online: seed(3), agreement: seed(4) };
  readonly token: AdoptionToken;
  /** Records by epoch and seq, in the order of their first coming. */
  readonly collected: JournalRecord[] = [];
  readonly reports: BodyOf<"keyset-report">[] = [];
  readonly births: BodyOf<"birth">[] = [];
  readonly answers: BodyOf<"command-answer">[] = [];
  /** Every topic and payload that the edge sent. */
  readonly heard: { readonly topic: string; readonly payload: Uint8Array; readonly retain: boolean }[] = [];
  batches = 0;
  power = true;
  acknowledges = true;
  tellsTime = true;
  edge: EdgePublicKeys | null = null;
  readonly #world: AuthorityWorld;
  readonly #retained = new Map<string, Uint8Array>();
  #account: BrokerAccount | null = null;
  #subscribed = new Set<string>();

  constructor(world: AuthorityWorld) {
    this.#world = world;
    const rootHash = hashOfRoot(signingPublicKey(this.keys.root));
    this.token = { site: SITE, edge: EDGE, broker: "mqtt://127.0.0.1:1883", secret: seed(5), rootHash };
  }

  tokenText(): SecretText {
    return encodeToken(this.token);
  }

  turnOff(): void {
    this.power = false;
    if (this.#account === null) return;
    this.#account = null;
    this.#world.later(() => this.#world.closed(false, "connection lost"));
  }

  turnOn(): void {
    this.power = true;
  }

  /** The broker as one life of the edge sees it. */
  brokerFor(alive: () => boolean): Broker {
    const world = this.#world;
    const later = (act: () => void) =>
      world.later(() => {
        if (alive()) act();
      });
    return {
      connect: (account) =>
        later(() => {
          if (!this.power) return world.closed(false, "connection refused");
          if (!this.#mayConnect(account)) return world.closed(true, "not authorised");
          this.#account = account;
          this.#subscribed = new Set();
          world.connected();
        }),
      disconnect: () => {
        this.#account = null;
      },
      subscribe: (filters) => later(() => this.#subscribe(filters)),
      unsubscribe: (filters) => {
        for (const filter of filters) this.#subscribed.delete(filter);
      },
      publish: (topic, payload, { retain }) => {
        if (!this.power || this.#account === null) return;
        this.heard.push({ topic, payload, retain });
        later(() => this.#take(topic, payload));
      },
    };
  }

  /** Signs and sends, or keeps and sends. */
  send<K extends MessageKind>(
    topic: string,
    kind: K,
    body: BodyOf<K>,
    over: { head?: Partial<MessageHead>; by?: Secret; retain?: boolean } = {},
  ): void {
    const message = signMessage(kind, this.#head(over.head), body, over.by ?? this.keys.online);
    this.sendRaw(topic, message, over.retain ?? false);
  }

  sendRaw(topic: string, payload: Uint8Array, retain = false): void {
    if (retain) this.#retained.set(topic, payload);
    if (this.power && this.#subscribed.has(topic)) this.#world.later(() => this.#world.message(topic, payload, false));
  }

  /** Publishes a keyset as the authority does: pieces first, then the manifest, all retained. */
  issue(keyset: Keyset, over: { by?: Secret; omit?: boolean } = {}): { number: number; digest: string } {
    const { manifest, chunks } = splitKeyset(encodeKeyset(keyset), { edge: EDGE, number: keyset.number });
    if (over.omit !== true) {
      for (const { hash, bytes } of chunks) this.sendRaw(topics.keysetChunk(hash), bytes, true);
    }
    this.send(topics.keysetManifest, "keyset", manifest, { by: over.by ?? this.keys.keyset, retain: true });
    return manifest;
  }

  indexOf(digits: string): Uint8Array {
    return codeIndex(deriveIndexKey(this.#shared(), { site: SITE, edge: EDGE }), new SecretText(digits));
  }

  /** The secret of a token, as a keyset brings it. */
  sealOtp(owner: OtpOwner, secret: Uint8Array): Uint8Array {
    return sealOtpSecret(deriveOtpSealKeys(this.#shared(), { site: SITE, edge: EDGE }), owner, new Secret(secret));
  }

  /** Whether the code of a grant was typed under duress; null where the field does not open. */
  duressOf(record: JournalRecord): boolean | null {
    const key = deriveCovertKey(this.#shared(), { site: SITE, edge: EDGE });
    const opened = openCovert(key, record, record.covert ?? "");
    return opened.ok ? opened.value.duress : null;
  }

  #shared(): Secret {
    const shared = agree(this.keys.agreement, this.edge!.agreement);
    if (!shared.ok) throw new Error("weak key");
    return shared.value;
  }

  #mayConnect({ user, password }: BrokerAccount): boolean {
    const text = password.use((typed) => typed);
    if (user === adoptionUser(EDGE)) return adoptionPassword(this.token).use((right) => right === text);
    return (
      user === EDGE && this.edge !== null && mqttPassword(this.#shared(), SITE, EDGE).use((right) => right === text)
    );
  }

  #subscribe(filters: readonly string[]): void {
    if (!this.power || this.#account === null) return;
    for (const filter of filters) {
      this.#subscribed.add(filter);
      for (const [topic, payload] of this.#retained) {
        if (topic !== filter && !(filter.endsWith("#") && topic.startsWith(filter.slice(0, -1)))) continue;
        this.#world.later(() => this.#world.message(topic, payload, true));
      }
    }
  }

  #take(topic: string, payload: Uint8Array): void {
    if (topic === topics.up("adopt")) {
      this.#adopt(payload);
      return;
    }
    const open = <K extends MessageKind>(kind: K): BodyOf<K> => {
      const opened = openMessage(kind, payload, { site: SITE, edge: EDGE, signer: this.edge!.signing, now: null });
      if (!opened.ok) throw new Error(`the edge sent ${kind}: ${opened.error.kind}`);
      return opened.value.body;
    };
    if (topic === topics.up("evt")) this.#collect(open("evt"));
    else if (topic === topics.up("birth")) this.births.push(open("birth"));
    else if (topic === topics.up("rsp")) this.answers.push(open("command-answer"));
    else if (topic === topics.up("keyset")) this.reports.push(open("keyset-report"));
    else if (topic === topics.up("time") && this.tellsTime) {
      this.send(topics.down("time"), "time-answer", { nonce: open("time").nonce, now: this.#world.now() });
    }
  }

  #collect({ epoch, records }: BodyOf<"evt">): void {
    this.batches += 1;
    for (const record of records) {
      if (!this.collected.some(({ seq }) => seq === record.seq)) this.collected.push(record);
    }
    if (!this.acknowledges) return;
    let seq = 0;
    while (this.collected.some((record) => record.seq === seq + 1)) seq += 1;
    this.send(topics.down("ack"), "ack", { epoch, seq });
  }

  #adopt(payload: Uint8Array): void {
    const opened = openAdoptRequest(payload, this.token);
    if (!opened.ok) return;
    this.edge = opened.value;
    const rootBody = {
      n: 1,
      root: signingPublicKey(this.keys.root),
      keyset: signingPublicKey(this.keys.keyset),
      online: signingPublicKey(this.keys.online),
    };
    const root = signMessage("root", { ...this.#head(), edge: null }, rootBody, this.keys.root);
    const answer = { to: opened.value, root, agreement: agreementPublicKey(this.keys.agreement) };
    this.sendRaw(topics.down("adopt"), signAdoptAnswer(this.token, this.#head(), answer, this.keys.online));
  }

  #head(over: Partial<MessageHead> = {}): MessageHead {
    const id = this.#world.random(16);
    return { site: SITE, edge: EDGE, epoch: EPOCH, seq: 0, t: instant(this.#world.now()), exp: null, id, ...over };
  }
}
