/**
 * Every message that comes up from an edge: opened with that edge's key, dealt with, answered. What does not open is
 * refused and counted; nothing that it says is done. Each kind of message is one function below.
 */
import type { BodyOf, MessageKind } from "@lintel/protocol/mqtt/bodies.ts";
import { openMessage } from "@lintel/protocol/mqtt/envelope.ts";
import { decodeStatus, type EdgeStatus } from "@lintel/protocol/mqtt/status.ts";
import { readUpTopic, type Up } from "@lintel/protocol/mqtt/topics.ts";
import { adopt, closeToken } from "./adopt.ts";
import { signLog, signLogIfLong, takeCheckpoint } from "./checkpoints.ts";
import { collectBatch, judgeBirth } from "./collect.ts";
import { LIMITS } from "./limits.ts";
import { answerAdoption, publishKeyset, sendAck, sendNeed, sendTime } from "./messages.ts";
import type { ConnectionRefusal, Ports, StoredEdge } from "./ports.ts";
import { startRate, startTally } from "./rate.ts";

/** What the receiver asks of the rest of the authority. */
export interface Issuing {
  /** An edge was made known, or made known anew: it gets a keyset of its own. Inside the transaction that did it. */
  issueTo(edge: StoredEdge): void;
  /** What was issued is published, after the commit. */
  publishIssued(): void;
  /** Which keyset the edge holds says its own signed word: one of ours (null), or the number of one that is not. */
  edgeHolds(edge: string, foreign: number | null): void;
  /** What became of a command. */
  commandAnswered(edge: string, answer: BodyOf<"command-answer">): void;
}

export class Receiver {
  readonly #ports: Ports;
  readonly #issuing: Issuing;
  readonly #refusals = startTally(LIMITS.refusalInterval, LIMITS.refusalKinds);
  readonly #connections = startTally(LIMITS.refusalInterval, LIMITS.refusalKinds);
  readonly #needs = startRate(LIMITS.needInterval, LIMITS.refusalKinds);
  readonly #chunks = startRate(LIMITS.needInterval, LIMITS.refusalKinds);
  readonly #statuses = new Map<string, EdgeStatus>();

  constructor(ports: Ports, issuing: Issuing) {
    this.#ports = ports;
    this.#issuing = issuing;
  }

  /** As the edge last said of itself, unsigned: a view. */
  status(edge: string): EdgeStatus | null {
    return this.#statuses.get(edge) ?? null;
  }

  receive(site: string, topic: string, payload: Uint8Array): void {
    const read = readUpTopic(topic);
    if (read === null || read.site !== site) return;
    const { edge, message } = read;
    if (message === "adopt") this.#receiveAdoption(site, edge, topic, payload);
    else if (message === "status") this.#receiveStatus(edge, payload);
    else this.#receiveSigned(site, { edge, message, topic, payload });
  }

  #receiveSigned(site: string, { edge, message, topic, payload }: FromEdge): void {
    const known = this.#ports.store.edge(edge);
    if (known === null) {
      this.#refuse(edge, topic, "unknown-edge");
      return;
    }
    const open = <K extends MessageKind>(kind: K, act: (body: BodyOf<K>, id: Uint8Array) => void) => {
      const expected = { site, edge, signer: known.signing, now: this.#ports.now() };
      const opened = openMessage(kind, payload, expected, this.#ports.ed25519);
      if (!opened.ok) {
        this.#refuse(edge, topic, opened.error.kind);
        return;
      }
      closeToken(this.#ports, known);
      act(opened.value.body, opened.value.id);
    };
    if (message === "birth") open("birth", (body, id) => this.#receiveBirth(site, edge, body, id));
    else if (message === "time") open("time", (body) => sendTime(this.#ports, site, edge, body.nonce));
    else if (message === "evt") open("evt", (body) => this.#receiveEvt(site, edge, body));
    else if (message === "checkpoint")
      open("checkpoint", (body) => this.#receiveCheckpoint(site, known, body, payload));
    else if (message === "rsp") open("command-answer", (body) => this.#issuing.commandAnswered(edge, body));
    else open("keyset-report", (body) => this.#receiveReport(site, edge, body));
  }

  #receiveAdoption(site: string, edge: string, topic: string, payload: Uint8Array): void {
    const adoption = this.#ports.store.transaction(() => {
      const judged = adopt(this.#ports, site, edge, payload);
      if (judged.ok && judged.value.fresh) this.#issuing.issueTo(judged.value.edge);
      return judged;
    });
    if (!adoption.ok) {
      if (adoption.error.kind === "used-token") this.#alarm("token-misused", edge);
      this.#refuse(edge, topic, adoption.error.kind);
      return;
    }
    if (adoption.value.fresh) {
      this.#ports.broker.disconnect(edge); // Whoever is connected under the keys of before.
      this.#ports.tell({ event: "edge-adopted", edge });
      this.#issuing.publishIssued();
    }
    answerAdoption(this.#ports, adoption.value.token, adoption.value.edge);
  }

  /** Records: durable first, then told and acknowledged. */
  #receiveEvt(site: string, edge: string, body: BodyOf<"evt">): void {
    const { store } = this.#ports;
    const now = this.#ports.now();
    const collected = store.transaction(() => collectBatch(store, edge, body, now));
    for (const event of collected.events) this.#ports.tell(event);
    signLogIfLong(this.#ports, site);
    sendAck(this.#ports, site, edge, collected.ack);
    const { need } = collected;
    if (need === null || !this.#needs.pass(`${edge}/${need.epoch}/${need.from}`, now)) return;
    sendNeed(this.#ports, site, edge, need);
  }

  /**
   * The acknowledgement answers a birth too: an edge whose cursor stands beyond it knows that this database is an
   * older one put back, and sends again from there.
   */
  #receiveBirth(site: string, edge: string, body: BodyOf<"birth">, id: Uint8Array): void {
    const { store } = this.#ports;
    const { epoch } = body.journal;
    const events = store.transaction(() => judgeBirth(store, edge, { birth: body, id }, this.#ports.now()));
    for (const event of events) this.#ports.tell(event);
    if (body.keyset === null) this.#issuing.edgeHolds(edge, null);
    else this.#judgeKeyset(edge, body.keyset.number, body.keyset.digest);
    sendAck(this.#ports, site, edge, { epoch, seq: store.collectedUpTo(edge, epoch) });
  }

  /** What the edge signed of its journal is compared, and the log that holds it is signed too. */
  #receiveCheckpoint(
    site: string,
    { edge, signing }: StoredEdge,
    body: BodyOf<"checkpoint">,
    message: Uint8Array,
  ): void {
    const { store } = this.#ports;
    const { epoch, seq, hash } = body;
    const now = this.#ports.now();
    const checkpoint = { edge, epoch, seq, hash, signing, message };
    const events = store.transaction(() => takeCheckpoint(store, checkpoint, now));
    for (const event of events) this.#ports.tell(event);
    signLog(this.#ports, site);
  }

  #receiveReport(site: string, edge: string, body: BodyOf<"keyset-report">): void {
    const { store } = this.#ports;
    const now = this.#ports.now();
    const { number, digest, state } = body;
    store.transaction(() => store.putReport({ edge, number, digest, state, at: now }));
    this.#ports.tell({ event: "keyset-report", edge, number, state });
    if (state === "applied") this.#judgeKeyset(edge, number, digest);
    const issued = store.keyset(edge);
    const misses = state !== "applied" && state.refused === "missing-chunk" && issued?.number === number;
    if (misses && issued !== null && this.#chunks.pass(edge, now)) publishKeyset(this.#ports, site, issued);
  }

  /** A keyset that the edge holds and this authority never issued under that number: two databases are at work. */
  #judgeKeyset(edge: string, number: number, digest: string): void {
    const issued = this.#ports.store.keyset(edge);
    const foreign = issued === null || number > issued.number || (number === issued.number && digest !== issued.digest);
    if (foreign) this.#alarm("keyset-foreign", `${edge}/${number}/${digest}`);
    this.#issuing.edgeHolds(edge, foreign ? number : null);
  }

  #receiveStatus(edge: string, payload: Uint8Array): void {
    const status = decodeStatus(new TextDecoder().decode(payload));
    if (!status.ok || this.#ports.store.edge(edge) === null) return;
    const before = this.#statuses.get(edge);
    // The will of an old connection says nothing about a newer one.
    const stale = before !== undefined && before.epoch === status.value.epoch && status.value.session < before.session;
    if (!stale) this.#statuses.set(edge, status.value);
  }

  #refuse(edge: string, topic: string, why: string): void {
    const { store, tell } = this.#ports;
    const now = this.#ports.now();
    const count = this.#refusals.count(`${edge}/${why}`, now);
    if (count === null) return;
    store.transaction(() => store.addAudit({ at: now, what: "message-refused", detail: { edge, topic, why, count } }));
    tell({ event: "message-refused", edge, topic, why, count });
  }

  connectionRefused(why: ConnectionRefusal): void {
    const { store, tell } = this.#ports;
    const now = this.#ports.now();
    const count = this.#connections.count(why, now);
    if (count === null) return;
    store.transaction(() => store.addAudit({ at: now, what: "connection-refused", detail: { why, count } }));
    tell({ event: "connection-refused", why, count });
  }

  #alarm(what: "token-misused" | "keyset-foreign", subject: string): void {
    const { store, tell } = this.#ports;
    const first = store.transaction(() => store.raiseAlarm(what, subject, this.#ports.now()));
    if (first) tell({ event: "alarm", what, subject });
  }
}

interface FromEdge {
  readonly edge: string;
  readonly message: Exclude<Up, "adopt" | "status">;
  readonly topic: string;
  readonly payload: Uint8Array;
}
