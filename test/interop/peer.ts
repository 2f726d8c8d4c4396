/** Somebody else's implementation as a process (peers/*.py): orders go in, what it saw comes out, as JSON lines. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { keepPortsFromChild } from "@lintel/hardware/serial/virtual-pair.ts";
import { until } from "../support/until.rig.ts";

const PEERS = fileURLToPath(new URL("peers/", import.meta.url));
/** Longest that a row waits for anything, in ms: a libosdp panel needs 10 s to see that a device is gone. */
export const PATIENCE = 20_000;

export interface Told {
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a line holds is what the rows are about.
  readonly [field: string]: any;
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export class Peer {
  readonly told: Told[] = [];
  /** Its own log, for a row that failed. */
  log = "";
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #script: string;
  #rest = "";
  #over = false;

  constructor(python: string, script: string, args: readonly string[]) {
    this.#script = script;
    this.#child = spawn(python, [`${PEERS}${script}`, ...args], {
      stdio: ["pipe", "pipe", "pipe", ...keepPortsFromChild()],
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
    });
    running.add(this.#child);
    this.#child.stdin!.on("error", () => {});
    this.#child.stdout!.on("data", (bytes: Buffer) => this.#hear(bytes.toString("utf8")));
    this.#child.stderr!.on("data", (bytes: Buffer) => {
      this.log = (this.log + bytes.toString("utf8")).slice(-20_000);
    });
    this.ended = new Promise((done) => {
      this.#child.on("close", () => {
        running.delete(this.#child);
        this.#over = true;
        done();
      });
    });
  }

  order(what: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.#child.stdin!.write(`${JSON.stringify({ do: what, ...fields })}\n`);
  }

  /** The first thing told from place `from` on of which `claim` holds, now or within the patience of a row. */
  sees(what: string, claim: (told: Told) => boolean, from = 0, patience = PATIENCE): Promise<Told> {
    return until(
      `${what}, of ${this.#script}`,
      () => {
        const found = this.told.slice(from).find(claim);
        if (found === undefined && this.#over) throw new Error(`${this.#script} ended before: ${what}\n${this.log}`);
        return found;
      },
      patience,
    );
  }

  /** Stands still, as a device whose program hangs; and goes on. */
  halt(on: boolean): void {
    this.#child.kill(on ? "SIGSTOP" : "SIGCONT");
  }

  async end(): Promise<void> {
    this.#child.stdin!.end();
    this.#child.kill("SIGKILL");
    await this.ended;
  }

  #hear(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop()!;
    for (const line of lines) {
      if (line.startsWith("{")) this.told.push(JSON.parse(line) as Told);
      else this.log += `${line}\n`;
    }
  }
}
