/** Whose turn the line is, how fast, and what a session's life looks like to the box: over a modelled wire. */
import { monotonic } from "@lintel/protocol/base/units.ts";
import { type ConfigureMfg, encodeConfigure, encodeRing, LINTEL_VENDOR } from "@lintel/protocol/osdp/mfg.ts";
import type { Reply } from "@lintel/protocol/osdp/replies.ts";
import { test } from "tap";
import { BusRig, oneOnline, pdSettings, SCBK_A, SCBK_B, seeded, strike } from "./bus.rig.ts";
import type { BusSettings } from "./events.ts";
import { BUS_LIMITS } from "./limits.ts";

const CODES: Readonly<Record<number, string>> = {
  96: "POLL",
  97: "ID",
  98: "CAP",
  100: "LSTAT",
  101: "ISTAT",
  104: "OUT",
  105: "LED",
  106: "BUZ",
  118: "CHLNG",
  119: "SCRYPT",
  128: "MFG",
};

function names(rig: BusRig, address?: number): string[] {
  return rig.written
    .filter(({ frame }) => address === undefined || frame.address === address)
    .map(({ frame }) => `${CODES[frame.code] ?? frame.code}(${frame.sequence})${frame.mac === null ? "" : " sealed"}`);
}

function twoControllers(seed = 2, baud = 9600) {
  const settings: BusSettings = {
    id: "b1",
    baud,
    controllers: [
      { address: 0, scbk: SCBK_A, configure: null },
      { address: 1, scbk: SCBK_B, configure: null },
    ],
  };
  const rig = new BusRig(settings, seeded(seed).bytes);
  return { rig, a: rig.addPd(pdSettings(0, SCBK_A, { baud })), b: rig.addPd(pdSettings(1, SCBK_B, { baud })) };
}

test("a link begins with number 0, ID, CAP, a handshake from 0, and goes on sealed (facts osdp 10.32)", (t) => {
  const { rig } = oneOnline();
  t.same(names(rig).slice(0, 8), [
    "ID(0)",
    "CAP(1)",
    "CHLNG(0)",
    "SCRYPT(1)",
    "ID(2) sealed",
    "POLL(3) sealed",
    "LSTAT(1) sealed",
    "ISTAT(2) sealed",
  ]);
  t.same(
    rig.said.map(({ event }) => event),
    [
      { kind: "online", lintel: true, identity: pdSettings(0, null).identity },
      { kind: "tamper", on: false },
      { kind: "power", failed: false },
      { kind: "inputs", active: [false, false] },
    ],
  );
  t.end();
});

for (const { baud, interval } of [
  { baud: 9600, interval: 100 },
  { baud: 19_200, interval: 100 },
  { baud: 38_400, interval: 50 },
  { baud: 115_200, interval: 50 },
]) {
  test(`at ${baud} baud a quiet Controller is polled every ${interval} ms`, (t) => {
    const { rig } = oneOnline(1, baud);
    const before = rig.written.length;
    rig.run(10_000);
    const polls = names(rig).slice(before);
    t.ok(polls.every((name) => name.startsWith("POLL")));
    t.ok(Math.abs(polls.length - 10_000 / interval) <= 1, `${polls.length} polls in 10 s`);
    t.end();
  });
}

test("after a keypress the next poll comes at once, and the keys arrive in order", (t) => {
  const { rig, pd } = oneOnline();
  const before = rig.now;
  for (const key of "274936") rig.press(pd, key);
  rig.press(pd, "\r");
  rig.run(500);
  t.equal(rig.keys(), "274936#");
  const arrived = rig.said.filter(({ event }) => event.kind === "keys").map(({ at }) => at - before);
  t.ok(arrived.at(-1)! < 100 + 7 * 60, `the seventh key came after ${arrived.at(-1)} ms`);
  t.end();
});

test("keys are 0-9, 7F is *, 0D is #; anything else is counted and left out", (t) => {
  const { rig, pd } = oneOnline();
  rig.press(pd, "0\x7f9\r");
  rig.press(pd, "ABE:/");
  rig.press(pd, "");
  rig.run(500);
  t.same(rig.keys(), "0*9#");
  t.equal(rig.events("keys").length, 1, "nothing but strange keys is no event");
  t.equal(rig.state.controllers[0]!.keysIgnored, 5);
  t.end();
});

test("an urgent command overtakes the poll that is due and every command that waits", (t) => {
  const { rig, pd } = oneOnline();
  rig.run(95);
  for (let id = 1; id <= 5; id += 1) {
    rig.give({ kind: "command", address: 0, id, urgent: false, command: { name: "OSTAT" } });
  }
  const before = rig.written.length;
  rig.give({ kind: "command", address: 0, id: 9, urgent: true, command: strike(50) });
  rig.run(1_000);
  t.equal(pd.executed.findIndex(({ name }) => name === "OUT") <= 3, true);
  t.ok(
    names(rig)
      .slice(before, before + 2)
      .includes("OUT(1) sealed") || names(rig)[before]!.startsWith("OUT"),
  );
  const done = rig.events("done").map(({ id, answer }) => `${id} ${answer}`);
  t.same(done.sort(), ["1 ack", "2 ack", "3 ack", "4 ack", "5 ack", "9 ack"]);
  t.end();
});

test("commands that wait do not keep keys waiting: they take turns with the polls", (t) => {
  const { rig, pd } = oneOnline();
  for (let id = 1; id <= 30; id += 1) {
    rig.give({ kind: "command", address: 0, id, urgent: false, command: { name: "OSTAT" } });
  }
  rig.run(20);
  rig.press(pd, "5");
  rig.run(250);
  t.equal(rig.keys(), "5");
  t.end();
});

test("a command that finds its queue full, or no session, is answered lost at once", (t) => {
  const { rig } = oneOnline();
  for (let id = 1; id <= 40; id += 1) {
    rig.give({ kind: "command", address: 0, id, urgent: false, command: { name: "OSTAT" } });
  }
  const refused = rig.events("done").filter(({ answer }) => answer === "lost");
  t.ok(refused.length >= 7 && refused.length <= 8, `${refused.length} of 40 did not fit a queue of 32`);
  rig.give({ kind: "command", address: 77, id: 99, urgent: true, command: strike(1) });
  t.same(rig.events("done", 77), [{ kind: "done", id: 99, answer: "lost" }]);
  rig.run(10_000);
  t.equal(rig.events("done", 0).length, 40, "each of them exactly once");
  t.end();
});

test("before a session stands no command is kept: lost at once, and never done later", (t) => {
  const rig = new BusRig(
    { id: "b1", baud: 9600, controllers: [{ address: 0, scbk: SCBK_A, configure: null }] },
    seeded(10).bytes,
  );
  const pd = rig.addPd(pdSettings(0, SCBK_A));
  for (let id = 1; id <= 30; id += 1) {
    rig.give({ kind: "command", address: 0, id, urgent: id % 2 === 0, command: strike(id) });
    rig.run(id < 20 ? 1 : 5);
    if (rig.events("online").length > 0) break;
    t.same(rig.events("done").at(-1), { kind: "done", id, answer: "lost" });
  }
  rig.run(3_000);
  t.equal(rig.events("online").length, 1);
  t.notOk(pd.executed.some(({ name }) => name === "OUT"));
  t.end();
});

/** Four Controllers at 9600: more than the line can poll in time, so that all of them are always due. */
function crowded(seed: number) {
  const addresses = [0, 1, 2, 3];
  const controllers = addresses.map((address) => ({ address, scbk: SCBK_A, configure: null }));
  const rig = new BusRig({ id: "b1", baud: 9600, controllers }, seeded(seed).bytes);
  const pds = addresses.map((address) => rig.addPd(pdSettings(address, SCBK_A)));
  rig.run(4_000);
  return { rig, pds };
}

test("on a crowded line every Controller has its turn, also while one of them has events without end", (t) => {
  const { rig, pds } = crowded(11);
  const before = rig.written.length;
  for (let at = 0; at < 10_000; at += 40) rig.later(at, () => rig.press(pds[0]!, "1"));
  rig.run(10_000);
  const sends = rig.written.slice(before);
  const turns = [0, 1, 2, 3].map((address) => sends.filter(({ frame }) => frame.address === address).length);
  t.ok(Math.max(...turns.slice(1)) - Math.min(...turns.slice(1)) <= 1, `turns: ${turns}`);
  t.ok(Math.abs(turns[0]! - BUS_LIMITS.turnsInARow * turns[1]!) <= BUS_LIMITS.turnsInARow, `turns: ${turns}`);
  t.ok(turns[1]! > 10);
  t.end();
});

for (const { keys, others } of [
  { keys: BUS_LIMITS.turnsInARow - 1, others: 0 },
  { keys: BUS_LIMITS.turnsInARow, others: 3 },
]) {
  test(`on a crowded line ${keys} keypresses are fetched with ${others} turns of others between them (design 3)`, (t) => {
    const { rig, pds } = crowded(13);
    const before = rig.written.length;
    for (let key = 0; key < keys; key += 1) rig.press(pds[0]!, String(key));
    rig.run(2_000);
    const own = rig.written.slice(before).map(({ frame }) => frame.address);
    const first = own.indexOf(0);
    // The poll after the last event is the one that finds nothing more.
    const fetched = own.slice(first, own.lastIndexOf(0) + 1);
    let polls = 0;
    const until = fetched.findIndex((address) => address === 0 && ++polls === keys + 1);
    t.equal(rig.keys(0), "0123456789".slice(0, keys));
    t.equal(fetched.slice(0, until).filter((address) => address !== 0).length, others);
    t.end();
  });
}

for (const baud of [9600, 115_200]) {
  test(`at ${baud} baud what a Controller told can be answered before anything else is written`, (t) => {
    const { rig, pd } = oneOnline(14, baud);
    rig.press(pd, "\r");
    while (rig.events("keys").length === 0) rig.run(0.1);
    const before = rig.written.length;
    t.ok(rig.written.at(-1)!.at < rig.said.at(-1)!.at, "the poll that brought the key is the last thing written");
    rig.give({ kind: "command", address: 0, id: 1, urgent: true, command: strike(50) });
    rig.run(50);
    t.equal(rig.written[before]!.frame.code, 0x68);
    t.end();
  });
}

test("on a crowded line an urgent command is the next thing written, whoever waits longer", (t) => {
  const { rig } = crowded(12);
  for (let id = 1; id <= 20; id += 1) {
    // To the Controller that just had its turn, as soon as its answer is in.
    const { address } = rig.written.at(-1)!.frame;
    const before = rig.written.length;
    const heard = rig.state.controllers.find((each) => each.address === address)!;
    t.ok(heard.cp.exchange !== null);
    rig.give({ kind: "command", address, id, urgent: true, command: strike(id) });
    rig.run(45);
    t.equal(rig.written[before]!.frame.code, 0x68, `command ${id}`);
    rig.run(100 + id);
    while (rig.state.line.talk === null) rig.run(1);
  }
  t.end();
});

test("a PD slower than its 200 ms answers twice: the late one is nobody's answer, and no session ends by it", (t) => {
  const { rig, pd } = oneOnline(13);
  pd.thinks = 215;
  for (let id = 1; id <= 20; id += 1) {
    rig.give({ kind: "command", address: 0, id, urgent: true, command: strike(id) });
    rig.run(1_000);
  }
  t.same(
    rig.events("done").map(({ answer }) => answer),
    Array.from({ length: 20 }, () => "ack"),
  );
  t.equal(pd.executed.filter(({ name }) => name === "OUT").length, 20);
  t.same([rig.events("online").length, rig.events("alarm").length], [1, 0]);
  t.ok(rig.state.controllers[0]!.cp.counts.misfits > 10, "late answers were seen");
  t.end();
});

test("a NAK is told with its command, and the link goes on (facts osdp 10.36)", (t) => {
  const { rig, pd } = oneOnline();
  pd.firmware = () => ({ name: "NAK", error: 9, detail: new Uint8Array(0) });
  rig.give({ kind: "command", address: 0, id: 5, urgent: true, command: strike(5) });
  rig.run(20_000);
  t.same(rig.events("done"), [{ kind: "done", id: 5, answer: { nak: 9 } }]);
  t.same([rig.events("online").length, rig.events("offline").length], [1, 0]);
  t.end();
});

test("OUT is also answered by OSTATR; another reply is no answer to it", (t) => {
  const { rig, pd } = oneOnline();
  const replies: Reply[] = [
    { name: "OSTATR", outputs: [true, false] },
    { name: "LSTATR", tamper: true, powerFailed: true },
  ];
  const [, , ...rest] = rig.said;
  t.ok(rest.length > 0);
  pd.firmware = () => replies.shift()!;
  rig.give({ kind: "command", address: 0, id: 1, urgent: true, command: strike(1) });
  rig.give({ kind: "command", address: 0, id: 2, urgent: true, command: strike(2) });
  rig.run(1_000);
  t.same(
    rig.events("done").map(({ id, answer }) => [id, answer]),
    [
      [1, "ack"],
      [2, "lost"],
    ],
  );
  t.same(rig.events("tamper"), [{ kind: "tamper", on: false }], "and says nothing about the door");
  t.end();
});

test("BUSY: the same bytes later, executed once, the session kept (facts osdp 2)", (t) => {
  const { rig, pd } = oneOnline();
  let busy = 3;
  pd.firmware = () => {
    busy -= 1;
    return busy >= 0 ? { name: "BUSY" } : { name: "ACK" };
  };
  rig.give({ kind: "command", address: 0, id: 1, urgent: true, command: strike(7) });
  rig.run(2_000);
  const outs = rig.written.filter(({ frame }) => frame.code === 0x68);
  t.equal(outs.length, 4);
  t.ok(outs.every(({ bytes }) => Buffer.from(bytes).equals(Buffer.from(outs[0]!.bytes))));
  t.same(rig.events("done"), [{ kind: "done", id: 1, answer: "ack" }]);
  t.equal(rig.events("online").length, 1);
  t.end();
});

test("a reply that is lost: the same bytes again, and the command is done once (facts osdp 10.33)", (t) => {
  const { rig, pd } = oneOnline();
  let lose = 2;
  rig.wire = (bytes, from) => {
    if (from === "bus" || lose === 0) return bytes;
    lose -= 1;
    return null;
  };
  rig.give({ kind: "command", address: 0, id: 1, urgent: true, command: strike(8) });
  rig.run(2_000);
  const executed = pd.executed.filter(({ name }) => name === "OUT");
  t.equal(executed.length, 1);
  t.same(rig.events("done"), [{ kind: "done", id: 1, answer: "ack" }]);
  t.equal(rig.events("online").length, 1, "the session stands");
  t.end();
});

test("a PD that falls silent is repeated to at once twice, then ever 250 ms later, and is offline after 8 s", (t) => {
  const { rig, pd } = oneOnline();
  pd.powered = false;
  const before = rig.written.length;
  const from = rig.now;
  rig.give({ kind: "command", address: 0, id: 1, urgent: true, command: strike(8) });
  rig.run(12_000);
  const sends = rig.written.slice(before);
  const offline = rig.said.find(({ event }) => event.kind === "offline")!;
  t.ok(offline.at - from > 7_800 && offline.at - from <= 8_000, `offline after ${offline.at - from} ms`);
  const repeated = sends.filter(({ at }) => at < offline.at);
  const gaps = repeated.slice(1).map(({ at }, index) => Math.round(at - repeated[index]!.at));
  t.ok(
    gaps.slice(0, 2).every((gap) => gap < 260),
    `at first ${gaps.slice(0, 2)}`,
  );
  t.ok(
    gaps.slice(2).every((gap) => gap >= 450 && gap < 520),
    `then ${gaps.slice(2, 6)}`,
  );
  t.equal(new Set(repeated.map(({ bytes }) => Buffer.from(bytes).toString("hex"))).size, 1, "always the same bytes");
  t.same(rig.events("done"), [{ kind: "done", id: 1, answer: "lost" }]);
  t.equal(rig.events("offline").length, 1);
  const tries = sends.filter(({ at }) => at > offline.at + 300);
  t.ok(tries.length >= 3 && tries.length <= 5, `${tries.length} tries in the next 4 s, one a second`);
  t.end();
});

test("a PD that comes back has a new session within two seconds, and keys typed meanwhile are gone", (t) => {
  const { rig, pd } = oneOnline();
  pd.powered = false;
  rig.run(20_000);
  rig.press(pd, "1");
  pd.powered = true;
  rig.restart(pd);
  rig.press(pd, "2");
  rig.run(2_000);
  t.equal(rig.events("online").length, 2);
  t.equal(rig.keys(), "");
  rig.press(pd, "3");
  rig.run(200);
  t.equal(rig.keys(), "3", "and what is typed now arrives");
  t.end();
});

test("the port closes: offline at once, every command answered, and a new session when it opens", (t) => {
  const { rig } = oneOnline();
  rig.give({ kind: "command", address: 0, id: 1, urgent: true, command: strike(8) });
  rig.give({ kind: "command", address: 0, id: 2, urgent: false, command: { name: "OSTAT" } });
  rig.give({ kind: "port", open: false });
  t.same(
    rig.said.slice(-3).map(({ event }) => event.kind),
    ["done", "done", "offline"],
  );
  const written = rig.written.length;
  rig.run(30_000);
  t.equal(rig.written.length, written, "nothing is written to a port that is shut");
  rig.give({ kind: "port", open: true });
  rig.run(2_000);
  t.equal(rig.events("online").length, 2);
  t.equal(rig.events("offline").length, 1);
  t.end();
});

test("a restarted PD (clear NAK 4 of number 0) has a new session within a second; its neighbour does not notice", (t) => {
  const { rig, a, b } = twoControllers();
  rig.run(2_000);
  rig.restart(b);
  rig.run(1_500);
  t.same([rig.events("online", 0).length, rig.events("online", 1).length], [1, 2]);
  t.equal(rig.events("offline").length, 0);
  rig.press(a, "1");
  rig.press(b, "2");
  rig.run(300);
  t.equal(rig.keys(0) + rig.keys(1), "12");
  t.end();
});

test("two PDs, one not there: it costs the other at most one wait of 200 ms a round (facts osdp 10.43)", (t) => {
  const { rig, b } = twoControllers(3, 38_400);
  b.powered = false;
  rig.run(2_000);
  const before = rig.written.length;
  rig.run(10_000);
  const sends = rig.written.slice(before);
  const polls = sends.filter(({ frame }) => frame.address === 0).map(({ at }) => at);
  const worst = Math.max(...polls.slice(1).map((at, index) => at - polls[index]!));
  t.ok(worst <= 50 + 200 + 15, `the longest wait between two polls was ${worst} ms`);
  t.ok(sends.length - polls.length <= 11, "and it is looked for once a second");
  t.end();
});

test("a PD dies in its session: until it is offline the other is still polled between the tries", (t) => {
  const { rig, b } = twoControllers(4, 38_400);
  rig.run(2_000);
  b.powered = false;
  const before = rig.written.length;
  rig.run(8_000);
  const polls = rig.written.slice(before).filter(({ frame }) => frame.address === 0);
  const worst = Math.max(...polls.slice(1).map(({ at }, index) => at - polls[index]!.at));
  t.ok(worst <= 50 + 200 + 15, `the longest wait between two polls was ${worst} ms`);
  t.ok(polls.length > 80, `${polls.length} polls in 8 s`);
  t.equal(rig.events("offline", 0).length, 0);
  t.end();
});

test("an unkeyed Controller is found, reported once a minute, and asked for nothing", (t) => {
  const rig = new BusRig(
    { id: "b1", baud: 9600, controllers: [{ address: 0, scbk: null, configure: null }] },
    seeded(5).bytes,
  );
  rig.addPd(pdSettings(0, null));
  rig.run(59_000);
  t.same([...new Set(names(rig))], ["ID(0)", "CAP(1)"]);
  t.same(
    rig.said.map(({ event }) => event),
    [{ kind: "alarm", what: "unpaired" }],
  );
  t.end();
});

const CONFIGURE: ConfigureMfg = {
  strike: { output: 0, fail: "secure" },
  rex: null,
  contact: { input: 0 },
  fire: null,
};

test("a Lintel Controller is configured first in each session, and again when its settings change", (t) => {
  const settings = (configure: ConfigureMfg): BusSettings => ({
    id: "b1",
    baud: 9600,
    controllers: [{ address: 0, scbk: SCBK_A, configure }],
  });
  const rig = new BusRig(settings(CONFIGURE), seeded(6).bytes);
  const pd = rig.addPd(pdSettings(0, SCBK_A));
  rig.run(1_000);
  const configured = { name: "MFG", vendor: Uint8Array.from(LINTEL_VENDOR), payload: encodeConfigure(CONFIGURE) };
  t.same(pd.executed[0], configured);
  rig.give({ kind: "settings", settings: settings(CONFIGURE) });
  rig.run(1_000);
  t.equal(pd.executed.filter(({ name }) => name === "MFG").length, 1, "the same again sends nothing");
  const changed: ConfigureMfg = { ...CONFIGURE, strike: { output: 1, fail: "safe" } };
  rig.give({ kind: "settings", settings: settings(changed) });
  rig.run(1_000);
  t.same(pd.executed.at(-1), { ...configured, payload: encodeConfigure(changed) });
  t.equal(rig.events("online").length, 1, "the session was kept");
  t.end();
});

test("a Controller of another maker gets no MFG, and its MFGREP is not our ring", (t) => {
  const settings: BusSettings = {
    id: "b1",
    baud: 9600,
    controllers: [{ address: 0, scbk: SCBK_A, configure: CONFIGURE }],
  };
  const rig = new BusRig(settings, seeded(7).bytes);
  const identity = { ...pdSettings(0, null).identity, vendor: Uint8Array.of(0xfe, 0xca, 0x5a) };
  const pd = rig.addPd(pdSettings(0, SCBK_A, { identity }));
  rig.run(1_000);
  const payload = encodeRing({ boot: 1, events: [{ n: 1, ageMs: 0, kind: "rex" }] });
  rig.tell(pd, {
    kind: "queue",
    reply: { name: "MFGREP", vendor: Uint8Array.from(LINTEL_VENDOR), payload },
    expires: null,
  });
  rig.give({ kind: "ring-recorded", address: 0, boot: 1, upTo: 1 });
  rig.run(1_000);
  t.equal(rig.events("online")[0]!.lintel, false);
  t.same(rig.events("ring"), []);
  t.notOk(pd.executed.some(({ name }) => name === "MFG"));
  t.end();
});

test("the ring comes by poll and is acknowledged, one acknowledgement at a time, the newest last", (t) => {
  const { rig, pd } = oneOnline();
  const events = [{ n: 1, ageMs: 20, kind: "contact" as const, on: true }];
  const reply: Reply = {
    name: "MFGREP",
    vendor: Uint8Array.from(LINTEL_VENDOR),
    payload: encodeRing({ boot: 3, events }),
  };
  rig.tell(pd, { kind: "queue", reply, expires: null });
  rig.tell(pd, { kind: "queue", reply: { ...reply, payload: Uint8Array.of(0x81, 1) }, expires: null });
  rig.run(500);
  t.same(rig.events("ring"), [{ kind: "ring", boot: 3, events }]);
  t.same(rig.events("alarm"), [{ kind: "alarm", what: "unreadable-ring" }]);
  for (let upTo = 1; upTo <= 9; upTo += 1) rig.give({ kind: "ring-recorded", address: 0, boot: 3, upTo });
  rig.run(1_000);
  const acks = pd.executed.flatMap((command) => (command.name === "MFG" ? [command.payload[5]] : []));
  t.same(acks, [1, 9]);
  t.end();
});

test("status on change comes by poll", (t) => {
  const { rig, pd } = oneOnline();
  const queue = (reply: Reply) => rig.tell(pd, { kind: "queue", reply, expires: null });
  queue({ name: "LSTATR", tamper: true, powerFailed: false });
  queue({ name: "ISTATR", inputs: ["active", "short"] });
  queue({ name: "OSTATR", outputs: [true] });
  queue({ name: "RAW", reader: 0, format: 0, bits: 8, card: Uint8Array.of(1) });
  const before = rig.said.length;
  rig.run(500);
  t.same(
    rig.said.slice(before).map(({ event }) => event),
    [
      { kind: "tamper", on: true },
      { kind: "power", failed: false },
      { kind: "inputs", active: [true, false] },
      { kind: "alarm", what: "input-fault" },
    ],
  );
  t.end();
});

test("new settings keep the sessions of what did not change", (t) => {
  const { rig } = twoControllers(8);
  rig.run(2_000);
  const third = { address: 2, scbk: SCBK_A, configure: null };
  rig.addPd(pdSettings(2, SCBK_A));
  rig.give({ kind: "command", address: 1, id: 4, urgent: false, command: { name: "OSTAT" } });
  rig.give({
    kind: "settings",
    settings: { id: "b1", baud: 9600, controllers: [third, { address: 0, scbk: SCBK_A, configure: null }] },
  });
  rig.run(2_000);
  t.same(
    [0, 1, 2].map((address) => rig.events("online", address).length),
    [1, 1, 1],
  );
  t.same(rig.events("offline", 1).length, 1, "what was taken away went offline");
  t.equal(rig.events("done", 1).length, 1, "and its command has an answer");
  const later = rig.written.filter(({ at }) => at > rig.now - 1_000);
  t.notOk(later.some(({ frame }) => frame.address === 1));
  t.end();
});

test("a frame that arrives byte by byte is waited for; one that stops is given up", (t) => {
  const { rig, pd } = oneOnline();
  let cut = 0;
  rig.wire = (bytes, from) => {
    if (from === "bus") return bytes;
    cut += 1;
    if (cut > 1) return bytes;
    bytes.forEach((byte, at) => {
      rig.inject(Uint8Array.of(byte), 195 + at * 5);
    });
    return null;
  };
  rig.give({ kind: "command", address: 0, id: 1, urgent: true, command: strike(3) });
  rig.run(1_000);
  t.equal(rig.written.filter(({ frame }) => frame.code === 0x68).length, 1, "not asked again while its answer came in");
  t.same(rig.events("done"), [{ kind: "done", id: 1, answer: "ack" }]);
  t.equal(pd.executed.filter(({ name }) => name === "OUT").length, 1);
  t.end();
});

/** Bytes that are heard every 7 ms from now on, never with a silence that would end a frame. */
function babble(rig: BusRig, length: number, bytes: readonly number[]): void {
  for (let at = 0; at < length; at += 7) rig.inject(Uint8Array.from(bytes), at);
}

test("noise that never ends does not stop time: offline after 8 s, and back when it ends", (t) => {
  const { rig } = oneOnline();
  babble(rig, 12_000, [0x53, 0x80, 0x90]);
  // It drowns whatever the Controller says.
  rig.wire = (bytes, from) => (from === "bus" || rig.now > 13_000 ? bytes : null);
  rig.run(9_000);
  t.equal(rig.events("offline").length, 1);
  rig.run(7_000);
  t.equal(rig.events("online").length, 2);
  t.end();
});

const babbles = [
  { name: "the first byte of a frame, for ever", bytes: [0x53, 0x53, 0x53] },
  { name: "half headers", bytes: [0x53, 0x80, 0x90] },
  { name: "headers that lie about a length", bytes: [0x53, 0x80, 0x20, 0x00] },
];
for (const { name, bytes } of babbles) {
  test(`a pair that is noisy whenever nobody drives it (${name}): the Controller is still asked and heard`, (t) => {
    const { rig, pd } = oneOnline(1, 38_400);
    babble(rig, 5_000, bytes);
    for (const key of "2749") rig.press(pd, key);
    rig.run(5_000);
    t.equal(rig.keys(), "2749");
    t.same(rig.events("offline"), []);
    t.end();
  });
}

for (const { bytes, alarms } of [
  { bytes: BUS_LIMITS.noiseBytes - 1, alarms: [] },
  { bytes: BUS_LIMITS.noiseBytes, alarms: [{ kind: "alarm", what: "line-noise" }] },
]) {
  test(`${bytes} bytes of noise in a minute: ${alarms.length === 0 ? "counted" : "said, once in that minute"}`, (t) => {
    const { rig } = oneOnline();
    // From the second minute on: the first began with the line.
    rig.run(60_000);
    for (let count = 0; count < bytes; count += 1) rig.inject(Uint8Array.of(0), 100 + count);
    rig.run(50_000);
    t.same(rig.events("alarm"), alarms);
    t.equal(rig.state.line.noise.bytes, bytes);
    for (let count = 0; count < bytes; count += 1) rig.inject(Uint8Array.of(0), count);
    rig.run(9_000);
    t.equal(rig.events("alarm").length, 1, "as many again in the same minute");
    t.end();
  });
}

test("a wake lies ahead and is asked for once", (t) => {
  const { rig } = oneOnline();
  t.ok(rig.state.wakeAt !== null && rig.state.wakeAt > rig.now);
  const state = rig.state;
  rig.give({ kind: "time" });
  t.equal(rig.state.wakeAt, state.wakeAt);
  rig.now = monotonic(rig.now + 5_000);
  rig.give({ kind: "time" });
  t.ok(rig.state.wakeAt! > rig.now, "late by seconds does no harm");
  t.end();
});
