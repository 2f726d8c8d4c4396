/**
 * A virtual serial port: a pseudo-terminal whose name other programs open as a serial device, while this process holds
 * the far end. For simulated Controllers: one per line, under the name that `lintel sim --port pty` prints.
 *
 * The pseudo-terminal comes from node-pty, prebuilt for every platform. Its `open` has four traps (facts deps 1), each
 * marked below, and a fifth for whoever starts children (`keepPortsFromChild`); the fields used are private to it, so
 * its version is pinned.
 */
import { closeSync, constants, openSync, write } from "node:fs";
import type { ReadStream } from "node:tty";
import { invariant } from "@lintel/protocol/base/invariant.ts";
import * as pty from "@lydell/node-pty";
import { LIMITS } from "./limits.ts";
import { onceClosed, openSerial, type SerialLink } from "./link.ts";

export interface VirtualPort extends SerialLink {
  /** What the other side opens, as `/dev/pts/7`. */
  readonly path: string;
  /** Pulls the cable: the other side's port is closed by the system, and the name is gone. */
  unplug(): void;
}

interface OpenPty {
  readonly _pty: string;
  readonly _fd: number;
  readonly _master: ReadStream;
  readonly _slave: ReadStream;
}

/** The far ends that this process holds. */
const heldEnds = new Set<number>();

/**
 * What a process that holds virtual ports appends to `stdio` of every child it starts:
 * `stdio: ["pipe", "pipe", "pipe", ...keepPortsFromChild()]`. A child inherits the far ends otherwise (node-pty opens
 * them so, and Node cannot change it), and while it lives a pulled cable is no pulled cable.
 */
export function keepPortsFromChild(): ("ignore" | number)[] {
  const highest = Math.max(2, ...heldEnds);
  // "ignore" above 2 means to leave what is there: the child's copy is replaced by something harmless.
  if (heldEnds.size > 0) harmless ??= openSync("/dev/null", constants.O_RDONLY);
  return Array.from({ length: highest - 2 }, (_, at) => (heldEnds.has(at + 3) ? harmless! : "ignore"));
}

let harmless: number | null = null;

export async function openVirtualPair(): Promise<VirtualPort> {
  // Without an encoding of null bytes above 127 arrive as text.
  const opened = (pty as unknown as { open(options: { encoding: null }): OpenPty }).open({ encoding: null });
  const { _pty: path, _master: master, _slave: slave, _fd: fd } = opened;
  invariant(typeof path === "string" && Number.isInteger(fd), "node-pty keeps its fields where they were", {
    path,
    fd,
  });
  // Ours, so that the port outlives every close by the other side.
  const hold = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  // It reads what was meant for the other side; pausing it is not enough.
  slave.destroy();
  await makeRaw(path);

  heldEnds.add(fd);
  const closed = onceClosed();
  const queue = writeQueue(fd);
  let open = true;
  const unplug = (why: string) => {
    if (!open) return;
    open = false;
    heldEnds.delete(fd);
    queue.stop();
    closeSync(hold);
    master.destroy();
    closed.tell(why);
  };
  // The far end hung up, or reading failed: on Linux both come as an error.
  master.on("error", (error) => unplug(error.message));
  master.on("close", () => unplug("closed"));
  return {
    path,
    write: (bytes) => queue.write(bytes),
    onBytes: (listener) => void master.on("data", listener),
    onClose: closed.listen,
    unplug: () => unplug("unplugged"),
    close: async () => unplug("closed"),
  };
}

/** Raw from the start, as serialport makes it: to a program that opens the port without setting a mode nothing is echoed or translated. */
async function makeRaw(path: string): Promise<void> {
  const port = await openSerial({ path, baud: 9600 });
  invariant(port.ok, "a port just made can be opened", { path });
  await port.value.close();
}

/** Writes in order, past a full pseudo-terminal. `master.write` would block the whole process there. */
function writeQueue(fd: number): { write(bytes: Uint8Array): void; stop(): void } {
  const waiting: Uint8Array[] = [];
  let pending = 0;
  let writing = false;
  let stopped = false;
  const next = () => {
    const bytes = waiting[0];
    if (bytes === undefined || stopped) {
      writing = false;
      return;
    }
    writing = true;
    write(fd, bytes, 0, bytes.length, null, (error, written) => {
      if (stopped) return;
      if (error?.code === "EAGAIN") {
        setTimeout(next, LIMITS.writeAgain);
        return;
      }
      // Any other error means that the port is gone: its reading side tells so.
      const done = error ? bytes.length : written;
      pending -= done;
      if (done === bytes.length) waiting.shift();
      else waiting[0] = bytes.subarray(done);
      next();
    });
  };
  return {
    write(bytes) {
      if (stopped || bytes.length === 0 || pending + bytes.length > LIMITS.pendingBytes) return;
      // A copy: the caller may reuse its buffer before the line has taken it.
      waiting.push(bytes.slice());
      pending += bytes.length;
      if (!writing) next();
    },
    stop() {
      stopped = true;
    },
  };
}
