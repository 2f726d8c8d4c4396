/**
 * A broker elsewhere (`--mqtt URL`): the authority is one of its clients. Who may connect to it is its operator's
 * affair; what is believed is signed, whichever broker carries it. Publishing while it is away is not kept: what must
 * arrive is published again when it is back, or asked for by whom it concerns.
 */
import type { Socket } from "node:net";
import { everyUp } from "@lintel/protocol/mqtt/topics.ts";
import mqtt, { type MqttClient } from "mqtt";
import type { BrokerSide, RunningBroker } from "./broker.ts";
import { LIMITS } from "./limits.ts";

/** Tries until it is closed. `tell` hears, in words, when the broker comes and goes. */
export function startRemoteBroker(url: string, clientId: string, tell: (sentence: string) => void): RunningBroker {
  const shown = withoutCredentials(url);
  const sites = new Set<string>();
  let side: BrokerSide | null = null;
  let away = false;
  const client: MqttClient = mqtt.connect(url, {
    clientId,
    clean: true,
    reconnectPeriod: LIMITS.reconnect,
    queueQoSZero: false,
    resubscribe: false,
  });
  client.on("connect", () => {
    (client.stream as Partial<Socket>).setNoDelay?.(true);
    away = false;
    tell(`connected to the broker ${shown}`);
    for (const site of sites) client.subscribe(everyUp(site), { qos: 1 });
    side?.connected();
  });
  client.on("message", (topic, payload) => side?.receive(topic, new Uint8Array(payload)));
  client.on("error", () => undefined); // Each is followed by a close, and a further try.
  client.on("close", () => {
    if (!away) tell(`the broker ${shown} does not answer; trying again every ${LIMITS.reconnect / 1000} s`);
    away = true;
  });
  return {
    url: shown,
    get reachable() {
      return client.connected;
    },
    serve(served) {
      side = served;
      if (client.connected) served.connected();
    },
    attend(site) {
      sites.add(site);
      if (client.connected) client.subscribe(everyUp(site), { qos: 1 });
    },
    publish(topic, payload, { retain }) {
      if (client.connected) client.publish(topic, Buffer.from(payload), { qos: 1, retain });
    },
    disconnect() {}, // Its operator's affair. A password that no longer holds opens no signed message either.
    close: () => client.endAsync(true),
  };
}

/** As it stands in tokens and in talk. */
export function withoutCredentials(url: string): string {
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  return bare.href.replace(/\/$/, "");
}
