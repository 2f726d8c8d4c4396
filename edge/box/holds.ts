/**
 * What holds the doors of this edge open or shut: when it is asked, what of it is durable, what is recorded. The level
 * itself is edge/door/hold.ts's. Opening waits for the disk, re-locking does not (domain-rules, "When the disk fails").
 */

import { toHex } from "@lintel/protocol/base/bytes.ts";
import { after, between, type Millis, type Monotonic, millis } from "@lintel/protocol/base/units.ts";
import type { Mode } from "@lintel/protocol/base/words.ts";
import type { ActOutcome, DoorAct } from "@lintel/protocol/mqtt/command.ts";
import type { NewRecord } from "@lintel/protocol/mqtt/record.ts";
import { sha256 } from "@noble/hashes/sha2.js";
import { type HeldDoor, type HeldKeyset, hoursOf, withModes } from "../access/hold.ts";
import {
  ageHold,
  arm,
  commandMode,
  type Hold,
  type HoldCause,
  type HoldRules,
  type HoldState,
  holdAt,
  type Moment,
  modeOf,
  NOTHING_HELD,
  type Override,
  overrideAt,
  recallHold,
  sameHold,
  setOverride,
  settleHold,
} from "../door/hold.ts";
import type { ClockMark } from "./clock-trust.ts";
import type { EdgeEvent } from "./events.ts";
import { LIMITS } from "./limits.ts";
import type { StoreChange, StoredHold } from "./ports.ts";
import type { Recorder } from "./recorder.ts";
import type { EdgeTime } from "./time.ts";

export interface HoldsOptions {
  readonly time: EdgeTime;
  readonly recorder: Recorder;
  readonly stored: readonly StoredHold[];
  /** The last sign of life before this start. */
  readonly mark: ClockMark | null;
  /** The door is to be held open from now on, or no longer. Said when it changes. */
  readonly act: (door: string, open: boolean) => void;
  readonly tell: (event: EdgeEvent) => void;
}

/** How one door is held now, for who asks. */
export interface HeldView {
  readonly mode: Mode;
  readonly open: boolean;
  readonly cause: HoldCause;
  readonly override: Override | null;
}

interface One {
  rules: HoldRules;
  state: HoldState;
  /** As it is stored, or on its way there. */
  stored: HoldState;
  open: boolean;
  cause: HoldCause;
  lookAt: Monotonic | null;
}

export class Holds {
  readonly #options: HoldsOptions;
  readonly #doors = new Map<string, One>();
  /** What was stored of doors that no keyset has named yet. */
  readonly #recalled: Map<string, HoldState>;
  #keyset: HeldKeyset | null = null;
  #effective: HeldKeyset | null = null;

  constructor(options: HoldsOptions) {
    this.#options = options;
    const gap = gapSince(options.mark, options.time);
    this.#recalled = new Map();
    for (const { door, hold } of options.stored) {
      const recalled = recallHold(hold, gap);
      this.#recalled.set(door, recalled);
      // Durable at once: the next start, soon after this one, must not find it armed again.
      if (recalled.armed.length !== hold.armed.length) this.#store(door, recalled);
    }
  }

  /** The keyset in force, with the modes in force. */
  get keyset(): HeldKeyset | null {
    return this.#effective;
  }

  get wakeAt(): Monotonic | null {
    const times = [...this.#doors.values()].flatMap(({ lookAt }) => (lookAt === null ? [] : [lookAt]));
    return times.length === 0 ? null : times.reduce((a, b) => (a < b ? a : b));
  }

  /** A keyset comes into force. Nothing acts before `look`. */
  settle(keyset: HeldKeyset): void {
    this.#keyset = keyset;
    for (const id of [...this.#doors.keys(), ...this.#recalled.keys()]) if (!keyset.doors.has(id)) this.#forget(id);
    for (const [id, door] of keyset.doors) {
      const rules = rulesOf(door, keyset);
      const held = this.#doors.get(id);
      const before = held?.state ?? this.#recalled.get(id) ?? NOTHING_HELD;
      const state = settleHold(rules, before);
      this.#recalled.delete(id);
      if (held !== undefined) Object.assign(held, { rules, state });
      else {
        const cause: HoldCause = { kind: "outside" };
        this.#doors.set(id, { rules, state, stored: before, open: false, cause, lookAt: null });
      }
      if (before.mode !== null && state.mode === null) this.#note(id, "mode", { mode: rules.mode, by: "keyset" });
    }
    this.#applyModes();
  }

  /** Whether this edge, in its life before, may have held the strike of this door. */
  mayBeLeased(id: string): boolean {
    const state = this.#doors.get(id)?.state;
    return state !== undefined && (state.started || state.override?.state === "unlock");
  }

  view(id: string): HeldView | null {
    const one = this.#doors.get(id);
    if (one === undefined) return null;
    const { rules, state, open, cause } = one;
    return { mode: modeOf(rules, state), open, cause, override: overrideAt(rules, state, this.#moment()) };
  }

  time(): void {
    const now = this.#options.time.monotonic;
    for (const [id, { lookAt }] of this.#doors) if (lookAt !== null && lookAt <= now) this.#look(id);
  }

  /** The clock, or the keyset, is another than it was. */
  look(): void {
    for (const id of this.#doors.keys()) this.#look(id);
  }

  /** A key was granted, and that is durable. */
  granted(id: string, key: string | null): void {
    const one = this.#doors.get(id);
    const who = key === null ? null : (this.#keyset?.keys.get(key) ?? null);
    if (one === undefined) return;
    const state = arm(one.rules, one.state, who, this.#moment());
    if (state === one.state) return;
    one.state = state;
    this.#look(id);
  }

  /** `done`: the record and the state are durable, and the door does it. */
  execute(
    act: Extract<DoorAct, { kind: "mode" | "override" }>,
    by: string,
    changes: readonly StoreChange[],
  ): ActOutcome {
    const one = this.#doors.get(act.door);
    if (one === undefined) return { kind: "refused", why: "unknown-door" };
    const { rules } = one;
    if (act.kind === "mode") {
      const kept = { event: "mode", detail: { mode: act.mode, by }, changes } as const;
      return this.#keep(act.door, commandMode(rules, one.state, act.mode), kept);
    }
    const set = setOverride(rules, one.state, { state: act.state, until: act.until, by }, this.#moment());
    if (!set.ok) return { kind: "refused", why: set.error };
    const { override } = set.value;
    const until = override === null ? null : { until: new Date(override.until).toISOString() };
    return this.#keep(act.door, set.value, {
      event: "override",
      detail: { state: act.state, ...until, by },
      changes,
    });
  }

  /** The record, the state and `changes`: durable together, or nothing of it is done. */
  #keep(
    id: string,
    state: HoldState,
    {
      event,
      detail,
      changes,
    }: Pick<NewRecord, "detail"> & {
      readonly event: "mode" | "override";
      readonly changes: readonly StoreChange[];
    },
  ): ActOutcome {
    const one = this.#doors.get(id)!;
    if (!this.#options.recorder.keep([this.#recordOf(id, event, detail)], [changeOf(id, state), ...changes])) {
      // A transaction that failed may stand on the disk all the same: what is in force is written over it.
      this.#store(id, one.state);
      return { kind: "refused", why: "hardware-fault" };
    }
    one.state = state;
    one.stored = state;
    if (event === "mode") this.#applyModes();
    this.#look(id);
    return { kind: "done" };
  }

  /** Asks for the level, and does what follows from it. Nothing changed: nothing is done. */
  #look(id: string): void {
    const one = this.#doors.get(id)!;
    const moment = this.#moment();
    one.state = ageHold(one.rules, one.state, moment);
    const hold = holdAt(one.rules, one.state, moment);
    const begins = hold.hours !== null && !one.state.started;
    const waits = begins && !this.#begin(id, one, hold);
    const open = hold.open && (!waits || hold.cause.kind === "override");
    this.#act(id, one, open, hold.cause);
    if (hold.hours === null && one.state.started) this.#end(id, one, hold);
    else if (!waits && !sameHold(one.state, one.stored)) this.#store(id, one.state);
    one.lookAt = this.#lookAt(hold, moment, waits);
  }

  /** Hours open the door only once that is on the disk. */
  #begin(id: string, one: One, { hours }: Hold): boolean {
    const state: HoldState = { ...one.state, started: true };
    const { kind, ...which } = hours!;
    const record = this.#recordOf(id, "hours-started", { by: kind, ...which });
    if (!this.#options.recorder.keep([record], [changeOf(id, state)])) return false;
    one.state = state;
    one.stored = state;
    return true;
  }

  /** The door is locked by now; what the disk does not take waits for it. */
  #end(id: string, one: One, { cause, open }: Hold): void {
    const why = !open && (["override", "mode", "clock"] as const).find((kind) => kind === cause.kind);
    one.state = { ...one.state, started: false };
    one.stored = one.state;
    const record = this.#recordOf(id, "hours-ended", { why: why || "end" });
    this.#options.recorder.record({ records: [record], changes: [changeOf(id, one.state)] });
  }

  #act(id: string, one: One, open: boolean, cause: HoldCause): void {
    const before = { open: one.open, kind: one.cause.kind };
    Object.assign(one, { open, cause });
    if (open !== before.open) this.#options.act(id, open);
    const told = open === before.open && (!open || cause.kind === before.kind);
    if (!told) this.#options.tell({ event: "hold", door: id, open, cause: cause.kind });
  }

  #lookAt({ until }: Hold, { at }: Moment, waits: boolean): Monotonic | null {
    const { monotonic } = this.#options.time;
    if (waits) return after(monotonic, LIMITS.storeRetry);
    // At least 1 ms on: a time that was rounded down must not bring us here again at once, for ever.
    return until === null ? null : after(monotonic, millis(Math.max(1, between(at, until))));
  }

  #applyModes(): void {
    const modes = [...this.#doors].map(([id, { rules, state }]) => [id, modeOf(rules, state)] as const);
    this.#effective = this.#keyset === null ? null : withModes(this.#keyset, new Map(modes));
  }

  #forget(id: string): void {
    if (this.#doors.get(id)?.state.started === true) this.#note(id, "hours-ended", { why: "door-removed" });
    this.#doors.delete(id);
    this.#recalled.delete(id);
    this.#options.recorder.record({ records: [], changes: [{ kind: "hold", door: id, hold: null }] });
  }

  #store(id: string, hold: HoldState): void {
    const one = this.#doors.get(id);
    if (one !== undefined) one.stored = hold;
    this.#options.recorder.record({ records: [], changes: [changeOf(id, hold)] });
  }

  #note(id: string, event: NewRecord["event"], detail: NewRecord["detail"]): void {
    this.#options.recorder.record({ records: [this.#recordOf(id, event, detail)] });
  }

  #recordOf(door: string, event: NewRecord["event"], detail: NewRecord["detail"]): NewRecord {
    const { at, clock } = this.#moment();
    return { at, clock, door, event, reasons: [], key: null, user: null, fingerprint: null, detail };
  }

  #moment(): Moment {
    return { at: this.#options.time.now, clock: this.#options.time.trust };
  }
}

function changeOf(door: string, hold: HoldState): StoreChange {
  return { kind: "hold", door, hold };
}

/** How long this edge was gone. Null: there was none before, or nobody can say what time it is. */
function gapSince(mark: ClockMark | null, time: EdgeTime): Millis | null {
  if (mark === null || time.trust === "floor-only") return null;
  return between(mark.now, time.now);
}

const NO_FIRST_IN: HoldRules["firstIn"] = { required: false, grace: millis(0), who: [] };

function rulesOf(held: HeldDoor, { keyset }: HeldKeyset): HoldRules {
  const { id, timezone, businessHours, mode, clockUnknown } = held.door;
  const holidays = keyset.holidays.filter(({ doors }) => doors.includes(id));
  const days = holidays.map(({ date, yearly, hours }) => ({ date, yearly, hours }));
  const text = JSON.stringify({ timezone, businessHours, days });
  return {
    hours: hoursOf(held),
    firstIn: businessHours?.firstIn ?? NO_FIRST_IN,
    mode,
    clockUnknown,
    schedule: toHex(sha256(new TextEncoder().encode(text)).subarray(0, 8)),
  };
}
