/** How a command talks to the running edge: one question at its control socket, and what comes until the answer. */
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import type { ControlError } from "./control.ts";
import { readProcessFile } from "./process-file.ts";

export type ReachError =
  /** No edge runs on this data folder, or it went while it was asked. */
  { readonly kind: "not-running" } | { readonly kind: "answered"; readonly error: ControlError };

/** Asks the edge of `data`. `progress` hears what comes before the answer; with `signal` the waiting for it has an end. */
export async function askEdge(
  data: string,
  question: { readonly method: string; readonly params?: object },
  progress: (event: Readonly<Record<string, unknown>>) => void = () => {},
  signal?: AbortSignal,
): Promise<Result<Readonly<Record<string, unknown>>, ReachError>> {
  const socket = await reach(data);
  if (socket === null) return fail({ kind: "not-running" });
  signal?.addEventListener("abort", () => socket.destroy());
  try {
    socket.write(`${JSON.stringify({ id: 1, ...question })}\n`);
    for await (const line of createInterface({ input: socket })) {
      const { event, result, error } = JSON.parse(line);
      if (error !== undefined) return fail({ kind: "answered", error });
      if (result !== undefined) return ok(result);
      if (event !== undefined) progress(event);
    }
    return fail({ kind: "not-running" });
  } catch {
    return fail({ kind: "not-running" });
  } finally {
    socket.destroy();
  }
}

function reach(data: string): Promise<Socket | null> {
  const running = readProcessFile(join(data, "edge"));
  if (running === null) return Promise.resolve(null);
  return new Promise((answer) => {
    const socket = connect(running.control);
    socket.once("connect", () => answer(socket));
    socket.on("error", () => answer(null));
  });
}
