import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { openSerial, sayWhy } from "@lintel/hardware/serial/link.ts";
import { openTcp } from "@lintel/hardware/serial/tcp.ts";
import { keepPortsFromChild, openVirtualPair } from "@lintel/hardware/serial/virtual-pair.ts";
import { fromHex } from "@lintel/protocol/base/bytes.ts";
import { Secret } from "@lintel/protocol/base/secret.ts";
import { millis } from "@lintel/protocol/base/units.ts";
import { LINTEL_VENDOR } from "@lintel/protocol/osdp/mfg.ts";
import { SCBK_D } from "@lintel/protocol/osdp/secure.ts";
import tap, { type Test, test } from "tap";
import type { Io } from "../command.ts";
import { run } from "../lintel.ts";
import { LineCp } from "../sim/line-cp.rig.ts";

// Many processes, one after the other, and perhaps on a busy machine.
tap.setTimeout(120_000);

const LINTEL = fileURLToPath(new URL("../bin/lintel.mjs", import.meta.url));
const HEX = "00112233445566778899aabbccddeeff";
const SCBK = secretOf(HEX);
const OPEN_FOR_A_SECOND = {
  name: "OUT",
  outputs: [{ output: 0, action: "onFor", time: millis(1_000) }],
} as const;

function secretOf(hex: string): Secret {
  const bytes = fromHex(hex);
  if (!bytes.ok) throw new Error("hex");
  return new Secret(bytes.value);
}

type Line = { readonly t: number; readonly event: string } & Record<string, unknown>;

/** A running `lintel sim`, with its events to wait for. */
class Sim {
  readonly child: ChildProcessWithoutNullStreams;
  readonly lines: Line[] = [];
  out = "";
  err = "";
  readonly exit: Promise<number | null>;
  #seen = 0;
  #arrived = () => {};

  constructor(args: readonly string[]) {
    const stdio = ["pipe", "pipe", "pipe", ...keepPortsFromChild()] as const;
    this.child = spawn(process.execPath, [LINTEL, "sim", ...args], {
      stdio: [...stdio],
    }) as ChildProcessWithoutNullStreams;
    this.exit = new Promise((ended) => this.child.on("close", (code) => ended(code)));
    this.child.stderr.on("data", (chunk) => {
      this.err += chunk;
    });
    createInterface({ input: this.child.stdout }).on("line", (line) => {
      this.out += `${line}\n`;
      if (line.startsWith("{")) this.lines.push(JSON.parse(line));
      this.#arrived();
    });
  }

  say(line: string): void {
    this.child.stdin.write(`${line}\n`);
  }

  /** The next event of this kind after the last one waited for. */
  async next(event: string): Promise<Line> {
    for (;;) {
      while (this.#seen < this.lines.length) {
        const line = this.lines[this.#seen]!;
        this.#seen += 1;
        if (line.event === event) return line;
      }
      await new Promise<void>((arrived) => {
        this.#arrived = arrived;
      });
    }
  }
}

async function start(t: Test, ...args: string[]): Promise<{ sim: Sim; path: string }> {
  const sim = new Sim(["--port", "pty", "--address", "0", "--json", ...args]);
  t.teardown(() => sim.child.kill("SIGKILL"));
  const port = await sim.next("port");
  await sim.next("state");
  return { sim, path: String(port.path) };
}

async function cpOn(t: Test, path: string, address = 0): Promise<LineCp> {
  const opened = await openSerial({ path, baud: 9600 });
  if (!opened.ok) throw new Error(sayWhy(opened.error));
  t.teardown(() => opened.value.close());
  return new LineCp(opened.value, address);
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs to its end in this process, where it ends by itself. */
async function runHere(args: readonly string[]): Promise<Ended> {
  let out = "";
  let err = "";
  const io: Io = {
    stdin: Readable.from(["quit\n"]),
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    env: {},
  };
  return { code: await run(["sim", ...args], io), out, err };
}

test("unkeyed: it says who it is, in clear, and moves no strike", async (t) => {
  const { sim, path } = await start(t);
  const cp = await cpOn(t, path);
  t.match(await cp.ask({ name: "ID", kind: 0 }), {
    name: "PDID",
    vendor: Uint8Array.from(LINTEL_VENDOR),
    serial: 1,
  });
  await sim.next("online");
  t.equal((await cp.ask({ name: "CAP", kind: 0 })).name, "PDCAP");
  t.equal(await cp.brief(OPEN_FOR_A_SECOND), "NAK 6");
  t.equal(await cp.brief({ name: "LSTAT" }), "LSTATR");
  sim.say("state");
  t.match(await sim.next("state"), {
    relay: [false, false, false, false],
    contact: false,
    tamper: false,
    secure: false,
    online: true,
  });
  sim.say("quit");
  t.equal(await sim.exit, 0);
});

test("keyed: a typed code arrives sealed and is printed as dots; a timed OUT moves the strike and the leaf opens", async (t) => {
  const { sim, path } = await start(t, "--scbk", HEX, "--frames");
  const cp = await cpOn(t, path);
  t.ok(await cp.open(SCBK));
  t.match(await sim.next("secure"), { on: true, key: "scbk" });
  sim.say("press 274936#");
  let keys = "";
  while (keys.length < 7) keys += String.fromCharCode(...(await cp.until("KEYPAD")).keys);
  t.equal(keys, "274936\r");
  t.equal(await cp.brief(OPEN_FOR_A_SECOND), "ACK");
  const released = await sim.next("relay");
  t.match(released, { output: 0, on: true, for: 1_000 });
  sim.say("door open");
  t.match(await sim.next("contact"), { input: 0, open: true });
  const locked = await sim.next("relay");
  t.match(locked, { output: 0, on: false });
  t.ok(Math.abs(locked.t - released.t - 1_000) < 200, `locked after ${locked.t - released.t} ms`);
  sim.say("quit");
  t.equal(await sim.exit, 0);
  const shown = sim.lines.filter(({ event }) => event === "key").map(({ key }) => key);
  t.same(shown, ["•", "•", "•", "•", "•", "•", "#"]);
  t.ok(sim.lines.filter(({ event }) => event === "frame").length > 20, "frames were printed");
  t.notMatch(sim.out + sim.err, new RegExp(HEX), "the key is nowhere");
});

test("in clear: everything works but KEYSET, and printed frames hide digits, also in their check", async (t) => {
  const { sim, path } = await start(t, "--clear", "--frames");
  const cp = await cpOn(t, path);
  t.equal((await cp.ask({ name: "ID", kind: 0 })).name, "PDID");
  sim.say("press 7");
  t.same((await cp.until("KEYPAD")).keys, Uint8Array.of(0x37));
  t.equal(await cp.brief(OPEN_FOR_A_SECOND), "ACK");
  t.match(await sim.next("relay"), { on: true });
  t.equal(await cp.brief({ name: "KEYSET", type: 1, scbk: SCBK }), "NAK 6");
  sim.say("quit");
  await sim.exit;
  const hidden = sim.lines.filter(({ hex }) => String(hex).includes("•")).map(({ dir, hex }) => `${dir} ${hex}`);
  t.match(hidden, [/^out ff53800b000[4-7]53(••){5}$/, /^in 53001a000[4-7]75(••){20}$/]);
  t.notMatch(sim.out, /112233/, "a key sent in clear by mistake is not printed");
});

test("install mode takes the default key, then the key it is given, and never the default one again", async (t) => {
  const { sim, path } = await start(t, "--install");
  const cp = await cpOn(t, path);
  t.ok(await cp.open(SCBK_D, "scbk-d"));
  t.equal(await cp.brief({ name: "KEYSET", type: 1, scbk: SCBK }), "ACK");
  await sim.next("keyed");
  t.ok(await cp.open(SCBK));
  t.notOk(await cp.open(SCBK_D, "scbk-d"));
  sim.child.kill("SIGTERM");
  t.equal(await sim.exit, 0, "ended by a signal it ends well");
});

test("REX works with nobody on the line; the leaf asks the strike", async (t) => {
  const { sim } = await start(t);
  sim.say("door open");
  sim.say("rex");
  const released = await sim.next("relay");
  t.match(released, { output: 0, on: true, for: 5_000 });
  t.match(await sim.next("rex"), { pressed: true });
  t.match(sim.err, /strike is not released/);
  sim.say("door open");
  t.match(await sim.next("contact"), { open: true });
  sim.say("power off");
  t.match(await sim.next("relay"), { output: 0, on: false });
  sim.say("quit");
  t.equal(await sim.exit, 0);
});

test("a board file moves the pins, and a state folder keeps key and settings, for nobody else to read", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "lintel-sim-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const board = join(folder, "board.yaml");
  writeFileSync(
    board,
    "outputs: 2\ninputs: 4\nserial: 4711\nstrike: { output: 1, fail: safe }\nrex: { input: 3, release: 700ms }\n",
  );
  const first = await start(t, "--board", board, "--state", folder, "--scbk", HEX);
  first.sim.say("rex");
  t.match(await first.sim.next("relay"), { output: 1, on: true, for: 700 });
  first.sim.say("quit");
  t.equal(await first.sim.exit, 0);
  const flash = join(folder, "controller-0.json");
  t.equal(statSync(flash).mode & 0o777, 0o600);
  t.equal(JSON.parse(readFileSync(flash, "utf8")).boots, 1);
  const again = await start(t, "--state", folder);
  const cp = await cpOn(t, again.path);
  t.ok(await cp.open(SCBK), "the key is still there");
  again.sim.say("rex");
  t.match(await again.sim.next("relay"), { output: 1, for: 700 }, "so are the settings");
  again.sim.say("quit");
  await again.sim.exit;
  t.match(await runHere(["--port", "pty", "--address", "0", "--state", folder, "--clear"]), {
    code: 2,
    err: /has a key/,
  });
  writeFileSync(flash, "{");
  t.match(await runHere(["--port", "pty", "--address", "0", "--state", folder]), {
    code: 2,
    err: /controller-0\.json/,
  });
});

test("a cut cable is told, REX goes on, and the port is opened again by its name", async (t) => {
  const pair = await openVirtualPair();
  const sim = new Sim(["--port", pair.path, "--address", "0", "--json"]);
  t.teardown(() => sim.child.kill("SIGKILL"));
  await sim.next("state");
  pair.unplug();
  t.match(await sim.next("port"), { open: false });
  sim.say("rex");
  t.match(await sim.next("relay"), { on: true });
  sim.say("quit");
  t.equal(await sim.exit, 0);
});

test("over TCP, waiting for a panel", async (t) => {
  const sim = new Sim(["--port", "tcp-listen://127.0.0.1:0", "--address", "9", "--json"]);
  t.teardown(() => sim.child.kill("SIGKILL"));
  const { path } = await sim.next("port");
  const called = await openTcp("127.0.0.1", Number(new URL(String(path)).port));
  if (!called.ok) throw new Error(sayWhy(called.error));
  const cp = new LineCp(called.value, 9);
  t.equal((await cp.ask({ name: "ID", kind: 0 })).name, "PDID");
  await called.value.close();
  sim.say("quit");
  t.equal(await sim.exit, 0);
});

test("piped commands are done one after the other, then it ends by itself", async (t) => {
  const sim = new Sim(["--port", "pty", "--address", "3", "--json"]);
  sim.child.stdin.end("rex\ndoor open\ndoor close\npress 12*#\nstate");
  t.equal(await sim.exit, 0);
  const { out } = sim;
  const events = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
  t.same(
    events.filter(({ event }) => ["contact", "key"].includes(event)).map(({ open, key }) => key ?? open),
    [true, false, "•", "•", "*", "#"],
  );
  t.equal(events.at(-1)!.event, "state");
});

test("an input that is empty from the start ends nothing", async (t) => {
  const sim = new Sim(["--port", "pty", "--address", "0", "--json"]);
  sim.child.stdin.end();
  await sim.next("state");
  const ended = await Promise.race([
    sim.exit.then(() => true),
    new Promise((not) => setTimeout(() => not(false), 1_500)),
  ]);
  t.equal(ended, false);
  sim.child.kill("SIGINT");
  t.equal(await sim.exit, 0);
});

const wrongUses: readonly { name: string; args: readonly string[]; code: number; says: RegExp }[] = [
  { name: "no port", args: ["--address", "0"], code: 2, says: /--port/ },
  { name: "no address", args: ["--port", "pty"], code: 2, says: /--address/ },
  { name: "address 127", args: ["--port", "pty", "--address", "127"], code: 2, says: /0 to 126/ },
  { name: "an address that is no number", args: ["--port", "pty", "--address", "-1"], code: 2, says: /address/ },
  {
    name: "a baud that OSDP does not know",
    args: ["--port", "pty", "--address", "0", "--baud", "4800"],
    code: 2,
    says: /9600/,
  },
  {
    name: "a key and clear",
    args: ["--port", "pty", "--address", "0", "--scbk", HEX, "--clear"],
    code: 2,
    says: /exclude/,
  },
  {
    name: "a key and install",
    args: ["--port", "pty", "--address", "0", "--scbk", HEX, "--install"],
    code: 2,
    says: /exclude/,
  },
  {
    name: "a short key",
    args: ["--port", "pty", "--address", "0", "--scbk", "001122"],
    code: 2,
    says: /32 hex digits/,
  },
  {
    name: "the default key",
    args: ["--port", "pty", "--address", "0", "--scbk", "303132333435363738393a3b3c3d3e3f"],
    code: 2,
    says: /default key/,
  },
  {
    name: "a key of one byte",
    args: ["--port", "pty", "--address", "0", "--scbk", "a5".repeat(16)],
    code: 2,
    says: /repeated/,
  },
  { name: "an unknown option", args: ["--port", "pty", "--address", "0", "--loud"], code: 2, says: /--loud/ },
  {
    name: "a board file that is not there",
    args: ["--port", "pty", "--address", "0", "--board", "/nonexistent.yaml"],
    code: 2,
    says: /nonexistent\.yaml/,
  },
  {
    name: "a port that is not there",
    args: ["--port", "/dev/nonexistent", "--address", "0"],
    code: 3,
    says: /\/dev\/nonexistent/,
  },
  { name: "a port that is a file", args: ["--port", LINTEL, "--address", "0"], code: 2, says: /not a serial port/ },
  {
    name: "nobody at the other end",
    args: ["--port", "tcp://127.0.0.1:1", "--address", "0"],
    code: 3,
    says: /nobody answers/,
  },
  {
    name: "a listener for other machines",
    args: ["--port", "tcp-listen://0.0.0.0:0", "--address", "0"],
    code: 2,
    says: /127\.0\.0\.1/,
  },
  {
    name: "a TCP port of six digits",
    args: ["--port", "tcp://127.0.0.1:100000", "--address", "0"],
    code: 2,
    says: /--port/,
  },
];

for (const { name, args, code, says } of wrongUses) {
  test(`${name}: one sentence, exit ${code}`, async (t) => {
    const ended = await runHere(args);
    t.equal(ended.code, code);
    t.match(ended.err, says);
    t.match(ended.err, /^lintel sim: [^\n]+\n$/);
    t.equal(ended.out, "");
  });
}

test("a port that another program holds: exit 3", async (t) => {
  const pair = await openVirtualPair();
  const opened = await openSerial({ path: pair.path, baud: 9600 });
  if (!opened.ok) throw new Error(sayWhy(opened.error));
  t.match(await runHere(["--port", pair.path, "--address", "0"]), { code: 3, err: /another program/ });
  await opened.value.close();
  await pair.close();
});

test("a key from a file and from standard input", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "lintel-sim-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "scbk");
  writeFileSync(file, `${HEX}\n`);
  for (const argument of [`@${file}`, "-"]) {
    const sim = new Sim(["--port", "pty", "--address", "0", "--json", "--scbk", argument]);
    t.teardown(() => sim.child.kill("SIGKILL"));
    if (argument === "-") sim.say(HEX);
    const cp = await cpOn(t, String((await sim.next("port")).path));
    t.ok(await cp.open(SCBK), argument);
    sim.say("quit");
    t.equal(await sim.exit, 0);
  }
});
