/**
 * For tests: `lintel` as processes of their own. What they print is kept whole, their `--json` lines as values, and
 * whatever a test leaves running is killed when its file ends, however it ends.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { keepPortsFromChild } from "@lintel/hardware/serial/virtual-pair.ts";
import { PATIENCE, until } from "./until.rig.ts";

const LINTEL = fileURLToPath(new URL("../../scripts/bin/lintel.mjs", import.meta.url));

/** One line of `--json` output. */
export interface Line {
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a line holds is what the tests are about.
  readonly [field: string]: any;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** A `lintel` command that goes on until it is ended. */
export class LintelProcess {
  readonly args: readonly string[];
  readonly lines: Line[] = [];
  /** Everything that it printed, byte for byte. */
  readonly printed: Buffer[] = [];
  /** Its standard output, and its standard error. */
  out = "";
  talk = "";
  /** The process and its output are at their end. */
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  readonly #watching: ((line: Line) => void)[] = [];
  #end: Ended | null = null;
  #rest = "";

  constructor(args: readonly string[], stdin: string | null = null) {
    this.args = args;
    this.#child = spawn(process.execPath, [LINTEL, ...args], {
      stdio: ["pipe", "pipe", "pipe", ...keepPortsFromChild()],
      // A test that is killed itself leaves nothing running: its end of standard input closes.
      env: { ...process.env, NO_COLOR: "1", LINTEL_ENDS_WITH_STDIN: "1" },
    });
    running.add(this.#child);
    this.#child.stdin!.on("error", () => {});
    if (stdin !== null) this.#child.stdin!.end(stdin);
    this.#child.stdout!.on("data", (bytes: Buffer) => this.#hear(bytes));
    this.#child.stderr!.on("data", (bytes: Buffer) => {
      this.printed.push(bytes);
      this.talk += bytes.toString("utf8");
    });
    this.ended = new Promise((done) => {
      this.#child.on("close", (code, signal) => {
        running.delete(this.#child);
        this.#end = { code, signal };
        done(this.#end);
      });
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Hears every line in the moment in which it came. */
  onLine(listener: (line: Line) => void): void {
    this.#watching.push(listener);
  }

  say(text: string): void {
    this.#child.stdin!.write(text);
  }

  /** The first line, printed already or to come, of which `claim` holds; only from line `from` on. */
  line(what: string, claim: (line: Line) => boolean, { from = 0, patience = PATIENCE } = {}): Promise<Line> {
    return until(
      `${what}, of lintel ${this.args.slice(0, 2).join(" ")}`,
      () => {
        const found = this.lines.slice(from).find(claim);
        if (found !== undefined) return found;
        if (this.#end !== null) throw new Error(`lintel ${this.args[0]} ended before: ${what}\n${this.talk}`);
        return null;
      },
      patience,
    );
  }

  ready(): Promise<Line> {
    return this.line("ready", ({ event }) => event === "ready");
  }

  /** Whoever read what it prints is gone. */
  unread(): void {
    this.#child.stdout!.destroy();
    this.#child.stderr!.destroy();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** As the power would. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.ended;
  }

  #hear(bytes: Buffer): void {
    this.printed.push(bytes);
    this.out += bytes.toString("utf8");
    const lines = (this.#rest + bytes.toString("utf8")).split("\n");
    this.#rest = lines.pop()!;
    for (const text of lines) {
      const line = text.startsWith("{") ? (JSON.parse(text) as Line) : { event: "text", text };
      this.lines.push(line);
      for (const listener of this.#watching) listener(line);
    }
  }
}

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** From the start of the process to its end. */
  readonly ms: number;
}

/** Runs one command to its end, as a process. */
export async function runLintel(args: readonly string[], stdin = ""): Promise<Ran> {
  const begun = performance.now();
  const command = new LintelProcess(args, stdin);
  const { code } = await command.ended;
  return { code, out: command.out, err: command.talk, ms: performance.now() - begun };
}
