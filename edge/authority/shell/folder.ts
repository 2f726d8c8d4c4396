/** The folder that an authority writes to: made, and asked in earnest whether it takes what is written. */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";

/** As much as a first page of SQLite: what does not fit here fits nowhere. */
const PROBE_BYTES = 8192;

/**
 * Makes a folder and those above it, for its owner alone. By hand: mkdir with `recursive` never returns where an
 * existing folder takes none (`/proc`; Node 20 to 24).
 */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  let at = resolve(path);
  for (; !existsSync(at); at = dirname(at)) missing.push(at);
  if (!statSync(at).isDirectory()) throw Object.assign(new Error(`${at} is a file`), { code: "ENOTDIR" });
  for (const folder of missing.reverse()) {
    try {
      mkdirSync(folder, { mode: 0o700 });
    } catch (error) {
      // Edge and authority of one site begin at the same moment.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || !existsSync(folder)) throw error;
    }
  }
}

/** Throws what the system says where a file that exists cannot be read and written. Opens nothing: that costs locks. */
export function requireFile(path: string): void {
  if (!existsSync(path)) return;
  if (!statSync(path).isFile()) throw Object.assign(new Error("it is a folder"), { code: "EISDIR" });
  accessSync(path, constants.R_OK | constants.W_OK);
}

/** Writes something, synced, and takes it away again. Throws what the system says: SQLite tells less. */
export function tryFolder(folder: string): void {
  const path = join(folder, `.probe-${process.pid}`);
  const file = openSync(path, "w", 0o600);
  try {
    const bytes = Buffer.alloc(PROBE_BYTES);
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
    rmSync(path, { force: true });
  }
}
