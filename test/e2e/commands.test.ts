/**
 * Commands to a running edge, through a broker that does as it likes: kept, held, repeated, turned around, moved, forged.
 * A bad one does nothing and is recorded; a good one is executed once and answered (facts security 8, row 20). The keys
 * of the true authority are in the test's hands, so that every fault stands alone.
 */
import { readVault } from "@lintel/edge/authority/shell/vault.ts";
import { Secret, SecretText } from "@lintel/protocol/base/secret.ts";
import { type Instant, instant } from "@lintel/protocol/base/units.ts";
import { adoptionPassword, adoptionUser, decodeToken } from "@lintel/protocol/mqtt/adoption.ts";
import type { DoorAct } from "@lintel/protocol/mqtt/command.ts";
import {
  type MessageHead,
  openMessage,
  peekMessage,
  signingPublicKey,
  signMessage,
} from "@lintel/protocol/mqtt/envelope.ts";
import { edgeTopics } from "@lintel/protocol/mqtt/topics.ts";
import { reachAuthority } from "@lintel/scripts/reach-authority.ts";
import mqtt from "mqtt";
import t, { test } from "tap";
import { HostileBroker, publish } from "../support/hostile-broker.rig.ts";
import { runLintel } from "../support/lintel-process.rig.ts";
import { CODES, officeSite } from "../support/office-site.rig.ts";
import { RunningSite } from "../support/running-site.rig.ts";
import { until } from "../support/until.rig.ts";

const broker = new HostileBroker();
await broker.listen();
t.teardown(() => broker.close());
const site = new RunningSite(t);
const [front] = await Promise.all([site.addDoor("front", "b1"), site.addLine("b2")]);
await site.start(officeSite(), (token) => broker.through(token));

const vault = readVault(`${site.data}-keyvault/authority.json`);
if (!vault.ok) throw new Error(vault.error.kind);
const keys = vault.value;
const topics = edgeTopics("hq", "e1");
const CMD = topics.down("cmd");
const lockdown: DoorAct = { kind: "mode", door: "front", mode: "lockdown" };
const release: DoorAct = { kind: "release", door: "front" };
const DONE = { kind: "done" } as const;

let serial = 0;
/** A command as the true authority would sign it now, or with what is said to be otherwise. */
function command(over: { n?: number; act?: DoorAct; head?: Partial<MessageHead>; by?: Secret } = {}): Uint8Array {
  serial += 1;
  const now = Date.now();
  const { n = now, act = lockdown, head = {}, by = keys.online } = over;
  const id = new Uint8Array(16).fill(serial);
  const end: Instant = instant(now + 9000);
  const whole = { site: "hq", edge: "e1", epoch: "ab".repeat(8), seq: 0, t: instant(now), exp: end, id, ...head };
  return signMessage("command", whole, { n, act, by: "operator" }, by);
}

/** What the edge answered since, by the id of the command. */
function answersSince(place: number) {
  return broker.said.slice(place).flatMap(({ topic, payload }) => {
    const answer = topic === topics.up("rsp") ? peekMessage("command-answer", payload) : null;
    return answer?.ok ? [answer.value.body] : [];
  });
}

/** Records of what a command that was executed does, from place `from` on. */
const executedSince = (from: number) =>
  site.records.slice(from).filter(({ event }) => ["mode", "override", "lockout-cleared"].includes(event));

const door = (...args: readonly string[]) => runLintel(["door", ...args, "--data", site.data, "--json"]);

test("a right command from the command line: executed once, answered in time, recorded and audited with who asked", async (t) => {
  const [told, said] = [site.records.length, broker.said.length];
  for (let wrong = 0; wrong < 5; wrong += 1) t.equal(await front.enter(CODES.wrong), 0);
  await site.record("the pad is locked", ({ event }) => event === "lockout", told);
  t.equal(await front.enter(CODES.desk), 0, "a right code is refused");
  const { code, out, ms } = await door("release", "front");
  t.equal(code, 0);
  t.same(JSON.parse(out), { door: "front", outcome: "done" });
  t.ok(ms < 9_000, `${ms} ms`);
  t.match(answersSince(said), [{ outcome: DONE }]);
  t.match(executedSince(told), [{ event: "lockout-cleared", door: "front", detail: { by: "operator" } }]);
  t.equal(executedSince(told).length, 1);
  t.equal(await front.enter(CODES.desk), 1, "and opens now");
  await front.locked();
  const { audit } = (await reachAuthority(site.data).ask("GET", "/audit")).json as { audit: object[] };
  t.match(audit.slice(-2), [
    { what: "command-sent", detail: { by: "operator", act: "release", door: "front", edge: "e1" } },
    { what: "command-answered", detail: { edge: "e1", outcome: "done" } },
  ]);
  const sent = broker.kept.filter(({ topic }) => topic === CMD);
  t.equal(sent.length, 1);
  const expected = { site: "hq", edge: "e1", signer: signingPublicKey(keys.online), now: null };
  const opened = openMessage("command", sent[0]!.payload, expected);
  t.ok(opened.ok && opened.value.exp !== null && opened.value.exp - opened.value.t <= 10_000, "it has its end");
});

test("the very same command, again and again, also after the edge was killed: answered as before, executed once", async (t) => {
  const first = broker.kept.findLast(({ topic }) => topic === CMD)!.payload;
  const [told, said] = [site.records.length, broker.said.length];
  for (const _time of [1, 2]) broker.inject(publish(CMD, first, { qos: 0 }));
  await until("both are answered", () => answersSince(said).length === 2);
  await site.edge.kill();
  await site.startEdge();
  await site.edge.line("connected", ({ event, connected }) => event === "authority" && connected === true);
  await site.online("front");
  broker.inject(publish(CMD, first, { qos: 0 }));
  const all = await until("and the third", () => answersSince(said).length === 3 && answersSince(said));
  t.same(
    all.map(({ outcome }) => outcome),
    [DONE, DONE, DONE],
  );
  t.equal(new Set(all.map(({ n }) => n)).size, 1);
  t.same(executedSince(told), []);
});

const flip = (message: Uint8Array) => message.map((byte, at) => (at === message.length - 5 ? byte ^ 1 : byte));
const stranger = new Secret(new Uint8Array(32).fill(9));

const faults: readonly {
  name: string;
  message: () => Uint8Array;
  topic?: string;
  retain?: boolean;
  /** The word in the record. */
  why: string;
  /** As what it is recorded. */
  as?: "command-refused" | "message-refused";
  /** Of the answer; null: nobody is answered. */
  answer: string | null;
}[] = [
  { name: "kept by the broker", message: () => command(), retain: true, why: "retained", answer: null },
  { name: "with an older number", message: () => command({ n: 5 }), why: "stale", answer: "stale" },
  {
    name: "past its end",
    message: () => command({ head: { exp: instant(Date.now() - 1000) } }),
    why: "expired",
    answer: "stale",
  },
  { name: "without an end", message: () => command({ head: { exp: null } }), why: "without-end", answer: null },
  {
    name: "with an end in an hour",
    message: () => command({ head: { exp: instant(Date.now() + 3_600_000) } }),
    why: "end-too-far",
    answer: "clock-unknown",
  },
  { name: "of another edge, moved", message: () => command({ head: { edge: "e2" } }), why: "wrong-edge", answer: null },
  { name: "of another site", message: () => command({ head: { site: "lab" } }), why: "wrong-site", answer: null },
  { name: "signed by a stranger", message: () => command({ by: stranger }), why: "bad-signature", answer: null },
  { name: "that is noise", message: () => Uint8Array.of(0xff, 1, 2), why: "malformed", answer: null },
  {
    name: "of a door that the edge does not have",
    message: () => command({ act: { ...lockdown, door: "attic" } }),
    why: "unknown-door",
    answer: "unknown-door",
  },
  {
    name: "on another edge's topic",
    message: () => command(),
    topic: edgeTopics("hq", "e2").down("cmd"),
    why: "wrong-topic",
    as: "message-refused",
    answer: null,
  },
];
for (const { name, message, topic = CMD, retain = false, why, as = "command-refused", answer } of faults) {
  test(`a command ${name}: does nothing, and is recorded as ${why}`, async (t) => {
    const [told, said] = [site.records.length, broker.said.length];
    broker.inject(publish(topic, message(), { qos: 0, retain }));
    const record = await site.record(why, ({ event, detail }) => event === as && detail.why === why, told);
    if (answer !== null) {
      t.match(record, { detail: { by: "operator" } }, "who asked is known, and told");
      await until("it is answered", () => answersSince(said).length > 0);
    }
    t.same(
      answersSince(said).map(({ outcome }) => outcome),
      answer === null ? [] : [{ kind: "refused", why: answer }],
    );
    t.same(executedSince(told), []);
  });
}

test("a bit flipped anywhere near the signature, and every kind of key but the right one: nothing is answered or done", async (t) => {
  const [told, said] = [site.records.length, broker.said.length];
  const bad = [flip(command()), command({ by: keys.keyset }), command({ by: keys.root })];
  for (const message of bad) broker.inject(publish(CMD, message, { qos: 0 }));
  // What comes behind them on the same connection was looked at after them.
  broker.inject(publish(CMD, command({ n: 6 }), { qos: 0 }));
  await until("the one behind them", () => answersSince(said).length > 0);
  t.match(answersSince(said), [{ n: 6, outcome: { why: "stale" } }]);
  t.same(executedSince(told), []);
});

test("two commands turned around: the older one is stale, as if it had never been sent", async (t) => {
  const said = broker.said.length;
  const now = Date.now();
  const [older, newer] = [command({ n: now }), command({ n: now + 1, act: release })];
  broker.inject(publish(CMD, newer, { qos: 0 }));
  broker.inject(publish(CMD, older, { qos: 0 }));
  const answers = await until("both are answered", () => answersSince(said).length === 2 && answersSince(said));
  t.match(answers, [
    { n: now + 1, outcome: DONE },
    { n: now, outcome: { kind: "refused", why: "stale" } },
  ]);
  t.equal(await front.enter(CODES.desk), 1, "lockdown was the older one");
});

test("who holds an adoption token may not command: its connection ends, and the edge hears nothing", async (t) => {
  const [told, said] = [site.records.length, broker.said.length];
  const text = String((await reachAuthority(site.data).ask("POST", "/edges/e1/token")).json.token);
  const token = decodeToken(new SecretText(text));
  if (!token.ok) throw new Error(token.error.kind);
  const password = adoptionPassword(token.value).use((plain) => plain);
  const user = adoptionUser("e1");
  for (const topic of [CMD, topics.up("rsp")]) {
    const client = await mqtt.connectAsync(token.value.broker, {
      clientId: user,
      username: user,
      password,
      reconnectPeriod: 0,
    });
    client.on("error", () => {});
    const closed = new Promise<void>((done) => client.once("close", () => done()));
    client.publish(topic, Buffer.from(command()), { qos: 1 });
    await closed;
    t.pass(`${topic}: closed`);
  }
  broker.inject(publish(CMD, command({ n: 7 }), { qos: 0 }));
  await until("a later one is answered", () => answersSince(said).length > 0);
  t.match(answersSince(said), [{ n: 7 }], "and nothing before it");
  t.same(executedSince(told), []);
});

test("a right code still opens: none of it all has moved the door", async (t) => {
  await front.locked();
  t.equal(await front.enter(CODES.desk), 1);
});

const denials = (from: number) =>
  site.records.slice(from).flatMap(({ event, reasons }) => (event === "denied" ? [reasons] : []));
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

test("a mode: lockdown refuses a right code as mode-blocks, until the door is normal again", async (t) => {
  const told = site.records.length;
  t.equal((await door("mode", "front", "lockdown")).code, 0);
  t.equal(await front.enter(CODES.desk), 0);
  t.equal(await front.enter(CODES.master), 0, "nor the master code");
  t.same(denials(told), [["mode-blocks"], ["mode-blocks"]]);
  t.equal((await door("mode", "front", "normal")).code, 0);
  t.equal(await front.enter(CODES.desk), 1);
  t.match(executedSince(told), [
    { event: "mode", door: "front", detail: { mode: "lockdown", by: "operator" } },
    { event: "mode", door: "front", detail: { mode: "normal", by: "operator" } },
  ]);
  await front.locked();
});

test("an override: unlock releases the strike, lock and resume end that; the unlock played back unlocks nothing", async (t) => {
  const told = site.records.length;
  const released = () => until("the strike is released", () => front.released);
  t.equal((await door("override", "front", "unlock", "--until", inAnHour())).code, 0);
  await released();
  const unlock = broker.kept.findLast(({ topic }) => topic === CMD)!.payload;
  t.equal((await door("override", "front", "lock")).code, 0);
  await front.locked();
  const said = broker.said.length;
  broker.inject(publish(CMD, unlock, { qos: 0 }));
  await until("it is answered", () => answersSince(said).length > 0);
  t.notOk(front.released, "played back, it is answered and not executed");
  t.equal(await front.enter(CODES.desk), 1, "locked by hand, codes open all the same");
  await front.locked();
  t.equal((await door("override", "front", "unlock")).code, 0);
  await released();
  t.equal((await door("override", "front", "resume")).code, 0);
  await front.locked();
  t.match(
    executedSince(told).map(({ event, detail }) => [event, detail.state, detail.by]),
    ["unlock", "lock", "unlock", "resume"].map((state) => ["override", state, "operator"]),
  );
});

for (const { name, end } of [
  { name: "that is past", end: () => new Date(Date.now() - 1000).toISOString() },
  { name: "eight days ahead", end: () => new Date(Date.now() + 8 * 86_400_000).toISOString() },
  { name: "of a period, where none runs", end: () => "period-end" },
]) {
  test(`an override with an end ${name}: exit 4, nothing changed, recorded with who asked`, async (t) => {
    const told = site.records.length;
    const { code, out, err } = await door("override", "front", "unlock", "--until", end());
    t.equal(code, 4);
    t.same(JSON.parse(out), { door: "front", outcome: "refused", why: "wrong-end" });
    t.match(err, /at most 7 days/);
    t.same(executedSince(told), []);
    t.notOk(front.released);
  });
}

test("an edge that is not there: exit 3 after 10 s; one that comes back in time executes what it missed", async (t) => {
  await site.edge.kill();
  const alone = await door("release", "front");
  t.equal(alone.code, 3);
  t.same(JSON.parse(alone.out), { door: "front", outcome: "no-answer" });
  t.match(alone.err, /no answer from its edge e1 within 10 s/);
  t.ok(alone.ms >= 10_000 && alone.ms < 20_000, `${alone.ms} ms`);
  const sent = async () => {
    const { audit } = (await reachAuthority(site.data).ask("GET", "/audit")).json as { audit: { what: string }[] };
    return audit.filter(({ what }) => what === "command-sent").length;
  };
  const [before, told] = [await sent(), site.records.length];
  const coming = door("release", "front");
  await until("it is on its way", async () => (await sent()) > before);
  await site.startEdge();
  const { code, out } = await coming;
  t.equal(code, 0);
  t.match(JSON.parse(out), { outcome: "done" });
  t.equal(executedSince(told).length, 1, "and nothing of the one before it");
});

test("wrong use of what the authority knows: exit 2 for a door that is not there, and nothing is sent", async (t) => {
  const sent = broker.kept.length;
  const { code, out, err } = await door("mode", "attic", "normal");
  t.same([code, out], [2, ""]);
  t.match(err, /The site has no door attic; the site has front, back/);
  t.notOk(broker.kept.slice(sent).some(({ topic }) => topic === CMD));
});

test("every record of it all arrives at the authority", async (t) => {
  const held = await site.collectedAll();
  t.same(held.slice(0, site.records.length), site.records);
  t.ok(held.filter(({ event }) => event === "command-refused").length >= faults.length - 1);
});
