/** An edge never decides by a lower keyset than before: not after a power cut, an older backup or a repeated message. */
import type { Invariant } from "./history.ts";

export const KEYSETS: Invariant = {
  name: "no-lower-keyset-is-in-force",
  says: "the number of the keyset in force at an edge only rises",
  watch: () => {
    const held = new Map<string, { readonly number: number; readonly digest: string }>();
    const take = (edge: string, number: number, digest: string): string | null => {
      const before = held.get(edge);
      if (before !== undefined && number < before.number)
        return `edge ${edge} holds keyset ${number} after ${before.number}`;
      if (before?.number === number && before.digest !== digest)
        return `edge ${edge} holds another keyset ${number} than before`;
      held.set(edge, { number, digest });
      return null;
    };
    return (happening) => {
      if (happening.kind === "told") {
        const { event, edge } = happening;
        return event.event === "keyset" && event.state === "applied" ? take(edge, event.number, event.digest) : null;
      }
      if (happening.kind !== "look") return null;
      for (const [edge, status] of happening.edges) {
        if (status === null) continue;
        if (status.keyset === null && held.has(edge)) return `edge ${edge} holds no keyset any more`;
        const wrong = status.keyset === null ? null : take(edge, status.keyset.number, status.keyset.digest);
        if (wrong !== null) return wrong;
      }
      return null;
    };
  },
};
