/**
 * `lintel doctor` beside running processes: well when all is well, each thing that is then broken is found by its name,
 * and no code, key or token that was planted is in what it prints or in its bundle.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { toHex } from "@lintel/protocol/base/bytes.ts";
import type { Finding } from "@lintel/scripts/doctor/findings.ts";
import t, { test } from "tap";
import { type Ran, runLintel } from "../support/lintel-process.rig.ts";
import { CODES, officeSite } from "../support/office-site.rig.ts";
import { RunningSite } from "../support/running-site.rig.ts";

/** A name of a key and one of a door that a careless hand wrote a code into. */
const IN_A_NAME = "618340";

const tokens: string[] = [];
const site = new RunningSite(t);
const front = await site.addDoor("front", "b1");
await site.addDoor("back", "b2");
await site.start(officeSite({ release: "1s" }).replace("Front Desk", `Desk ${IN_A_NAME}`), (token) => {
  tokens.push(token);
  return token;
});

async function doctor(...args: readonly string[]): Promise<Ran & { readonly findings: readonly Finding[] }> {
  const ran = await runLintel(["doctor", "--data", site.data, "--json", ...args]);
  return { ...ran, findings: (JSON.parse(ran.out) as { findings: readonly Finding[] }).findings };
}

const of = (findings: readonly Finding[], check: string) => findings.filter((finding) => finding.check === check);
const statuses = (findings: readonly Finding[], check: string) => of(findings, check).map(({ status }) => status);

test("beside a running site nothing is wrong, and every check speaks", async (t) => {
  const { code, findings } = await doctor();
  t.equal(code, 0, JSON.stringify(findings.filter(({ status }) => status === "wrong")));
  t.match(of(findings, "ports"), [
    { status: "ok", cause: `b1: ${site.line("b1").path}` },
    { status: "ok", cause: `b2: ${site.line("b2").path}` },
  ]);
  t.match(of(findings, "controllers"), [
    { status: "ok", cause: "front: Controller b1/0 is online" },
    { status: "ok", cause: "back: Controller b2/0 is online" },
  ]);
  t.match(of(findings, "broker"), [{ status: "ok", cause: /mqtt:\/\/127\.0\.0\.1:\d+, the edge is logged in/ }]);
  t.match(of(findings, "edge"), [{ status: "ok", cause: /edge e1 of site hq, keyset \d+/ }]);
  t.match(of(findings, "runtime"), [{ status: "ok" }]);
  t.ok(of(findings, "disk").length > 0 && of(findings, "clock").length > 0);
  const human = await runLintel(["doctor", "--data", site.data]);
  t.equal(human.code, 0);
  t.match(human.out, /^ok {5}controllers {2}front: Controller b1\/0 is online$/m);
  t.equal(await front.enter(CODES.desk), 1, "and nobody was disturbed");
});

test("the bundle holds what helps, and nothing that opens a door", async (t) => {
  await front.locked();
  for (const digits of [CODES.wrong, CODES.once, CODES.expired]) await front.enter(digits);
  await front.locked();
  const path = join(site.folder, "bundle.json");
  const ran = await runLintel(["doctor", "--data", site.data, "--bundle", path]);
  t.equal(ran.code, 0);
  t.equal(statSync(path).mode & 0o777, 0o600);
  const text = readFileSync(path, "utf8");
  const bundle = JSON.parse(text);
  t.match(bundle, {
    lintel: /^\d/,
    machine: { node: process.versions.node, tz: String },
    status: { edge: "e1", doors: [{ id: "front", online: true }, { id: "back" }] },
    findings: Array,
  });
  t.ok(bundle.records.some(({ event }: { event: string }) => event === "denied"));
  t.ok(bundle.records.some(({ event }: { event: string }) => event === "granted"));
  const files = ["authority", "edge"].map((part) => readFileSync(`${site.data}-keyvault/${part}.json`, "utf8"));
  const keys = files.flatMap((file) => file.match(/[0-9a-f]{64}/g)!);
  const bearer = JSON.parse(readFileSync(join(site.data, "authority", "process.json"), "utf8")).token as string;
  const scbks = [...site.doors.values()].map(({ scbk }) => scbk.use(toHex));
  const planted = [...Object.values(CODES), IN_A_NAME, ...keys, bearer, ...scbks, ...tokens];
  t.ok(keys.length >= 8 && tokens.length === 1 && scbks.length === 2, "there is something to look for");
  const searched = (text + ran.out + ran.err).toLowerCase();
  for (const [at, secret] of planted.entries()) t.notOk(searched.includes(secret.toLowerCase()), `secret ${at}`);
  const again = await runLintel(["doctor", "--data", site.data, "--bundle", path]);
  t.match(again, { code: 2, err: /there is such a file already; name a new one/ });
  t.equal(readFileSync(path, "utf8"), text);
});

test("a pulled cable: its port and its Controller are wrong, the other door is not", async (t) => {
  const told = site.edge.lines.length;
  site.line("b1").unplug();
  await site.edge.line("offline", ({ event, door, online }) => event === "link" && door === "front" && !online, {
    from: told,
  });
  const { code, findings } = await doctor();
  t.equal(code, 1);
  t.match(of(findings, "ports"), [
    { status: "wrong", cause: /^b1: .* is not there/, remedy: /plug/ },
    { status: "ok" },
  ]);
  t.match(of(findings, "controllers"), [{ status: "wrong", cause: /^front: .* is offline/ }, { status: "ok" }]);
});

test("ports named by hand are looked at too", async (t) => {
  const { findings } = await doctor("--bus", "b7=/dev/null", "--bus", `b8=${site.line("b2").path}`);
  const named = (bus: string) => of(findings, "ports").find(({ cause }) => cause.startsWith(`${bus}:`));
  t.match(named("b7"), { status: "wrong", cause: /not a serial port/ });
  t.match(named("b8")?.cause, new RegExp(`b8: .*${site.line("b2").path}`));
  t.equal((await runLintel(["doctor", "--bus", "b7"])).code, 2);
});

test("an authority that ended: the broker cannot be reached; an edge that stands still: said within seconds", async (t) => {
  await site.authority.kill();
  await site.edge.line("noticed", ({ event, connected }) => event === "authority" && connected === false);
  const away = await doctor();
  t.equal(away.code, 1);
  t.match(of(away.findings, "broker"), [{ status: "wrong", cause: /ECONNREFUSED.*doors go on/, remedy: /start/ }]);
  site.edge.signal("SIGSTOP");
  const still = await doctor();
  site.edge.signal("SIGCONT");
  t.equal(still.code, 1);
  t.match(of(still.findings, "edge"), [{ status: "wrong", cause: /no answer within 4 s/ }]);
  t.same(statuses(still.findings, "runtime"), ["ok"], "what does not ask it is answered");
  t.ok(still.ms < 15_000);
});

test("an edge that does not run is wrong where one ran, and nothing to speak of where none did", async (t) => {
  await site.edge.kill();
  const { code, findings } = await doctor();
  t.equal(code, 1);
  t.match(of(findings, "edge"), [{ status: "wrong", cause: /does not run/, remedy: /lintel edge --data/ }]);
  t.match(statuses(findings, "controllers"), ["skipped"]);
  const nowhere = join(site.folder, "nowhere");
  const { out, code: well } = await runLintel(["doctor", "--data", nowhere, "--json"]);
  t.equal(well, 0);
  t.match(of(JSON.parse(out).findings, "disk"), [{ status: "warning", cause: /no data folder/ }]);
  t.notOk(existsSync(nowhere), "and none is made");
});
