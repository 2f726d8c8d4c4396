/**
 * Somebody else's hands on the pair of wires: they hear everything, send anything, and hold no key. Nothing they do
 * reads a keypress, moves a relay or makes the CP speak in clear to a PD that has a key (facts osdp 9).
 */
import { toHex } from "@lintel/protocol/base/bytes.ts";
import { encodeFrame, withCheck } from "@lintel/protocol/osdp/frame.ts";
import { encodeReply, type Reply } from "@lintel/protocol/osdp/replies.ts";
import { test } from "tap";
import { BusRig, oneOnline, pdSettings, SCBK_A, SCBK_B, seeded, strike } from "./bus.rig.ts";

/** A reply in clear from address 0, as anybody can make one. */
function clear(reply: Reply, sequence: number): Uint8Array {
  return encodeFrame({ address: 0, reply: true, sequence, check: "crc", scb: null, ...encodeReply(reply) });
}

function nak(error: number): Reply {
  return { name: "NAK", error, detail: new Uint8Array(0) };
}

/** What a keyed PD may be asked without a seal. */
const CLEAR_COMMANDS = new Set([0x61, 0x62, 0x76, 0x77]);

function clearCommands(rig: BusRig): number[] {
  return rig.written.flatMap(({ frame }) =>
    frame.mac === null && !CLEAR_COMMANDS.has(frame.code) ? [frame.code] : [],
  );
}

function oneController(seed: number, scbk = SCBK_A) {
  const rig = new BusRig(
    { id: "b1", baud: 9600, controllers: [{ address: 0, scbk, configure: null }] },
    seeded(seed).bytes,
  );
  return { rig, pd: rig.addPd(pdSettings(0, SCBK_A)) };
}

test("PDCAP edited to no security: the CP goes on with its handshake (attack_downgrade)", (t) => {
  const { rig } = oneController(20);
  const forged: Reply = { name: "PDCAP", capabilities: [{ function: 9, compliance: 0, count: 0 }] };
  rig.wire = (bytes, from) => (from !== "bus" && bytes[6] === 0x46 ? clear(forged, 1) : bytes);
  rig.run(3_000);
  t.equal(rig.events("online").length, 1);
  t.same(clearCommands(rig), []);
  t.end();
});

test("PDID edited to another maker: who the PD is counts from what it says sealed", (t) => {
  const { rig } = oneController(21);
  const identity = { ...pdSettings(0, null).identity, vendor: Uint8Array.of(9, 9, 9) };
  rig.wire = (bytes, from) => (from !== "bus" && bytes[6] === 0x45 ? clear({ name: "PDID", ...identity }, 0) : bytes);
  rig.run(3_000);
  t.equal(rig.events("online")[0]!.lintel, true);
  t.end();
});

for (const error of [1, 2, 3, 4, 5, 6, 255]) {
  test(`every reply replaced by a clear NAK ${error}: no clear command ever, and back when it ends`, (t) => {
    const { rig, pd } = oneController(22 + error);
    rig.run(1_000);
    rig.wire = (bytes, from) => (from === "bus" ? bytes : clear(nak(error), rig.written.at(-1)!.frame.sequence));
    for (let at = 0; at < 50; at += 1) {
      rig.give({ kind: "command", address: 0, id: at, urgent: true, command: strike(at + 1) });
      rig.run(1_000);
    }
    t.same(clearCommands(rig), []);
    t.equal(rig.events("done").length, 50);
    t.ok(rig.events("alarm").length <= 4, "alarms come at a bounded rate");
    const handshakes = rig.written.filter(({ frame }) => frame.code === 0x76).length;
    t.ok(handshakes <= 60, `${handshakes} handshakes in 50 s`);
    rig.wire = (bytes) => bytes;
    rig.run(5_000);
    rig.press(pd, "7");
    rig.run(300);
    t.equal(rig.keys(), "7");
    t.end();
  });
}

test("forged clear NAKs before the true reply change nothing: the true one is still taken", (t) => {
  const { rig, pd } = oneController(30);
  rig.run(1_000);
  rig.wire = (bytes, from) => {
    if (from !== "bus") {
      for (const error of [6, 4, 5, 6]) rig.inject(clear(nak(error), rig.written.at(-1)!.frame.sequence));
      rig.inject(clear(nak(4), 0));
    }
    return bytes;
  };
  rig.press(pd, "42");
  rig.run(5_000);
  t.equal(rig.keys(), "42");
  t.equal(rig.events("online").length, 1, "the session stood all the time");
  t.end();
});

test("a clear keypress, a clear ACK: nobody's finger, nobody's answer", (t) => {
  const { rig, pd } = oneController(31);
  rig.run(1_000);
  const keypad: Reply = { name: "KEYPAD", reader: 0, keys: new TextEncoder().encode("1234") };
  rig.wire = (bytes, from) => {
    if (from === "bus") return bytes;
    rig.inject(clear(keypad, rig.written.at(-1)!.frame.sequence));
    rig.inject(clear({ name: "ACK" }, rig.written.at(-1)!.frame.sequence), 1);
    return null;
  };
  rig.give({ kind: "command", address: 0, id: 1, urgent: true, command: strike(5) });
  rig.run(30_000);
  t.equal(rig.keys(), "");
  t.same(rig.events("done"), [{ kind: "done", id: 1, answer: "lost" }]);
  t.ok(pd.executed.filter(({ name }) => name === "OUT").length <= 1);
  t.ok(rig.events("offline").length === 1, "it is not believed to be there either");
  t.end();
});

test("every frame recorded and played again: nothing is heard twice, nothing is done twice", (t) => {
  const { rig, pd } = oneController(32);
  const tape: Uint8Array[] = [];
  rig.wire = (bytes, from) => {
    if (from !== "bus") tape.push(bytes);
    return bytes;
  };
  rig.run(1_000);
  rig.press(pd, "123456");
  rig.run(300);
  rig.wire = (bytes) => bytes;
  t.ok(tape.length > 10);
  for (const [index, bytes] of tape.entries()) rig.inject(bytes, index * 23);
  rig.run(20_000);
  for (const [index, bytes] of tape.entries()) rig.inject(bytes, index * 211);
  rig.run(60_000);
  t.equal(rig.keys(), "123456");
  t.same(clearCommands(rig), []);
  rig.press(pd, "9");
  rig.run(3_000);
  t.equal(rig.keys(), "1234569", "and the link is there");
  t.end();
});

test("a recorded strike replayed to the PD, in the session and in the next one: done once", (t) => {
  const { rig, pd } = oneController(33);
  rig.run(1_000);
  rig.give({ kind: "command", address: 0, id: 1, urgent: true, command: strike(50) });
  rig.run(200);
  const sealed = rig.written.find(({ frame }) => frame.code === 0x68)!.bytes;
  rig.tell(pd, { kind: "bytes", bytes: sealed });
  rig.run(3_000);
  rig.tell(pd, { kind: "bytes", bytes: sealed });
  rig.run(3_000);
  t.equal(pd.executed.filter(({ name }) => name === "OUT").length, 1);
  t.equal(rig.state.controllers[0]!.cp.phase.kind, "session");
  t.end();
});

test("every bit of a sealed reply flipped, one at a time: no keypress, no answer that was not given", (t) => {
  const { rig, pd } = oneController(34);
  rig.run(1_000);
  let flips = 0;
  for (let bit = 0; bit < 28 * 8; bit += 1) {
    let done = false;
    rig.wire = (bytes, from) => {
      if (from === "bus" || done || bytes.length < 30) return bytes;
      done = true;
      flips += 1;
      const broken = bytes.slice(1, -2);
      broken[bit >> 3]! ^= 1 << (bit & 7);
      // The check made right again: only the seal stands between this bit and the door.
      return withCheck(broken, "crc");
    };
    const before = rig.keys();
    rig.press(pd, "8");
    rig.run(3_000);
    const heard = rig.keys().slice(before.length);
    // The PD may have said it again, sealed anew or unchanged; it is one keypress or none.
    t.ok(heard === "8" || heard === "", `bit ${bit}: heard "${heard}"`);
  }
  t.equal(flips, 28 * 8, "SOM to MAC of a sealed KEYPAD");
  t.same(clearCommands(rig), []);
  t.end();
});

test("bad MACs: the session is closed at the first; after three, each new one waits a second (facts osdp 9.7)", (t) => {
  const { rig } = oneController(35);
  rig.run(1_000);
  rig.wire = (bytes, from) => {
    if (from === "bus" || bytes[6] !== 0x02) return bytes;
    const broken = bytes.slice(1, -2);
    broken[broken.length - 1]! ^= 1;
    return withCheck(broken, "crc");
  };
  rig.run(30_000);
  const challenges = rig.written.filter(({ frame }) => frame.code === 0x76).map(({ at }) => at);
  t.ok(challenges.length > 20 && challenges.length < 32, `${challenges.length} handshakes in 30 s`);
  const gaps = challenges.slice(3).map((at, index) => at - challenges[index + 2]!);
  t.ok(gaps.every((gap) => gap >= 1_000));
  t.same(
    rig.events("alarm").map(({ what }) => what),
    ["bad-mac"],
    "said once a minute",
  );
  t.ok(rig.state.controllers[0]!.cp.counts.badMacs > 20, "and counted each time");
  t.end();
});

test("another key, a forged RMAC_I, a CCRYPT for the other key: no session", (t) => {
  const wrong = oneController(36, SCBK_B);
  wrong.rig.run(5_000);
  t.same(wrong.rig.events("alarm"), [{ kind: "alarm", what: "wrong-key" }]);

  const forged = oneController(37);
  forged.rig.wire = (bytes, from) => {
    if (from === "bus" || bytes[7] !== 0x14) return bytes;
    const other = bytes.slice(1, -2);
    other[other.length - 1]! ^= 0x80;
    return withCheck(other, "crc");
  };
  forged.rig.run(5_000);
  t.same(forged.rig.events("alarm"), [{ kind: "alarm", what: "wrong-rmac-i" }]);

  const refused = oneController(38);
  refused.rig.wire = (bytes, from) => {
    if (from === "bus" || bytes[7] !== 0x14) return bytes;
    const other = bytes.slice(1, -2);
    other[7] = 0xff;
    return withCheck(other, "crc");
  };
  refused.rig.run(5_000);
  t.same(refused.rig.events("alarm"), [{ kind: "alarm", what: "key-refused" }]);

  const talkedInto = oneController(39);
  talkedInto.rig.wire = (bytes, from) => {
    if (from === "bus" || bytes[7] !== 0x12) return bytes;
    const other = bytes.slice(1, -2);
    other[7] = 0x00;
    return withCheck(other, "crc");
  };
  talkedInto.rig.run(5_000);
  t.same(talkedInto.rig.events("alarm"), [{ kind: "alarm", what: "key-refused" }]);

  for (const { rig } of [wrong, forged, refused, talkedInto]) {
    t.same(rig.events("online"), []);
    t.same(clearCommands(rig), []);
    t.equal(rig.written.filter(({ frame }) => frame.code === 0x76 && frame.scb!.data[0] !== 1).length, 0);
  }
  t.end();
});

test("another CP on the pair is an alarm; our own echo is none", (t) => {
  const { rig } = oneController(40);
  rig.wire = (bytes, from) => {
    if (from === "bus") rig.inject(bytes);
    return bytes;
  };
  rig.run(3_000);
  t.equal(rig.events("online").length, 1);
  t.same(rig.events("alarm"), []);
  const poll = encodeFrame({
    address: 0,
    reply: false,
    sequence: 0,
    check: "crc",
    scb: null,
    code: 0x60,
    data: new Uint8Array(0),
  });
  for (let at = 0; at < 100; at += 1) rig.inject(poll, at * 100);
  rig.run(10_000);
  t.same(rig.events("alarm"), [{ kind: "alarm", what: "foreign-cp" }]);
  t.end();
});

test("RND.A is new for every handshake", (t) => {
  const { rig } = oneController(41, SCBK_B);
  rig.run(60_000);
  const challenges = rig.written.filter(({ frame }) => frame.code === 0x76).map(({ frame }) => toHex(frame.data));
  t.ok(challenges.length > 40);
  t.equal(new Set(challenges).size, challenges.length);
  t.end();
});

test("replies nobody asked for, of every code and number, do nothing", (t) => {
  const { rig } = oneOnline(42);
  const before = rig.said.length;
  for (let code = 0; code < 256; code += 1) {
    for (const sequence of [0, 1, 2, 3]) {
      const bytes = encodeFrame({
        address: 0,
        reply: true,
        sequence,
        check: "crc",
        scb: null,
        code,
        data: Uint8Array.of(1),
      });
      rig.inject(bytes, code * 40 + sequence * 10);
    }
  }
  rig.run(30_000);
  const kinds = new Set(rig.said.slice(before).map(({ event }) => event.kind));
  for (const kind of ["keys", "ring", "done", "paired"] as const) t.notOk(kinds.has(kind), kind);
  t.same(clearCommands(rig), []);
  rig.run(5_000);
  t.equal(rig.state.controllers[0]!.cp.phase.kind, "session");
  t.end();
});
