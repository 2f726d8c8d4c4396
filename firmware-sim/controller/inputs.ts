/**
 * What follows when an input counts as changed: REX and fire move the strike first, by themselves, whether or not an edge
 * listens; then it goes into the ring, and then to the CP.
 */
import { after } from "@lintel/protocol/base/units.ts";
import type { InputState, Reply } from "@lintel/protocol/osdp/replies.ts";
import { driveOutputs } from "./drive.ts";
import { LIMITS } from "./limits.ts";
import { pressRex } from "./outputs.ts";
import { pushRing } from "./report.ts";
import { keep, type LocalEvent } from "./ring.ts";
import { type ControllerState, change, see, type Turn } from "./state.ts";

/** The debounced level of `input` has changed. */
export function inputChanged(turn: Turn, input: number, active: boolean): void {
  const { door } = turn.state.flash;
  if (door.rex?.input === input) rexChanged(turn, active);
  if (door.fire?.input === input) fireChanged(turn, active);
  if (door.contact?.input === input) {
    see(turn, { kind: "contact", input, open: active });
    record(turn, { kind: "contact", on: active });
  }
  tellInputs(turn);
}

/** Only the press counts: a stuck button must not hold the door open. */
function rexChanged(turn: Turn, pressed: boolean): void {
  if (pressed) driveForRex(turn);
  see(turn, { kind: "rex", pressed });
  if (pressed) record(turn, { kind: "rex" });
}

function driveForRex(turn: Turn): void {
  const { outputs, flash } = turn.state;
  if (flash.door.rex === null) return;
  change(turn, { outputs: pressRex(outputs, flash.door.rex.release, turn.now) });
  driveOutputs(turn);
}

function fireChanged(turn: Turn, on: boolean): void {
  change(turn, { outputs: { ...turn.state.outputs, fire: on } });
  driveOutputs(turn);
  see(turn, { kind: "fire", on });
  record(turn, { kind: "fire", on });
}

export function tamperChanged(turn: Turn, on: boolean): void {
  see(turn, { kind: "tamper", on });
  record(turn, { kind: "tamper", on });
  tellPanel(turn);
}

/** The inputs as they are found, at power-on and when the settings say anew what they mean. */
export function exitAsInputsSay(turn: Turn): void {
  const { state } = turn;
  const { fire } = state.flash.door;
  const burns = fire !== null && state.inputs[fire.input]!.level;
  if (burns !== state.outputs.fire) fireChanged(turn, burns);
}

/** Somebody may be pressing REX while the power returns. */
export function rexAtBoot(turn: Turn): void {
  const { rex } = turn.state.flash.door;
  if (rex !== null && turn.state.inputs[rex.input]!.level) rexChanged(turn, true);
}

/** Into the ring, and out of it if somebody listens. */
export function record(turn: Turn, event: LocalEvent): void {
  change(turn, { ring: keep(turn.state.ring, event, turn.now) });
  tellRing(turn);
}

export function tellRing(turn: Turn): void {
  const { report, ring, flash } = turn.state;
  const push = pushRing(report, ring, flash.boots, turn.now);
  change(turn, { report: push.report });
  if (push.reply !== null) tell(turn, push.reply);
}

export function tellInputs(turn: Turn): void {
  if (!turn.state.report.states) return;
  tell(turn, { name: "ISTATR", inputs: inputStates(turn.state) });
}

/** Tamper and power. */
export function tellPanel(turn: Turn): void {
  if (!turn.state.report.states) return;
  tell(turn, { name: "LSTATR", tamper: turn.state.tamper.level, powerFailed: false });
}

/** What nobody fetched in time is stale: states are told anew in the next session, the ring by its own clock. */
function tell(turn: Turn, reply: Reply): void {
  turn.forLink.push({ kind: "queue", reply, expires: after(turn.now, LIMITS.reportFresh) });
}

export function inputStates(state: ControllerState): InputState[] {
  return state.inputs.map(({ level }) => (level ? "active" : "inactive"));
}
