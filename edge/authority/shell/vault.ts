/**
 * The authority's vault: one file, mode 0600, outside the data folder and in no backup of it (design 4). It is written
 * once, at the first start. Who has it and the database can try all codes; who has only one of them, none.
 */
import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { fromHex, toHex } from "@lintel/protocol/base/bytes.ts";
import { type DiskFault, diskFaultOf } from "@lintel/protocol/base/disk-fault.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { Secret } from "@lintel/protocol/base/secret.ts";
import { type AuthorityKeys, KEY_NAMES, makeKeys } from "../keys.ts";
import { makeFolder } from "./folder.ts";

export type VaultError =
  | { readonly kind: "missing" }
  /** Others than its owner may read or write it. */
  | { readonly kind: "open-to-others"; readonly mode: string }
  | { readonly kind: "unreadable"; readonly fault: DiskFault; readonly why: string }
  | { readonly kind: "damaged" };

const MARK = "lintel authority v1";

export function readVault(path: string): Result<AuthorityKeys, VaultError> {
  let text: string;
  try {
    const mode = statSync(path).mode & 0o777;
    if ((mode & 0o077) !== 0) return fail({ kind: "open-to-others", mode: mode.toString(8) });
    text = readFileSync(path, "utf8");
  } catch (error) {
    return fail((error as NodeJS.ErrnoException).code === "ENOENT" ? { kind: "missing" } : unreadable(error));
  }
  const fields = fieldsOf(text);
  if (fields.vault !== MARK || Object.keys(fields).length !== KEY_NAMES.length + 1) return fail({ kind: "damaged" });
  const keys: Record<string, Secret> = {};
  for (const name of KEY_NAMES) {
    const bytes = fromHex(String(fields[name]));
    if (!bytes.ok || bytes.value.length !== 32) return fail({ kind: "damaged" });
    keys[name] = new Secret(bytes.value);
  }
  return ok(keys as unknown as AuthorityKeys);
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return { ...JSON.parse(text) };
  } catch {
    return {};
  }
}

/** Makes the keys and writes them down, synced, before anybody uses them. Never over an existing file. */
export function makeVault(path: string): Result<AuthorityKeys, VaultError> {
  const keys = makeKeys((count) => randomBytes(count));
  const fields = Object.fromEntries(KEY_NAMES.map((name) => [name, keys[name].use(toHex)]));
  try {
    makeFolder(dirname(path));
    // Whole or not there: half a vault, left by a full disk, would be a damaged one for ever.
    writeSynced(`${path}.new`, `${JSON.stringify({ vault: MARK, ...fields })}\n`);
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

function unreadable(error: unknown): VaultError {
  return { kind: "unreadable", fault: diskFaultOf(error), why: (error as Error).message };
}
