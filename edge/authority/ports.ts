/**
 * What the issuing core needs of the world, as interfaces: a store, a broker, a clock, randomness, its own keys. The
 * shell holds the real ones; tests and the rehearsal hold others. All are synchronous: a message is either dealt with
 * or it is not, and nothing else comes between.
 */
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import type { Instant, Millis } from "@lintel/protocol/base/units.ts";
import type { EdgePublicKeys } from "@lintel/protocol/mqtt/adoption.ts";
import type { KeysetState } from "@lintel/protocol/mqtt/bodies.ts";
import type { ActRefusal, DoorAct } from "@lintel/protocol/mqtt/command.ts";
import type { Ed25519 } from "@lintel/protocol/mqtt/ed25519.ts";
import type { ShownRecord } from "@lintel/protocol/mqtt/record.ts";
import type { AuthorityKeys } from "./keys.ts";

export interface Ports {
  readonly store: AuthorityStore;
  readonly broker: Broker;
  readonly now: () => Instant;
  /** Calls `act` once, so much later by a clock that nobody sets, as a turn of its own. */
  readonly later: (delay: Millis, act: () => void) => void;
  readonly random: RandomBytes;
  readonly keys: AuthorityKeys;
  /** Who makes and checks the signatures of messages. Left out: the one in pure TypeScript. */
  readonly ed25519?: Ed25519;
  /** Told after the commit of what it tells, in order. */
  readonly tell: (event: AuthorityEvent) => void;
}

export interface Broker {
  /** Where an edge reaches it, as it stands in a token: without user or password. */
  readonly url: string;
  /** Takes part in this site: brings every message that its edges send up. Asked again, it does no harm. */
  attend(site: string): void;
  /** Sends without waiting. What must arrive is asked for again by whom it concerns: the broker is believed in nothing. */
  publish(topic: string, payload: Uint8Array, options: { readonly retain: boolean }): void;
  /** Ends the connections of a user whose password no longer holds. */
  disconnect(user: string): void;
}

/** What people, logs and integrators are told. Never a code, a token or a key. */
export type AuthorityEvent =
  | { readonly event: "collected"; readonly edge: string; readonly record: ShownRecord }
  | { readonly event: "keyset-issued"; readonly edge: string; readonly number: number; readonly digest: string }
  | { readonly event: "keyset-report"; readonly edge: string; readonly number: number; readonly state: KeysetState }
  | { readonly event: "edge-adopted"; readonly edge: string }
  | { readonly event: "site-applied"; readonly site: string; readonly revision: number; readonly changes: number }
  | { readonly event: "alarm"; readonly what: AlarmKind; readonly subject: string }
  /** A command came to its end. */
  | {
      readonly event: "command";
      readonly edge: string;
      readonly door: string;
      readonly act: DoorAct["kind"];
      readonly by: string;
      readonly outcome: "done" | ActRefusal | "no-answer";
    }
  /** `count` of this edge and kind since the last that was told; the topic is the newest's. */
  | {
      readonly event: "message-refused";
      readonly edge: string;
      readonly topic: string;
      readonly why: string;
      readonly count: number;
    }
  /** Connections to the broker that were not let in, or ended for what they sent. */
  | { readonly event: "connection-refused"; readonly why: ConnectionRefusal; readonly count: number };

export type ConnectionRefusal =
  /** No such user, or another password. */
  | "unknown-user"
  /** A topic that this user may not publish to. */
  | "not-permitted"
  | "packet-too-long"
  | "not-mqtt";

export interface StoredSite {
  /** The site file as `export` writes it: every code is `kept`. */
  readonly text: string;
  /** Rises by one with every apply that changed something. */
  readonly revision: number;
}

/** An edge that was adopted. Adopting it again replaces its keys and raises `adoption`. */
export interface StoredEdge extends EdgePublicKeys {
  readonly edge: string;
  readonly adoption: number;
  readonly adoptedAt: Instant;
}

export type StoredAgreement = Pick<StoredEdge, "adoption" | "agreement">;

export interface StoredToken {
  readonly edge: string;
  /** The token's secret, sealed. */
  readonly sealed: Uint8Array;
  readonly expires: Instant;
  /** Whose request was granted: the same request may come again, until the edge connects under its own name. */
  readonly usedBy: EdgePublicKeys | null;
}

export interface IssuedKeyset {
  readonly edge: string;
  readonly number: number;
  /** Hash of the content without number and time: the same content is not issued again. */
  readonly content: string;
  readonly digest: string;
  /** The encoded keyset, and the signed manifest as it was first published. */
  readonly bytes: Uint8Array;
  readonly manifest: Uint8Array;
}

export interface StoredReport {
  readonly edge: string;
  readonly number: number;
  readonly digest: string;
  readonly state: KeysetState;
  readonly at: Instant;
}

export interface CollectedRecord {
  /** Rises without gap over all edges, in the order of collection: a cursor. */
  readonly place: number;
  readonly edge: string;
  /** As `encodeRecord` writes it. */
  readonly bytes: Uint8Array;
  /** Of the log's chain (log-chain.ts). */
  readonly link: string;
}

/** What an edge signed of its journal: `hash` is the link of record `seq` there. */
export interface StoredCheckpoint {
  readonly edge: string;
  readonly epoch: string;
  readonly seq: number;
  readonly hash: string;
  /** The edge's public key by which it was opened: a later adoption may bring another. */
  readonly signing: Uint8Array;
  /** As it came. */
  readonly message: Uint8Array;
}

/** What this authority signed of its log and its audit: the message of kind `log-checkpoint`. */
export interface LogCheckpoint {
  readonly place: number;
  readonly entry: number;
  readonly message: Uint8Array;
}

export interface AuditRow extends AuditEntry {
  /** From 1, without gap. */
  readonly entry: number;
  readonly link: string;
}

export type AuditKind =
  | "site-applied"
  | "site-widened"
  | "codes-revealed"
  | "duress-revealed"
  | "token-issued"
  | "edge-adopted"
  /** Durable before it is sent. */
  | "command-sent"
  | "command-answered"
  | "records-lost"
  | "message-refused"
  | "connection-refused";

export interface AuditEntry {
  readonly at: Instant;
  readonly what: AuditKind;
  /** Sentences and numbers; never a code. */
  readonly detail: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

export type AlarmKind =
  /** One edge, epoch and number, two different records: somebody changed a journal. The first stays. */
  | "record-conflict"
  /** The edge's journal ends before what was collected of it: an older disk was put back. */
  | "journal-went-back"
  /** The edge no longer holds records that never arrived. */
  | "records-lost"
  /** What the edge signed of its journal is not what was collected of it: one of the two was changed. */
  | "chain-broken"
  /** Two connections of one life of an edge claim the same number: its data folder runs twice, or is an older copy. */
  | "edge-twice"
  /** A used or ended token was presented by somebody else. */
  | "token-misused"
  /** The edge holds a keyset that was never issued under this number. */
  | "keyset-foreign";

export interface Alarm {
  readonly kind: AlarmKind;
  /** What it is about; an alarm of the same kind and subject is counted, not repeated. */
  readonly subject: string;
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  readonly count: number;
}

/** Whole or not at all: `transaction` answers after everything in it is durable; a throw undoes all of it. */
export interface AuthorityStore {
  transaction<T>(work: () => T): T;
  /** 16 hex digits, made with the database. */
  readonly epoch: string;

  site(): StoredSite | null;
  putSite(site: StoredSite): void;
  /** Sealed codes by what they belong to (`codes.ts`). */
  codes(): ReadonlyMap<string, Uint8Array>;
  replaceCodes(codes: ReadonlyMap<string, Uint8Array>): void;
  /** The highest issue number ever seen of each key, also of keys that are gone. */
  issueFloors(): ReadonlyMap<string, number>;
  raiseIssueFloors(issues: ReadonlyMap<string, number>): void;

  edges(): readonly StoredEdge[];
  edge(edge: string): StoredEdge | null;
  putEdge(edge: StoredEdge): void;
  /** The agreement keys of every adoption of an edge, the newest first: what it sealed under an old one stays readable. */
  agreements(edge: string): readonly StoredAgreement[];
  token(edge: string): StoredToken | null;
  putToken(token: StoredToken): void;
  dropToken(edge: string): void;

  /** The newest. It is never removed: its number only rises, also when the edge left the site and came back. */
  keyset(edge: string): IssuedKeyset | null;
  putKeyset(keyset: IssuedKeyset): void;
  report(edge: string): StoredReport | null;
  putReport(report: StoredReport): void;

  /** Of the newest command to this edge; 0: none was sent. */
  commandNumber(edge: string): number;
  putCommandNumber(edge: string, n: number): void;

  /** Up to which seq the records of an epoch are collected, without gap; 0 for an epoch never heard of. */
  collectedUpTo(edge: string, epoch: string): number;
  record(edge: string, epoch: string, seq: number): Uint8Array | null;
  addRecord(edge: string, epoch: string, seq: number, bytes: Uint8Array): void;
  /** The lowest held seq above `seq`, or null. */
  nextHeld(edge: string, epoch: string, seq: number): number | null;
  /** Gives a held record its place in the log, chained, and moves `collectedUpTo` to it. */
  collect(edge: string, epoch: string, seq: number): void;
  /** `collectedUpTo` moves over records that are lost for ever: what follows is not linked to what was before. */
  skipTo(edge: string, epoch: string, seq: number): void;
  /** Of a collected record in the edge's own chain; null where none is held, or where nothing leads to it. */
  linkOf(edge: string, epoch: string, seq: number): string | null;
  /** The link of the last collected record becomes known. */
  relink(edge: string, epoch: string, link: string): void;
  /** False: this very one is held already. */
  addCheckpoint(checkpoint: StoredCheckpoint): boolean;
  checkpointsAt(record: {
    readonly edge: string;
    readonly epoch: string;
    readonly seq: number;
  }): readonly StoredCheckpoint[];
  checkpoints(): readonly StoredCheckpoint[];
  /** Holds what a birth says: the connection `session` of one life of an edge had this message id. False: it has another. */
  meet(edge: string, epoch: string, session: number, id: Uint8Array): boolean;
  logEnd(): { readonly place: number; readonly link: string };
  auditEnd(): { readonly entry: number; readonly link: string };
  /** How far the newest goes; zeros before the first. */
  logCheckpoint(): { readonly place: number; readonly entry: number };
  addLogCheckpoint(checkpoint: LogCheckpoint): void;
  /** In the order in which they were signed. */
  logCheckpoints(): readonly LogCheckpoint[];
  /** Collected records with a place above `after`, in order, at most `limit`. */
  records(after: number, limit: number): readonly CollectedRecord[];

  /** Chained to the entry before. */
  addAudit(entry: AuditEntry): void;
  audit(): readonly AuditEntry[];
  /** Entries above `after`, in order, at most `limit`. */
  auditRows(after: number, limit: number): readonly AuditRow[];
  /** True when this alarm is heard of for the first time. */
  raiseAlarm(kind: AlarmKind, subject: string, at: Instant): boolean;
  alarms(): readonly Alarm[];
}
