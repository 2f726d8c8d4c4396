/**
 * `process.json`: how a command finds the running edge. Mode 0600; gone when the process ends. Left behind by one that
 * was killed, nothing answers at its socket.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface ProcessFile {
  readonly pid: number;
  /** Path of the control socket. */
  readonly control: string;
}

export function writeProcessFile(folder: string, content: ProcessFile): void {
  const path = join(folder, "process.json");
  rmSync(`${path}.new`, { force: true });
  writeFileSync(`${path}.new`, `${JSON.stringify(content)}\n`, { mode: 0o600, flag: "wx" });
  renameSync(`${path}.new`, path);
}

/** Null where there is none, or none that can be read. */
export function readProcessFile(folder: string): ProcessFile | null {
  try {
    const { pid, control } = JSON.parse(readFileSync(join(folder, "process.json"), "utf8"));
    return typeof pid === "number" && typeof control === "string" ? { pid, control } : null;
  } catch {
    return null;
  }
}

/** Only our own: the next process may have written its already. */
export function removeProcessFile(folder: string): void {
  if (readProcessFile(folder)?.pid === process.pid) rmSync(join(folder, "process.json"), { force: true });
}
