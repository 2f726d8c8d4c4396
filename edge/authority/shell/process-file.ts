/**
 * `process.json`: how a command finds the running authority. Mode 0600, as it holds the bearer token of this run; gone
 * when the process ends. Left behind by one that was killed, nothing answers at its address.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface ProcessFile {
  readonly pid: number;
  /** `http://127.0.0.1:8480` */
  readonly http: string;
  readonly token: string;
  /** `mqtt://127.0.0.1:1883`, without credentials. */
  readonly mqtt: string;
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
    const { pid, http, token, mqtt } = JSON.parse(readFileSync(join(folder, "process.json"), "utf8"));
    const whole = typeof pid === "number" && [http, token, mqtt].every((field) => typeof field === "string");
    return whole ? { pid, http, token, mqtt } : null;
  } catch {
    return null;
  }
}

/** Only our own: the next process may have written its already. */
export function removeProcessFile(folder: string): void {
  if (readProcessFile(folder)?.pid === process.pid) rmSync(join(folder, "process.json"), { force: true });
}
