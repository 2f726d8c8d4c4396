/** Whether a use that was not taken is given back, and what becomes durable of it (d7.2). */

import type { HeldKeyset } from "../access/hold.ts";
import { givesBack } from "../access/restrictions.ts";
import type { StoredUses } from "../journal/journal.ts";
import type { Use, Uses } from "../journal/uses.ts";

/** Null: the key is gone or was issued anew meanwhile, or nothing of it was used up. */
export function planGiveBack(held: HeldKeyset | null, uses: Uses, use: Use): StoredUses | null {
  const key = held?.keys.get(use.key);
  if (key === undefined || key.issue !== use.issue) return null;
  return givesBack(key, uses.usesOf(use.key, use.issue)) ? uses.planBack(use) : null;
}
