/**
 * For tests: what a flood costs a process, in memory, lines and records, and whether a door answers meanwhile. The
 * bounds stand here, so that a flood and the quiet beside it are held to the same.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { clock, type WatchedController } from "./door-line.rig.ts";
import type { LintelProcess } from "./lintel-process.rig.ts";
import { PATIENCE, until } from "./until.rig.ts";

/** From `#` to the strike, in ms. Alone it takes a tenth; a machine that also makes the flood, and does more, is slow. */
export const ANSWER_MAX = 2_000;
/** What a flood may add to the memory of a process, in bytes. What is collected now and then comes to half of it. */
export const MEMORY_MAX = 96 * 1024 * 1024;
/** Lines that a flood may add to what a process prints, and so to somebody's disk. */
export const LINES_MAX = 40;

export interface FloodCost {
  /** Most memory above that before it, in bytes. */
  readonly memory: number;
  /** Lines on either output. */
  readonly lines: number;
  readonly ms: number;
}

/** Watches `part` while `flood` lasts. */
export async function costOf(part: LintelProcess, flood: () => Promise<unknown>): Promise<FloodCost> {
  const begun = clock.now();
  const before = residentBytes(part.pid);
  const printed = linesOf(part);
  let peak = before;
  const look = setInterval(() => {
    peak = Math.max(peak, residentBytes(part.pid));
  }, 100);
  try {
    await flood();
  } finally {
    clearInterval(look);
  }
  peak = Math.max(peak, residentBytes(part.pid));
  return { memory: peak - before, lines: linesOf(part) - printed, ms: Math.round(clock.now() - begun) };
}

function linesOf({ out, talk }: LintelProcess): number {
  return `${out}${talk}`.split("\n").length;
}

/** What the process holds of the machine's memory now. */
function residentBytes(pid: number): number {
  try {
    if (process.platform !== "linux") return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)])) * 1024;
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
  } catch {
    return 0; // It has ended: that is told elsewhere.
  }
}

/** How often a person types a code before they call somebody. */
const TRIES = 4;

/**
 * Types a code that opens; answers how long the strike took from `#`, in ms. What a flood does to a session may cost the
 * keys typed meanwhile, as it should (nobody stands there any more): then it is typed again, as a person does.
 */
export async function opensWithin(door: WatchedController, code: string): Promise<number> {
  await door.locked();
  for (let left = TRIES - 1; ; left -= 1) {
    // What an entry before this one left behind is cleared.
    await door.type(`*${code}`);
    const [seen, begun] = [door.events.length, clock.now()];
    door.do("press #");
    const released = () => door.relay(seen).find(({ released }) => released);
    const strike = await until("the strike", released, left > 0 ? 2 * ANSWER_MAX : PATIENCE).catch((late: unknown) => {
      if (left === 0) throw late;
      return null;
    });
    if (strike !== null) return Math.round(strike.at - begun);
  }
}
