/**
 * What a disk says when it will not, from the codes of the system and of SQLite: whose mistake it is, and what a person
 * can do. Only words: nothing here touches a file.
 */

export type DiskFault =
  /** This user may not. */
  | "forbidden"
  | "read-only"
  /** No room, a quota, or a limit on the size of a file. */
  | "full"
  /** Not what Lintel wrote, or cut short. */
  | "damaged"
  /** A file stands where a folder is needed, or the other way round, or nothing can be made there. */
  | "misplaced"
  /** Another program holds it. */
  | "busy"
  | "failed";

const BY_CODE: Readonly<Record<string, DiskFault>> = {
  EACCES: "forbidden",
  EPERM: "forbidden",
  SQLITE_PERM: "forbidden",
  SQLITE_AUTH: "forbidden",
  EROFS: "read-only",
  SQLITE_READONLY: "read-only",
  ENOSPC: "full",
  EDQUOT: "full",
  EFBIG: "full",
  SQLITE_FULL: "full",
  SQLITE_CORRUPT: "damaged",
  SQLITE_NOTADB: "damaged",
  ENOTDIR: "misplaced",
  EISDIR: "misplaced",
  ENOENT: "misplaced",
  ELOOP: "misplaced",
  ENAMETOOLONG: "misplaced",
  SQLITE_BUSY: "busy",
  SQLITE_LOCKED: "busy",
};

/** `SQLITE_CORRUPT_INDEX` is a `SQLITE_CORRUPT`: SQLite says the exact way behind the second underscore. */
export function diskFaultOf(error: unknown): DiskFault {
  const { code } = error as { readonly code?: unknown };
  if (typeof code !== "string") return "failed";
  const family = code.startsWith("SQLITE_") ? code.split("_").slice(0, 2).join("_") : code;
  return BY_CODE[family] ?? "failed";
}

/** What was wrong for the one who asked: what they named (unusable), what is there now (unavailable), or who they are. */
export type DiskBlame = "unusable" | "unavailable" | "forbidden";

export function blameOf(fault: DiskFault): DiskBlame {
  switch (fault) {
    case "damaged":
    case "misplaced":
      return "unusable";
    case "forbidden":
    case "read-only":
      return "forbidden";
    case "full":
    case "busy":
    case "failed":
      return "unavailable";
  }
}

/** One sentence: what cannot be done, why, and the remedy. `option` is what names another place. */
export function sayDiskFault(fault: DiskFault, path: string, { option, why }: { option: string; why: string }): string {
  switch (fault) {
    case "forbidden":
      return `cannot use ${path}: permission denied; give it to the user that runs this (chown), run this as its owner, or choose another ${option}`;
    case "read-only":
      return `cannot write to ${path}: it is read-only; mount its file system for writing, or choose another ${option}`;
    case "full":
      return `cannot write to ${path}: the disk is full, or a limit is reached; make room and try again: what is stored is whole`;
    case "damaged":
      return `${path} is damaged, or was not written by lintel (${why}); nothing in it was changed: put back a good copy, or move it away to begin anew`;
    case "misplaced":
      return `cannot use ${path}: ${why.replace(/^E[A-Z]+: /, "")}; choose another ${option}`;
    case "busy":
      return `cannot use ${path}: another program holds it; end that one, or choose another ${option}`;
    case "failed":
      return `cannot use ${path}: ${why}; look at the disk ('lintel doctor'), or choose another ${option}`;
  }
}
