/** A true door with business hours and a simulated Controller, and words to ask of it what it did. */
import { millis } from "@lintel/protocol/base/units.ts";
import type { Keyset, KeysetDoor, Window } from "@lintel/protocol/keyset/keyset.ts";
import type { DoorAct } from "@lintel/protocol/mqtt/command.ts";
import { doorAt, keyOf, NOON, World } from "./world.ts";

export const MINUTE = 60_000;
/** 13:00 in Berlin, where the doors are. */
export const ONE = 13 * 60;
export const ADMIN = "274936#";
export const USER = "491628#";

/** `hours([2, 6], [8, 12])`: from 13:02 to 13:06, and from 13:08 to 13:12, on every day. */
export function hours(...windows: readonly (readonly [number, number])[]): readonly Window[] {
  return windows.map(([from, to]) => ({ days: 127, from: ONE + from, length: to - from }));
}

export interface Setting {
  readonly windows: readonly Window[];
  readonly required?: boolean;
  readonly who?: "admins" | readonly string[];
  readonly grace?: number;
}

export function businessHours({ windows, required = false, who = "admins", grace = MINUTE }: Setting) {
  return { windows, firstIn: { required, grace: millis(grace), who } };
}

/** Front has the hours; k1 is an admin's, k3 a user's. */
export function site(setting: Setting, door: Partial<KeysetDoor> = {}): Partial<Keyset> {
  const keys = ["k1", "k2", "k3", "k4", "k5"].map((id) => keyOf(id, ["front"]));
  return {
    doors: [doorAt("front", 0, { businessHours: businessHours(setting), ...door }), doorAt("back", 1)],
    keys: [
      keyOf("k1", ["front"], { role: "admin" }),
      keyOf("k2", ["front"], { restrictions: [{ kind: "uses", uses: 1 }] }),
      ...keys.slice(2),
    ],
  };
}

export function opened(setting: Setting, door: Partial<KeysetDoor> = {}, rest: Partial<Keyset> = {}): World {
  return World.ready({ ...site(setting, door), ...rest });
}

/** Goes on to so many minutes after 13:00. */
export function until(world: World, minutes: number): void {
  const length = NOON + minutes * MINUTE - world.trueTime();
  if (length < 0) throw new Error(`it is past 13:00 + ${minutes} min by ${-length} ms`);
  world.pass(length);
}

/** Every move of the strike as `minutes:state`, to the hundredth of a minute; small moves are those of the line. */
export function moves(world: World, address = 0): readonly string[] {
  return world.at(address).events.flatMap((event) => {
    if (event.kind !== "relay") return [];
    const minutes = (event.at - 1_000_000) / MINUTE;
    return [`${minutes.toFixed(1)} ${event.released ? "unlocked" : "locked"}`];
  });
}

export const released = (world: World) => world.at(0).controller.state().relay[0];
export const did = (world: World, act: DoorAct) => world.box.execute(act, "desk");
export const override = (
  state: "unlock" | "lock" | "resume",
  until: Extract<DoorAct, { kind: "override" }>["until"] = null,
): DoorAct => ({ kind: "override", door: "front", state, until });
export const mode = (mode: Extract<DoorAct, { kind: "mode" }>["mode"]): DoorAct => ({
  kind: "mode",
  door: "front",
  mode,
});
export const words = (world: World) =>
  world.records("hours-started", "hours-ended", "override", "mode", "forced", "held-open").map(({ event }) => event);
