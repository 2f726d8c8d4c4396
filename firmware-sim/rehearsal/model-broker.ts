/**
 * A broker in model time: retained messages, subscriptions, wills, and the access rules of the real one
 * (protocol/mqtt/topics.ts). How long a message takes, and what befalls it, is the way's (faults/way.ts).
 */
import type { Broker as AuthorityBroker } from "@lintel/edge/authority/ports.ts";
import type { BrokerAccount, Broker as EdgeBroker } from "@lintel/edge/box/ports.ts";
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import { isKeysetChunk, mayPublish, mayReceive, maySubscribe, type Principal } from "@lintel/protocol/mqtt/topics.ts";
import type { Fault } from "../board/faults/fault.ts";
import { Way } from "./faults/way.ts";
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

export class ModelBroker {
  readonly #way: Way;
  readonly #retained = new Map<string, Uint8Array>();
  readonly #connections = new Set<Connection>();
  #authority: AuthoritySide | null = null;
  #on = true;
  /** It has ended, and the authority goes on without it. */
  #gone = false;
  /** False: answers to questions for the time get lost on the way (`"clock":"unknown"`). */
  passes: (topic: string) => boolean = () => true;

  constructor(time: ModelTime, random: RandomBytes) {
    this.#way = new Way(time, random);
  }

  /** The authority is on. */
  get isOn(): boolean {
    return this.#on;
  }

  get #serves(): boolean {
    return this.#on && !this.#gone;
  }

  /** With the authority goes the broker that it embeds; what was retained is published again when it comes back. */
  turn(on: boolean): void {
    this.#turn(on, this.#gone);
  }

  fault(fault: Fault): void {
    if (fault.kind.name === "broker-gone") this.#turn(this.#on, !fault.off);
    else this.#way.fault(fault);
  }

  #turn(on: boolean, gone: boolean): void {
    const served = this.#serves;
    this.#on = on;
    this.#gone = gone;
    if (this.#serves === served) return;
    if (this.#serves) {
      this.#way.step(() => this.#authority?.connected());
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
    let attempts = 0;
    const drop = () => {
      attempts += 1;
      if (own !== null) this.#connections.delete(own);
      own = null;
    };
    return {
      connect: (account) => {
        drop();
        const attempt = attempts;
        this.#way.step(() => {
          // Whoever asked has given it up meanwhile.
          if (attempt !== attempts) return;
          if (!this.#serves) return side.closed(false, "connection refused");
          const who = account.password.use((text) => this.#authority?.authenticate(account.user, text) ?? null);
          if (who === null) return side.closed(true, "not authorised");
          own = { who, user: account.user, will: account.will, side, filters: new Set() };
          this.#connections.add(own);
          side.connected();
        });
      },
      disconnect: drop,
      subscribe: (filters) => this.#way.step(() => own !== null && this.#subscribe(own, filters)),
      unsubscribe: (filters) => {
        for (const filter of filters) own?.filters.delete(filter);
      },
      publish: (topic, payload, { retain }) => {
        const from = own;
        if (from === null || !this.#connections.has(from) || !mayPublish(from.who, topic, retain)) return;
        this.#way.message(() => {
          if (this.#serves && this.passes(topic)) this.#authority?.receive(topic, payload);
        });
      },
      /** The process is gone: its will is told. */
      lost: () => {
        const will = own?.will ?? null;
        drop();
        if (will !== null && this.#serves) this.#way.message(() => this.#authority?.receive(will.topic, will.payload));
      },
    };
  }

  #publish(topic: string, payload: Uint8Array, retain: boolean): void {
    if (!this.#serves) return;
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
    const arrived = isKeysetChunk(topic) ? this.#way.piece(payload) : payload;
    if (arrived === null) return;
    this.#way.message(() => {
      if (this.#connections.has(connection) && this.passes(topic)) connection.side.message(topic, arrived, retained);
    });
  }

  #end(connection: Connection, why: string): void {
    this.#connections.delete(connection);
    this.#way.step(() => connection.side.closed(false, why));
  }
}

/** Filters of ours are a topic itself, or end in `#`. */
function matches(filter: string, topic: string): boolean {
  return filter.endsWith("#") ? topic.startsWith(filter.slice(0, -1)) : filter === topic;
}
