/**
 * The authority's store in memory: for the rehearsal and for tests, where nothing outlives the run. The same contract
 * as the SQLite one; `store.test.ts` in the shell holds both to it.
 */
import { equalBytes } from "@lintel/protocol/base/bytes.ts";
import { invariant } from "@lintel/protocol/base/invariant.ts";
import type { Instant } from "@lintel/protocol/base/units.ts";
import { EMPTY_LINK, nextLink } from "@lintel/protocol/mqtt/chain.ts";
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
  floors: Map<string, number>;
  edges: Map<string, StoredEdge>;
  agreements: readonly (StoredAgreement & { readonly edge: string })[];
  tokens: Map<string, StoredToken>;
  keysets: Map<string, IssuedKeyset>;
  reports: Map<string, StoredReport>;
  commands: Map<string, number>;
  journals: Map<string, Journal>;
  log: CollectedRecord[];
  audit: AuditRow[];
  alarms: Map<string, Alarm>;
  checkpoints: readonly StoredCheckpoint[];
  births: Map<string, Uint8Array>;
  logCheckpoints: readonly LogCheckpoint[];
}

interface Journal {
  upTo: number;
  /** Of the record `upTo`; null: nothing leads to it. */
  link: string | null;
  held: Map<number, Uint8Array>;
  links: Map<number, string>;
}

export class MemoryStore implements AuthorityStore {
  readonly epoch: string;
  #tables: Tables = {
    site: null,
    codes: new Map(),
    floors: new Map(),
    edges: new Map(),
    agreements: [],
    tokens: new Map(),
    keysets: new Map(),
    reports: new Map(),
    commands: new Map(),
    journals: new Map(),
    log: [],
    audit: [],
    alarms: new Map(),
    checkpoints: [],
    births: new Map(),
    logCheckpoints: [],
  };
  #inside = false;

  constructor(epoch: string) {
    this.epoch = epoch;
  }

  transaction<T>(work: () => T): T {
    invariant(!this.#inside, "transactions do not nest");
    const before = copyOf(this.#tables);
    this.#inside = true;
    try {
      return work();
    } catch (error) {
      this.#tables = before;
      throw error;
    } finally {
      this.#inside = false;
    }
  }

  site(): StoredSite | null {
    return this.#tables.site;
  }
  putSite(site: StoredSite): void {
    this.#tables.site = site;
  }
  codes(): ReadonlyMap<string, Uint8Array> {
    return this.#tables.codes;
  }
  replaceCodes(codes: ReadonlyMap<string, Uint8Array>): void {
    this.#tables.codes = new Map(codes);
  }
  issueFloors(): ReadonlyMap<string, number> {
    return this.#tables.floors;
  }
  raiseIssueFloors(issues: ReadonlyMap<string, number>): void {
    for (const [key, issue] of issues) {
      this.#tables.floors.set(key, Math.max(issue, this.#tables.floors.get(key) ?? 0));
    }
  }

  edges(): readonly StoredEdge[] {
    return [...this.#tables.edges.values()].sort((a, b) => (a.edge < b.edge ? -1 : 1));
  }
  edge(edge: string): StoredEdge | null {
    return this.#tables.edges.get(edge) ?? null;
  }
  putEdge(edge: StoredEdge): void {
    this.#tables.edges.set(edge.edge, edge);
    this.#tables.agreements = [edge, ...this.#tables.agreements];
  }
  agreements(edge: string): readonly StoredAgreement[] {
    const of = this.#tables.agreements.filter((one) => one.edge === edge);
    return of.map(({ adoption, agreement }) => ({ adoption, agreement }));
  }
  token(edge: string): StoredToken | null {
    return this.#tables.tokens.get(edge) ?? null;
  }
  putToken(token: StoredToken): void {
    this.#tables.tokens.set(token.edge, token);
  }
  dropToken(edge: string): void {
    this.#tables.tokens.delete(edge);
  }

  keyset(edge: string): IssuedKeyset | null {
    return this.#tables.keysets.get(edge) ?? null;
  }
  putKeyset(keyset: IssuedKeyset): void {
    const held = this.keyset(keyset.edge)?.number ?? 0;
    invariant(keyset.number > held, "the number of a keyset rises", { held, number: keyset.number });
    this.#tables.keysets.set(keyset.edge, keyset);
  }
  report(edge: string): StoredReport | null {
    return this.#tables.reports.get(edge) ?? null;
  }
  putReport(report: StoredReport): void {
    this.#tables.reports.set(report.edge, report);
  }

  commandNumber(edge: string): number {
    return this.#tables.commands.get(edge) ?? 0;
  }
  putCommandNumber(edge: string, n: number): void {
    const held = this.commandNumber(edge);
    invariant(n > held, "the number of a command rises", { held, n });
    this.#tables.commands.set(edge, n);
  }

  collectedUpTo(edge: string, epoch: string): number {
    return this.#tables.journals.get(`${edge}/${epoch}`)?.upTo ?? 0;
  }
  record(edge: string, epoch: string, seq: number): Uint8Array | null {
    return this.#tables.journals.get(`${edge}/${epoch}`)?.held.get(seq) ?? null;
  }
  addRecord(edge: string, epoch: string, seq: number, bytes: Uint8Array): void {
    const { held } = this.#journal(edge, epoch);
    invariant(!held.has(seq), "a record is added once", { edge, epoch, seq });
    held.set(seq, bytes);
  }
  nextHeld(edge: string, epoch: string, seq: number): number | null {
    const above = [...this.#journal(edge, epoch).held.keys()].filter((held) => held > seq);
    return above.length === 0 ? null : Math.min(...above);
  }
  collect(edge: string, epoch: string, seq: number): void {
    const journal = this.#journal(edge, epoch);
    const bytes = journal.held.get(seq);
    invariant(bytes !== undefined && seq === journal.upTo + 1, "records are collected in order", { edge, epoch, seq });
    journal.upTo = seq;
    if (journal.link !== null) {
      journal.link = nextLink(journal.link, bytes);
      journal.links.set(seq, journal.link);
    }
    const { place, link } = this.logEnd();
    this.#tables.log.push({ place: place + 1, edge, bytes, link: logLink(link, { edge, bytes }) });
  }
  skipTo(edge: string, epoch: string, seq: number): void {
    const journal = this.#journal(edge, epoch);
    journal.upTo = seq;
    journal.link = null;
  }
  linkOf(edge: string, epoch: string, seq: number): string | null {
    return this.#journal(edge, epoch).links.get(seq) ?? null;
  }
  relink(edge: string, epoch: string, link: string): void {
    const journal = this.#journal(edge, epoch);
    journal.link = link;
    journal.links.set(journal.upTo, link);
  }
  addCheckpoint(checkpoint: StoredCheckpoint): boolean {
    const same = ({ edge, epoch, seq, hash }: StoredCheckpoint) =>
      edge === checkpoint.edge && epoch === checkpoint.epoch && seq === checkpoint.seq && hash === checkpoint.hash;
    if (this.#tables.checkpoints.some(same)) return false;
    this.#tables.checkpoints = [...this.#tables.checkpoints, checkpoint];
    return true;
  }
  checkpointsAt(record: Pick<StoredCheckpoint, "edge" | "epoch" | "seq">): readonly StoredCheckpoint[] {
    return this.#tables.checkpoints.filter(
      ({ edge, epoch, seq }) => edge === record.edge && epoch === record.epoch && seq === record.seq,
    );
  }
  checkpoints(): readonly StoredCheckpoint[] {
    return this.#tables.checkpoints;
  }
  meet(edge: string, epoch: string, session: number, id: Uint8Array): boolean {
    const name = `${edge}/${epoch}/${session}`;
    const held = this.#tables.births.get(name);
    if (held === undefined) this.#tables.births.set(name, id);
    return held === undefined || equalBytes(held, id);
  }
  logEnd(): { readonly place: number; readonly link: string } {
    return this.#tables.log.at(-1) ?? { place: 0, link: EMPTY_LINK };
  }
  auditEnd(): { readonly entry: number; readonly link: string } {
    return this.#tables.audit.at(-1) ?? { entry: 0, link: EMPTY_LINK };
  }
  logCheckpoint(): { readonly place: number; readonly entry: number } {
    return this.#tables.logCheckpoints.at(-1) ?? { place: 0, entry: 0 };
  }
  addLogCheckpoint(checkpoint: LogCheckpoint): void {
    this.#tables.logCheckpoints = [...this.#tables.logCheckpoints, checkpoint];
  }
  logCheckpoints(): readonly LogCheckpoint[] {
    return this.#tables.logCheckpoints;
  }
  records(after: number, limit: number): readonly CollectedRecord[] {
    return this.#tables.log.slice(after, after + limit);
  }

  addAudit(row: AuditEntry): void {
    const { entry, link } = this.auditEnd();
    this.#tables.audit.push({ ...row, entry: entry + 1, link: auditLink(link, row) });
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
    this.#tables.alarms.set(`${kind}/${subject}`, alarm);
    return before === undefined;
  }
  alarms(): readonly Alarm[] {
    return [...this.#tables.alarms.values()];
  }

  #journal(edge: string, epoch: string): Journal {
    const name = `${edge}/${epoch}`;
    const fresh = { upTo: 0, link: EMPTY_LINK, held: new Map(), links: new Map() };
    const journal = this.#tables.journals.get(name) ?? fresh;
    this.#tables.journals.set(name, journal);
    return journal;
  }
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
    births: new Map(tables.births),
  };
}
