/**
 * The firmware of a Controller: one door's keypad, relay, inputs, LEDs and buzzer, as an OSDP PD.
 * Pure: bytes, pins, time and randomness come in; drives, bytes and what to store go out, in order.
 * It lets people out by itself (REX, fire) and ends every output by itself; who may come in is decided by the CP alone.
 * Not here: which pins they are (firmware-sim/board, hardware/boards), and the link's own rules (protocol/osdp/pd.ts).
 */
import { invariant, unreachable } from "@lintel/protocol/base/invariant.ts";
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import { SecretText } from "@lintel/protocol/base/secret.ts";
import { after, type Millis, type Monotonic } from "@lintel/protocol/base/units.ts";
import { LIMITS as OSDP } from "@lintel/protocol/osdp/limits.ts";
import {
  isIdle as isPdIdle,
  type PdEffect,
  type PdInput,
  skipIdle as skipPdIdle,
  startPd,
  stepPd,
} from "@lintel/protocol/osdp/pd.ts";
import { buzzerDue, loseLine, passBuzzerTime, SILENT } from "./buzzer.ts";
import { abandonFile, execute } from "./commands.ts";
import { changesAt, passTime, readRaw, settledAt } from "./debounce.ts";
import { BLANK_DISPLAY, displayDue } from "./display.ts";
import { driveOutputs, driveReader } from "./drive.ts";
import { capabilitiesOf, identityOf } from "./identity.ts";
import {
  exitAsInputsSay,
  inputChanged,
  record,
  rexAtBoot,
  tamperChanged,
  tellInputs,
  tellPanel,
  tellRing,
} from "./inputs.ts";
import {
  ALL_COLUMNS,
  type Key,
  type KeypadStep,
  keypadDue,
  passKeypadTime,
  readRows,
  restingKeypad,
} from "./keypad.ts";
import { LED_AT_BOOT, ledDue } from "./leds.ts";
import { LIMITS } from "./limits.ts";
import { outputsAtBoot, outputsDue } from "./outputs.ts";
import { listen, NOBODY_LISTENS } from "./report.ts";
import { EMPTY_RING, keepDropped } from "./ring.ts";
import { fitSettings } from "./settings.ts";
import {
  type ControllerEffect,
  type ControllerInput,
  type ControllerOptions,
  type ControllerState,
  change,
  isUnkeyed,
  see,
  store,
  type Turn,
} from "./state.ts";

export interface ControllerStep {
  readonly state: ControllerState;
  readonly effects: readonly ControllerEffect[];
}

/** One input, and all that is due by `now`. Never called with a `now` before the last one. */
export function stepController(
  state: ControllerState,
  input: ControllerInput,
  now: Monotonic,
  random: RandomBytes,
): ControllerStep {
  const turn: Turn = { state, effects: [], forLink: [], now, random };
  passAllTime(turn);
  take(turn, input);
  return end(turn);
}

/** The link is polled and has nothing to tell. */
export function isIdle({ pd }: ControllerState): boolean {
  return isPdIdle(pd);
}

/** Nobody polls it, and its link waits for nothing. */
export function isAsleep({ pd, pdWake }: ControllerState): boolean {
  return pd.lastFrameAt === null && pdWake === null;
}

/** The idle Controller after `length` ms of nothing but polls, for a model that leaves them out on both ends at once. */
export function skipIdle(state: ControllerState, length: Millis): ControllerState {
  return {
    ...state,
    pd: skipPdIdle(state.pd, length),
    pdWake: state.pdWake === null ? null : after(state.pdWake, length),
  };
}

/** Power comes: outputs are driven to their locked state before anything else is done. */
export function startController(options: ControllerOptions, now: Monotonic, random: RandomBytes): ControllerStep {
  const { size, flash } = options;
  invariant(
    size.outputs <= LIMITS.outputs && size.inputs <= LIMITS.inputs && size.leds <= LIMITS.leds,
    "a board is within its limits",
    { ...size },
  );
  invariant(options.levels.inputs.length === size.inputs, "every input has a level", { inputs: size.inputs });
  invariant(fitSettings(flash.door, size).ok, "the stored settings fit the board");
  invariant(!options.clear || flash.scbk === null, "a Controller with an SCBK never speaks in clear");
  const turn: Turn = { state: atBoot(options, now), effects: [], forLink: [], now, random };
  driveOutputs(turn);
  turn.effects.push({ kind: "drive", drive: { kind: "columns", columns: ALL_COLUMNS } });
  driveReader(turn);
  store(turn, { boots: (flash.boots + 1) % 2 ** 32 });
  record(turn, { kind: "boot" });
  rexAtBoot(turn);
  exitAsInputsSay(turn);
  return end(turn);
}

function atBoot(options: ControllerOptions, now: Monotonic): ControllerState {
  const { serial, size, reader, flash, install, clear, levels } = options;
  const { address, baud } = flash.line ?? options;
  const pd = startPd(
    {
      address,
      baud,
      identity: identityOf(serial),
      capabilities: capabilitiesOf(size, reader, { clear, install }),
      scbk: flash.scbk,
      install,
      clear,
    },
    now,
  );
  return {
    options,
    flash,
    pd,
    pdWake: null,
    online: false,
    session: null,
    inputs: levels.inputs.map((level) => settledAt(level, now)),
    tamper: settledAt(levels.tamper, now),
    keypad: restingKeypad(now),
    outputs: outputsAtBoot(size.outputs, flash.door.strike.output),
    leds: Array.from({ length: size.leds }, () => LED_AT_BOOT),
    buzzer: SILENT,
    display: BLANK_DISPLAY,
    file: null,
    ring: EMPTY_RING,
    report: NOBODY_LISTENS,
    driven: {
      energised: Array.from({ length: size.outputs }, () => null),
      released: Array.from({ length: size.outputs }, () => null),
      leds: Array.from({ length: size.leds }, () => null),
      buzzer: null,
      text: "",
    },
  };
}

function take(turn: Turn, input: ControllerInput): void {
  const { state, now } = turn;
  switch (input.kind) {
    case "time":
      return;
    case "serial":
      feedLink(turn, { kind: "bytes", bytes: input.bytes });
      return;
    case "rows":
      keypadStepped(turn, readRows(state.keypad, input.rows, now));
      return;
    case "tamper":
      change(turn, { tamper: readRaw(state.tamper, input.on, now) });
      return;
    case "card":
      cardRead(turn, input);
      return;
    case "input":
      invariant(input.input < state.inputs.length, "the board has this input", { input: input.input });
      change(turn, {
        inputs: state.inputs.map((pin, number) => (number === input.input ? readRaw(pin, input.active, now) : pin)),
      });
      return;
    default:
      unreachable(input);
  }
}

/** Everything whose time has come. The exits first: nothing else may hold them up. */
function passAllTime(turn: Turn): void {
  const { state, now } = turn;
  state.inputs.forEach((pin, input) => {
    const passed = passTime(pin, now);
    if (passed === pin) return;
    change(turn, { inputs: turn.state.inputs.map((each, number) => (number === input ? passed : each)) });
    inputChanged(turn, input, passed.level);
  });
  driveOutputs(turn);
  const tamper = passTime(state.tamper, now);
  if (tamper !== state.tamper) {
    change(turn, { tamper });
    tamperChanged(turn, tamper.level);
  }
  keypadStepped(turn, passKeypadTime(state.keypad, now));
  change(turn, { buzzer: passWholeTune(turn) });
  driveReader(turn);
  if (state.pdWake !== null && now >= state.pdWake) {
    change(turn, { pdWake: null });
    feedLink(turn, { kind: "time" });
  }
  tellRing(turn);
}

function passWholeTune({ state, now }: Turn) {
  let buzzer = state.buzzer;
  for (let next = passBuzzerTime(buzzer, now); next !== buzzer; next = passBuzzerTime(buzzer, now)) buzzer = next;
  return buzzer;
}

function keypadStepped(turn: Turn, step: KeypadStep): void {
  change(turn, { keypad: step.state });
  if (step.columns !== null) turn.effects.push({ kind: "drive", drive: { kind: "columns", columns: step.columns } });
  for (const key of step.keys) keyPressed(turn, key);
}

/** Whether anybody is sent it is the link's rule; it says how many were dropped. */
function keyPressed(turn: Turn, key: Key): void {
  see(turn, { kind: "key", key: new SecretText(key) });
  const reply = { name: "KEYPAD", reader: 0, keys: Uint8Array.of(osdpKey(key)) } as const;
  turn.forLink.push({ kind: "queue", reply, expires: after(turn.now, OSDP.osdpKeypressAge) });
}

/** Told as it came, and never kept longer than a keypress: nobody stands there any more. */
function cardRead(turn: Turn, { bits, card }: Extract<ControllerInput, { kind: "card" }>): void {
  invariant(turn.state.options.reader?.cards === true && bits <= LIMITS.cardBits, "a card reader read it", { bits });
  see(turn, { kind: "card", bits });
  const reply = { name: "RAW", reader: 0, format: 0, bits, card } as const;
  turn.forLink.push({ kind: "queue", reply, expires: after(turn.now, OSDP.osdpKeypressAge) });
}

/** facts osdp 4: digits as ASCII, `*` and `#` as what older keypads sent for clear and enter. */
function osdpKey(key: Key): number {
  if (key === "*") return 0x7f;
  return key === "#" ? 0x0d : key.charCodeAt(0);
}

/** Steps the link machine, and does what it asks in its order. A command is answered before anything else is fed. */
function feedLink(turn: Turn, input: PdInput): void {
  const step = stepPd(turn.state.pd, input, turn.now, turn.random);
  change(turn, { pd: step.state });
  for (const effect of step.effects) linkEffect(turn, effect);
}

function linkEffect(turn: Turn, effect: PdEffect): void {
  switch (effect.kind) {
    case "send":
      turn.effects.push({ kind: "send", bytes: effect.bytes });
      return;
    case "execute":
      feedLink(turn, { kind: "answer", reply: execute(turn, effect.command) });
      return;
    case "keyed":
      store(turn, { scbk: effect.scbk });
      tellTrueCapabilities(turn);
      see(turn, { kind: "keyed" });
      return;
    case "comset":
      store(turn, { line: { address: effect.address, baud: effect.baud } });
      return;
    case "moved":
      see(turn, { kind: "line", address: effect.address, baud: effect.baud });
      return;
    case "link":
      linkChanged(turn, effect.online);
      return;
    case "secure":
      if (!effect.on) abandonFile(turn);
      change(turn, { session: effect.on ? effect.key : null });
      see(turn, { kind: "secure", on: effect.on, key: effect.key });
      listenersChanged(turn);
      return;
    case "dropped-keypresses":
      change(turn, { ring: keepDropped(turn.state.ring, effect.count, turn.state.report.sentUpTo, turn.now) });
      see(turn, { kind: "keys-dropped", count: effect.count });
      tellRing(turn);
      return;
    case "counted":
      return;
    case "wake":
      change(turn, { pdWake: effect.at });
      return;
    default:
      unreachable(effect);
  }
}

/** An installed key ends install mode, and with it the claim that SCBK-D is taken. */
function tellTrueCapabilities(turn: Turn): void {
  const { pd, options } = turn.state;
  const capabilities = capabilitiesOf(options.size, options.reader, { clear: options.clear, install: false });
  change(turn, { pd: { ...pd, settings: { ...pd.settings, capabilities } } });
}

function linkChanged(turn: Turn, online: boolean): void {
  if (!online) abandonFile(turn);
  change(turn, { online, buzzer: online ? turn.state.buzzer : loseLine(turn.state.buzzer) });
  see(turn, { kind: "link", online });
  driveReader(turn);
  listenersChanged(turn);
}

/** A new listener is told everything from the start: states as they are, events from the oldest. */
function listenersChanged(turn: Turn): void {
  const { state } = turn;
  const inClear = state.online && state.options.clear;
  const ring = inClear || (state.session === "scbk" && state.online);
  const states = ring || (state.online && isUnkeyed(state) && state.session === null);
  if (states === state.report.states && ring === state.report.ring) return;
  const begins = (states && !state.report.states) || (ring && !state.report.ring);
  change(turn, { report: listen(state.report, { states, ring }) });
  if (!begins) return;
  // What the last listener did not fetch is old by now.
  turn.forLink.push({ kind: "withdraw", names: ["LSTATR", "ISTATR", "MFGREP"] });
  tellPanel(turn);
  tellInputs(turn);
  tellRing(turn);
}

function end(turn: Turn): ControllerStep {
  // What was queued during an answer comes after it.
  for (let next = turn.forLink.shift(); next !== undefined; next = turn.forLink.shift()) feedLink(turn, next);
  turn.effects.push({ kind: "wake", at: nextWake(turn.state, turn.now) });
  return { state: turn.state, effects: turn.effects };
}

/** When its firmware is to be woken; null: not until something is done to it. */
export function nextWake(state: ControllerState, now: Monotonic): Monotonic | null {
  return earliest([state.pdWake, nextOwnWake(state, now)]);
}

/** When something of the Controller's own is due; what its link waits for is not asked. */
export function nextOwnWake(state: ControllerState, now: Monotonic): Monotonic | null {
  return earliest([
    ...state.inputs.map(changesAt),
    changesAt(state.tamper),
    keypadDue(state.keypad),
    outputsDue(state.outputs, now),
    ...state.leds.map((led) => ledDue(led, now)),
    buzzerDue(state.buzzer),
    displayDue(state.display, now),
    state.report.againAt,
  ]);
}

function earliest(dues: readonly (Monotonic | null)[]): Monotonic | null {
  return dues.reduce((first, due) => (due !== null && (first === null || due < first) ? due : first), null);
}
