/**
 * Standard output and error of a process. A reader that went away and a log on a full disk are no bugs, and must not end
 * what serves doors; to a command whose result is its output they are its end.
 */
import { CommandFailed, EXIT } from "./command.ts";

/** A pipe or a file, as Node gives it. */
export interface Sink {
  write(text: string): unknown;
  on(event: "error", listener: (error: NodeJS.ErrnoException) => void): unknown;
}

export interface Printing {
  print(text: string): void;
  /** From here on what cannot be printed is dropped: the process serves. */
  serve(): void;
}

/** `gone`: nobody reads any more, or nothing can be written; called once, unless the process serves. */
export function printTo(sink: Sink, gone: (error: CommandFailed | null) => void): Printing {
  let serves = false;
  let over = false;
  const failed = (error: NodeJS.ErrnoException) => {
    if (serves || over) return;
    over = true;
    // `lintel log | head` had all that it wanted.
    gone(error.code === "EPIPE" ? null : new CommandFailed(EXIT.unreachable, cannotPrint(error)));
  };
  sink.on("error", failed);
  return {
    print(text) {
      if (over) return;
      try {
        sink.write(text);
      } catch (error) {
        failed(error as NodeJS.ErrnoException);
      }
    },
    serve() {
      serves = true;
    },
  };
}

function cannotPrint({ code, message }: NodeJS.ErrnoException): string {
  return `cannot write its output: ${code === "ENOSPC" ? "the disk is full" : message}; what it did before stands`;
}
