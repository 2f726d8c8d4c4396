/**
 * Every release of a strike has a cause that is known, and ends when that cause allows at the latest: a grant (of a key
 * or a master code), an exit, hours or an override, fire, or a fail-safe strike without power. How long a grant may
 * last is read from the site, not from the record.
 */
import type { Instant } from "@lintel/protocol/base/units.ts";
import type { ShownRecord } from "@lintel/protocol/mqtt/record.ts";
import { Calm } from "./calm.ts";
import { type Happening, type Invariant, type Setting, sayMoment } from "./history.ts";
import { InForce } from "./in-force.ts";

/** From the record of a grant to the strike: OUT waits for the exchange under way, and for one silent Controller. */
const WAY = 1_500;
/** The same on a line that loses bytes: the exchange is repeated until the Controller counts as gone (OSDP, 8 s). */
const WAY_FAULTY = 9_000;
/** A lease of the strike, by which a door is held (domain-rules, "Outputs end by themselves"). */
const LEASE = 60_000;
/** An input counts once it stood so long. */
const DEBOUNCE = 100;

/** Transactions that an edge may do, one behind the other, before it tells of the first. */
const BEHIND = 4;

interface Place {
  released: boolean;
  /** Released, also where that is over, and its cause not told yet; null: nothing is. */
  untoldSince: number | null;
  /** The end of each cause, by its name; what has no end yet is infinite. */
  readonly until: Map<string, number>;
  /** The durable record that holds the door open; null: none does. */
  heldBy: "hours" | null;
  override: "unlock" | null;
  rexPressedAt: number;
}

class Releases {
  readonly #sites: InForce;
  readonly #calm: Calm;
  readonly #places: ReadonlyMap<string, Place>;
  readonly #setting: Setting;
  /** A Controller that was away may still hold the settings of an older keyset. */
  readonly #longest = new Map<string, number>();
  #last = 0;
  /** How long an edge that stands still for its disk may keep to itself what was durable before. In ms. */
  #patience = 0;

  constructor(setting: Setting) {
    this.#setting = setting;
    this.#sites = new InForce(setting);
    this.#calm = new Calm(setting);
    this.#places = new Map(setting.site.doors.map(({ id }) => [id, resting()]));
  }

  hear(happening: Happening): string | null {
    const wrong = happening.at > this.#last ? this.#judge(happening.at) : null;
    this.#last = happening.at;
    this.#sites.hear(happening);
    this.#calm.hear(happening);
    return wrong ?? this.#take(happening);
  }

  /** Whatever was released before `now` has been so until now. What caused it may be told in the same ms. */
  #judge(now: number): string | null {
    for (const [door, place] of this.#places) {
      const { released, until } = place;
      const end = Math.max(Number.NEGATIVE_INFINITY, ...until.values());
      if (place.untoldSince !== null && end >= place.untoldSince) place.untoldSince = null;
      if (released && end < now) place.untoldSince ??= this.#last;
      if (place.untoldSince === null || place.untoldSince + this.#patience >= now) continue;
      const causes = [...until].map(([cause, at]) => `${cause} until ${sayMoment(at)}`).join(", ");
      return `${door} is released at ${sayMoment(this.#last)} and still before ${sayMoment(now)}; its causes: ${causes || "none"}`;
    }
    return null;
  }

  #take(happening: Happening): string | null {
    const { at } = happening;
    const place = "door" in happening ? this.#places.get(happening.door) : undefined;
    switch (happening.kind) {
      case "applied":
        for (const { id, strike } of happening.site.doors)
          this.#longest.set(id, Math.max(strike.release, this.#longest.get(id) ?? 0));
        return null;
      case "relay":
        place!.released = happening.released;
        return null;
      case "power":
        return this.#power(place!, happening);
      case "step":
        if (happening.step.kind === "fault" && happening.step.fault.kind.name === "disk-slow")
          this.#patience = Math.max(this.#patience, BEHIND * Number(happening.step.fault.settings.each ?? 0));
        if (happening.step.kind === "rex") this.#places.get(happening.step.door)!.rexPressedAt = at;
        if (happening.step.kind === "power" && happening.step.unit === "edge" && !happening.step.on)
          this.#leaseEnds(happening.step.door, at);
        return null;
      case "noticed":
        return happening.what === "rex" ? this.#rex(place!, happening) : this.#fire(place!, happening);
      case "told":
        return happening.event.event === "hold" ? this.#hold(happening.event, at) : null;
      case "record":
        return this.#record(happening.record, at);
      default:
        return null;
    }
  }

  #power(place: Place, { door, on, at }: Extract<Happening, { kind: "power" }>): null {
    const { fail } = this.#sites.door(door).strike;
    if (fail === "safe") place.until.set("no power", on ? at + DEBOUNCE : Number.POSITIVE_INFINITY);
    place.until.delete("fire");
    return null;
  }

  #rex(place: Place, { door, on, at }: Extract<Happening, { kind: "noticed" }>): string | null {
    if (!on) return null;
    // Pressed, or held down while the power came back; what bounces or sticks is a fault.
    const pressed = at - place.rexPressedAt <= 1_000 || this.#calm.faulty;
    if (!pressed) return `the Controller of ${door} notices an exit at ${sayMoment(at)} that nobody asked for`;
    place.until.set("exit", at + this.#longest.get(door)! + DEBOUNCE);
    return null;
  }

  #fire(place: Place, { on, at }: Extract<Happening, { kind: "noticed" }>): null {
    place.until.set("fire", on ? Number.POSITIVE_INFINITY : at + DEBOUNCE);
    return null;
  }

  /** A door is held only by what stands in the journal: hours that started, an unlock that somebody set. */
  #hold(
    { door, open, cause }: { readonly door: string; readonly open: boolean; readonly cause: string },
    at: Instant,
  ): string | null {
    const place = this.#places.get(door)!;
    if (!open) {
      // A relock is said once; where it does not arrive, the lease ends by itself.
      const far = this.#calm.faulty || !this.#calm.isCalm(door, at);
      place.until.set("hold", at + (far ? LEASE + WAY_FAULTY : WAY));
      return null;
    }
    place.until.set("hold", Number.POSITIVE_INFINITY);
    const recorded = cause === "override" ? place.override !== null : place.heldBy !== null;
    return recorded ? null : `${door} is held open at ${sayMoment(at)} by ${cause}, of which there is no record`;
  }

  #leaseEnds(door: string, at: number): void {
    const edge = this.#setting.edgeOfDoor.get(door);
    for (const [id, place] of this.#places) {
      if (this.#setting.edgeOfDoor.get(id) !== edge || place.until.get("hold") !== Number.POSITIVE_INFINITY) continue;
      place.until.set("hold", at + LEASE + WAY_FAULTY);
    }
  }

  #record({ event, door: id, key, detail }: ShownRecord, at: number): null {
    const place = id === null ? undefined : this.#places.get(id);
    if (place === undefined) return null;
    if (event === "hours-started") place.heldBy = "hours";
    if (event === "hours-ended") place.heldBy = null;
    if (event === "override") place.override = detail.state === "unlock" ? "unlock" : null;
    if (event !== "granted") return null;
    const { release, extendedRelease } = this.#sites.door(id!).strike;
    const longer = key !== null && this.#sites.key(key, id!)?.extended === true;
    const way = this.#calm.faulty ? WAY_FAULTY : WAY;
    const end = at + way + (longer ? extendedRelease : release);
    place.until.set("grant", Math.max(end, place.until.get("grant") ?? 0));
    return null;
  }
}

function resting(): Place {
  return {
    released: false,
    untoldSince: null,
    until: new Map(),
    heldBy: null,
    override: null,
    rexPressedAt: Number.NEGATIVE_INFINITY,
  };
}

export const RELEASES: Invariant = {
  name: "every-release-has-a-cause",
  says: "a strike is released by a grant, an exit, hours, an override, fire or the loss of power, and no longer than that allows",
  watch: (setting) => {
    const releases = new Releases(setting);
    return (happening) => releases.hear(happening);
  },
};
