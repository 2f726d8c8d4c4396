/**
 * One serial line and the Controllers on it: whose turn the line is. Urgent commands first, then the Controller that has
 * just told something and may have more (design 3), then whoever is due and has waited longest, so that a Controller
 * that does not answer costs the others one wait a round and no more (facts osdp 10.43). Pure: bytes, times and events are values.
 * Not here: the link to one PD (protocol/osdp/cp), what its answers mean (controller), the wire itself (line).
 */
import { invariant, unreachable } from "@lintel/protocol/base/invariant.ts";
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import { after, type Millis, type Monotonic, monotonic } from "@lintel/protocol/base/units.ts";
import {
  isIdle as isCpIdle,
  isUrgent,
  mayTellMore,
  skipIdle as skipCpIdle,
  timeDue,
  turnDue,
} from "@lintel/protocol/osdp/cp.ts";
import type { CpInput } from "@lintel/protocol/osdp/cp-state.ts";
import { gapEnds } from "@lintel/protocol/osdp/deframe.ts";
import {
  acknowledgeRing,
  alarm,
  type ControllerState,
  type ControllerStep,
  configureController,
  startController,
  stepController,
} from "./controller.ts";
import type { BusController, BusEffect, BusInput, BusSettings } from "./events.ts";
import { BUS_LIMITS } from "./limits.ts";
import { type BusLine, type Heard, hear, isNoisy, letGo, silenceAt, startLine, talkTo, writableAt } from "./line.ts";

export interface BusState {
  readonly id: string;
  readonly line: BusLine;
  /** In the order of the settings. */
  readonly controllers: readonly ControllerState[];
  /** Turns given so far. */
  readonly turns: number;
  /** Of those, how many the Controller that had the last one has had in a row. */
  readonly inARow: number;
  /** The wake that was asked for last; null once it is over. */
  readonly wakeAt: Monotonic | null;
}

export interface BusStep {
  readonly state: BusState;
  readonly effects: readonly BusEffect[];
}

/** The port counts as shut until the input `port` says that it is open. */
export function startBus(settings: BusSettings, now: Monotonic): BusState {
  checkSettings(settings);
  const controllers = settings.controllers.map((each) => startController(each, settings.baud, now));
  return {
    id: settings.id,
    line: startLine(settings.baud, false, now),
    controllers,
    turns: 0,
    inARow: 0,
    wakeAt: null,
  };
}

/** Nothing is on the line but a poll and its answer, and every Controller on it is polled and has nothing to tell. */
export function isIdle({ line, controllers, wakeAt }: BusState): boolean {
  const quiet = line.open && line.comingSince === null && line.heard.rest.length === 0;
  const asked = wakeAt !== null || controllers.length === 0;
  return quiet && asked && controllers.every(({ cp, ringAck }) => ringAck === null && isCpIdle(cp));
}

/** The idle bus after `length` ms of nothing but polls, for a model that leaves them out on both ends at once. */
export function skipIdle(state: BusState, length: Millis): BusState {
  invariant(isIdle(state), "only an idle bus is moved on");
  const { freeAt, talk } = state.line;
  const later = talk === null ? null : { ...talk, until: after(talk.until, length) };
  return {
    ...state,
    line: { ...state.line, freeAt: after(freeAt, length), talk: later },
    controllers: state.controllers.map((one) => ({ ...one, cp: skipCpIdle(one.cp, length) })),
    wakeAt: state.wakeAt === null ? null : after(state.wakeAt, length),
  };
}

/** Where an idle bus stands in its round of polls. */
export interface Rhythm {
  /** The poll that is on its way, or the next one. */
  readonly pollAt: Monotonic;
  /** It, or its answer, is on the wire. */
  readonly onWire: boolean;
  /** Whose turn comes when from there on. Found again at a later poll, the bus goes on as it did here. */
  readonly order: string;
}

/** Null: it has no Controller, and nothing of it repeats itself. */
export function rhythmOf({ line, controllers, turns }: BusState): Rhythm | null {
  const next = controllers.reduce((first, { cp }) => Math.min(first, cp.pollAt), Number.POSITIVE_INFINITY);
  if (next === Number.POSITIVE_INFINITY) return null;
  const { talk, freeAt, baud } = line;
  const asked = controllers.find(({ address }) => address === talk?.address)?.cp.exchange ?? null;
  const pollAt = asked?.firstAt ?? monotonic(Math.max(next, freeAt));
  const waits = controllers.map(
    ({ cp, servedAt }) => `${cp.exchange === null ? cp.pollAt - pollAt : "asked"}/${turns - servedAt}`,
  );
  return { pollAt, onWire: asked !== null, order: `${baud} ${waits.join(" ")}` };
}

/**
 * Effects are done in order. A `wake` takes the place of every earlier one: the input `time` at or after it is enough,
 * and any input in between does no harm. A step that tells of a Controller gives nobody the line: what it told may be
 * answered by an urgent command, and a poll would be in its way. Any next input gives it, `time` at once is enough.
 */
export function stepBus(state: BusState, input: BusInput, now: Monotonic, random: RandomBytes): BusStep {
  const step = new Stepping(state, now, random);
  step.take(input);
  step.passTime();
  if (!step.tells) step.giveTurns();
  step.askForWake();
  return { state: step.state, effects: step.effects };
}

function checkSettings(settings: BusSettings): void {
  const addresses = settings.controllers.map(({ address }) => address);
  invariant(new Set(addresses).size === addresses.length, "every Controller of a bus has its own address", {
    addresses,
  });
  invariant(addresses.length <= BUS_LIMITS.controllers, "a bus has at most 127 Controllers", {
    count: addresses.length,
  });
}

function longestWaiting(controllers: readonly ControllerState[]): ControllerState | null {
  return controllers.reduce<ControllerState | null>(
    (best, each) => (best === null || each.servedAt < best.servedAt ? each : best),
    null,
  );
}

/** One step in the making: what has happened so far in it. Lives no longer than the step. */
class Stepping {
  state: BusState;
  readonly effects: BusEffect[] = [];
  readonly #now: Monotonic;
  readonly #random: RandomBytes;

  constructor(state: BusState, now: Monotonic, random: RandomBytes) {
    this.state = state;
    this.#now = now;
    this.#random = random;
  }

  get tells(): boolean {
    return this.effects.some(({ kind }) => kind === "controller");
  }

  take(input: BusInput): void {
    switch (input.kind) {
      case "bytes":
        this.#hear(input.bytes);
        break;
      case "time":
        this.#hear(new Uint8Array(0));
        break;
      case "port":
        this.#port(input.open);
        break;
      case "settings":
        this.#settings(input.settings);
        break;
      case "ring-recorded": {
        const { address, boot, upTo } = input;
        this.#at(address, (one) => acknowledgeRing(one, { boot, upTo }, this.#now, this.#random));
        break;
      }
      default:
        this.#order(input);
    }
  }

  /** What one Controller is asked to do. One that this bus does not have answers at once that it will not. */
  #order(input: Extract<BusInput, { kind: "command" | "pair" | "pair-end" }>): void {
    const { address } = input;
    switch (input.kind) {
      case "command": {
        const { id, command, urgent } = input;
        const known = this.#link(address, { kind: "command", tag: id, command, urgent });
        if (!known) this.#say(address, { kind: "done", id, answer: "lost" });
        break;
      }
      case "pair": {
        const { scbk, by, until } = input;
        const known = this.#link(address, { kind: "pair", scbk, by, until });
        if (!known) this.#say(address, { kind: "pairing-closed" });
        break;
      }
      case "pair-end":
        this.#link(address, { kind: "pair-end" });
        break;
      default:
        unreachable(input);
    }
  }

  /** The end of a wait for an answer, links that went offline, windows that closed. */
  passTime(): void {
    const silence = silenceAt(this.state.line);
    if (silence !== null && this.#now >= silence) {
      const { talk } = this.state.line;
      this.#line(letGo(this.state.line, this.#now));
      if (talk !== null) this.#link(talk.address, { kind: "silence" });
    }
    for (const { address, cp } of this.state.controllers) {
      const due = timeDue(cp);
      if (due !== null && due <= this.#now) this.#link(address, { kind: "time" });
    }
  }

  /** A turn may send nothing: then the next one is asked, each at most once. */
  giveTurns(): void {
    for (let asked = 0; asked < this.state.controllers.length; asked += 1) {
      const writable = writableAt(this.state.line);
      if (writable === null || writable > this.#now) return;
      const next = this.#next();
      if (next === null) return;
      const inARow = next.servedAt === this.state.turns ? this.state.inARow + 1 : 1;
      const turns = this.state.turns + 1;
      this.state = { ...this.state, turns, inARow };
      this.#at(next.address, (one) =>
        stepController({ ...one, servedAt: turns }, { kind: "turn" }, this.#now, this.#random),
      );
    }
  }

  #next(): ControllerState | null {
    const due = this.state.controllers.filter(({ cp }) => (turnDue(cp) ?? Number.POSITIVE_INFINITY) <= this.#now);
    const urgent = due.filter(({ cp }) => isUrgent(cp));
    if (urgent.length > 0) return longestWaiting(urgent);
    const { turns, inARow } = this.state;
    const telling = due.find(({ cp, servedAt }) => servedAt === turns && mayTellMore(cp));
    return telling !== undefined && inARow < BUS_LIMITS.turnsInARow ? telling : longestWaiting(due);
  }

  askForWake(): void {
    const { controllers, line, wakeAt } = this.state;
    const times = controllers.map(({ cp }) => timeDue(cp));
    const writable = writableAt(line);
    if (writable !== null) {
      for (const { cp } of controllers) {
        const due = turnDue(cp);
        times.push(due === null || due > writable ? due : writable);
      }
    }
    times.push(silenceAt(line), gapEnds(line.heard));
    const known = times.filter((each) => each !== null);
    if (known.length === 0) return;
    // Strictly later: what is due now was done in this step, and a gap ends only after its last millisecond.
    const at = Math.max(Math.min(...known), this.#now + 1) as Monotonic;
    if (wakeAt !== null && wakeAt > this.#now && wakeAt === at) return;
    this.state = { ...this.state, wakeAt: at };
    this.effects.push({ kind: "wake", at });
  }

  #hear(bytes: Uint8Array): void {
    if (!this.state.line.open) return;
    const { line, heard } = hear(this.state.line, bytes, this.#now);
    this.#line(line);
    for (const each of heard) this.#heard(each);
    const [first] = this.state.controllers;
    if (first !== undefined && isNoisy(line)) this.#at(first.address, (one) => alarm(one, "line-noise", this.#now));
  }

  #heard(heard: Heard): void {
    if (heard.kind === "foreign") {
      const [first] = this.state.controllers;
      const named = this.state.controllers.find(({ address }) => address === heard.address) ?? first;
      if (named !== undefined) this.#at(named.address, (one) => alarm(one, "foreign-cp", this.#now));
      return;
    }
    const { frame } = heard;
    this.#link(frame.address, { kind: "reply", frame });
    const answerer = this.state.controllers.find(({ address }) => address === frame.address);
    const { talk } = this.state.line;
    if (talk?.address === frame.address && answerer?.cp.exchange?.waiting !== true) {
      this.#line(letGo(this.state.line, this.#now));
    }
  }

  /** A port that closes takes every session with it; one that opens begins with a quiet line. */
  #port(open: boolean): void {
    if (open === this.state.line.open) return;
    this.#line(startLine(this.state.line.baud, open, this.#now));
    if (!open) for (const { address } of this.state.controllers) this.#link(address, { kind: "line-lost" });
  }

  #settings(settings: BusSettings): void {
    checkSettings(settings);
    const { line } = this.state;
    const { baud } = settings;
    if (baud !== line.baud) this.#line(startLine(baud, line.open, this.#now));
    for (const { address } of this.state.controllers) {
      const next = settings.controllers.find((each) => each.address === address);
      if (next !== undefined) this.#link(address, { kind: "settings", scbk: next.scbk, baud });
      else this.#dismiss(address);
    }
    const held = (each: BusController): ControllerState =>
      this.state.controllers.find(({ address }) => address === each.address) ?? startController(each, baud, this.#now);
    this.state = { ...this.state, id: settings.id, controllers: settings.controllers.map(held) };
    for (const { address, configure } of settings.controllers) {
      this.#at(address, (one) => configureController(one, configure, this.#now, this.#random));
    }
  }

  /** What waited for an answer of this Controller is told that none will come. */
  #dismiss(address: number): void {
    this.#link(address, { kind: "pair-end" });
    this.#link(address, { kind: "line-lost" });
  }

  #link(address: number, input: CpInput): boolean {
    return this.#at(address, (one) => stepController(one, input, this.#now, this.#random));
  }

  /** False: this bus has no Controller of that address. */
  #at(address: number, act: (one: ControllerState) => ControllerStep): boolean {
    const index = this.state.controllers.findIndex((each) => each.address === address);
    const one = this.state.controllers[index];
    if (one === undefined) return false;
    const { state, sends, events } = act(one);
    this.state = { ...this.state, controllers: this.state.controllers.with(index, state) };
    for (const event of events) this.#say(address, event);
    for (const bytes of sends) {
      invariant(writableAt(this.state.line) !== null, "only who has the line writes", { address });
      this.#line(talkTo(this.state.line, address, bytes, this.#now));
      this.effects.push({ kind: "write", bytes });
    }
    return true;
  }

  #say(address: number, event: Extract<BusEffect, { kind: "controller" }>["event"]): void {
    this.effects.push({ kind: "controller", address, event });
  }

  #line(line: BusLine): void {
    this.state = { ...this.state, line };
  }
}
