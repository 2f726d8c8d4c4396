/**
 * The authority's store in memory: for the rehearsal and for tests, where nothing outlives the run. The same contract
 * as the SQLite one; `store.test.ts` in the shell holds both to it.
 */
import { invariant } from "@lintel/protocol/base/invariant.ts";
import type { Instant } from "@lintel/protocol/base/units.ts";
import type {
  Alarm,
  AlarmKind,
  AuditEntry,
  AuthorityStore,
  CollectedRecord,
  IssuedKeyset,
  StoredAgreement,
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
  journals: Map<string, { upTo: number; held: Map<number, Uint8Array> }>;
  log: CollectedRecord[];
  audit: AuditEntry[];
  alarms: Map<string, Alarm>;
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
  };
  #inside = false;

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
    this.#tables.log.push({ place: this.#tables.log.length + 1, edge, bytes });
  }
  skipTo(edge: string, epoch: string, seq: number): void {
    this.#journal(edge, epoch).upTo = seq;
  }
  records(after: number, limit: number): readonly CollectedRecord[] {
    return this.#tables.log.slice(after, after + limit);
  }

  addAudit(entry: AuditEntry): void {
    this.#tables.audit.push(entry);
  }
  audit(): readonly AuditEntry[] {
    return [...this.#tables.audit];
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

  #journal(edge: string, epoch: string): { upTo: number; held: Map<number, Uint8Array> } {
    const name = `${edge}/${epoch}`;
    const journal = this.#tables.journals.get(name) ?? { upTo: 0, held: new Map() };
    this.#tables.journals.set(name, journal);
    return journal;
  }
}

function copyOf(tables: Tables): Tables {
  const journals = [...tables.journals].map(([name, { upTo, held }]) => [name, { upTo, held: new Map(held) }] as const);
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
  };
}
