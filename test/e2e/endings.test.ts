/**
 * How processes of Lintel begin and end: one of each on a data folder, gone within two seconds when they are told to,
 * and nothing left behind. What was killed leaves nothing that stands in the way of the next.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import t, { test } from "tap";
import { LintelProcess, runLintel } from "../support/lintel-process.rig.ts";
import { ownFolder } from "../support/running-site.rig.ts";
import { until } from "../support/until.rig.ts";

const END_MAX = 20_000;
const DEMO = fileURLToPath(new URL("../../scripts/demo/site.yaml", import.meta.url));

const folder = ownFolder(t);
const started: LintelProcess[] = [];
t.teardown(() => Promise.all(started.map((part) => part.kill())));

function start(args: readonly string[]): LintelProcess {
  const part = new LintelProcess([...args, "--json"]);
  started.push(part);
  return part;
}

const PARTS = {
  authority: (data: string) => ["authority", "--data", data, "--http", "0", "--mqtt-port", "0"],
  edge: (data: string) => ["edge", "--data", data],
} as const;
type Part = keyof typeof PARTS;

/** Pids of edge and authority of a data folder, as they wrote them. */
function pids(data: string): number[] {
  return (Object.keys(PARTS) as Part[]).map(
    (part) => JSON.parse(readFileSync(join(data, part, "process.json"), "utf8")).pid as number,
  );
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // Somebody's child that ended and was not waited for is there, and lives no more.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" && process.platform !== "linux";
  }
}

/** What of a running process is left in a part's folder: its file, sockets. */
function leftBy(part: Part, data: string): string[] {
  const path = join(data, part);
  const isLeft = (name: string) => name.startsWith("process.json") || statSync(join(path, name)).isSocket();
  return readdirSync(path)
    .filter(isLeft)
    .map((name) => join(part, name));
}

async function endsInTime(part: LintelProcess, signal: NodeJS.Signals) {
  const told = performance.now();
  part.signal(signal);
  const ended = await part.ended;
  return { ...ended, inTime: performance.now() - told < END_MAX };
}

const ENDINGS: readonly { readonly part: Part; readonly signal: NodeJS.Signals }[] = [
  { part: "authority", signal: "SIGTERM" },
  { part: "edge", signal: "SIGTERM" },
  { part: "authority", signal: "SIGINT" },
  { part: "edge", signal: "SIGINT" },
];

for (const { part, signal } of ENDINGS) {
  test(`${part}: alone on its folder, killed and started again, and gone within 2 s of ${signal}`, async (t) => {
    const data = join(folder, `${part}-${signal}`);
    const first = start(PARTS[part](data));
    await first.ready();
    const second = await runLintel(PARTS[part](data));
    t.match(second, { code: 3, err: /another (edge|authority)/, out: "" });
    await first.kill();
    t.ok(leftBy(part, data).includes(join(part, "process.json")), "what was killed leaves its file");
    const command = part === "edge" ? ["door", "pair", "front"] : ["site", "export"];
    t.match(await runLintel([...command, "--data", data]), { code: 3, err: /no (edge|authority) runs/, out: "" });
    const again = start(PARTS[part](data));
    await again.ready();
    t.equal(leftBy(part, data).length, part === "edge" ? 2 : 1);
    for (const name of leftBy(part, data)) t.equal(statSync(join(data, name)).mode & 0o777, 0o600, name);
    t.same(await endsInTime(again, signal), { code: 0, signal: null, inTime: true });
    t.same(leftBy(part, data), []);
    t.match(await runLintel([...command, "--data", data]), { code: 3 });
  });
}

test("an authority goes on where nobody reads any more what it prints, and ends as it should", async (t) => {
  const data = join(folder, "unread");
  const authority = start(PARTS.authority(data));
  await authority.ready();
  authority.unread();
  t.match(await runLintel(["site", "apply", DEMO, "--data", data]), { code: 0 });
  t.match(await runLintel(["edge", "token", "e1", "--data", data]), { code: 0 }, "it told of the site, and lives");
  t.match(await endsInTime(authority, "SIGTERM"), { code: 0, signal: null, inTime: true });
  t.same(leftBy("authority", data), []);
});

test("a data folder whose path is too long for a socket has it elsewhere, and none is left there either", async (t) => {
  const edge = start(PARTS.edge(join(folder, "a-long-name-".repeat(10))));
  const { control } = await edge.ready();
  t.notMatch(control, /a-long-name/);
  t.ok(statSync(control).isSocket());
  t.equal(statSync(control).mode & 0o777, 0o600);
  t.match(await endsInTime(edge, "SIGTERM"), { code: 0, inTime: true });
  t.notOk(existsSync(dirname(control)));
});

test("the end of a whole site leaves neither part of it behind", async (t) => {
  const data = join(folder, "whole");
  const up = start(["up", DEMO, "--data", data, "--http", "0", "--mqtt-port", "0"]);
  await up.ready();
  const parts = pids(data);
  t.same(parts.map(lives), [true, true]);
  t.match(await endsInTime(up, "SIGTERM"), { code: 0, signal: null, inTime: true });
  t.same(parts.map(lives), [false, false]);
  t.same([...leftBy("edge", data), ...leftBy("authority", data)], []);
});

test("a whole site that is killed takes its parts with it, and starts again on the same folder", async (t) => {
  const data = join(folder, "whole");
  const up = start(["up", "--data", data, "--http", "0", "--mqtt-port", "0"]);
  await up.ready();
  const parts = pids(data);
  await up.kill();
  await until("its parts have ended", () => !parts.some(lives), END_MAX);
  t.same([...leftBy("edge", data), ...leftBy("authority", data)], [], "they ended by themselves, in order");
  const again = start(["up", "--data", data, "--http", "0", "--mqtt-port", "0"]);
  t.match(await again.ready(), { site: "demo", edge: "e1" });
  t.match(await endsInTime(again, "SIGINT"), { code: 0, signal: null, inTime: true });
});
