/** Bounds of what the machine may make the edge's process wait for or hold. In ms and bytes. */
export const LIMITS = {
  /** Wait of a commit for another program that reads or copies the database. Far below what a person at a door bears. */
  storeBusy: 500,
  /** A lost serial port is tried again by its path. */
  reopen: 1000,
  /** Between two questions to the machine whether its clock is synchronised; and how long the answer may take. */
  synchronised: 60_000,
  synchronisedAnswer: 2000,
  /** A broker that does not answer CONNECT. */
  brokerConnect: 8000,
  /** A dead connection is noticed after one and a half of these, in seconds. */
  brokerKeepalive: 30,
  /** What a polite good-bye to the broker may take. */
  brokerBye: 300,
  /** What messages may cost before everything else has a turn; and what each costs the library, at least. */
  brokerTurn: 2,
  brokerMessage: 0.1,
  /** Publishes and subscriptions that the broker has not confirmed. An edge has a few at once, a new keyset a thousand pieces in one. */
  brokerUnanswered: 64,
  /** A recording ends here: a week of a door with fifty uses a day. Whoever sends it must get it through a mail. */
  recordingBytes: 64 * 1024 * 1024,
  /** Of it, what may wait for the disk. A large keyset is 20 MiB in one line. */
  recordingPending: 32 * 1024 * 1024,
  /** The whole end of the process. */
  end: 800,
  /** One question at the control socket. An adoption token is the longest. */
  controlLine: 64 * 1024,
  /** Connections at the control socket at once. */
  controlClients: 32,
  /** Lines that wait for a reader of `watch` that does not read. Past it, it is put off. */
  controlPending: 4 * 1024 * 1024,
  /** Longest path of a Unix socket on every system that we know, with room for its end. */
  socketPath: 100,
} as const;
