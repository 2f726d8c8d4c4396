/**
 * Whether anything stands in the way of an ordinary answer at a door: no power, a fault, an edge that has just started,
 * a keyset or a clock on the move. What must happen exactly is asked of calm doors alone; what must never happen, of all.
 */
import type { Instant } from "@lintel/protocol/base/units.ts";
import type { Happening, Setting } from "./history.ts";

/** After the end of a disturbance: sessions stand again, and what was kept meanwhile has been told. */
const SETTLES = 30_000;

export class Calm {
  readonly #setting: Setting;
  readonly #off = new Set<string>();
  /** When something disturbed a place last. */
  readonly #last = new Map<string, Instant>();
  #fault = false;
  #clock = false;

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  hear(happening: Happening): void {
    const { at } = happening;
    if (happening.kind === "healed") {
      this.#fault = false;
      this.#clock = false;
      this.#last.clear();
    }
    if (happening.kind === "power") this.#turn(`door ${happening.door}`, happening.on, at);
    if (happening.kind === "applied") this.#last.set("site", at);
    if (happening.kind !== "step") return;
    const { step } = happening;
    if (step.kind === "fault") this.#fault = true;
    if (step.kind === "clock") this.#clock = true;
    if (step.kind === "mode" || step.kind === "override") this.#last.set(`door ${step.door}`, at);
    if (step.kind === "power" && step.unit === "edge") {
      this.#turn(`edge ${this.#setting.edgeOfDoor.get(step.door)}`, step.on, at);
    }
  }

  /** Since `from`, until now. */
  isCalm(door: string, from: Instant): boolean {
    const places = [`door ${door}`, `edge ${this.#setting.edgeOfDoor.get(door)}`, "site"];
    return !this.#fault && !this.#clock && places.every((place) => this.#isCalmAt(place, from));
  }

  /** Whether any line may lose or damage what crosses it. */
  get faulty(): boolean {
    return this.#fault;
  }

  #isCalmAt(place: string, from: Instant): boolean {
    const last = this.#last.get(place);
    return !this.#off.has(place) && (last === undefined || last + SETTLES < from);
  }

  #turn(place: string, on: boolean, at: Instant): void {
    this.#last.set(place, at);
    if (on) this.#off.delete(place);
    else this.#off.add(place);
  }
}
