/** Ends of what `lintel doctor` waits for, and where its judgement turns. */
export const LIMITS = {
  /** One check, in ms: a disk or a network that hangs must not hang who looks for what is wrong. */
  check: 4000,
  /** One connection to a broker, in ms. */
  connect: 2000,
  /** Free bytes below which an edge will soon stop to open (a year of a busy door is about this much), and soon is now. */
  freeScarce: 512 * 1024 * 1024,
  freeGone: 32 * 1024 * 1024,
  /** A synced write, in ms. Past the second a person at a door is refused (edge/box, `commit`); the first is felt. */
  syncSlow: 200,
  syncFailed: 2000,
  /** Ms an adapter may hold bytes: every exchange of a line pays it (facts osdp 8.11). */
  latency: 1,
  /** Oldest Node that this runs on: `engines` of package.json. */
  node: [20, 19] as readonly [number, number],
  /** Oldest rules of time zones taken without a word: older ones miss a change of the last two years. */
  zones: "2024b",
} as const;
