/** The tables of an edge's database. A change raises the version, and says how an older one becomes this. */
export const SCHEMA_VERSION = 2;
/** The oldest whose tables are all as below; what came since is only added (`ADDED`). */
export const SCHEMA_OLDEST = 1;

export const SCHEMA = `
-- epoch: one life of this database. The others: CBOR of what edge/box/ports.ts names so.
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;

-- body: the record as canonical CBOR. hash: of the hash before and the body; a chain from the first record on.
CREATE TABLE record (seq INTEGER PRIMARY KEY, body BLOB NOT NULL, hash TEXT NOT NULL) STRICT;

-- What an issue of a key has used up. Rows are raised and never deleted: no keyset lowers a count.
CREATE TABLE uses (
  key TEXT NOT NULL,
  issue INTEGER NOT NULL,
  count INTEGER NOT NULL CHECK (count > 0),
  doors TEXT NOT NULL,
  first_at INTEGER NOT NULL,
  PRIMARY KEY (key, issue)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER uses_only_rise BEFORE UPDATE ON uses WHEN NEW.count <= OLD.count
  BEGIN SELECT RAISE(ABORT, 'a count only rises'); END;

-- Up to which of its local events a Controller's ring is recorded here.
CREATE TABLE ring (controller TEXT PRIMARY KEY, boot INTEGER NOT NULL, n INTEGER NOT NULL, booted_at INTEGER) STRICT;

-- Sealed under the KeyVault file.
CREATE TABLE scbk (controller TEXT PRIMARY KEY, scbk BLOB, candidate BLOB, identity TEXT) STRICT;

-- One row: the keyset in force, with what proves it.
CREATE TABLE keyset (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  number INTEGER NOT NULL,
  digest TEXT NOT NULL,
  root BLOB NOT NULL,
  manifest BLOB NOT NULL,
  bytes BLOB NOT NULL
) STRICT;
CREATE TRIGGER keyset_never_lower BEFORE UPDATE ON keyset WHEN NEW.number < OLD.number
  BEGIN SELECT RAISE(ABORT, 'a keyset is never replaced by a lower one'); END;
`;

/** What came after the first version. A file of it becomes one of this by the same statements; nothing in it changes. */
export const ADDED = `
-- Wrong entries of a pad ("door ID") or a keypad group ("group ID"), as CBOR of what edge/access/lockout.ts calls a Counter.
CREATE TABLE IF NOT EXISTS lockout (name TEXT PRIMARY KEY, counter BLOB NOT NULL) STRICT;

-- What holds a door open or shut: CBOR of HoldState (edge/door/hold.ts).
CREATE TABLE IF NOT EXISTS hold (door TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT;
`;
