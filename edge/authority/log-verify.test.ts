/** An export of the log: whole it verifies, whatever is done to it is found; and what is done in the database, too. */
import { toHex } from "@lintel/protocol/base/bytes.ts";
import { instant } from "@lintel/protocol/base/units.ts";
import { EMPTY_LINK, nextLink } from "@lintel/protocol/mqtt/chain.ts";
import { signingPublicKey } from "@lintel/protocol/mqtt/envelope.ts";
import { encodeRecord } from "@lintel/protocol/mqtt/record-codec.ts";
import fc from "fast-check";
import { test } from "tap";
import { makeKeys } from "./keys.ts";
import { LIMITS } from "./limits.ts";
import { logLink } from "./log-chain.ts";
import { readLogLine, writeLogLine } from "./log-lines.ts";
import { LogVerifier, type VerifyOptions } from "./log-verify.ts";
import { countedBytes, type StandIn, StandInEdge, startStandIn } from "./stand-in.ts";

const SITE = `
site: { id: hq, name: Head office, timezone: Europe/Berlin, country: DE }
edges: [ { id: e1 }, { id: e2 } ]
buses: [ { id: b1, edge: e1, port: sim, baud: 9600 } ]
doors: [ { id: front, name: Front door, controller: { bus: b1, address: 0 } } ]
users: []
keys: []
`;

function send(around: StandIn, edge: StandInEdge, oldest: number, ...seqs: readonly number[]): void {
  const batch = { ...edge.batch(...seqs), oldest };
  around.authority.receive(edge.topics.up("evt"), edge.sign("evt", batch));
}

function signUpTo(around: StandIn, edge: StandInEdge, seq: number): void {
  let hash = EMPTY_LINK;
  for (let at = 1; at <= seq; at += 1) hash = nextLink(hash, encodeRecord(edge.record(at)));
  const body = { epoch: edge.epoch, seq, hash, keyset: 0, floor: instant(0) };
  around.authority.receive(edge.topics.up("checkpoint"), edge.sign("checkpoint", body));
}

/** Two edges with records in turn, both signed in the middle; the second lost some for ever. */
function lived(): { around: StandIn; lines: readonly string[] } {
  const around = startStandIn();
  around.authority.apply(SITE, { widen: false });
  const [one, two] = [new StandInEdge("hq", "e1", 11), new StandInEdge("hq", "e2", 12)];
  for (const edge of [one, two]) {
    const token = around.authority.issueToken(edge.edge);
    if (!token.ok || !edge.adopt(around, token.value.token)) throw new Error("not adopted");
  }
  send(around, one, 1, 1, 2, 3);
  send(around, two, 1, 1);
  signUpTo(around, one, 3);
  send(around, one, 1, 4, 5);
  send(around, two, 4, 4);
  signUpTo(around, two, 4);
  send(around, two, 4, 5);
  signUpTo(around, two, 5);
  return { around, lines: linesOf(around) };
}

function linesOf(around: StandIn): readonly string[] {
  return [...around.authority.exportLog()!].map((line) => line.replace(/\n$/, ""));
}

function faults(lines: readonly string[], over: Partial<VerifyOptions> = {}): readonly string[] {
  return verdict(lines, over).faults;
}

function verdict(lines: readonly string[], over: Partial<VerifyOptions> = {}) {
  const verifier = new LogVerifier({ root: null, witness: null, ...over });
  for (const line of lines) verifier.take(line);
  return verifier.end();
}

const { around, lines } = lived();
const at = (start: string) => lines.findIndex((line) => line.startsWith(start));
const place = (n: number) => at(`{"place":${n},`);
const without = (n: number, count = 1) => [...lines.slice(0, n), ...lines.slice(n + count)];
const withLine = (n: number, line: string) => [...lines.slice(0, n), line, ...lines.slice(n + 1)];
const root = signingPublicKey(makeKeys(countedBytes(2)).root);

test("a whole export verifies, and says where it ends", (t) => {
  const end = around.store.logEnd();
  const audit = around.store.auditEnd().entry;
  const whole = { faults: [], records: 8, audit, end: { place: end.place, link: end.link }, root: toHex(root) };
  t.same(verdict(lines), whole);
  t.same(verdict(lines, { root, witness: { place: 8, link: end.link } }), whole);
  t.match(JSON.parse(lines[place(1)]!), { place: 1, edge: "e1", record: { event: "opened", door: "front" } });
  t.equal(lines.join("\n").includes('"covert"'), false);
  t.equal(linesOf(startStandInWithSite()).length, 3, "an authority with nothing in its log: header, audit, end");
  t.equal(startStandIn().authority.exportLog(), null);
  t.end();
});

function startStandInWithSite(): StandIn {
  const fresh = startStandIn();
  fresh.authority.apply(SITE, { widen: false });
  return fresh;
}

const changed: readonly { name: string; lines: readonly string[]; over?: Partial<VerifyOptions>; says: RegExp }[] = [
  { name: "a record is taken out", lines: without(place(5)), says: /^record 5 is missing/ },
  { name: "two records are taken out", lines: without(place(4), 2), says: /^record 4 to 5 are missing/ },
  {
    name: "two records are swapped",
    lines: withLine(place(2), lines[place(3)]!).map((line, n) => (n === place(3) ? lines[place(2)]! : line)),
    says: /^record 2 is missing.*moved/,
  },
  { name: "a record is repeated", lines: [...lines.slice(0, place(3)), ...lines.slice(place(2))], says: /repeated/ },
  {
    name: "what a record reads as is edited",
    lines: withLine(place(2), lines[place(2)]!.replace("opened", "closed")),
    says: new RegExp(`^line ${place(2) + 1} is no line of an export, or was changed`),
  },
  {
    name: "a record is another's",
    lines: withLine(place(2), lines[place(3)]!.replace('"place":3', '"place":2')),
    says: /^record 2 does not follow/,
  },
  {
    name: "the last record is taken out",
    lines: without(place(8)),
    says: /edge e2 signed|signed with 8 records; here are 7/,
  },
  { name: "the end is taken off", lines: lines.slice(0, -1), says: /^the export ends early/ },
  {
    name: "it is cut off within the records",
    lines: lines.slice(0, place(4)),
    says: /^the export ends early, behind record 3/,
  },
  { name: "something is added behind the end", lines: [...lines, lines[place(1)]!], says: /behind the end/ },
  { name: "an audit entry is taken out", lines: without(at('{"entry":2,')), says: /^audit entry 2 is missing/ },
  {
    name: "an audit entry is edited",
    lines: withLine(at('{"entry":1,'), lines[at('{"entry":1,')]!.replace('"revision":1', '"revision":2')),
    says: /^audit entry 1 does not follow/,
  },
  { name: "the header is taken off", lines: lines.slice(1), says: /header/ },
  { name: "it is another authority's", lines, over: { root: new Uint8Array(32) }, says: /of another authority/ },
  {
    name: "a witness knows another record",
    lines,
    over: { witness: { place: 3, link: "ab".repeat(32) } },
    says: /^record 3 of the log: the witness knows another/,
  },
  {
    name: "a witness knows more",
    lines,
    over: { witness: { place: 9, link: "ab".repeat(32) } },
    says: /^the witness knows record 9; here the log ends with 8/,
  },
  { name: "it is nothing", lines: [], says: /^the export ends early/ },
];
for (const { name, lines, over, says } of changed) {
  test(`it is found when ${name}`, (t) => {
    t.ok(
      faults(lines, over).some((fault) => says.test(fault)),
      faults(lines, over).join("\n"),
    );
    t.end();
  });
}

test("whatever is edited, removed, repeated, moved or cut off is found", (t) => {
  // Checkpoints may be fewer: that proves less, and says nothing false. Edited they are found like all else.
  const proofs = lines.findIndex((line) => line.startsWith('{"place"'));
  const rest = fc.integer({ min: proofs, max: lines.length - 1 });
  const change = fc.oneof(
    fc.tuple(fc.constant("edit" as const), fc.integer({ min: 0, max: lines.length - 1 }), fc.nat(), fc.nat(94)),
    fc.tuple(fc.constant("remove" as const), rest, fc.integer({ min: 1, max: 5 }), fc.constant(0)),
    fc.tuple(fc.constant("move" as const), rest, rest, fc.constant(0)),
    fc.tuple(fc.constant("repeat" as const), rest, fc.constant(0), fc.constant(0)),
    fc.tuple(
      fc.constant("cut" as const),
      fc.integer({ min: 0, max: lines.length - 1 }),
      fc.constant(0),
      fc.constant(0),
    ),
  );
  let changes = 0;
  fc.assert(
    fc.property(change, ([kind, n, more, character]) => {
      const next = [...lines];
      if (kind === "edit") {
        const text = lines[n]!;
        const spot = more % text.length;
        next[n] = text.slice(0, spot) + String.fromCharCode(32 + character) + text.slice(spot + 1);
      } else if (kind === "remove") next.splice(n, more);
      else if (kind === "move") next.splice(more, 0, ...next.splice(n, 1));
      else if (kind === "repeat") next.splice(n, 0, lines[n]!);
      else next.splice(n);
      if (next.join("\n") === lines.join("\n")) return true;
      changes += 1;
      return faults(next).length > 0;
    }),
    { numRuns: 300 },
  );
  t.ok(changes > 200, `${changes} changes`);
  t.end();
});

test("who edits a record and makes every link anew is told by what edges and authority signed", (t) => {
  let link = EMPTY_LINK;
  const relinked = lines.map((text) => {
    const line = readLogLine(text);
    if (line?.kind !== "record") return text;
    const edited = new StandInEdge("hq", "e1", 11).record(2, { event: "closed" });
    const bytes = line.row.place === 2 ? encodeRecord(edited) : line.row.bytes;
    link = logLink(link, { edge: line.row.edge, bytes });
    return writeLogLine({ kind: "record", row: { ...line.row, bytes, link } });
  });
  const found = faults(relinked);
  t.ok(found.includes("record 3 of edge e1: the edge signed another journal up to here"), found.join("\n"));
  t.ok(found.includes("record 4 of the log: the authority signed another history up to here"), found.join("\n"));
  t.notOk(
    found.some((fault) => /does not follow/.test(fault)),
    "its links do fit",
  );
  t.end();
});

test("a checkpoint by a key that was never adopted proves nothing", (t) => {
  const line = lines.findIndex((text) => text.startsWith('{"checkpoint"'));
  const stranger = new StandInEdge("hq", "e1", 66);
  const { signing } = stranger.publicKeys;
  const body = { epoch: stranger.epoch, seq: 1, hash: "ab".repeat(32), keyset: 0, floor: instant(0) };
  const message = Buffer.from(stranger.sign("checkpoint", body)).toString("base64url");
  const forged = JSON.stringify({ checkpoint: message, edge: "e1", signing: toHex(signing) });
  t.ok(faults(withLine(line, forged)).some((fault) => /a key that was never adopted/.test(fault)));
  t.end();
});

test("no more faults are told than a person reads", (t) => {
  t.equal(faults(Array.from({ length: 100 }, () => "{}")).length, LIMITS.logFaults);
  t.end();
});
