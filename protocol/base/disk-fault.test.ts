import { test } from "tap";
import { blameOf, type DiskBlame, type DiskFault, diskFaultOf, sayDiskFault } from "./disk-fault.ts";

const rows: readonly [code: string | undefined, fault: DiskFault, blame: DiskBlame, says: RegExp][] = [
  ["EACCES", "forbidden", "forbidden", /permission denied; .*chown/],
  ["EPERM", "forbidden", "forbidden", /permission denied/],
  ["EROFS", "read-only", "forbidden", /read-only; mount/],
  ["SQLITE_READONLY_DIRECTORY", "read-only", "forbidden", /read-only/],
  ["ENOSPC", "full", "unavailable", /full, or a limit is reached; make room/],
  ["EDQUOT", "full", "unavailable", /full/],
  ["EFBIG", "full", "unavailable", /full/],
  ["SQLITE_FULL", "full", "unavailable", /full/],
  ["SQLITE_NOTADB", "damaged", "unusable", /is damaged, .*nothing in it was changed: put back a good copy/],
  ["SQLITE_CORRUPT", "damaged", "unusable", /damaged/],
  ["SQLITE_CORRUPT_INDEX", "damaged", "unusable", /damaged/],
  ["ENOTDIR", "misplaced", "unusable", /: what it said; choose another --data/],
  ["EISDIR", "misplaced", "unusable", /choose another/],
  ["SQLITE_BUSY", "busy", "unavailable", /another program holds it; end that one/],
  ["SQLITE_IOERR_WRITE", "failed", "unavailable", /what it said; .*lintel doctor/],
  ["EIO", "failed", "unavailable", /lintel doctor/],
  [undefined, "failed", "unavailable", /what it said/],
];
for (const [code, fault, blame, says] of rows) {
  test(`a disk that says ${code ?? "nothing"}: ${fault}, ${blame}`, (t) => {
    const error = Object.assign(new Error(`${code}: what it said`), code === undefined ? {} : { code });
    t.equal(diskFaultOf(error), fault);
    t.equal(blameOf(fault), blame);
    const sentence = sayDiskFault(fault, "/data/edge", { option: "--data", why: error.message });
    t.match(sentence, says);
    t.match(sentence, "/data/edge");
    t.notMatch(sentence, "\n");
    t.end();
  });
}
