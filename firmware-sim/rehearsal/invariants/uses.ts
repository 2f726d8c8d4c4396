/** What can be used up opens at most as often as the site allows, over all lives of an edge: its power cuts, keysets and disks. */
import type { SiteKey } from "@lintel/edge/site/site.ts";
import type { ShownRecord } from "@lintel/protocol/mqtt/record.ts";
import type { Invariant } from "./history.ts";
import { InForce } from "./in-force.ts";

/** Openings of one issue of a key, by door. Given-back ones are taken off. */
export type Openings = ReadonlyMap<string, number>;

/** How many openings are too many, in words; null: none. */
export function tooMany({ restrictions }: Pick<SiteKey, "restrictions">, openings: Openings): string | null {
  const all = [...openings.values()].reduce((sum, count) => sum + count, 0);
  for (const restriction of restrictions) {
    if (restriction.kind === "uses" && all > restriction.uses)
      return `${all} openings, allowed are ${restriction.uses}`;
    if (restriction.kind !== "one-time") continue;
    const twice = [...openings].find(([, count]) => count > 1);
    if (twice !== undefined) return `${twice[1]} openings at ${twice[0]}, allowed is one`;
  }
  return null;
}

/** Counts openings as the journal tells them. */
export class OpeningsOfKeys {
  readonly #openings = new Map<string, Map<string, number>>();
  readonly #firsts = new Map<string, number[]>();

  /** `key` as the site in force at the door has it. */
  count({ event, door, at }: ShownRecord, { id, issue }: SiteKey): void {
    const name = `${id} ${issue}`;
    const openings = this.#openings.get(name) ?? new Map<string, number>();
    const times = this.#firsts.get(name) ?? [];
    this.#openings.set(name, openings);
    this.#firsts.set(name, times);
    const change = event === "granted" ? 1 : -1;
    openings.set(door!, (openings.get(door!) ?? 0) + change);
    if (event === "granted") times.push(at);
    else times.pop();
  }

  of({ id, issue }: SiteKey): Openings {
    return this.#openings.get(`${id} ${issue}`) ?? new Map();
  }

  /** When the first of them was, by the edge's clock; null: there is none. */
  firstOf({ id, issue }: SiteKey): number | null {
    return this.#firsts.get(`${id} ${issue}`)?.[0] ?? null;
  }
}

export const USES: Invariant = {
  name: "a-consumable-opens-as-often-as-allowed",
  says: "a one-time code opens each of its doors once, a counted one as often as its count, over the whole life of the box",
  watch: (setting) => {
    const sites = new InForce(setting);
    const openings = new OpeningsOfKeys();
    return (happening) => {
      sites.hear(happening);
      if (happening.kind !== "record") return null;
      const { record } = happening;
      if ((record.event !== "granted" && record.event !== "given-back") || record.key === null) return null;
      const key = sites.key(record.key, record.door!);
      if (key === null || !key.restrictions.some(({ kind }) => kind !== "scheduled")) return null;
      openings.count(record, key);
      const wrong = tooMany(key, openings.of(key));
      return wrong === null ? null : `key ${key.id}, issue ${key.issue}: ${wrong}`;
    };
  },
};
