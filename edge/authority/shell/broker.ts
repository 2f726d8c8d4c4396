/** What both brokers, the embedded one and one elsewhere, offer to the process around the authority. */
import type { Principal } from "@lintel/protocol/mqtt/topics.ts";
import type { Broker, ConnectionRefusal } from "../ports.ts";

/** The authority, as a broker needs it. */
export interface BrokerSide {
  authenticate(user: string, password: string): Principal | null;
  /** Somebody was not let in, or put off. */
  refused(why: ConnectionRefusal): void;
  receive(topic: string, payload: Uint8Array): void;
  /** The broker has forgotten what was retained, or may have: publish it again. */
  connected(): void;
}

export interface RunningBroker extends Broker {
  /** From now on messages come and connections are judged. Before it, nobody is let in. */
  serve(side: BrokerSide): void;
  readonly reachable: boolean;
  close(): Promise<void>;
}

export type BrokerError = { readonly kind: "port-taken" } | { readonly kind: "failed"; readonly why: string };
