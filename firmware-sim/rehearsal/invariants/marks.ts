/**
 * Reach marks: rare paths that a run may take. Nothing is wrong where one is not reached in a run; where none of many
 * runs reaches it, what stands on that path is not tried at all.
 */
import type { ShownRecord } from "@lintel/protocol/mqtt/record.ts";
import type { Happening, Setting } from "./history.ts";

/** The state of a world as far as marks ask for it. */
class Scene {
  readonly #setting: Setting;
  authority = true;
  clockUnknown = false;
  readonly edgeOff = new Set<string>();
  readonly dark = new Set<string>();
  readonly released = new Set<string>();
  readonly held = new Set<string>();
  readonly locked = new Set<string>();
  readonly modes = new Map<string, string>();
  /** When a door last granted, and whether its strike followed. */
  readonly granted = new Map<string, { readonly at: number; readonly opened: boolean }>();

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  edgeOf(door: string): string {
    return this.#setting.edgeOfDoor.get(door)!;
  }

  doorsOf(edge: string): readonly string[] {
    return [...this.#setting.edgeOfDoor].flatMap(([door, of]) => (of === edge ? [door] : []));
  }

  hear(happening: Happening): void {
    switch (happening.kind) {
      case "step":
        this.#step(happening.step);
        break;
      case "relay":
        if (happening.released) this.released.add(happening.door);
        else this.released.delete(happening.door);
        if (happening.released && this.granted.has(happening.door))
          this.granted.set(happening.door, { ...this.granted.get(happening.door)!, opened: true });
        break;
      case "power":
        if (happening.on) this.dark.delete(happening.door);
        else this.dark.add(happening.door);
        break;
      case "told":
        if (happening.event.event !== "hold") break;
        if (happening.event.open) this.held.add(happening.event.door);
        else this.held.delete(happening.event.door);
        break;
      case "record":
        this.#record(happening.record, happening.at);
        break;
    }
  }

  #step(step: Extract<Happening, { kind: "step" }>["step"]): void {
    if (step.kind === "authority") this.authority = step.on;
    if (step.kind === "clock") this.clockUnknown = step.set === "unknown";
    if (step.kind !== "power" || step.unit !== "edge") return;
    if (step.on) this.edgeOff.delete(this.edgeOf(step.door));
    else this.edgeOff.add(this.edgeOf(step.door));
  }

  #record({ event, door, detail }: ShownRecord, at: number): void {
    if (door === null) return;
    if (event === "granted") this.granted.set(door, { at, opened: this.released.has(door) });
    if (event === "lockout") this.locked.add(door);
    if (event === "lockout-cleared") this.locked.delete(door);
    if (event === "mode") this.modes.set(door, String(detail.mode));
  }
}

type Reached = (happening: Happening, scene: Scene) => boolean;

function recorded(
  event: ShownRecord["event"],
  and: (record: ShownRecord, scene: Scene) => boolean = () => true,
): Reached {
  return (happening, scene) =>
    happening.kind === "record" && happening.record.event === event && and(happening.record, scene);
}

function denied(reason: ShownRecord["reasons"][number]): Reached {
  return recorded("denied", ({ reasons }) => reasons.includes(reason));
}

/** By name. */
export const MARKS: Readonly<Record<string, Reached>> = {
  "a grant": recorded("granted"),
  "a grant by master code": recorded("granted", ({ detail }) => detail.via === "master"),
  "a grant while the authority is off": recorded("granted", (_, { authority }) => !authority),
  "a grant while the door is held open": recorded("granted", ({ detail }) => detail.heldOpen === true),
  "a grant while the clock is unknown": recorded("granted", ({ clock }) => clock === "floor-only"),
  "a refusal because a code is used up": denied("used-up"),
  "a refusal outside of windows": denied("outside-window"),
  "a refusal by mode": denied("mode-blocks"),
  "a refusal because the clock is unknown": denied("clock-unknown"),
  "a refusal by a holiday": denied("holiday"),
  "a system fault": denied("hardware-fault"),
  "a lock-out": recorded("lockout"),
  "a lock-out while the authority is off": recorded("lockout", (_, { authority }) => !authority),
  "a second lock-out, twice as long": recorded("lockout", ({ detail }) => detail.tier === 2),
  "a code refused by a lock-out": denied("locked-out"),
  "an edge started anew while a lock-out runs": recorded("edge-started", (_, { locked }) => locked.size > 0),
  "power of the edge cut between a durable grant and its strike": (happening, { granted }) => {
    if (happening.kind !== "step" || happening.step.kind !== "power" || happening.step.on) return false;
    const last = granted.get(happening.step.door);
    return last !== undefined && !last.opened && last.at + 100 > happening.at;
  },
  "an exit while the edge is off": (happening, scene) =>
    happening.kind === "noticed" && happening.what === "rex" && scene.edgeOff.has(scene.edgeOf(happening.door)),
  "an exit in lockdown": (happening, { modes }) =>
    happening.kind === "noticed" && happening.what === "rex" && modes.get(happening.door) === "lockdown",
  "a fail-safe door released by loss of power": (happening, { dark }) =>
    happening.kind === "relay" && happening.released && dark.has(happening.door),
  "fire while the edge is off": (happening, scene) =>
    happening.kind === "noticed" &&
    happening.what === "fire" &&
    happening.on &&
    scene.edgeOff.has(scene.edgeOf(happening.door)),
  "hours that begin": recorded("hours-started"),
  "hours opened by First-In": (happening, { granted }) =>
    happening.kind === "told" &&
    happening.event.event === "hold" &&
    happening.event.open &&
    granted.get(happening.event.door)?.at === happening.at,
  "hours that end": recorded("hours-ended"),
  "hours over a restart of the edge": recorded("edge-started", (_, { held }) => held.size > 0),
  "an override": recorded("override"),
  "a keyset applied while a door is held": (happening, scene) =>
    happening.kind === "record" &&
    happening.record.event === "keyset-applied" &&
    scene.doorsOf(happening.edge).some((door) => scene.held.has(door)),
  "a keyset applied while a lock-out runs": recorded("keyset-applied", (_, { locked }) => locked.size > 0),
  "keys typed to nobody": recorded("keypresses-dropped"),
  "a use given back": recorded("given-back"),
  "a door forced": recorded("forced"),
  "a door held open too long": recorded("held-open"),
  "a clock that is not believed": recorded("clock", ({ detail }) => detail.to === "floor-only"),
};

/** Hears of everything that happens in a run, and answers what it has reached. */
export function watchMarks(setting: Setting): {
  hear(happening: Happening): void;
  readonly reached: ReadonlySet<string>;
} {
  const scene = new Scene(setting);
  const reached = new Set<string>();
  return {
    hear(happening) {
      for (const [name, is] of Object.entries(MARKS)) if (!reached.has(name) && is(happening, scene)) reached.add(name);
      scene.hear(happening);
    },
    reached,
  };
}
