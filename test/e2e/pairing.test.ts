/**
 * How a Controller comes by its key: only in an install window that an operator opened at its door, and from then on it
 * and the edge speak nothing but Secure Channel (design 4).
 */
import t, { test } from "tap";
import { WatchedController } from "../support/door-line.rig.ts";
import { LintelProcess, runLintel } from "../support/lintel-process.rig.ts";
import { CODES, officeSite } from "../support/office-site.rig.ts";
import { RunningSite } from "../support/running-site.rig.ts";
import { until } from "../support/until.rig.ts";

const KEYSET = 0x75;
const CHLNG = 0x76;
/** SEC_BLK_TYPE of a frame with encrypted data, from the CP. */
const SEALED_DATA = 0x17;

const site = new RunningSite(t);
const line = await site.addLine("b1");
await site.addLine("b2");
const front = new WatchedController(line, { install: true });
t.teardown(() => front.simulated.stop());
await site.start(officeSite());

const pair = (...words: string[]) => runLintel(["door", "pair", ...words, "--data", site.data]);
const toController = (code: number) =>
  line.frames.filter(({ to, frame }) => to === "controller" && frame.code === code);

test("a Controller in install mode outside a window is asked who it is, and given no key", async (t) => {
  await until("it was asked", () => line.frames.filter(({ to }) => to === "edge").length >= 2);
  await front.type(`${CODES.desk}#`);
  t.same([...toController(KEYSET), ...toController(CHLNG)], []);
  t.notOk(front.simulated.state().secure);
  t.equal(front.releases(), 0);
});

const REFUSED = [
  { name: "a door that the keyset does not have", words: ["side"], says: /side/ },
  { name: "a window that is no time", words: ["front", "--window", "soon"], says: /soon/ },
  { name: "a window longer than ten minutes", words: ["front", "--window", "11m"], says: /11m/ },
  { name: "a key that is cut short", words: ["front", "--scbk", "0123"], says: /32 hex/ },
  {
    name: "the published default key",
    words: ["front", "--scbk", "303132333435363738393a3b3c3d3e3f"],
    says: /published/,
  },
];

test("what cannot be asked for is refused, and opens no window", async (t) => {
  const told = site.records.length;
  const all = await Promise.all(REFUSED.map(({ words }) => pair(...words)));
  for (const [at, { name, says }] of REFUSED.entries()) {
    const ran = all[at]!;
    t.equal(ran.code, 2, name);
    t.match(ran.err, says, name);
    t.equal(ran.out, "", name);
  }
  t.same(site.records.slice(told), []);
});

test("a window at a door without a Controller closes by itself, and is no window for another", async (t) => {
  const ran = await pair("back", "--window", "1s", "--json");
  t.equal(ran.code, 1);
  t.ok(ran.ms >= 1000);
  const lines = ran.out
    .trimEnd()
    .split("\n")
    .map((text) => JSON.parse(text));
  t.same(lines.at(-1), { door: "back", paired: false });
  t.match(
    site.records.filter(({ door }) => door === "back"),
    [{ event: "pairing-opened", detail: { by: "install-window", windowMs: 1000 } }, { event: "pairing-closed" }],
  );
  t.same([...toController(KEYSET), ...toController(CHLNG)], []);
});

test("a key by hand that the Controller does not hold pairs nothing, and it is not given that key", async (t) => {
  const wrong = "5e1f0c2a7b9d4e6f8091a2b3c4d5e6f7";
  const ran = new LintelProcess(["door", "pair", "front", "--window", "1s", "--scbk", "-", "--data", site.data], wrong);
  t.equal((await ran.ended).code, 1);
  t.same(toController(KEYSET), []);
  t.notOk(front.simulated.state().secure);
});

test("inside its window it is given a key, sealed; from then on nothing is said in clear", async (t) => {
  const seen = front.events.length;
  const ran = await pair("front", "--window", "20s");
  t.equal(ran.code, 0, ran.err);
  t.match(ran.out, /paired/);
  await site.online("front");
  const secure = front.events.slice(seen).filter((event) => event.kind === "secure" || event.kind === "keyed");
  t.match(secure.at(0), { kind: "secure", on: true, key: "scbk-d" });
  t.ok(secure.some(({ kind }) => kind === "keyed"));
  t.match(secure.at(-1), { kind: "secure", on: true, key: "scbk" });
  t.same(
    toController(KEYSET).map(({ frame }) => frame.scb?.type),
    [SEALED_DATA],
  );
  t.equal(await front.enter(CODES.desk), 1, "and a code opens its door");
  const from = secure.at(-1)!.at;
  const later = line.frames.filter(({ at }) => at > from);
  t.ok(later.length > 10);
  t.same(
    later.filter(({ frame }) => frame.scb === null),
    [],
  );
});

test("a Controller without power for a moment comes back by its own key, without a window", async (t) => {
  await front.locked();
  const [seen, lines, frames] = [front.events.length, site.edge.lines.length, line.frames.length];
  front.do("power brownout");
  await site.online("front", lines);
  t.match(
    front.events.slice(seen).filter((event) => event.kind === "secure" && event.on),
    [{ key: "scbk" }],
  );
  const challenges = line.frames.slice(frames).filter(({ frame }) => frame.code === CHLNG);
  t.ok(challenges.length > 0);
  t.same(
    challenges.filter(({ frame }) => frame.scb?.data[0] !== 1),
    [],
    "the default key is never tried",
  );
  t.equal(await front.enter(CODES.desk), 1);
});

test("a window at a paired door changes its key in its session", async (t) => {
  await front.locked();
  const given = toController(KEYSET).length;
  t.equal((await pair("front", "--window", "20s")).code, 0);
  t.same(
    toController(KEYSET)
      .slice(given)
      .map(({ frame }) => frame.scb?.type),
    [SEALED_DATA],
  );
  await until("the session stands", () => front.simulated.state().secure);
  t.match(
    front.events.findLast(({ kind }) => kind === "secure"),
    { on: true, key: "scbk" },
  );
});

test("another Controller in its place that holds no key is not spoken to, and no window means no key", async (t) => {
  const [lines, frames] = [site.edge.lines.length, line.frames.length];
  line.unplug();
  line.remove(front.simulated);
  front.simulated.stop();
  const other = new WatchedController(line, { install: true });
  t.teardown(() => other.simulated.stop());
  await site.edge.line("offline", (said) => said.event === "link" && said.online === false, { from: lines });
  await line.plug();
  await until("the other one answered", () => line.frames.slice(frames).filter(({ to }) => to === "edge").length >= 2);
  await other.type(`${CODES.desk}#`);
  t.same(
    line.frames.slice(frames).filter(({ frame }) => frame.code === KEYSET),
    [],
  );
  t.equal(other.releases(), 0);
  t.equal(other.events.filter((event) => event.kind === "secure" && event.on).length, 0);
});
