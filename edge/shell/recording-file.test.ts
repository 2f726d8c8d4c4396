/** The file of a recording: appended to, bounded, and never in anybody's way. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t, { test } from "tap";
import { openRecording, type RecordingFile } from "./recording-file.ts";

const folder = mkdtempSync(join(tmpdir(), "lintel-recording-"));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

const HEAD = '{"recording":"edge"}';
let files = 0;

function fresh(content: string | null = null): string {
  files += 1;
  const path = join(folder, `${files}.jsonl`);
  if (content !== null) writeFileSync(path, content);
  return path;
}

function open(path: string, limit?: number): { file: RecordingFile; broken: string[] } {
  const broken: string[] = [];
  const opened = openRecording({
    path,
    broken: (sentence) => broken.push(sentence),
    ...(limit === undefined ? {} : { limit }),
  });
  if (!opened.ok) throw new Error(opened.error.sentence);
  return { file: opened.value, broken };
}

test("lines are written in order, for the owner alone", async (t) => {
  const path = fresh();
  const { file, broken } = open(path);
  const lines = [HEAD, ...Array.from({ length: 2000 }, (_, at) => `{"t":${at}}`)];
  for (const line of lines) t.equal(file.write(line), true);
  await file.close();
  t.equal(readFileSync(path, "utf8"), `${lines.join("\n")}\n`);
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.same(broken, []);
  t.equal(file.write("{}"), false, "it is closed");
});

test("another life is put behind a line that was cut off", async (t) => {
  const path = fresh(`${HEAD}\n{"t":1`);
  const { file } = open(path);
  file.write(HEAD);
  await file.close();
  t.equal(readFileSync(path, "utf8"), `${HEAD}\n{"t":1\n${HEAD}\n`);
});

test("at its limit it ends, says so once, and says so in the file", async (t) => {
  const path = fresh();
  const { file, broken } = open(path, 100);
  const line = "x".repeat(49);
  t.same([file.write(line), file.write(line), file.write("y"), file.write("z")], [true, true, false, false]);
  await file.close();
  t.equal(readFileSync(path, "utf8"), `${line}\n${line}\n{"end":"full"}\n`);
  t.equal(broken.length, 1);
  t.match(broken[0], /the recording ends here: it has reached its limit .* everything else goes on/);
});

test("a disk that takes nothing ends it, with a sentence, and throws nothing", {
  skip: process.platform !== "linux",
}, async (t) => {
  // A device that is always full takes no recording: it is no file.
  const device = openRecording({ path: "/dev/full", broken: () => undefined });
  t.match(device, { ok: false, error: { sentence: /\/dev\/full exists and is no recording/ } });
  const missing = openRecording({ path: join(folder, "none", "x.jsonl"), broken: () => undefined });
  t.match(missing, { ok: false, error: { kind: "unusable", sentence: /choose another --record/ } });
  t.end();
});

test("what is no recording is not written to", (t) => {
  const path = fresh("site: { id: hq }\n");
  t.match(openRecording({ path, broken: () => undefined }), {
    ok: false,
    error: { kind: "unusable", sentence: /exists and is no recording: it is not written over/ },
  });
  t.equal(readFileSync(path, "utf8"), "site: { id: hq }\n");
  t.end();
});

test("a disk that does not keep up ends it before memory does", async (t) => {
  const path = fresh();
  const { file, broken } = open(path, 1024 * 1024 * 1024);
  const line = "x".repeat(1024 * 1024);
  let taken = 0;
  // Nothing goes down within one turn of the process.
  while (file.write(line) && taken < 100) taken += 1;
  t.equal(taken, 31);
  t.match(broken, [/the disk does not keep up/]);
  await file.close();
  t.equal(statSync(path).size, taken * (line.length + 1), "what was taken is there");
});
