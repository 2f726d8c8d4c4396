/**
 * The connection to a broker: MQTT 3.1.1, one client at a time, never retried here (edge/uplink decides when). Nagle's
 * delay is off: with it a message and its answer take 88 ms instead of one (design 5.9). A broker is nobody's friend:
 * what it may send at once, make us keep, and cost beside the doors has an end here.
 */
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { LIMITS as WIRE } from "@lintel/protocol/mqtt/limits.ts";
import { PacketLengths } from "@lintel/protocol/mqtt/packet-length.ts";
import { MqttClient } from "mqtt";
import type { Broker, BrokerAccount } from "../box/ports.ts";
import { LIMITS } from "./limits.ts";

export interface BrokerListener {
  connected(): void;
  /** `refused`: user or password are wrong. */
  closed(refused: boolean, why: string): void;
  message(topic: string, payload: Uint8Array, retained: boolean): void;
}

export class MqttBroker implements Broker {
  readonly #listener: BrokerListener;
  #client: MqttClient | null = null;
  /** Publishes and subscriptions of this connection that wait for the broker's word. */
  #unanswered = 0;
  /** Ends this connection, for a reason that is told. */
  #putOff: (why: string) => void = () => {};

  constructor(listener: BrokerListener) {
    this.#listener = listener;
  }

  connect(account: BrokerAccount): void {
    this.disconnect();
    const client = this.#open(account);
    if (client === null) {
      setImmediate(() => this.#listener.closed(false, `${account.url} is no broker's address`));
      return;
    }
    this.#client = client;
    this.#unanswered = 0;
    const current = () => this.#client === client;
    let why = "no answer";
    let refused = false;
    let fault: string | null = null;
    this.#putOff = (reason) => {
      fault ??= reason;
      client.stream.destroy();
    };
    this.#guard(client);
    client.on("connect", () => {
      why = "connection lost";
      if (current()) this.#listener.connected();
    });
    client.on("error", (error) => {
      const { code } = error as { code?: unknown };
      // CONNACK 4: bad user name or password, 5: not authorised (MQTT 3.1.1, 3.2.2.3).
      if (code === 4 || code === 5) refused = true;
      why = error.message || String(code);
      // What cannot be read goes on being sent, and the library waits for it to end by itself.
      client.stream.destroy();
    });
    const pace = paced(client);
    client.on("message", (topic, payload, { retain }) => {
      if (current()) pace(() => this.#listener.message(topic, new Uint8Array(payload), retain));
    });
    client.on("close", () => {
      client.end(true);
      if (!current()) return;
      this.#client = null;
      this.#listener.closed(refused, fault ?? why);
    });
  }

  subscribe(filters: readonly string[]): void {
    // A refused subscription shows by what does not come; the connection's own end is told by `close`.
    const answered = this.#ask();
    if (answered !== null) this.#client?.subscribe([...filters], { qos: 1 }, answered);
  }

  unsubscribe(filters: readonly string[]): void {
    const answered = this.#ask();
    if (answered !== null) this.#client?.unsubscribe([...filters], answered);
  }

  publish(topic: string, payload: Uint8Array, { retain }: { readonly retain: boolean }): void {
    if (this.#client?.connected !== true) return;
    const answered = this.#ask();
    if (answered !== null) this.#client.publish(topic, Buffer.from(payload), { qos: 1, retain }, answered);
  }

  disconnect(): void {
    void this.end();
  }

  /** Lets what was published last go out, for a moment. */
  end(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    if (client === null) return Promise.resolve();
    return new Promise((done) => {
      const cut = setTimeout(() => client.end(true, {}, () => done()), LIMITS.brokerBye);
      client.end(false, {}, () => {
        clearTimeout(cut);
        done();
      });
    });
  }

  /** What the library would take in however long it is. */
  #guard(client: MqttClient): void {
    const lengths = new PacketLengths(WIRE.packetBytes);
    const putOff = (why: string) => {
      if (this.#client === client) this.#putOff(why);
    };
    client.stream.on("data", (bytes: Uint8Array) => {
      if (!lengths.take(bytes)) putOff("a packet that is too long");
    });
    // Nothing of ours is sent so, and what is would be kept here until the broker releases it.
    client.on("packetreceive", (packet) => {
      if (packet.cmd === "publish" && packet.qos === 2) putOff("a message of QoS 2");
    });
  }

  /** What is to be called with the broker's word; null where it has given none for too much already. */
  #ask(): (() => void) | null {
    const client = this.#client;
    if (client === null) return null;
    if (this.#unanswered >= LIMITS.brokerUnanswered) {
      this.#putOff("it confirms nothing");
      return null;
    }
    this.#unanswered += 1;
    return () => {
      if (this.#client === client) this.#unanswered -= 1;
    };
  }

  #open({ url, user, password, clientId, will }: BrokerAccount): MqttClient | null {
    const stream = streamTo(url);
    if (stream === null) return null;
    return new MqttClient(stream, {
      protocolVersion: 4,
      clean: true,
      clientId,
      username: user,
      password: password.use((text) => text),
      keepalive: LIMITS.brokerKeepalive,
      connectTimeout: LIMITS.brokerConnect,
      reconnectPeriod: 0,
      queueQoSZero: false,
      resubscribe: false,
      ...(will === null ? {} : { will: { ...will, payload: Buffer.from(will.payload), qos: 1, retain: true } }),
    });
  }
}

/**
 * Lets the doors have their turn between messages: what a few of them cost is waited for before the next is looked at,
 * so that a flood takes half the time at most. The library reads no further meanwhile, and so the broker waits.
 */
function paced(client: MqttClient): (act: () => void) => void {
  let cost = 0;
  client.handleMessage = (_packet, next) => {
    if (cost < LIMITS.brokerTurn) return next();
    setTimeout(next, cost);
    cost = 0;
  };
  return (act) => {
    const begun = performance.now();
    act();
    cost += performance.now() - begun + LIMITS.brokerMessage;
  };
}

/** `mqtt://host:port` in clear, `mqtts://host:port` by TLS with the machine's own certificates. */
function streamTo(url: string): (() => ReturnType<typeof connectTcp>) | null {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return null;
  }
  const host = parsed.hostname.replace(/^\[|\]$/g, "");
  const tls = parsed.protocol === "mqtts:";
  if (!tls && parsed.protocol !== "mqtt:") return null;
  const port = parsed.port === "" ? (tls ? 8883 : 1883) : Number(parsed.port);
  return () => {
    const socket = tls ? connectTls({ host, port, servername: host }) : connectTcp({ host, port });
    socket.setNoDelay(true);
    return socket;
  };
}
