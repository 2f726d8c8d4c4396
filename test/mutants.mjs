/**
 * `make mutants`: makes each mistake of test/mutations.ts in a copy of the tree, runs the test that must notice it, and
 * ends with one line: `N passed, N failed`. Noticed means that an assertion failed: a mistake that only keeps the file
 * from being loaded, or that ends in silence, is no pass. Each test is first seen green without a mistake.
 *
 *   node --import tsx test/mutants.mjs [PART OF A PATH ...]
 */
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { MUTATIONS } from "./mutations.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Longest that one test may run, in ms: a mistake may make a loop endless, and that is not how it should be noticed. */
const TEST_TIME_MAX = 240_000;
/** A file of ours and what it imports are what the copy is for; the rest is the same for all. */
const NOT_COPIED = new Set(["node_modules", ".git", ".cache", ".tap", "lintel-data", "lintel-data-keyvault"]);

const SAID = {
  green: "stays green",
  broken: "ends without a failing assertion",
  silent: "ends without a word",
  endless: `takes longer than ${TEST_TIME_MAX / 1000} s`,
};

const wanted = process.argv.slice(2);
const rows = MUTATIONS.filter(
  ({ file, seenBy }) => wanted.length === 0 || wanted.some((part) => file.includes(part) || seenBy.includes(part)),
);
const tests = [...new Set(rows.map(({ seenBy }) => seenBy))];
const tally = { pass: 0, fail: 0 };
const started = Date.now();
const home = mkdtempSync(join(tmpdir(), "lintel-mutants-"));
const running = new Set();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
  rmSync(home, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(130));

const copies = Array.from({ length: Math.max(2, Math.min(4, availableParallelism())) }, (_, at) => copyTree(at));
const red = new Set();
await inCopies(tests, async (copy, file) => {
  const { end, output } = await runTest(copy, file);
  if (end === "green") return;
  red.add(file);
  tell(false, `${file} is ${end} without any mistake\n${output}`);
});
await inCopies(rows, async (copy, { file, from, to, seenBy }) => {
  const what = `${file}: ${oneLine(from)} → ${oneLine(to)}`;
  if (red.has(seenBy)) return tell(false, `${what}: ${seenBy} says nothing, it is red without the mistake`);
  const path = join(copy, file);
  const text = readFileSync(path, "utf8");
  const parts = text.split(from);
  if (parts.length !== 2) return tell(false, `${what}: stands there ${parts.length - 1} times, expected once`);
  writeFileSync(path, parts.join(to));
  const { end } = await runTest(copy, seenBy);
  writeFileSync(path, text);
  tell(end === "red", end === "red" ? what : `${what}: ${seenBy} ${SAID[end]}`);
});

console.log(`\n${rows.length} mistakes, ${tests.length} tests, ${((Date.now() - started) / 1000).toFixed(0)} s`);
if (rows.length === 0) tell(false, `no row matches ${wanted.join(", ")}`);
console.log(`${tally.pass} passed, ${tally.fail} failed`);
process.exitCode = tally.fail > 0 ? 1 : 0;

/** Takes each of `all` once, as many at a time as there are copies. */
async function inCopies(all, act) {
  const queue = [...all];
  await Promise.all(
    copies.map(async (copy) => {
      for (let one = queue.shift(); one !== undefined; one = queue.shift()) await act(copy, one);
    }),
  );
}

/** The tree without what is installed, which is linked; our own packages are links into the copy, as they are in ROOT. */
function copyTree(at) {
  const copy = join(home, String(at));
  mkdirSync(join(copy, "node_modules", "@lintel"), { recursive: true });
  for (const name of readdirSync(ROOT)) if (!NOT_COPIED.has(name)) copyInto(copy, name);
  for (const name of readdirSync(join(ROOT, "node_modules")))
    if (name !== "@lintel") symlinkSync(join(ROOT, "node_modules", name), join(copy, "node_modules", name));
  for (const name of readdirSync(join(ROOT, "node_modules", "@lintel")))
    symlinkSync(join(copy, name), join(copy, "node_modules", "@lintel", name));
  return copy;
}

function copyInto(copy, name) {
  cpSync(join(ROOT, name), join(copy, name), {
    recursive: true,
    filter: (path) => !NOT_COPIED.has(basename(path)),
  });
}

/** `red` as soon as one assertion fails: what comes after it says nothing more. */
function runTest(copy, file) {
  return new Promise((done) => {
    const child = spawn(process.execPath, ["--import", "tsx", file], {
      cwd: copy,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1", TAP_TIMEOUT: String((TEST_TIME_MAX * 2) / 1000) },
    });
    running.add(child);
    let output = "";
    let end = null;
    const take = (chunk) => {
      output += chunk;
      if (end === null && /^ *not ok (?!.*# (?:TODO|SKIP))/m.test(output)) finish("red");
    };
    const finish = (how) => {
      end = how;
      child.kill("SIGKILL");
    };
    child.stdout.setEncoding("utf8").on("data", take);
    child.stderr.setEncoding("utf8").on("data", take);
    const deadline = setTimeout(() => finish("endless"), TEST_TIME_MAX);
    child.on("close", (code) => {
      clearTimeout(deadline);
      running.delete(child);
      const counted = /^# \{ total: [1-9]/m.test(output);
      done({ end: end ?? (code !== 0 ? "broken" : counted ? "green" : "silent"), output: output.slice(-2000) });
    });
  });
}

function tell(passed, what) {
  tally[passed ? "pass" : "fail"] += 1;
  console.log(`${passed ? "noticed" : "FAILED "} ${what}`);
}

function oneLine(text) {
  const flat = text.replace(/\s+/g, " ");
  return flat.length > 70 ? `${flat.slice(0, 70)}…` : flat === "" ? "nothing" : flat;
}
