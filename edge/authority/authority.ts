/**
 * The authority: the issuing core behind its ports. It holds the site and its sealed codes, makes edges known, issues
 * keysets to them and collects their records. Every question is answered from the store; only the site in force is
 * held in memory, as it was read.
 * Not here: sockets, files, the clock (shell), and what a key press decides (edge/access).
 */

import type { Change } from "@lintel/edge/site/diff.ts";
import type { Site } from "@lintel/edge/site/site.ts";
import { writeSite } from "@lintel/edge/site/write.ts";
import { invariant } from "@lintel/protocol/base/invariant.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import type { SecretText } from "@lintel/protocol/base/secret.ts";
import type { Instant } from "@lintel/protocol/base/units.ts";
import type { BodyOf, KeysetState } from "@lintel/protocol/mqtt/bodies.ts";
import { type JournalRecord, type ShownRecord, shownRecord } from "@lintel/protocol/mqtt/record.ts";
import type { Principal } from "@lintel/protocol/mqtt/topics.ts";
import { authenticate, issueToken } from "./adopt.ts";
import { type ApplyRefusal, type Plan, planApply, storedSite } from "./apply.ts";
import { type Codes, revealCodes, sealCodes } from "./codes.ts";
import { heldRecord } from "./collect.ts";
import { type Asked, type Came, Commander, type CommandRefusal, type Sent } from "./commander.ts";
import { type Duress, duressReader } from "./duress.ts";
import { type Issued, issueKeyset } from "./issue.ts";
import { LIMITS } from "./limits.ts";
import { exportLog } from "./log-export.ts";
import { forgetChunks, publishKeyset, publishRoot } from "./messages.ts";
import type { Alarm, AuditEntry, ConnectionRefusal, Ports, StoredEdge } from "./ports.ts";
import { type Issuing, Receiver } from "./receive.ts";

export interface Applied {
  readonly changes: readonly Change[];
  readonly revision: number;
  readonly keysets: readonly { readonly edge: string; readonly number: number }[];
}

export interface EdgeView {
  readonly edge: string;
  /** False: the site has no such edge any more, but it was adopted once. */
  readonly inSite: boolean;
  readonly adopted: boolean;
  /** As the broker last heard of it; null: nothing since this process started. */
  readonly online: boolean | null;
  readonly issued: number | null;
  readonly report: { readonly number: number; readonly state: KeysetState; readonly at: Instant } | null;
}

export interface RecordView {
  /** A cursor: ask for what comes after it. */
  readonly place: number;
  readonly edge: string;
  readonly record: ShownRecord;
  /** Only where it was asked for; null for a record that is no grant. */
  readonly duress?: Duress | null;
}

export type TokenRefusal =
  | { readonly kind: "no-site" }
  | { readonly kind: "unknown-edge"; readonly known: readonly string[] };

export class Authority implements Issuing {
  readonly #ports: Ports;
  readonly #receiver: Receiver;
  readonly #commander: Commander;
  #site: Site | null;
  #toPublish: Issued[] = [];
  /** Edges that hold a keyset which this database does not know, as one put back from a backup; and its number. */
  readonly #ahead = new Map<string, number>();
  /** Edges for which somebody has applied a site since this process began: that is newer than any backup. */
  readonly #applied = new Set<string>();

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#receiver = new Receiver(ports, this);
    this.#commander = new Commander(ports);
    this.#site = storedSite(ports.store);
    if (this.#site !== null) ports.broker.attend(this.#site.site.id);
  }

  /** The broker is there, perhaps with nothing that it held before: everything retained is published again. */
  connected(): void {
    const site = this.#siteId();
    if (site === null) return;
    publishRoot(this.#ports, site);
    for (const { edge } of this.#ports.store.edges()) {
      const issued = this.#ports.store.keyset(edge);
      if (issued !== null) publishKeyset(this.#ports, site, issued);
    }
  }

  receive(topic: string, payload: Uint8Array): void {
    const site = this.#siteId();
    if (site !== null) this.#receiver.receive(site, topic, payload);
  }

  /** Somebody was not let in to the broker, or broke its rules. */
  connectionRefused(why: ConnectionRefusal): void {
    this.#receiver.connectionRefused(why);
  }

  authenticate(user: string, password: string): Principal | null {
    const site = this.#siteId();
    return site === null ? null : authenticate(this.#ports, site, user, password);
  }

  /** What an apply of `text` would change. Changes nothing. */
  diff(text: string): Result<readonly Change[], ApplyRefusal> {
    const plan = this.#plan(text);
    return plan.ok ? ok(plan.value.changes) : plan;
  }

  /** Puts a whole site file in force, or nothing of it. */
  apply(text: string, options: { readonly widen: boolean }): Result<Applied, ApplyRefusal> {
    const plan = this.#plan(text);
    if (!plan.ok) return plan;
    const { changes } = plan.value;
    if (!options.widen && changes.some(({ widens }) => widens)) return fail({ kind: "widens", changes });
    const before = this.#ports.store.site();
    const inForce = before !== null && changes.length === 0 && before.text === plan.value.text;
    if (inForce && this.#ahead.size === 0) {
      return ok({ changes, revision: before.revision, keysets: [] });
    }
    const revision = (before?.revision ?? 0) + 1;
    const held = this.#site;
    try {
      this.#ports.store.transaction(() => this.#commit(plan.value, revision));
    } catch (error) {
      // The store took nothing: what is held in memory and waits to be published goes back with it.
      this.#site = held;
      this.#toPublish = [];
      throw error;
    }
    for (const { edge } of this.#ports.store.edges()) this.#applied.add(edge);
    return ok({ changes, revision, keysets: this.#publishApplied(plan.value, revision, before === null) });
  }

  #commit(plan: Plan, revision: number): void {
    const { store } = this.#ports;
    const widening = plan.changes.filter(({ widens }) => widens);
    store.putSite({ text: plan.text, revision });
    store.replaceCodes(sealCodes(this.#ports, plan.codes));
    store.raiseIssueFloors(plan.issues);
    store.addAudit({
      at: this.#ports.now(),
      what: widening.length > 0 ? "site-widened" : "site-applied",
      detail: { revision, changes: plan.changes.map(({ sentence }) => sentence) },
    });
    this.#site = plan.site;
    for (const edge of store.edges()) this.#issue(edge, plan.codes);
  }

  #publishApplied(plan: Plan, revision: number, first: boolean): Applied["keysets"] {
    const site = plan.site.site.id;
    this.#ports.broker.attend(site);
    this.#ports.tell({ event: "site-applied", site, revision, changes: plan.changes.length });
    if (first) publishRoot(this.#ports, site);
    const keysets = this.#toPublish.map(({ issued }) => ({ edge: issued.edge, number: issued.number }));
    this.publishIssued();
    return keysets;
  }

  #plan(text: string): Result<Plan, ApplyRefusal> {
    const { store, keys } = this.#ports;
    return planApply(text, { site: this.#site, codes: revealCodes(store, keys), issueFloors: store.issueFloors() });
  }

  /** The site file. With its codes only for who may see them; each such answer is an audit entry. */
  exportSite(options: { readonly withCodes: boolean }): { readonly text: string; readonly revision: number } | null {
    const { store, keys } = this.#ports;
    const stored = store.site();
    if (stored === null || this.#site === null) return null;
    if (!options.withCodes) return stored;
    const codes = revealCodes(store, keys);
    const detail = { revision: stored.revision, codes: codes.size };
    store.transaction(() => store.addAudit({ at: this.#ports.now(), what: "codes-revealed", detail }));
    return { text: writeSite(this.#site, { codes: (id) => codes.get(id) ?? null }), revision: stored.revision };
  }

  issueToken(edge: string): Result<{ readonly token: SecretText; readonly expires: Instant }, TokenRefusal> {
    if (this.#site === null) return fail({ kind: "no-site" });
    const known = this.#site.edges.map(({ id }) => id);
    if (!known.includes(edge)) return fail({ kind: "unknown-edge", known });
    return ok(issueToken(this.#ports, this.#site.site.id, edge));
  }

  /** Asks the running edge of a door to do something, now. `came` is called once, within 10 s, unless this refuses. */
  command(asked: Asked, came: (came: Came) => void): Result<Sent, CommandRefusal> {
    return this.#site === null ? fail({ kind: "no-site" }) : this.#commander.send(this.#site, asked, came);
  }

  commandAnswered(edge: string, answer: BodyOf<"command-answer">): void {
    this.#commander.answered(edge, answer);
  }

  edges(): readonly EdgeView[] {
    const { store } = this.#ports;
    const inSite = new Set(this.#site?.edges.map(({ id }) => id));
    const all = new Set([...inSite, ...store.edges().map(({ edge }) => edge)]);
    return [...all].sort().map((edge) => {
      const report = store.report(edge);
      return {
        edge,
        inSite: inSite.has(edge),
        adopted: store.edge(edge) !== null,
        online: this.#receiver.status(edge)?.online ?? null,
        issued: store.keyset(edge)?.number ?? null,
        report: report === null ? null : { number: report.number, state: report.state, at: report.at },
      };
    });
  }

  /** Collected records after a place, in the order of collection. */
  records(after: number, limit: number): readonly RecordView[] {
    return this.#rows(after, limit).map(({ record, ...row }) => ({ ...row, record: shownRecord(record) }));
  }

  /** The same, and which grants were under duress: for who may see it; each such answer is an audit entry. */
  recordsWithDuress(after: number, limit: number): readonly RecordView[] {
    const { store } = this.#ports;
    const site = this.#siteId();
    const rows = this.#rows(after, limit);
    if (site === null || rows.length === 0) return [];
    const detail = { after, upTo: rows.at(-1)!.place };
    store.transaction(() => store.addAudit({ at: this.#ports.now(), what: "duress-revealed", detail }));
    const readers = new Map(
      [...new Set(rows.map(({ edge }) => edge))].map((edge) => [edge, duressReader(this.#ports, site, edge)]),
    );
    return rows.map(({ place, edge, record }) => {
      return { place, edge, record: shownRecord(record), duress: readers.get(edge)!(record) };
    });
  }

  #rows(after: number, limit: number): readonly { place: number; edge: string; record: JournalRecord }[] {
    const rows = this.#ports.store.records(after, Math.min(limit, LIMITS.page));
    return rows.map(({ place, edge, bytes }) => ({ place, edge, record: heldRecord(bytes) }));
  }

  /** Log and audit with their proofs, line by line (log-lines.ts); null: no site was ever applied. */
  exportLog(): Iterable<string> | null {
    const site = this.#siteId();
    return site === null ? null : exportLog(this.#ports, site);
  }

  /** Of the site in force; 0 before the first apply. */
  revision(): number {
    return this.#ports.store.site()?.revision ?? 0;
  }

  audit(): readonly AuditEntry[] {
    return this.#ports.store.audit();
  }

  alarms(): readonly Alarm[] {
    return this.#ports.store.alarms();
  }

  issueTo(edge: StoredEdge): void {
    this.#issue(edge, revealCodes(this.#ports.store, this.#ports.keys));
  }

  /**
   * An edge that is ahead takes nothing of ours with a lower number. What somebody applied since is issued to it above
   * that, once; never what a backup happened to hold: its rights may be older than those in force at the door.
   */
  edgeHolds(edge: string, foreign: number | null): void {
    const { store } = this.#ports;
    const known = store.edge(edge);
    if (foreign === null || known === null) {
      this.#ahead.delete(edge);
      return;
    }
    if (foreign > (store.keyset(edge)?.number ?? 0) + LIMITS.numberJump) return;
    this.#ahead.set(edge, foreign);
    if (!this.#applied.delete(edge)) return;
    store.transaction(() => this.issueTo(known));
    this.publishIssued();
  }

  #issue(edge: StoredEdge, codes: Codes): void {
    invariant(this.#site !== null, "keysets are made of a site");
    const said = { site: this.#site, codes: (id: string) => codes.get(id) ?? null };
    const issued = issueKeyset(this.#ports, said, edge, this.#ahead.get(edge.edge) ?? null);
    if (issued !== null) this.#toPublish.push(issued);
  }

  publishIssued(): void {
    const site = this.#siteId()!;
    const waiting = this.#toPublish;
    this.#toPublish = [];
    for (const { issued, before } of waiting) {
      const { edge, number, digest } = issued;
      publishKeyset(this.#ports, site, issued);
      if (before !== null) forgetChunks(this.#ports, site, before, issued);
      this.#ports.tell({ event: "keyset-issued", edge, number, digest });
    }
  }

  #siteId(): string | null {
    return this.#site?.site.id ?? null;
  }
}
