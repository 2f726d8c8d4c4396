/** `lintel sim` as a process on a real pseudo-terminal, made faulty while a panel talks to it. */
import { openSerial } from "@lintel/hardware/serial/link.ts";
import { fromHex } from "@lintel/protocol/base/bytes.ts";
import { Secret } from "@lintel/protocol/base/secret.ts";
import { millis } from "@lintel/protocol/base/units.ts";
import { CpRig, type PdRig } from "@lintel/protocol/osdp/pd.rig.ts";
import { LineCp } from "@lintel/scripts/sim/line-cp.rig.ts";
import t, { test } from "tap";
import { type Line, LintelProcess } from "../support/lintel-process.rig.ts";
import { until } from "../support/until.rig.ts";

t.setTimeout(120_000);

const HEX = "00112233445566778899aabbccddeeff";
const key = fromHex(HEX);
if (!key.ok) throw new Error("hex");
const SCBK = new Secret(key.value);
const GRANT = { name: "OUT", outputs: [{ output: 0, action: "onFor", time: millis(300) }] } as const;

const sim = new LintelProcess(["sim", "--port", "pty", "--address", "0", "--scbk", HEX, "--json"]);
const { path } = await sim.line("its port", ({ event }) => event === "port");
const opened = await openSerial({ path, baud: 9600 });
if (!opened.ok) throw new Error(`the port does not open: ${opened.error.kind}`);
const link = opened.value;
t.teardown(async () => {
  await link.close();
  await sim.kill();
});
const cp = new LineCp(link, 0);

/** Types a line, and waits for the event that it shall bring. */
function told(line: string, what: string, claim: (line: Line) => boolean): Promise<Line> {
  const from = sim.lines.length;
  sim.say(`${line}\n`);
  return sim.line(what, claim, { from });
}

const isFault = (name: string, on: boolean) => (line: Line) =>
  line.event === "fault" && line.fault === name && line.on === on;

test("a stuck key is sent to the panel as one that somebody pressed", async (t) => {
  t.ok(await cp.open(SCBK));
  const begun = await told("fault stuck-key key=7", "the fault", isFault("stuck-key", true));
  t.match(begun, { settings: { key: "7" }, for: null });
  t.same((await cp.until("KEYPAD")).keys, Uint8Array.of(0x37));
  const listed = await told("faults", "the list", ({ event }) => event === "faults");
  const stands = listed.faults.filter((fault: Line) => fault.stands !== null);
  t.match(stands, [{ name: "stuck-key", stands: { key: "7" }, parameters: { key: { kind: "word" } } }]);
  t.ok(listed.faults.length > 10);
  await told("fault stuck-key off", "its end", isFault("stuck-key", false));
});

test("every byte lost for a while: the panel hears nothing, the exit button opens, and the session goes on", async (t) => {
  const begun = await told("fault byte-loss rate=1 for=2s", "the fault", isFault("byte-loss", true));
  t.match(begun, { settings: { rate: 1 }, for: 2_000 });
  const asked = cp.brief(GRANT);
  const rex = await told("rex", "the exit button", ({ event, on }) => event === "relay" && on === true);
  t.equal(await asked, "ACK", "asked again, it is heard");
  const over = await sim.line("its end", isFault("byte-loss", false));
  t.ok(rex.t < over.t, "people got out meanwhile");
  t.ok(over.t - begun.t >= 2_000, `${over.t - begun.t} ms`);
});

test("noise: a panel hears bytes that nobody sent", async (t) => {
  let heard = 0;
  link.onBytes((bytes) => {
    heard += bytes.length;
  });
  await told("fault noise every=20ms length=10ms", "the fault", isFault("noise", true));
  await until("garbage", () => heard > 50);
  await told("fault noise off", "its end", isFault("noise", false));
  t.ok(await cp.open(SCBK), "healed");
});

test("power cut in the middle of an answer: its first bytes come, and the session is gone when power is back", async (t) => {
  let heard = 0;
  link.onBytes((bytes) => {
    heard += bytes.length;
  });
  await told("fault power-cut step=answer when=before sent=4", "the fault", isFault("power-cut", true));
  const from = sim.lines.length;
  link.write(new CpRig({} as PdRig, 0).bytesOf({ name: "POLL" }));
  await sim.line("no power", ({ event, on }) => event === "power" && on === false, { from });
  await until("what was out by then", () => heard === 4);
  await told("fault power-cut off", "power", ({ event, on }) => event === "power" && on === true);
  t.ok(await cp.open(SCBK));
  t.equal(await cp.brief(GRANT), "ACK");
});

test("a wrong name or parameter is a sentence, and nothing changes", async (t) => {
  const from = sim.lines.length;
  sim.say("fault noize\nfault noise every=1ms\n");
  await until("two sentences", () => sim.talk.trim().split("\n").length === 2 && sim.talk.endsWith("\n"));
  t.match(
    sim.talk,
    /^lintel sim: no such fault; there are byte-loss, .*\nlintel sim: fault noise: every: "1ms", expected 10ms to 1h\n$/,
  );
  t.same(
    sim.lines.slice(from).filter(({ event }) => event === "fault"),
    [],
  );
  sim.say("quit\n");
  t.equal((await sim.ended).code, 0);
});
