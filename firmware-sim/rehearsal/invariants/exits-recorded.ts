/**
 * Every exit is told: each that a Controller drove is a record at the authority once all is healed, but for those in
 * its ring when its power went, and those that an overflow of the ring counts.
 */
import type { Invariant } from "./history.ts";

interface Ring {
  /** Exits driven and not yet recorded. */
  waiting: number;
  /** Of a ring that is gone: the edge may have had them, or not. */
  lost: number;
}

export const EXITS_RECORDED: Invariant = {
  name: "every-exit-is-recorded",
  says: "each exit that a Controller drove is recorded once, or a loss of its power or an overflow of its ring accounts for it",
  watch: ({ site }) => {
    /** A record that was durable when its edge lost power is told by nobody: the authority has it all the same. */
    const counted = new Set<string>();
    const rings = new Map<string, Ring>(site.doors.map(({ id }) => [id, { waiting: 0, lost: 0 }]));
    return (happening) => {
      switch (happening.kind) {
        case "noticed":
          if (happening.what === "rex" && happening.on) rings.get(happening.door)!.waiting += 1;
          return null;
        case "power": {
          const ring = rings.get(happening.door)!;
          if (!happening.on) Object.assign(ring, { waiting: 0, lost: ring.lost + ring.waiting });
          return null;
        }
        case "record":
        case "collected": {
          const { seq, event, door, detail } = happening.record;
          const number = `${happening.edge} ${seq}`;
          if (counted.has(number)) return null;
          counted.add(number);
          const ring = rings.get(door ?? "");
          if (ring === undefined) return null;
          if (event === "ring-overflow") {
            const gone = Math.min(ring.waiting, Number(detail.count));
            Object.assign(ring, { waiting: ring.waiting - gone, lost: ring.lost + gone });
          }
          if (event !== "rex") return null;
          // What an older ring still brings comes before what a newer one holds.
          if (ring.lost > 0 && ring.waiting === 0) ring.lost -= 1;
          else if (ring.waiting > 0) ring.waiting -= 1;
          else return `an exit of ${door} is recorded that the Controller did not drive, or that was recorded already`;
          return null;
        }
        case "healed":
        case "over": {
          const short = [...rings].find(([, { waiting }]) => waiting > 0);
          return short === undefined ? null : `${short[1].waiting} exits of ${short[0]} were driven and never recorded`;
        }
        default:
          return null;
      }
    };
  },
};
