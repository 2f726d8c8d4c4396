/** People can always get out: an exit button releases the strike within 100 ms, whatever else is broken, where the board has power. */
import { type Invariant, sayMoment } from "./history.ts";

const WITHIN = 100;

export const EXITS: Invariant = {
  name: "an-exit-opens-within-100-ms",
  says: "a press of the exit button releases the strike within 100 ms, unless the board has no power",
  watch: ({ site }) => {
    const fitted = new Set(site.doors.flatMap(({ id, rex }) => (rex === null ? [] : [id])));
    const dark = new Set<string>();
    const released = new Set<string>();
    const pressed = new Map<string, number>();
    return (happening) => {
      const late = [...pressed].filter(([, at]) => happening.at > at + WITHIN);
      for (const [door] of late) pressed.delete(door);
      const locked = late.find(([door]) => !released.has(door));
      if (locked !== undefined)
        return `the exit of ${locked[0]}, pressed at ${sayMoment(locked[1])}, is locked 100 ms later`;
      if (happening.kind === "power") {
        if (happening.on) dark.delete(happening.door);
        else dark.add(happening.door);
        // Without power nothing is promised; with it again, the next press counts.
        pressed.delete(happening.door);
      } else if (happening.kind === "relay") {
        if (happening.released) released.add(happening.door);
        else released.delete(happening.door);
      } else if (happening.kind === "step" && happening.step.kind === "rex") {
        const { door } = happening.step;
        if (fitted.has(door) && !dark.has(door)) pressed.set(door, happening.at);
      }
      return null;
    };
  },
};
