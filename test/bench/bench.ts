/**
 * `make bench`: every figure of Lintel that somebody may hold against another's, each beside a bound of physics or a
 * bare program of the same machine in the same run. It asserts nothing. `QUICK=1` takes fewer samples; `WRITE=1` keeps
 * the run in docs/figures.md.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem, type } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { calendarFigures } from "./calendar.ts";
import { commandFigures } from "./commands.ts";
import { decisionFigures } from "./decision.ts";
import { diskFigures } from "./disk.ts";
import { edgeFigures } from "./edge-process.ts";
import { type Figure, markdownTable, printTable } from "./figure.ts";
import { messageFigures } from "./messages.ts";
import { sealedFigures } from "./sealed.ts";
import { wireFigures } from "./wire.ts";

const quick = process.env.QUICK === "1";
const DOCUMENT = fileURLToPath(new URL("../../docs/figures.md", import.meta.url));
/** The disk that is measured is that of this folder: memory, as /tmp is in places, would be none. */
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const SIZES = quick
  ? {
      presses: 100,
      decisions: 5000,
      years: 100,
      records: 500,
      starts: 2,
      grants: 30,
      messages: 200,
      commands: 50,
      exchanges: 50,
      seconds: 10,
    }
  : {
      presses: 1000,
      decisions: 50_000,
      years: 1000,
      records: 5000,
      starts: 10,
      grants: 200,
      messages: 2000,
      commands: 500,
      exchanges: 500,
      seconds: 60,
    };

mkdirSync(join(ROOT, ".cache"), { recursive: true });
const folder = mkdtempSync(join(ROOT, ".cache", "bench-"));
const begun = performance.now();
const figures: Figure[] = [];
try {
  const parts: readonly { readonly what: string; readonly measure: () => Figure[] | Promise<Figure[]> }[] = [
    { what: "the wire, in virtual time", measure: () => wireFigures(SIZES.presses) },
    { what: "the line, in computing", measure: () => sealedFigures(SIZES.exchanges, SIZES.seconds) },
    { what: "the decision", measure: () => decisionFigures(SIZES.decisions) },
    { what: "the calendar", measure: () => calendarFigures(SIZES.years) },
    { what: "the disk", measure: () => diskFigures(folder, SIZES.records) },
    { what: "messages", measure: () => messageFigures(folder, SIZES.messages) },
    { what: "commands", measure: () => commandFigures(SIZES.commands) },
    { what: "the edge as a process", measure: () => edgeFigures(folder, SIZES) },
  ];
  for (const { what, measure } of parts) {
    console.error(`measuring ${what} …`);
    figures.push(...(await measure()));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`\n${machine().join("\n")}\n\n${printTable(figures)}`);
if (process.env.WRITE === "1") {
  writeFileSync(DOCUMENT, document());
  console.error("written to docs/figures.md");
}

function machine(): readonly string[] {
  const processor = cpus();
  const load = loadavg()[0]!.toFixed(1);
  return [
    `processor: ${processor[0]?.model ?? "unknown"}, ${processor.length} cores; memory: ${Math.round(totalmem() / 2 ** 30)} GB`,
    `${type()} ${release()}, Node ${process.versions.node}; disk: ${disk()}`,
    `commit ${commit()}, ${new Date().toISOString().slice(0, 10)}, ${Math.round((performance.now() - begun) / 1000)} s, load at the end ${load}`,
  ];
}

function disk(): string {
  try {
    const [, line = ""] = execFileSync("df", ["-T", ROOT], { encoding: "utf8" }).split("\n");
    const [device, kind] = line.split(/\s+/);
    return `${kind} on ${device}`;
  } catch {
    return "unknown";
  }
}

function commit(): string {
  try {
    return execFileSync("git", ["-C", ROOT, "rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}

function document(): string {
  const [before, after] = readFileSync(DOCUMENT, "utf8").split(/<!-- begin run -->[\s\S]*<!-- end run -->/);
  const command = `${quick ? "QUICK=1 " : ""}WRITE=1 make bench`;
  const run = [
    "<!-- begin run -->",
    "",
    `Last run, by \`${command}\`:`,
    "",
    ...machine().map((line) => `- ${line}`),
    "",
    markdownTable(figures),
    "<!-- end run -->",
  ];
  return `${before}${run.join("\n")}${after ?? ""}`;
}
