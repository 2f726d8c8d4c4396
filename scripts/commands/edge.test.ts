/** The commands of an edge: what they take, what they answer, and with which exit code. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { serveEdge } from "@lintel/edge/shell/serve.ts";
import { Secret } from "@lintel/protocol/base/secret.ts";
import { encodeToken } from "@lintel/protocol/mqtt/adoption.ts";
import { type Test, test } from "tap";
import { run } from "../lintel.ts";

async function lintel(args: readonly string[], stdin = "") {
  let out = "";
  let err = "";
  const exit = await run(args, {
    stdin: Readable.from([stdin]),
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    env: {},
  });
  return { exit, out, err };
}

function folder(t: Test): string {
  const made = mkdtempSync(join(tmpdir(), "lintel-cli-"));
  t.teardown(() => rmSync(made, { recursive: true, force: true }));
  return join(made, "data");
}

async function running(t: Test): Promise<string> {
  const data = folder(t);
  const keyvault = `${data}-keyvault/edge.json`;
  const started = await serveEdge({ data, keyvault, buses: new Map(), software: "test", onEvent: () => {} });
  if (!started.ok) throw new Error(started.error.sentence);
  t.teardown(() => started.value.close());
  return data;
}

/** A well-formed token for a broker that nobody runs. */
const token = encodeToken({
  site: "hq",
  edge: "e1",
  broker: "mqtt://127.0.0.1:1",
  secret: new Secret(new Uint8Array(32).fill(1)),
  rootHash: new Uint8Array(32),
}).use((text) => text);

for (const words of [["edge"], ["edge", "adopt"], ["edge", "release"], ["door", "pair"]]) {
  test(`lintel ${words.join(" ")} --help tells its exit codes`, async (t) => {
    const { exit, out } = await lintel([...words, "--help"]);
    t.equal(exit, 0);
    t.match(out, new RegExp(`^lintel ${words.join(" ")}`));
    t.match(out, /\nExit: 0 .*\.\n$/);
  });
}

const wrong: readonly { args: readonly string[]; err: RegExp }[] = [
  { args: ["edge", "--bus", "b1"], err: /--bus b1: it reads ID=PATH/ },
  { args: ["edge", "--bus", "b1="], err: /ID=PATH/ },
  { args: ["edge", "--bus", "B 1=/dev/x"], err: /a bus id is/ },
  { args: ["edge", "--bus", "b1=/dev/x", "--bus", "b1=/dev/y"], err: /stands twice/ },
  { args: ["edge", "--port", "1"], err: /Unknown option '--port'/ },
  { args: ["edge", "adopt"], err: /which token/ },
  { args: ["edge", "adopt", "abc"], err: /no adoption token/ },
  { args: ["edge", "adopt", "@/nowhere/token"], err: /cannot read the secret/ },
  { args: ["edge", "adopt", token.slice(0, -6)], err: /no adoption token/ },
  { args: ["edge", "release"], err: /which door/ },
  { args: ["edge", "release", "front", "back"], err: /unexpected argument 'back'/ },
  { args: ["door", "pair"], err: /which door/ },
  { args: ["door", "pair", "front", "--window", "60"], err: /--window 60/ },
  { args: ["door", "pair", "front", "--window", "0s"], err: /1s to 10m/ },
  { args: ["door", "pair", "front", "--window", "11m"], err: /1s to 10m/ },
  { args: ["door", "pair", "front", "--scbk", "00112233"], err: /32 hex digits/ },
];
for (const { args, err } of wrong) {
  test(`lintel ${args.join(" ").slice(0, 60)}: wrong use`, async (t) => {
    const answer = await lintel([...args, "--data", folder(t)]);
    t.equal(answer.exit, 2);
    t.match(answer.err, err);
    t.equal(answer.out, "");
  });
}

test("without a running edge: exit 3, and the sentence that says what to start", async (t) => {
  const data = folder(t);
  for (const args of [
    ["edge", "adopt", token],
    ["edge", "release", "front"],
    ["door", "pair", "front"],
  ]) {
    const answer = await lintel([...args, "--data", data]);
    t.equal(answer.exit, 3);
    t.match(answer.err, /no edge runs on .* start it with: lintel edge/);
  }
});

test("a token whose broker does not answer: exit 3; from a file and from standard input too", async (t) => {
  const data = await running(t);
  const file = join(data, "token");
  writeFileSync(file, `${token}\n`);
  for (const { argument, stdin } of [
    { argument: token, stdin: "" },
    { argument: `@${file}`, stdin: "" },
    { argument: "-", stdin: `${token}\n` },
  ]) {
    const answer = await lintel(["edge", "adopt", argument, "--data", data], stdin);
    t.equal(answer.exit, 3);
    t.notMatch(answer.err + answer.out, token);
  }
});

test("a door that the keyset does not have: exit 2", async (t) => {
  const data = await running(t);
  for (const words of [
    ["door", "pair"],
    ["edge", "release"],
  ]) {
    const answer = await lintel([...words, "cellar", "--data", data]);
    t.equal(answer.exit, 2);
    t.match(answer.err, /no door 'cellar'/);
  }
});
