/** As many keys as are wanted, each with its own code and a window, and the index of those codes under one agreement. */
import { invariant } from "@lintel/protocol/base/invariant.ts";
import { type Secret, SecretText } from "@lintel/protocol/base/secret.ts";
import { codeIndex, deriveIndexKey } from "@lintel/protocol/keyset/code-index.ts";
import type { CodeEntry, KeysetKey } from "@lintel/protocol/keyset/keyset.ts";
import { agree } from "@lintel/protocol/mqtt/agreement.ts";
import { keyOf } from "../edge/world.ts";

/** Code of the first key. The others follow in steps that meet every six digits once (prime to 10^6). */
export const KEYED = { first: "274936", step: 618_033 } as const;

export interface KeyedCodes {
  readonly keys: readonly KeysetKey[];
  readonly codes: readonly CodeEntry[];
  /** K_index of both sides. */
  readonly index: Secret;
}

export interface Agreed {
  readonly secret: Secret;
  readonly peer: Uint8Array;
  readonly site: string;
  readonly edge: string;
}

export function codeAt(place: number): string {
  return String((Number(KEYED.first) + place * KEYED.step) % 1_000_000).padStart(6, "0");
}

/** The first key is without restriction, so that it opens at any time; the others hold each day from 0 to 24 h. */
export function keyedCodes(count: number, { secret, peer, site, edge }: Agreed, doors: readonly string[]): KeyedCodes {
  const shared = agree(secret, peer);
  invariant(shared.ok, "the peer's key is a good one");
  const index = deriveIndexKey(shared.value, { site, edge });
  const places = Array.from({ length: count }, (_, place) => place);
  const daily = { kind: "scheduled", schedules: [], windows: [{ days: 127, from: 0, length: 1440 }] } as const;
  return {
    index,
    keys: places.map((place) => keyOf(`k${place}`, doors, place === 0 ? {} : { restrictions: [daily] })),
    codes: places.map((place) => ({
      index: codeIndex(index, new SecretText(codeAt(place))),
      kind: "pin",
      key: `k${place}`,
    })),
  };
}
