/** Lines of standard input, one at a time, as they are asked for. */

/** A line of commands is short; what goes beyond is not kept, and read as one line that no command fits. */
const LINE_MAX = 1_024;

export class StdinLines {
  readonly #stdin: NodeJS.ReadableStream;
  readonly #lines: string[] = [];
  #part = "";
  #ended = false;
  #arrived = () => {};

  constructor(stdin: NodeJS.ReadableStream) {
    this.#stdin = stdin;
    stdin.setEncoding("utf8");
    stdin.on("data", (chunk: string | Uint8Array) => this.#take(String(chunk)));
    stdin.on("end", () => this.#end());
    stdin.on("error", () => this.#end());
    stdin.on("close", () => this.#end());
  }

  /** The next line, without its end; null at the end of the input. */
  async next(): Promise<string | null> {
    for (;;) {
      const line = this.#lines.shift();
      if (line !== undefined) {
        if (this.#lines.length === 0) this.#stdin.resume();
        return line;
      }
      if (this.#ended) return null;
      await new Promise<void>((arrived) => {
        this.#arrived = arrived;
      });
    }
  }

  /** Reads no more, so that the process can end. */
  close(): void {
    this.#end();
    (this.#stdin as NodeJS.ReadableStream & { destroy?(): void }).destroy?.();
  }

  #take(text: string): void {
    const lines = (this.#part + text).split("\n");
    this.#part = lines.pop()!.slice(0, LINE_MAX + 1);
    this.#lines.push(...lines.map((line) => line.replace(/\r$/, "").slice(0, LINE_MAX + 1)));
    // Whoever writes faster than a finger types waits.
    if (this.#lines.length > LINE_MAX) this.#stdin.pause();
    this.#arrived();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#part !== "") this.#lines.push(this.#part);
    this.#part = "";
    this.#arrived();
  }
}
