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
  agreements: readonly (StoredAgreement & { readonly edge: string })[];
  readonly floors: Map<string, number>;
  readonly edges: Map<string, StoredEdge>;
  readonly tokens: Map<string, StoredToken>;
  readonly keysets: Map<string, IssuedKeyset>;
  readonly reports: Map<string, StoredReport>;
  readonly commands: Map<string, number>;
  readonly journals: Map<string, Journal>;
  readonly log: CollectedRecord[];
  readonly audit: AuditEntry[];
  readonly alarms: Map<string, Alarm>;
}

interface Journal {
  upTo: number;
  readonly held: Map<number, Uint8Array>;
  /** The highest of `held`; 0: nothing is. */
  newest: number;
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
    this.#replace(journal, "upTo", seq);
    this.#append(this.#tables.log, { place: this.#tables.log.length + 1, edge, bytes });
  }
  skipTo(edge: string, epoch: string, seq: number): void {
    this.#replace(this.#journal(edge, epoch), "upTo", seq);
  }
  records(after: number, limit: number): readonly CollectedRecord[] {
    return this.#tables.log.slice(after, after + limit);
  }

  addAudit(entry: AuditEntry): void {
    this.#append(this.#tables.audit, entry);
  }
  audit(): readonly AuditEntry[] {
    return [...this.#tables.audit];
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
    const journal = this.#tables.journals.get(name) ?? { upTo: 0, held: new Map(), newest: 0 };
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

function copyOf(tables: Tables): Tables {
  const journals = [...tables.journals].map(
    ([name, journal]) => [name, { ...journal, held: new Map(journal.held) }] as const,
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
  };
}
