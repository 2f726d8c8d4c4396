/** How a process of Lintel comes to its end: by SIGINT or SIGTERM, by a broken part, or with the parent that asked for that. */
import type { Io } from "./command.ts";

export interface Ending {
  /** Resolves once, with what broke, or with nothing. */
  readonly ended: Promise<unknown>;
  end(why?: unknown): void;
  /** Lets go of the signals and of standard input. */
  forget(): void;
}

/** With LINTEL_ENDS_WITH_STDIN=1 the end of standard input is the end of the process: its parent is gone. */
export function awaitEnding(io: Io): Ending {
  let end: (why?: unknown) => void = () => undefined;
  const ended = new Promise<unknown>((resolve) => {
    end = resolve;
  });
  const politely = () => end();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, politely);
  if (io.env.LINTEL_ENDS_WITH_STDIN === "1") io.stdin.on("end", politely).on("close", politely).resume();
  const forget = () => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, politely);
    io.stdin.pause();
  };
  return { ended: ended.finally(forget), end: (why) => end(why), forget };
}
