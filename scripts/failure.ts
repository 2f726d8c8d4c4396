/**
 * How a command that failed ends: one sentence on stderr and an exit code. Where the code went wrong is told only to who
 * asks for it, with `--debug` or LINTEL_DEBUG=1: a stack trace says nothing to a person at a door.
 */
import { blameOf, diskFaultOf, sayDiskFault } from "@lintel/protocol/base/disk-fault.ts";
import { BLAME_EXIT, CommandFailed, EXIT, type ExitCode } from "./command.ts";

export interface Failure {
  /** Whole lines, ending in a newline. */
  readonly text: string;
  readonly exit: ExitCode;
}

/** `who` is the command as typed: `lintel edge adopt`. */
export function failureOf(error: unknown, who: string, debug: boolean): Failure {
  const { sentence, exit } = readFailure(error);
  const stack = debug && error instanceof Error ? `${error.stack ?? error.message}\n` : "";
  return { text: `${who}: ${sentence}\n${stack}`, exit };
}

function readFailure(error: unknown): { readonly sentence: string; readonly exit: ExitCode } {
  if (error instanceof CommandFailed) return { sentence: error.message, exit: error.exit };
  const fault = diskFaultOf(error);
  if (fault === "forbidden" || fault === "read-only" || fault === "full") {
    const { path, message } = error as NodeJS.ErrnoException;
    const sentence = sayDiskFault(fault, path ?? "a file", { option: "place", why: message });
    return { sentence, exit: BLAME_EXIT[blameOf(fault)] };
  }
  const said = (error instanceof Error ? error.message : String(error)).split("\n")[0];
  const sentence = `this is a bug of lintel, not your mistake (${said}); nothing that was stored is lost. Please report it, with what the same command prints with --debug`;
  return { sentence, exit: EXIT.bug };
}
