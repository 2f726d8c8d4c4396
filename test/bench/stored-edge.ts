/**
 * The data folder of an edge that was adopted, holds a keyset and is paired, made without running its process: the same
 * box in virtual time over the real store. A real `lintel edge` then starts on it, and needs no authority.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { makeKeyFile } from "@lintel/edge/shell/key-file.ts";
import { openStore } from "@lintel/edge/shell/store.ts";
import { instant } from "@lintel/protocol/base/units.ts";
import { ModelledSite } from "./modelled-site.ts";

export interface StoredEdge {
  /** As given to `--data` and `--keyvault`. */
  readonly data: string;
  readonly keyvault: string;
}

/** One door, `door-0`, on bus `b1` at address 0, with the SCBK of `scbkAt(0)`. */
export function makeStoredEdge(folder: string, name: string, keys: number, baud: number): StoredEdge {
  const data = join(folder, name);
  const keyvault = join(folder, `${name}-keyvault`, "edge.json");
  mkdirSync(join(data, "edge"), { recursive: true, mode: 0o700 });
  const edgeKeys = makeKeyFile(keyvault);
  const store = openStore(join(data, "edge", "edge.db"));
  if (!edgeKeys.ok || !store.ok) throw new Error(`no edge can be stored in ${data}`);
  // A minute ago: the real edge's clock never stands before it.
  const begins = instant(Date.now() - 60_000);
  const site = new ModelledSite({ baud, doors: 1, keys, begins, store: store.value, edgeKeys: edgeKeys.value });
  site.box.stop();
  store.value.close();
  return { data, keyvault };
}
