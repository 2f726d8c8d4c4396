/**
 * What a person can get wrong, tried on the command itself: one sentence with the remedy, the exit code of its table
 * (docs/errors.md), no stack trace, and what was stored stays byte for byte as it was.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { openVirtualPair } from "@lintel/hardware/serial/virtual-pair.ts";
import Database from "libsql";
import t, { type Test, test } from "tap";
import { LintelProcess, type Ran, runLintel } from "../support/lintel-process.rig.ts";
import { ownFolder } from "../support/running-site.rig.ts";

const LINTEL = fileURLToPath(new URL("../../scripts/bin/lintel.mjs", import.meta.url));
const DEMO = fileURLToPath(new URL("../../scripts/demo/site.yaml", import.meta.url));
const AS_ROOT = process.getuid?.() === 0;
/** Somebody who owns nothing here. */
const NOBODY = 65_534;

const root = ownFolder(t);
let folders = 0;
function fresh(): string {
  folders += 1;
  return join(root, `${folders}`);
}

const PARTS = {
  edge: (data: string) => ["edge", "--data", data],
  authority: (data: string) => ["authority", "--data", data, "--http", "0", "--mqtt-port", "0"],
} as const;
type Part = keyof typeof PARTS;
const BOTH = Object.keys(PARTS) as Part[];

/** A shell around the command: limits, another user, another standard output. */
async function shell(script: string, args: readonly string[], uid?: number): Promise<Ran> {
  const as = uid === undefined ? {} : { uid, gid: uid };
  const env = { ...process.env, NO_COLOR: "1", LINTEL_ENDS_WITH_STDIN: "1", HOME: "/", TMPDIR: root };
  const begun = performance.now();
  const child = spawn("sh", ["-c", script, process.execPath, LINTEL, ...args], { ...as, env, cwd: "/" });
  const said = { out: "", err: "" };
  child.stdout.on("data", (text) => {
    said.out += text;
  });
  child.stderr.on("data", (text) => {
    said.err += text;
  });
  child.stdin.end();
  const [code] = await once(child, "close");
  return { code: code as number, ...said, ms: performance.now() - begun };
}
const PLAIN = 'exec "$0" "$@"';

/** What serves ends with its standard input, so that stays open here. */
async function serving(args: readonly string[]): Promise<Ran> {
  const part = new LintelProcess(args);
  const { code } = await part.ended;
  return { code, out: part.out, err: part.talk, ms: 0 };
}

/** One sentence, on one line, from the command by its name; never where in the code it was said. */
function sentence(t: Test, ran: Ran, code: number, says: RegExp): void {
  t.equal(ran.code, code, ran.err);
  t.match(ran.err, says);
  t.match(ran.err, /^lintel [a-z ]+: [^\n]+\n$/, "one line");
  t.notMatch(ran.err, /\n\s+at |node:internal|\.ts:\d/, "no stack trace");
  t.equal(ran.out, "");
}

/** Every file below, byte for byte. */
function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), "hex")]),
  );
}

/** A folder on which a part ran and ended. */
async function used(part: Part): Promise<string> {
  const data = fresh();
  const running = new LintelProcess([...PARTS[part](data), "--json"]);
  await running.ready();
  running.signal("SIGTERM");
  await running.ended;
  return data;
}

for (const part of BOTH) {
  test(`${part}: a data folder that cannot be one`, async (t) => {
    const file = fresh();
    writeFileSync(file, "mine");
    sentence(t, await runLintel(PARTS[part](file)), 2, /is a file; choose another --data/);
    t.equal(readFileSync(file, "utf8"), "mine");
    if (process.platform !== "linux") return;
    // Node's own recursive mkdir never comes back from there.
    sentence(t, await runLintel(PARTS[part]("/proc/lintel")), 2, /\/proc\/lintel.*choose another --data/);
  });

  test(`${part}: a disk without room`, async (t) => {
    const data = fresh();
    // A limit on the size of a file stands in for it: its error comes at the same call.
    const ran = await shell(`ulimit -f 4; ${PLAIN}`, PARTS[part](data));
    sentence(t, ran, 3, /the disk is full, or a limit is reached; make room/);
    t.notOk(existsSync(`${data}-keyvault/${part}.json`), "no half of a key file");
    const later = new LintelProcess([...PARTS[part](data), "--json"]);
    await later.ready();
    later.signal("SIGTERM");
    t.match(await later.ended, { code: 0 }, "and when there is room, it starts");
  });

  test(`${part}: a folder of another user, and one that is read-only`, { skip: !AS_ROOT }, async (t) => {
    chmodSync(root, 0o755);
    const data = await used(part);
    const before = contents(data);
    sentence(t, await shell(PLAIN, PARTS[part](data), NOBODY), 4, /permission denied; give it to the user/);
    const readable = fresh();
    mkdirSync(readable, { mode: 0o555 });
    chownSync(readable, NOBODY, NOBODY);
    sentence(t, await shell(PLAIN, PARTS[part](readable), NOBODY), 4, /permission denied/);
    t.same(contents(data), before);
  });

  const damages: readonly { name: string; damage: (path: string) => void; says: RegExp }[] = [
    { name: "random bytes", damage: (path) => writeFileSync(path, Buffer.alloc(9000, 0x5a)), says: /is damaged/ },
    { name: "a text", damage: (path) => writeFileSync(path, "site: { id: hq }\n"), says: /is damaged/ },
    { name: "cut in half", damage: (path) => truncateSync(path, 4096 * 3), says: /is damaged/ },
    { name: "cut to nothing", damage: (path) => truncateSync(path, 0), says: /is empty, and an? \w+ ran on it before/ },
    { name: "pages overwritten", damage: (path) => overwritePages(path), says: /is damaged/ },
    { name: "another version", damage: (path) => setVersion(path), says: /is of version 99, which this lintel/ },
    {
      name: "a folder in its place",
      damage: (path) => {
        rmSync(path);
        mkdirSync(path);
      },
      says: /it is a folder; choose/,
    },
  ];
  for (const { name, damage, says } of damages) {
    test(`${part}: a damaged database, ${name}: refused, named, and left as it is`, async (t) => {
      const data = await used(part);
      const path = join(data, part, `${part}.db`);
      for (const beside of ["-wal", "-shm"]) rmSync(`${path}${beside}`, { force: true });
      damage(path);
      const before = contents(data);
      const ran = await runLintel(PARTS[part](data));
      sentence(t, ran, 2, says);
      t.match(ran.err, path);
      const after = contents(data);
      for (const [file, bytes] of Object.entries(before)) t.equal(after[file], bytes, `${file} is as it was`);
    });
  }

  test(`${part}: a damaged lock is told as what it is`, async (t) => {
    const data = fresh();
    mkdirSync(join(data, part), { recursive: true });
    writeFileSync(join(data, part, "lock"), Buffer.alloc(300, 7));
    sentence(t, await runLintel(PARTS[part](data)), 2, /no lock file of lintel; remove it/);
  });

  test(`${part}: a second one on the same data names the first`, async (t) => {
    const data = fresh();
    const first = new LintelProcess([...PARTS[part](data), "--json"]);
    await first.ready();
    sentence(t, await runLintel(PARTS[part](data)), 3, new RegExp(`another .*\\(process ${first.pid}[,)].*end`));
    first.signal("SIGTERM");
    t.match(await first.ended, { code: 0 }, "which goes on until it is ended");
  });
}

function overwritePages(path: string): void {
  const { size } = statSync(path);
  const file = readFileSync(path);
  file.fill(0xa5, 4096, size);
  writeFileSync(path, file);
}

function setVersion(path: string): void {
  const db = new Database(path);
  db.pragma("journal_mode = DELETE");
  db.pragma("user_version = 99");
  db.close();
}

for (const option of ["--http", "--mqtt-port"]) {
  test(`a taken network port for ${option}`, async (t) => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const ports = ["--http", "0", "--mqtt-port", "0", option, String(port)];
    const ran = await runLintel(["authority", "--data", fresh(), ...ports]);
    sentence(t, ran, 3, new RegExp(`port ${port} of 127.0.0.1 is taken; choose another with ${option} PORT`));
    const up = await serving(["up", DEMO, "--data", fresh(), ...ports]);
    sentence(t, up, 3, new RegExp(`the authority did not start: port ${port} .*${option}`));
    other.close();
  });
}

test("up says what a part says, once, with its exit code", async (t) => {
  const file = fresh();
  writeFileSync(file, "");
  const ran = await serving(["up", DEMO, "--data", file]);
  sentence(t, ran, 2, /^lintel up: the (authority|edge) did not start: cannot use .*choose another --data\n$/);
});

test("a site file with mistakes: every one with its place, exit 2, nothing begun", async (t) => {
  const data = fresh();
  const faulty = join(root, "faulty.yaml");
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
  sentence(t, await runLintel(sim(join(root, "ttyUSB9"))), 3, /ttyUSB9: it is not there; plug it in/);
  sentence(t, await runLintel(sim(DEMO)), 2, /not a serial port; name one/);
  sentence(t, await runLintel(sim(root)), 2, /not a serial port/);
  const pair = await openVirtualPair();
  const holder = new LintelProcess([...sim(pair.path), "--json"]);
  await holder.line("its port", ({ event, open }) => event === "port" && open === true);
  sentence(t, await runLintel(sim(pair.path)), 3, new RegExp(`lintel sim \\(process ${holder.pid}\\) holds? it; end`));
  const edge = new LintelProcess(["edge", "--data", fresh(), "--json"]);
  await edge.ready();
  await Promise.all([edge.kill(), holder.kill()]);
  if (AS_ROOT) {
    chmodSync(pair.path, 0o620);
    const ran = await shell(PLAIN, sim(pair.path), NOBODY);
    sentence(t, ran, 4, /this user may not; it must be in the group \w+: sudo usermod -aG/);
  }
  await pair.close();
});

test("tokens: of no shape, used, replaced, for another edge", async (t) => {
  const data = fresh();
  const site = join(root, "tokens.yaml");
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
  const hook = join(root, "broken.mjs");
  // Node's loader writes JSON too, on some Nodes in this very thread: it breaks for the command alone.
  writeFileSync(
    hook,
    `const sound = JSON.stringify;
     JSON.stringify = (...what) => {
       if (/commands.check/.test(new Error().stack)) throw new TypeError("odd\\nsecond line");
       return sound(...what);
     };`,
  );
  const check = ["check", "--site", DEMO, "--json"];
  const broken = (args: readonly string[]) => shell(`exec "$0" --import ${hook} "$@"`, args);
  sentence(t, await broken(check), 70, /this is a bug of lintel, not your mistake \(odd\); .*--debug/);
  const debug = await broken([...check, "--debug"]);
  t.equal(debug.code, 70);
  t.match(debug.err, /bug of lintel.*\nTypeError: odd\nsecond line\n\s+at /);
  const known = await runLintel(["check", "--site", "none.yaml", "--debug"]);
  t.equal(known.code, 2);
  t.match(known.err, /none\.yaml: there is no such file\n.*\n\s+at /, "--debug shows it of every failure");
});

test("a bug where no command waits for it ends the process, in a sentence", async (t) => {
  const hook = join(root, "later.mjs");
  writeFileSync(hook, 'setTimeout(() => { throw new Error("too late"); }, 1500);');
  const ran = await shell(`exec "$0" --import ${hook} "$@" < /dev/zero`, PARTS.edge(fresh()));
  t.equal(ran.code, 70);
  t.match(ran.err, /^lintel edge: this is a bug of lintel, not your mistake \(too late\)[^\n]*\n$/);
});

test("a reader that goes away, and a log on a full disk", { skip: !existsSync("/dev/full") }, async (t) => {
  const check = ["check", "--site", DEMO, "--json"];
  const full = await shell(`${PLAIN} > /dev/full`, check);
  sentence(t, full, 3, /cannot write its output: the disk is full/);
  const gone = await shell('"$0" "$@" | true', ["--help"]);
  t.match(gone, { code: 0, err: "" });
  const data = fresh();
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

test("keys beside a database that they do not belong to, or gone, are never made anew", async (t) => {
  const data = await used("authority");
  const vault = `${data}-keyvault/authority.json`;
  const away = `${dirname(vault)}-away`;
  cpSync(dirname(vault), away, { recursive: true });
  rmSync(vault);
  sentence(t, await runLintel(PARTS.authority(data)), 2, /key vault .* is missing.*put it back/);
  t.notOk(existsSync(vault));
  cpSync(away, dirname(vault), { recursive: true });
  chmodSync(vault, 0o644);
  sentence(t, await runLintel(PARTS.authority(data)), 2, /can be read by others \(mode 644\); chmod 600/);
});
