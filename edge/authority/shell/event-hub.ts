/** Who listens to what happens: the process's own output and open event streams (SSE). Slow readers are let go. */
import type { ServerResponse } from "node:http";
import type { AuthorityEvent } from "../ports.ts";
import { LIMITS } from "./limits.ts";

export class EventHub {
  readonly #listeners = new Set<(event: AuthorityEvent) => void>();
  readonly #streams = new Set<ServerResponse>();

  listen(listener: (event: AuthorityEvent) => void): void {
    this.#listeners.add(listener);
  }

  get full(): boolean {
    return this.#streams.size >= LIMITS.streams;
  }

  /** From now on; what was before is asked for by `/records`. */
  stream(response: ServerResponse): void {
    this.#streams.add(response);
    response.on("close", () => this.#streams.delete(response));
  }

  tell(event: AuthorityEvent): void {
    for (const listener of this.#listeners) listener(event);
    if (this.#streams.size === 0) return;
    const text = `event: ${event.event}\ndata: ${JSON.stringify(event)}\n\n`;
    for (const response of this.#streams) {
      if (response.writableLength > LIMITS.streamBytes) response.destroy();
      else response.write(text);
    }
  }

  close(): void {
    for (const response of this.#streams) response.destroy();
  }
}
