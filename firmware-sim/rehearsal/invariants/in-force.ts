/** Which site each edge decides by: that of the keyset in force there, which may be older than the authority's. */
import type { Site, SiteDoor, SiteKey } from "@lintel/edge/site/site.ts";
import type { Happening, Setting } from "./history.ts";

export class InForce {
  readonly #setting: Setting;
  readonly #issued = new Map<string, { readonly number: number; readonly site: Site }[]>();
  readonly #held = new Map<string, number>();
  #newest: Site;

  constructor(setting: Setting) {
    this.#setting = setting;
    this.#newest = setting.site;
  }

  hear(happening: Happening): void {
    if (happening.kind === "applied") {
      this.#newest = happening.site;
      for (const { edge, number } of happening.keysets) {
        this.#issued.set(edge, [...(this.#issued.get(edge) ?? []), { number, site: happening.site }]);
      }
    } else if (happening.kind === "told") {
      const { event, edge } = happening;
      if (event.event === "keyset" && event.state === "applied") this.#held.set(edge, event.number);
    }
  }

  /** In force at the authority. */
  get newest(): Site {
    return this.#newest;
  }

  /** At the edge of a door. */
  siteAt(door: string): Site {
    const edge = this.edgeOf(door);
    const held = this.#held.get(edge) ?? 0;
    const issued = (this.#issued.get(edge) ?? []).filter(({ number }) => number <= held);
    return issued.at(-1)?.site ?? this.#setting.site;
  }

  edgeOf(door: string): string {
    return this.#setting.edgeOfDoor.get(door)!;
  }

  door(id: string): SiteDoor {
    return this.siteAt(id).doors.find((door) => door.id === id)!;
  }

  /** Null: the site in force at the door has no such key. */
  key(id: string, door: string): SiteKey | null {
    return this.siteAt(door).keys.find((key) => key.id === id) ?? null;
  }
}
