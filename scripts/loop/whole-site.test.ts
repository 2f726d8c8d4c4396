/** That a site which cannot start leaves nothing behind, whichever part was still beginning when another gave up. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "tap";
import { until } from "../../test/support/until.rig.ts";
import { CommandFailed, EXIT } from "../command.ts";
import { startWholeSite } from "./whole-site.ts";

const DEMO = new URL("../demo/site.yaml", import.meta.url);

test("the authority gives up while the edge still begins: no edge is left, and nothing keeps this process", async (t) => {
  const data = mkdtempSync(join(tmpdir(), "lintel-whole-"));
  t.teardown(() => rmSync(data, { recursive: true, force: true }));
  const held = childrenAndPorts();
  const starting = startWholeSite({
    data,
    keyvaults: { authority: join(data, "..", "never.json"), edge: `${data}-keyvault/edge.json` },
    authorityArgs: [],
    // Before any process could serve: what a taken port is on a machine whose edge is slow.
    authority: Promise.reject(new CommandFailed(EXIT.unreachable, "the port is taken")),
    buses: [],
    edge: null,
    site: { path: "site.yaml", text: readFileSync(DEMO, "utf8"), widen: false },
    onEvent: () => undefined,
    onTalk: () => undefined,
    onLost: () => undefined,
  });
  await t.rejects(starting, { message: "the port is taken" });
  // The handle of a closed line goes with the next turns of the event loop.
  const left = await until("no child and no line", () => childrenAndPorts().join() === held.join(), 2_000);
  t.ok(left, "no child and no line of a door is open");
  t.notOk(existsSync(join(data, "edge", "process.json")), "no edge serves this folder");
  rmSync(`${data}-keyvault`, { recursive: true, force: true });
});

function childrenAndPorts(): readonly string[] {
  return process
    .getActiveResourcesInfo()
    .filter((what) => ["ProcessWrap", "TTYWrap", "PipeWrap"].includes(what))
    .sort();
}
