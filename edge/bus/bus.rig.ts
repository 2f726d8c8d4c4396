/**
 * For tests: a bus and the PDs on its pair of wires, in virtual time. Every byte takes its time, every frame may be
 * lost or damaged on its way, and what each PD was told to do is kept in `executed`.
 */
import { invariant } from "@lintel/protocol/base/invariant.ts";
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import { Secret } from "@lintel/protocol/base/secret.ts";
import { type Monotonic, millis, monotonic } from "@lintel/protocol/base/units.ts";
import type { Command } from "@lintel/protocol/osdp/commands.ts";
import { deframe, IDLE_LINE } from "@lintel/protocol/osdp/deframe.ts";
import type { Frame } from "@lintel/protocol/osdp/frame.ts";
import { LINTEL_VENDOR } from "@lintel/protocol/osdp/mfg.ts";
import {
  type PdEffect,
  type PdInput,
  type PdSettings,
  type PdState,
  startPd,
  stepPd,
} from "@lintel/protocol/osdp/pd.ts";
import type { Reply } from "@lintel/protocol/osdp/replies.ts";
import { type BusState, startBus, stepBus } from "./bus.ts";
import type { BusInput, BusSettings, ControllerEvent } from "./events.ts";
import { transmitTime } from "./line.ts";

/** What becomes of bytes on their way; null: they never arrive. */
export type Wire = (bytes: Uint8Array, from: "bus" | number, now: number) => Uint8Array | null;

export interface Said {
  readonly at: number;
  readonly address: number;
  readonly event: ControllerEvent;
}

/** One PD of the rig and its small firmware. */
export interface RigPd {
  state: PdState;
  settings: PdSettings;
  powered: boolean;
  /** How long it thinks before it answers, in ms. */
  thinks: number;
  wakeAt: number | null;
  readonly executed: Command[];
  readonly effects: PdEffect[];
  firmware: (command: Command) => Reply;
}

export class BusRig {
  state: BusState;
  now = 1_000;
  wire: Wire = (bytes) => bytes;
  readonly said: Said[] = [];
  /** Everything the bus wrote: time and frame. */
  readonly written: { readonly at: number; readonly bytes: Uint8Array; readonly frame: Frame }[] = [];
  readonly pds: RigPd[] = [];
  readonly random: RandomBytes;
  readonly #baud: number;
  #wakeAt: number | null = null;
  #due: { readonly at: number; readonly order: number; readonly act: () => void }[] = [];
  #order = 0;

  constructor(settings: BusSettings, random: RandomBytes) {
    this.random = random;
    this.#baud = settings.baud;
    this.state = startBus(settings, monotonic(this.now));
    // After the PDs of the test were added.
    this.#later(0, () => this.give({ kind: "port", open: true }));
  }

  addPd(settings: PdSettings): RigPd {
    const pd: RigPd = {
      settings,
      state: startPd(settings, this.#time()),
      powered: true,
      thinks: 3,
      wakeAt: null,
      executed: [],
      effects: [],
      firmware: acknowledge,
    };
    this.pds.push(pd);
    return pd;
  }

  /** As if its power had been cut and came back: nothing of its link is left, its key is. */
  restart(pd: RigPd): void {
    pd.state = startPd(pd.settings, this.#time());
    pd.wakeAt = null;
  }

  give(input: BusInput): void {
    const step = stepBus(this.state, input, this.#time(), this.random);
    this.state = step.state;
    for (const effect of step.effects) {
      if (effect.kind === "wake") {
        invariant(effect.at > this.now, "a wake lies ahead", { at: effect.at, now: this.now });
        this.#wakeAt = effect.at;
      } else if (effect.kind === "write") this.#write(effect.bytes);
      else this.said.push({ at: this.now, address: effect.address, event: effect.event });
    }
  }

  tell(pd: RigPd, input: PdInput): void {
    if (!pd.powered) return;
    const step = stepPd(pd.state, input, this.#time(), this.random);
    pd.state = step.state;
    for (const effect of step.effects) {
      pd.effects.push(effect);
      if (effect.kind === "send") this.#reply(pd, effect.bytes);
      else if (effect.kind === "wake") pd.wakeAt = effect.at;
      else if (effect.kind === "keyed") pd.settings = { ...pd.settings, scbk: effect.scbk, install: false };
      else if (effect.kind === "execute") {
        pd.executed.push(effect.command);
        this.tell(pd, { kind: "answer", reply: pd.firmware(effect.command) });
      }
    }
  }

  press(pd: RigPd, keys: string): void {
    const reply: Reply = { name: "KEYPAD", reader: 0, keys: new TextEncoder().encode(keys) };
    this.tell(pd, { kind: "queue", reply, expires: monotonic(this.now + 5_000) });
  }

  /** Bytes that nobody on this bus sent, heard by the CP after `delay` ms. */
  inject(bytes: Uint8Array, delay = 0): void {
    this.#later(delay, () => this.give({ kind: "bytes", bytes }));
  }

  /** Does something at a time to come, in ms from now. */
  later(delay: number, act: () => void): void {
    this.#later(delay, act);
  }

  /** Lets virtual time pass; every timer and every byte falls where it falls. */
  run(length: number): void {
    const end = this.now + length;
    for (;;) {
      const next = this.#next();
      if (next === null || next.at > end) break;
      this.now = Math.max(this.now, next.at);
      next.act();
    }
    this.now = end;
  }

  /** What was said of `kind`, in order. */
  events<K extends ControllerEvent["kind"]>(kind: K, address?: number): Extract<ControllerEvent, { kind: K }>[] {
    return this.said.flatMap(({ event, address: from }) =>
      event.kind === kind && (address === undefined || from === address)
        ? [event as Extract<ControllerEvent, { kind: K }>]
        : [],
    );
  }

  keys(address?: number): string {
    return this.events("keys", address)
      .map(({ keys }) => keys.use((text) => text))
      .join("");
  }

  #time(): Monotonic {
    return monotonic(this.now);
  }

  #later(delay: number, act: () => void): void {
    this.#order += 1;
    this.#due.push({ at: this.now + delay, order: this.#order, act });
  }

  #next(): { at: number; act: () => void } | null {
    const candidates: { at: number; order: number; act: () => void }[] = this.#due.map((each) => ({
      ...each,
      act: () => {
        this.#due = this.#due.filter(({ order }) => order !== each.order);
        each.act();
      },
    }));
    if (this.#wakeAt !== null) {
      const act = () => {
        this.#wakeAt = null;
        this.give({ kind: "time" });
      };
      candidates.push({ at: this.#wakeAt, order: Number.POSITIVE_INFINITY, act });
    }
    for (const pd of this.pds) {
      if (pd.wakeAt === null) continue;
      const act = () => {
        pd.wakeAt = null;
        this.tell(pd, { kind: "time" });
      };
      candidates.push({ at: pd.wakeAt, order: Number.MAX_SAFE_INTEGER, act });
    }
    candidates.sort((a, b) => a.at - b.at || a.order - b.order);
    return candidates[0] ?? null;
  }

  #write(bytes: Uint8Array): void {
    const [item] = deframe(IDLE_LINE, bytes, this.#time()).items;
    invariant(item?.kind === "frame", "the bus writes whole frames");
    this.written.push({ at: this.now, bytes, frame: item.frame });
    const arrived = this.wire(bytes, "bus", this.now);
    if (arrived === null) return;
    for (const pd of this.pds) {
      this.#later(transmitTime(bytes.length, this.#baud), () => this.tell(pd, { kind: "bytes", bytes: arrived }));
    }
  }

  #reply(pd: RigPd, bytes: Uint8Array): void {
    const arrived = this.wire(bytes, pd.settings.address, this.now);
    if (arrived === null) return;
    const delay = pd.thinks + transmitTime(bytes.length, this.#baud);
    this.#later(delay, () => this.give({ kind: "bytes", bytes: arrived }));
    for (const other of this.pds) {
      if (other !== pd) this.#later(delay, () => this.tell(other, { kind: "bytes", bytes: arrived }));
    }
  }
}

/** 2 inputs, both at rest; no tamper; everything else is acknowledged. */
export function acknowledge(command: Command): Reply {
  switch (command.name) {
    case "LSTAT":
      return { name: "LSTATR", tamper: false, powerFailed: false };
    case "ISTAT":
      return { name: "ISTATR", inputs: ["inactive", "inactive"] };
    case "OSTAT":
      return { name: "OSTATR", outputs: [false, false] };
    case "RSTAT":
      return { name: "RSTATR", readers: ["normal"] };
    default:
      return { name: "ACK" };
  }
}

/** A seeded stand-in for a CSPRNG: the same run for the same seed (mulberry32). */
export function seeded(seed: number): { bytes: RandomBytes; unit: () => number } {
  let state = seed >>> 0;
  const unit = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(unit() * 256)), unit };
}

export const SCBK_A = new Secret(Uint8Array.from({ length: 16 }, (_, at) => at + 1));
export const SCBK_B = new Secret(Uint8Array.from({ length: 16 }, (_, at) => 0xf0 - at));

/** A Lintel Controller by its identity, at 9600 baud. */
export function pdSettings(address: number, scbk: Secret | null, more: Partial<PdSettings> = {}): PdSettings {
  return {
    address,
    baud: 9600,
    identity: {
      vendor: Uint8Array.from(LINTEL_VENDOR),
      model: 1,
      version: 1,
      serial: address,
      firmware: { major: 1, minor: 0, build: 0 },
    },
    capabilities: [
      { function: 8, compliance: 1, count: 0 },
      { function: 9, compliance: 1, count: 1 },
    ],
    scbk,
    install: false,
    clear: false,
    ...more,
  };
}

/** The timed OUT of a grant. `steps` of 100 ms make one OUT known from another. */
export function strike(steps: number): Command {
  return { name: "OUT", outputs: [{ output: 0, action: "onFor", time: millis(steps * 100) }] };
}

/** A bus with one Controller at address 0 that both sides know the key of, its session up. */
export function oneOnline(seed = 1, baud = 9600): { rig: BusRig; pd: RigPd } {
  const settings = { id: "b1", baud, controllers: [{ address: 0, scbk: SCBK_A, configure: null }] };
  const rig = new BusRig(settings, seeded(seed).bytes);
  const pd = rig.addPd(pdSettings(0, SCBK_A, { baud }));
  rig.run(1_000);
  invariant(rig.events("online").length === 1, "a session stands after a second");
  return { rig, pd };
}
