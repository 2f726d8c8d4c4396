/**
 * The `lintel` command: finds the command that the words name, runs it, and turns what it answers into an exit code.
 * Commands are loaded when named, so that `lintel check` does not wait for a broker's code.
 */
import { readFileSync } from "node:fs";
import { type Command, CommandFailed, EXIT, type ExitCode, type Io } from "./command.ts";

/** Every command, in the order of `lintel --help`, with the file that holds it. */
const COMMANDS: Readonly<Record<string, () => Promise<{ command: Command }>>> = {
  demo: () => import("./commands/demo.ts"),
  up: () => import("./commands/up.ts"),
  edge: () => import("./commands/edge.ts"),
  authority: () => import("./commands/authority.ts"),
  "edge adopt": () => import("./commands/edge-adopt.ts"),
  "edge token": () => import("./commands/edge-token.ts"),
  "door pair": () => import("./commands/door-pair.ts"),
  sim: () => import("./commands/sim.ts"),
  controller: () => import("./commands/controller.ts"),
  "site apply": () => import("./commands/site-apply.ts"),
  "site diff": () => import("./commands/site-diff.ts"),
  "site export": () => import("./commands/site-export.ts"),
  check: () => import("./commands/check.ts"),
  explain: () => import("./commands/explain.ts"),
  log: () => import("./commands/log.ts"),
};

export async function main(args: readonly string[]): Promise<void> {
  const io: Io = {
    stdin: process.stdin,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    env: process.env,
  };
  process.exitCode = await run(args, io);
}

/** Runs one command line. Everything but our own bugs ends in an exit code here. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
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
  if (found.rest.includes("--help") || found.rest.includes("-h")) {
    io.out(command.help);
    return EXIT.done;
  }
  try {
    return await command.run(found.rest, io);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    io.err(`lintel ${command.words}: ${error.message}\n`);
    return error.exit;
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
    "lintel COMMAND --help tells all of one. Exit: 0 done, 1 answered no, 2 wrong use, 3 unreachable, 4 not permitted.",
    "",
  );
  return lines.join("\n");
}

function version(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
