/**
 * The cable between edge and Controller is pulled, or says nothing any more: the edge tells of it, people get out, what
 * is typed meanwhile opens nothing, also not afterwards, and the line comes back by itself with a new session.
 */
import { toHex } from "@lintel/protocol/base/bytes.ts";
import type { JournalRecord } from "@lintel/protocol/mqtt/record.ts";
import { LIMITS } from "@lintel/protocol/osdp/limits.ts";
import t, { test } from "tap";
import { clock, type DoorLine } from "../support/door-line.rig.ts";
import { CODES, officeSite } from "../support/office-site.rig.ts";
import { RunningSite } from "../support/running-site.rig.ts";
import { until } from "../support/until.rig.ts";

/** What a loaded machine may add to a time that is told by another process. */
const SLACK = 1000;

const site = new RunningSite(t);
const [front, back] = await Promise.all([site.addDoor("front", "b1"), site.addDoor("back", "b2")]);
const [frontLine, backLine] = [site.line("b1"), site.line("b2")];
await site.start(officeSite());

/** RND.A of every handshake that the edge began on a line: no two sessions have the same keys. */
function challenges(line: DoorLine): string[] {
  return line.frames.flatMap(({ to, frame }) =>
    to === "controller" && frame.code === 0x76 ? [toHex(frame.data.slice(0, 8))] : [],
  );
}

function sessions(events: typeof front.events): number {
  return events.filter((event) => event.kind === "secure" && event.on && event.key === "scbk").length;
}

const atDoor = (door: string, from: number) => site.records.slice(from).filter((record) => record.door === door);
const isAnswer = ({ event }: JournalRecord) => event === "granted" || event === "denied";

const offline = (door: string, from: number) =>
  site.edge.line(`${door} is offline`, (line) => line.event === "link" && line.door === door && line.online === false, {
    from,
  });

test("before: codes open both doors", async (t) => {
  t.same(await Promise.all([front.enter(CODES.desk), back.enter(CODES.desk)]), [1, 1]);
  await Promise.all([front.locked(), back.locked()]);
});

// The back door's line falls silent now, and is looked at when its eight seconds are over.
const silence = { from: 0, told: 0, lines: 0, seen: 0, sessions: 0, challenges: 0 };
let backIsOffline: Promise<number>;

test("a cable is pulled: the edge says so at once, and its Controller lets people out by itself", async (t) => {
  Object.assign(silence, {
    from: clock.now(),
    told: site.records.length,
    lines: site.edge.lines.length,
    seen: back.events.length,
    sessions: sessions(back.events),
    challenges: challenges(backLine).length,
  });
  backLine.wire = () => null;
  backIsOffline = offline("back", silence.lines).then(() => clock.now());

  const [lines, told, seen] = [site.edge.lines.length, site.records.length, front.events.length];
  const pulled = clock.now();
  frontLine.unplug();
  await offline("front", lines);
  t.ok(clock.now() - pulled < SLACK, `${Math.round(clock.now() - pulled)} ms`);
  t.match(await site.record("offline", ({ event, door }) => event === "offline" && door === "front", told), {
    door: "front",
  });
  await site.edge.line("the port is closed", ({ event }) => event === "port", { from: lines });
  t.match(
    site.edge.lines.slice(lines).filter(({ event }) => event === "port"),
    [{ bus: "b1", open: false }],
  );
  front.do("rex");
  await until("the exit button releases the strike", () => front.released);
  t.equal(front.releases(seen), 1);
  await front.locked();
});

test("what is typed at a pulled cable opens nothing, also when it is back at once; the line is new", async (t) => {
  const [lines, told, seen] = [site.edge.lines.length, site.records.length, front.events.length];
  const [before, begun] = [sessions(front.events), challenges(frontLine)];
  await front.type(`${CODES.desk}#`);
  t.equal(front.releases(seen), 0);
  await frontLine.plug();
  await site.online("front", lines);
  t.equal(sessions(front.events), before + 1);
  const anew = challenges(frontLine);
  t.ok(anew.length > begun.length);
  t.equal(new Set(anew).size, anew.length, "each session has keys of its own");
  // The Controller tells what happened meanwhile, each once.
  await site.record("the exit", ({ event, door }) => event === "rex" && door === "front", told);
  t.match(await site.record("dropped keys", ({ event }) => event === "keypresses-dropped", told), {
    door: "front",
    detail: { count: CODES.desk.length + 1 },
  });
  t.same(atDoor("front", told).filter(isAnswer), [], "nobody's code was judged");
  t.equal(front.releases(seen), 0);
  t.equal(await front.enter(CODES.desk), 1, "typed now, it opens");
  await front.locked();
});

test("a code of which the cable was pulled in the middle is no code", async (t) => {
  const [told, seen] = [site.records.length, front.events.length];
  await front.type(CODES.desk.slice(0, 3));
  const lines = site.edge.lines.length;
  frontLine.unplug();
  await offline("front", lines);
  await frontLine.plug();
  await site.online("front", lines);
  t.equal(await front.enter(CODES.desk.slice(3)), 0);
  t.match(await site.record("the rest", (record) => isAnswer(record) && record.door === "front", told), {
    event: "denied",
    reasons: ["wrong-length"],
  });
  t.equal(front.releases(seen), 0);
  t.equal(await front.enter(CODES.desk), 1, "whole, it opens");
});

test("a line that falls silent: offline within the standard's time, and the exit button opens", async (t) => {
  const took = (await backIsOffline) - silence.from;
  t.ok(took < LIMITS.osdpOffline + SLACK, `${Math.round(took)} ms`);
  t.ok(took > LIMITS.osdpOffline / 2, "one lost reply does not count");
  const told = atDoor("back", silence.told).filter(({ event }) => event !== "not-taken");
  t.match(told, [{ event: "offline" }]);
  await until("its Controller knows too", () => !back.simulated.state().online);
  back.do("rex");
  await until("the exit button releases the strike", () => back.released);
  await back.locked();
  t.equal(back.releases(silence.seen), 1);
});

test("what is typed at a silent line opens nothing; it comes back by itself, with a new session", async (t) => {
  const [lines, told, seen] = [site.edge.lines.length, site.records.length, back.events.length];
  await back.type(`${CODES.desk}#`);
  backLine.wire = (frame) => frame.bytes;
  await site.online("back", lines);
  t.equal(sessions(back.events), silence.sessions + 1);
  t.ok(challenges(backLine).length > silence.challenges);
  t.equal(new Set(challenges(backLine)).size, challenges(backLine).length);
  await site.record("the exit", ({ event, door }) => event === "rex" && door === "back", told);
  t.match(await site.record("dropped keys", ({ event, door }) => event === "keypresses-dropped" && door === "back"), {
    detail: { count: CODES.desk.length + 1 },
  });
  t.same(atDoor("back", told).filter(isAnswer), []);
  t.equal(back.releases(seen), 0);
  t.equal(await back.enter(CODES.desk), 1, "typed now, it opens");
});
