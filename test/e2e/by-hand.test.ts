/**
 * The whole way by hand, each step a process as a person types it: authority, site, edge, token, adoption, a Controller
 * on a pseudo-terminal, pairing, a code. And what each command answers when it is typed at the wrong moment: exit codes
 * of design 5.1.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Secret, SecretText } from "@lintel/protocol/base/secret.ts";
import { decodeToken, encodeToken } from "@lintel/protocol/mqtt/adoption.ts";
import t, { test } from "tap";
import { LintelProcess, runLintel } from "../support/lintel-process.rig.ts";
import { CODES, officeSite } from "../support/office-site.rig.ts";
import { ownFolder } from "../support/running-site.rig.ts";

const folder = ownFolder(t);
const data = join(folder, "data");
const other = join(folder, "other");
const started: LintelProcess[] = [];
t.teardown(() => Promise.all(started.map((part) => part.kill())));

/** Ended with the file, at the latest. */
function start(...args: string[]): LintelProcess {
  const part = new LintelProcess([...args, "--json"]);
  started.push(part);
  return part;
}

const lintel = (...args: string[]) => runLintel([...args, "--data", data]);
const adopt = (token: string, where = data) => runLintel(["edge", "adopt", "-", "--data", where], `${token}\n`);

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const SITE = officeSite();
const office = file("office.yaml", SITE);
/** A door more for a key: it opens more than before. */
const wider = file("wider.yaml", SITE.replace("doors: [back]", "doors: [front, back]"));
const narrower = file("narrower.yaml", SITE.replace("doors: [back]", "doors: [back], enabled: false"));
const faulty = file("faulty.yaml", SITE.replace(`"${CODES.desk}"`, '"27493"'));
const NOT_A_TOKEN = "bm90IGEgdG9rZW4";

const [noToken, noApply, noAdopt, noPair, garbage] = await Promise.all([
  lintel("edge", "token", "e1"),
  lintel("site", "apply", office),
  adopt(encodeToken(someToken()).use((text) => text)),
  lintel("door", "pair", "front"),
  adopt(NOT_A_TOKEN),
]);
const authority = start("authority", "--data", data, "--http", "0", "--mqtt-port", "0");
const sim = start("sim", "--port", "pty", "--address", "0", "--install", "--baud", "38400");
const port = String((await sim.line("its port", ({ event }) => event === "port")).path);
const edge = start("edge", "--data", data, "--bus", `b1=${port}`);
const second = start("edge", "--data", other);
await Promise.all([authority.ready(), edge.ready(), second.ready()]);

const early = [
  { name: "a token, and no authority runs: 3", ran: noToken, code: 3, says: /no authority runs/ },
  { name: "a site is applied, and no authority runs: 3", ran: noApply, code: 3, says: /no authority runs/ },
  { name: "an adoption, and no edge runs: 3", ran: noAdopt, code: 3, says: /no edge runs/ },
  { name: "a pairing, and no edge runs: 3", ran: noPair, code: 3, says: /no edge runs/ },
  { name: "an adoption with what is no token: 2", ran: garbage, code: 2, says: /no adoption token/ },
];

for (const { name, ran, code, says } of early) {
  test(name, (t) => {
    t.match(ran, { code, err: says, out: "" });
    t.end();
  });
}

function someToken() {
  const [secret, rootHash] = [new Secret(new Uint8Array(32).fill(7)), new Uint8Array(32).fill(8)];
  return { site: "hq", edge: "e1", broker: "mqtt://127.0.0.1:1", secret, rootHash };
}

test("each says first that it serves, and where", async (t) => {
  t.match(await authority.ready(), { http: /^http:\/\/127\.0\.0\.1:\d+$/, mqtt: /^mqtt:\/\/127\.0\.0\.1:\d+$/, data });
  t.match(await edge.ready(), { adopted: false, edge: null, data });
  t.equal(authority.lines[0]!.event, "ready");
  t.equal(edge.lines[0]!.event, "ready");
});

test("a site is applied: a missing file and a faulty one are 2 and change nothing, a good one is 0", async (t) => {
  const [missing, wrong, early] = await Promise.all([
    lintel("site", "apply", join(folder, "nowhere.yaml")),
    lintel("site", "apply", faulty),
    lintel("edge", "token", "e1"),
  ]);
  t.match(missing, { code: 2, err: /nowhere\.yaml/ });
  t.match(wrong, { code: 2 });
  t.match(wrong.out + wrong.err, /faulty\.yaml:\d+:\d+: .*pin/);
  t.match(early, { code: 2 }, "no site, no edge in it");
  const applied = await lintel("site", "apply", office, "--json");
  t.equal(applied.code, 0, applied.err);
  t.match(JSON.parse(applied.out), { applied: true, revision: 1 });
});

let token = "";

test("a token: 2 for an edge that the site does not have, 0 for one that it has", async (t) => {
  t.match(await lintel("edge", "token", "e9"), { code: 2, err: /e9/, out: "" });
  const ran = await lintel("edge", "token", "e1");
  t.equal(ran.code, 0);
  token = ran.out.trim();
  t.ok(decodeToken(new SecretText(token)).ok);
});

test("adoption: 2 for garbage, 4 for a wrong token, 0 for the right one, 4 for a used one", async (t) => {
  const read = decodeToken(new SecretText(token));
  if (!read.ok) throw new Error(read.error.kind);
  const forged = encodeToken({ ...read.value, secret: someToken().secret }).use((text) => text);
  const [cut, wrong] = await Promise.all([adopt(token.slice(0, -5)), adopt(forged)]);
  t.match(cut, { code: 2, err: /no adoption token/, out: "" });
  t.match(wrong, { code: 4, out: "" });
  const right = await adopt(token);
  t.match(right, { code: 0, out: /e1/ }, right.err);
  await edge.line(
    "its keyset",
    ({ event, number, state }) => event === "keyset" && number === 1 && state === "applied",
  );
  const used = await Promise.all([adopt(token), adopt(token, other)]);
  t.same(
    used.map(({ code, out }) => [code, out]),
    [
      [4, ""],
      [4, ""],
    ],
    "neither by the same edge nor by another",
  );
  t.notOk(second.lines.some(({ event }) => event === "adopted"));
  for (const { err } of [cut, wrong, right, ...used]) t.notOk(err.includes(token), "no token is printed");
});

test("a code opens the door of a Controller that was paired by a command", async (t) => {
  t.match(await lintel("door", "pair", "front"), { code: 0 });
  await edge.line("online", ({ event, online }) => event === "link" && online === true);
  sim.say(`press ${CODES.backOnly}#\n`);
  const denied = await edge.line("a refusal", ({ event, record }) => event === "record" && record.event === "denied");
  t.match(denied.record, { key: "backonly", reasons: ["wrong-door"] });
  sim.say(`press ${CODES.desk}#\n`);
  const relay = await sim.line("the relay", ({ event }) => event === "relay");
  t.match(relay, { output: 0, on: true, for: 1000 });
  await sim.line("locked", ({ event, on }) => event === "relay" && on === false);
});

test("a change that opens more: 1 and nothing is changed; with --widen 0, and the door opens by it", async (t) => {
  const before = await lintel("site", "export");
  const refused = await lintel("site", "apply", wider, "--json");
  t.equal(refused.code, 1);
  t.match(refused.err, /--widen/);
  t.match(JSON.parse(refused.out), { applied: false, changes: [{ widens: true }] });
  t.same((await lintel("site", "export")).out, before.out, "nothing was changed");
  t.notOk(edge.lines.some(({ event, number }) => event === "keyset" && number === 2));
  const applied = await lintel("site", "apply", wider, "--widen", "--json");
  t.equal(applied.code, 0);
  t.match(JSON.parse(applied.out), { applied: true, revision: 2, keysets: [{ edge: "e1", number: 2 }] });
  await edge.line("keyset 2", ({ event, number, state }) => event === "keyset" && number === 2 && state === "applied");
  const from = sim.lines.length;
  sim.say(`press ${CODES.backOnly}#\n`);
  t.match(await sim.line("the relay", ({ event, on }) => event === "relay" && on === true, { from }), { output: 0 });
});

test("a change that only narrows needs nothing, and is in force at the door", async (t) => {
  const ran = await lintel("site", "apply", narrower, "--json");
  t.equal(ran.code, 0, ran.err);
  await edge.line("keyset 3", ({ event, number, state }) => event === "keyset" && number === 3 && state === "applied");
  const [from, seen] = [edge.lines.length, sim.lines.length];
  sim.say(`press ${CODES.backOnly}#\n`);
  const isDenied = ({ event, record }: { event: string; record?: { event: string } }) =>
    event === "record" && record?.event === "denied";
  t.match((await edge.line("a refusal", isDenied, { from })).record, { key: "backonly" });
  t.same(
    sim.lines.slice(seen).filter(({ event, on }) => event === "relay" && on === true),
    [],
  );
});
