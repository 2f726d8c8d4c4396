/**
 * The connection to a broker: MQTT 3.1.1, one client at a time, never retried here (edge/uplink decides when). Nagle's
 * delay is off: with it a message and its answer take 88 ms instead of one (design 5.9).
 */
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
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
    const current = () => this.#client === client;
    let why = "no answer";
    let refused = false;
    client.on("connect", () => {
      why = "connection lost";
      if (current()) this.#listener.connected();
    });
    client.on("error", (error) => {
      const { code } = error as { code?: unknown };
      // CONNACK 4: bad user name or password, 5: not authorised (MQTT 3.1.1, 3.2.2.3).
      if (code === 4 || code === 5) refused = true;
      why = error.message || String(code);
    });
    client.on("message", (topic, payload, { retain }) => {
      if (current()) this.#listener.message(topic, new Uint8Array(payload), retain);
    });
    client.on("close", () => {
      client.end(true);
      if (!current()) return;
      this.#client = null;
      this.#listener.closed(refused, why);
    });
  }

  subscribe(filters: readonly string[]): void {
    // A refused subscription shows by what does not come; the connection's own end is told by `close`.
    this.#client?.subscribe([...filters], { qos: 1 }, () => {});
  }

  unsubscribe(filters: readonly string[]): void {
    this.#client?.unsubscribe([...filters], () => {});
  }

  publish(topic: string, payload: Uint8Array, { retain }: { readonly retain: boolean }): void {
    if (this.#client?.connected !== true) return;
    this.#client.publish(topic, Buffer.from(payload), { qos: 1, retain }, () => {});
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
