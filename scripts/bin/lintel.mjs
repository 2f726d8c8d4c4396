#!/usr/bin/env node
// The one entry of the command. What runs are the sources as they stand: bundled where that can be, translated one by one else.
import { accessSync, constants, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundled } from "./bundled.mjs";

const args = process.argv.slice(2);
const root = fileURLToPath(new URL("../..", import.meta.url));
const bundle = await bundled({
  root,
  entry: "scripts/lintel.ts",
  cache: join(root, "node_modules", ".cache", "lintel"),
});
if (bundle === null) translate(await import("tsx/esm/api"));
// Asked where a failure arose, it answers in the sources' lines.
else if (args.includes("--debug") || process.env.LINTEL_DEBUG === "1") process.setSourceMapsEnabled(true);
const { main } = await import(bundle ?? "../lintel.ts");
await main(args);

/** tsx keeps what it translated in a folder of the user's under the temporary one, and dies where it cannot: then without. */
function translate({ register }) {
  const cache = join(tmpdir(), `tsx-${process.getuid?.() ?? ""}`);
  try {
    if (process.getuid) {
      mkdirSync(cache, { recursive: true });
      accessSync(cache, constants.W_OK);
    }
  } catch {
    process.env.TSX_DISABLE_CACHE = "1";
  }
  register();
}
