/**
 * What a person can get wrong, tried on the command itself: one sentence with the remedy, the exit code of its table
 * (docs/errors.md), no stack trace. Its neighbour bad-data.test.ts does so with data folders and databases.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { openVirtualPair } from "@lintel/hardware/serial/virtual-pair.ts";
import t, { test } from "tap";
import {
  AS_ROOT,
  BOTH,
  DEMO,
  Folders,
  LINTEL,
  NOBODY,
  PARTS,
  PLAIN,
  sentence,
  serving,
} from "../support/bad-input.rig.ts";
import { LintelProcess, runLintel } from "../support/lintel-process.rig.ts";

const folders = new Folders(t);

for (const option of ["--http", "--mqtt-port"]) {
  test(`a taken network port for ${option}`, async (t) => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const ports = ["--http", "0", "--mqtt-port", "0", option, String(port)];
    const ran = await runLintel(["authority", "--data", folders.fresh(), ...ports]);
    sentence(t, ran, 3, new RegExp(`port ${port} of 127.0.0.1 is taken; choose another with ${option} PORT`));
    const up = await serving(["up", DEMO, "--data", folders.fresh(), ...ports]);
    sentence(t, up, 3, new RegExp(`the authority did not start: port ${port} .*${option}`));
    other.close();
  });
}

test("up says what a part says, once, with its exit code", async (t) => {
  const file = folders.fresh();
  writeFileSync(file, "");
  const ran = await serving(["up", DEMO, "--data", file]);
  sentence(t, ran, 2, /^lintel up: the (authority|edge) did not start: cannot use .*choose another --data\n$/);
});

test("a site file with mistakes: every one with its place, exit 2, nothing begun", async (t) => {
  const data = folders.fresh();
  const faulty = join(folders.root, "faulty.yaml");
  writeFileSync(faulty, readFileSync(DEMO, "utf8").replace(/timezone: \S+,/, "timezone: Moon/Base,"));
  for (const command of [
    ["up", faulty],
    ["site", "apply", faulty],
    ["explain", "--site", faulty, "--door", "front", "--at", "2026-11-23T12:00:00Z", "--code", "274936"],
  ]) {
    const ran = await runLintel([...command, ...(command[0] === "explain" ? [] : ["--data", data])]);
    t.equal(ran.code, 2, command.join(" "));
    t.match(ran.out + ran.err, /faulty\.yaml:\d+:\d+: error: site\.timezone: /);
    t.notMatch(ran.err, /\n\s+at /);
    t.notOk(existsSync(data), "nothing begun");
  }
});

test("serial ports: missing, no serial port, held by another, forbidden", async (t) => {
  const sim = (path: string) => ["sim", "--port", path, "--address", "0", "--install"];
  sentence(t, await runLintel(sim(join(folders.root, "ttyUSB9"))), 3, /ttyUSB9: it is not there; plug it in/);
  sentence(t, await runLintel(sim(DEMO)), 2, /not a serial port; name one/);
  sentence(t, await runLintel(sim(folders.root)), 2, /not a serial port/);
  const pair = await openVirtualPair();
  const holder = new LintelProcess([...sim(pair.path), "--json"]);
  await holder.line("its port", ({ event, open }) => event === "port" && open === true);
  sentence(t, await runLintel(sim(pair.path)), 3, new RegExp(`lintel sim \\(process ${holder.pid}\\) holds? it; end`));
  const edge = new LintelProcess(["edge", "--data", folders.fresh(), "--json"]);
  await edge.ready();
  await Promise.all([edge.kill(), holder.kill()]);
  if (AS_ROOT) {
    chmodSync(pair.path, 0o620);
    const ran = await folders.shell(PLAIN, sim(pair.path), NOBODY);
    sentence(t, ran, 4, /this user may not; it must be in the group \w+: sudo usermod -aG/);
  }
  await pair.close();
});

test("tokens: of no shape, used, replaced, for another edge", async (t) => {
  const data = folders.fresh();
  const site = join(folders.root, "tokens.yaml");
  writeFileSync(site, readFileSync(DEMO, "utf8"));
  const parts = BOTH.map((part) => new LintelProcess([...PARTS[part](data), "--json"]));
  await Promise.all(parts.map((part) => part.ready()));
  t.equal((await runLintel(["site", "apply", site, "--data", data])).code, 0);
  const edge = /edges:\s.*?id: (\w+)/s.exec(readFileSync(site, "utf8"))![1]!;
  const issue = async () => (await runLintel(["edge", "token", edge, "--data", data])).out.trim();
  // By standard input: a token never stands on a command line.
  const adopt = (token: string) => runLintel(["edge", "adopt", "-", "--data", data], `${token}\n`);
  const replaced = await issue();
  const token = await issue();
  sentence(t, await adopt("not-a-token"), 2, /no adoption token, or only a part of one/);
  sentence(t, await adopt(token.slice(0, -8)), 2, /only a part of one/);
  const refused = await adopt(replaced);
  t.equal(refused.code, 4);
  t.match(refused.err, new RegExp(`does not take this token: it was used, .*'lintel edge token ${edge}'\n$`));
  t.notMatch(refused.err, replaced);
  t.equal((await adopt(token)).code, 0);
  t.equal((await adopt(token)).code, 4, "used");
  await Promise.all(parts.map((part) => part.kill()));
});

test("our own bug is called so: exit 70 and one sentence; where it lies only with --debug", async (t) => {
  // A module that breaks behind every check, as a bug of ours would.
  const hook = join(folders.root, "broken.mjs");
  // Node's loader writes JSON too, on some Nodes in this very thread: it breaks for the command alone, bundled or not.
  writeFileSync(
    hook,
    `const sound = JSON.stringify;
     JSON.stringify = (...what) => {
       if (/commands.check|check-\\w+\\.mjs/.test(new Error().stack)) throw new TypeError("odd\\nsecond line");
       return sound(...what);
     };`,
  );
  const check = ["check", "--site", DEMO, "--json"];
  const broken = (args: readonly string[]) => folders.shell(`exec "$0" --import ${hook} "$@"`, args);
  sentence(t, await broken(check), 70, /this is a bug of lintel, not your mistake \(odd\); .*--debug/);
  const debug = await broken([...check, "--debug"]);
  t.equal(debug.code, 70);
  t.match(debug.err, /bug of lintel.*\nTypeError: odd\nsecond line\n\s+at /);
  const known = await runLintel(["check", "--site", "none.yaml", "--debug"]);
  t.equal(known.code, 2);
  t.match(known.err, /none\.yaml: there is no such file\n.*\n\s+at /, "--debug shows it of every failure");
});

test("a bug where no command waits for it ends the process, in a sentence", async (t) => {
  const hook = join(folders.root, "later.mjs");
  writeFileSync(hook, 'setTimeout(() => { throw new Error("too late"); }, 1500);');
  const ran = await folders.shell(`exec "$0" --import ${hook} "$@" < /dev/zero`, PARTS.edge(folders.fresh()));
  t.equal(ran.code, 70);
  t.match(ran.err, /^lintel edge: this is a bug of lintel, not your mistake \(too late\)[^\n]*\n$/);
});

test("a reader that goes away, and a log on a full disk", { skip: !existsSync("/dev/full") }, async (t) => {
  const check = ["check", "--site", DEMO, "--json"];
  const full = await folders.shell(`${PLAIN} > /dev/full`, check);
  sentence(t, full, 3, /cannot write its output: the disk is full/);
  const gone = await folders.shell('"$0" "$@" | true', ["--help"]);
  t.match(gone, { code: 0, err: "" });
  const data = folders.fresh();
  // An edge goes on: its doors do not wait for its log.
  const log = openSync("/dev/full", "w");
  const edge = spawn(process.execPath, [LINTEL, ...PARTS.edge(data)], { stdio: ["pipe", log, log] });
  const ended = once(edge, "close");
  const status = async (): Promise<boolean> => existsSync(join(data, "edge", "process.json"));
  while (!(await status()) && edge.exitCode === null) await new Promise((look) => setTimeout(look, 20));
  t.match(await runLintel(["door", "pair", "x", "--data", data]), { code: 2, err: /no door 'x'/ }, "it answers");
  edge.kill("SIGTERM");
  const [code] = await ended;
  t.equal(code, 0);
});
