/**
 * The flash of a simulated Controller as a file in a folder (`--state DIR`): settings, SCBK and number of boots. The key
 * lies open in it, as it does in the flash of a board without a secure element: mode 0600.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Flash } from "@lintel/firmware-sim/board/simulated-controller.ts";
import type { DoorSettings, FlashContents } from "@lintel/firmware-sim/controller/settings.ts";
import { fromHex, toHex } from "@lintel/protocol/base/bytes.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { Secret } from "@lintel/protocol/base/secret.ts";
import { BAUDS } from "@lintel/protocol/osdp/commands.ts";
import { isWeakScbk } from "@lintel/protocol/osdp/secure.ts";
import { z } from "zod";

const PIN = z.number().int().min(0).max(254);
const FILE = z.strictObject({
  boots: z.number().int().min(0).max(0xffff_ffff),
  scbk: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .nullable(),
  door: z.strictObject({
    strike: z.strictObject({ output: PIN, fail: z.enum(["secure", "safe"]) }),
    rex: z.strictObject({ input: PIN, release: z.number().int().min(100).max(120_000) }).nullable(),
    contact: z.strictObject({ input: PIN }).nullable(),
    fire: z.strictObject({ input: PIN }).nullable(),
  }),
  // Not in the flash of before there was COMSET.
  line: z
    .strictObject({ address: z.number().int().min(0).max(0x7e), baud: z.union(BAUDS.map((baud) => z.literal(baud))) })
    .nullable()
    .default(null),
});

/** One file for each address. A sentence where the folder or the file cannot be used. */
export function openFlashFolder(folder: string, address: number): Result<Flash, string> {
  const path = join(folder, `controller-${address}.json`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    return fail(`cannot make the folder ${folder}: ${codeOf(error)}`);
  }
  let held: FlashContents | null = null;
  try {
    const read = contentsOf(readFileSync(path, "utf8"));
    if (read === null)
      return fail(`${path} is not the flash of a Controller, or damaged; remove it to begin with a blank one`);
    held = read;
  } catch (error) {
    if (codeOf(error) !== "ENOENT") return fail(`cannot read ${path}: ${codeOf(error)}`);
  }
  return ok({
    read: () => held,
    write(contents) {
      writeWhole(path, textOf(contents));
      held = contents;
    },
  });
}

function contentsOf(text: string): FlashContents | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return null;
  }
  const read = FILE.safeParse(json);
  if (!read.success) return null;
  const { boots, scbk: hex, door, line } = read.data;
  const bytes = hex === null ? null : fromHex(hex);
  const scbk = bytes?.ok ? new Secret(bytes.value) : null;
  if (scbk !== null && isWeakScbk(scbk)) return null;
  return { boots, scbk, door: door as DoorSettings, line };
}

function textOf({ boots, scbk, door, line }: FlashContents): string {
  return `${JSON.stringify({ boots, scbk: scbk === null ? null : scbk.use(toHex), door, line })}\n`;
}

/** Beside, then over: a power cut leaves the old file or the new one. */
function writeWhole(path: string, text: string): void {
  const beside = `${path}.new`;
  const fd = openSync(beside, "w", 0o600);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(beside, path);
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
