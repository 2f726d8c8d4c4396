/**
 * The rings of local events that Controllers keep: which of their events were taken, and which of those are durable
 * here. An event is named by the boot of its Controller and its number in it.
 */
import { type Instant, monotonic } from "@lintel/protocol/base/units.ts";
import type { RingEvent } from "@lintel/protocol/osdp/mfg.ts";
import { LIMITS } from "./limits.ts";
import type { RingCursor } from "./ports.ts";
import type { EdgeTime } from "./time.ts";

interface Ring {
  readonly boot: number;
  bootedAt: Instant | null;
  taken: number;
  durable: number;
}

/** What a telling of a ring brought. Nothing is taken before `keep`. */
export interface TakenRing {
  /** In order, none of them told before. */
  readonly fresh: readonly RingEvent[];
  /** To be stored with the records of `fresh`; null where nothing is fresh. */
  readonly cursor: RingCursor | null;
  keep(): void;
  /** The records are durable. */
  recorded(): void;
  /** Up to where events of this boot are durable. */
  durable(): number;
}

export class Rings {
  readonly #rings = new Map<string, Ring>();

  constructor(stored: readonly RingCursor[]) {
    for (const { controller, n, ...of } of stored) this.#rings.set(controller, { ...of, taken: n, durable: n });
  }

  take(controller: string, boot: number, events: readonly RingEvent[], time: EdgeTime): TakenRing {
    const ring = this.#ringOf(controller, boot, events, time);
    const fresh = events.filter(({ n }) => n > ring.taken);
    const last = fresh.at(-1)?.n ?? null;
    return {
      fresh,
      cursor: last === null ? null : { controller, boot, n: last, bootedAt: ring.bootedAt },
      keep() {
        ring.taken = last ?? ring.taken;
      },
      recorded() {
        ring.durable = Math.max(ring.durable, last ?? 0);
      },
      durable: () => ring.durable,
    };
  }

  /** The ring as it is known, or a new one where the Controller has started since. */
  #ringOf(controller: string, boot: number, events: readonly RingEvent[], time: EdgeTime): Ring {
    const first = events.find(({ n, kind }) => n === 1 && kind === "boot");
    const bootedAt = first === undefined ? null : time.at(monotonic(time.monotonic - first.ageMs));
    const known = this.#rings.get(controller);
    // A Controller whose flash was wiped counts its boots anew: the same number at another time is another boot.
    const agrees =
      bootedAt === null || known?.bootedAt == null || Math.abs(bootedAt - known.bootedAt) <= LIMITS.bootAgreement;
    if (known?.boot === boot && agrees) {
      known.bootedAt ??= bootedAt;
      return known;
    }
    const fresh: Ring = { boot, bootedAt, taken: 0, durable: 0 };
    this.#rings.set(controller, fresh);
    return fresh;
  }
}
