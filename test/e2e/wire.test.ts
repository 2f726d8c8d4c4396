/**
 * Somebody between a real edge and a Controller: hears every frame, holds any back, changes it, sends others. Without
 * the key the relay does not move (design 4). Each attack has its twin, in which the same bytes, or the same program
 * with the key, do move it.
 */
import { randomBytes } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { Secret } from "@lintel/protocol/base/secret.ts";
import { millis } from "@lintel/protocol/base/units.ts";
import { encodeCommand } from "@lintel/protocol/osdp/commands.ts";
import { encodeFrame, type Frame, withCheck } from "@lintel/protocol/osdp/frame.ts";
import { encodeReply } from "@lintel/protocol/osdp/replies.ts";
import t, { test } from "tap";
import { DoorLine, marked, straight, WatchedController } from "../support/door-line.rig.ts";
import { ForeignCp } from "../support/foreign-cp.rig.ts";
import { CODES, officeSite } from "../support/office-site.rig.ts";
import { type Moment, OpenFirmware } from "../support/open-firmware.rig.ts";
import { ownFolder, RunningSite } from "../support/running-site.rig.ts";
import { until } from "../support/until.rig.ts";

const OUT = 0x68;

const site = new RunningSite(t);
const line = await site.addLine("b1");
let firmware!: OpenFirmware;
const front = new WatchedController(line, {}, (...given) => {
  firmware = new OpenFirmware(...given);
  return firmware;
});
site.doors.set("front", front);
await site.start(officeSite());

/** The OUT of a grant as it came by, and the Controller in the moment in which it did. */
let taken: { readonly frame: Frame; readonly moment: Moment } | null = null;

/** The edge is still there, its line is good, and a right code opens. */
async function stillOpens(): Promise<number> {
  await until("the session stands", () => firmware.state().secure);
  await front.locked();
  return front.enter(CODES.desk);
}

test("the untouched frame moves the relay", async (t) => {
  line.wire = (frame, to) => {
    if (to === "controller" && frame.code === OUT) taken ??= { frame, moment: firmware.moment() };
    return frame.bytes;
  };
  t.equal(await front.enter(CODES.desk), 1);
  line.wire = straight;
  t.ok(taken?.frame.mac, "it is sealed");
  t.ok(firmware.wouldMove(taken!.moment, marked(taken!.frame.bytes)), "so it does when it is asked what it would do");
});

test("a flipped bit in any byte of the sealed frame: the relay stays", (t) => {
  const { frame, moment } = taken!;
  const moved: string[] = [];
  let tried = 0;
  for (let at = 0; at < frame.bytes.length; at += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      const flipped = Uint8Array.from(frame.bytes, (byte, place) => (place === at ? byte ^ (1 << bit) : byte));
      // As noise would, and as somebody would who knows how a check is made.
      for (const bytes of [marked(flipped), withCheck(flipped.slice(0, -2), "crc")]) {
        // A flip inside the check is mended by that, and the frame is the true one again.
        if (Buffer.from(bytes).equals(marked(frame.bytes))) continue;
        tried += 1;
        if (firmware.wouldMove(moment, bytes)) moved.push(`byte ${at}, bit ${bit}`);
      }
    }
  }
  t.same(moved, []);
  t.equal(tried, frame.bytes.length * 16 - 16, "all of them were tried");
  t.ok(firmware.wouldMove(moment, marked(frame.bytes)), "and the true frame still does");
  t.end();
});

test("the frame again, as it was: in its session, at other moments, and in the next session", async (t) => {
  await front.locked();
  const seen = front.events.length;
  const again = marked(taken!.frame.bytes);
  t.notOk(firmware.wouldMove(firmware.moment(), again), "in its session");
  for (const number of [0, 1, 2, 3, 4, 5, 6, 7]) {
    const polls = line.frames.length;
    line.inject(again, "controller");
    await until(`frames go on ${number}`, () => line.frames.length > polls + 3);
  }
  line.unplug();
  await site.edge.line("offline", ({ event, online }) => event === "link" && online === false);
  line.inject(again, "controller");
  const lines = site.edge.lines.length;
  await line.plug();
  await site.online("front", lines);
  line.inject(again, "controller");
  t.notOk(firmware.wouldMove(firmware.moment(), again), "in the next session");
  t.equal(front.releases(seen), 0);
  t.equal(await stillOpens(), 1);
});

test("a whole recorded session played again, from its handshake on", async (t) => {
  await front.locked();
  line.wire = () => null;
  const seen = front.events.length;
  const tape = line.frames.filter(({ to }) => to === "controller").map(({ frame }) => frame);
  t.ok(tape.some(({ code }) => code === 0x76) && tape.filter(({ code }) => code === OUT).length >= 2);
  for (const frame of tape) {
    line.inject(marked(frame.bytes), "controller");
    await turn();
  }
  t.equal(front.releases(seen), 0);
  line.wire = straight;
});

/** OUT in clear, in each of its forms, under each sequence number and check. */
function clearOuts(): Uint8Array[] {
  const actions = ["on", "onFor", "onAfterTimed"] as const;
  return actions.flatMap((action) =>
    [0, 1, 2, 3].flatMap((sequence) =>
      (["crc", "checksum"] as const).map((check) => {
        const out = encodeCommand({ name: "OUT", outputs: [{ output: 0, action, time: millis(1000) }] });
        return encodeFrame({ address: 0, reply: false, sequence, check, scb: null, ...out });
      }),
    ),
  );
}

test("a clear-text OUT after pairing: the relay stays", async (t) => {
  await until("the session stands", () => firmware.state().secure);
  const seen = front.events.length;
  const session = firmware.moment();
  t.same(
    clearOuts().map((bytes) => firmware.wouldMove(session, bytes)),
    clearOuts().map(() => false),
  );
  for (const bytes of clearOuts()) line.inject(bytes, "controller");
  t.notOk(firmware.state().secure, "the edge's session may end by it, which opens nothing");
  for (const bytes of clearOuts()) line.inject(bytes, "controller");
  t.equal(front.releases(seen), 0);
});

test("its twin: a Controller that never was paired and was told to speak in clear takes such a frame", (t) => {
  const bench = new WatchedController(new DoorLine(ownFolder(t), "bench"), { clear: true });
  for (const bytes of clearOuts()) bench.simulated.receive(bytes);
  t.equal(bench.releases(), 1);
  bench.simulated.stop();
  t.end();
});

const KEYLESS = [
  { name: "with another key", scbk: () => new Secret(randomBytes(16)), installs: false, moves: 0 },
  { name: "that would install one under the default key", scbk: () => null, installs: true, moves: 0 },
  { name: "that has the key: the twin", scbk: () => front.scbk, installs: false, moves: 1 },
];

for (const { name, scbk, installs, moves } of KEYLESS) {
  test(`a CP ${name} ${moves === 0 ? "moves no relay" : "moves it"}`, async (t) => {
    await front.locked();
    const seen = front.events.length;
    const cp = new ForeignCp(scbk(), (bytes) => line.inject(bytes, "controller"));
    t.teardown(() => cp.stop());
    let answers = 0;
    // The edge hears nothing of it and is not heard.
    line.wire = (frame, to) => {
      if (to === "edge") {
        answers += 1;
        cp.hear(marked(frame.bytes));
      }
      return null;
    };
    if (installs) cp.install(new Secret(randomBytes(16)));
    await until("the Controller answered, or did what it was told", () => {
      cp.strike();
      return moves === 1 ? front.releases(seen) > 0 : answers >= 6;
    });
    t.equal(front.releases(seen), moves);
    t.equal(cp.heard.filter(({ kind }) => kind === "online").length, moves);
    cp.stop();
    const over = front.events.length;
    line.wire = straight;
    if (moves === 0) return;
    const isSecure = (event: (typeof front.events)[number]) => event.kind === "secure" && event.on;
    await until("the edge has a session of its own again", () => front.events.slice(over).some(isSecure));
    t.equal(await stillOpens(), 1);
  });
}

test("keys in clear, in the place of what the Controller says: nobody typed them", async (t) => {
  await front.locked();
  const [seen, told] = [front.events.length, site.records.length];
  const keys = new TextEncoder().encode(`${CODES.desk}\r`);
  let forged = 0;
  line.wire = (frame, to) => {
    if (to === "controller") return frame.bytes;
    forged += 1;
    const keypad = encodeReply({ name: "KEYPAD", reader: 0, keys });
    return encodeFrame({ address: 0, reply: true, sequence: frame.sequence, check: "crc", scb: null, ...keypad });
  };
  await until("they were sent", () => forged >= 8);
  line.wire = straight;
  t.equal(front.releases(seen), 0);
  t.equal(await stillOpens(), 1);
  t.same(
    site.records.slice(told).flatMap(({ event }) => (event === "granted" || event === "denied" ? [event] : [])),
    ["granted"],
  );
});

test("every strike of a grant damaged on its way: none happens, none is made up for, and the journal says so", async (t) => {
  await front.locked();
  const [seen, told] = [front.events.length, site.records.length];
  let damaged = 0;
  line.wire = (frame, to) => {
    if (to === "edge" || frame.code !== OUT) return frame.bytes;
    damaged += 1;
    const flipped = Uint8Array.from(frame.bytes, (byte, at) => (at === 10 ? byte ^ 1 : byte));
    return withCheck(flipped.slice(0, -2), "crc");
  };
  await front.type(`${CODES.desk}#`);
  const fault = await site.record("the strike was lost", ({ event }) => event === "hardware-fault", told);
  t.match(fault, { door: "front", detail: { what: "strike-lost" } });
  t.ok(damaged > 0);
  line.wire = straight;
  await until("the session stands again", () => firmware.state().secure);
  t.equal(front.releases(seen), 0);
  t.equal(await stillOpens(), 1);
});
