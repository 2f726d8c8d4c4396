/**
 * The authority's store in memory: for the rehearsal and for tests, where nothing outlives the run. The same contract
 * as the SQLite one; `store.test.ts` in the shell holds both to it.
 */
import { equalBytes } from "@lintel/protocol/base/bytes.ts";
import { invariant } from "@lintel/protocol/base/invariant.ts";
import type { Instant } from "@lintel/protocol/base/units.ts";
import { EMPTY_LINK, nextLink } from "@lintel/protocol/mqtt/chain.ts";
import { LIMITS } from "./limits.ts";
import { auditLink, logLink } from "./log-chain.ts";
import type {
  Alarm,
  AlarmKind,
  AuditEntry,
  AuditRow,
  AuthorityStore,
  CollectedRecord,
  IssuedKeyset,
  LogCheckpoint,
  StoredAgreement,
  StoredCheckpoint,
  StoredEdge,
  StoredReport,
  StoredSite,
  StoredToken,
} from "./ports.ts";

interface Tables {
  site: StoredSite | null;
  codes: ReadonlyMap<string, Uint8Array>;
  agreements: readonly (StoredAgreement & { readonly edge: string })[];
  readonly floors: Map<string, number>;
  readonly edges: Map<string, StoredEdge>;
  readonly tokens: Map<string, StoredToken>;
  readonly keysets: Map<string, IssuedKeyset>;
  readonly reports: Map<string, StoredReport>;
  readonly commands: Map<string, number>;
  readonly journals: Map<string, Journal>;
  readonly log: CollectedRecord[];
  readonly audit: AuditRow[];
  readonly alarms: Map<string, Alarm>;
  /** By edge, epoch and seq: nearly always one. */
  readonly checkpoints: Map<string, readonly StoredCheckpoint[]>;
  readonly births: Map<string, Uint8Array>;
  readonly logCheckpoints: LogCheckpoint[];
}

interface Journal {
  upTo: number;
  readonly held: Map<number, Uint8Array>;
  /** The highest of `held`; 0: nothing is. */
  newest: number;
  /** Of the record `upTo`; null: nothing leads to it. */
  link: string | null;
  readonly links: Map<number, string>;
}

export class MemoryStore implements AuthorityStore {
  readonly epoch: string;
  #tables: Tables = {
    site: null,
    codes: new Map(),
    agreements: [],
    floors: new Map(),
    edges: new Map(),
    tokens: new Map(),
    keysets: new Map(),
    reports: new Map(),
    commands: new Map(),
    journals: new Map(),
    log: [],
    audit: [],
    alarms: new Map(),
    checkpoints: new Map(),
    births: new Map(),
    logCheckpoints: [],
  };
  /** What a transaction that throws takes back, the newest last; null: none is under way. */
  #undo: (() => void)[] | null = null;

  constructor(epoch: string) {
    this.epoch = epoch;
  }

  /** What is stored, apart: as a backup of the database has it. */
  copy(): MemoryStore {
    const copy = new MemoryStore(this.epoch);
    copy.#tables = copyOf(this.#tables);
    return copy;
  }

  transaction<T>(work: () => T): T {
    invariant(this.#undo === null, "transactions do not nest");
    const undo: (() => void)[] = [];
    this.#undo = undo;
    try {
      return work();
    } catch (error) {
      for (const takeBack of undo.reverse()) takeBack();
      throw error;
    } finally {
      this.#undo = null;
    }
  }

  site(): StoredSite | null {
    return this.#tables.site;
  }
  putSite(site: StoredSite): void {
    this.#replace(this.#tables, "site", site);
  }
  codes(): ReadonlyMap<string, Uint8Array> {
    return this.#tables.codes;
  }
  replaceCodes(codes: ReadonlyMap<string, Uint8Array>): void {
    this.#replace(this.#tables, "codes", new Map(codes));
  }
  issueFloors(): ReadonlyMap<string, number> {
    return this.#tables.floors;
  }
  raiseIssueFloors(issues: ReadonlyMap<string, number>): void {
    for (const [key, issue] of issues) {
      this.#put(this.#tables.floors, key, Math.max(issue, this.#tables.floors.get(key) ?? 0));
    }
  }

  edges(): readonly StoredEdge[] {
    return [...this.#tables.edges.values()].sort((a, b) => (a.edge < b.edge ? -1 : 1));
  }
  edge(edge: string): StoredEdge | null {
    return this.#tables.edges.get(edge) ?? null;
  }
  putEdge(edge: StoredEdge): void {
    this.#put(this.#tables.edges, edge.edge, edge);
    this.#replace(this.#tables, "agreements", [edge, ...this.#tables.agreements]);
  }
  agreements(edge: string): readonly StoredAgreement[] {
    const of = this.#tables.agreements.filter((one) => one.edge === edge);
    return of.map(({ adoption, agreement }) => ({ adoption, agreement }));
  }
  token(edge: string): StoredToken | null {
    return this.#tables.tokens.get(edge) ?? null;
  }
  putToken(token: StoredToken): void {
    this.#put(this.#tables.tokens, token.edge, token);
  }
  dropToken(edge: string): void {
    this.#put(this.#tables.tokens, edge, undefined);
  }

  keyset(edge: string): IssuedKeyset | null {
    return this.#tables.keysets.get(edge) ?? null;
  }
  putKeyset(keyset: IssuedKeyset): void {
    const held = this.keyset(keyset.edge)?.number ?? 0;
    invariant(keyset.number > held, "the number of a keyset rises", { held, number: keyset.number });
    this.#put(this.#tables.keysets, keyset.edge, keyset);
  }
  report(edge: string): StoredReport | null {
    return this.#tables.reports.get(edge) ?? null;
  }
  putReport(report: StoredReport): void {
    this.#put(this.#tables.reports, report.edge, report);
  }

  commandNumber(edge: string): number {
    return this.#tables.commands.get(edge) ?? 0;
  }
  putCommandNumber(edge: string, n: number): void {
    const held = this.commandNumber(edge);
    invariant(n > held, "the number of a command rises", { held, n });
    this.#put(this.#tables.commands, edge, n);
  }

  collectedUpTo(edge: string, epoch: string): number {
    return this.#tables.journals.get(`${edge}/${epoch}`)?.upTo ?? 0;
  }
  record(edge: string, epoch: string, seq: number): Uint8Array | null {
    return this.#tables.journals.get(`${edge}/${epoch}`)?.held.get(seq) ?? null;
  }
  addRecord(edge: string, epoch: string, seq: number, bytes: Uint8Array): void {
    const journal = this.#journal(edge, epoch);
    const { held } = journal;
    invariant(!held.has(seq), "a record is added once", { edge, epoch, seq });
    this.#put(held, seq, bytes);
    this.#replace(journal, "newest", Math.max(journal.newest, seq));
  }
  nextHeld(edge: string, epoch: string, seq: number): number | null {
    const { held, newest } = this.#journal(edge, epoch);
    // Nearly always one of the two: the log is long, and its end is asked for.
    if (seq >= newest) return null;
    if (held.has(seq + 1)) return seq + 1;
    const above = [...held.keys()].filter((each) => each > seq);
    return above.reduce((a, b) => Math.min(a, b));
  }
  collect(edge: string, epoch: string, seq: number): void {
    const journal = this.#journal(edge, epoch);
    const bytes = journal.held.get(seq);
    invariant(bytes !== undefined && seq === journal.upTo + 1, "records are collected in order", { edge, epoch, seq });
    const { place, link } = this.logEnd();
    this.#replace(journal, "upTo", seq);
    if (journal.link !== null) this.#link(journal, nextLink(journal.link, bytes));
    this.#append(this.#tables.log, { place: place + 1, edge, bytes, link: logLink(link, { edge, bytes }) });
  }
  skipTo(edge: string, epoch: string, seq: number): void {
    const journal = this.#journal(edge, epoch);
    this.#replace(journal, "upTo", seq);
    this.#replace(journal, "link", null);
  }
  linkOf(edge: string, epoch: string, seq: number): string | null {
    return this.#journal(edge, epoch).links.get(seq) ?? null;
  }
  relink(edge: string, epoch: string, link: string): void {
    this.#link(this.#journal(edge, epoch), link);
  }
  #link(journal: Journal, link: string): void {
    this.#replace(journal, "link", link);
    this.#put(journal.links, journal.upTo, link);
  }
  addCheckpoint(checkpoint: StoredCheckpoint): boolean {
    const held = this.checkpointsAt(checkpoint);
    if (held.some(({ hash }) => hash === checkpoint.hash)) return false;
    this.#put(this.#tables.checkpoints, placeOf(checkpoint), [...held, checkpoint]);
    return true;
  }
  checkpointsAt(record: Pick<StoredCheckpoint, "edge" | "epoch" | "seq">): readonly StoredCheckpoint[] {
    return this.#tables.checkpoints.get(placeOf(record)) ?? [];
  }
  checkpoints(): readonly StoredCheckpoint[] {
    return [...this.#tables.checkpoints.values()].flat();
  }
  meet(edge: string, epoch: string, session: number, id: Uint8Array): boolean {
    const held = this.#tables.births.get(`${edge}/${epoch}/${session}`);
    if (held !== undefined) return equalBytes(held, id);
    this.#put(this.#tables.births, `${edge}/${epoch}/${session}`, id);
    this.#put(this.#tables.births, `${edge}/${epoch}/${session - LIMITS.births}`, undefined);
    return true;
  }
  logEnd(): { readonly place: number; readonly link: string } {
    const { place, link } = this.#tables.log.at(-1) ?? { place: 0, link: EMPTY_LINK };
    return { place, link };
  }
  auditEnd(): { readonly entry: number; readonly link: string } {
    const { entry, link } = this.#tables.audit.at(-1) ?? { entry: 0, link: EMPTY_LINK };
    return { entry, link };
  }
  logCheckpoint(): { readonly place: number; readonly entry: number } {
    const { place, entry } = this.#tables.logCheckpoints.at(-1) ?? { place: 0, entry: 0 };
    return { place, entry };
  }
  addLogCheckpoint(checkpoint: LogCheckpoint): void {
    this.#append(this.#tables.logCheckpoints, checkpoint);
  }
  logCheckpoints(): readonly LogCheckpoint[] {
    return [...this.#tables.logCheckpoints];
  }
  records(after: number, limit: number): readonly CollectedRecord[] {
    return this.#tables.log.slice(after, after + limit);
  }

  addAudit(row: AuditEntry): void {
    const { entry, link } = this.auditEnd();
    this.#append(this.#tables.audit, { ...row, entry: entry + 1, link: auditLink(link, row) });
  }
  audit(): readonly AuditEntry[] {
    return this.#tables.audit.map(({ at, what, detail }) => ({ at, what, detail }));
  }
  auditRows(after: number, limit: number): readonly AuditRow[] {
    return this.#tables.audit.slice(after, after + limit);
  }
  raiseAlarm(kind: AlarmKind, subject: string, at: Instant): boolean {
    const before = this.#tables.alarms.get(`${kind}/${subject}`);
    const alarm = { kind, subject, firstAt: before?.firstAt ?? at, lastAt: at, count: (before?.count ?? 0) + 1 };
    this.#put(this.#tables.alarms, `${kind}/${subject}`, alarm);
    return before === undefined;
  }
  alarms(): readonly Alarm[] {
    return [...this.#tables.alarms.values()];
  }

  #journal(edge: string, epoch: string): Journal {
    const name = `${edge}/${epoch}`;
    const fresh = { upTo: 0, held: new Map(), newest: 0, link: EMPTY_LINK, links: new Map() };
    const journal = this.#tables.journals.get(name) ?? fresh;
    this.#tables.journals.set(name, journal);
    return journal;
  }

  // Every change of a table is one of these three, so that each knows its own way back.

  #replace<T, K extends keyof T>(of: T, name: K, value: T[K]): void {
    const before = of[name];
    this.#undo?.push(() => {
      of[name] = before;
    });
    of[name] = value;
  }

  /** `value` undefined: takes it out. */
  #put<K, V>(table: Map<K, V>, key: K, value: V | undefined): void {
    const before = table.get(key);
    this.#undo?.push(() => set(table, key, before));
    set(table, key, value);
  }

  #append<T>(table: T[], row: T): void {
    this.#undo?.push(() => table.pop());
    table.push(row);
  }
}

function set<K, V>(table: Map<K, V>, key: K, value: V | undefined): void {
  if (value === undefined) table.delete(key);
  else table.set(key, value);
}

function placeOf({ edge, epoch, seq }: Pick<StoredCheckpoint, "edge" | "epoch" | "seq">): string {
  return `${edge}/${epoch}/${seq}`;
}

function copyOf(tables: Tables): Tables {
  const journals = [...tables.journals].map(
    ([name, journal]) => [name, { ...journal, held: new Map(journal.held), links: new Map(journal.links) }] as const,
  );
  return {
    ...tables,
    floors: new Map(tables.floors),
    edges: new Map(tables.edges),
    tokens: new Map(tables.tokens),
    keysets: new Map(tables.keysets),
    reports: new Map(tables.reports),
    commands: new Map(tables.commands),
    journals: new Map(journals),
    log: [...tables.log],
    audit: [...tables.audit],
    alarms: new Map(tables.alarms),
    checkpoints: new Map(tables.checkpoints),
    births: new Map(tables.births),
    logCheckpoints: [...tables.logCheckpoints],
  };
}
