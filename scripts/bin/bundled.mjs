/**
 * The command's TypeScript as one bundle of JavaScript: some 300 modules load in a quarter of the time that translating each at
 * its import takes. Nobody builds it: whoever starts the command after a change of a source makes it anew, in about 0.2 s.
 * Packages stay outside, as installed.
 */
import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";

/** A bundle that no source asks for any more goes after this; a process still running may load a part of its own late. */
const KEEP_MS = 7 * 24 * 3600_000;

/**
 * The URL of the bundle of `entry` (a path under `root`), made anew where a source changed since. Bundles lie in `cache`.
 * null where none can be made: the sources do not translate, or the folder is not ours to write in. Never throws.
 * @param {{ root: string, entry: string, cache: string, now?: number }} where
 * @returns {Promise<string | null>}
 */
export async function bundled({ root, entry, cache, now = Date.now() }) {
  try {
    const kept = current(root, cache);
    if (kept !== null) return kept;
    return await make(root, entry, cache, now);
  } catch {
    return null;
  }
}

/** @param {string} root @param {string} cache */
function current(root, cache) {
  /** @type {{ file: string, sources: [string, string][] }} */
  let manifest;
  try {
    manifest = JSON.parse(readFileSync(join(cache, "current.json"), "utf8"));
    statSync(join(cache, manifest.file));
  } catch {
    return null;
  }
  const same = manifest.sources.every(([path, stamp]) => stampOf(join(root, path)) === stamp);
  return same ? pathToFileURL(join(cache, manifest.file)).href : null;
}

/** Size and time of change: a source restored to its old text within the same tick of the file system differs in neither. @param {string} path */
function stampOf(path) {
  const file = statSync(path, { bigint: true, throwIfNoEntry: false });
  return file === undefined ? "gone" : `${file.size} ${file.mtimeNs}`;
}

/** @param {string} root @param {string} entry @param {string} cache @param {number} now */
async function make(root, entry, cache, now) {
  const { build, stop } = await import("esbuild");
  const folder = randomUUID();
  /** @type {[string, string][]} */
  const sources = ["package.json", "package-lock.json"].map((path) => [path, stampOf(join(root, path))]);
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  mkdirSync(cache, { recursive: true });
  /** @type {import("esbuild").Plugin} */
  const placed = {
    name: "a module knows where its source lies",
    setup: (on) => {
      on.onLoad({ filter: /./ }, (source) => {
        // Stamped before it is read: a change meanwhile makes the next start build again.
        const path = relative(root, source.path);
        sources.push([path, stampOf(source.path)]);
        if (!path.endsWith(".ts")) return undefined;
        const text = readFileSync(source.path, "utf8");
        const from = relative(join(cache, folder), source.path).split(sep).join("/");
        const url = `new URL(${JSON.stringify(from)}, import.meta.url).href`;
        return { contents: text.replaceAll("import.meta.url", `(${url})`), loader: "ts" };
      });
    },
  };
  // Its helper process is not kept: Ctrl-C must find nothing that the command did not start on purpose.
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outdir: join(cache, folder),
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    outExtension: { ".js": ".mjs" },
    external: Object.keys(dependencies),
    sourcemap: true,
    metafile: true,
    logLevel: "silent",
    plugins: [placed],
  }).finally(stop);
  const [out] = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === entry) ?? [];
  if (out === undefined) return null;
  const file = relative(cache, join(root, out));
  // Beside the old one and then in its place: of several processes that start at once, each finds one that is whole.
  const draft = join(cache, `${folder}.json`);
  writeFileSync(draft, JSON.stringify({ file, sources }));
  renameSync(draft, join(cache, "current.json"));
  sweep(cache, dirname(file), now);
  return pathToFileURL(join(cache, file)).href;
}

/** @param {string} cache @param {string} kept @param {number} now */
function sweep(cache, kept, now) {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    if (name === kept || name === "current.json" || now - statSync(path).mtimeMs < KEEP_MS) continue;
    rmSync(path, { recursive: true, force: true });
  }
}
