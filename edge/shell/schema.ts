/**
 * The tables of an edge's database. A change raises the version, and says how an older one becomes this: a new file is
 * one of version 1 that is raised at once, so every file has come the same way.
 */
export const SCHEMA_VERSION = 3;

export const SCHEMA = `
-- epoch: one life of this database. The others: CBOR of what edge/box/ports.ts names so.
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;

-- body: the record as canonical CBOR. hash: of the hash before and the body; a chain from the first record on.
CREATE TABLE record (seq INTEGER PRIMARY KEY, body BLOB NOT NULL, hash TEXT NOT NULL) STRICT;

-- What an issue of a key has used up; version 2 has more of it.
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

/** What version 2 brought, to a file of version 1. */
const SINCE_1 = `
-- Wrong entries of a pad ("door ID") or a keypad group ("group ID"), as CBOR of what edge/access/lockout.ts calls a Counter.
CREATE TABLE lockout (name TEXT PRIMARY KEY, counter BLOB NOT NULL) STRICT;

-- What holds a door open or shut: CBOR of HoldState (edge/door/hold.ts).
CREATE TABLE hold (door TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT;

-- What an issue of a key has used up. Rows are raised and never deleted: no keyset lowers a count. What was given back
-- is a count of its own, so that both only rise; the first moment moves only once every use was given back.
-- doors: JSON, [{door, count, given}].
DROP TRIGGER uses_only_rise;
ALTER TABLE uses RENAME TO uses_1;
CREATE TABLE uses (
  key TEXT NOT NULL,
  issue INTEGER NOT NULL,
  count INTEGER NOT NULL CHECK (count > 0),
  given INTEGER NOT NULL CHECK (given >= 0 AND given <= count),
  doors TEXT NOT NULL,
  first_at INTEGER NOT NULL,
  PRIMARY KEY (key, issue)
) STRICT, WITHOUT ROWID;
-- Version 1 named the doors alone: each counts as one use, so that a one-time key stays used there.
INSERT INTO uses SELECT key, issue, count, 0, (
  SELECT json_group_array(json_object('door', value, 'count', 1, 'given', 0)) FROM json_each(doors)
), first_at FROM uses_1;
DROP TABLE uses_1;
CREATE TRIGGER uses_only_rise BEFORE UPDATE ON uses
  WHEN NEW.count < OLD.count OR NEW.given < OLD.given OR NEW.count + NEW.given <= OLD.count + OLD.given
  BEGIN SELECT RAISE(ABORT, 'a count only rises'); END;
CREATE TRIGGER uses_keep_their_first BEFORE UPDATE ON uses WHEN NEW.first_at <> OLD.first_at AND OLD.given < OLD.count
  BEGIN SELECT RAISE(ABORT, 'the first use stays the first'); END;

-- The lowest moving factor at which the token of an issue of a key is still taken (RFC 4226, RFC 6238).
CREATE TABLE otp (
  key TEXT NOT NULL,
  issue INTEGER NOT NULL,
  next INTEGER NOT NULL CHECK (next > 0),
  PRIMARY KEY (key, issue)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER otp_only_rises BEFORE UPDATE ON otp WHEN NEW.next <= OLD.next
  BEGIN SELECT RAISE(ABORT, 'a counter only rises'); END;

-- No row of either goes: a key that comes back under an old issue finds what it used up.
CREATE TRIGGER uses_stay BEFORE DELETE ON uses BEGIN SELECT RAISE(ABORT, 'uses stay'); END;
CREATE TRIGGER otp_stays BEFORE DELETE ON otp BEGIN SELECT RAISE(ABORT, 'counters stay'); END;
`;

/** What version 3 brought. */
const SINCE_2 = `
-- What this edge signed of its journal: the message as it was sent.
CREATE TABLE checkpoint (seq INTEGER PRIMARY KEY, message BLOB NOT NULL) STRICT;
`;

/** What each version brought to a file of the one before it, from version 2 on. */
export const SINCE: readonly string[] = [SINCE_1, SINCE_2];
