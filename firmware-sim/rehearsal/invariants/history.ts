/**
 * What happened in a simulated run, as invariants see it: what was done to the world, what its parts did, and what each
 * of them told. In the order in which it happened; `at` is true time and never decreases.
 */
import type { EdgeEvent } from "@lintel/edge/box/events.ts";
import type { EdgeStatus } from "@lintel/edge/box/status.ts";
import type { Site } from "@lintel/edge/site/site.ts";
import type { Instant } from "@lintel/protocol/base/units.ts";
import type { ShownRecord } from "@lintel/protocol/mqtt/record.ts";
import type { StepKind } from "../script.ts";

export type Happening = { readonly at: Instant } & What;

export type What =
  /** A line of the script is done. */
  | { readonly kind: "step"; readonly step: StepKind }
  /** The lock of a door, as the simulated relay moves it. */
  | { readonly kind: "relay"; readonly door: string; readonly released: boolean }
  /** Current at the Controller of a door. */
  | { readonly kind: "power"; readonly door: string; readonly on: boolean }
  /** What the firmware of the Controller at a door noticed. */
  | { readonly kind: "noticed"; readonly door: string; readonly what: "rex" | "fire"; readonly on: boolean }
  /** Durable at an edge. */
  | { readonly kind: "record"; readonly edge: string; readonly record: ShownRecord }
  /** What an edge told whoever watches it, also its records. */
  | { readonly kind: "told"; readonly edge: string; readonly event: EdgeEvent }
  /** Collected by the authority, and acknowledged from then on. */
  | { readonly kind: "collected"; readonly edge: string; readonly record: ShownRecord }
  /** A site is in force at the authority; the keyset of each edge that was issued for it. */
  | {
      readonly kind: "applied";
      readonly site: Site;
      readonly keysets: readonly { readonly edge: string; readonly number: number }[];
    }
  /** A message on its way between an edge and the authority. */
  | { readonly kind: "message"; readonly topic: string; readonly payload: Uint8Array }
  /** A line of the transcript. */
  | { readonly kind: "said"; readonly text: string }
  /** How the edges are, by id; null: without power. After every step, and at last. */
  | { readonly kind: "look"; readonly edges: ReadonlyMap<string, EdgeStatus | null> }
  /** The number of the newest keyset of each edge, as the authority issued it; null: none. With each look. */
  | { readonly kind: "issued"; readonly numbers: ReadonlyMap<string, number | null> }
  /** Every fault was taken off some time ago: whatever had to catch up has. What follows is undisturbed. */
  | { readonly kind: "healed" }
  /** The run is over. */
  | { readonly kind: "over" };

/** What a run begins with. */
export interface Setting {
  readonly site: Site;
  /** The edge of each door. */
  readonly edgeOfDoor: ReadonlyMap<string, string>;
}

/**
 * What always holds. `watch` begins one run; what it answers hears of everything that happens and says, in a sentence
 * with the numbers, what is wrong; null: nothing.
 */
export interface Invariant {
  readonly name: string;
  /** What holds, in a sentence without a full stop. */
  readonly says: string;
  watch(setting: Setting): Watch;
}

export type Watch = (happening: Happening) => string | null;

/** `14:03:07.250`, for sentences about what went wrong. UTC. */
export function sayMoment(at: number): string {
  return Number.isFinite(at) ? new Date(at).toISOString().slice(11, 23) : "ever";
}
