/**
 * A lock-out lasts as long as it was told to last, in time during which the edge had power, whatever befalls it meanwhile;
 * and the fifth wrong entry brings one. By numbers of its own (domain-rules, "Lockout"), not the edge's counter.
 */
import type { ShownRecord } from "@lintel/protocol/mqtt/record.ts";
import { type Happening, type Invariant, type Setting, sayMoment } from "./history.ts";
import { InForce } from "./in-force.ts";

const FIRST = 30_000;
const LONGEST = 15 * 60_000;
const CLEAN = 3_600_000;
/** Wrong entries without a valid one between them that bring a lock-out at the latest. */
const LATCH = 5;
/** Whole ms are stored and told. */
const SLACK = 5;
/** The largest that the fault `clock-drift` makes: a machine whose crystal is fast counts its own ms. */
const DRIFT = 0.02;

interface Pad {
  /** In powered time of its edge. */
  lockedUntil: number;
  length: number;
  lastWrong: number;
  /** Since a valid code, a release or an hour without a wrong one. */
  wrongs: number;
  latched: boolean;
  /** A wrong entry was recorded whose lock-out must be the next record here. */
  owed: boolean;
}

class Lockouts {
  readonly #sites: InForce;
  readonly #setting: Setting;
  readonly #pads = new Map<string, Pad>();
  /** Powered time of each edge up to `since`; null while its power is off. */
  readonly #powered: Map<string, { upTo: number; since: number | null }>;
  #drifts = false;

  constructor(setting: Setting) {
    this.#setting = setting;
    this.#sites = new InForce(setting);
    this.#powered = new Map(setting.site.edges.map(({ id }) => [id, { upTo: 0, since: 0 }]));
  }

  hear(happening: Happening): string | null {
    this.#sites.hear(happening);
    const { at } = happening;
    if (happening.kind === "step" && happening.step.kind === "fault")
      this.#drifts ||= happening.step.fault.kind.name === "clock-drift";
    if (happening.kind === "step" && happening.step.kind === "power" && happening.step.unit === "edge") {
      const powered = this.#powered.get(this.#setting.edgeOfDoor.get(happening.step.door)!)!;
      if (happening.step.on) powered.since ??= at;
      else if (powered.since !== null) Object.assign(powered, { upTo: powered.upTo + at - powered.since, since: null });
    }
    return happening.kind === "record" ? this.#record(happening.record, at) : null;
  }

  #record({ event, door, reasons, detail }: ShownRecord, at: number): string | null {
    if (door === null) return null;
    const edge = this.#sites.edgeOf(door);
    const pad = this.#padOf(door);
    const { upTo, since } = this.#powered.get(edge)!;
    const now = upTo + (since === null ? 0 : at - since);
    const left = pad.lockedUntil - now;
    const slack = SLACK + (this.#drifts ? pad.length * DRIFT : 0);
    if (event === "lockout") return this.#locked(pad, Number(detail.lengthMs), { now, door });
    if (event === "lockout-cleared") {
      if (detail.by === "time" && left > slack)
        return `the lock-out of ${door} ends ${left} ms early, at ${sayMoment(at)}`;
      if (detail.by === "time") pad.lockedUntil = now;
      else Object.assign(pad, padAtRest());
      return null;
    }
    if (event !== "granted" && event !== "denied") return null;
    const refused = reasons.includes("locked-out") || reasons.includes("hardware-fault");
    if (left > slack && !refused)
      return `${door} answers '${event}' at ${sayMoment(at)}, ${left} ms before its lock-out ends`;
    if (pad.owed) return `a wrong entry at ${door} before ${sayMoment(at)} brought no lock-out`;
    if (event === "granted") Object.assign(pad, { wrongs: 0, latched: false });
    if (reasons.includes("unknown-code") || reasons.includes("wrong-length")) countWrong(pad, now);
    return null;
  }

  /** Comes after the record of the entry that brought it. */
  #locked(pad: Pad, length: number, { now, door }: { now: number; door: string }): string | null {
    const least = pad.length === 0 ? FIRST : Math.min(LONGEST, pad.length * 2);
    Object.assign(pad, { lockedUntil: now + length, length: Math.min(length, LONGEST), latched: true, owed: false });
    return length < least ? `the lock-out of ${door} lasts ${length} ms, expected at least ${least}` : null;
  }

  #padOf(door: string): Pad {
    const { keypadGroup } = this.#sites.door(door);
    const name = keypadGroup === null ? `door ${door}` : `group ${keypadGroup}`;
    const pad = this.#pads.get(name) ?? padAtRest();
    this.#pads.set(name, pad);
    return pad;
  }
}

function countWrong(pad: Pad, now: number): void {
  // An hour that passed may have set all back: from here on it counts anew.
  if (now - Math.max(pad.lastWrong, pad.lockedUntil) >= CLEAN) Object.assign(pad, padAtRest());
  pad.wrongs += 1;
  pad.lastWrong = now;
  pad.owed = pad.latched || pad.wrongs >= LATCH;
}

function padAtRest(): Pad {
  return { lockedUntil: 0, length: 0, lastWrong: 0, wrongs: 0, latched: false, owed: false };
}

export const LOCKOUTS: Invariant = {
  name: "a-lock-out-is-never-shortened",
  says: "the fifth wrong entry brings a lock-out, each is twice the one before, and none ends before its powered time is over",
  watch: (setting) => {
    const lockouts = new Lockouts(setting);
    return (happening) => lockouts.hear(happening);
  },
};
