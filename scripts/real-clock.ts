/** This machine's monotonic time, for what otherwise runs in given time: simulated Controllers. */
import type { Clock } from "@lintel/firmware-sim/board/clock.ts";
import { monotonic } from "@lintel/protocol/base/units.ts";

/** Longest that a timer of Node can be set; what lies further off is looked at again then. */
const TIMER_MAX = 2 ** 31 - 1;

export function realClock(): Clock {
  const now = () => monotonic(performance.now());
  return {
    now,
    wake(at, call) {
      let timer: NodeJS.Timeout;
      const wait = () => {
        timer = setTimeout(
          () => (now() < at ? wait() : call()),
          Math.min(Math.max(Math.ceil(at - now()), 0), TIMER_MAX),
        );
      };
      wait();
      return () => clearTimeout(timer);
    },
  };
}
