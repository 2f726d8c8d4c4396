/** Both stores, held to one contract; and what only a file can do: outlive its process, and be read by its owner alone. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { toHex } from "@lintel/protocol/base/bytes.ts";
import { instant } from "@lintel/protocol/base/units.ts";
import t, { test } from "tap";
import { MemoryStore } from "../memory-store.ts";
import type { AuthorityStore, StoredEdge, StoredToken } from "../ports.ts";
import { openStore, type SqliteStore } from "./store.ts";

const folder = mkdtempSync(join(tmpdir(), "lintel-store-"));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
function opened(path?: string): SqliteStore {
  files += 1;
  const store = openStore(path ?? join(folder, `${files}.db`));
  if (!store.ok) throw new Error(store.error.kind);
  return store.value;
}

const bytes = (byte: number) => new Uint8Array(32).fill(byte);
const edge: StoredEdge = { edge: "e1", adoption: 1, signing: bytes(1), agreement: bytes(2), adoptedAt: instant(5) };
const token: StoredToken = { edge: "e1", sealed: bytes(3), expires: instant(9), usedBy: null };
const keyset = { edge: "e1", number: 1, content: "aa", digest: "bb", bytes: bytes(4), manifest: bytes(5) };
const epoch = "00112233445566aa";

const stores: readonly { name: string; open: () => AuthorityStore }[] = [
  { name: "in memory", open: () => new MemoryStore(epoch) },
  { name: "in SQLite", open: () => opened() },
];
for (const { name, open } of stores) {
  test(`a store ${name}: empty, then what was put`, (t) => {
    const store = open();
    t.match(store.epoch, /^[0-9a-f]{16}$/);
    t.same(
      [store.site(), store.edge("e1"), store.token("e1"), store.keyset("e1"), store.report("e1")],
      [null, null, null, null, null],
    );
    t.same(
      [store.edges(), store.codes(), store.issueFloors(), store.audit(), store.alarms()],
      [[], new Map(), new Map(), [], []],
    );
    store.transaction(() => {
      store.putSite({ text: "site: {}", revision: 1 });
      store.putEdge({ ...edge, edge: "e2" });
      store.putEdge(edge);
      store.putToken(token);
      store.putKeyset(keyset);
      store.putReport({ edge: "e1", number: 1, digest: "bb", state: { refused: "older" }, at: instant(7) });
      store.addAudit({ at: instant(6), what: "site-applied", detail: { revision: 1, changes: ["a", "b"] } });
    });
    t.same(store.site(), { text: "site: {}", revision: 1 });
    t.same(
      store.edges().map((one) => one.edge),
      ["e1", "e2"],
    );
    t.same(store.edge("e1"), edge);
    t.same([store.commandNumber("e1"), store.commandNumber("e2")], [0, 0]);
    store.putCommandNumber("e1", 1_795_000_000_000);
    t.throws(() => store.putCommandNumber("e1", 1_795_000_000_000), /broken invariant/);
    t.same([store.commandNumber("e1"), store.commandNumber("e2")], [1_795_000_000_000, 0]);
    t.same(store.token("e1"), token);
    t.same(store.keyset("e1"), keyset);
    t.same(store.report("e1"), { edge: "e1", number: 1, digest: "bb", state: { refused: "older" }, at: 7 });
    t.same(store.audit(), [{ at: 6, what: "site-applied", detail: { revision: 1, changes: ["a", "b"] } }]);
    store.putToken({ ...token, usedBy: { signing: bytes(6), agreement: bytes(7) } });
    t.same(store.token("e1")!.usedBy, { signing: bytes(6), agreement: bytes(7) });
    store.putReport({ edge: "e1", number: 1, digest: "bb", state: "applied", at: instant(8) });
    t.equal(store.report("e1")!.state, "applied");
    store.dropToken("e1");
    t.equal(store.token("e1"), null);
    t.end();
  });

  test(`a store ${name}: the agreement keys of every adoption stay, the newest first`, (t) => {
    const store = open();
    t.same(store.agreements("e1"), []);
    store.putEdge(edge);
    store.putEdge({ ...edge, adoption: 2, agreement: bytes(9) });
    store.putEdge({ ...edge, edge: "e2" });
    t.same(store.agreements("e1"), [
      { adoption: 2, agreement: bytes(9) },
      { adoption: 1, agreement: bytes(2) },
    ]);
    t.end();
  });

  test(`a store ${name}: codes are replaced as a whole, issue floors only rise`, (t) => {
    const store = open();
    store.replaceCodes(
      new Map([
        ["keys/a/pin", bytes(1)],
        ["keys/b/pin", bytes(2)],
      ]),
    );
    store.replaceCodes(new Map([["keys/b/pin", bytes(3)]]));
    t.same([...store.codes()], [["keys/b/pin", bytes(3)]]);
    store.raiseIssueFloors(
      new Map([
        ["a", 3],
        ["b", 1],
      ]),
    );
    store.raiseIssueFloors(new Map([["a", 2]]));
    t.same([...store.issueFloors()].sort(), [
      ["a", 3],
      ["b", 1],
    ]);
    t.end();
  });

  test(`a store ${name}: a throw undoes the whole transaction`, (t) => {
    const store = open();
    store.addRecord("e1", epoch, 1, bytes(1));
    t.throws(
      () =>
        store.transaction(() => {
          store.putEdge(edge);
          store.addRecord("e1", epoch, 2, bytes(2));
          store.collect("e1", epoch, 1);
          store.raiseAlarm("records-lost", "x", instant(1));
          throw new Error("in the middle");
        }),
      /in the middle/,
    );
    t.same(
      [
        store.edge("e1"),
        store.record("e1", epoch, 2),
        store.records(0, 9),
        store.collectedUpTo("e1", epoch),
        store.alarms(),
      ],
      [null, null, [], 0, []],
    );
    t.equal(
      store.transaction(() => 4),
      4,
    );
    t.end();
  });

  test(`a store ${name}: records by number, their places in the order of collection`, (t) => {
    const store = open();
    store.addRecord("e1", epoch, 1, bytes(1));
    store.addRecord("e1", epoch, 4, bytes(4));
    store.addRecord("e2", epoch, 1, bytes(9));
    t.same([store.record("e1", epoch, 4), store.record("e1", epoch, 2)], [bytes(4), null]);
    t.same(
      [store.nextHeld("e1", epoch, 0), store.nextHeld("e1", epoch, 1), store.nextHeld("e1", epoch, 4)],
      [1, 4, null],
    );
    store.collect("e2", epoch, 1);
    store.collect("e1", epoch, 1);
    t.throws(() => store.collect("e1", epoch, 4), /in order/);
    store.skipTo("e1", epoch, 3);
    store.collect("e1", epoch, 4);
    t.equal(store.collectedUpTo("e1", epoch), 4);
    t.same(
      store.records(0, 9).map(({ place, edge: of, bytes: [first] }) => [place, of, first]),
      [
        [1, "e2", 9],
        [2, "e1", 1],
        [3, "e1", 4],
      ],
    );
    t.same(
      store.records(1, 1).map(({ place }) => place),
      [2],
    );
    t.throws(() => store.addRecord("e1", epoch, 4, bytes(5)));
    t.end();
  });

  test(`a store ${name}: an alarm is new once, and counted after`, (t) => {
    const store = open();
    t.ok(store.raiseAlarm("records-lost", "e1/1-2", instant(3)));
    t.notOk(store.raiseAlarm("records-lost", "e1/1-2", instant(5)));
    t.ok(store.raiseAlarm("record-conflict", "e1/1-2", instant(6)));
    t.same(store.alarms()[0], { kind: "records-lost", subject: "e1/1-2", firstAt: 3, lastAt: 5, count: 2 });
    t.end();
  });

  test(`a store ${name}: the number of a keyset never falls or stays`, (t) => {
    const store = open();
    store.putKeyset({ ...keyset, number: 2 });
    t.throws(() => store.putKeyset({ ...keyset, number: 2 }), /rises/);
    t.throws(() => store.putKeyset({ ...keyset, number: 1 }), /rises/);
    store.putKeyset({ ...keyset, number: 3 });
    t.equal(store.keyset("e1")!.number, 3);
    t.end();
  });
}

test("what was put is there when the file is opened again, and the epoch with it", (t) => {
  const path = join(folder, "again.db");
  const first = opened(path);
  first.putEdge(edge);
  first.addRecord("e1", epoch, 1, bytes(1));
  first.collect("e1", epoch, 1);
  first.close();
  const second = opened(path);
  t.equal(second.epoch, first.epoch);
  t.same(second.edge("e1"), edge);
  t.same(
    second.records(0, 9).map(({ bytes: of }) => toHex(of)),
    [toHex(bytes(1))],
  );
  second.close();
  t.end();
});

test("a file of version 1 becomes one of this version, and keeps what is in it", (t) => {
  const path = join(folder, "older.db");
  const first = opened(path);
  first.putEdge(edge);
  first.close();
  // In a process of its own: libsql lets go of a file late.
  const script = `
    import Database from "libsql";
    const db = new Database(process.argv[1]);
    db.exec(\`
      DROP TABLE agreements; DROP TABLE checkpoints; DROP TABLE log_checkpoints; DROP TABLE births;
      ALTER TABLE journals DROP COLUMN link; ALTER TABLE audit DROP COLUMN link;
      ALTER TABLE records DROP COLUMN link; ALTER TABLE records DROP COLUMN log_link;
      PRAGMA user_version = 1\`);
    db.close();`;
  execFileSync(process.execPath, ["--input-type=module", "-e", script, path], {
    cwd: fileURLToPath(new URL("../../..", import.meta.url)),
  });
  const second = opened(path);
  t.same(second.edge("e1"), edge);
  t.same(second.agreements("e1"), [{ adoption: 1, agreement: edge.agreement }]);
  second.close();
  const third = opened(path);
  t.equal(third.agreements("e1").length, 1, "and it is not raised again");
  third.close();
  t.end();
});

test("nobody but its owner can read any file of it", (t) => {
  const names = readdirSync(folder);
  t.ok(names.some((name) => name.endsWith("-wal")));
  for (const name of names) t.equal((statSync(join(folder, name)).mode & 0o777).toString(8), "600", name);
  t.end();
});

test("a file that is no database, or of another version, is refused by name", (t) => {
  const store = openStore(join(folder, "none", "x.db"));
  t.match(store, { ok: false, error: { kind: "failed" } });
  t.end();
});
