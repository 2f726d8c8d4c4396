/**
 * What the Controller tells the CP unasked, by POLL: its state at the start of a session and at changes, and the ring of
 * local events until it is acknowledged. Told only where somebody trusted listens: in a session under the SCBK, or in
 * clear where the Controller was started so; an unkeyed one reports its state alone.
 */
import { after, type Millis, type Monotonic } from "@lintel/protocol/base/units.ts";
import { encodeRing, LINTEL_VENDOR, MFG_LIMITS } from "@lintel/protocol/osdp/mfg.ts";
import type { ReplyNamed } from "@lintel/protocol/osdp/replies.ts";
import { LIMITS } from "./limits.ts";
import { isEmpty, oldestEvents, type Ring } from "./ring.ts";

export interface Report {
  /** Whether states are told now. */
  readonly states: boolean;
  /** Whether the ring is told now. */
  readonly ring: boolean;
  /** The highest number sent, ever. */
  readonly sentUpTo: number;
  /** While set, events are out and not acknowledged: the next try. */
  readonly againAt: Monotonic | null;
  readonly again: Millis;
}

export const NOBODY_LISTENS: Report = {
  states: false,
  ring: false,
  sentUpTo: 0,
  againAt: null,
  again: LIMITS.ringRepeat,
};

export function listen(report: Report, to: { readonly states: boolean; readonly ring: boolean }): Report {
  return { ...report, ...to, againAt: null, again: LIMITS.ringRepeat };
}

export interface RingPush {
  readonly report: Report;
  /** Null: nothing to tell, nobody to tell it to, or the last push is still out. */
  readonly reply: ReplyNamed<"MFGREP"> | null;
}

/** The oldest events, if it is time to tell them. */
export function pushRing(report: Report, ring: Ring, boot: number, now: Monotonic): RingPush {
  if (!report.ring || isEmpty(ring)) return { report: { ...report, againAt: null }, reply: null };
  if (report.againAt !== null && now < report.againAt) return { report, reply: null };
  const events = oldestEvents(ring, MFG_LIMITS.ringEventsPerReply, now);
  const slower = Math.min(report.again * 2, LIMITS.ringRepeatMax) as Millis;
  return {
    report: {
      ...report,
      sentUpTo: Math.max(report.sentUpTo, events.at(-1)!.n),
      againAt: after(now, report.again),
      again: slower,
    },
    reply: { name: "MFGREP", vendor: Uint8Array.from(LINTEL_VENDOR), payload: encodeRing({ boot, events }) },
  };
}

/** The edge answered: what is left is told at once. */
export function acknowledged(report: Report): Report {
  return { ...report, againAt: null, again: LIMITS.ringRepeat };
}
