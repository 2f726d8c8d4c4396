/**
 * A figure and what stands beside it: something that the same machine did in the same run, or a bound of physics. The
 * ratio of the two is what can be compared between machines. Nothing here asserts anything.
 */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

export type Unit = "ms" | "µs" | "MB" | "KB";

export interface Beside {
  readonly what: string;
  readonly samples: readonly number[];
}

export interface Figure {
  /** `last key to relay, 9,600 baud`. */
  readonly what: string;
  readonly unit: Unit;
  readonly samples: readonly number[];
  /** Of the same unit; null where there is nothing to compare with. */
  readonly beside: Beside | null;
}

const HEADS = ["figure", "n", "min", "p50", "p99", "max", "unit", "beside", "its p50", "ratio"] as const;

/** The value below which `share` of all lie: a sample that was seen, never one in between. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function rowOf({ what, unit, samples, beside }: Figure): readonly string[] {
  const p50 = percentile(samples, 0.5);
  const peer = beside === null ? Number.NaN : percentile(beside.samples, 0.5);
  return [
    what,
    String(samples.length),
    say(percentile(samples, 0)),
    say(p50),
    // Of few samples the highest is all that can be said.
    samples.length < 100 ? "" : say(percentile(samples, 0.99)),
    say(percentile(samples, 1)),
    unit,
    beside?.what ?? "",
    beside === null ? "" : say(peer),
    beside === null ? "" : `${say(p50 / peer)} x`,
  ];
}

/** Three digits that count, whatever the size. */
function say(value: number): string {
  if (!Number.isFinite(value)) return "";
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

/** As text in columns. */
export function printTable(figures: readonly Figure[]): string {
  const rows = [HEADS, ...figures.map(rowOf)];
  const widths = HEADS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const left = (column: number) => column === 0 || column === 6 || column === 7;
  const line = (row: readonly string[]) =>
    row.map((cell, at) => (left(at) ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join("  ");
  return `${rows.map((row) => line(row).trimEnd()).join("\n")}\n`;
}

/** As a table of Markdown. */
export function markdownTable(figures: readonly Figure[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = HEADS.map((_, column) => (column === 0 || column === 6 || column === 7 ? "---" : "--:"));
  return `${[HEADS, rule, ...figures.map(rowOf)].map(line).join("\n")}\n`;
}

/** Each by itself, in µs. */
export function timed(times: number, act: (at: number) => unknown): number[] {
  const samples: number[] = [];
  for (let at = 0; at < times; at += 1) {
    const begun = process.hrtime.bigint();
    act(at);
    samples.push(Number(process.hrtime.bigint() - begun) / 1000);
  }
  return samples;
}

/** What stays on the heap of all that `make` answers, in MB. */
export function heldMegabytes(make: () => unknown): number {
  setFlagsFromString("--expose_gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  const before = process.memoryUsage().heapUsed;
  const held = make();
  collect();
  const grown = process.memoryUsage().heapUsed - before;
  // Read after the second look, so that it was not collected by it.
  return held === undefined ? 0 : grown / 1e6;
}
