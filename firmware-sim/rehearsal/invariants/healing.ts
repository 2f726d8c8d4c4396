/** What must come back by itself once every fault is taken off: sessions, the connection, the newest keyset, an empty outbox. */
import type { EdgeStatus } from "@lintel/edge/box/status.ts";
import type { Invariant } from "./history.ts";

/** A record as young as this may still be on its way. */
const ON_ITS_WAY = 15_000;

export const HEALING: Invariant = {
  name: "what-is-healed-comes-back",
  says: "after healing every bus is secure, every edge connected, its keyset the newest, its outbox empty, its disk and clock well",
  watch: () => {
    let healed = false;
    let issued: ReadonlyMap<string, number | null> = new Map();
    const written = new Map<string, number>();
    return (happening) => {
      if (happening.kind === "healed") healed = true;
      if (happening.kind === "issued") issued = happening.numbers;
      if (happening.kind === "record") written.set(happening.edge, happening.at);
      if (happening.kind !== "look" || !healed) return null;
      for (const [edge, status] of happening.edges) {
        const fresh = (written.get(edge) ?? 0) + ON_ITS_WAY > happening.at;
        const wrong =
          status === null ? "has no power" : whatIsWrong(status, { issued: issued.get(edge) ?? null, fresh });
        if (wrong !== null) return `edge ${edge} ${wrong}`;
      }
      return null;
    };
  },
};

function whatIsWrong(
  { doors, connected, keyset, journal, storeFails, clock }: EdgeStatus,
  { issued, fresh }: { readonly issued: number | null; readonly fresh: boolean },
): string | null {
  const away = doors.find(({ online }) => online !== true);
  if (away !== undefined) return `has no secure session with the Controller of ${away.id}`;
  if (!connected) return "is not connected";
  if (keyset?.number !== issued) return `holds keyset ${keyset?.number ?? "none"}, issued is ${issued ?? "none"}`;
  if (journal.acked !== journal.head && !fresh) return `has ${journal.head - journal.acked} records in its outbox`;
  if (storeFails) return "still waits for its disk";
  return clock.trust === "trusted" ? null : `believes its clock only as ${clock.trust}`;
}
