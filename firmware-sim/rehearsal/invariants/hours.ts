/**
 * Once all is healed a door is held open exactly where its hours, First-In, holidays, mode and override say so: by the
 * function that `lintel timeline` asks, over the site in force and what the journal tells, not by the edge's own state.
 */
import { type HeldDoor, hoursOf } from "@lintel/edge/access/hold.ts";
import { holdEdge } from "@lintel/edge/box/held-edge.ts";
import { changesBetween, isFirstInOf, standingAt } from "@lintel/edge/calendar/standing.ts";
import type { Interval } from "@lintel/edge/calendar/zone.ts";
import type { SiteDoor } from "@lintel/edge/site/site.ts";
import { instant } from "@lintel/protocol/base/units.ts";
import { seededBytes } from "../random.ts";
import { HeldByRecords } from "./held-by-records.ts";
import { type Happening, type Invariant, type Setting, sayMoment } from "./history.ts";
import { InForce } from "./in-force.ts";

/** So near to a change the edge may see the one side of it and true time the other. */
const NEAR = 5_000;
/** A restart that takes longer forgets who came (d6.3); a shorter one may not. */
const COMES_AGAIN = 25 * 3_600_000;

class Hours {
  readonly #setting: Setting;
  readonly #sites: InForce;
  readonly #held = new HeldByRecords();
  /** Grants of keys that may open hours: when, and by whom. */
  readonly #came = new Map<string, { readonly at: number; readonly key: string }[]>();
  readonly #released = new Set<string>();
  /** An edge whose restart, or a site whose edit, may have forgotten who came before it. */
  readonly #forgot = new Map<string, number>();
  #stepped = false;
  #healed = false;

  constructor(setting: Setting) {
    this.#setting = setting;
    this.#sites = new InForce(setting);
  }

  hear(happening: Happening): string | null {
    this.#sites.hear(happening);
    this.#held.hear(happening);
    switch (happening.kind) {
      case "step":
        if (happening.step.kind === "clock") this.#stepped = true;
        return null;
      case "relay":
        if (happening.released) this.#released.add(happening.door);
        else this.#released.delete(happening.door);
        return null;
      case "applied":
        for (const { id } of this.#setting.site.edges) this.#forgot.set(id, happening.at);
        return null;
      case "record": {
        const { event, door, key } = happening.record;
        if (event === "edge-started" || event === "keyset-applied") this.#forgot.set(happening.edge, happening.at);
        if (event === "granted" && door !== null && key !== null)
          this.#came.set(door, [...(this.#came.get(door) ?? []), { at: happening.record.at, key }]);
        return null;
      }
      case "healed":
        this.#healed = true;
        return null;
      case "look":
        return this.#healed ? this.#look(happening) : null;
      default:
        return null;
    }
  }

  #look({ edges, at }: Extract<Happening, { kind: "look" }>): string | null {
    for (const [edge, status] of edges) {
      for (const { id, hold } of status?.doors ?? []) {
        const expected = this.#expected(edge, id, at);
        if (expected === null) continue;
        if (hold.open !== expected)
          return `${id} is ${hold.open ? "" : "not "}held open at ${sayMoment(at)}, expected the opposite (${hold.cause.kind})`;
        if (expected && !this.#released.has(id)) return `${id} is to be held open at ${sayMoment(at)}, and is locked`;
      }
    }
    return null;
  }

  /** Null: nobody can say from outside. */
  #expected(edge: string, id: string, at: number): boolean | null {
    const door = this.#sites.door(id);
    const mode = this.#held.modeOf(id) ?? door.mode;
    if (mode === "lockdown") return false;
    const override = this.#held.overrideOf(id, at);
    if (override !== null) return override.state === "unlock";
    // What a wrong clock saw end stays over (d5.5): who came when by which clock is not told from outside.
    if (this.#stepped) return null;
    const held = holdEdge(this.#sites.siteAt(id), edge, seededBytes(1, "hours")).held.doors.get(id)!;
    const opening = { hours: hoursOf(held), mode };
    if (changesBetween(opening, instant(at - NEAR), instant(at + NEAR)).length > 0) return null;
    const comes = (interval: Interval) => this.#comes(held, door, interval);
    const sure = standingAt(opening, instant(at), (interval) => comes(interval) === "yes").state;
    const perhaps = standingAt(opening, instant(at), (interval) => comes(interval) !== "no").state;
    return sure === perhaps ? sure === "unlocked" : null;
  }

  #comes({ door }: HeldDoor, { id }: SiteDoor, interval: Interval): "yes" | "no" | "perhaps" {
    const firstIn = door.businessHours?.firstIn;
    if (firstIn === undefined || !firstIn.required) return "yes";
    const qualified = (this.#came.get(id) ?? []).filter(({ at, key }) => {
      const who = this.#sites.key(key, id);
      if (!isFirstInOf(interval, instant(at), firstIn.grace)) return false;
      // Whoever has left the site may have been one.
      return who === null || (firstIn.who === "admins" ? who.role === "admin" : firstIn.who.includes(who.user));
    });
    if (qualified.length === 0) return "no";
    const forgot = this.#forgot.get(this.#sites.edgeOf(id)) ?? Number.NEGATIVE_INFINITY;
    const near = qualified.some(({ at, key }) => at > forgot && this.#sites.key(key, id) !== null);
    return near ? "yes" : forgot + COMES_AGAIN < interval.from ? "no" : "perhaps";
  }
}

export const HOURS: Invariant = {
  name: "hours-follow-from-their-inputs",
  says: "after healing a door is held open exactly where its hours, First-In, holidays, mode and override say so",
  watch: (setting) => {
    const hours = new Hours(setting);
    return (happening) => hours.hear(happening);
  },
};
