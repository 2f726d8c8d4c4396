/**
 * The authority's store in one SQLite file, mode 0600: WAL, every commit synced before it answers. That one process
 * alone opens it is `folder-lock.ts`'s.
 */
import { randomBytes } from "node:crypto";
import { closeSync, constants, existsSync, openSync } from "node:fs";
import { toHex } from "@lintel/protocol/base/bytes.ts";
import { type DiskFault, diskFaultOf } from "@lintel/protocol/base/disk-fault.ts";
import { invariant } from "@lintel/protocol/base/invariant.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { type Instant, instant } from "@lintel/protocol/base/units.ts";
import Database from "libsql";
import type {
  Alarm,
  AlarmKind,
  AuditEntry,
  AuditKind,
  AuthorityStore,
  CollectedRecord,
  IssuedKeyset,
  StoredAgreement,
  StoredEdge,
  StoredReport,
  StoredSite,
  StoredToken,
} from "../ports.ts";
import { requireFile } from "./folder.ts";
import { SCHEMA, SCHEMA_VERSION, SINCE_1 } from "./schema.ts";

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
    else if (version < SCHEMA_VERSION) raise(db);
    return ok(new SqliteStore(db));
  } catch (error) {
    db?.close();
    return fail({ kind: "failed", fault: diskFaultOf(error), why: (error as Error).message });
  }
}

function create(db: Database.Database): void {
  db.transaction(() => {
    db.exec(SCHEMA + SINCE_1);
    db.prepare("INSERT INTO meta VALUES ('epoch', ?)").run(toHex(randomBytes(8)));
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  })();
}

/** A file of an older version becomes one of this, whole or not at all. */
function raise(db: Database.Database): void {
  db.transaction(() => {
    db.exec(SINCE_1);
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  })();
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
    this.#run("INSERT INTO records VALUES (?, ?, ?, ?, NULL)", edge, epoch, seq, blob(bytes));
  }
  nextHeld(edge: string, epoch: string, seq: number): number | null {
    const sql = "SELECT min(seq) AS next FROM records WHERE edge = ? AND epoch = ? AND seq > ?";
    const next = this.#get(sql, edge, epoch, seq)!.next;
    return next === null ? null : Number(next);
  }
  collect(edge: string, epoch: string, seq: number): void {
    const upTo = this.collectedUpTo(edge, epoch);
    invariant(seq === upTo + 1, "records are collected in order", { edge, epoch, seq, upTo });
    const place = "(SELECT coalesce(max(place), 0) + 1 FROM records)";
    const sql = `UPDATE records SET place = ${place} WHERE edge = ? AND epoch = ? AND seq = ? AND place IS NULL`;
    const { changes } = this.#run(sql, edge, epoch, seq);
    invariant(changes === 1, "a collected record was held, and had no place", { edge, epoch, seq });
    this.skipTo(edge, epoch, seq);
  }
  skipTo(edge: string, epoch: string, seq: number): void {
    const sql = "INSERT INTO journals VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET up_to = excluded.up_to";
    this.#run(sql, edge, epoch, seq);
  }
  records(after: number, limit: number): readonly CollectedRecord[] {
    const sql = "SELECT place, edge, bytes FROM records WHERE place > ? ORDER BY place LIMIT ?";
    return this.#all(sql, after, limit).map((row) => ({
      place: Number(row.place),
      edge: String(row.edge),
      bytes: bytesOf(row.bytes),
    }));
  }

  addAudit({ at, what, detail }: AuditEntry): void {
    this.#run("INSERT INTO audit (at, what, detail) VALUES (?, ?, ?)", at, what, JSON.stringify(detail));
  }
  audit(): readonly AuditEntry[] {
    return this.#all("SELECT at, what, detail FROM audit ORDER BY entry").map((row) => ({
      at: instant(Number(row.at)),
      what: row.what as AuditKind,
      detail: JSON.parse(String(row.detail)),
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
