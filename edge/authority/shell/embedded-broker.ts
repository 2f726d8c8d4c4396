/**
 * The embedded broker: aedes on 127.0.0.1 alone (design 4). It knows adopted edges and holders of an adoption token,
 * nobody else, and each may use its own part of the tree (protocol/mqtt/topics.ts). It keeps nothing on disk: what is
 * retained is published again by the authority at every start.
 */
import { createServer, type Server, type Socket } from "node:net";
import { invariant } from "@lintel/protocol/base/invariant.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { LIMITS as WIRE } from "@lintel/protocol/mqtt/limits.ts";
import { PacketLengths } from "@lintel/protocol/mqtt/packet-length.ts";
import { mayPublish, mayReceive, maySubscribe, type Principal } from "@lintel/protocol/mqtt/topics.ts";
import { Aedes, type Client } from "aedes";
import type { BrokerError, BrokerSide, RunningBroker } from "./broker.ts";
import { LIMITS } from "./limits.ts";

const LOOPBACK = "127.0.0.1";
/** What aedes answers to whom `authenticate` does not know (MQTT 3.1.1, 3.2.2.3). */
const NOT_AUTHORISED = 5;
/** Every edge of every site: the authority looks at the site itself. */
const EVERY_UP = "lintel/v1/+/edge/+/up/#";

/** Port 0: any that is free. */
export async function startEmbeddedBroker(port: number): Promise<Result<EmbeddedBroker, BrokerError>> {
  const broker = new EmbeddedBroker();
  const listening = await broker.listen(port);
  return listening.ok ? ok(broker) : listening;
}

export class EmbeddedBroker implements RunningBroker {
  readonly #aedes: Aedes;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #principals = new WeakMap<Client, Principal>();
  readonly #clients = new Map<string, Client>();
  #side: BrokerSide | null = null;

  constructor() {
    this.#aedes = new Aedes({
      connectTimeout: LIMITS.brokerConnect,
      drainTimeout: LIMITS.brokerDrain,
      maxInflightInbound: LIMITS.brokerInflight,
      maxTopicLevels: LIMITS.brokerTopicLevels,
      authenticate: (client, user, password, done) => done(null, this.#authenticate(client, user, password)),
      authorizePublish: (client, packet, done) => {
        const who = client === null ? undefined : this.#principals.get(client);
        // 3.1.1 has no way to say no: a refused publish ends the connection (facts deps 7).
        if (who !== undefined && mayPublish(who, packet.topic, packet.retain)) return done(null);
        this.#side?.refused("not-permitted");
        done(new Error("not permitted"));
      },
      authorizeSubscribe: (client, subscription, done) => {
        const who = this.#principals.get(client);
        done(null, who !== undefined && maySubscribe(who, subscription.topic) ? subscription : null);
      },
      authorizeForward: (client, packet) => {
        const who = this.#principals.get(client);
        return who !== undefined && mayReceive(who, packet.topic) ? packet : null;
      },
    });
    this.#server = createServer((socket) => this.#accept(socket));
    this.#server.maxConnections = LIMITS.brokerConnections;
    this.#aedes.on("client", (client) => this.#clients.set(client.id, client));
    this.#aedes.on("clientDisconnect", (client) => {
      if (this.#clients.get(client.id) === client) this.#clients.delete(client.id);
    });
    // What a peer did wrong ended its connection; there is nothing more to do about it than to count it.
    this.#aedes.on("clientError", (_client, error) => this.#ended(error));
    this.#aedes.on("connectionError", (_client, error) => this.#ended(error));
  }

  get url(): string {
    const address = this.#server.address();
    invariant(typeof address === "object" && address !== null, "the broker listens");
    return `mqtt://${LOOPBACK}:${address.port}`;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get reachable(): boolean {
    return this.#server.listening;
  }

  async listen(port: number): Promise<Result<null, BrokerError>> {
    await this.#aedes.listen();
    await new Promise<void>((listening) => {
      this.#aedes.subscribe(EVERY_UP, (packet, done) => this.#deliver(packet, done), listening);
    });
    const listening = await new Promise<Result<null, BrokerError>>((answer) => {
      this.#server.once("error", (error: NodeJS.ErrnoException) => {
        answer(
          fail(error.code === "EADDRINUSE" ? { kind: "port-taken" } : { kind: "failed", why: String(error.code) }),
        );
      });
      this.#server.listen(port, LOOPBACK, () => answer(ok(null)));
    });
    if (!listening.ok) await this.#endAedes();
    return listening;
  }

  serve(side: BrokerSide): void {
    this.#side = side;
    side.connected();
  }

  /** All sites' messages come already. */
  attend(): void {}

  publish(topic: string, payload: Uint8Array, { retain }: { readonly retain: boolean }): void {
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    this.#aedes.publish({ cmd: "publish", topic, payload: bytes, qos: 1, retain, dup: false }, () => undefined);
  }

  disconnect(user: string): void {
    this.#clients.get(user)?.close();
  }

  async close(): Promise<void> {
    this.#side = null;
    const closed = new Promise<void>((done) => this.#server.close(() => done()));
    await this.#endAedes();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    socket.setNoDelay(true);
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    const lengths = new PacketLengths(WIRE.packetBytes);
    const read = socket.read.bind(socket);
    // aedes reads its connection by `read`: what passes here is what its parser would keep.
    socket.read = (size?: number) => {
      const chunk = read(size) as Buffer | null;
      if (chunk === null || lengths.take(chunk)) return chunk;
      this.#side?.refused("packet-too-long");
      socket.destroy();
      return null;
    };
    this.#aedes.handle(socket);
  }

  /** The client id is the user: nobody can end another's session by taking its name. */
  #authenticate(client: Client, user: string | undefined, password: Buffer | undefined): boolean {
    const named = user !== undefined && password !== undefined && client.id === user;
    const who = named ? (this.#side?.authenticate(user, password.toString("utf8")) ?? null) : null;
    if (who === null) this.#side?.refused("unknown-user");
    else this.#principals.set(client, who);
    return who !== null;
  }

  /** What is counted already, and errors of the network, which have a `code`, are left out: the rest is no MQTT of ours. */
  #ended(error: Error & { code?: unknown; errorCode?: unknown }): void {
    const counted = error.errorCode === NOT_AUTHORISED || error.message === "not permitted";
    if (!counted && error.code === undefined) this.#side?.refused("not-mqtt");
  }
  #deliver(packet: { topic: string; payload: string | Buffer }, done: () => void): void {
    const payload = typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload;
    try {
      this.#side?.receive(packet.topic, new Uint8Array(payload));
    } finally {
      done();
    }
  }

  async #endAedes(): Promise<void> {
    await new Promise<void>((done) => this.#aedes.close(done));
  }
}
