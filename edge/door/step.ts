/**
 * The whole life of one door. Same arguments, same answer: no clock, no promise, no other door.
 * Not here: whether a code opens it (edge/access), what makes a record durable (edge/journal), and whether it is to be
 * held open (hold.ts).
 */
import { unreachable } from "@lintel/protocol/base/invariant.ts";
import { after, type Millis, type Monotonic, monotonic } from "@lintel/protocol/base/units.ts";
import { EMPTY_ENTRY, expire, type } from "./code-entry.ts";
import {
  type DoorEffect,
  type DoorInput,
  type DoorSettings,
  type DoorState,
  type DoorStep,
  type Found,
  type Judged,
  recordOf,
} from "./door.ts";
import {
  FAULT_LIGHT,
  grantedLight,
  type Light,
  LOCKED_OUT_LIGHT,
  REFUSED_LIGHT,
  TONES,
  type Tone,
} from "./feedback.ts";
import { keepUses } from "./give-back.ts";
import {
  type AwaitedOpening,
  ageLeaf,
  awaitOpening,
  expectOpening,
  findLeaf,
  forgive,
  type LeafStep,
  leafWake,
  moveLeaf,
  UNKNOWN_LEAF,
} from "./leaf.ts";
import { driveLease, drivenFor, holdOpen, leaseWake, NOT_HELD, recallLease, steadyLight } from "./lease.ts";
import { LIMITS } from "./limits.ts";

const NOTHING_FOUND: Found = { open: null, tamper: null, fire: null };

export function startDoor(settings: DoorSettings): DoorState {
  return {
    settings,
    online: null,
    settledAt: monotonic(0),
    entry: EMPTY_ENTRY,
    leaf: UNKNOWN_LEAF,
    tamper: false,
    fire: false,
    hold: NOT_HELD,
    found: NOTHING_FOUND,
  };
}

/** `now` never decreases from step to step; `happened` of an input lies at or before it. */
export function stepDoor(state: DoorState, input: DoorInput, now: Monotonic): DoorStep {
  const step = stepInput({ ...state, entry: expire(state.entry, now) }, input, now);
  const wake = nextWake(step.state, now);
  return wake === null ? step : { state: step.state, effects: [...step.effects, { kind: "wake", at: wake }] };
}

function stepInput(state: DoorState, input: DoorInput, now: Monotonic): DoorStep {
  switch (input.kind) {
    case "keys":
      return stepKeys(state, input, now);
    case "judged":
      return input.decision.outcome === "grant" ? grant(state, input, now) : deny(state, input, now);
    case "recalled": {
      // What it used up stays so: nobody knows what the door did while there was no edge.
      const { key, user, happened, release } = input;
      const expecting = expectTaker(state, { key, user, use: null }, happened, release);
      return withLeaf(drivenFor(state, happened, release), expecting);
    }
    case "hold":
      return holdOpen(state, input.open, now);
    case "lease-recalled":
      return recallLease(state, now);
    case "fault":
      return { state, effects: shown(FAULT_LIGHT, TONES.fault) };
    case "locked-out":
      return { state, effects: shown(LOCKED_OUT_LIGHT, TONES.lockedOut) };
    case "contact":
      return stepContact(state, input);
    case "found":
      return { state: { ...state, found: merged(state.found, input.found) }, effects: [] };
    case "rex":
      return exit(state, input);
    case "tamper":
      return stepTamper(state, input);
    case "fire":
      return stepFire(state, input);
    case "link":
      return stepLink(state, input.online, now);
    case "settings":
      // A half-typed entry belongs to the rules it was begun under.
      return { state: { ...state, settings: input.settings, entry: EMPTY_ENTRY }, effects: [] };
    case "time": {
      const leased = driveLease(state, now);
      return settled(state, now) ? following(leased, age(leased.state, input.heardAt ?? null, now)) : leased;
    }
    default:
      return unreachable(input);
  }
}

function shown(light: Light, tone: Tone): readonly DoorEffect[] {
  return [
    { kind: "led", light },
    { kind: "buzzer", tone },
  ];
}

type InputOf<K extends DoorInput["kind"]> = Extract<DoorInput, { kind: K }>;

function stepKeys(state: DoorState, { keys }: InputOf<"keys">, now: Monotonic): DoorStep {
  // Without a session there is nobody whose keypresses these could be (domain-rules, "What happens while the line is down").
  if (state.online !== true) return unchanged(state);
  const { entry, submitted } = type(state.entry, keys, state.settings.codeEntry, now);
  return { state: { ...state, entry }, effects: submitted.map((digits) => ({ kind: "judge", entry: digits })) };
}

/** Entry: durable first. A power cut may waste a use, never repeat one (d7.1). */
function grant(state: DoorState, { decision, fingerprint }: InputOf<"judged">, now: Monotonic): DoorStep {
  const { key, user } = decision;
  const release = decision.release ?? state.settings.strike.release;
  const effects: DoorEffect[] = [
    {
      kind: "record",
      record: {
        event: "granted",
        happened: now,
        reasons: [],
        key,
        user,
        fingerprint,
        detail: {
          ...viaDetail(decision.via),
          releaseMs: release,
          ...skippedDetail(decision),
          ...(state.hold.open ? { heldOpen: true } : {}),
        },
      },
    },
    { kind: "strike", release },
    { kind: "led", light: grantedLight(release) },
    { kind: "buzzer", tone: TONES.granted },
  ];
  const awaited = expectTaker(state, { key, user, use: decision.consumes ?? null }, now, release);
  return {
    state: drivenFor({ ...state, leaf: awaited.leaf }, now, release),
    effects: [...effects, ...awaited.effects],
  };
}

/** From `from` an opening is expected, and whose it is. */
function expectTaker(
  { leaf, settings }: DoorState,
  who: Omit<AwaitedOpening, "until">,
  from: Monotonic,
  release: Millis,
): LeafStep {
  const expecting = expectOpening(leaf, from, release);
  if (settings.contact === null) return { leaf: expecting, effects: [] };
  const until = after(after(from, release), LIMITS.releaseSlack);
  return awaitOpening(expecting, { ...who, until }, from);
}

/** Whatever the reason, the same to see and to hear (d2.4). */
function deny(state: DoorState, { decision, fingerprint }: InputOf<"judged">, now: Monotonic): DoorStep {
  const { key, user, reasons, via } = decision;
  return {
    state,
    effects: [
      {
        kind: "record",
        record: { event: "denied", happened: now, reasons, key, user, fingerprint, detail: viaDetail(via) },
      },
      { kind: "led", light: REFUSED_LIGHT },
      { kind: "buzzer", tone: TONES.refused },
    ],
  };
}

/** Codes of a token that will never be typed now: somebody pressed it often, or it was copied. */
function skippedDetail({ moves }: Judged): Readonly<Record<string, number>> {
  return moves == null || moves.skipped === 0 ? {} : { skipped: moves.skipped };
}

function viaDetail(via: string | null): Readonly<Record<string, string>> {
  return via === null ? {} : { via };
}

/** Exit: the strike first. People can always get out, also when the disk is full. */
function exit(state: DoorState, { driven, happened }: InputOf<"rex">): DoorStep {
  const { release } = state.settings.strike;
  const record = recordOf("rex", happened);
  const expecting = { ...state, leaf: expectOpening(state.leaf, happened, release) };
  // What the Controller drives for an exit is its own: no re-lock of ours ends it.
  if (driven) return { state: expecting, effects: [record] };
  return { state: drivenFor(expecting, happened, release), effects: [{ kind: "strike", release }, record] };
}

function stepContact(state: DoorState, { open, happened }: InputOf<"contact">): DoorStep {
  if (state.settings.contact === null) return unchanged(state);
  const told: DoorState = { ...state, found: { ...state.found, open: null } };
  return withLeaf(told, moveLeaf(state.leaf, open, happened, state));
}

function stepTamper(state: DoorState, { on, happened }: InputOf<"tamper">): DoorStep {
  const told: DoorState = { ...state, tamper: on, found: { ...state.found, tamper: null } };
  if (on === state.tamper) return unchanged(told);
  return { state: told, effects: [recordOf(on ? "tamper" : "tamper-cleared", happened)] };
}

function stepFire(before: DoorState, { on, happened }: InputOf<"fire">): DoorStep {
  const state: DoorState = { ...before, found: { ...before.found, fire: null } };
  if (on === state.fire) return unchanged(state);
  // A leaf left open under fire is held open from the moment it should be closed again.
  const told = forgive(state.leaf, happened);
  const turned: DoorState = { ...state, fire: on, leaf: told.leaf };
  return {
    state: turned,
    effects: [
      recordOf(on ? "fire" : "fire-cleared", happened),
      ...told.effects,
      { kind: "led", light: steadyLight(turned) },
    ],
  };
}

/** Both ways the entry begins anew: what was typed before belongs to somebody who may have left. */
function stepLink(state: DoorState, online: boolean, now: Monotonic): DoorStep {
  const hold = { ...state.hold, renewAt: null };
  const fresh: DoorState = { ...state, online, hold, entry: EMPTY_ENTRY, found: NOTHING_FOUND };
  if (!online) {
    const away: DoorState = { ...fresh, leaf: keepUses(fresh.leaf) };
    return state.online === false ? unchanged(away) : { state: away, effects: [recordOf("offline", now)] };
  }
  const settling: DoorState = { ...fresh, settledAt: after(now, LIMITS.sessionSettle) };
  // A session that is new may be one with a Controller that has started anew: the lease is taken whatever was thought.
  const leased = driveLease(settling, now);
  const effects: DoorEffect[] = [...leased.effects];
  if (state.online !== true) effects.push(recordOf("online", now));
  effects.push({ kind: "led", light: steadyLight(state) });
  return { state: leased.state, effects };
}

/** What only time brings: nothing explained what the session found, so it stands for itself; then the leaf's limits. */
function age(state: DoorState, heardAt: Monotonic | null, now: Monotonic): DoorStep {
  const { open, tamper, fire } = state.found;
  const inputs: DoorInput[] = [];
  if (fire !== null) inputs.push({ kind: "fire", on: fire, happened: now });
  if (tamper !== null) inputs.push({ kind: "tamper", on: tamper, happened: now });
  let step: DoorStep = { state: { ...state, found: NOTHING_FOUND }, effects: [] };
  for (const input of inputs) step = following(step, stepInput(step.state, input, now));
  if (open !== null && state.settings.contact !== null) {
    step = following(step, withLeaf(step.state, findLeaf(step.state.leaf, open, now, step.state)));
  }
  return following(step, withLeaf(step.state, ageLeaf(step.state.leaf, now, { ...step.state, heardAt })));
}

function following(first: DoorStep, second: DoorStep): DoorStep {
  return { state: second.state, effects: [...first.effects, ...second.effects] };
}

/** What two answers of the same session found together. */
function merged(held: Found, more: Found): Found {
  return { open: more.open ?? held.open, tamper: more.tamper ?? held.tamper, fire: more.fire ?? held.fire };
}

function withLeaf(state: DoorState, step: LeafStep): DoorStep {
  return { state: { ...state, leaf: step.leaf }, effects: step.effects };
}

function unchanged(state: DoorState): DoorStep {
  return { state, effects: [] };
}

/** Whether the past is known up to now: the session stands, and the Controller had time to tell what it kept. */
function settled(state: DoorState, now: Monotonic): boolean {
  return state.online === true && now >= state.settledAt;
}

/** When `time` has something to do; null: not until something happens. */
function nextWake(state: DoorState, now: Monotonic): Monotonic | null {
  const times: Monotonic[] = [];
  if (state.entry.until !== null) times.push(state.entry.until);
  const lease = leaseWake(state, now);
  if (lease !== null) times.push(lease);
  if (state.online === true) {
    const { open, tamper, fire } = state.found;
    const untold = open !== null || tamper !== null || fire !== null;
    const leaf = untold ? state.settledAt : leafWake(state.leaf, state);
    if (leaf !== null) times.push(leaf > state.settledAt ? leaf : state.settledAt);
  }
  const first = times.length === 0 ? null : times.reduce((a, b) => (a < b ? a : b));
  return first !== null && first < now ? now : first;
}
