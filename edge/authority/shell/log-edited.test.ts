/** A real database of the authority, edited by SQL while it is closed: what `lintel log verify` says of it afterwards. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { instant } from "@lintel/protocol/base/units.ts";
import { EMPTY_LINK, nextLink } from "@lintel/protocol/mqtt/chain.ts";
import { encodeRecord } from "@lintel/protocol/mqtt/record-codec.ts";
import t, { test } from "tap";
import { LogVerifier, type Witness } from "../log-verify.ts";
import { StandInEdge, startStandIn } from "../stand-in.ts";
import { openStore, type SqliteStore } from "./store.ts";

const SITE = `
site: { id: hq, name: Head office, timezone: Europe/Berlin, country: DE }
edges: [ { id: e1 } ]
buses: [ { id: b1, edge: e1, port: sim, baud: 9600 } ]
doors: [ { id: front, name: Front door, controller: { bus: b1, address: 0 } } ]
users: []
keys: []
`;

const folder = mkdtempSync(join(tmpdir(), "lintel-log-"));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

function opened(path: string): SqliteStore {
  const store = openStore(path);
  if (!store.ok) throw new Error(store.error.kind);
  return store.value;
}

/** Six records, of which the edge signed five. Answers the end of the log. */
function lived(path: string): Witness {
  const store = opened(path);
  const around = startStandIn(store);
  around.authority.apply(SITE, { widen: false });
  const token = around.authority.issueToken("e1");
  const edge = new StandInEdge("hq", "e1", 11);
  if (!token.ok || !edge.adopt(around, token.value.token)) throw new Error("not adopted");
  const send = (...seqs: readonly number[]) =>
    around.authority.receive(edge.topics.up("evt"), edge.sign("evt", edge.batch(...seqs)));
  send(1, 2, 3, 4, 5);
  const hash = [1, 2, 3, 4, 5].reduce((link, seq) => nextLink(link, encodeRecord(edge.record(seq))), EMPTY_LINK);
  const body = { epoch: edge.epoch, seq: 5, hash, keyset: 0, floor: instant(0) };
  around.authority.receive(edge.topics.up("checkpoint"), edge.sign("checkpoint", body));
  send(6);
  const end = store.logEnd();
  store.close();
  return end;
}

/** In a process of its own: libsql lets go of a file late. */
function alter(path: string, sql: string): void {
  const script = `import Database from "libsql"; const db = new Database(process.argv[1]); db.exec(process.argv[2]); db.close();`;
  execFileSync(process.execPath, ["--input-type=module", "-e", script, path, sql], {
    cwd: fileURLToPath(new URL("../../..", import.meta.url)),
  });
}

const unsigned = "DELETE FROM checkpoints; DELETE FROM log_checkpoints;";
const edits: readonly { name: string; sql: string; witness?: true; says: RegExp | null }[] = [
  { name: "nothing", sql: "SELECT 1", witness: true, says: null },
  {
    name: "a record is given another's content",
    sql: "UPDATE records SET bytes = (SELECT bytes FROM records WHERE place = 3) WHERE place = 2",
    says: /^record 2 does not follow from the one before/,
  },
  { name: "a record is deleted", sql: "DELETE FROM records WHERE place = 3", says: /^record 3 is missing/ },
  {
    name: "a record is deleted, and the others close the gap",
    sql: "DELETE FROM records WHERE place = 3; UPDATE records SET place = place - 1 WHERE place > 3",
    says: /^record 3 does not follow/,
  },
  {
    name: "two records change places",
    sql: `UPDATE records SET place = -1 WHERE place = 2; UPDATE records SET place = 2 WHERE place = 3;
      UPDATE records SET place = 3 WHERE place = -1`,
    says: /^record 2 does not follow/,
  },
  {
    name: "the newest signed records are deleted",
    sql: "DELETE FROM records WHERE place > 4",
    says: /^the log was signed up to record 5; here it ends with 4: the rest was removed/,
  },
  {
    name: "and what the authority signed is deleted with them: the edge knows",
    sql: "DELETE FROM records WHERE place > 4; DELETE FROM log_checkpoints",
    says: /^edge e1 signed its records up to 5; here they end with 4/,
  },
  {
    name: "and all that anybody signed: a witness knows",
    sql: `DELETE FROM records WHERE place > 4; ${unsigned}`,
    witness: true,
    says: /^the witness knows record 6; here the log ends with 4/,
  },
  {
    name: "an audit entry is edited",
    sql: `UPDATE audit SET detail = replace(detail, '"revision":1', '"revision":9') WHERE entry = 1`,
    says: /^audit entry 1 does not follow/,
  },
  { name: "an audit entry is deleted", sql: "DELETE FROM audit WHERE entry = 2", says: /^audit entry 2 is missing/ },
];
for (const [n, { name, sql, witness, says }] of edits.entries()) {
  test(`the database of a log, edited: ${name}`, (t) => {
    const path = join(folder, `${n}.db`);
    const end = lived(path);
    alter(path, sql);
    const store = opened(path);
    const verifier = new LogVerifier({ root: null, witness: witness ? end : null });
    for (const line of startStandIn(store).authority.exportLog()!) verifier.take(line.trimEnd());
    const { faults } = verifier.end();
    store.close();
    if (says === null) t.same(faults, []);
    else
      t.ok(
        faults.some((fault) => says.test(fault)),
        faults.join("\n"),
      );
    t.end();
  });
}
