/**
 * What keys have used up, as the decision asks for it: mirrored in memory from the store at the start, and raised by
 * each use once it is durable. Consumption belongs to (key, issue): only an explicit re-issue begins again (d7).
 */
import { invariant } from "@lintel/protocol/base/invariant.ts";
import type { Instant } from "@lintel/protocol/base/units.ts";
import type { UsesView } from "../access/decide.ts";
import type { StoredUses } from "./journal.ts";

export class Uses implements UsesView {
  readonly #stored = new Map<string, StoredUses>();

  constructor(stored: readonly StoredUses[]) {
    for (const uses of stored) this.take(uses);
  }

  usesOf(key: string, issue: number): { count: number; doors: readonly string[]; firstAt: Instant | null } {
    const { count, doors, firstAt } = this.#stored.get(name(key, issue)) ?? UNUSED;
    return { count, doors, firstAt };
  }

  /** One more use of `key` at `door`: what must be durable before the strike is driven. Changes nothing here. */
  plan(use: { readonly key: string; readonly issue: number; readonly door: string }, at: Instant): StoredUses {
    const { count, doors, firstAt } = this.usesOf(use.key, use.issue);
    return {
      key: use.key,
      issue: use.issue,
      count: count + 1,
      doors: doors.includes(use.door) ? doors : [...doors, use.door],
      firstAt: firstAt ?? at,
    };
  }

  /** `uses` is durable now. */
  take(uses: StoredUses): void {
    const held = this.#stored.get(name(uses.key, uses.issue));
    invariant(Number.isSafeInteger(uses.count) && uses.count > (held?.count ?? 0), "a count only rises", {
      key: uses.key,
      issue: uses.issue,
      held: held?.count ?? 0,
      count: uses.count,
    });
    this.#stored.set(name(uses.key, uses.issue), uses);
  }
}

const UNUSED = { count: 0, doors: [], firstAt: null } as const;

function name(key: string, issue: number): string {
  return `${key} ${issue}`; // An id holds no space.
}
