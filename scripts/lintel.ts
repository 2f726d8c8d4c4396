/**
 * The `lintel` command: finds the command that the words name, runs it, and turns what it answers into an exit code.
 * Commands are loaded when named, so that `lintel check` does not wait for a broker's code.
 */
import { readFileSync } from "node:fs";
import { type Command, EXIT, type ExitCode, type Io } from "./command.ts";
import { failureOf } from "./failure.ts";
import { printTo } from "./printing.ts";

/** Taken by every command, anywhere on the line: failures show where in the code they arose. */
const DEBUG = "--debug";

/** Every command, in the order of `lintel --help`, with the file that holds it. */
const COMMANDS: Readonly<Record<string, () => Promise<{ command: Command }>>> = {
  demo: () => import("./commands/demo.ts"),
  up: () => import("./commands/up.ts"),
  edge: () => import("./commands/edge.ts"),
  authority: () => import("./commands/authority.ts"),
  "edge adopt": () => import("./commands/edge-adopt.ts"),
  "edge release": () => import("./commands/edge-release.ts"),
  "edge token": () => import("./commands/edge-token.ts"),
  "door pair": () => import("./commands/door-pair.ts"),
  "door mode": () => import("./commands/door-mode.ts"),
  "door override": () => import("./commands/door-override.ts"),
  "door release": () => import("./commands/door-release.ts"),
  sim: () => import("./commands/sim.ts"),
  controller: () => import("./commands/controller.ts"),
  "site apply": () => import("./commands/site-apply.ts"),
  "site diff": () => import("./commands/site-diff.ts"),
  "site export": () => import("./commands/site-export.ts"),
  "key code": () => import("./commands/key-code.ts"),
  check: () => import("./commands/check.ts"),
  explain: () => import("./commands/explain.ts"),
  timeline: () => import("./commands/timeline.ts"),
  rehearse: () => import("./commands/rehearse.ts"),
  replay: () => import("./commands/replay.ts"),
  log: () => import("./commands/log.ts"),
  "log export": () => import("./commands/log-export.ts"),
  "log verify": () => import("./commands/log-verify.ts"),
  doctor: () => import("./commands/doctor.ts"),
};

export async function main(args: readonly string[]): Promise<void> {
  const debug = args.includes(DEBUG) || process.env.LINTEL_DEBUG === "1";
  // The processes that this one starts are asked the same.
  if (debug) process.env.LINTEL_DEBUG = "1";
  const who = `lintel ${find(args)?.words ?? ""}`.trimEnd();
  const err = printTo(process.stderr, () => undefined);
  const end = (error: unknown): never => {
    const { text, exit } = failureOf(error, who, debug);
    err.print(text);
    process.exit(exit);
  };
  const out = printTo(process.stdout, (failed) => (failed === null ? process.exit(EXIT.done) : end(failed)));
  err.serve();
  // Thrown where no command waits for it: a process that does not know its own state opens no door.
  process.on("uncaughtException", end);
  const io: Io = { stdin: process.stdin, out: out.print, err: err.print, env: process.env };
  process.exitCode = await run(args, io, () => out.serve());
  // What a bug of ours left open would keep the process, and with it the doors' lines, for ever.
  if (process.exitCode === EXIT.bug) process.exit();
}

/** Runs one command line; everything ends in an exit code here. `serves` is called where the command goes on unheard. */
export async function run(given: readonly string[], io: Io, serves: () => void = () => undefined): Promise<ExitCode> {
  const debug = given.includes(DEBUG) || io.env.LINTEL_DEBUG === "1";
  const args = given.filter((arg) => arg !== DEBUG);
  const first = args[0];
  if (first === "--version") {
    io.out(`${version()}\n`);
    return EXIT.done;
  }
  if (first === undefined || first === "--help" || first === "help" || first === "-h") {
    io.out(await overview());
    return first === undefined ? EXIT.wrongUse : EXIT.done;
  }
  const found = find(args);
  if (found === null) {
    const family = Object.keys(COMMANDS).filter((words) => words.startsWith(`${first} `));
    const hint =
      family.length > 0 ? `one of: ${family.map((words) => `lintel ${words}`).join(", ")}` : "lintel --help lists them";
    io.err(`lintel: no command '${args.slice(0, 2).join(" ")}'; ${hint}\n`);
    return EXIT.wrongUse;
  }
  const { command } = await COMMANDS[found.words]!();
  if (command.serves) serves();
  if (found.rest.includes("--help") || found.rest.includes("-h")) {
    io.out(command.help);
    return EXIT.done;
  }
  try {
    return await command.run(found.rest, io);
  } catch (error) {
    const { text, exit } = failureOf(error, `lintel ${command.words}`, debug);
    io.err(text);
    return exit;
  }
}

/** The longest words that name a command win: `edge adopt` before `edge`. */
function find(args: readonly string[]): { words: string; rest: readonly string[] } | null {
  const two = args.slice(0, 2).join(" ");
  if (two in COMMANDS && args.length >= 2) return { words: two, rest: args.slice(2) };
  const one = args[0]!;
  if (one in COMMANDS) return { words: one, rest: args.slice(1) };
  return null;
}

async function overview(): Promise<string> {
  const lines = ["lintel: an edge access controller for doors, and the simulator to develop it against", ""];
  const width = Math.max(...Object.keys(COMMANDS).map((words) => words.length));
  for (const [words, load] of Object.entries(COMMANDS)) {
    const { command } = await load();
    lines.push(`  lintel ${words.padEnd(width)}  ${command.summary}`);
  }
  lines.push(
    "",
    "lintel COMMAND --help tells all of one. Exit: 0 done, 1 answered no, 2 wrong use, 3 unreachable, 4 not permitted;",
    "70 a bug of ours, of which --debug (LINTEL_DEBUG=1) prints the stack. docs/errors.md lists what can go wrong.",
    "",
  );
  return lines.join("\n");
}

function version(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
