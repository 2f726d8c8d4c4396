/**
 * The tables of the authority's database. No code, token or private key stands in any of them in clear. A new file is one
 * of version 1 that is raised at once, so every file has come the same way.
 */
export const SCHEMA_VERSION = 3;

export const SCHEMA = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE site (one INTEGER PRIMARY KEY CHECK (one = 1), text TEXT NOT NULL, revision INTEGER NOT NULL) STRICT;
CREATE TABLE codes (belongs_to TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
CREATE TABLE issue_floors (key TEXT PRIMARY KEY, issue INTEGER NOT NULL) STRICT;
CREATE TABLE edges (
  edge TEXT PRIMARY KEY, adoption INTEGER NOT NULL, signing BLOB NOT NULL, agreement BLOB NOT NULL,
  adopted_at INTEGER NOT NULL
) STRICT;
CREATE TABLE tokens (
  edge TEXT PRIMARY KEY, sealed BLOB NOT NULL, expires INTEGER NOT NULL, used_signing BLOB, used_agreement BLOB
) STRICT;
CREATE TABLE keysets (
  edge TEXT PRIMARY KEY, number INTEGER NOT NULL, content TEXT NOT NULL, digest TEXT NOT NULL, bytes BLOB NOT NULL,
  manifest BLOB NOT NULL
) STRICT;
CREATE TABLE reports (
  edge TEXT PRIMARY KEY, number INTEGER NOT NULL, digest TEXT NOT NULL, refused TEXT, at INTEGER NOT NULL
) STRICT;
CREATE TABLE journals (
  edge TEXT NOT NULL, epoch TEXT NOT NULL, up_to INTEGER NOT NULL, PRIMARY KEY (edge, epoch)
) STRICT;
CREATE TABLE records (
  edge TEXT NOT NULL, epoch TEXT NOT NULL, seq INTEGER NOT NULL, bytes BLOB NOT NULL, place INTEGER UNIQUE,
  PRIMARY KEY (edge, epoch, seq)
) STRICT;
CREATE TABLE audit (entry INTEGER PRIMARY KEY, at INTEGER NOT NULL, what TEXT NOT NULL, detail TEXT NOT NULL) STRICT;
CREATE TABLE alarms (
  kind TEXT NOT NULL, subject TEXT NOT NULL, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL,
  count INTEGER NOT NULL, PRIMARY KEY (kind, subject)
) STRICT;
`;

/** What version 2 brought, to a file of version 1. */
const SINCE_1 = `
-- The public keys of every adoption: what an edge sealed under an old one stays readable.
CREATE TABLE agreements (
  edge TEXT NOT NULL, adoption INTEGER NOT NULL, agreement BLOB NOT NULL, PRIMARY KEY (edge, adoption)
) STRICT;
INSERT INTO agreements SELECT edge, adoption, agreement FROM edges;
`;

/** From this version on log and audit are chained. */
export const CHAINED_SINCE = 3;

/** What version 3 brought. Links are 64 hex digits (protocol/mqtt/chain.ts). */
const SINCE_2 = `
-- In the edge's own chain; NULL where records before were lost and no checkpoint came since.
ALTER TABLE journals ADD COLUMN link TEXT;
ALTER TABLE records ADD COLUMN link TEXT;
-- In the log's chain; NULL while the record has no place.
ALTER TABLE records ADD COLUMN log_link TEXT;
ALTER TABLE audit ADD COLUMN link TEXT;
-- What edges signed of their journals, and by which key each was opened.
CREATE TABLE checkpoints (
  edge TEXT NOT NULL, epoch TEXT NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL, signing BLOB NOT NULL,
  message BLOB NOT NULL, PRIMARY KEY (edge, epoch, seq, hash)
) STRICT;
-- What this authority signed of its log and its audit.
CREATE TABLE log_checkpoints (n INTEGER PRIMARY KEY, place INTEGER NOT NULL, entry INTEGER NOT NULL, message BLOB NOT NULL) STRICT;
-- The message id of every connection's birth: a number that comes with two ids is used by two.
CREATE TABLE births (
  edge TEXT NOT NULL, epoch TEXT NOT NULL, session INTEGER NOT NULL, id BLOB NOT NULL, PRIMARY KEY (edge, epoch, session)
) STRICT;
`;

/** What each version brought to a file of the one before it, from version 2 on. */
export const SINCE: readonly string[] = [SINCE_1, SINCE_2];
