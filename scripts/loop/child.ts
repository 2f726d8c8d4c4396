/**
 * A process of Lintel as a child of this one: started with `--json`, read line by line, ended politely.
 * It ends with its parent also when the parent is killed: its standard input closes then (see `endWithParent`).
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { keepPortsFromChild } from "@lintel/hardware/serial/virtual-pair.ts";
import { CommandFailed, EXIT } from "../command.ts";

const LINTEL = fileURLToPath(new URL("../bin/lintel.mjs", import.meta.url));
/** Longest that a child may take to serve. Cold caches on a slow disk take a fifth of it. */
const READY_MAX = 20_000;
/** Longest that a child may take to end by itself before it is killed. */
const END_MAX = 3_000;

/** One line of a child's `--json` output. */
export interface ChildEvent {
  readonly event: string;
  readonly [field: string]: unknown;
}

export interface Child {
  /** The `ready` event of the child. */
  readonly ready: ChildEvent;
  readonly pid: number;
  /** Resolves when the process is gone, with the reason as a person reads it. */
  readonly ended: Promise<string>;
  end(): Promise<void>;
}

export interface ChildOptions {
  /** `["edge", "--data", DIR]`; `--json` is added. */
  readonly args: readonly string[];
  readonly onEvent: (event: ChildEvent) => void;
  /** What the child says to people. */
  readonly onTalk: (line: string) => void;
  /** Aborted while the child still begins: it is killed, and the start rejects. Later it does nothing. */
  readonly signal?: AbortSignal;
}

/** Starts a child and waits until it serves. Rejects with the child's own sentence when it ends before that. */
export async function startChild({ args, onEvent, onTalk, signal }: ChildOptions): Promise<Child> {
  signal?.throwIfAborted();
  const child = spawn(process.execPath, [LINTEL, ...args, "--json"], {
    // Not the far ends of virtual lines: a cable that a child holds too cannot be pulled.
    stdio: ["pipe", "pipe", "pipe", ...keepPortsFromChild()],
    env: { ...process.env, LINTEL_ENDS_WITH_STDIN: "1" },
    // Its own process group: Ctrl-C in the terminal reaches the parent alone, which then ends its children in order.
    detached: true,
  });
  // Told once it serves; until then it is the sentence with which it may end.
  const early: string[] = [];
  let tell = (line: string): void => void early.push(line);
  createInterface({ input: child.stderr! }).on("line", (line) => tell(line));
  const ended = endOf(child);
  const kill = () => void child.kill("SIGKILL");
  signal?.addEventListener("abort", kill);
  const ready = await new Promise<ChildEvent>((resolve, reject) => {
    const late = setTimeout(
      () => reject(new CommandFailed(EXIT.unreachable, `lintel ${args[0]} did not serve within ${READY_MAX / 1000} s`)),
      READY_MAX,
    );
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const event = readEvent(line);
      if (event === null) return;
      if (event.event === "ready") {
        clearTimeout(late);
        tell = onTalk;
        for (const line of early) onTalk(line);
        resolve(event);
      }
      onEvent(event);
    });
    void ended.then((why) => {
      clearTimeout(late);
      reject(failedStart(args[0]!, early, { why, code: child.exitCode }));
    });
  })
    .catch(async (error: unknown) => {
      kill();
      await ended;
      throw error;
    })
    .finally(() => signal?.removeEventListener("abort", kill));
  return { ready, pid: child.pid!, ended, end: () => endChild(child, ended) };
}

/** The child's own sentence and its own exit code: what is wrong with a part is wrong with the whole. */
function failedStart(
  part: string,
  said: readonly string[],
  { why, code }: { readonly why: string; readonly code: number | null },
): CommandFailed {
  const exit = Object.values(EXIT).find((known) => known === code && known !== EXIT.done) ?? EXIT.unreachable;
  const sentence = said.join("\n").replace(`lintel ${part}: `, "");
  return new CommandFailed(exit, `the ${part} did not start: ${sentence || why}`);
}

async function endChild(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), END_MAX);
  await ended;
  clearTimeout(late);
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
}

function readEvent(line: string): ChildEvent | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && "event" in value ? (value as ChildEvent) : null;
  } catch {
    return null;
  }
}
