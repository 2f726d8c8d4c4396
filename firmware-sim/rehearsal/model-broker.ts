/**
 * A broker in model time: retained messages, subscriptions, wills, and the access rules of the real one
 * (protocol/mqtt/topics.ts). Each message takes `transit`; nothing is lost but by a connection that ends.
 */
import type { Broker as AuthorityBroker } from "@lintel/edge/authority/ports.ts";
import type { BrokerAccount, Broker as EdgeBroker } from "@lintel/edge/box/ports.ts";
import { type Millis, millis, monotonic } from "@lintel/protocol/base/units.ts";
import { mayPublish, mayReceive, maySubscribe, type Principal } from "@lintel/protocol/mqtt/topics.ts";
import type { ModelTime } from "./model-time.ts";

/** The authority as the broker meets it. */
export interface AuthoritySide {
  authenticate(user: string, password: string): Principal | null;
  receive(topic: string, payload: Uint8Array): void;
  connected(): void;
}

/** One life of an edge, as its connection tells it. */
export interface EdgeSide {
  connected(): void;
  closed(refused: boolean, why: string): void;
  message(topic: string, payload: Uint8Array, retained: boolean): void;
}

interface Connection {
  readonly who: Principal;
  readonly user: string;
  readonly will: BrokerAccount["will"];
  readonly side: EdgeSide;
  readonly filters: Set<string>;
}

/** From one end to the other: a network of one building. */
const TRANSIT = millis(2);

export class ModelBroker {
  readonly #time: ModelTime;
  readonly #retained = new Map<string, Uint8Array>();
  readonly #connections = new Set<Connection>();
  #authority: AuthoritySide | null = null;
  #on = true;
  /** False: answers to questions for the time get lost on the way (`"clock":"unknown"`). */
  passes: (topic: string) => boolean = () => true;

  constructor(time: ModelTime) {
    this.#time = time;
  }

  get isOn(): boolean {
    return this.#on;
  }

  /** With the authority goes the broker that it embeds; what was retained is published again when it comes back. */
  turn(on: boolean): void {
    if (on === this.#on) return;
    this.#on = on;
    if (on) {
      this.#later(() => this.#authority?.connected());
      return;
    }
    this.#retained.clear();
    for (const connection of [...this.#connections]) this.#end(connection, "connection lost");
  }

  serve(side: AuthoritySide): void {
    this.#authority = side;
    side.connected();
  }

  readonly forAuthority: AuthorityBroker = {
    url: "mqtt://127.0.0.1:1883",
    attend: () => {},
    publish: (topic, payload, { retain }) => this.#publish(topic, payload, retain),
    disconnect: (user) => {
      for (const connection of [...this.#connections]) {
        if (connection.user === user) this.#end(connection, "connection closed");
      }
    },
  };

  /** The broker as one life of an edge has it. */
  forEdge(side: EdgeSide): EdgeBroker & { lost(): void } {
    let own: Connection | null = null;
    const drop = () => {
      if (own !== null) this.#connections.delete(own);
      own = null;
    };
    return {
      connect: (account) => {
        drop();
        this.#later(() => {
          if (!this.#on) return side.closed(false, "connection refused");
          const who = account.password.use((text) => this.#authority?.authenticate(account.user, text) ?? null);
          if (who === null) return side.closed(true, "not authorised");
          own = { who, user: account.user, will: account.will, side, filters: new Set() };
          this.#connections.add(own);
          side.connected();
        });
      },
      disconnect: drop,
      subscribe: (filters) => this.#later(() => own !== null && this.#subscribe(own, filters)),
      unsubscribe: (filters) => {
        for (const filter of filters) own?.filters.delete(filter);
      },
      publish: (topic, payload, { retain }) => {
        const from = own;
        if (from === null || !this.#connections.has(from) || !mayPublish(from.who, topic, retain)) return;
        this.#later(() => {
          if (this.#on && this.passes(topic)) this.#authority?.receive(topic, payload);
        });
      },
      /** The process is gone: its will is told. */
      lost: () => {
        const will = own?.will ?? null;
        drop();
        if (will !== null && this.#on) this.#later(() => this.#authority?.receive(will.topic, will.payload));
      },
    };
  }

  #publish(topic: string, payload: Uint8Array, retain: boolean): void {
    if (!this.#on) return;
    if (retain && payload.length === 0) this.#retained.delete(topic);
    else if (retain) this.#retained.set(topic, payload);
    for (const connection of this.#connections) {
      if (this.#wants(connection, topic)) this.#deliver(connection, topic, payload, false);
    }
  }

  #subscribe(connection: Connection, filters: readonly string[]): void {
    for (const filter of filters) {
      if (!maySubscribe(connection.who, filter)) continue;
      connection.filters.add(filter);
      for (const [topic, payload] of this.#retained) {
        if (matches(filter, topic)) this.#deliver(connection, topic, payload, true);
      }
    }
  }

  #wants({ who, filters }: Connection, topic: string): boolean {
    return mayReceive(who, topic) && [...filters].some((filter) => matches(filter, topic));
  }

  #deliver(connection: Connection, topic: string, payload: Uint8Array, retained: boolean): void {
    this.#later(() => {
      if (this.#connections.has(connection) && this.passes(topic)) connection.side.message(topic, payload, retained);
    });
  }

  #end(connection: Connection, why: string): void {
    this.#connections.delete(connection);
    this.#later(() => connection.side.closed(false, why));
  }

  #later(act: () => void, transit: Millis = TRANSIT): void {
    this.#time.wake(monotonic(this.#time.now() + transit), act);
  }
}

/** Filters of ours are a topic itself, or end in `#`. */
function matches(filter: string, topic: string): boolean {
  return filter.endsWith("#") ? topic.startsWith(filter.slice(0, -1)) : filter === topic;
}
