import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { instant, monotonic, powered } from "@lintel/protocol/base/units.ts";
import type { NewRecord } from "@lintel/protocol/mqtt/record.ts";
import { type Test, test } from "tap";
import { LIMITS as LOCKOUT } from "../access/limits.ts";
import { AT_REST, type Counter } from "../access/lockout.ts";
import type { StoreChange } from "../box/ports.ts";
import type { HoldState } from "../door/hold.ts";
import { brokenLink, EMPTY_HASH as JOURNAL_EMPTY, planRecords } from "../journal/journal.ts";
import { SCHEMA } from "./schema.ts";
import { EMPTY_HASH, openStore, type SqliteStore } from "./store.ts";

const record = (event: NewRecord["event"]): NewRecord => ({
  at: instant(1_795_000_000_123),
  clock: "trusted",
  door: "front",
  event,
  reasons: ["expired"],
  key: "k1",
  user: null,
  fingerprint: "0011aabb",
  detail: { what: "x", n: 3, on: true },
});

/** A counter with something in every field. */
const locked: Counter = {
  count: 61,
  latched: true,
  tier: 6,
  running: { until: powered(90_000_001), tier: "day", door: "front" },
  cleanFrom: powered(90_000_001),
  easedAt: powered(89_000_000),
  wrongs: Array.from({ length: LOCKOUT.wrongsPerDay }, (_, n) => powered(9_000_000 + n)),
};

/** What SQL does to a file, from a process of its own: this one's libsql lets go of it late. */
function alter(path: string, sql: string): void {
  const script = `
    import Database from "libsql";
    const db = new Database(process.argv[1]);
    db.exec(process.argv[2]);
    db.close();`;
  execFileSync(process.execPath, ["--input-type=module", "-e", script, path, sql], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
  });
}

const HOURS = { from: instant(1_795_000_000_000), to: instant(1_795_010_000_000) };
const HOLD: HoldState = {
  schedule: "a0b1",
  armed: [HOURS],
  override: { state: "lock", until: HOURS.to, by: "desk" },
  mode: { mode: "privacy", over: "normal" },
  over: HOURS,
  started: true,
};

function folder(t: Test): string {
  const made = mkdtempSync(join(tmpdir(), "lintel-store-"));
  t.teardown(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

function open(t: Test, path: string): SqliteStore {
  const opened = openStore(path);
  t.ok(opened.ok);
  if (!opened.ok) throw new Error(JSON.stringify(opened.error));
  t.teardown(() => opened.value.close());
  return opened.value;
}

test("an empty store", (t) => {
  const store = open(t, join(folder(t), "edge.db"));
  t.equal(EMPTY_HASH, JOURNAL_EMPTY);
  t.same(store.journalEnd(), { seq: 0, hash: EMPTY_HASH, oldest: 1 });
  const { epoch, ...rest } = store.load();
  t.match(epoch, /^[0-9a-f]{16}$/);
  const nothing = { acked: 0, session: 0, clock: null, adoption: null, keyset: null, command: null, checkpoint: null };
  const none = { uses: [], otps: [], rings: [], lockouts: [], scbks: [], holds: [] };
  t.same(rest, { ...nothing, ...none, pads: { powered: 0, wrongs: [] } });
  t.end();
});

test("everything that is committed is read back as it was, by the next process too", (t) => {
  const path = join(folder(t), "edge.db");
  const first = open(t, path);
  const { epoch } = first.load();
  const plan = planRecords({ epoch, seq: 0, hash: EMPTY_HASH }, [record("granted"), record("taken")]);
  const bytes = Uint8Array.of(0, 255, 7);
  const mark = {
    floor: instant(1_795_000_000_000),
    boot: "b",
    at: monotonic(12.625),
    now: instant(1_795_000_000_001),
    vouched: true,
    signedAt: null,
  };
  const adoption = { site: "hq", edge: "e1", broker: "mqtt://x", root: bytes, rootKey: bytes, agreement: bytes };
  const keyset = { number: 3, digest: "ab", root: bytes, manifest: bytes, bytes: new Uint8Array(200_000).fill(9) };
  const doors = [
    { door: "front", count: 1, given: 0 },
    { door: "back", count: 2, given: 1 },
  ];
  const uses = { key: "k1", issue: 1, count: 3, given: 1, doors, firstAt: instant(1_795_000_000_000) };
  const otp = { key: "k9", issue: 2, next: Number.MAX_SAFE_INTEGER };
  const cursor = { controller: "b1/0", boot: 4_294_967_295, n: 12, bootedAt: null };
  const scbk = { controller: "b1/0", scbk: bytes, candidate: null, identity: "x" };
  const lockout = { name: "door front", counter: locked };
  const pads = { powered: powered(90_000_000), wrongs: [powered(7), powered(89_999_999)] };
  const executed = { n: 1_795_000_000_000, digest: "ab".repeat(32), outcome: { kind: "done" } } as const;
  const changes: StoreChange[] = [
    ...plan.changes,
    { kind: "lockout", lockout },
    { kind: "pads", pads },
    { kind: "uses", uses },
    { kind: "otp", otp },
    { kind: "ring", cursor },
    { kind: "scbk", scbk },
    { kind: "acked", seq: 1 },
    { kind: "session", session: 8 },
    { kind: "clock", mark },
    { kind: "adoption", adoption },
    { kind: "keyset", keyset },
    { kind: "command", executed },
    { kind: "hold", door: "back", hold: HOLD },
    { kind: "hold", door: "front", hold: HOLD },
    { kind: "hold", door: "back", hold: null },
    { kind: "checkpoint", checkpoint: { seq: 1, message: Uint8Array.of(1) } },
    { kind: "checkpoint", checkpoint: { seq: 2, message: bytes } },
  ];
  first.commit(changes);
  first.close();
  const second = open(t, path);
  t.same(second.load(), {
    checkpoint: { seq: 2, message: bytes },
    epoch,
    acked: 1,
    session: 8,
    clock: mark,
    adoption,
    uses: [uses],
    otps: [otp],
    rings: [cursor],
    lockouts: [lockout],
    pads,
    scbks: [scbk],
    keyset,
    command: executed,
    holds: [{ door: "front", hold: HOLD }],
  });
  t.same(second.journalEnd(), { seq: 2, hash: plan.head.hash, oldest: 1 });
  const rows = plan.changes.flatMap((change) => (change.kind === "record" ? [change] : []));
  t.same(
    second.records(1, 100),
    rows.map((row) => row.record),
  );
  t.equal(brokenLink(EMPTY_HASH, rows), null);
  t.same(second.records(2, 2).length, 1);
  second.commit([{ kind: "prune", seq: 1 }]);
  t.same(second.journalEnd(), { seq: 2, hash: plan.head.hash, oldest: 2 });
  t.end();
});

test("a transaction is all or nothing: one wrong change takes the others with it", (t) => {
  const store = open(t, join(folder(t), "edge.db"));
  const { epoch } = store.load();
  const plan = planRecords({ epoch, seq: 0, hash: EMPTY_HASH }, [record("granted")]);
  const uses = { key: "k1", issue: 1, count: 2, given: 0, doors: [], firstAt: instant(0) };
  store.commit([{ kind: "uses", uses }]);
  t.throws(() => store.commit([...plan.changes, { kind: "uses", uses }]), /a count only rises/);
  t.equal(store.journalEnd().seq, 0);
  store.commit(plan.changes);
  t.throws(() => store.commit([{ kind: "acked", seq: 9 }, ...plan.changes]), /UNIQUE/);
  t.equal(store.load().acked, 0);
  t.end();
});

const k1 = { key: "k1", issue: 1, doors: [], firstAt: instant(5) };
const raised: readonly { name: string; from: object; to: object; wrong: RegExp | null }[] = [
  { name: "a use", from: { count: 2, given: 0 }, to: { count: 3, given: 0 }, wrong: null },
  { name: "a use given back", from: { count: 2, given: 0 }, to: { count: 2, given: 1 }, wrong: null },
  { name: "nothing", from: { count: 2, given: 1 }, to: { count: 2, given: 1 }, wrong: /a count only rises/ },
  { name: "a count that falls", from: { count: 3, given: 0 }, to: { count: 2, given: 0 }, wrong: /a count only rises/ },
  { name: "a count that falls for a return", from: { count: 3, given: 0 }, to: { count: 2, given: 2 }, wrong: /rises/ },
  {
    name: "a return taken back",
    from: { count: 2, given: 1 },
    to: { count: 3, given: 0 },
    wrong: /a count only rises/,
  },
  { name: "more returns than uses", from: { count: 2, given: 2 }, to: { count: 2, given: 3 }, wrong: /CHECK/ },
  {
    name: "another first use",
    from: { count: 2, given: 1 },
    to: { count: 3, given: 1, firstAt: instant(9) },
    wrong: /the first use stays/,
  },
  {
    name: "another first use where all were given back",
    from: { count: 2, given: 2 },
    to: { count: 3, given: 2, firstAt: instant(9) },
    wrong: null,
  },
];
for (const { name, from, to, wrong } of raised) {
  test(`the store itself ${wrong === null ? "takes" : "refuses"} ${name} (d7.4, d7.2)`, (t) => {
    const store = open(t, join(folder(t), "edge.db"));
    const uses = (over: object): StoreChange => ({ kind: "uses", uses: { ...k1, count: 1, given: 0, ...over } });
    store.commit([uses(from)]);
    if (wrong === null) store.commit([uses(to)]);
    else t.throws(() => store.commit([uses(to)]), wrong);
    t.match(store.load().uses, [{ ...k1, ...(wrong === null ? to : from) }]);
    t.end();
  });
}

test("the place of a token only rises, in the store itself, and its row stays (RFC 4226)", (t) => {
  const path = join(folder(t), "edge.db");
  const store = open(t, path);
  const otp = (next: number): StoreChange => ({ kind: "otp", otp: { key: "k1", issue: 1, next } });
  store.commit([otp(7), { kind: "uses", uses: { ...k1, count: 1, given: 0 } }]);
  for (const next of [7, 6, 1]) t.throws(() => store.commit([otp(next)]), /a counter only rises/);
  store.commit([otp(8)]);
  t.same(store.load().otps, [{ key: "k1", issue: 1, next: 8 }]);
  store.close();
  t.throws(() => alter(path, "DELETE FROM otp"), /counters stay/);
  t.throws(() => alter(path, "DELETE FROM uses"), /uses stay/);
  t.end();
});

test("a keyset is never replaced by a lower one, and by the same or a higher", (t) => {
  const store = open(t, join(folder(t), "edge.db"));
  const blob = new Uint8Array(1);
  const keyset = (number: number): StoreChange => ({
    kind: "keyset",
    keyset: { number, digest: `d${number}`, root: blob, manifest: blob, bytes: blob },
  });
  store.commit([keyset(5)]);
  t.throws(() => store.commit([keyset(4)]), /never replaced by a lower/);
  store.commit([keyset(5)]);
  store.commit([keyset(6)]);
  t.match(store.load().keyset, { number: 6, digest: "d6" });
  t.end();
});

test("nobody else may read the files, and a key that was replaced leaves nothing behind", (t) => {
  const made = folder(t);
  const store = open(t, join(made, "edge.db"));
  const old = new Uint8Array(48).fill(0xa7);
  store.commit([{ kind: "scbk", scbk: { controller: "b1/0", scbk: old, candidate: null, identity: null } }]);
  for (const name of readdirSync(made)) t.equal(statSync(join(made, name)).mode & 0o777, 0o600, name);
  store.commit([{ kind: "scbk", scbk: { controller: "b1/0", scbk: null, candidate: null, identity: null } }]);
  store.close();
  for (const name of readdirSync(made)) t.notOk(readFileSync(join(made, name)).includes(Buffer.from(old)), name);
  t.end();
});

test("a file of version 1 becomes one of this version, and keeps all that is in it", (t) => {
  const path = join(folder(t), "edge.db");
  const first = open(t, path);
  const { epoch } = first.load();
  first.commit(planRecords({ epoch, seq: 0, hash: EMPTY_HASH }, [record("granted")]).changes);
  first.close();
  const tables = ["uses", "otp", "lockout", "hold", "checkpoint"].map((name) => `DROP TABLE ${name};`).join(" ");
  const uses = SCHEMA.slice(SCHEMA.indexOf("CREATE TABLE uses"), SCHEMA.indexOf("CREATE TABLE ring"));
  const used = `INSERT INTO uses VALUES ('k1', 1, 3, '["front","back"]', 5), ('k2', 4, 1, '["front"]', 6)`;
  alter(path, `${tables} DELETE FROM meta WHERE name = 'pads'; ${uses} ${used}; PRAGMA user_version = 1`);
  const second = open(t, path);
  const at = (door: string) => ({ door, count: 1, given: 0 });
  t.match(second.load(), { epoch, holds: [], lockouts: [], otps: [], pads: { powered: 0, wrongs: [] } });
  t.same(second.load().uses, [
    { key: "k1", issue: 1, count: 3, given: 0, doors: [at("front"), at("back")], firstAt: 5 },
    { key: "k2", issue: 4, count: 1, given: 0, doors: [at("front")], firstAt: 6 },
  ]);
  t.equal(second.journalEnd().seq, 1);
  const lockout = { name: "door front", counter: locked };
  second.commit([{ kind: "lockout", lockout }]);
  t.throws(() => second.commit([{ kind: "uses", uses: { ...second.load().uses[1]!, count: 1 } }]), /only rises/);
  second.close();
  const third = open(t, path);
  t.same(third.load().lockouts, [lockout], "and it is not made empty again");
  t.equal(third.load().uses.length, 2);
  t.end();
});

test("a lock-out is replaced as a whole, and forgotten where nothing is left of it", (t) => {
  const store = open(t, join(folder(t), "edge.db"));
  const change = (name: string, counter: Counter | null): StoreChange => ({
    kind: "lockout",
    lockout: { name, counter },
  });
  store.commit([change("door front", locked), change("group lobby", AT_REST)]);
  store.commit([change("door front", { ...locked, count: 1, running: null })]);
  const counters = () => Object.fromEntries(store.load().lockouts.map(({ name, counter }) => [name, counter]));
  t.same(counters(), { "door front": { ...locked, count: 1, running: null }, "group lobby": AT_REST });
  store.commit([change("door front", null)]);
  t.same(counters(), { "group lobby": AT_REST });
  t.end();
});

test("a file of another version, and one that is no database, are refused", (t) => {
  const made = folder(t);
  const path = join(made, "edge.db");
  open(t, path).close();
  alter(path, "PRAGMA user_version = 99");
  t.same(openStore(path), { ok: false, error: { kind: "other-version", found: 99 } });
  const other = openStore(fileURLToPath(import.meta.url));
  t.match(other, { ok: false, error: { kind: "failed" } });
  t.end();
});
