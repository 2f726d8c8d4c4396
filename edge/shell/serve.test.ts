/** The process around the box: its folder, its keys, its control socket, its end. Real files and sockets, no edge's rules. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Test, test } from "tap";
import { askEdge } from "./control-client.ts";
import { readProcessFile } from "./process-file.ts";
import { type RunningEdge, type ServeOptions, serveEdge } from "./serve.ts";

function options(t: Test, over: Partial<ServeOptions> = {}): ServeOptions {
  const made = mkdtempSync(join(tmpdir(), "lintel-edge-"));
  t.teardown(() => rmSync(made, { recursive: true, force: true }));
  const data = over.data ?? join(made, "data");
  return {
    data,
    keyvault: `${data}-keyvault/edge.json`,
    buses: new Map(),
    software: "test",
    onEvent: () => {},
    ...over,
  };
}

async function serve(t: Test, asked: ServeOptions): Promise<RunningEdge> {
  const started = await serveEdge(asked);
  if (!started.ok) throw new Error(started.error.sentence);
  t.teardown(() => started.value.close());
  return started.value;
}

test("a new edge makes its folder and its keys, for its owner alone, the keys outside of the folder", async (t) => {
  const asked = options(t);
  const running = await serve(t, asked);
  t.equal(running.edge, null);
  t.equal(statSync(asked.keyvault).mode & 0o777, 0o600);
  t.equal(statSync(join(asked.data, "edge")).mode & 0o777, 0o700);
  for (const name of readdirSync(join(asked.data, "edge"))) {
    t.equal(statSync(join(asked.data, "edge", name)).mode & 0o777, 0o600, name);
  }
  t.same(readProcessFile(join(asked.data, "edge")), { pid: process.pid, control: running.control });
});

test("a second edge on the same folder is refused, and the first goes on; after its end there is room again", async (t) => {
  const asked = options(t);
  const running = await serve(t, asked);
  const second = await serveEdge(asked);
  t.match(second, { ok: false, error: { kind: "in-use", sentence: /another edge runs on/ } });
  t.match(await askEdge(asked.data, { method: "status" }), { ok: true, value: { adopted: false } });
  await running.close();
  t.notOk(existsSync(running.control));
  t.equal(readProcessFile(join(asked.data, "edge")), null);
  const third = await serve(t, asked);
  t.match(await askEdge(asked.data, { method: "status" }), { ok: true });
  await third.close();
});

test("an end takes less than a second", async (t) => {
  const running = await serve(t, options(t));
  const begun = performance.now();
  await running.close();
  t.ok(performance.now() - begun < 1000);
});

test("questions at the control socket", async (t) => {
  const asked = options(t);
  await serve(t, asked);
  const ask = (method: string, params = {}) => askEdge(asked.data, { method, params });
  t.match(await ask("adopt", { token: "abc" }), { ok: false, error: { error: { kind: "malformed" } } });
  t.match(await ask("adopt"), { ok: false, error: { error: { kind: "malformed" } } });
  t.match(await ask("pair", { door: "front", windowMs: 1000 }), {
    ok: false,
    error: { error: { kind: "unknown-door" } },
  });
  t.match(await ask("pair", { door: "front" }), { ok: false, error: { error: { kind: "malformed" } } });
  t.match(await ask("pair", { door: "front", windowMs: 1000, scbk: "zz" }), {
    ok: false,
    error: { error: { kind: "malformed" } },
  });
  t.match(await ask("release", { door: "front" }), { ok: false, error: { error: { kind: "unknown-door" } } });
  t.match(await ask("release"), { ok: false, error: { error: { kind: "malformed" } } });
  t.match(await ask("explode"), { ok: false, error: { error: { kind: "unknown-method" } } });
});

test("what is no question, and what never ends, harms nobody else", async (t) => {
  const asked = options(t);
  const running = await serve(t, asked);
  const answers: string[] = [];
  const rude = connect(running.control);
  rude.setEncoding("utf8").on("data", (text) => answers.push(String(text)));
  rude.on("error", () => {});
  rude.write('not json\n[1]\nnull\n{"method":7}\n');
  const closed = new Promise((done) => rude.on("close", done));
  rude.write("x".repeat(200_000));
  await closed;
  t.equal(answers.join("").match(/malformed/g)?.length ?? 0, 4);
  t.match(await askEdge(asked.data, { method: "status" }), { ok: true });
});

test("a folder with a path too long for a socket has its socket elsewhere, and leaves none behind", async (t) => {
  const made = mkdtempSync(join(tmpdir(), "lintel-edge-"));
  t.teardown(() => rmSync(made, { recursive: true, force: true }));
  const asked = options(t, { data: join(made, "d".repeat(120)) });
  const running = await serve(t, asked);
  t.ok(running.control.length < 100);
  t.match(await askEdge(asked.data, { method: "status" }), { ok: true });
  await running.close();
  t.notOk(existsSync(join(running.control, "..")));
});

test("nobody runs there, and nobody does any more: not running", async (t) => {
  const asked = options(t);
  t.same(await askEdge(asked.data, { method: "status" }), { ok: false, error: { kind: "not-running" } });
  mkdirSync(join(asked.data, "edge"), { recursive: true });
  writeFileSync(
    join(asked.data, "edge", "process.json"),
    JSON.stringify({ pid: 1, control: join(asked.data, "gone.sock") }),
  );
  t.same(await askEdge(asked.data, { method: "status" }), { ok: false, error: { kind: "not-running" } });
});

test("a KeyVault file that others may read, or that is damaged, is refused with the remedy", async (t) => {
  const asked = options(t);
  await (await serve(t, asked)).close();
  chmodSync(asked.keyvault, 0o644);
  t.match(await serveEdge(asked), { ok: false, error: { kind: "unusable", sentence: /chmod 600/ } });
  writeFileSync(asked.keyvault, "lintel edge vault v1\nsigning 00\n");
  chmodSync(asked.keyvault, 0o600);
  t.match(await serveEdge(asked), { ok: false, error: { kind: "unusable", sentence: /damaged/ } });
});

test("a folder that cannot be used is said in a sentence", async (t) => {
  const asked = options(t);
  writeFileSync(asked.data, "a file");
  t.match(await serveEdge(asked), { ok: false, error: { kind: "unusable", sentence: /cannot use/ } });
});
