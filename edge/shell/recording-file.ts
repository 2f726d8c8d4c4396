/**
 * Where a recording goes: one file, appended to, written behind the door's back. No door waits for it: what does not go
 * down in time, or not at all, ends the recording, is said once, and disturbs nothing else.
 */
import { closeSync, constants, fstatSync, openSync, readSync, write, writeSync } from "node:fs";
import { blameOf, type DiskBlame, diskFaultOf, sayDiskFault } from "@lintel/protocol/base/disk-fault.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { LIMITS } from "./limits.ts";

const HEAD = '{"recording":';
const NEWLINE = 0x0a;

export interface RecordingFile {
  /** Takes a line. False: it takes no more. */
  write(line: string): boolean;
  /** Everything taken is written, or cannot be; at most a moment. */
  close(): Promise<void>;
}

export interface RecordingOptions {
  readonly path: string;
  /** Told once, a sentence, when the recording ends before the edge does. */
  readonly broken: (sentence: string) => void;
  /** Bytes of the file at which it ends. */
  readonly limit?: number;
}

/** A file that is no recording is never written to; one that is gets another life behind those that it holds. */
export function openRecording({
  path,
  broken,
  limit = LIMITS.recordingBytes,
}: RecordingOptions): Result<RecordingFile, { readonly kind: DiskBlame; readonly sentence: string }> {
  let file: number | null = null;
  try {
    file = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NONBLOCK, 0o600);
    const stat = fstatSync(file);
    if (!stat.isFile() || !isRecording(file, stat.size)) {
      closeSync(file);
      const sentence = `${path} exists and is no recording: it is not written over; name another file with --record`;
      return fail({ kind: "unusable", sentence });
    }
    // The life before may have ended amid a line.
    const size = stat.size + (stat.size > 0 && lastByte(file, stat.size) !== NEWLINE ? writeSync(file, "\n") : 0);
    return ok(new Appending({ file, path, size, limit, broken }));
  } catch (error) {
    if (file !== null) closeSync(file);
    const fault = diskFaultOf(error);
    const why = (error as Error).message;
    return fail({ kind: blameOf(fault), sentence: sayDiskFault(fault, path, { option: "--record", why }) });
  }
}

function isRecording(file: number, size: number): boolean {
  const head = Buffer.alloc(Math.min(size, HEAD.length));
  readSync(file, head, 0, head.length, 0);
  return HEAD.startsWith(head.toString("latin1"));
}

function lastByte(file: number, size: number): number {
  const last = Buffer.alloc(1);
  readSync(file, last, 0, 1, size - 1);
  return last[0]!;
}

class Appending implements RecordingFile {
  readonly #file: number;
  readonly #path: string;
  readonly #limit: number;
  readonly #broken: (sentence: string) => void;
  /** With what waits. */
  #size: number;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #writing = false;
  #over = false;
  #closed: (() => void) | null = null;
  readonly #atExit = () => this.#drain();

  constructor({
    file,
    path,
    size,
    limit,
    broken,
  }: { file: number; path: string; size: number; limit: number } & Pick<RecordingOptions, "broken">) {
    this.#file = file;
    this.#path = path;
    this.#size = size;
    this.#limit = limit;
    this.#broken = broken;
    process.once("exit", this.#atExit);
  }

  write(line: string): boolean {
    if (this.#over) return false;
    const bytes = Buffer.byteLength(line) + 1;
    if (this.#size + bytes > this.#limit) {
      this.#take('{"end":"full"}\n');
      return this.#end(`it has reached its limit of ${Math.round(this.#limit / 1024 / 1024)} MiB`);
    }
    if (this.#waitingBytes + bytes > LIMITS.recordingPending) return this.#end("the disk does not keep up with it");
    this.#take(`${line}\n`);
    return true;
  }

  close(): Promise<void> {
    this.#over = true;
    return new Promise((closed) => {
      this.#closed = closed;
      if (!this.#writing) this.#flush();
    });
  }

  #take(text: string): void {
    const bytes = Buffer.byteLength(text);
    this.#size += bytes;
    this.#waitingBytes += bytes;
    this.#waiting.push(text);
    if (this.#writing) return;
    this.#writing = true;
    // All of a turn of the process goes down at once; what throws amid it finds its last line still here.
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    const bytes = Buffer.from(this.#waiting.join(""));
    this.#waiting = [];
    this.#writing = bytes.length > 0;
    if (bytes.length === 0) this.#shut();
    else this.#put(bytes);
  }

  #put(bytes: Buffer): void {
    write(this.#file, bytes, (error, written) => {
      if (error !== null) {
        this.#waiting = [];
        this.#writing = false;
        this.#end(sayDiskFault(diskFaultOf(error), this.#path, { option: "--record", why: error.message }));
        this.#shut();
        return;
      }
      this.#waitingBytes -= written;
      if (written < bytes.length) this.#put(bytes.subarray(written));
      else this.#flush();
    });
  }

  /** Nothing waits any more. */
  #shut(): void {
    if (this.#closed === null) return;
    process.off("exit", this.#atExit);
    closeSync(this.#file);
    this.#closed();
  }

  /** The process ends now, perhaps by a bug of ours: the last lines say which. */
  #drain(): void {
    try {
      writeSync(this.#file, this.#waiting.join(""));
    } catch {
      // Nobody is left to be told.
    }
  }

  #end(why: string): false {
    if (!this.#over) this.#broken(`the recording ends here: ${why}; everything else goes on`);
    this.#over = true;
    return false;
  }
}
