#!/usr/bin/env node
// The one entry of the command. TypeScript is loaded as it stands: nothing is built before it runs.
import { register } from "tsx/esm/api";

register();
const { main } = await import("../lintel.ts");
await main(process.argv.slice(2));
