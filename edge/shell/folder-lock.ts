/**
 * One edge a data folder: a lock that is the operating system's, and so ends with the process, whatever ends it.
 * It is the file lock of a SQLite transaction that is never written: Node has no other that is let go by a SIGKILL.
 */
import { closeSync, constants, existsSync, openSync } from "node:fs";
import { join } from "node:path";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import Database from "libsql";

export interface FolderLock {
  release(): void;
}

/** `folder` exists. `held`: another process, or this one, has it. */
export function lockFolder(folder: string): Result<FolderLock, { readonly kind: "held" }> {
  const path = join(folder, "lock");
  // Only a missing one is made by hand: opening and closing a locked file lets go of the lock (POSIX, fcntl).
  if (!existsSync(path)) closeSync(openSync(path, constants.O_CREAT | constants.O_RDWR, 0o600));
  const db = new Database(path, { timeout: 0 });
  try {
    db.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    if ((error as { code?: string }).code !== "SQLITE_BUSY") throw error;
    return fail({ kind: "held" });
  }
  return ok({
    release() {
      db.exec("ROLLBACK"); // close alone does not let go of the file.
      db.close();
    },
  });
}
