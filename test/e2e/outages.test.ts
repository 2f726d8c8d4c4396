/**
 * Either process ends at any moment, as by a power cut: doors go on by what their edge holds, every record is there and
 * arrives once, and a strike does not stay released because nobody is left to lock it.
 */
import { type JournalRecord, shownRecord } from "@lintel/protocol/mqtt/record.ts";
import t, { test } from "tap";
import { CODES, officeSite } from "../support/office-site.rig.ts";
import { RunningSite } from "../support/running-site.rig.ts";
import { TcpTap } from "../support/tcp-tap.rig.ts";
import { until } from "../support/until.rig.ts";

const RELEASE = 2000;

const tap = new TcpTap();
t.teardown(() => tap.close());
await tap.listen();
const site = new RunningSite(t);
const [front, back] = await Promise.all([site.addDoor("front", "b1"), site.addDoor("back", "b2")]);
await site.start(officeSite({ release: `${RELEASE / 1000}s` }), (token) => tap.through(token));

const answers = (records: readonly JournalRecord[]) =>
  records
    .filter(({ event }) => event === "granted" || event === "denied")
    .map(({ event, door, key, reasons }) => [event, door, key ?? reasons.join(" ")].join(" "));

/** Every record once, and none missing. */
function whole(records: readonly JournalRecord[]): boolean {
  return records.length > 0 && records.every(({ seq }, at) => seq === at + 1);
}

test("without the authority the same codes go on; its records wait, and arrive once when it is back", async (t) => {
  await site.collectedAll();
  await site.authority.kill();
  await site.edge.line("the edge noticed", ({ event, connected }) => event === "authority" && connected === false);
  const told = site.records.length;
  t.equal(await front.enter(CODES.desk), 1, "a right code");
  t.equal(await front.enter(CODES.wrong), 0, "a wrong one");
  t.equal(await back.enter(CODES.once), 0, "of the other door");
  t.equal(await back.enter(CODES.desk), 1, "at the other door");
  await front.locked();
  t.equal(await front.enter(CODES.once), 1, "once");
  t.equal(await front.enter(CODES.once), 0, "and not twice");
  const expected = [
    "granted front desk",
    "denied front unknown-code",
    "denied back once",
    "granted back desk",
    "granted front once",
    "denied front once",
  ];
  t.same(answers(site.records.slice(told)), expected);
  const { journal } = (await site.ask("status")) as { journal: { head: number; acked: number } };
  t.ok(journal.head - journal.acked >= expected.length, "they wait");
  await site.startAuthority();
  const collected = await site.collectedAll();
  t.same(answers(collected.slice(told)), expected);
  t.ok(whole(collected));
  await until("the edge knows that they are held", async () => {
    const status = (await site.ask("status")) as { journal: { head: number; acked: number } };
    return status.journal.acked === status.journal.head;
  });
});

test("the edge ended between a grant's record and its publication: the record is there, and arrives once", async (t) => {
  await Promise.all([front.locked(), back.locked()]);
  await site.collectedAll();
  const [told, seen] = [site.records.length, front.events.length];
  tap.withholding = true;
  site.edge.onLine(({ event, record }) => {
    if (event === "record" && record.event === "granted") site.edge.signal("SIGKILL");
  });
  await front.type(`${CODES.desk}#`);
  await site.edge.ended;
  const held = await site.collected();
  t.same(answers(held.slice(told).map(({ record }) => record)), [], "nothing of it came through");
  const { records, acked } = site.journal();
  t.same(answers(records.slice(told)), ["granted front desk"], "it lies on the disk");
  t.ok(acked < records.length, "and nobody acknowledged it");
  tap.withholding = false;
  await site.startEdge();
  await site.online("front");
  const collected = await until("the record at the authority", async () => {
    const all = (await site.collected()).map(({ record }) => record);
    return answers(all.slice(told)).length > 0 && all;
  });
  t.same(answers(collected.slice(told)), ["granted front desk"]);
  t.ok(whole(collected));
  t.ok(front.releases(seen) <= 1, "a strike that was not given any more is not made up for");
});

for (const { name, kill } of [
  { name: "while the edge lives", kill: false },
  { name: "where the edge was killed meanwhile", kill: true },
]) {
  test(`a released strike locks at the end of its time, ${name}`, async (t) => {
    await front.locked();
    const seen = front.events.length;
    t.equal(await front.enter(CODES.desk), 1);
    if (kill) await site.edge.kill();
    t.ok(front.released, "it is released still");
    await front.locked();
    const [on, off] = front.relay(seen);
    t.match([on, off], [{ released: true }, { released: false }]);
    t.equal(Math.round(on!.for ?? 0), RELEASE);
    const lasted = off!.at - on!.at;
    t.ok(Math.abs(lasted - RELEASE) < 100, `${lasted} ms`);
  });
}

test("an edge that starts where no authority runs serves codes from its cache", async (t) => {
  await site.authority.kill();
  await site.startEdge();
  await Promise.all([site.online("front"), site.online("back")]);
  const told = site.records.length;
  t.equal(await front.enter(CODES.desk), 1, "a right code");
  t.equal(await back.enter(CODES.backOnly), 1, "at the other door");
  await front.locked();
  t.equal(await front.enter(CODES.always), 1, "inside its hours: the machine's clock still counts");
  t.equal(await front.enter(CODES.never), 0, "outside of them");
  t.equal(await front.enter(CODES.once), 0, "a use made durable before it was killed");
  const expected = [
    "granted front desk",
    "granted back backonly",
    "granted front always",
    "denied front never",
    "denied front once",
  ];
  t.same(answers(site.records.slice(told)), expected);
  await site.startAuthority();
  const all = await until("the records at the authority", async () => {
    const held = (await site.collected()).map(({ record }) => record);
    return answers(held).slice(-expected.length).join() === expected.join() && held;
  });
  t.ok(whole(all));
  await Promise.all([front.locked(), back.locked()]);
});

test("in the end the authority holds what lies on the edge's disk, in order, without gap", async (t) => {
  const held = await until("all is acknowledged", async () => {
    const { journal } = (await site.ask("status")) as { journal: { head: number; acked: number } };
    const collected = await site.collected();
    return journal.acked === journal.head && collected.length === journal.head && collected;
  });
  await site.edge.kill();
  const { records } = site.journal();
  t.same(
    held.map(({ record }) => record),
    records.slice(0, held.length).map(shownRecord),
  );
  t.ok(whole(records));
  t.ok(held.length > 30, "and it is not a short one");
});
