/**
 * The authority's store in one SQLite file, mode 0600: WAL, every commit synced before it answers. That one process
 * alone opens it is `folder-lock.ts`'s.
 */
import { randomBytes } from "node:crypto";
import { closeSync, constants, existsSync, openSync } from "node:fs";
import { equalBytes, toHex } from "@lintel/protocol/base/bytes.ts";
import { type DiskFault, diskFaultOf } from "@lintel/protocol/base/disk-fault.ts";
import { invariant } from "@lintel/protocol/base/invariant.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { type Instant, instant } from "@lintel/protocol/base/units.ts";
import { EMPTY_LINK, nextLink } from "@lintel/protocol/mqtt/chain.ts";
import Database from "libsql";
import { LIMITS } from "../limits.ts";
import { auditLink, logLink } from "../log-chain.ts";
import type {
  Alarm,
  AlarmKind,
  AuditEntry,
  AuditKind,
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
} from "../ports.ts";
import { requireFile } from "./folder.ts";
import { CHAINED_SINCE, SCHEMA, SCHEMA_VERSION, SINCE } from "./schema.ts";

export type OpenError =
  | { readonly kind: "other-version"; readonly found: number }
  /** A file without anything in it, where there must be something. */
  | { readonly kind: "empty" }
  | { readonly kind: "failed"; readonly fault: DiskFault; readonly why: string };

type Row = Readonly<Record<string, unknown>>;

/**
 * Opens the file, or makes it; what is damaged is never written over. `used`: an authority ran on it before, so that an
 * existing file with nothing in it has lost what it held.
 */
export function openStore(path: string, { used = false } = {}): Result<SqliteStore, OpenError> {
  let db: Database.Database | null = null;
  try {
    const existed = existsSync(path);
    requireFile(path);
    // Made by us, so that it is never readable by others, not even for a moment; SQLite gives its journal the same mode.
    if (!existed) closeSync(openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600));
    db = new Database(path, { timeout: 0 });
    const version = Number((db.prepare("PRAGMA user_version").get() as Row).user_version);
    if (version === 0 && existed && used) {
      db.close();
      return fail({ kind: "empty" });
    }
    // Before anything is set: also the kind of its journal stands in the file.
    if (version < 0 || version > SCHEMA_VERSION) {
      db.close();
      return fail({ kind: "other-version", found: version });
    }
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = FULL");
    // Pages of rows that are gone are overwritten: a code that was replaced leaves nothing behind, not even sealed.
    db.pragma("secure_delete = ON");
    if (version === 0) create(db);
    else if (version < SCHEMA_VERSION) raise(db, version);
    return ok(new SqliteStore(db));
  } catch (error) {
    db?.close();
    return fail({ kind: "failed", fault: diskFaultOf(error), why: (error as Error).message });
  }
}

function create(db: Database.Database): void {
  db.transaction(() => {
    db.exec(SCHEMA + SINCE.join(""));
    db.prepare("INSERT INTO meta VALUES ('epoch', ?)").run(toHex(randomBytes(8)));
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  })();
}

/** A file of an older version becomes one of this, whole or not at all. */
function raise(db: Database.Database, from: number): void {
  db.transaction(() => {
    db.exec(SINCE.slice(from - 1).join(""));
    if (from < CHAINED_SINCE) chain(db);
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  })();
}

/** What was held before there were chains is chained as it stands. */
function chain(db: Database.Database): void {
  let link = EMPTY_LINK;
  const rows = db.prepare("SELECT edge, epoch, seq, bytes FROM records WHERE place IS NOT NULL ORDER BY place").all();
  const put = db.prepare("UPDATE records SET log_link = ?, link = ? WHERE edge = ? AND epoch = ? AND seq = ?");
  const end = db.prepare("UPDATE journals SET link = ? WHERE edge = ? AND epoch = ? AND up_to = ?");
  const journals = new Map<string, { seq: number; link: string | null }>();
  for (const row of rows as Row[]) {
    const [edge, epoch, seq, bytes] = [String(row.edge), String(row.epoch), Number(row.seq), bytesOf(row.bytes)];
    link = logLink(link, { edge, bytes });
    const before = journals.get(`${edge}/${epoch}`) ?? { seq: 0, link: EMPTY_LINK };
    const own = before.link === null || before.seq !== seq - 1 ? null : nextLink(before.link, bytes);
    journals.set(`${edge}/${epoch}`, { seq, link: own });
    put.run(link, own, edge, epoch, seq);
    end.run(own, edge, epoch, seq);
  }
  let audit = EMPTY_LINK;
  const seal = db.prepare("UPDATE audit SET link = ? WHERE entry = ?");
  for (const row of db.prepare("SELECT * FROM audit ORDER BY entry").all() as Row[]) {
    audit = auditLink(audit, auditOf(row));
    seal.run(audit, Number(row.entry));
  }
}

export class SqliteStore implements AuthorityStore {
  readonly epoch: string;
  readonly #db: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();
  #inside = false;

  constructor(db: Database.Database) {
    this.#db = db;
    this.epoch = this.meta("epoch")!;
  }

  close(): void {
    this.#db.close();
  }

  meta(name: string): string | null {
    const row = this.#get("SELECT value FROM meta WHERE name = ?", name);
    return row === null ? null : String(row.value);
  }
  putMeta(name: string, value: string): void {
    this.#run("INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", name, value);
  }

  transaction<T>(work: () => T): T {
    invariant(!this.#inside, "transactions do not nest");
    this.#inside = true;
    try {
      return this.#db.transaction(work)() as T;
    } finally {
      this.#inside = false;
    }
  }

  site(): StoredSite | null {
    const row = this.#get("SELECT text, revision FROM site");
    return row === null ? null : { text: String(row.text), revision: Number(row.revision) };
  }
  putSite({ text, revision }: StoredSite): void {
    this.#run("INSERT OR REPLACE INTO site VALUES (1, ?, ?)", text, revision);
  }
  codes(): ReadonlyMap<string, Uint8Array> {
    const rows = this.#all("SELECT belongs_to, sealed FROM codes");
    return new Map(rows.map((row) => [String(row.belongs_to), bytesOf(row.sealed)]));
  }
  replaceCodes(codes: ReadonlyMap<string, Uint8Array>): void {
    this.#run("DELETE FROM codes");
    for (const [belongsTo, sealed] of codes) this.#run("INSERT INTO codes VALUES (?, ?)", belongsTo, blob(sealed));
  }
  issueFloors(): ReadonlyMap<string, number> {
    const rows = this.#all("SELECT key, issue FROM issue_floors");
    return new Map(rows.map((row) => [String(row.key), Number(row.issue)]));
  }
  raiseIssueFloors(issues: ReadonlyMap<string, number>): void {
    const sql = "INSERT INTO issue_floors VALUES (?, ?) ON CONFLICT DO UPDATE SET issue = max(issue, excluded.issue)";
    for (const [key, issue] of issues) this.#run(sql, key, issue);
  }

  edges(): readonly StoredEdge[] {
    return this.#all("SELECT * FROM edges ORDER BY edge").map(edgeOf);
  }
  edge(edge: string): StoredEdge | null {
    const row = this.#get("SELECT * FROM edges WHERE edge = ?", edge);
    return row === null ? null : edgeOf(row);
  }
  putEdge({ edge, adoption, signing, agreement, adoptedAt }: StoredEdge): void {
    const sql = "INSERT OR REPLACE INTO edges VALUES (?, ?, ?, ?, ?)";
    this.#run(sql, edge, adoption, blob(signing), blob(agreement), adoptedAt);
    this.#run("INSERT OR REPLACE INTO agreements VALUES (?, ?, ?)", edge, adoption, blob(agreement));
  }
  agreements(edge: string): readonly StoredAgreement[] {
    const sql = "SELECT adoption, agreement FROM agreements WHERE edge = ? ORDER BY adoption DESC";
    return this.#all(sql, edge).map((row) => ({ adoption: Number(row.adoption), agreement: bytesOf(row.agreement) }));
  }
  token(edge: string): StoredToken | null {
    const row = this.#get("SELECT * FROM tokens WHERE edge = ?", edge);
    if (row === null) return null;
    const used = row.used_signing !== null;
    const usedBy = used ? { signing: bytesOf(row.used_signing), agreement: bytesOf(row.used_agreement) } : null;
    return { edge, sealed: bytesOf(row.sealed), expires: instant(Number(row.expires)), usedBy };
  }
  putToken({ edge, sealed, expires, usedBy }: StoredToken): void {
    const used = usedBy === null ? [null, null] : [blob(usedBy.signing), blob(usedBy.agreement)];
    this.#run("INSERT OR REPLACE INTO tokens VALUES (?, ?, ?, ?, ?)", edge, blob(sealed), expires, ...used);
  }
  dropToken(edge: string): void {
    this.#run("DELETE FROM tokens WHERE edge = ?", edge);
  }

  keyset(edge: string): IssuedKeyset | null {
    const row = this.#get("SELECT * FROM keysets WHERE edge = ?", edge);
    if (row === null) return null;
    const [number, content, digest] = [Number(row.number), String(row.content), String(row.digest)];
    return { edge, number, content, digest, bytes: bytesOf(row.bytes), manifest: bytesOf(row.manifest) };
  }
  putKeyset({ edge, number, content, digest, bytes, manifest }: IssuedKeyset): void {
    const held = Number(this.#get("SELECT number FROM keysets WHERE edge = ?", edge)?.number ?? 0);
    invariant(number > held, "the number of a keyset rises", { held, number });
    const sql = "INSERT OR REPLACE INTO keysets VALUES (?, ?, ?, ?, ?, ?)";
    this.#run(sql, edge, number, content, digest, blob(bytes), blob(manifest));
  }
  report(edge: string): StoredReport | null {
    const row = this.#get("SELECT * FROM reports WHERE edge = ?", edge);
    if (row === null) return null;
    const state = row.refused === null ? "applied" : { refused: String(row.refused) };
    return { edge, number: Number(row.number), digest: String(row.digest), state, at: instant(Number(row.at)) };
  }
  putReport({ edge, number, digest, state, at }: StoredReport): void {
    const refused = state === "applied" ? null : state.refused;
    this.#run("INSERT OR REPLACE INTO reports VALUES (?, ?, ?, ?, ?)", edge, number, digest, refused, at);
  }

  commandNumber(edge: string): number {
    return Number(this.meta(`command/${edge}`) ?? 0);
  }
  putCommandNumber(edge: string, n: number): void {
    const held = this.commandNumber(edge);
    invariant(n > held, "the number of a command rises", { held, n });
    this.putMeta(`command/${edge}`, `${n}`);
  }

  collectedUpTo(edge: string, epoch: string): number {
    return Number(this.#get("SELECT up_to FROM journals WHERE edge = ? AND epoch = ?", edge, epoch)?.up_to ?? 0);
  }
  record(edge: string, epoch: string, seq: number): Uint8Array | null {
    const row = this.#get("SELECT bytes FROM records WHERE edge = ? AND epoch = ? AND seq = ?", edge, epoch, seq);
    return row === null ? null : bytesOf(row.bytes);
  }
  addRecord(edge: string, epoch: string, seq: number, bytes: Uint8Array): void {
    this.#run("INSERT INTO records (edge, epoch, seq, bytes) VALUES (?, ?, ?, ?)", edge, epoch, seq, blob(bytes));
  }
  nextHeld(edge: string, epoch: string, seq: number): number | null {
    const sql = "SELECT min(seq) AS next FROM records WHERE edge = ? AND epoch = ? AND seq > ?";
    const next = this.#get(sql, edge, epoch, seq)!.next;
    return next === null ? null : Number(next);
  }
  collect(edge: string, epoch: string, seq: number): void {
    const upTo = this.collectedUpTo(edge, epoch);
    invariant(seq === upTo + 1, "records are collected in order", { edge, epoch, seq, upTo });
    const bytes = this.record(edge, epoch, seq);
    invariant(bytes !== null, "a collected record was held", { edge, epoch, seq });
    const before = this.#journalLink(edge, epoch);
    const link = before === null ? null : nextLink(before, bytes);
    const end = this.logEnd();
    const row = [end.place + 1, link, logLink(end.link, { edge, bytes })];
    const where = "edge = ? AND epoch = ? AND seq = ? AND place IS NULL";
    const sql = `UPDATE records SET place = ?, link = ?, log_link = ? WHERE ${where}`;
    const { changes } = this.#run(sql, ...row, edge, epoch, seq);
    invariant(changes === 1, "a collected record had no place", { edge, epoch, seq });
    this.#putJournal(edge, epoch, seq, link);
  }
  skipTo(edge: string, epoch: string, seq: number): void {
    this.#putJournal(edge, epoch, seq, null);
  }
  linkOf(edge: string, epoch: string, seq: number): string | null {
    const sql = "SELECT link FROM records WHERE edge = ? AND epoch = ? AND seq = ? AND place IS NOT NULL";
    const row = this.#get(sql, edge, epoch, seq);
    return row === null || row.link === null ? null : String(row.link);
  }
  relink(edge: string, epoch: string, link: string): void {
    const upTo = this.collectedUpTo(edge, epoch);
    this.#run("UPDATE records SET link = ? WHERE edge = ? AND epoch = ? AND seq = ?", link, edge, epoch, upTo);
    this.#putJournal(edge, epoch, upTo, link);
  }
  #journalLink(edge: string, epoch: string): string | null {
    const row = this.#get("SELECT link FROM journals WHERE edge = ? AND epoch = ?", edge, epoch);
    if (row === null) return EMPTY_LINK;
    return row.link === null ? null : String(row.link);
  }
  #putJournal(edge: string, epoch: string, upTo: number, link: string | null): void {
    const set = "ON CONFLICT DO UPDATE SET up_to = excluded.up_to, link = excluded.link";
    this.#run(`INSERT INTO journals (edge, epoch, up_to, link) VALUES (?, ?, ?, ?) ${set}`, edge, epoch, upTo, link);
  }

  addCheckpoint({ edge, epoch, seq, hash, signing, message }: StoredCheckpoint): boolean {
    const sql = "INSERT INTO checkpoints VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
    return this.#run(sql, edge, epoch, seq, hash, blob(signing), blob(message)).changes === 1;
  }
  checkpointsAt({ edge, epoch, seq }: Pick<StoredCheckpoint, "edge" | "epoch" | "seq">): readonly StoredCheckpoint[] {
    const sql = "SELECT * FROM checkpoints WHERE edge = ? AND epoch = ? AND seq = ?";
    return this.#all(sql, edge, epoch, seq).map(checkpointOf);
  }
  checkpoints(): readonly StoredCheckpoint[] {
    return this.#all("SELECT * FROM checkpoints ORDER BY edge, epoch, seq, hash").map(checkpointOf);
  }
  meet(edge: string, epoch: string, session: number, id: Uint8Array): boolean {
    const held = this.#get("SELECT id FROM births WHERE edge = ? AND epoch = ? AND session = ?", edge, epoch, session);
    if (held !== null) return equalBytes(bytesOf(held.id), id);
    this.#run("INSERT INTO births VALUES (?, ?, ?, ?)", edge, epoch, session, blob(id));
    this.#run("DELETE FROM births WHERE edge = ? AND epoch = ? AND session <= ?", edge, epoch, session - LIMITS.births);
    return true;
  }
  logEnd(): { readonly place: number; readonly link: string } {
    const row = this.#get("SELECT place, log_link FROM records WHERE place IS NOT NULL ORDER BY place DESC LIMIT 1");
    return row === null ? { place: 0, link: EMPTY_LINK } : { place: Number(row.place), link: String(row.log_link) };
  }
  auditEnd(): { readonly entry: number; readonly link: string } {
    const row = this.#get("SELECT entry, link FROM audit ORDER BY entry DESC LIMIT 1");
    return row === null ? { entry: 0, link: EMPTY_LINK } : { entry: Number(row.entry), link: String(row.link) };
  }
  logCheckpoint(): { readonly place: number; readonly entry: number } {
    const row = this.#get("SELECT place, entry FROM log_checkpoints ORDER BY n DESC LIMIT 1");
    return row === null ? { place: 0, entry: 0 } : { place: Number(row.place), entry: Number(row.entry) };
  }
  addLogCheckpoint({ place, entry, message }: LogCheckpoint): void {
    this.#run("INSERT INTO log_checkpoints (place, entry, message) VALUES (?, ?, ?)", place, entry, blob(message));
  }
  logCheckpoints(): readonly LogCheckpoint[] {
    return this.#all("SELECT * FROM log_checkpoints ORDER BY n").map((row) => ({
      place: Number(row.place),
      entry: Number(row.entry),
      message: bytesOf(row.message),
    }));
  }
  records(after: number, limit: number): readonly CollectedRecord[] {
    const sql = "SELECT place, edge, bytes, log_link FROM records WHERE place > ? ORDER BY place LIMIT ?";
    return this.#all(sql, after, limit).map((row) => ({
      place: Number(row.place),
      edge: String(row.edge),
      bytes: bytesOf(row.bytes),
      link: String(row.log_link),
    }));
  }

  addAudit(row: AuditEntry): void {
    const { entry, link } = this.auditEnd();
    const { at, what, detail } = row;
    const values = [entry + 1, at, what, JSON.stringify(detail), auditLink(link, row)];
    this.#run("INSERT INTO audit (entry, at, what, detail, link) VALUES (?, ?, ?, ?, ?)", ...values);
  }
  audit(): readonly AuditEntry[] {
    return this.#all("SELECT * FROM audit ORDER BY entry").map(auditOf);
  }
  auditRows(after: number, limit: number): readonly AuditRow[] {
    return this.#all("SELECT * FROM audit WHERE entry > ? ORDER BY entry LIMIT ?", after, limit).map((row) => ({
      ...auditOf(row),
      entry: Number(row.entry),
      link: String(row.link),
    }));
  }
  raiseAlarm(kind: AlarmKind, subject: string, at: Instant): boolean {
    const sql = `INSERT INTO alarms VALUES (?, ?, ?, ?, 1)
      ON CONFLICT DO UPDATE SET last_at = excluded.last_at, count = count + 1 RETURNING count`;
    return Number(this.#get(sql, kind, subject, at, at)!.count) === 1;
  }
  alarms(): readonly Alarm[] {
    return this.#all("SELECT * FROM alarms ORDER BY rowid").map((row) => ({
      kind: row.kind as AlarmKind,
      subject: String(row.subject),
      firstAt: instant(Number(row.first_at)),
      lastAt: instant(Number(row.last_at)),
      count: Number(row.count),
    }));
  }

  #get(sql: string, ...values: unknown[]): Row | null {
    return (this.#statement(sql).get(...values) as Row | undefined) ?? null;
  }
  #all(sql: string, ...values: unknown[]): readonly Row[] {
    return this.#statement(sql).all(...values) as Row[];
  }
  #run(sql: string, ...values: unknown[]): { readonly changes: number } {
    return this.#statement(sql).run(...values);
  }
  /** Prepared once: their number is that of the statements above. */
  #statement(sql: string): Database.Statement {
    const known = this.#statements.get(sql) ?? this.#db.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }
}

function auditOf(row: Row): AuditEntry {
  return { at: instant(Number(row.at)), what: row.what as AuditKind, detail: JSON.parse(String(row.detail)) };
}

function checkpointOf(row: Row): StoredCheckpoint {
  return {
    edge: String(row.edge),
    epoch: String(row.epoch),
    seq: Number(row.seq),
    hash: String(row.hash),
    signing: bytesOf(row.signing),
    message: bytesOf(row.message),
  };
}

function edgeOf(row: Row): StoredEdge {
  return {
    edge: String(row.edge),
    adoption: Number(row.adoption),
    signing: bytesOf(row.signing),
    agreement: bytesOf(row.agreement),
    adoptedAt: instant(Number(row.adopted_at)),
  };
}

function blob(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** libsql answers BLOBs as ArrayBuffer or Buffer, by its version. */
function bytesOf(value: unknown): Uint8Array {
  invariant(value instanceof ArrayBuffer || value instanceof Uint8Array, "a BLOB column holds bytes");
  return new Uint8Array(value);
}
