/** Bounds of what the edge sends up and how often it tries. */
import { millis } from "@lintel/protocol/base/units.ts";

export const LIMITS = {
  /** A batch that was not acknowledged within this is sent again: a broker may lose what it took (facts mqtt 0.3). */
  ackWait: millis(10_000),
  /** Ranges that the authority may ask for at once. Past it the rest is asked again after these came. */
  needs: 16,
  /** Between two batches of what was asked for: the doors of this machine go first. */
  needPause: millis(100),
  /** Between two attempts to reach the broker: the first, and the longest, doubling. */
  reconnectMin: millis(500),
  reconnectMax: millis(15_000),
  /** A connection that ended before this counts as one more attempt: some brokers let in and hang up. */
  stands: millis(10_000),
  /** An attempt to connect that hears nothing. */
  connectWait: millis(10_000),
  /** Signed time is asked for at every connect and then this often (issue: hourly). */
  timeInterval: millis(3_600_000),
  /** An answer later than this says too little about now, and is asked for again. */
  timeAnswer: millis(5_000),
  /** After an unanswered or late one. */
  timeRetry: millis(30_000),
  /** A command whose end lies further ahead than this is none of our authority's, which gives 9 s, or our clock is behind. */
  orderAhead: millis(60_000),
  /** A repetition of a command is answered again for so long. */
  orderKept: millis(60_000),
  /** Commands whose outcome is kept for that. Past it the oldest is forgotten: its repetition is stale. */
  ordersKept: 32,
  /** Answers a second to commands that are not executed. Past it they are silent, so that a broker gets no signatures for nothing. */
  orderAnswers: 10,
  /** Bytes of a batch that are not records: envelope, signature, epoch (measured: under 400). */
  batchOverhead: 600,
} as const;
