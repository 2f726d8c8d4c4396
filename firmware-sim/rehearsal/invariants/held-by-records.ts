/** What operators set at the doors and who came, as the records tell it: a model of its own of what holds them. */
import type { Mode } from "@lintel/protocol/base/words.ts";
import type { Happening } from "./history.ts";

export interface SetOverride {
  readonly state: "unlock" | "lock";
  readonly until: number;
}

export class HeldByRecords {
  readonly #modes = new Map<string, Mode>();
  readonly #overrides = new Map<string, SetOverride>();

  hear(happening: Happening): void {
    if (happening.kind !== "record" || happening.record.door === null) return;
    const { event, door, detail } = happening.record;
    if (event === "mode" && detail.by === "keyset") this.#modes.delete(door);
    else if (event === "mode") this.#modes.set(door, detail.mode as Mode);
    if (event !== "override") return;
    const { state, until } = detail;
    if (state === "resume") this.#overrides.delete(door);
    else this.#overrides.set(door, { state: state as SetOverride["state"], until: Date.parse(String(until)) });
  }

  /** By command; null: the keyset's own. */
  modeOf(door: string): Mode | null {
    return this.#modes.get(door) ?? null;
  }

  overrideOf(door: string, at: number): SetOverride | null {
    const set = this.#overrides.get(door);
    return set !== undefined && at < set.until ? set : null;
  }
}
