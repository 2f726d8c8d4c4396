/**
 * What every command of `lintel` is made of: its words, its help, and a run that answers with an exit code.
 * Not here: the list of commands (lintel.ts) and what any of them does (commands/).
 */
import { readFileSync } from "node:fs";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { SecretText } from "@lintel/protocol/base/secret.ts";

export { readInstant } from "@lintel/protocol/base/rfc3339.ts";

/** Design 5.1. */
export const EXIT = {
  /** Done, or granted. */
  done: 0,
  /** Answered no: denied, check found errors, vectors failed. */
  no: 1,
  /** Wrong use or unreadable input. */
  wrongUse: 2,
  unreachable: 3,
  notPermitted: 4,
  /** Our own bug (`EX_SOFTWARE` of sysexits.h): never the fault of who typed the command. */
  bug: 70,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Results go to stdout; everything else, talk and complaint alike, to stderr. */
export interface Io {
  readonly stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Command {
  /** As typed: `site apply`. */
  readonly words: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** The whole of `--help`, ending in a newline. */
  readonly help: string;
  run(args: readonly string[], io: Io): Promise<ExitCode>;
  /** It serves, and goes on where nobody reads what it prints: a pipe that closed, a log on a full disk. */
  readonly serves?: true;
}

/** Ends a command with one sentence for the person who typed it: what is wrong, where, and what to do. */
export class CommandFailed extends Error {
  readonly exit: ExitCode;
  constructor(exit: ExitCode, sentence: string) {
    super(sentence);
    this.name = "CommandFailed";
    this.exit = exit;
  }
}

export function wrongUse(sentence: string): CommandFailed {
  return new CommandFailed(EXIT.wrongUse, sentence);
}

/** Whose mistake a refused start was, as design 5.1 numbers it. */
export const BLAME_EXIT = {
  unusable: EXIT.wrongUse,
  unavailable: EXIT.unreachable,
  "in-use": EXIT.unreachable,
  forbidden: EXIT.notPermitted,
} as const;

type Options = NonNullable<ParseArgsConfig["options"]>;

/** Reads options strictly: an unknown one, or one without its value, is wrong use with a sentence that names it. */
export function readOptions<T extends Options>(
  args: readonly string[],
  options: T,
  limits: { readonly positionals?: number } = {},
) {
  let parsed: ReturnType<typeof parseArgs<{ args: string[]; options: T; strict: true; allowPositionals: true }>>;
  try {
    parsed = parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  } catch (error) {
    throw wrongUse(firstSentence(error));
  }
  const most = limits.positionals ?? 0;
  const extra = parsed.positionals[most];
  if (extra !== undefined) throw wrongUse(`unexpected argument '${extra}'`);
  return parsed;
}

function firstSentence(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split(/\n|\. (?=To specify|Did you)/)[0]!.replace(/\.$/, "");
}

/** A secret on a command line: itself, `@FILE`, or `-` for one line of stdin. The trailing newline is not part of it. */
export async function readSecretArgument(argument: string, io: Io): Promise<SecretText> {
  if (argument === "-") {
    let text = "";
    for await (const chunk of io.stdin) text += String(chunk);
    return new SecretText(text.split("\n")[0]!.trim());
  }
  if (argument.startsWith("@")) {
    const path = argument.slice(1);
    try {
      return new SecretText(readFileSync(path, "utf8").trim());
    } catch (error) {
      throw wrongUse(`cannot read the secret from ${path}: ${(error as NodeJS.ErrnoException).code ?? error}`);
    }
  }
  return new SecretText(argument);
}
