/** Bounds of what strangers and edges can make the authority's process do. */
export const LIMITS = {
  /** Connections at the embedded broker. One per edge, and some that reconnect. */
  brokerConnections: 1000,
  /** A connection says who it is within this, in ms. */
  brokerConnect: 10_000,
  /** A subscriber that takes nothing for so long, in ms, is put off, so that it stalls nobody (facts mqtt 5). */
  brokerDrain: 5_000,
  /** Half-open QoS 2 messages of one connection. Ours use QoS 1. */
  brokerInflight: 20,
  /** Levels of a topic. Ours have nine at most. */
  brokerTopicLevels: 12,
  /** Connections to HTTP at once: event streams, and a browser's or a program's few each. */
  httpConnections: 500,
  /** A request's headers, and the whole of it, are there within this, in ms. The longest site file takes seconds. */
  httpHeaders: 10_000,
  httpRequest: 120_000,
  /** Body of a command to a door. The longest is an override with its end, under 100 bytes. */
  orderBytes: 1024,
  /** Event streams open at once. */
  streams: 50,
  /** Bytes waiting for a reader of an event stream that does not read; beyond it the stream is ended. */
  streamBytes: 4 * 1024 * 1024,
  /** What a clean end may take, in ms; what is still open then is cut. */
  end: 800,
  /** Between two tries to reach a broker elsewhere, in ms. */
  reconnect: 1_000,
} as const;
