/**
 * An edge whose disk takes nothing any more, while it runs: the process lives, a code is answered by the sound of a
 * fault and opens nothing, the exit button opens, and when there is room again all goes on and is recorded.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { test } from "tap";
import { CODES, officeSite } from "../support/office-site.rig.ts";
import { RunningSite } from "../support/running-site.rig.ts";
import { until } from "../support/until.rig.ts";

/** The size of a file is limited from outside, as a full disk would: Linux lets its owner do that to a process. */
const CAN = spawnSync("prlimit", ["--version"]).status === 0;

test("a disk that fills up under a running edge", { skip: !CAN && "prlimit is needed" }, async (t) => {
  const site = new RunningSite(t);
  const front = await site.addDoor("front", "b1");
  await site.addDoor("back", "b2");
  await site.start(officeSite({ release: "1s" }));
  const limit = (bytes: string) => execFileSync("prlimit", ["--pid", String(site.edge.pid), `--fsize=${bytes}:`]);
  t.equal(await front.enter(CODES.desk), 1, "before");
  await front.locked();

  limit("1");
  const sounds = front.events.length;
  t.equal(await front.enter(CODES.desk), 0, "a right code opens nothing that could not be recorded");
  t.equal(await front.enter(CODES.once), 0);
  t.match(await site.ask("status"), { storeFails: true });
  const begun = front.events.length;
  front.do("rex");
  await until("the exit button opens", () => front.releases(begun) === 1);
  await front.locked();
  t.ok(
    front.events.slice(sounds).some(({ kind }) => kind === "buzzer"),
    "the pad answers",
  );
  t.same(site.edges.length, 1, "the process is the same");

  limit("unlimited");
  const told = site.records.length;
  await until("the disk is tried again", async () => (await site.ask("status")).storeFails === false);
  const tried = front.events.length;
  await front.type(`${CODES.once}#`);
  await until("a use that was refused was not used up", () => front.releases(tried) === 1);
  const collected = await site.collectedAll();
  t.ok(collected.some(({ event, detail }) => event === "hardware-fault" && detail.what === "store-failed"));
  t.ok(site.records.slice(told).some(({ event, door }) => event === "rex" && door === "front"));
  t.ok(
    collected.every(({ seq }, at) => seq === at + 1),
    "no gap",
  );
});
