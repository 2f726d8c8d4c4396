/**
 * The conformance list of a CP, by its numbers (facts osdp 10), asked of a whole bus with PDs on its wires. The same list
 * for a PD: firmware-sim/controller/conformance.test.ts. Each rule has more cases beside the code that keeps it.
 */
import { readFileSync } from "node:fs";
import { millis, monotonic } from "@lintel/protocol/base/units.ts";
import { encodeFrame, type Frame } from "@lintel/protocol/osdp/frame.ts";
import { encodeReply, nak, type Reply } from "@lintel/protocol/osdp/replies.ts";
import { RMAC_STATUS, SCS } from "@lintel/protocol/osdp/secure.ts";
import { test } from "tap";
import { BusRig, oneOnline, pdSettings, SCBK_A, SCBK_B, seeded, strike, type Wire } from "./bus.rig.ts";
import { BUS_LIMITS } from "./limits.ts";

/** One Controller at address 0 whose session is still to come. */
function notYetOnline(wire: Wire = (bytes) => bytes): BusRig {
  const controllers = [{ address: 0, scbk: SCBK_A, configure: null }];
  const rig = new BusRig({ id: "b1", baud: 9600, controllers }, seeded(1).bytes);
  rig.addPd(pdSettings(0, SCBK_A));
  rig.wire = wire;
  return rig;
}

/** The next reply of the PD goes through `change`; those behind it arrive as they are. */
function changeNext(rig: BusRig, change: (bytes: Uint8Array) => Uint8Array | null): void {
  rig.wire = (bytes, from) => {
    if (from === "bus") return bytes;
    rig.wire = (each) => each;
    return change(bytes);
  };
}

function broken(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[copy.length - 1]! ^= 1;
  return copy;
}

/** Asks for a strike, lets it come to pass, and says what was answered. */
function struck(rig: BusRig, id = 1): unknown {
  rig.give({ kind: "command", address: 0, id, command: strike(10), urgent: true });
  rig.run(1_500);
  return rig.events("done").find((done) => done.id === id)?.answer;
}

function clearReply(reply: Reply, sequence: number, address = 0): Uint8Array {
  return encodeFrame({ address, reply: true, sequence, check: "crc", scb: null, ...encodeReply(reply) });
}

function sessions(rig: BusRig): number {
  return rig.events("online").length;
}

test("osdp CP 1: all 256 byte values pass, whatever they are", (t) => {
  const { rig, pd } = oneOnline();
  const keys = Uint8Array.from({ length: 256 }, (_, at) => at);
  for (const half of [keys.subarray(0, 128), keys.subarray(128)]) {
    rig.tell(pd, { kind: "queue", reply: { name: "KEYPAD", reader: 0, keys: half }, expires: null });
  }
  rig.run(1_000);
  t.equal(rig.keys(0), "#0123456789*");
  t.equal(sessions(rig), 1);
  t.end();
});

test("osdp CP 2: numbers are little-endian", (t) => {
  const { rig, pd } = oneOnline();
  rig.give({ kind: "command", address: 0, id: 1, command: strike(300), urgent: true });
  rig.run(1_000);
  t.same(pd.executed.at(-1), { name: "OUT", outputs: [{ output: 0, action: "onFor", time: millis(30_000) }] });
  t.end();
});

test("osdp CP 3: a reply of 128 bytes and of 1440 is taken", (t) => {
  for (const length of [80, 1_350]) {
    // At 9600 baud the longer one takes 1.4 s, and the rig's wire delivers a frame at its end.
    const { rig, pd } = oneOnline(1, 115200);
    const payload = new Uint8Array(length);
    rig.tell(pd, { kind: "queue", reply: { name: "MFGREP", vendor: Uint8Array.of(1, 2, 3), payload }, expires: null });
    rig.press(pd, "5");
    rig.run(4_000);
    t.equal(rig.keys(0), "5");
    t.equal(sessions(rig), 1);
  }
  t.end();
});

test("osdp CP 4: a mark goes before each frame; replies come with any number of them", (t) => {
  for (const marks of [0, 1, 5]) {
    const { rig } = oneOnline();
    rig.wire = (bytes, from) =>
      from === "bus" ? bytes : Uint8Array.from([...new Array<number>(marks).fill(0xff), ...bytes.subarray(1)]);
    t.equal(struck(rig), "ack");
    t.ok(rig.written.every(({ bytes }) => bytes[0] === 0xff && bytes[1] === 0x53));
    t.equal(sessions(rig), 1);
  }
  t.end();
});

test("osdp CP 5: a reply with a gap of more than 20 ms is none, and the command goes out again", (t) => {
  const { rig, pd } = oneOnline();
  changeNext(rig, (bytes) => {
    rig.inject(bytes.subarray(6), 60);
    return bytes.subarray(0, 6);
  });
  t.equal(struck(rig), "ack");
  t.equal(pd.executed.filter(({ name }) => name === "OUT").length, 1);
  t.end();
});

test("osdp CP 6: a PD that can do no CRC is spoken to by checksum", (t) => {
  const controllers = [{ address: 0, scbk: SCBK_A, configure: null }];
  const rig = new BusRig({ id: "b1", baud: 9600, controllers }, seeded(1).bytes);
  rig.addPd(pdSettings(0, SCBK_A, { capabilities: [{ function: 8, compliance: 0, count: 0 }] }));
  rig.run(2_000);
  t.equal(sessions(rig), 1);
  t.same(new Set(rig.written.slice(2).map(({ frame }) => frame.check)), new Set(["checksum"]));
  t.end();
});

test("osdp CP 7: reserved bits of CTRL go out as 0", (t) => {
  const { rig } = oneOnline();
  t.ok(rig.written.every(({ frame }) => (frame.bytes[4]! & 0xf0) === 0));
  t.end();
});

for (const [name, change] of [
  ["rubbish", (bytes: Uint8Array) => Uint8Array.from([0, 0x53, 0x12, 0x53, ...bytes])],
  ["itself", (bytes: Uint8Array) => Uint8Array.from([...bytes, ...bytes])],
  ["a frame cut short", (bytes: Uint8Array) => Uint8Array.from([...bytes.subarray(0, 7), ...bytes])],
] as const) {
  test(`osdp CP 8: a reply with ${name} around it is understood, now or at the repetition`, (t) => {
    const { rig, pd } = oneOnline();
    changeNext(rig, change);
    t.equal(struck(rig), "ack");
    t.equal(pd.executed.filter(({ name: command }) => command === "OUT").length, 1);
    t.equal(sessions(rig), 1);
    t.end();
  });
}

test("osdp CP 32: it begins with number 0, ID, then CAP", (t) => {
  const rig = notYetOnline();
  rig.run(1_000);
  t.same(
    rig.written.slice(0, 2).map(({ frame }) => [frame.code, frame.sequence]),
    [
      [0x61, 0],
      [0x62, 1],
    ],
  );
  t.end();
});

test("osdp CP 33: the same bytes after silence and after BUSY, then another command", (t) => {
  const { rig, pd } = oneOnline();
  changeNext(rig, () => null);
  t.equal(struck(rig, 1), "ack");
  const repeated = () =>
    rig.written.filter(({ bytes }, at) => at > 0 && same(bytes, rig.written[at - 1]!.bytes)).length;
  t.equal(repeated(), 1, "silence");
  const { firmware } = pd;
  pd.firmware = (command) => {
    pd.firmware = firmware;
    return command.name === "OUT" ? { name: "BUSY" } : firmware(command);
  };
  t.equal(struck(rig, 2), "ack");
  t.equal(repeated(), 2, "BUSY");
  t.equal(struck(rig, 3), "ack");
  t.equal(sessions(rig), 1);
  t.end();
});

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

test("osdp CP 34: a wrong check in a reply is noticed, and the command goes out again", (t) => {
  const { rig, pd } = oneOnline();
  changeNext(rig, broken);
  t.equal(struck(rig), "ack");
  t.equal(pd.executed.filter(({ name }) => name === "OUT").length, 1);
  t.equal(sessions(rig), 1);
  t.end();
});

test("osdp CP 35: a reply from another address, or with another number, is nobody's", (t) => {
  for (const [address, ahead] of [
    [1, 0],
    [0, 1],
  ] as const) {
    const { rig } = oneOnline();
    changeNext(rig, (bytes) => {
      const asked: Frame = rig.written.at(-1)!.frame;
      rig.inject(bytes, 40);
      return clearReply({ name: "ACK" }, ((asked.sequence - 1 + ahead) % 3) + 1, address);
    });
    t.equal(struck(rig), "ack");
    t.equal(sessions(rig), 1);
  }
  t.end();
});

for (const reason of ["length", "unknownCommand", "record", "generic"] as const) {
  test(`osdp CP 36: NAK ${reason} is told with its command, and the link goes on`, (t) => {
    const { rig, pd } = oneOnline();
    const { firmware } = pd;
    pd.firmware = (command) => (command.name === "OUT" ? nak(reason) : firmware(command));
    t.same(struck(rig), { nak: nak(reason).error });
    pd.firmware = firmware;
    t.equal(struck(rig, 2), "ack");
    t.equal(sessions(rig), 1);
    t.end();
  });
}

test("osdp CP 37: a key is replaced in its session, and the new one holds", (t) => {
  const { rig, pd } = oneOnline();
  const until = monotonic(rig.now + 60_000);
  rig.give({ kind: "pair", address: 0, until, scbk: SCBK_B, by: "rotate" });
  rig.run(3_000);
  t.equal(rig.events("paired").length, 1);
  t.equal(
    pd.settings.scbk?.use((bytes) => bytes.join()),
    SCBK_B.use((bytes) => bytes.join()),
  );
  t.equal(struck(rig), "ack");
  t.end();
});

test("osdp CP 38: an RMAC_I that refuses makes no session", (t) => {
  const rig = notYetOnline((bytes, from) => {
    if (from === "bus" || bytes[7] !== SCS.rMacI) return bytes;
    const frame = {
      address: 0,
      reply: true,
      sequence: 1,
      check: "crc",
      code: 0x78,
      data: bytes.slice(10, -2),
    } as const;
    return encodeFrame({ ...frame, scb: { type: SCS.rMacI, data: Uint8Array.of(RMAC_STATUS.refused) } });
  });
  rig.run(3_000);
  t.equal(sessions(rig), 0);
  t.match(rig.events("alarm"), [{ what: "key-refused" }]);
  t.end();
});

test("osdp CP 39: a clear reply in a session is nobody's answer", (t) => {
  const { rig } = oneOnline();
  changeNext(rig, (bytes) => {
    rig.inject(bytes, 40);
    return clearReply({ name: "ACK" }, rig.written.at(-1)!.frame.sequence);
  });
  t.equal(struck(rig), "ack");
  rig.wire = (bytes, from) =>
    from === "bus" ? bytes : clearReply({ name: "ACK" }, rig.written.at(-1)!.frame.sequence);
  t.equal(struck(rig, 2), "lost");
  t.end();
});

test("osdp CP 40: offline after 8 s, and back by itself", (t) => {
  const { rig, pd } = oneOnline();
  pd.powered = false;
  rig.run(7_800);
  t.equal(rig.events("offline").length, 0);
  rig.run(400);
  t.equal(rig.events("offline").length, 1);
  pd.powered = true;
  rig.run(3_000);
  t.equal(sessions(rig), 2);
  t.end();
});

/** Four Controllers, of which the last is not there. */
function fourOnALine(): BusRig {
  const controllers = [0, 1, 2, 3].map((address) => ({ address, scbk: SCBK_A, configure: null }));
  const rig = new BusRig({ id: "b1", baud: 115200, controllers }, seeded(1).bytes);
  for (const address of [0, 1, 2]) rig.addPd(pdSettings(address, SCBK_A, { baud: 115200 }));
  rig.run(4_000);
  return rig;
}

test("osdp CP 41: nothing is ever written to 0x7F", (t) => {
  t.ok(fourOnALine().written.every(({ frame }) => frame.address < 0x7f));
  t.end();
});

test("osdp CP 43: one that is not there costs the others one wait a round", (t) => {
  const rig = fourOnALine();
  const from = rig.now;
  rig.run(20_000);
  const polls = [0, 1, 2].map((address) =>
    rig.written.filter(({ at, frame }) => at >= from && frame.address === address).map(({ at }) => at),
  );
  for (const times of polls) {
    const longest = Math.max(...times.map((at, n) => (n === 0 ? 0 : at - times[n - 1]!)));
    t.ok(longest <= BUS_LIMITS.replyTime + 50 + 30, `${longest} ms between two polls`);
  }
  const counts = polls.map(({ length }) => length);
  t.ok(Math.max(...counts) - Math.min(...counts) <= 2, `fair: ${counts.join(", ")}`);
  t.end();
});

test("osdp CP 44: FMT, cards, unknown replies and unknown capabilities do not break the link", (t) => {
  const { rig, pd } = oneOnline();
  const told: readonly Reply[] = [
    { name: "FMT", reader: 0, direction: 1, text: "1234" },
    { name: "RAW", reader: 0, format: 0, bits: 26, card: Uint8Array.of(1, 2, 3, 0x40) },
    { name: "MFGSTATR", payload: Uint8Array.of(1) },
    { name: "RSTATR", readers: ["normal"] },
  ];
  for (const reply of told) rig.tell(pd, { kind: "queue", reply, expires: null });
  rig.run(2_000);
  t.equal(struck(rig), "ack");
  t.equal(sessions(rig), 1);
  const controllers = [{ address: 0, scbk: SCBK_A, configure: null }];
  const other = new BusRig({ id: "b1", baud: 9600, controllers }, seeded(1).bytes);
  const capabilities = [0, 8, 9, 17, 200].map((number) => ({ function: number, compliance: 255, count: 255 }));
  other.addPd(pdSettings(0, SCBK_A, { capabilities }));
  other.run(1_000);
  t.equal(sessions(other), 1);
  t.end();
});

test("osdp CP 45: a keyed PD hears nothing in clear but ID, CAP, CHLNG and SCRYPT, whatever it answers", (t) => {
  for (const error of ["encryptionRequired", "securityBlock", "unknownCommand", "generic"] as const) {
    const rig = notYetOnline();
    rig.run(1_000);
    rig.wire = (bytes, from) => (from === "bus" ? bytes : clearReply(nak(error), rig.written.at(-1)!.frame.sequence));
    rig.give({ kind: "command", address: 0, id: 1, command: strike(10), urgent: true });
    rig.run(20_000);
    const clear = rig.written.filter(({ frame }) => frame.mac === null).map(({ frame }) => frame.code);
    t.same(
      clear.filter((code) => ![0x61, 0x62, 0x76, 0x77].includes(code)),
      [],
    );
  }
  t.end();
});

/** Fragment sizes: our CP sends no file. The row comes with whoever makes it send one. */
const NOT_BUILT = [42];

test("no number of the list is missing, but those of what is not built", (t) => {
  const namesIn = (path: string, role: string) => {
    const text = readFileSync(new URL(path, import.meta.url), "utf8");
    return new Set([...text.matchAll(new RegExp(`osdp ${role} (\\d+): `, "g"))].map(([, number]) => Number(number)));
  };
  const pd = namesIn("../../firmware-sim/controller/conformance.test.ts", "PD");
  const cp = namesIn("./conformance.test.ts", "CP");
  const upTo = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, at) => first + at);
  t.same(
    upTo(1, 31).filter((number) => !pd.has(number)),
    [],
    "both roles 1 to 8, PD 9 to 31",
  );
  t.same(
    [...upTo(1, 8), ...upTo(32, 45)].filter((number) => !cp.has(number)),
    NOT_BUILT,
    "both roles 1 to 8, CP 32 to 45",
  );
  t.end();
});
