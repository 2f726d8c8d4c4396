/** A line that outlives its cable: when the port goes, it is opened again by the same name every second. */
import type { SerialLink } from "@lintel/hardware/serial/link.ts";
import { type OpenPort, openPort, type PortPath } from "./port.ts";

const REOPEN_MS = 1_000;

export interface LineListener {
  bytes(bytes: Uint8Array): void;
  /** The port went. Not called for `close`. */
  gone(path: string, why: string): void;
  back(path: string): void;
}

export class KeptLine {
  readonly #port: PortPath;
  #baud: number;
  readonly #listener: LineListener;
  #link: SerialLink | null = null;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  /** `opened`: the first opening, done by who can say why it failed. */
  constructor(port: PortPath, baud: number, opened: OpenPort, listener: LineListener) {
    this.#port = port;
    this.#baud = baud;
    this.#listener = listener;
    this.#use(opened);
  }

  /** While the port is gone: nothing, as on a cut wire. */
  write(bytes: Uint8Array): void {
    this.#link?.write(bytes);
  }

  /** Also of every later opening. */
  setBaud(baud: number): void {
    this.#baud = baud;
    this.#link?.setBaud?.(baud);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#link?.close();
  }

  #use({ path, link }: OpenPort): void {
    this.#link = link;
    link.onBytes((bytes) => this.#listener.bytes(bytes));
    link.onClose((why) => {
      if (this.#closed) return;
      this.#link = null;
      this.#listener.gone(path, why);
      this.#reopenSoon();
    });
  }

  #reopenSoon(): void {
    this.#timer = setTimeout(async () => {
      const opened = await openPort(this.#port, this.#baud);
      if (!opened.ok) {
        if (!this.#closed) this.#reopenSoon();
        return;
      }
      if (this.#closed) {
        await opened.value.link.close();
        return;
      }
      this.#use(opened.value);
      this.#listener.back(opened.value.path);
    }, REOPEN_MS);
  }
}
