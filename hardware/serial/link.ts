/**
 * A byte link to the other end of a serial line: a real serial device (a pseudo-terminal counts), opened through
 * serialport. Not here: the pseudo-terminal we make ourselves (virtual-pair.ts), serial over TCP (tcp.ts), and any
 * idea of what the bytes mean.
 */
import { read } from "node:fs";
import { promisify } from "node:util";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { SerialPort } from "serialport";
import { groupOf, type Holder, holdersOf, sayHolders } from "./device.ts";
import { LIMITS } from "./limits.ts";

/** One end of a line. Bytes may be lost, never reordered. Nothing here throws; a dead link is told by `onClose`, once. */
export interface SerialLink {
  /** After the link closed: nothing happens. */
  write(bytes: Uint8Array): void;
  onBytes(listener: (bytes: Uint8Array) => void): void;
  /** `why` is for people. Also called when `close` was. */
  onClose(listener: (why: string) => void): void;
  /** Another line speed, once everything written has left. A line without a speed of its own, like TCP, has none of it. */
  setBaud?(baud: number): void;
  close(): Promise<void>;
}

export interface SerialError {
  /**
   * missing: no such device, nobody listens. busy: somebody else holds it. wrong: it is no serial port at all.
   * beyond-loopback: asked to listen for other machines.
   */
  readonly kind: "missing" | "busy" | "forbidden" | "wrong" | "beyond-loopback" | "failed";
  readonly path: string;
  /** What the system said. */
  readonly why: string;
  /** Who holds a busy device, where that can be seen. */
  readonly holders?: readonly Holder[];
  /** The group that may use a forbidden device, where that can be seen. */
  readonly group?: string | null;
}

/** One sentence, with the remedy where there is one. */
export function sayWhy(error: SerialError): string {
  switch (error.kind) {
    case "missing":
      return error.path.startsWith("tcp")
        ? `cannot reach ${error.path}: nobody answers there`
        : `cannot open ${error.path}: it is not there; plug it in, or name another port`;
    case "busy":
      return `cannot open ${error.path}: ${whoHolds(error.holders ?? [])} it; end that one, or name another port`;
    case "forbidden": {
      const group = error.group ?? "dialout";
      return `cannot open ${error.path}: this user may not; it must be in the group ${group}: sudo usermod -aG ${group} USER, then log in again`;
    }
    case "wrong":
      return `cannot open ${error.path}: it is not a serial port; name one, like /dev/serial/by-id/…`;
    case "beyond-loopback":
      return `cannot open ${error.path}: raw serial is not encrypted, so only 127.0.0.1, ::1 and localhost are listened on`;
    case "failed":
      return `cannot open ${error.path}: ${error.why}`;
  }
}

function whoHolds(holders: readonly Holder[]): string {
  if (holders.length === 0) return "another program holds";
  return `${sayHolders(holders)} ${holders.length === 1 ? "holds" : "hold"}`;
}

/** 8N1, raw, exclusive. `baud` is one that OSDP knows; a pseudo-terminal takes any and paces none. */
export function openSerial(options: {
  readonly path: string;
  readonly baud: number;
}): Promise<Result<SerialLink, SerialError>> {
  return new Promise((answer) => {
    const port = new SerialPort({ path: options.path, baudRate: options.baud, autoOpen: false });
    port.open((error) => {
      if (error) {
        answer(fail(whyNot(options.path, error.message)));
        return;
      }
      // FTDI adapters hold bytes for 16 ms unless told otherwise (facts osdp 8.11). A device without the switch refuses,
      // and works as before.
      port.set({ lowLatency: true } as Parameters<typeof port.set>[0], () => {});
      noticeHangUp(port.port as unknown as UnixPort);
      answer(ok(linkOver(port)));
    });
  });
}

function whyNot(path: string, why: string): SerialError {
  const kind = kindOf(why);
  if (kind === "busy") return { kind, path, why, holders: holdersOf(path) };
  if (kind === "forbidden") return { kind, path, why, group: groupOf(path) };
  return { kind, path, why };
}

function kindOf(message: string): SerialError["kind"] {
  if (/no such (file|device)|not a directory/i.test(message)) return "missing";
  if (/cannot lock|resource busy|temporarily unavailable/i.test(message)) return "busy";
  if (/permission denied|operation not permitted/i.test(message)) return "forbidden";
  if (/inappropriate ioctl|is a directory/i.test(message)) return "wrong";
  return "failed";
}

/** What serialport holds of an open device on Linux and macOS. */
interface UnixPort {
  readonly isOpen: boolean;
  readonly fd: number | null;
  readonly poller: { once(event: "readable", listener: (error: Error | null) => void): void };
  read(buffer: Buffer, offset: number, length: number): Promise<{ bytesRead: number; buffer: Buffer }>;
}

/**
 * Puts our own reading in the place of serialport's (13.0.0). Where the other side wrote and hung up at once, the system
 * answers every read with no bytes; serialport then reads again for ever, burns a core, and never says that it closed.
 * It can go when the test "a cable pulled amid traffic" passes without it.
 */
function noticeHangUp(port: UnixPort): void {
  if (port.poller === undefined) return; // Windows: no such reading there.
  const readable = readableSign(port);
  port.read = async (buffer, offset, length) => {
    for (;;) {
      if (!port.isOpen || port.fd === null) throw canceled();
      try {
        const { bytesRead } = await readOnce(port.fd, buffer, offset, length, null);
        if (bytesRead > 0) return { bytesRead, buffer };
        throw new Error("the other side hung up");
      } catch (error) {
        // Closed meanwhile: its poller is destroyed, and to ask it anything ends the process.
        if (!port.isOpen) throw canceled();
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
        await readable();
      }
    }
  };
}

/** Resolves when there may be something to read; rejects when the port was closed. */
function readableSign(port: UnixPort): () => Promise<void> {
  let sign: Promise<void> | null = null;
  const told = () => {
    sign ??= new Promise<void>((ready, failed) => {
      port.poller.once("readable", (closed) => {
        sign = null;
        if (closed) failed(closed);
        else ready();
      });
    });
    // Who waits by the clock below may be gone when it is told.
    sign.catch(() => {});
    return sign;
  };
  if (!LATE_SIGNS) return told;
  return () => {
    let again: NodeJS.Timeout;
    const passed = new Promise<void>((ready) => {
      again = setTimeout(ready, LIMITS.readAgain);
    });
    return Promise.race([told(), passed]).finally(() => clearTimeout(again));
  };
}

/**
 * On Node 26 the poller of serialport 13.0.0 tells hundreds of ms late that there are bytes, half of the time; on 20, 22
 * and 24 it does not. It can go when "an answer comes at once" passes without it on that Node.
 */
const LATE_SIGNS = Number(process.versions.node.split(".")[0]) > 24;

/** As serialport says it: no fault of the line. */
function canceled(): Error {
  return Object.assign(new Error("closed"), { canceled: true });
}

const readOnce = promisify(read);

function linkOver(port: SerialPort): SerialLink {
  const closed = onceClosed();
  const listeners: ((bytes: Uint8Array) => void)[] = [];
  // Read from the start: a port that nobody reads does not notice that its cable was pulled.
  port.on("data", (bytes: Uint8Array) => {
    for (const listener of listeners) listener(bytes);
  });
  port.on("error", (error) => {
    if (port.isOpen) port.close();
    else closed.tell(error.message);
  });
  port.on("close", (error: Error | null) => closed.tell(error?.message ?? "closed"));
  return {
    write(bytes) {
      if (!port.isOpen || port.writableLength + bytes.length > LIMITS.pendingBytes) return;
      // A failed write closes the port, and the closing is what is told.
      port.write(bytes, () => {});
    },
    onBytes: (listener) => void listeners.push(listener),
    onClose: closed.listen,
    setBaud(baud) {
      // A device that takes no other speed closes, and the closing is what is told.
      port.drain(() => port.isOpen && port.update({ baudRate: baud }, (error) => error && port.close()));
    },
    close: () =>
      new Promise((done) => {
        if (!port.isOpen) return done();
        port.close(() => done());
      }),
  };
}

/** Tells every listener once why a link closed, also one that asks afterwards. */
export function onceClosed(): { tell(why: string): void; listen(listener: (why: string) => void): void } {
  let told: string | null = null;
  const listeners: ((why: string) => void)[] = [];
  return {
    tell(why) {
      if (told !== null) return;
      told = why;
      for (const listener of listeners.splice(0)) listener(why);
    },
    listen(listener) {
      if (told !== null) listener(told);
      else listeners.push(listener);
    },
  };
}
