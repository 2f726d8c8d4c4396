/** `lintel authority` as a process of its own, and the commands that talk to it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { SecretText } from "@lintel/protocol/base/secret.ts";
import { decodeToken } from "@lintel/protocol/mqtt/adoption.ts";
import t, { test } from "tap";
import { run } from "../lintel.ts";

const LINTEL = fileURLToPath(new URL("../bin/lintel.mjs", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "lintel-commands-"));
const data = join(root, "data");
const children: ChildProcess[] = [];
t.teardown(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(root, { recursive: true, force: true });
});

const SITE = `
site: { id: hq, name: Head office, timezone: Europe/Berlin, country: DE }
edges: [ { id: e1 } ]
buses: [ { id: b1, edge: e1, port: sim, baud: 9600 } ]
doors: [ { id: front, name: Front door, controller: { bus: b1, address: 0 } } ]
users: [ { id: u1, name: Front Desk } ]
keys: [ { id: k1, user: u1, doors: [front], restriction: none, pin: "274936", enabled: false } ]
`;

function written(name: string, text: string): string {
  const path = join(root, name);
  writeFileSync(path, text);
  return path;
}
const site = written("site.yaml", SITE);
const wider = written("wider.yaml", SITE.replace("enabled: false", "enabled: true"));
const faulty = written("faulty.yaml", SITE.replace("none", "often"));
const other = written("other.yaml", SITE.replace("id: hq", "id: lab"));
const noYaml = written("no.yaml", "site: {");

/** Runs a command line in this process, as the `lintel` command would. */
async function lintel(...args: readonly string[]) {
  const printed = { out: "", err: "" };
  const io = {
    stdin: process.stdin,
    out: (text: string) => {
      printed.out += text;
    },
    err: (text: string) => {
      printed.err += text;
    },
    env: { LINTEL_DATA: data },
  };
  return { exit: await run(args, io), ...printed };
}

async function start(...args: readonly string[]) {
  const child = spawn(
    process.execPath,
    [LINTEL, "authority", "--data", data, "--http", "0", "--mqtt-port", "0", "--json", ...args],
    {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, LINTEL_ENDS_WITH_STDIN: "1" },
    },
  );
  children.push(child);
  const lines = createInterface({ input: child.stdout! });
  const [line] = (await once(lines, "line")) as [string];
  return { child, ready: JSON.parse(line) as Record<string, unknown> };
}

for (const args of [
  ["site", "apply", site],
  ["site", "diff", site],
  ["site", "export"],
  ["edge", "token", "e1"],
  ["log"],
  ["log", "export"],
  ["log", "verify"],
]) {
  test(`lintel ${args.slice(0, 2).join(" ")} with no authority running: exit 3 and one sentence`, async (t) => {
    const { exit, out, err } = await lintel(...args);
    t.equal(exit, 3);
    t.equal(out, "");
    t.match(err, /^lintel [a-z ]+: no authority runs on .*start it with 'lintel authority --data .*\n$/);
  });
}

const wrong: readonly { name: string; args: readonly string[]; says: RegExp }[] = [
  { name: "a port that is none", args: ["authority", "--http", "70000"], says: /--http 70000: a port/ },
  { name: "an unknown option", args: ["authority", "--port", "1"], says: /--port/ },
  { name: "no file", args: ["site", "apply"], says: /which file/ },
  { name: "a file that is not there", args: ["site", "apply", join(root, "none.yaml")], says: /none\.yaml/ },
  { name: "two files", args: ["site", "diff", site, site], says: /unexpected argument/ },
  { name: "a root that is no key", args: ["log", "verify", "--root", "ab"], says: /--root: expected a public key/ },
  { name: "a witness that is none", args: ["log", "verify", "--witness", "3"], says: /--witness: expected PLACE:LINK/ },
  {
    name: "an export that is not there",
    args: ["log", "verify", join(root, "none.log")],
    says: /cannot read .*none\.log/,
  },
  { name: "no edge", args: ["edge", "token"], says: /which edge/ },
  { name: "an edge that is no id", args: ["edge", "token", "E1"], says: /no id/ },
];
for (const { name, args, says } of wrong) {
  test(`lintel ${args.slice(0, 2).join(" ")}: ${name}: exit 2`, async (t) => {
    const { exit, err } = await lintel(...args);
    t.equal(exit, 2);
    t.match(err, says);
  });
}

test("a faulty file is refused without asking anybody: exit 2, its problems as check prints them", async (t) => {
  const checked = await lintel("check", "--site", faulty);
  for (const words of ["apply", "diff"]) {
    const { exit, out } = await lintel("site", words, faulty);
    t.equal(exit, 2);
    t.equal(out, checked.out);
    t.match(out, /faulty\.yaml:7:\d+: error: keys\[0\]\.restriction: /);
  }
  t.match(JSON.parse((await lintel("site", "apply", faulty, "--json")).out), [
    { severity: "error", file: faulty, path: "keys[0].restriction" },
  ]);
  t.equal((await lintel("site", "apply", noYaml)).exit, 2);
});

test("the authority as a process: found by its folder, ended within a second, found no more", async (t) => {
  const { child, ready } = await start();
  t.match(ready, { event: "ready", http: /^http:\/\/127\.0\.0\.1:\d+$/, mqtt: /^mqtt:\/\/127\.0\.0\.1:\d+$/, data });
  t.match(await lintel("site", "export"), { exit: 3, err: /No site is applied yet/ });
  t.match(await lintel("log"), { exit: 0, out: "" });

  t.match(await lintel("site", "diff", site), { exit: 0, out: /key k1 \(Front Desk\) is new/ });
  const applied = await lintel("site", "apply", site);
  t.match(applied, { exit: 0, out: /key k1 \(Front Desk\) is new/ });
  t.match(await lintel("site", "apply", site), { exit: 0, out: "no difference\n" });

  t.match(await lintel("site", "apply", wider), { exit: 1, out: /^widens: /, err: /nothing was changed.*--widen/ });
  t.match(JSON.parse((await lintel("site", "apply", wider, "--json")).out), {
    applied: false,
    changes: [{ widens: true }],
  });
  t.match(JSON.parse((await lintel("site", "diff", wider, "--json")).out), [
    { path: "keys[k1].enabled", widens: true },
  ]);
  t.match(JSON.parse((await lintel("site", "apply", wider, "--widen", "--json")).out), {
    applied: true,
    revision: 2,
    keysets: [],
  });
  t.match(await lintel("site", "apply", other), { exit: 2, out: /other\.yaml:2:\d+: error: site\.id: lab/ });

  const file = join(root, "exported.yaml");
  t.match(await lintel("site", "export", file), { exit: 0, out: "" });
  t.equal(statSync(file).mode & 0o777, 0o600);
  t.match(readFileSync(file, "utf8"), /pin: kept/);
  t.match(await lintel("site", "apply", file), { exit: 0, out: "no difference\n" });
  t.match(await lintel("site", "export", "--with-codes"), { exit: 0, out: /274936/ });
  t.match(await lintel("site", "export", join(root, "no", "folder.yaml")), { exit: 2, err: /cannot write/ });

  const token = await lintel("edge", "token", "e1");
  t.equal(token.exit, 0);
  t.match(decodeToken(new SecretText(token.out.trim())), {
    ok: true,
    value: { site: "hq", edge: "e1", broker: ready.mqtt },
  });
  t.match(JSON.parse((await lintel("edge", "token", "e1", "--json")).out), {
    edge: "e1",
    token: String,
    expires: /Z$/,
  });
  t.match(await lintel("edge", "token", "e2"), { exit: 2, err: /no edge e2.*e1/ });

  const log = join(root, "log.jsonl");
  t.match(await lintel("log", "verify"), { exit: 0, out: /nothing was changed since it was signed/ });
  t.match(await lintel("log", "export", log), { exit: 0, out: "" });
  t.equal(statSync(log).mode & 0o777, 0o600);

  const began = performance.now();
  child.kill("SIGTERM");
  const [code] = await once(child, "exit");
  t.equal(code, 0);
  t.ok(performance.now() - began < 1000, "within a second");
  t.notOk(existsSync(join(data, "authority", "process.json")));
  t.equal((await lintel("log")).exit, 3);

  const verified = JSON.parse((await lintel("log", "verify", log, "--json")).out);
  t.match(verified, { faults: [], records: 0, root: /^[0-9a-f]{64}$/ });
  t.match(await lintel("log", "verify", log, "--root", verified.root), { exit: 0 });
  t.match(await lintel("log", "verify", log, "--root", "00".repeat(32)), { exit: 1, out: /of another authority/ });
  const edited = written(
    "edited.jsonl",
    readFileSync(log, "utf8").replace('"what":"site-applied"', '"what":"site-widened"'),
  );
  t.match(await lintel("log", "verify", edited), { exit: 1, out: /^audit entry 1 does not follow/ });
});

test("lintel log --follow goes on until the authority ends, and says that it did: exit 3", async (t) => {
  const { child } = await start();
  const following = lintel("log", "--follow");
  await lintel("log");
  child.kill("SIGTERM");
  t.match(await following, { exit: 3, err: /has ended|no authority runs/ });
});

test("killed, it leaves a process.json behind that nobody believes, and nothing that stops the next", async (t) => {
  const first = await start();
  first.child.kill("SIGKILL");
  await once(first.child, "exit");
  t.ok(existsSync(join(data, "authority", "process.json")));
  t.match(await lintel("log"), { exit: 3, err: /no authority runs/ });
  const second = await start();
  t.match(await lintel("site", "export"), { exit: 0, out: /id: hq/ });
  // With the parent's end of its input closed it ends by itself, where it was asked to.
  second.child.stdin!.end();
  const [code] = await once(second.child, "exit");
  t.equal(code, 0);
});

test("a second authority on the same folder: exit 3 and no stack trace", async (t) => {
  const first = await start();
  const second = await lintel("authority", "--data", data, "--http", "0", "--mqtt-port", "0");
  t.equal(second.exit, 3);
  t.match(second.err, /^lintel authority: another authority already runs on .*\n$/);
  first.child.kill("SIGINT");
  const [code] = await once(first.child, "exit");
  t.equal(code, 0);
});
