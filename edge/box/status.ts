/** What an edge answers when it is asked how it is. No secrets, and nothing that a record would not say. */
import { toHex } from "@lintel/protocol/base/bytes.ts";
import type { Millis } from "@lintel/protocol/base/units.ts";
import type { ClockTrust, Mode } from "@lintel/protocol/base/words.ts";
import type { HoldCause } from "../door/hold.ts";
import type { KeysetVersion } from "../keyset/receive.ts";
import { controllerName } from "./buses.ts";
import { type ClockSight, clockFault, sayClockFault } from "./clock-fault.ts";
import type { Door } from "./doors.ts";
import type { HeldView } from "./holds.ts";
import type { Adoption } from "./ports.ts";

export interface EdgeStatus {
  readonly adopted: boolean;
  readonly site: string | null;
  readonly edge: string | null;
  readonly broker: string | null;
  readonly connected: boolean;
  readonly root: string | null;
  readonly keyset: KeysetVersion | null;
  readonly lines: readonly LineStatus[];
  readonly doors: readonly DoorStatus[];
  readonly journal: { readonly epoch: string; readonly head: number; readonly acked: number };
  readonly clock: {
    readonly trust: ClockTrust;
    readonly now: string;
    /** What is wrong with the machine's own clock, in a sentence; null: nothing. */
    readonly fault: string | null;
  };
  /** Records wait for a disk that does not take them. */
  readonly storeFails: boolean;
}

/** One serial line of this edge. */
export interface LineStatus {
  readonly id: string;
  /** Null: no port is named for it. */
  readonly path: string | null;
  readonly open: boolean;
  /** Why it is not open, in a sentence; null where nothing was said yet. */
  readonly why: string | null;
}

export interface DoorStatus {
  readonly id: string;
  readonly controller: string;
  /** A key for its Controller is held here. */
  readonly paired: boolean;
  /** Null: not known yet. */
  readonly online: boolean | null;
  readonly leaf: "open" | "closed" | "unknown";
  readonly tamper: boolean;
  readonly fire: boolean;
  /** How long no code is evaluated at its keypad yet, in ms; 0: no lock-out runs. */
  readonly lockedOutMs: number;
  /** The lock mode in force. */
  readonly mode: Mode;
  /** Held open, and why; where it is not, why not. */
  readonly hold: { readonly open: boolean; readonly cause: HoldCause };
  readonly override: { readonly state: "unlock" | "lock"; readonly until: string; readonly by: string } | null;
}

export function statusOf(edge: {
  readonly adoption: Adoption | null;
  readonly connected: boolean;
  readonly keyset: KeysetVersion | null;
  readonly lines: readonly LineStatus[];
  readonly doors: readonly Door[];
  readonly paired: (controller: string) => boolean;
  readonly lockedFor: (door: string) => Millis;
  readonly held: (door: string) => HeldView | null;
  readonly journal: EdgeStatus["journal"];
  readonly clock: ClockSight;
  readonly storeFails: boolean;
}): EdgeStatus {
  const { adoption, connected, keyset, lines, doors, journal, clock, storeFails } = edge;
  return {
    adopted: adoption !== null,
    site: adoption?.site ?? null,
    edge: adoption?.edge ?? null,
    broker: adoption?.broker ?? null,
    root: adoption === null ? null : toHex(adoption.rootKey),
    connected,
    keyset,
    lines,
    doors: doors.map((door) => doorStatus(door, edge)),
    journal,
    clock: { trust: clock.trust, now: new Date(clock.now).toISOString(), fault: clockSentence(clock) },
    storeFails,
  };
}

function clockSentence(sight: ClockSight): string | null {
  const fault = clockFault(sight);
  return fault === null ? null : sayClockFault(fault);
}

function doorStatus(
  { id, settings, state }: Door,
  { paired, lockedFor, held: heldAt }: Pick<Parameters<typeof statusOf>[0], "paired" | "lockedFor" | "held">,
): DoorStatus {
  const { online, leaf, tamper, fire } = state;
  const controller = controllerName(settings.controller.bus, settings.controller.address);
  const held = heldAt(id);
  const override = held?.override ?? null;
  return {
    id,
    controller,
    paired: paired(controller),
    online,
    leaf: leaf.position,
    tamper,
    fire,
    lockedOutMs: lockedFor(id),
    mode: held?.mode ?? settings.mode,
    hold: { open: held?.open ?? false, cause: held?.cause ?? { kind: "outside" } },
    override: override === null ? null : { ...override, until: new Date(override.until).toISOString() },
  };
}
