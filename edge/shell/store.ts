/**
 * The edge's store in one SQLite file, mode 0600: WAL, every commit synced before it answers. That one process alone
 * opens it is `folder-lock.ts`'s.
 */
import { randomBytes } from "node:crypto";
import { closeSync, constants, existsSync, openSync } from "node:fs";
import { toHex } from "@lintel/protocol/base/bytes.ts";
import { type Cbor, decodeCbor, encodeCbor } from "@lintel/protocol/base/cbor.ts";
import { type DiskFault, diskFaultOf } from "@lintel/protocol/base/disk-fault.ts";
import { InvariantViolation, invariant, unreachable } from "@lintel/protocol/base/invariant.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { instant } from "@lintel/protocol/base/units.ts";
import type { JournalRecord } from "@lintel/protocol/mqtt/record.ts";
import { encodeRecord, RECORD } from "@lintel/protocol/mqtt/record-codec.ts";
import Database from "libsql";
import type {
  Adoption,
  EdgeStore,
  StoreChange,
  StoredEdge,
  StoredHold,
  StoredLockout,
  StoredPads,
} from "../box/ports.ts";
import { requireFile } from "./folder.ts";
import { LIMITS } from "./limits.ts";
import { SCHEMA, SCHEMA_VERSION, SINCE } from "./schema.ts";

export type OpenError =
  | { readonly kind: "other-version"; readonly found: number }
  /** A file without anything in it, where there must be something. */
  | { readonly kind: "empty" }
  | { readonly kind: "failed"; readonly fault: DiskFault; readonly why: string };

type Row = Readonly<Record<string, unknown>>;

/** No journal holds an empty record: the link before the first. Kept equal to edge/journal's by a test. */
export const EMPTY_HASH = "0".repeat(64);
const META_LIMITS = { bytes: 1024 * 1024, depth: 4 };

/**
 * Opens the file, or makes it, and reads what a start reads: what is damaged is refused here and never written over.
 * `used`: an edge ran on it before, so that an existing file with nothing in it has lost what it held.
 */
export function openStore(path: string, { used = false } = {}): Result<SqliteStore, OpenError> {
  let db: Database.Database | null = null;
  try {
    const existed = existsSync(path);
    requireFile(path);
    // Made by us, so that it is never readable by others, not even for a moment; SQLite gives its journal the same mode.
    if (!existed) closeSync(openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600));
    db = new Database(path, { timeout: LIMITS.storeBusy });
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
    // A key that was replaced leaves nothing behind on the disk, not even sealed.
    db.pragma("secure_delete = ON");
    if (version === 0) create(db);
    else if (version < SCHEMA_VERSION) raise(db, version);
    const store = new SqliteStore(db);
    store.load();
    store.journalEnd();
    return ok(store);
  } catch (error) {
    db?.close();
    // What reads otherwise than it was written is no bug of ours here, but a file that something else wrote to.
    const fault = error instanceof InvariantViolation ? "damaged" : diskFaultOf(error);
    return fail({ kind: "failed", fault, why: (error as Error).message });
  }
}

function create(db: Database.Database): void {
  db.transaction(() => {
    db.exec(SCHEMA + SINCE.join(""));
    db.prepare("INSERT INTO meta VALUES ('epoch', ?)").run([Buffer.from(encodeCbor(toHex(randomBytes(8))))]);
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  })();
}

/** A file of an older version becomes one of this, whole or not at all. */
function raise(db: Database.Database, from: number): void {
  db.transaction(() => {
    db.exec(SINCE.slice(from - 1).join(""));
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  })();
}

export class SqliteStore implements EdgeStore {
  readonly #db: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();

  constructor(db: Database.Database) {
    this.#db = db;
  }

  /** Asked twice, it does no harm. */
  close(): void {
    if (!this.#db.open) return;
    try {
      // libsql lets go of the file late: what the log still holds of replaced pages goes now.
      this.#db.pragma("wal_checkpoint(TRUNCATE)");
    } catch {
      // On a disk that takes nothing the log stays, whole, for the next start.
    }
    this.#db.close();
  }

  commit(changes: readonly StoreChange[]): void {
    this.#run("BEGIN IMMEDIATE");
    try {
      for (const change of changes) this.#apply(change);
      this.#run("COMMIT");
    } catch (error) {
      if (this.#db.inTransaction) this.#run("ROLLBACK");
      throw error;
    }
  }

  load(): StoredEdge {
    return {
      epoch: this.#meta("epoch") as string,
      acked: (this.#meta("acked") ?? 0) as number,
      session: (this.#meta("session") ?? 0) as number,
      clock: this.#meta("clock") as unknown as StoredEdge["clock"],
      adoption: this.#meta("adoption") as unknown as Adoption | null,
      command: this.#meta("command") as unknown as StoredEdge["command"],
      uses: this.#all("SELECT key, issue, count, given, doors, first_at FROM uses").map((row) => ({
        key: String(row.key),
        issue: Number(row.issue),
        count: Number(row.count),
        given: Number(row.given),
        doors: JSON.parse(String(row.doors)) as StoredEdge["uses"][number]["doors"],
        firstAt: instant(Number(row.first_at)),
      })),
      otps: this.#all("SELECT key, issue, next FROM otp").map((row) => ({
        key: String(row.key),
        issue: Number(row.issue),
        next: Number(row.next),
      })),
      rings: this.#all("SELECT controller, boot, n, booted_at FROM ring").map((row) => ({
        controller: String(row.controller),
        boot: Number(row.boot),
        n: Number(row.n),
        bootedAt: row.booted_at === null ? null : instant(Number(row.booted_at)),
      })),
      lockouts: this.#all("SELECT name, counter FROM lockout").map((row) => ({
        name: String(row.name),
        counter: readValue(row.counter, String(row.name)) as unknown as StoredLockout["counter"],
      })),
      pads: (this.#meta("pads") ?? { powered: 0, wrongs: [] }) as unknown as StoredPads,
      scbks: this.#all("SELECT controller, scbk, candidate, identity FROM scbk").map((row) => ({
        controller: String(row.controller),
        scbk: bytesOf(row.scbk),
        candidate: bytesOf(row.candidate),
        identity: row.identity === null ? null : String(row.identity),
      })),
      keyset: this.#keyset(),
      checkpoint: this.#checkpoint(),
      holds: this.#all("SELECT door, body FROM hold").map((row) => {
        const hold = decodeCbor(bytesOf(row.body)!, META_LIMITS);
        invariant(hold.ok, "what holds a door reads as it was written", { door: String(row.door) });
        return { door: String(row.door), hold: hold.value as unknown as StoredHold["hold"] };
      }),
    };
  }

  journalEnd(): { seq: number; hash: string; oldest: number } {
    const [last] = this.#all("SELECT seq, hash FROM record ORDER BY seq DESC LIMIT 1");
    const [first] = this.#all("SELECT seq FROM record ORDER BY seq LIMIT 1");
    if (last === undefined) return { seq: 0, hash: EMPTY_HASH, oldest: 1 };
    return { seq: Number(last.seq), hash: String(last.hash), oldest: Number(first?.seq) };
  }

  records(from: number, to: number): readonly JournalRecord[] {
    const rows = this.#all("SELECT seq, body FROM record WHERE seq BETWEEN ? AND ? ORDER BY seq", from, to);
    return rows.map((row) => {
      const cbor = decodeCbor(bytesOf(row.body)!, META_LIMITS);
      const record = cbor.ok ? RECORD.read(cbor.value, "") : cbor;
      invariant(record.ok, "a record in the journal reads as it was written", { seq: Number(row.seq) });
      return record.value;
    });
  }

  #checkpoint(): StoredEdge["checkpoint"] {
    const [row] = this.#all("SELECT seq, message FROM checkpoint ORDER BY seq DESC LIMIT 1");
    return row === undefined ? null : { seq: Number(row.seq), message: bytesOf(row.message)! };
  }

  #keyset(): StoredEdge["keyset"] {
    const [row] = this.#all("SELECT number, digest, root, manifest, bytes FROM keyset");
    if (row === undefined) return null;
    return {
      number: Number(row.number),
      digest: String(row.digest),
      root: bytesOf(row.root)!,
      manifest: bytesOf(row.manifest)!,
      bytes: bytesOf(row.bytes)!,
    };
  }

  #apply(change: StoreChange): void {
    switch (change.kind) {
      case "record": {
        const { record, hash } = change;
        this.#run("INSERT INTO record VALUES (?, ?, ?)", record.seq, blob(encodeRecord(record)), hash);
        break;
      }
      case "uses": {
        const { key, issue, count, given, doors, firstAt } = change.uses;
        const row = [key, issue, count, given, JSON.stringify(doors), firstAt];
        this.#run(
          `INSERT INTO uses VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (key, issue) DO UPDATE SET count = excluded.count, given = excluded.given,
             doors = excluded.doors, first_at = excluded.first_at`,
          ...row,
        );
        break;
      }
      case "otp": {
        const { key, issue, next } = change.otp;
        const set = "ON CONFLICT (key, issue) DO UPDATE SET next = excluded.next";
        this.#run(`INSERT INTO otp VALUES (?, ?, ?) ${set}`, key, issue, next);
        break;
      }
      case "ring": {
        const { controller, boot, n, bootedAt } = change.cursor;
        this.#run("INSERT OR REPLACE INTO ring VALUES (?, ?, ?, ?)", controller, boot, n, bootedAt);
        break;
      }
      case "lockout": {
        const { name, counter } = change.lockout;
        if (counter === null) {
          this.#run("DELETE FROM lockout WHERE name = ?", name);
          break;
        }
        const { running } = counter;
        const bytes = encodeCbor({ ...counter, running: running === null ? null : { ...running } });
        this.#run("INSERT OR REPLACE INTO lockout VALUES (?, ?)", name, blob(bytes));
        break;
      }
      case "pads":
        this.#setMeta("pads", { ...change.pads });
        break;
      case "scbk": {
        const { controller, scbk, candidate, identity } = change.scbk;
        const row = [controller, blob(scbk), blob(candidate), identity];
        this.#run("INSERT OR REPLACE INTO scbk VALUES (?, ?, ?, ?)", ...row);
        break;
      }
      case "keyset": {
        const { number, digest, root, manifest, bytes } = change.keyset;
        const row = [number, digest, blob(root), blob(manifest), blob(bytes)];
        this.#run(
          `INSERT INTO keyset VALUES (1, ?, ?, ?, ?, ?)
           ON CONFLICT (one) DO UPDATE SET number = excluded.number, digest = excluded.digest, root = excluded.root,
             manifest = excluded.manifest, bytes = excluded.bytes`,
          ...row,
        );
        break;
      }
      case "acked":
        this.#setMeta("acked", change.seq);
        break;
      case "session":
        this.#setMeta("session", change.session);
        break;
      case "clock":
        this.#setMeta("clock", { ...change.mark });
        break;
      case "adoption":
        this.#setMeta("adoption", { ...change.adoption });
        break;
      case "command":
        this.#setMeta("command", { ...change.executed, outcome: { ...change.executed.outcome } });
        break;
      case "hold": {
        const { door, hold } = change;
        if (hold === null) this.#run("DELETE FROM hold WHERE door = ?", door);
        else this.#run("INSERT OR REPLACE INTO hold VALUES (?, ?)", door, blob(encodeCbor(hold as unknown as Cbor)));
        break;
      }
      case "checkpoint": {
        const { seq, message } = change.checkpoint;
        this.#run("INSERT INTO checkpoint VALUES (?, ?)", seq, blob(message));
        break;
      }
      case "prune":
        this.#run("DELETE FROM record WHERE seq <= ?", change.seq);
        // The newest of those that covered them stays: what is left of the chain begins behind it.
        this.#run("DELETE FROM checkpoint WHERE seq < (SELECT max(seq) FROM checkpoint WHERE seq <= ?)", change.seq);
        break;
      default:
        unreachable(change);
    }
  }

  #meta(name: string): Cbor {
    const [row] = this.#all("SELECT value FROM meta WHERE name = ?", name);
    return row === undefined ? null : readValue(row.value, name);
  }

  #setMeta(name: string, value: Cbor): void {
    this.#run("INSERT OR REPLACE INTO meta VALUES (?, ?)", name, blob(encodeCbor(value)));
  }

  #all(sql: string, ...values: readonly unknown[]): readonly Row[] {
    return this.#sql(sql).all(values) as Row[];
  }

  /** Values go as one list: libsql 0.5.29 takes a lone Buffer or null for names and values, and ends the process over it. */
  #run(sql: string, ...values: readonly unknown[]): void {
    this.#sql(sql).run(values);
  }

  #sql(sql: string): Database.Statement {
    const held = this.#statements.get(sql) ?? this.#db.prepare(sql);
    this.#statements.set(sql, held);
    return held;
  }
}

function readValue(stored: unknown, name: string): Cbor {
  const value = decodeCbor(bytesOf(stored)!, META_LIMITS);
  invariant(value.ok, "what is stored reads as it was written", { name });
  return value.value;
}

/** libsql gives a BLOB as ArrayBuffer, and takes one as Buffer. */
function bytesOf(value: unknown): Uint8Array | null {
  if (value === null || value === undefined) return null;
  return value instanceof ArrayBuffer ? new Uint8Array(value) : Uint8Array.from(value as Uint8Array);
}

function blob(bytes: Uint8Array | null): Buffer | null {
  return bytes === null ? null : Buffer.from(bytes);
}
