/**
 * The data folder of an edge, its lock, its store and its keys, opened in this order. What can stand in the way ends in
 * one sentence with its remedy; nothing that stands there is ever written over.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { blameOf, type DiskBlame, diskFaultOf, sayDiskFault } from "@lintel/protocol/base/disk-fault.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import type { EdgeKeys } from "../box/ports.ts";
import { makeFolder, requireFile, tryFolder } from "./folder.ts";
import { type FolderLock, lockFolder } from "./folder-lock.ts";
import { type KeyFileError, makeKeyFile, readKeyFile } from "./key-file.ts";
import { readProcessFile } from "./process-file.ts";
import { type OpenError, openStore, type SqliteStore } from "./store.ts";

/**
 * Each sentence says what is wrong and what to do. `unusable`: what was named is wrong. `unavailable`: it is right, and
 * cannot be had now. `forbidden`: not by this user.
 */
export interface ServeError {
  readonly kind: "in-use" | DiskBlame;
  readonly sentence: string;
}

export interface OpenedFolder {
  readonly folder: string;
  readonly lock: FolderLock;
  readonly store: SqliteStore;
  readonly keys: EdgeKeys;
}

/** Everything of the machine that must be there before an edge begins; what was opened is closed where the rest is not. */
export function openFolder({
  data,
  keyvault,
}: {
  readonly data: string;
  readonly keyvault: string;
}): Result<OpenedFolder, ServeError> {
  const folder = join(data, "edge");
  const locked = lock(folder);
  if (!locked.ok) return locked;
  const path = join(folder, "edge.db");
  const store = openStore(path, { used: existsSync(keyvault) });
  if (!store.ok) {
    locked.value.release();
    return fail(storeRefusal(path, store.error));
  }
  const keys = openKeys(keyvault, store.value);
  if (!keys.ok) {
    store.value.close();
    locked.value.release();
    return fail(keyRefusal(keyvault, keys.error));
  }
  return ok({ folder, lock: locked.value, store: store.value, keys: keys.value });
}

/** The folder is there, takes what is written, and is this process's alone. */
function lock(folder: string): Result<FolderLock, ServeError> {
  try {
    makeFolder(folder);
    requireFile(join(folder, "lock"));
    tryFolder(folder);
    const locked = lockFolder(folder);
    if (locked.ok) return locked;
  } catch (error) {
    const fault = diskFaultOf(error);
    // A damaged lock holds nothing: the remedy for a damaged database would be too much for it.
    const damaged = `${folder}/lock is no lock file of lintel; remove it and start again`;
    const why = (error as Error).message;
    const sentence = fault === "damaged" ? damaged : sayDiskFault(fault, folder, { option: "--data", why });
    return fail({ kind: blameOf(fault), sentence });
  }
  const other = readProcessFile(folder);
  const by = other === null ? "" : ` (process ${other.pid})`;
  const sentence = `another edge runs on ${folder}${by}; end that one, or name another folder with --data`;
  return fail({ kind: "in-use", sentence });
}

function storeRefusal(path: string, error: OpenError): ServeError {
  switch (error.kind) {
    case "other-version":
      return {
        kind: "unusable",
        sentence: `${path} is of version ${error.found}, which this lintel does not read; use the lintel that wrote it, or another --data`,
      };
    case "empty":
      return {
        kind: "unusable",
        sentence: `${path} is empty, and an edge ran on it before; put back a good copy, or move it away to begin anew and adopt again`,
      };
    case "failed": {
      const { fault, why } = error;
      return { kind: blameOf(fault), sentence: sayDiskFault(fault, path, { option: "--data", why }) };
    }
  }
}

/** Keys are made at the first start alone: with others, what is in the store opens no more. */
function openKeys(path: string, store: SqliteStore): Result<EdgeKeys, KeyFileError> {
  const keys = readKeyFile(path);
  if (keys.ok || keys.error.kind !== "missing") return keys;
  const { adoption, scbks } = store.load();
  return adoption === null && scbks.length === 0 ? makeKeyFile(path) : keys;
}

function keyRefusal(path: string, error: KeyFileError): ServeError {
  const unusable = (sentence: string): ServeError => ({ kind: "unusable", sentence });
  switch (error.kind) {
    case "missing":
      return unusable(
        `the KeyVault file ${path} is missing, and this data folder belongs to it: put it back, or start with an empty folder and adopt anew`,
      );
    case "open-to-others":
      return unusable(`the KeyVault file ${path} can be used by others (mode ${error.mode}): chmod 600 it`);
    case "unreadable": {
      const { fault, why } = error;
      return { kind: blameOf(fault), sentence: sayDiskFault(fault, path, { option: "--keyvault", why }) };
    }
    case "damaged":
      return unusable(`the KeyVault file ${path} is damaged: put back the right one`);
  }
}
