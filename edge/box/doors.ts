/**
 * The doors of this edge: what their Controllers tell becomes inputs, what they ask for becomes records and commands.
 * The order of a grant is here: decide in memory, one transaction, then the strike, then light and sound (d7.1).
 */
import { unreachable } from "@lintel/protocol/base/invariant.ts";
import type { SecretText } from "@lintel/protocol/base/secret.ts";
import { between, type Millis, type Monotonic, millis, monotonic } from "@lintel/protocol/base/units.ts";
import type { KeysetDoor } from "@lintel/protocol/keyset/keyset.ts";
import type { ActOutcome, DoorAct } from "@lintel/protocol/mqtt/command.ts";
import type { JournalRecord, NewRecord } from "@lintel/protocol/mqtt/record.ts";
import type { RingEvent } from "@lintel/protocol/osdp/mfg.ts";
import type { Decision } from "../access/decide.ts";
import type { HeldKeyset } from "../access/hold.ts";
import type { CommandAnswer, ControllerEvent } from "../bus/events.ts";
import type { DoorEffect, DoorInput, DoorRecord, DoorState } from "../door/door.ts";
import { LIMITS as DOOR } from "../door/limits.ts";
import { startDoor, stepDoor } from "../door/step.ts";
import { controllerName, type Lines } from "./buses.ts";
import type { ClockMark } from "./clock-trust.ts";
import { buzzerCommand, ledCommand, relockCommand, strikeCommand } from "./commands.ts";
import type { EdgeEvent } from "./events.ts";
import { planGiveBack } from "./give-back.ts";
import { type HeldView, Holds } from "./holds.ts";
import { peersClosed } from "./interlock.ts";
import { type CodeReader, codeReader, judgeEntry } from "./judging.ts";
import { LIMITS } from "./limits.ts";
import type { Lockouts } from "./lockouts.ts";
import type { RingCursor, StoreChange, StoredHold } from "./ports.ts";
import type { Recorder } from "./recorder.ts";
import { Rings } from "./rings.ts";
import type { EdgeTime } from "./time.ts";
import type { Vault } from "./vault.ts";

export interface Door {
  readonly id: string;
  settings: KeysetDoor;
  state: DoorState;
  wakeAt: Monotonic | null;
  /** Whether its Controller is one of ours, which keeps a ring and drives REX by itself. Null: no session yet. */
  lintel: boolean | null;
  /** The next states are the first of a session. */
  first: { inputs: boolean; tamper: boolean };
  /** Of another maker's Controller: the inputs as last told, to see a press begin. */
  inputs: readonly boolean[];
  /** A lease went wrong, and that was recorded; said once until one arrives again. */
  leaseFails: boolean;
}

export interface DoorsOptions {
  readonly time: EdgeTime;
  readonly vault: Vault;
  /** Left out: by the vault. */
  readonly codes?: CodeReader;
  readonly recorder: Recorder;
  readonly lockouts: Lockouts;
  readonly buses: () => Lines;
  readonly rings: readonly RingCursor[];
  readonly holds: readonly StoredHold[];
  /** The last sign of life before this start. */
  readonly mark: ClockMark | null;
  readonly tell: (event: EdgeEvent) => void;
}

export class Doors {
  readonly #options: DoorsOptions;
  readonly #codes: CodeReader;
  readonly #doors = new Map<string, Door>();
  /** Controllers whose session stands, and whether they are ours. */
  readonly #sessions = new Map<string, boolean>();
  #commands = 0;
  /** Strikes whose command was not answered yet, by command id: for whom they were driven. */
  readonly #strikes = new Map<number, "grant" | "hold">();
  readonly #rings: Rings;
  readonly #holds: Holds;

  constructor(options: DoorsOptions) {
    this.#options = options;
    this.#codes = options.codes ?? codeReader(options.vault);
    this.#rings = new Rings(options.rings);
    const { time, recorder, holds: stored, mark, tell } = options;
    const act = (id: string, open: boolean) => this.#hold(id, open);
    this.#holds = new Holds({ time, recorder, stored, mark, tell, act });
  }

  /** What is decided by: the keyset in force, with the modes in force. */
  get #keyset(): HeldKeyset | null {
    return this.#holds.keyset;
  }

  get wakeAt(): Monotonic | null {
    const wakes = [this.#options.lockouts, this.#holds, ...this.#doors.values()];
    const times = wakes.flatMap(({ wakeAt }) => (wakeAt === null ? [] : [wakeAt]));
    return times.length === 0 ? null : times.reduce((a, b) => (a < b ? a : b));
  }

  all(): readonly Door[] {
    return [...this.#doors.values()];
  }

  find(id: string): Door | undefined {
    return this.#doors.get(id);
  }

  /** The door at a Controller. Two doors at one: its keypad and its sensors are the first one's. */
  at(bus: string, address: number): Door | undefined {
    return this.all().find(({ settings: { controller } }) => controller.bus === bus && controller.address === address);
  }

  /** The door that an event concerns. Sessions are remembered also where no door is yet: a keyset may bring one. */
  meet(bus: string, address: number, event: ControllerEvent): Door | undefined {
    const controller = controllerName(bus, address);
    if (event.kind === "online") this.#sessions.set(controller, event.lintel);
    else if (event.kind === "offline") this.#sessions.delete(controller);
    return this.at(bus, address);
  }

  /** A keyset comes into force. A door that stays keeps its state: people may be on their way through it. */
  settle(keyset: HeldKeyset): void {
    this.#options.lockouts.settle(keyset.keyset.doors);
    this.#holds.settle(keyset);
    for (const id of [...this.#doors.keys()]) if (!keyset.doors.has(id)) this.#doors.delete(id);
    for (const [id, { door: settings }] of keyset.doors) {
      const held = this.#doors.get(id);
      if (held === undefined) {
        const first = { inputs: false, tamper: false };
        const state = startDoor(settings);
        const door: Door = { id, settings, state, wakeAt: null, lintel: null, first, inputs: [], leaseFails: false };
        this.#doors.set(id, door);
        if (this.#holds.mayBeLeased(id)) this.#step(door, { kind: "lease-recalled" });
        this.#join(door);
        continue;
      }
      const moved = controllerOf(held.settings) !== controllerOf(settings);
      held.settings = settings;
      this.#step(held, { kind: "settings", settings });
      if (moved) this.#step(held, { kind: "link", online: false });
      if (moved) this.#join(held);
    }
    this.#holds.look();
  }

  /** How a door is held now; null for one that is not here. */
  heldView(id: string): HeldView | null {
    return this.#holds.view(id);
  }

  /** The clock is believed in another way than before, or tells another time. */
  clockChanged(): void {
    this.#holds.look();
  }

  #hold(id: string, open: boolean): void {
    const door = this.#doors.get(id);
    if (door !== undefined) this.#step(door, { kind: "hold", open });
  }

  /** What the edge did in its life before: a strike that it released may still be so. */
  recall(records: readonly JournalRecord[]): void {
    const { time } = this.#options;
    for (const { event, at, door: id, key, user, detail } of records) {
      const door = id === null ? undefined : this.#doors.get(id);
      const age = between(at, time.now);
      if (event !== "granted" || door === undefined || age < 0 || age > LIMITS.recallTime) continue;
      const happened = monotonic(time.monotonic - age);
      const release = millis(Number(detail.releaseMs ?? 0));
      if (happened + release > time.monotonic) this.#step(door, { kind: "recalled", key, user, happened, release });
    }
  }

  /** A door that comes to a Controller whose session stands already. */
  #join(door: Door): void {
    const lintel = this.#sessions.get(controllerOf(door.settings));
    if (lintel === undefined) return;
    door.lintel = lintel;
    this.#step(door, { kind: "link", online: true });
  }

  time(): void {
    this.#holds.time();
    const now = this.#options.time.monotonic;
    this.#options.lockouts.time();
    for (const door of this.all()) {
      if (door.wakeAt === null || door.wakeAt > now) continue;
      door.wakeAt = null;
      this.#step(door, { kind: "time", heardAt: this.#options.buses().heardAt(door.settings.controller) });
    }
  }

  /** Everything a Controller says but what concerns its key. */
  hear(door: Door, event: ControllerEvent): void {
    switch (event.kind) {
      case "online":
        door.lintel = event.lintel;
        door.first = { inputs: true, tamper: true };
        this.#step(door, { kind: "link", online: true });
        this.#tellLink(door, true);
        break;
      case "offline":
        this.#step(door, { kind: "link", online: false });
        this.#tellLink(door, false);
        break;
      case "keys":
        this.#step(door, { kind: "keys", keys: event.keys });
        break;
      case "inputs":
        this.#hearInputs(door, event.active);
        break;
      case "tamper":
        this.#hearTamper(door, event.on);
        break;
      case "power":
        if (event.failed) this.#note(door, "hardware-fault", { what: "controller-power" });
        break;
      case "ring":
        this.#hearRing(door, event.boot, event.events);
        break;
      case "done":
        this.#hearDone(door, event.id, event.answer);
        break;
      case "alarm":
        this.#note(door, "bus-alarm", { what: event.what });
        break;
      case "paired":
      case "pairing-closed":
        break;
      default:
        unreachable(event);
    }
  }

  /** Durable when it answers `done`, together with `changes`: the number of the command that asked. */
  execute(act: DoorAct, by: string, changes: readonly StoreChange[]): ActOutcome {
    const door = this.#doors.get(act.door);
    if (door === undefined) return { kind: "refused", why: "unknown-door" };
    switch (act.kind) {
      case "mode":
      case "override":
        return this.#holds.execute(act, by, changes);
      case "release":
        return this.#options.lockouts.release(door.id, by, changes)
          ? { kind: "done" }
          : { kind: "refused", why: "hardware-fault" };
      default:
        return unreachable(act);
    }
  }

  #tellLink(door: Door, online: boolean): void {
    const { bus, address } = door.settings.controller;
    this.#options.tell({ event: "link", controller: controllerName(bus, address), door: door.id, online });
  }

  /** A Controller of ours tells every change by its ring, with its time; of it only the first state counts. */
  #hearInputs(door: Door, active: readonly boolean[]): void {
    const { contact, rex, fireRelease } = door.settings;
    const state = (input: number | null) => (input === null ? null : (active[input] ?? null));
    const before = door.inputs;
    door.inputs = active;
    if (door.first.inputs) {
      door.first = { ...door.first, inputs: false };
      this.#step(door, { kind: "found", found: { open: state(contact), tamper: null, fire: state(fireRelease) } });
      return;
    }
    if (door.lintel === true) return;
    const happened = this.#options.time.monotonic;
    if (rex !== null && active[rex] === true && before[rex] !== true) {
      this.#step(door, { kind: "rex", driven: false, happened });
    }
    const fire = state(fireRelease);
    if (fire !== null) this.#step(door, { kind: "fire", on: fire, happened });
    const open = state(contact);
    if (open !== null) this.#step(door, { kind: "contact", open, happened });
  }

  #hearTamper(door: Door, on: boolean): void {
    if (door.first.tamper) {
      door.first = { ...door.first, tamper: false };
      this.#step(door, { kind: "found", found: { open: null, tamper: on, fire: null } });
    } else if (door.lintel !== true) {
      this.#step(door, { kind: "tamper", on, happened: this.#options.time.monotonic });
    }
  }

  /** Each event once, by boot and number, in one transaction with the place up to which they are durable. */
  #hearRing(door: Door, boot: number, events: readonly RingEvent[]): void {
    const { recorder, buses, time } = this.#options;
    const { bus, address } = door.settings.controller;
    const taken = this.#rings.take(controllerOf(door.settings), boot, events, time);
    const acknowledge = () => {
      const upTo = taken.durable();
      if (upTo > 0) buses().give(bus, { kind: "ring-recorded", address, boot, upTo });
    };
    // No room to keep them for a disk that takes nothing: the Controller keeps them, and sends them again.
    if (taken.fresh.length > 0 && recorder.full) return;
    if (taken.cursor === null) {
      acknowledge();
      return;
    }
    taken.keep();
    const effects = taken.fresh.flatMap((event) => this.#takeRingEvent(door, boot, event));
    recorder.record({
      records: effects.flatMap((effect) => (effect.kind === "record" ? [this.#recordOf(door, effect.record)] : [])),
      changes: [{ kind: "ring", cursor: taken.cursor }],
      durable: () => {
        taken.recorded();
        acknowledge();
      },
    });
    this.#perform(
      door,
      effects.filter(({ kind }) => kind !== "record"),
    );
  }

  #takeRingEvent(door: Door, boot: number, event: RingEvent): readonly (DoorEffect | BareRecord)[] {
    const happened = monotonic(this.#options.time.monotonic - event.ageMs);
    const bare = (name: NewRecord["event"], detail: NewRecord["detail"]): readonly BareRecord[] => [
      { kind: "record", record: { ...NOBODY, event: name, happened, detail } },
    ];
    const on = event.on === true;
    switch (event.kind) {
      case "boot":
        return bare("controller-boot", { boot });
      case "keys-dropped":
        return bare("keypresses-dropped", { count: event.count ?? 0 });
      case "overflow":
        return bare("ring-overflow", { count: event.count ?? 0 });
      case "rex":
        return this.#advance(door, { kind: "rex", driven: true, happened });
      case "contact":
        return this.#advance(door, { kind: "contact", open: on, happened });
      case "tamper":
        return this.#advance(door, { kind: "tamper", on, happened });
      case "fire":
        return this.#advance(door, { kind: "fire", on, happened });
      default:
        return unreachable(event.kind);
    }
  }

  #hearDone(door: Door, id: number, answer: CommandAnswer): void {
    const strike = this.#strikes.get(id);
    this.#strikes.delete(id);
    if (strike === undefined) return;
    if (answer === "ack") {
      if (strike === "hold") door.leaseFails = false;
      return;
    }
    // Renewed three times a minute: what is wrong with a lease is said once.
    if (strike === "hold" && door.leaseFails) return;
    if (strike === "hold") door.leaseFails = true;
    // The grant stands in the journal, and nobody knows whether the door was released: that is said too.
    const detail = answer === "lost" ? { what: "strike-lost" } : { what: "strike-refused", nak: answer.nak };
    this.#note(door, "hardware-fault", detail as NewRecord["detail"]);
  }

  #step(door: Door, input: DoorInput): void {
    this.#perform(door, this.#advance(door, input));
  }

  /** Moves the door and leaves what it asks for to the caller. */
  #advance(door: Door, input: DoorInput): readonly DoorEffect[] {
    const step = stepDoor(door.state, input, this.#options.time.monotonic);
    door.state = step.state;
    return step.effects;
  }

  #perform(door: Door, effects: readonly (DoorEffect | BareRecord)[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case "judge":
          this.#judge(door, effect.entry);
          break;
        case "record":
          this.#options.recorder.record({ records: [this.#recordOf(door, effect.record)] });
          break;
        case "strike":
          this.#drive(door, effect.release);
          break;
        case "lease":
          this.#output(door, strikeCommand(door.settings.strike.output, DOOR.lease), "hold");
          break;
        case "relock":
          this.#output(door, relockCommand(door.settings.strike.output), "hold");
          break;
        case "give-back":
          this.#giveBack(door, effect);
          break;
        case "led":
          this.#command(door, ledCommand(effect.light), false);
          break;
        case "buzzer":
          this.#command(door, buzzerCommand(effect.tone), false);
          break;
        case "wake":
          // The earliest stays: a step within a step asked for its own, and a wake too early does no harm.
          door.wakeAt = door.wakeAt === null || effect.at < door.wakeAt ? effect.at : door.wakeAt;
          break;
        default:
          unreachable(effect);
      }
    }
  }

  /** Where the journal cannot take the answer in time, it is a system fault, and the door stays as it was. */
  #judge(door: Door, entry: SecretText): void {
    const { recorder, time, lockouts } = this.#options;
    if (this.#keyset === null) return;
    lockouts.time();
    if (lockouts.remaining(door.id) > 0) {
      this.#refuseLockedOut(door);
      return;
    }
    const peers = peersClosed(door, (id) => this.#doors.get(id));
    const judging = { time, recorder, codes: this.#codes, peersClosed: peers };
    const { decision, fingerprint, consumption } = judgeEntry(this.#keyset, door.id, entry, judging);
    const step = stepDoor(door.state, { kind: "judged", decision, fingerprint }, time.monotonic);
    const first = step.effects.findIndex(({ kind }) => kind !== "record");
    const answer = step.effects.slice(0, first < 0 ? undefined : first);
    const records = answer
      .flatMap((effect) => (effect.kind === "record" ? [this.#recordOf(door, effect.record)] : []))
      .map((record) => this.#withCovert(record, decision));
    const counted = lockouts.count(door.id, decision);
    const changes = [...consumption, ...counted.changes];
    if (recorder.commit([...records, ...counted.records], { ...counted, changes })) {
      door.state = step.state;
      this.#perform(door, step.effects.slice(answer.length));
      if (counted.locks) this.#step(door, { kind: "locked-out" });
      if (decision.outcome === "grant") this.#holds.granted(door.id, decision.key);
      return;
    }
    this.#fault(door, decision);
  }

  /** The same for every code, so that nothing but the sealed mark knows which one was typed (domain-rules, "Duress"). */
  #withCovert(record: NewRecord, { duress }: Decision): NewRecord {
    if (record.event !== "granted") return record;
    return { ...record, covert: this.#options.vault.sealCovert(record, { duress }) };
  }

  /** Nothing typed is looked at: neither evaluated, consumed nor counted (domain-rules, "Lockout"). */
  #refuseLockedOut(door: Door): void {
    const { recorder, time } = this.#options;
    const refusal = { ...NOBODY, event: "denied", happened: time.monotonic, reasons: ["locked-out"] } as const;
    if (recorder.commit([this.#recordOf(door, refusal)])) this.#step(door, { kind: "locked-out" });
    else this.#fault(door, NOBODY);
  }

  #fault(door: Door, { key, user }: Pick<Decision, "key" | "user">): void {
    const { recorder, time } = this.#options;
    const fault = { ...NOBODY, event: "denied", happened: time.monotonic, reasons: ["hardware-fault"] } as const;
    this.#step(door, { kind: "fault" });
    recorder.record({ records: [this.#recordOf(door, { ...fault, key, user })] });
  }

  /** Now or not at all: a use that cannot be given back durably stays a use. */
  #giveBack(door: Door, { key, issue, user }: Extract<DoorEffect, { kind: "give-back" }>): void {
    const { recorder, time } = this.#options;
    const uses = planGiveBack(this.#keyset, recorder.uses, { key, issue, door: door.id });
    if (uses === null) return;
    const record = { ...NOBODY, event: "given-back", happened: time.monotonic, key, user } as const;
    recorder.keep([this.#recordOf(door, record)], [{ kind: "uses", uses }]);
  }

  #drive(door: Door, release: Millis): void {
    this.#output(door, strikeCommand(door.settings.strike.output, release), "grant");
    this.#options.tell({ event: "strike", door: door.id, forMs: release });
  }

  #output(door: Door, command: ReturnType<typeof strikeCommand>, why: "grant" | "hold"): void {
    this.#strikes.set(this.#commands + 1, why);
    this.#command(door, command, true);
  }

  #command(door: Door, command: Parameters<typeof commandInput>[2], urgent: boolean): void {
    this.#commands += 1;
    const { bus, address } = door.settings.controller;
    this.#options.buses().give(bus, commandInput(address, this.#commands, command, urgent));
  }

  #note(door: Door, event: NewRecord["event"], detail: NewRecord["detail"]): void {
    const happened = this.#options.time.monotonic;
    this.#options.recorder.record({ records: [this.#recordOf(door, { ...NOBODY, event, happened, detail })] });
  }

  #recordOf(door: Door, { happened, ...record }: AnyRecord): NewRecord {
    const { time } = this.#options;
    return { ...record, at: time.at(happened), clock: time.trust, door: door.id };
  }
}

type AnyRecord = Omit<DoorRecord, "event"> & { readonly event: NewRecord["event"] };
/** A record of a door that its reducer knows nothing of. */
interface BareRecord {
  readonly kind: "record";
  readonly record: AnyRecord;
}

const NOBODY = { reasons: [], key: null, user: null, fingerprint: null, detail: {} } as const;

function commandInput(
  address: number,
  id: number,
  command: ReturnType<typeof strikeCommand> | ReturnType<typeof ledCommand> | ReturnType<typeof buzzerCommand>,
  urgent: boolean,
) {
  return { kind: "command", address, id, command, urgent } as const;
}

function controllerOf({ controller }: KeysetDoor): string {
  return controllerName(controller.bus, controller.address);
}
