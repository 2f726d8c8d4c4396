/**
 * What is thrown hostile bytes, and what must hold whatever they are: nothing throws, what is kept is bounded, no output
 * is driven, nothing is believed, and no answer is worse than silence. One call is one case: the same for the same seed.
 */
import { BusRig, oneOnline, SCBK_A, seeded, strike } from "@lintel/edge/bus/bus.rig.ts";
import { BUS_LIMITS } from "@lintel/edge/bus/limits.ts";
import { ControllerRig, RIG_OPTIONS, RIG_SCBK } from "@lintel/firmware-sim/controller/controller.rig.ts";
import { LIMITS as FIRMWARE } from "@lintel/firmware-sim/controller/limits.ts";
import { BLANK_FLASH } from "@lintel/firmware-sim/controller/settings.ts";
import { equalBytes, toHex } from "@lintel/protocol/base/bytes.ts";
import { monotonic } from "@lintel/protocol/base/units.ts";
import { decodeCommand, encodeCommand } from "@lintel/protocol/osdp/commands.ts";
import { deframe, IDLE_LINE } from "@lintel/protocol/osdp/deframe.ts";
import { explainMessage } from "@lintel/protocol/osdp/explain.ts";
import { encodeFrame } from "@lintel/protocol/osdp/frame.ts";
import { LIMITS } from "@lintel/protocol/osdp/limits.ts";
import { decodeMfgCommand, decodeRing } from "@lintel/protocol/osdp/mfg.ts";
import { CpRig, type PdRig } from "@lintel/protocol/osdp/pd.rig.ts";
import { decodeReply, encodeReply } from "@lintel/protocol/osdp/replies.ts";
import { Dice, damaged, hostile, PAUSES } from "./bytes.ts";

/** What was thrown, so that a finding can be read. */
export type Log = (what: string) => void;

export interface Target {
  readonly name: string;
  /** Throws what did not hold. */
  run(seed: number, log: Log): void;
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** Every table, and the words for people: what can be read is written as it was. */
function codecs(seed: number, log: Log): void {
  const dice = new Dice(seed);
  for (let round = 0; round < 40; round += 1) {
    const [frame] = deframe(
      IDLE_LINE,
      hostile(dice, [], { address: 5, reply: dice.below(2) === 0 }),
      monotonic(0),
    ).items;
    if (frame?.kind !== "frame") continue;
    const { code, data, reply } = frame.frame;
    log(`${reply ? "reply" : "command"} ${code.toString(16)} ${toHex(data)}`);
    must(explainMessage({ reply, code, data }).text.length > 0, "it has words");
    const decoded = reply ? decodeReply(code, data) : decodeCommand(code, data);
    if (decoded.ok) {
      const message = decoded.value as never;
      const again = reply ? encodeReply(message) : encodeCommand(message);
      must(again.code === code && equalBytes(again.data, data), "what was read is written as it was");
    }
    decodeMfgCommand(data);
    decodeRing(data);
  }
}

const NOTHING = new Uint8Array(0);

/** Bytes as they come, in pieces, with pauses: every whole frame in the quiet after them is found. */
function deframer(seed: number, log: Log): void {
  const dice = new Dice(seed);
  let line = IDLE_LINE;
  let now = 0;
  for (let round = 0; round < 60; round += 1) {
    const bytes = hostile(dice, [], { address: 5, reply: false });
    log(toHex(bytes));
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + 1 + dice.below(64));
      at += piece.length;
      line = deframe(line, piece, monotonic(now)).line;
      must(line.rest.length < LIMITS.osdpFrameBytes, "what is kept is shorter than the longest frame");
    }
    now += dice.of(PAUSES);
  }
  line = deframe(line, NOTHING, monotonic(now + LIMITS.osdpFrameGap)).line;
  must(line.rest.length === 0, "after a gap nothing is left");
  const good = encodeFrame({
    address: 5,
    reply: false,
    sequence: 1,
    check: "crc",
    scb: null,
    code: 0x60,
    data: NOTHING,
  });
  const { items } = deframe(line, good, monotonic(now + LIMITS.osdpFrameGap));
  must(items.length === 1 && items[0]!.kind === "frame", "and the next good frame is understood");
}

/** The whole firmware with a key, and somebody on the line who has recorded its sessions. Who has no key drives nothing. */
function controller(seed: number, log: Log): void {
  const dice = new Dice(seed);
  const unkeyed = dice.below(4) === 0;
  const flash = unkeyed ? BLANK_FLASH : { ...BLANK_FLASH, scbk: RIG_SCBK };
  const rig = new ControllerRig({ flash, reader: { cards: true, display: true } });
  const heard: Uint8Array[] = [];
  const cp = new CpRig(
    {
      send(bytes: Uint8Array) {
        heard.push(bytes);
        return rig.send(bytes);
      },
    } as Pick<PdRig, "send"> as PdRig,
    RIG_OPTIONS.address,
  );
  if (!unkeyed && dice.below(2) === 0 && cp.open(RIG_SCBK) === "secure") {
    cp.ask({ name: "LSTAT" });
    cp.ask(strike(1));
    rig.wait(200);
  }
  let thrown = 0;
  let replies = 0;
  for (let round = 0; round < 60; round += 1) {
    const bytes = hostile(dice, heard, { address: RIG_OPTIONS.address, reply: false });
    log(toHex(bytes));
    const frames = rig.send(bytes);
    const { pd, ring } = rig.state;
    thrown += bytes.length;
    replies += frames.length;
    must(replies <= thrown / LIMITS.osdpFrameBytesMin, "at most one reply for a command");
    must(!rig.energised(0) && !rig.energised(1), "no output is driven");
    must(pd.settings.scbk === rig.options.flash.scbk, "the key is the one it had");
    must(pd.line.rest.length < LIMITS.osdpFrameBytes && pd.inbox.length === 0, "the line's buffer is bounded");
    must(pd.queue.length <= LIMITS.osdpQueuedEvents, "the queue is bounded");
    must(ring.kept.length <= FIRMWARE.ringEvents, "the ring is bounded");
    must(unkeyed || rig.state.flash.line === null, "a keyed one is not moved");
    rig.wait(dice.of(PAUSES));
  }
}

/** The bus with a Controller that lies: without the key nothing it says is believed. */
function panel(seed: number, log: Log): void {
  const dice = new Dice(seed);
  const controllers = [0, 1].map((address) => ({ address, scbk: SCBK_A, configure: null }));
  const rig = new BusRig({ id: "b1", baud: 115_200, controllers }, seeded(seed).bytes);
  rig.give({ kind: "port", open: true });
  for (let round = 0; round < 60; round += 1) {
    const asked = rig.written.at(-1)?.frame.address ?? 0;
    const bytes = hostile(dice, rig.written.map(({ bytes: sent }) => sent).slice(-8), { address: asked, reply: true });
    log(toHex(bytes));
    rig.inject(bytes, dice.of([0, 3, 19, 60, 199]));
    rig.give({ kind: "command", address: asked, id: round, command: strike(1), urgent: true });
    rig.run(1 + dice.of(PAUSES));
    const { controllers: links, line } = rig.state;
    must(line.heard.rest.length < LIMITS.osdpFrameBytes, "the line's buffer is bounded");
    for (const { cp, said } of links) {
      must(cp.session === null && cp.reported !== "online", "no session without the key");
      must(
        cp.urgent.length <= LIMITS.osdpUrgentCommands && cp.queue.length <= LIMITS.osdpCommands,
        "queues are bounded",
      );
      must(said.length <= BUS_LIMITS.alarmWords, "alarms are bounded");
    }
  }
  const believed = rig.said.filter(({ event }) => ["online", "keys", "inputs", "ring", "paired"].includes(event.kind));
  must(believed.length === 0, `nothing is believed: ${believed.map(({ event }) => event.kind).join()}`);
  const inClear = new Set(rig.written.map(({ frame }) => frame.code));
  for (const code of inClear) must([0x61, 0x62, 0x76, 0x77].includes(code), `${code.toString(16)} in clear`);
}

/** A true bus and a true PD, and somebody between them: each strike at most once, and only those that were asked for. */
function between(seed: number, log: Log): void {
  const dice = new Dice(seed);
  const { rig, pd } = oneOnline(seed);
  const heard: Uint8Array[] = [];
  rig.wire = (bytes, from) => {
    heard.push(bytes);
    const act = dice.below(12);
    if (act === 0) return null;
    if (act === 1) return damaged(dice, bytes);
    if (act === 2) {
      const other = hostile(dice, heard.slice(-20), { address: 0, reply: from !== "bus" });
      log(`${from}: ${toHex(other)}`);
      return other;
    }
    return bytes;
  };
  for (let round = 0; round < 10; round += 1) {
    rig.give({ kind: "command", address: 0, id: round, command: strike(round + 1), urgent: true });
    rig.press(pd, String(round));
    rig.run(dice.of([100, 300, 900]));
    if (dice.below(3) === 0) rig.inject(hostile(dice, heard, { address: 0, reply: true }));
    if (dice.below(3) === 0) {
      rig.tell(pd, { kind: "bytes", bytes: hostile(dice, heard, { address: 0, reply: false }) });
    }
  }
  rig.wire = (bytes) => bytes;
  rig.run(12_000);
  const struck = pd.executed.flatMap((command) => (command.name === "OUT" ? [command.outputs[0]!.time / 100] : []));
  must(new Set(struck).size === struck.length, `each strike once: ${struck.join()}`);
  must(
    struck.every((steps) => steps >= 1 && steps <= 10),
    `only what was asked for: ${struck.join()}`,
  );
  const done = rig.events("done").map(({ id }) => id);
  must(done.length === 10 && new Set(done).size === 10, "every command is answered once");
  for (const { id, answer } of rig.events("done")) {
    if (answer === "ack") must(struck.includes(id + 1), "what is said to be done was done");
  }
  must(/^0?1?2?3?4?5?6?7?8?9?$/.test(rig.keys(0)), `keys in order, each at most once: ${rig.keys(0)}`);
  must(rig.state.controllers[0]!.cp.phase.kind === "session", "the link comes back by itself");
}

export const TARGETS: readonly Target[] = [
  { name: "codecs", run: codecs },
  { name: "deframer", run: deframer },
  { name: "controller", run: controller },
  { name: "panel", run: panel },
  { name: "between", run: between },
];
