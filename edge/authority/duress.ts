/**
 * Which grants were under duress: the sealed field of their records, opened for who may see it (domain-rules, "Duress").
 * That somebody looked is an audit entry; what was seen is not in it.
 */

import { deriveCovertKey, openCovert } from "@lintel/protocol/mqtt/covert.ts";
import type { JournalRecord } from "@lintel/protocol/mqtt/record.ts";
import { sharedWith } from "./keys.ts";
import type { Ports } from "./ports.ts";

/** `unreadable`: there is a sealed field, and no key of any adoption of this edge opens it. */
export type Duress = boolean | "unreadable";

/** Of every record of one edge, in turn; null for what is no grant. Keys are derived once. */
export function duressReader(
  { store, keys }: Pick<Ports, "store" | "keys">,
  site: string,
  edge: string,
): (record: JournalRecord) => Duress | null {
  const all = store.agreements(edge).map((agreement) => {
    return deriveCovertKey(sharedWith(keys, site, { edge, ...agreement }), { site, edge });
  });
  return (record) => {
    if (record.covert === null) return null;
    for (const key of all) {
      const opened = openCovert(key, record, record.covert);
      if (opened.ok) return opened.value.duress;
    }
    return "unreadable";
  };
}
