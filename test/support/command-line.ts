/** Runs one command line of `lintel` in this process, with what it would print caught. */
import { Readable } from "node:stream";
import type { ExitCode } from "@lintel/scripts/command.ts";
import { run } from "@lintel/scripts/lintel.ts";

export interface Ran {
  readonly exit: ExitCode;
  readonly out: string;
  readonly err: string;
}

export async function lintel(args: readonly string[], stdin = ""): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const exit = await run(args, {
    stdin: Readable.from([stdin]),
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    env: {},
  });
  return { exit, out: out.join(""), err: err.join("") };
}
