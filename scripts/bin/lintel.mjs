#!/usr/bin/env node
// The one entry of the command. TypeScript is loaded as it stands: nothing is built before it runs.
import { accessSync, constants, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// tsx keeps what it translated in a folder of the user's under the temporary one, and dies where it cannot: then without.
const cache = join(tmpdir(), `tsx-${process.getuid?.() ?? ""}`);
try {
  if (process.getuid) {
    mkdirSync(cache, { recursive: true });
    accessSync(cache, constants.W_OK);
  }
} catch {
  process.env.TSX_DISABLE_CACHE = "1";
}
const { register } = await import("tsx/esm/api");
register();
const { main } = await import("../lintel.ts");
await main(process.argv.slice(2));
