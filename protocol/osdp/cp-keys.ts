/**
 * Which key the CP offers in the next handshake, and what follows when the PD takes it. SCBK-D is offered inside an
 * install window and nowhere else; after a KEYSET without an answer both keys stay until a handshake shows which one
 * the PD holds, the new one first (facts osdp 6, 8.18). Not here: the handshake itself (cp-handshake).
 */
import { equalBytes } from "../base/bytes.ts";
import type { Secret } from "../base/secret.ts";
import { after, type Millis, type Monotonic, millis } from "../base/units.ts";

/** How a key comes to a PD. hand: it is there already. install-window: under SCBK-D. rotate: in a session of the old key. */
export type PairingBy = "install-window" | "hand" | "rotate";

export interface Pairing {
  readonly scbk: Secret;
  readonly by: PairingBy;
  /** Half-open: at `until` SCBK-D is offered no more. */
  readonly until: Monotonic;
  /** KEYSET was sent at least once: the PD may hold `scbk`. */
  readonly given: boolean;
  /** Who asked was told that it is closed. Kept only to find out which of two keys the PD holds. */
  readonly answered: boolean;
}

export interface Offer {
  readonly key: Secret | "scbk-d";
  /** What a session under it is for: `use` it, it proves the pairing (`paired`), or it carries the KEYSET (`give`). */
  readonly purpose: "use" | "paired" | "give";
}

/** After the window, how long the handshake that proves a KEYSET already sent may still take. SCBK-D is not part of it. */
const PROOF: Millis = millis(8_000);

/** The keys to try, in order, one handshake each; empty: nothing may be tried now. */
export function offersOf(scbk: Secret | null, pairing: Pairing | null, now: Monotonic): readonly Offer[] {
  if (pairing === null) return scbk === null ? [] : [{ key: scbk, purpose: "use" }];
  const offers: Offer[] = [];
  // First, also in a window: a KEYSET whose answer was lost, here or before a restart, is found so.
  if (pairing.by !== "rotate" || pairing.given) offers.push({ key: pairing.scbk, purpose: "paired" });
  // A PD that proves the old key does not hold the one brought by hand, nor one that is no longer given.
  const settles = pairing.by === "hand" || pairing.answered;
  if (scbk !== null) offers.push({ key: scbk, purpose: settles ? "use" : "give" });
  // Last: what goes under SCBK-D is read by whoever records it (facts osdp 9.3).
  const window = pairing.by === "install-window" && now < pairing.until && !pairing.answered;
  if (window) offers.push({ key: "scbk-d", purpose: "give" });
  return offers;
}

/** When the pairing ends without success; null: it did, and only which key the PD holds is not known yet. */
export function pairingEnd(pairing: Pairing): Monotonic | null {
  if (pairing.answered) return null;
  return pairing.given ? after(pairing.until, PROOF) : pairing.until;
}

/** A key went out to a PD that had one: it may hold either, and both are kept until a handshake shows which. */
export function isUnresolved(scbk: Secret | null, pairing: Pairing | null): boolean {
  return scbk !== null && pairing?.given === true;
}

export function sameSecret(a: Secret | null, b: Secret | null): boolean {
  if (a === null || b === null) return a === b;
  return a.use((left) => b.use((right) => equalBytes(left, right)));
}
