/**
 * What Linux tells of a serial device besides its bytes: who holds it, whose it is, and how long its adapter waits.
 * Elsewhere, and where this user may not look, nothing is known: every answer may be empty.
 */
import { readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, join } from "node:path";

/** Processes looked at; a machine with more is a server, not a door. */
const PROCESSES_MAX = 4096;
/** Holders named in a sentence. A serial port has one, by right. */
const NAMED_MAX = 3;

export interface Holder {
  readonly pid: number;
  /** `minicom`, or `lintel edge` for one of ours. Never an argument of another program: those may be secrets. */
  readonly program: string;
}

/** Who has this device open, ourselves left out. */
export function holdersOf(path: string): readonly Holder[] {
  const device = attempt(() => realpathSync(path));
  const pids = attempt(() => readdirSync("/proc")) ?? [];
  if (device === null) return [];
  return pids
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .slice(0, PROCESSES_MAX)
    .filter((pid) => holds(pid, device))
    .map((pid) => ({ pid: Number(pid), program: programOf(pid) }));
}

function holds(pid: string, device: string): boolean {
  const folder = join("/proc", pid, "fd");
  const files = attempt(() => readdirSync(folder)) ?? [];
  return files.some((file) => attempt(() => readlinkSync(join(folder, file))) === device);
}

function programOf(pid: string): string {
  const words = (attempt(() => readFileSync(join("/proc", pid, "cmdline"), "utf8")) ?? "").split("\0");
  const ours = words.findIndex((word) => basename(word) === "lintel.mjs" || basename(word) === "lintel");
  const command = words[ours + 1] ?? "";
  if (ours >= 0) return /^[a-z]+$/.test(command) ? `lintel ${command}` : "lintel";
  return basename(words[0] ?? "") || "a program";
}

/** `minicom (process 7) and lintel edge (process 8)`. */
export function sayHolders(holders: readonly Holder[]): string {
  const named = holders.slice(0, NAMED_MAX).map(({ pid, program }) => `${program} (process ${pid})`);
  const more = holders.length - named.length;
  return [...named, ...(more > 0 ? [`${more} more`] : [])].join(" and ");
}

/** The name of the group that may use a device; null where its mode lets no group, or nothing is known. */
export function groupOf(path: string): string | null {
  return attempt(() => {
    const { gid, mode } = statSync(path);
    if ((mode & 0o060) !== 0o060) return null;
    const line = readFileSync("/etc/group", "utf8")
      .split("\n")
      .find((each) => each.split(":")[2] === String(gid));
    return line?.split(":")[0] ?? null;
  });
}

/** Ms that a USB adapter holds received bytes before it hands them on (facts osdp 8.11); null: it is none that says so. */
export function latencyOf(path: string): number | null {
  const text = attempt(() => readFileSync(latencyFile(path), "utf8"));
  return text === null || !/^\d+\s*$/.test(text) ? null : Number(text);
}

export function latencyFile(path: string): string {
  const device = attempt(() => realpathSync(path)) ?? path;
  return `/sys/bus/usb-serial/devices/${basename(device)}/latency_timer`;
}

function attempt<T>(ask: () => T): T | null {
  try {
    return ask();
  } catch {
    return null;
  }
}
