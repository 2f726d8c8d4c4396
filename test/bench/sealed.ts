/**
 * What the line costs in computing: one sealed POLL and its ACK on both ends, frames through the codec, and a whole
 * building's poll rhythm. CPU, not wall: the wire is modelled, and costs nothing.
 */
import { createCipheriv } from "node:crypto";
import { acknowledge, pdSettings, SCBK_A, seeded } from "@lintel/edge/bus/bus.rig.ts";
import { type BusState, startBus, stepBus } from "@lintel/edge/bus/bus.ts";
import type { BusInput } from "@lintel/edge/bus/events.ts";
import { transmitTime } from "@lintel/edge/bus/line.ts";
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import { monotonic } from "@lintel/protocol/base/units.ts";
import { encodeCommand } from "@lintel/protocol/osdp/commands.ts";
import { decodeFrame, encodeFrame, type Frame } from "@lintel/protocol/osdp/frame.ts";
import { type PdInput, type PdState, startPd, stepPd } from "@lintel/protocol/osdp/pd.ts";
import { beginHandshake, openFrame, type Session, sealFrame } from "@lintel/protocol/osdp/secure.ts";
import type { Figure } from "./figure.ts";

/** Exchanges in one sample: one alone is shorter than the clock can tell. */
const BATCH = 200;
const NOTHING = new Uint8Array(0);
const POLL = { address: 0, reply: false, sequence: 1, check: "crc", code: 0x60, data: NOTHING } as const;
const ACK = { ...POLL, reply: true, code: 0x40 } as const;

/** µs for each of `BATCH`. */
function each(samples: number, act: () => void): number[] {
  for (let warm = 0; warm < BATCH * 5; warm += 1) act();
  return Array.from({ length: samples }, () => {
    const before = performance.now();
    for (let at = 0; at < BATCH; at += 1) act();
    return ((performance.now() - before) * 1_000) / BATCH;
  });
}

function read(bytes: Uint8Array): Frame {
  const frame = decodeFrame(bytes.subarray(1));
  if (!frame.ok) throw new Error("a frame of our own is one");
  return frame.value;
}

/** Seal, open, seal, open: four MACs, and what is around them. */
function sealedExchange(): () => void {
  const begun = beginHandshake(SCBK_A, new Uint8Array(8).fill(1), new Uint8Array(8).fill(2)).session;
  let cp: Session = begun;
  let pd: Session = begun;
  return () => {
    const asked = sealFrame(cp, POLL);
    const heard = openFrame(pd, read(asked.bytes));
    if (!heard.ok) throw new Error(heard.error.kind);
    const said = sealFrame(heard.value.session, ACK);
    pd = said.session;
    const back = openFrame(asked.session, read(said.bytes));
    if (!back.ok) throw new Error(back.error.kind);
    cp = back.value.session;
  };
}

/** The four AES blocks of an exchange by OpenSSL, a cipher object made for each, as Node offers it. */
function bareBlocks(): () => void {
  const key = Buffer.alloc(16, 7);
  const block = Buffer.alloc(16, 9);
  return () => {
    for (let at = 0; at < 4; at += 1) {
      const cipher = createCipheriv("aes-128-ecb", key, null).setAutoPadding(false);
      cipher.update(block);
      cipher.final();
    }
  };
}

const LINES = 8;
const ON_A_LINE = 8;
const BAUD = 230_400;
/** A PD thinks so long before it answers, in ms (facts osdp 2). */
const THINKS = 3;

/** What all lines of the model share. */
interface World {
  now: number;
  /** Commands written so far. */
  written: number;
  readonly random: RandomBytes;
}

/** One line with its bus and its Controllers, on a wire that takes its time and loses nothing. */
class Line {
  bus: BusState;
  readonly #world: World;
  readonly #pds: PdState[];
  #wakeAt = Number.POSITIVE_INFINITY;
  /** In the order of their times: one command and its answer are on the wire at a time. */
  readonly #due: { readonly at: number; readonly act: () => void }[] = [];

  constructor(world: World) {
    this.#world = world;
    const controllers = Array.from({ length: ON_A_LINE }, (_, address) => ({ address, scbk: SCBK_A, configure: null }));
    this.bus = startBus({ id: "b", baud: BAUD, controllers }, monotonic(world.now));
    this.#pds = controllers.map(({ address }) =>
      startPd(pdSettings(address, SCBK_A, { baud: BAUD }), monotonic(world.now)),
    );
    this.#give({ kind: "port", open: true });
  }

  get next(): number {
    return Math.min(this.#due[0]?.at ?? Number.POSITIVE_INFINITY, this.#wakeAt);
  }

  /** Does what is due first. */
  step(): void {
    if ((this.#due[0]?.at ?? Number.POSITIVE_INFINITY) <= this.#wakeAt) {
      this.#due.shift()!.act();
      return;
    }
    this.#wakeAt = Number.POSITIVE_INFINITY;
    this.#give({ kind: "time" });
  }

  #give(input: BusInput): void {
    const { state, effects } = stepBus(this.bus, input, monotonic(this.#world.now), this.#world.random);
    this.bus = state;
    for (const effect of effects) {
      if (effect.kind === "wake") this.#wakeAt = effect.at;
      if (effect.kind !== "write") continue;
      this.#world.written += 1;
      const { bytes } = effect;
      this.#later(transmitTime(bytes.length, BAUD), () => {
        for (const at of this.#pds.keys()) this.#tell(at, { kind: "bytes", bytes });
      });
    }
  }

  #tell(pd: number, input: PdInput): void {
    const { state, effects } = stepPd(this.#pds[pd]!, input, monotonic(this.#world.now), this.#world.random);
    this.#pds[pd] = state;
    for (const effect of effects) {
      if (effect.kind === "execute") this.#tell(pd, { kind: "answer", reply: acknowledge(effect.command) });
      if (effect.kind !== "send") continue;
      const { bytes } = effect;
      this.#later(THINKS + transmitTime(bytes.length, BAUD), () => this.#give({ kind: "bytes", bytes }));
    }
  }

  #later(delay: number, act: () => void): void {
    this.#due.push({ at: this.#world.now + delay, act });
  }
}

export interface Building {
  /** ms of CPU for each second of the building's. */
  readonly cpu: number[];
  /** KB of garbage for each command written, in seconds in which the collector did not run. */
  readonly garbage: number[];
  readonly polls: number;
}

/** 64 Controllers on 8 lines at 50 ms polls, nothing to tell: both ends of every line in this process, time modelled. */
export function building(seconds: number): Building {
  const world: World = { now: 1_000, written: 0, random: seeded(1).bytes };
  const lines = Array.from({ length: LINES }, () => new Line(world));
  pass(world, lines, 5_000);
  const links = lines.flatMap(({ bus }) => bus.controllers);
  if (links.some(({ cp }) => cp.phase.kind !== "session")) throw new Error("every Controller has its session");
  const measured: Building = { cpu: [], garbage: [], polls: 0 };
  const first = world.written;
  for (let second = 0; second < seconds; second += 1) {
    const before = { cpu: process.cpuUsage(), heap: process.memoryUsage().heapUsed, written: world.written };
    pass(world, lines, 1_000);
    const { user, system } = process.cpuUsage(before.cpu);
    measured.cpu.push((user + system) / 1_000);
    const grown = process.memoryUsage().heapUsed - before.heap;
    if (grown > 0) measured.garbage.push(grown / 1_024 / (world.written - before.written));
  }
  return { ...measured, polls: world.written - first };
}

function pass(world: World, lines: readonly Line[], length: number): void {
  const end = world.now + length;
  for (;;) {
    const first = lines.reduce((one, other) => (other.next < one.next ? other : one));
    if (first.next > end) break;
    world.now = Math.max(world.now, first.next);
    first.step();
  }
  world.now = end;
}

export function sealedFigures(samples: number, seconds: number): Figure[] {
  const exchange = each(samples, sealedExchange());
  const blocks = each(samples, bareBlocks());
  const frame = encodeFrame({ ...POLL, scb: null, ...encodeCommand({ name: "LSTAT" }) });
  const codec = each(samples, () => {
    read(frame);
    encodeFrame({ ...POLL, scb: null });
  });
  const { cpu, garbage, polls } = building(seconds);
  const rhythm = `64 Controllers on 8 lines, both ends, ${Math.round(polls / seconds).toLocaleString("en-US")} polls/s`;
  return [
    {
      what: "sealed POLL and its ACK, both ends, CPU",
      unit: "µs",
      samples: exchange,
      beside: { what: "their four AES blocks by OpenSSL, a cipher each", samples: blocks },
    },
    { what: "codec: one frame written and one read, CPU", unit: "µs", samples: codec, beside: null },
    {
      what: `${rhythm}: CPU of a second`,
      unit: "ms",
      samples: cpu,
      beside: { what: "half a core", samples: [500] },
    },
    { what: "the same: garbage of one idle poll, both ends", unit: "KB", samples: garbage, beside: null },
  ];
}
