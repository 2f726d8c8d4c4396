/**
 * Wrong codes at a pad, over real parts: the lock-out lies on the disk before it is seen, goes on over the end of the
 * process, leaves the other door alone, and ends at the box by `lintel edge release`.
 */
import t, { test } from "tap";
import { runLintel } from "../support/lintel-process.rig.ts";
import { CODES, officeSite } from "../support/office-site.rig.ts";
import { RunningSite } from "../support/running-site.rig.ts";

const site = new RunningSite(t);
const [front, back] = await Promise.all([site.addDoor("front", "b1"), site.addDoor("back", "b2")]);
await site.start(officeSite());

const release = (...args: readonly string[]) => runLintel(["edge", "release", ...args, "--data", site.data]);

async function lockedOutMs(door: string): Promise<number> {
  const { doors } = (await site.ask("status")) as { doors: { id: string; lockedOutMs: number }[] };
  return doors.find(({ id }) => id === door)!.lockedOutMs;
}

/** What an entry at the front is answered with: `granted`, or the reasons. */
async function answer(code: string): Promise<string> {
  const told = site.records.length;
  await front.enter(code);
  const { event, reasons } = await site.record("the answer", ({ event }) => /^(granted|denied)$/.test(event), told);
  return event === "granted" ? event : reasons.join(" ");
}

test("where no lock-out runs a release says so, and is recorded", async (t) => {
  t.match(await release("front"), { code: 0, out: "front: no lock-out ran; its counts are at zero\n", err: "" });
  t.match(await site.record("the release", ({ event }) => event === "lockout-cleared"), {
    door: "front",
    detail: { by: "box", remainingMs: 0 },
  });
});

test("five wrong codes lock the pad, also for an edge that was killed and started again (d3.5)", async (t) => {
  for (let n = 0; n < 5; n += 1) t.equal(await answer(CODES.wrong), "unknown-code");
  t.equal(await answer(CODES.desk), "locked-out");
  t.ok((await lockedOutMs("front")) > 0);
  t.equal(await lockedOutMs("back"), 0);
  await site.edge.kill();
  await site.startEdge();
  await Promise.all([site.online("front"), site.online("back")]);
  t.equal(await answer(CODES.once), "locked-out");
  t.equal(await back.enter(CODES.desk), 1, "the other door opens");
  front.do("rex");
  await site.record("the exit button", ({ event }) => event === "rex");
});

test("a release at the box opens the pad at once, and the authority has the whole story", async (t) => {
  const { code, out } = await release("front", "--json");
  t.equal(code, 0);
  const said = JSON.parse(out) as { remainingMs: number };
  t.match(said, { door: "front", released: true });
  t.ok(said.remainingMs > 0 && said.remainingMs <= 60_000);
  await front.locked();
  t.equal(await answer(CODES.once), "granted", "what was refused was not used up");
  const story = (await site.collectedAll()).flatMap(({ event, door, reasons, detail }): string[] => {
    if (door !== "front") return [];
    if (event === "denied") return [...reasons];
    return event === "granted" ? [event] : /^lockout/.test(event) ? [`${event} ${detail.tier ?? detail.by}`] : [];
  });
  t.same(story, [
    "lockout-cleared box",
    ...Array(5).fill("unknown-code"),
    "lockout 1",
    "locked-out",
    "locked-out",
    "lockout-cleared box",
    "granted",
  ]);
});
