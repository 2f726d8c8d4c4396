/**
 * The edge's KeyVault: one file, mode 0600, outside the data folder and in no backup of it (design 4). It is written
 * once, at the first start. Who has it and the data folder can try all codes; who has only one of them, none.
 */
import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { fromHex, toHex } from "@lintel/protocol/base/bytes.ts";
import { type DiskFault, diskFaultOf } from "@lintel/protocol/base/disk-fault.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { Secret } from "@lintel/protocol/base/secret.ts";
import type { EdgeKeys } from "../box/ports.ts";
import { makeFolder } from "./folder.ts";

export type KeyFileError =
  | { readonly kind: "missing" }
  /** Others than its owner may read or write it. */
  | { readonly kind: "open-to-others"; readonly mode: string }
  | { readonly kind: "unreadable"; readonly fault: DiskFault; readonly why: string }
  | { readonly kind: "damaged" };

const MARK = "lintel edge vault v1";
const NAMES = ["signing", "agreement", "sealing"] as const satisfies readonly (keyof EdgeKeys)[];
const KEY_BYTES = 32;

export function readKeyFile(path: string): Result<EdgeKeys, KeyFileError> {
  let text: string;
  try {
    const mode = statSync(path).mode & 0o777;
    if ((mode & 0o077) !== 0) return fail({ kind: "open-to-others", mode: mode.toString(8) });
    text = readFileSync(path, "utf8");
  } catch (error) {
    return fail((error as NodeJS.ErrnoException).code === "ENOENT" ? { kind: "missing" } : unreadable(error));
  }
  const lines = text.trimEnd().split("\n");
  if (lines[0] !== MARK || lines.length !== NAMES.length + 1) return fail({ kind: "damaged" });
  const keys: Record<string, Secret> = {};
  for (const [at, name] of NAMES.entries()) {
    const [written, hex] = lines[at + 1]!.split(" ");
    const bytes = fromHex(hex ?? "");
    if (written !== name || !bytes.ok || bytes.value.length !== KEY_BYTES) return fail({ kind: "damaged" });
    keys[name] = new Secret(bytes.value);
  }
  return ok(keys as unknown as EdgeKeys);
}

/** Makes the keys and writes them down, synced, before anybody uses them. Never over an existing file. */
export function makeKeyFile(path: string): Result<EdgeKeys, KeyFileError> {
  const keys = Object.fromEntries(
    NAMES.map((name) => [name, new Secret(randomBytes(KEY_BYTES))]),
  ) as unknown as EdgeKeys;
  const lines = NAMES.map((name) => `${name} ${keys[name].use(toHex)}`);
  try {
    makeFolder(dirname(path));
    // Whole or not there: half a key file, left by a full disk, would be a damaged one for ever.
    writeSynced(`${path}.new`, `${[MARK, ...lines].join("\n")}\n`);
    linkSync(`${path}.new`, path);
  } catch (error) {
    return fail(unreadable(error));
  } finally {
    rmSync(`${path}.new`, { force: true });
  }
  return ok(keys);
}

function writeSynced(path: string, text: string): void {
  const file = openSync(path, "w", 0o600);
  try {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function unreadable(error: unknown): KeyFileError {
  return { kind: "unreadable", fault: diskFaultOf(error), why: (error as Error).message };
}
