/**
 * Runs every `*.test.ts` of the project, each in a process of its own, and ends with one line: `N passed, N failed`.
 * A file that ends without its tally, or with an exit code, counts as a failure: silence is never a pass.
 *
 *   node test/run.mjs [PART OF A PATH ...]
 */
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const ROOMS = ["protocol", "edge", "firmware-sim", "hardware", "scripts", "test"];
/** Longest that one file may run, in ms. The slowest (real processes) needs a tenth of it. */
const FILE_TIME_MAX = 300_000;

const wanted = process.argv.slice(2);
const files = ROOMS.flatMap((room) => testFiles(join(ROOT, room)))
  .map((file) => relative(ROOT, file))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort((a, b) => slowness(b) - slowness(a) || a.localeCompare(b));

const tally = { pass: 0, fail: 0, skip: 0 };
const failures = [];
const started = Date.now();
const queue = [...files];
await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker));

for (const { file, output } of failures) console.log(`\n──── ${file}\n${output.trimEnd()}`);
console.log(
  `\n${files.length} files, Node ${process.version}, ${((Date.now() - started) / 1000).toFixed(1)} s${tally.skip > 0 ? `, ${tally.skip} skipped` : ""}`,
);
if (files.length === 0) {
  console.log(`no test file matches ${wanted.join(", ")}`);
  tally.fail += 1;
}
console.log(`${tally.pass} passed, ${tally.fail} failed`);
process.exitCode = tally.fail > 0 ? 1 : 0;

async function worker() {
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    const run = await runFile(file);
    tally.pass += run.pass;
    tally.fail += run.fail;
    tally.skip += run.skip;
    if (run.fail > 0) failures.push({ file, output: run.output });
    console.log(
      `${run.fail > 0 ? "FAILED" : "ok    "} ${file}  ${run.pass} passed${run.fail > 0 ? `, ${run.fail} failed` : ""}  ${run.seconds.toFixed(1)} s`,
    );
  }
}

function runFile(file) {
  return new Promise((done) => {
    const begun = Date.now();
    const child = spawn(process.execPath, ["--import", "tsx", file], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
      // Tests wait for what happens; a busy machine must not fail them before the deadline above.
      env: { ...process.env, NO_COLOR: "1", TAP_TIMEOUT: String(FILE_TIME_MAX / 1000) },
    });
    let output = "";
    const take = (chunk) => {
      output += chunk;
    };
    child.stdout.setEncoding("utf8").on("data", take);
    child.stderr.setEncoding("utf8").on("data", take);
    const deadline = setTimeout(() => {
      output += `\n# ended after ${FILE_TIME_MAX / 1000} s\n`;
      child.kill("SIGKILL");
    }, FILE_TIME_MAX);
    child.on("close", (code) => {
      clearTimeout(deadline);
      const counted = readTally(output);
      // A crash after the last assertion has a clean tally and a bad exit code.
      if (code !== 0 && counted.fail === 0) counted.fail = 1;
      done({ ...counted, output, seconds: (Date.now() - begun) / 1000 });
    });
  });
}

/** The trailer of a TAP stream: `# { total: 8, pass: 7, fail: 1 }`. */
function readTally(output) {
  const trailer = [...output.matchAll(/^# \{ (total: \d+[^}]*) \}$/gm)].at(-1)?.[1];
  if (trailer === undefined) return { pass: 0, fail: 1, skip: 0 };
  const count = (word) => Number(new RegExp(`${word}: (\\d+)`).exec(trailer)?.[1] ?? 0);
  const empty = count("total") === 0;
  return { pass: count("pass"), fail: count("fail") + (empty ? 1 : 0), skip: count("skip") + count("todo") };
}

function testFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === "node_modules") return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return testFiles(path);
    return entry.name.endsWith(".test.ts") ? [path] : [];
  });
}

/** Whole-process tests first, so that the last worker does not end alone with the longest. */
function slowness(file) {
  return file.startsWith("test/") ? 1 : 0;
}
