/** Bounds of one edge as a whole. */
import { instant, millis } from "@lintel/protocol/base/units.ts";

export const LIMITS = {
  /** A transaction that takes longer is a failed disk to whoever stands at the door (domain-rules, "When the disk fails"). */
  commit: millis(2000),
  /** Records that wait for a disk that takes none. Past it the newest are lost, and their number is recorded. */
  backlog: 256,
  /** How often a failed disk is tried again. */
  storeRetry: millis(1000),
  /** Between two records of a disk that stays bad. */
  faultPause: millis(60_000),
  /** How often the floor of the clock is stored: what a power cut may take off it. */
  aliveMark: millis(30_000),
  /** Records that no checkpoint covers: with so many the next does not wait for the alive mark. */
  checkpointRecords: 64,
  /** How often the machine's clock is compared with monotonic time. */
  clockLook: millis(1000),
  /** Signed time vouches for so long (domain-rules, "Clock states"). */
  signedTime: millis(24 * 3_600_000),
  /** A step of the machine's clock: this far back, or this far forward. */
  clockBack: millis(2000),
  clockForward: millis(5 * 60_000),
  /** A machine's clock this far from the authority's is told: its log and the journal no longer read side by side. */
  clockOff: millis(60_000),
  /** Records shown to who asks how the edge is. */
  lastRecords: 100,
  /** No clock of ours is right that shows less: no version of this program existed. */
  timeFloor: instant(Date.UTC(2024, 0, 1)),
  /** Records of refused messages, of one kind: one in this time, with the number of those between. */
  refusalPause: millis(60_000),
  /** Kinds of refusals counted apart. */
  refusalKinds: 64,
  /** An adoption that is not answered within this is over; the request is repeated meanwhile. */
  adoption: millis(10_000),
  adoptionRepeat: millis(2000),
  /** Shortest and longest install window. */
  pairingMin: millis(1000),
  pairingMax: millis(600_000),
  /** How long a key that was being handed over when the edge ended is tried at the next start. */
  candidateTry: millis(60_000),
  /** Two tellings of one boot of a Controller agree within this. */
  bootAgreement: millis(3000),
  /** Records that a start looks through for grants whose release may still run; the longest release is 120 s. */
  recallRecords: 200,
  recallTime: millis(125_000),
  /** Bytes of the secret of a token: RFC 4226 R6 at the least, what a site file may name at the most. */
  otpSecretBytesMin: 16,
  otpSecretBytesMax: 128,
  /** Records the journal keeps. Only acknowledged ones are dropped, the oldest first. */
  journalRecords: 1_000_000,
  /** Records dropped at once, so that no door waits for it. */
  pruneStep: 1000,
} as const;
