/** The serial lines of this machine: opened by their paths, and opened again for as long as they are wanted. */
import { openSerial, type SerialError, type SerialLink, sayWhy } from "@lintel/hardware/serial/link.ts";
import { openTcp } from "@lintel/hardware/serial/tcp.ts";
import type { Result } from "@lintel/protocol/base/result.ts";
import type { SerialPorts } from "../box/ports.ts";
import { LIMITS } from "./limits.ts";

export interface SerialListener {
  opened(bus: string): void;
  closed(bus: string, why: string): void;
  bytes(bus: string, bytes: Uint8Array): void;
}

interface Line {
  readonly path: string;
  readonly baud: number;
  link: SerialLink | null;
  again: NodeJS.Timeout | null;
  /** What was said last of why it is not open: said once, not every second. */
  said: string | null;
  wanted: boolean;
}

export class MachinePorts implements SerialPorts {
  readonly #lines = new Map<string, Line>();
  readonly #listener: SerialListener;

  constructor(listener: SerialListener) {
    this.#listener = listener;
  }

  open(bus: string, path: string, baud: number): void {
    this.close(bus);
    const line: Line = { path, baud, link: null, again: null, said: null, wanted: true };
    this.#lines.set(bus, line);
    void this.#try(bus, line);
  }

  close(bus: string): void {
    const line = this.#lines.get(bus);
    if (line === undefined) return;
    line.wanted = false;
    if (line.again !== null) clearTimeout(line.again);
    void line.link?.close();
    this.#lines.delete(bus);
  }

  closeAll(): Promise<unknown> {
    const closing = [...this.#lines.values()].map(({ link }) => link?.close());
    for (const bus of [...this.#lines.keys()]) this.close(bus);
    return Promise.all(closing);
  }

  write(bus: string, bytes: Uint8Array): void {
    this.#lines.get(bus)?.link?.write(bytes);
  }

  async #try(bus: string, line: Line): Promise<void> {
    line.again = null;
    const opened = await openPath(line);
    if (!line.wanted) {
      if (opened.ok) await opened.value.close();
      return;
    }
    if (!opened.ok) {
      this.#lost(bus, line, sayWhy(opened.error));
      return;
    }
    const link = opened.value;
    line.link = link;
    line.said = null;
    link.onBytes((bytes) => {
      if (line.link === link) this.#listener.bytes(bus, bytes);
    });
    link.onClose((why) => {
      if (line.link !== link) return;
      line.link = null;
      if (line.wanted) this.#lost(bus, line, why);
    });
    this.#listener.opened(bus);
  }

  #lost(bus: string, line: Line, why: string): void {
    line.again = setTimeout(() => void this.#try(bus, line), LIMITS.reopen);
    if (line.said === why) return;
    line.said = why;
    this.#listener.closed(bus, why);
  }
}

function openPath({ path, baud }: Line): Promise<Result<SerialLink, SerialError>> {
  const tcp = /^tcp:\/\/([^/]+):(\d+)$/.exec(path);
  return tcp === null ? openSerial({ path, baud }) : openTcp(tcp[1]!, Number(tcp[2]));
}
