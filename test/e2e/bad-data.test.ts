/**
 * Data folders and databases that are not what they should be: one sentence with the remedy, its exit code
 * (docs/errors.md), no stack trace, and what was stored stays byte for byte as it was.
 */
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import Database from "libsql";
import t, { test } from "tap";
import { AS_ROOT, BOTH, contents, Folders, NOBODY, PARTS, PLAIN, sentence } from "../support/bad-input.rig.ts";
import { LintelProcess, runLintel } from "../support/lintel-process.rig.ts";

const folders = new Folders(t);

for (const part of BOTH) {
  test(`${part}: a data folder that cannot be one`, async (t) => {
    const file = folders.fresh();
    writeFileSync(file, "mine");
    sentence(t, await runLintel(PARTS[part](file)), 2, /is a file; choose another --data/);
    t.equal(readFileSync(file, "utf8"), "mine");
    if (process.platform !== "linux") return;
    // Node's own recursive mkdir never comes back from there.
    sentence(t, await runLintel(PARTS[part]("/proc/lintel")), 2, /\/proc\/lintel.*choose another --data/);
  });

  test(`${part}: a disk without room`, async (t) => {
    const data = folders.fresh();
    // A limit on the size of a file stands in for it: its error comes at the same call.
    const ran = await folders.shell(`ulimit -f 4; ${PLAIN}`, PARTS[part](data));
    sentence(t, ran, 3, /the disk is full, or a limit is reached; make room/);
    t.notOk(existsSync(`${data}-keyvault/${part}.json`), "no half of a key file");
    const later = new LintelProcess([...PARTS[part](data), "--json"]);
    await later.ready();
    later.signal("SIGTERM");
    t.match(await later.ended, { code: 0 }, "and when there is room, it starts");
  });

  test(`${part}: a folder of another user, and one that is read-only`, { skip: !AS_ROOT }, async (t) => {
    chmodSync(folders.root, 0o755);
    const data = await folders.used(part);
    const before = contents(data);
    sentence(t, await folders.shell(PLAIN, PARTS[part](data), NOBODY), 4, /permission denied; give it to the user/);
    const readable = folders.fresh();
    mkdirSync(readable, { mode: 0o555 });
    chownSync(readable, NOBODY, NOBODY);
    sentence(t, await folders.shell(PLAIN, PARTS[part](readable), NOBODY), 4, /permission denied/);
    t.same(contents(data), before);
  });

  const damages: readonly { name: string; damage: (path: string) => void; says: RegExp }[] = [
    { name: "random bytes", damage: (path) => writeFileSync(path, Buffer.alloc(9000, 0x5a)), says: /is damaged/ },
    { name: "a text", damage: (path) => writeFileSync(path, "site: { id: hq }\n"), says: /is damaged/ },
    { name: "cut in half", damage: (path) => truncateSync(path, 4096 * 3), says: /is damaged/ },
    { name: "cut to nothing", damage: (path) => truncateSync(path, 0), says: /is empty, and an? \w+ ran on it before/ },
    { name: "pages overwritten", damage: (path) => overwritePages(path), says: /is damaged/ },
    { name: "another version", damage: (path) => setVersion(path), says: /is of version 99, which this lintel/ },
    {
      name: "a folder in its place",
      damage: (path) => {
        rmSync(path);
        mkdirSync(path);
      },
      says: /it is a folder; choose/,
    },
  ];
  for (const { name, damage, says } of damages) {
    test(`${part}: a damaged database, ${name}: refused, named, and left as it is`, async (t) => {
      const data = await folders.used(part);
      const path = join(data, part, `${part}.db`);
      for (const beside of ["-wal", "-shm"]) rmSync(`${path}${beside}`, { force: true });
      damage(path);
      const before = contents(data);
      const ran = await runLintel(PARTS[part](data));
      sentence(t, ran, 2, says);
      t.match(ran.err, path);
      const after = contents(data);
      for (const [file, bytes] of Object.entries(before)) t.equal(after[file], bytes, `${file} is as it was`);
    });
  }

  test(`${part}: a damaged lock is told as what it is`, async (t) => {
    const data = folders.fresh();
    mkdirSync(join(data, part), { recursive: true });
    writeFileSync(join(data, part, "lock"), Buffer.alloc(300, 7));
    sentence(t, await runLintel(PARTS[part](data)), 2, /no lock file of lintel; remove it/);
  });

  test(`${part}: a second one on the same data names the first`, async (t) => {
    const data = folders.fresh();
    const first = new LintelProcess([...PARTS[part](data), "--json"]);
    await first.ready();
    sentence(t, await runLintel(PARTS[part](data)), 3, new RegExp(`another .*\\(process ${first.pid}[,)].*end`));
    first.signal("SIGTERM");
    t.match(await first.ended, { code: 0 }, "which goes on until it is ended");
  });
}

function overwritePages(path: string): void {
  const { size } = statSync(path);
  const file = readFileSync(path);
  file.fill(0xa5, 4096, size);
  writeFileSync(path, file);
}

function setVersion(path: string): void {
  const db = new Database(path);
  db.pragma("journal_mode = DELETE");
  db.pragma("user_version = 99");
  db.close();
}

test("keys beside a database that they do not belong to, or gone, are never made anew", async (t) => {
  const data = await folders.used("authority");
  const vault = `${data}-keyvault/authority.json`;
  const away = `${dirname(vault)}-away`;
  cpSync(dirname(vault), away, { recursive: true });
  rmSync(vault);
  sentence(t, await runLintel(PARTS.authority(data)), 2, /key vault .* is missing.*put it back/);
  t.notOk(existsSync(vault));
  cpSync(away, dirname(vault), { recursive: true });
  chmodSync(vault, 0o644);
  sentence(t, await runLintel(PARTS.authority(data)), 2, /can be read by others \(mode 644\); chmod 600/);
});
