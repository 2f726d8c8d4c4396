/**
 * What an edge needs of its machine, as interfaces: a clock, a store, keys, serial lines, a broker. The shell holds the
 * real ones, tests and the rehearsal hold others. All are synchronous: nothing comes between a decision and its strike.
 * None calls back into the edge from within a call: what it has to say comes as a turn of its own.
 */
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import type { Secret, SecretText } from "@lintel/protocol/base/secret.ts";
import type { Instant, Monotonic, Powered } from "@lintel/protocol/base/units.ts";
import type { Ed25519 } from "@lintel/protocol/mqtt/ed25519.ts";
import type { JournalRecord } from "@lintel/protocol/mqtt/record.ts";
import type { Counter } from "../access/lockout.ts";
import type { HoldState } from "../door/hold.ts";
import type { JournalChange, StoredOtp, StoredUses } from "../journal/journal.ts";
import type { Executed } from "../uplink/orders.ts";
import type { ClockMark, ClockSigns } from "./clock-trust.ts";
import type { EdgeEvent } from "./events.ts";

export interface Ports {
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly store: EdgeStore;
  readonly keys: EdgeKeys;
  /** Who makes and checks the signatures of messages. Left out: the one in pure TypeScript. */
  readonly ed25519?: Ed25519;
  readonly serial: SerialPorts;
  readonly broker: Broker;
  /** Calls `EdgeBox.wake` at `at`, once. Asked again, the earlier asking is void. */
  wakeAt(at: Monotonic): void;
  /** Told after what it tells is done and durable, in order. Never a code or a key. */
  tell(event: EdgeEvent): void;
}

export interface Clock {
  /** Goes on over a restart of the process where it can: it counts from the machine's boot. */
  monotonic(): Monotonic;
  signs(): ClockSigns;
}

/** The long-lived secrets of this edge, made at its first start and kept outside the data folder. */
export interface EdgeKeys {
  /** Ed25519 seed. */
  readonly signing: Secret;
  /** X25519 secret. */
  readonly agreement: Secret;
  /** Seals what rests in the store. 32 bytes. */
  readonly sealing: Secret;
}

export interface SerialPorts {
  /** Opens a line and keeps it open: a lost one is opened again. Told by `portOpened` and `portClosed`. */
  open(bus: string, path: string, baud: number): void;
  close(bus: string): void;
  /** Of a line that is not open: nothing. */
  write(bus: string, bytes: Uint8Array): void;
}

export interface BrokerAccount {
  readonly url: string;
  readonly user: string;
  readonly password: SecretText;
  readonly clientId: string;
  /** Retained, sent by the broker when the connection is lost. */
  readonly will: { readonly topic: string; readonly payload: Uint8Array } | null;
}

/** One connection. It is never retried by the port: the edge decides when. */
export interface Broker {
  /** Ends what was. Answered by `brokerConnected` or `brokerClosed`. */
  connect(account: BrokerAccount): void;
  subscribe(filters: readonly string[]): void;
  unsubscribe(filters: readonly string[]): void;
  publish(topic: string, payload: Uint8Array, options: { readonly retain: boolean }): void;
  disconnect(): void;
}

/** Whom this edge belongs to. */
export interface Adoption {
  readonly site: string;
  readonly edge: string;
  readonly broker: string;
  /** The root document in force, as it was signed. */
  readonly root: Uint8Array;
  /** The root public key, pinned. */
  readonly rootKey: Uint8Array;
  /** The authority's X25519 public key for this edge. */
  readonly agreement: Uint8Array;
}

export interface StoredKeyset {
  readonly number: number;
  readonly digest: string;
  /** The root document by which the manifest was believed, and the manifest, both as signed. */
  readonly root: Uint8Array;
  readonly manifest: Uint8Array;
  readonly bytes: Uint8Array;
}

/** The SCBK of one Controller, sealed. `candidate` is one that may have been handed over and was never confirmed. */
export interface StoredScbk {
  /** `bus/address`. */
  readonly controller: string;
  readonly scbk: Uint8Array | null;
  readonly candidate: Uint8Array | null;
  /** The PD that proved this key last; hex of vendor, model, version and serial. */
  readonly identity: string | null;
}

/** What holds one door open or shut. */
export interface StoredHold {
  readonly door: string;
  readonly hold: HoldState;
}

/** Up to where the ring of a Controller is durable here. */
export interface RingCursor {
  readonly controller: string;
  readonly boot: number;
  readonly n: number;
  /** When that boot was. A Controller whose flash was wiped counts its boots anew, and is told by this from a repetition. */
  readonly bootedAt: Instant | null;
}

/** The counter of wrong entries of one pad, or of the pads of one group. */
export interface StoredLockout {
  /** `door ID` or `group ID`. */
  readonly name: string;
  /** Null: nothing is left to remember. */
  readonly counter: Counter | null;
}

/** Over all pads: how far powered time has come, and the wrong entries that no alarm has told yet. */
export interface StoredPads {
  readonly powered: Powered;
  readonly wrongs: readonly Powered[];
}

/** What this edge signed of its journal: the message, as it was sent. */
export interface StoredCheckpoint {
  readonly seq: number;
  readonly message: Uint8Array;
}

export type StoreChange =
  | JournalChange
  | { readonly kind: "ring"; readonly cursor: RingCursor }
  | { readonly kind: "acked"; readonly seq: number }
  | { readonly kind: "session"; readonly session: number }
  | { readonly kind: "clock"; readonly mark: ClockMark }
  | { readonly kind: "lockout"; readonly lockout: StoredLockout }
  | { readonly kind: "pads"; readonly pads: StoredPads }
  | { readonly kind: "scbk"; readonly scbk: StoredScbk }
  | { readonly kind: "keyset"; readonly keyset: StoredKeyset }
  | { readonly kind: "adoption"; readonly adoption: Adoption }
  /** The newest command, in the transaction of what it did: its number only rises. */
  | { readonly kind: "command"; readonly executed: Executed }
  /** Null: the door is no more. */
  | { readonly kind: "hold"; readonly door: string; readonly hold: HoldState | null }
  | { readonly kind: "checkpoint"; readonly checkpoint: StoredCheckpoint }
  /** Forgets records up to `seq`, and the checkpoints before the newest of them. */
  | { readonly kind: "prune"; readonly seq: number };

export interface StoredEdge {
  readonly epoch: string;
  readonly uses: readonly StoredUses[];
  readonly otps: readonly StoredOtp[];
  readonly rings: readonly RingCursor[];
  readonly acked: number;
  readonly session: number;
  readonly clock: ClockMark | null;
  readonly lockouts: readonly StoredLockout[];
  readonly pads: StoredPads;
  readonly scbks: readonly StoredScbk[];
  readonly keyset: StoredKeyset | null;
  readonly adoption: Adoption | null;
  readonly command: Executed | null;
  readonly holds: readonly StoredHold[];
  /** The newest. */
  readonly checkpoint: StoredCheckpoint | null;
}

export interface EdgeStore {
  load(): StoredEdge;
  /** All or nothing, durable when it returns. Throws where it cannot; then it may have been done all the same. */
  commit(changes: readonly StoreChange[]): void;
  /** Where the journal ends, as it stands on the disk. */
  journalEnd(): { readonly seq: number; readonly hash: string; readonly oldest: number };
  /** In order, both ends included; at most as many as are there. */
  records(from: number, to: number): readonly JournalRecord[];
}
