/** That the command which starts is the sources as they stand, whatever was bundled before. */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Test, test } from "tap";
// @ts-expect-error plain JavaScript: it runs before anything could translate it
import { bundled as untyped } from "./bundled.mjs";

type Bundled = (where: { root: string; entry: string; cache: string; now?: number }) => Promise<string | null>;
const bundled = untyped as Bundled;
const execFileAsync = promisify(execFile);
const ENTRY = "main.ts";

test("what starts is the sources as they stand", async (t) => {
  const tree = treeOf(t, {
    "main.ts": `export { word } from "./word.ts";`,
    "word.ts": `export const word: string = "one";`,
  });
  const first = await tree.bundle();
  t.equal(await wordOf(first), "one");
  t.equal(await tree.bundle(), first, "nothing changed: nothing is made again");

  tree.write("word.ts", `export const word: string = "two";`);
  const second = await tree.bundle();
  t.equal(await wordOf(second), "two", "a module that the entry imports has changed");
  t.equal(await wordOf(first), "one", "a process that still runs keeps the bundle it began with");

  tree.write("package.json", JSON.stringify({ dependencies: { tap: "*" } }));
  t.not(await tree.bundle(), second, "other packages: another bundle");
});

test("a module knows where its source lies, also when the tree is moved with its bundle", async (t) => {
  const tree = treeOf(t, { "main.ts": `export const word = new URL("beside.yaml", import.meta.url).pathname;` });
  t.equal(await wordOf(await tree.bundle()), join(tree.root, "beside.yaml"));
  const elsewhere = join(tree.root, "..", "moved");
  cpSync(tree.root, elsewhere, { recursive: true, preserveTimestamps: true });
  const moved = await bundled({ root: elsewhere, entry: ENTRY, cache: join(elsewhere, ".cache") });
  t.equal(await wordOf(moved), join(elsewhere, "beside.yaml"));
});

test("where no bundle can be made it says so, and the sources are translated one by one", async (t) => {
  const broken = treeOf(t, { "main.ts": "export const word = ;" });
  t.equal(await broken.bundle(), null, "a source that does not parse");
  t.equal(readdirSync(join(broken.root, ".cache")).length, 0, "nothing half made is left");
  const gone = treeOf(t, {});
  t.equal(await gone.bundle(), null, "no entry");
  const closed = treeOf(t, { "main.ts": `export const word = "here";` });
  writeFileSync(join(closed.root, ".cache"), "a file where the folder would be");
  t.equal(await closed.bundle(), null, "no folder to write in");
});

test("a cache cut off in the middle is made anew", async (t) => {
  const tree = treeOf(t, { "main.ts": `export const word = "whole";` });
  const first = await tree.bundle();
  writeFileSync(join(tree.root, ".cache", "current.json"), `{"file":"x`);
  t.equal(await wordOf(await tree.bundle()), "whole");
  rmSync(new URL(".", first!), { recursive: true });
  t.equal(await wordOf(await tree.bundle()), "whole");
});

test("bundles nobody starts any more go after a week", async (t) => {
  const tree = treeOf(t, { "main.ts": `export const word = "old";` });
  await tree.bundle();
  const old = readdirSync(join(tree.root, ".cache")).filter((name) => name !== "current.json");
  for (const name of old) utimesSync(join(tree.root, ".cache", name), 0, Date.now() / 1000 - 8 * 24 * 3600);
  tree.write("main.ts", `export const word = "newer";`);
  t.equal(await wordOf(await tree.bundle()), "newer");
  t.equal(readdirSync(join(tree.root, ".cache")).length, 2, "the bundle and what names it");
});

test("several processes that start at once each get a whole one", async (t) => {
  const tree = treeOf(t, { "main.ts": `export const word = "whole";` });
  const asked = { root: tree.root, entry: ENTRY, cache: join(tree.root, ".cache") };
  const script = `const { bundled } = await import(${JSON.stringify(new URL("bundled.mjs", import.meta.url).href)});
    console.log((await import(await bundled(${JSON.stringify(asked)}))).word);`;
  const runs = Array.from({ length: 4 }, () => execFileAsync(process.execPath, ["--input-type=module", "-e", script]));
  for (const { stdout } of await Promise.all(runs)) t.equal(stdout, "whole\n");
});

function treeOf(t: Test, files: Readonly<Record<string, string>>) {
  const root = join(mkdtempSync(join(tmpdir(), "lintel-bundle-")), "tree");
  t.teardown(() => rmSync(join(root, ".."), { recursive: true, force: true }));
  mkdirSync(root);
  const write = (name: string, text: string): void => writeFileSync(join(root, name), text);
  write("package.json", JSON.stringify({ dependencies: {} }));
  for (const [name, text] of Object.entries(files)) write(name, text);
  return { root, write, bundle: () => bundled({ root, entry: ENTRY, cache: join(root, ".cache") }) };
}

async function wordOf(url: string | null): Promise<string> {
  if (url === null) throw new Error("no bundle");
  const { word } = (await import(url)) as { word: string };
  return word;
}
