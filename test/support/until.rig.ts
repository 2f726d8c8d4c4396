/** For tests: waiting for what real processes do, by looking, with an end. */
import { setTimeout as pass } from "node:timers/promises";

/** Generous: on a machine that does other things too, every step may take seconds. Nothing waits for it when all is well. */
export const PATIENCE = 30_000;
/** How often one looks. */
const LOOK = 5;

/** Answers what `look` answers as soon as that is neither null, undefined nor false. Throws, with `what`, at the end. */
export async function until<T>(
  what: string,
  look: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  patience = PATIENCE,
): Promise<T> {
  const end = performance.now() + patience;
  for (;;) {
    const seen = await look();
    if (seen !== null && seen !== undefined && seen !== false) return seen;
    if (performance.now() > end) throw new Error(`waited ${patience / 1000} s in vain: ${what}`);
    await pass(LOOK);
  }
}
