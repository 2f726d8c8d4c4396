/**
 * For tests of what a person gets wrong: the command as a process, in a shell of its own, as another user, and what it
 * must say of it: one sentence on one line, by the name of the command.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Test } from "tap";
import { LintelProcess, type Ran } from "./lintel-process.rig.ts";
import { ownFolder } from "./running-site.rig.ts";

export const LINTEL = fileURLToPath(new URL("../../scripts/bin/lintel.mjs", import.meta.url));
export const DEMO = fileURLToPath(new URL("../../scripts/demo/site.yaml", import.meta.url));
export const AS_ROOT = process.getuid?.() === 0;
/** Somebody who owns nothing here. */
export const NOBODY = 65_534;

export const PARTS = {
  edge: (data: string) => ["edge", "--data", data],
  authority: (data: string) => ["authority", "--data", data, "--http", "0", "--mqtt-port", "0"],
} as const;
export type Part = keyof typeof PARTS;
export const BOTH = Object.keys(PARTS) as Part[];
export const PLAIN = 'exec "$0" "$@"';

/** The folders of one test file. */
export class Folders {
  readonly root: string;
  #made = 0;

  constructor(t: Parameters<typeof ownFolder>[0]) {
    this.root = ownFolder(t);
  }

  fresh(): string {
    this.#made += 1;
    return join(this.root, `${this.#made}`);
  }

  /** One on which a part ran and ended. */
  async used(part: Part): Promise<string> {
    const data = this.fresh();
    const running = new LintelProcess([...PARTS[part](data), "--json"]);
    await running.ready();
    running.signal("SIGTERM");
    await running.ended;
    return data;
  }

  /** A shell around the command: limits, another user, another standard output. */
  async shell(script: string, args: readonly string[], uid?: number): Promise<Ran> {
    const as = uid === undefined ? {} : { uid, gid: uid };
    const env = { ...process.env, NO_COLOR: "1", LINTEL_ENDS_WITH_STDIN: "1", HOME: "/", TMPDIR: this.root };
    const begun = performance.now();
    const child = spawn("sh", ["-c", script, process.execPath, LINTEL, ...args], { ...as, env, cwd: "/" });
    const said = { out: "", err: "" };
    child.stdout.on("data", (text) => {
      said.out += text;
    });
    child.stderr.on("data", (text) => {
      said.err += text;
    });
    child.stdin.end();
    const [code] = await once(child, "close");
    return { code: code as number, ...said, ms: performance.now() - begun };
  }
}

/** What serves ends with its standard input, so that stays open here. */
export async function serving(args: readonly string[]): Promise<Ran> {
  const part = new LintelProcess(args);
  const { code } = await part.ended;
  return { code, out: part.out, err: part.talk, ms: 0 };
}

/** One sentence, on one line, from the command by its name; never where in the code it was said. */
export function sentence(t: Test, ran: Ran, code: number, says: RegExp): void {
  t.equal(ran.code, code, ran.err);
  t.match(ran.err, says);
  t.match(ran.err, /^lintel [a-z ]+: [^\n]+\n$/, "one line");
  t.notMatch(ran.err, /\n\s+at |node:internal|\.ts:\d/, "no stack trace");
  t.equal(ran.out, "");
}

/** Every file below, byte for byte. */
export function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), "hex")]),
  );
}
