/**
 * What each kind of message says: one shape per kind, written and read by it. Who signs which kind stands beside it;
 * the envelope around the body is in `envelope.ts`, the topic of each kind in `topics.ts`.
 */
import { ok } from "../base/result.ts";
import { CLOCK_TRUSTS } from "../base/words.ts";
import { ACT_OUTCOME, DOOR_ACT } from "./command-codec.ts";
import { LIMITS } from "./limits.ts";
import { RECORD } from "./record-codec.ts";
import {
  bytes,
  bytesUpTo,
  hex,
  id,
  integer,
  isMap,
  listOf,
  map,
  oneOf,
  orNull,
  type Shape,
  type ShapeOf,
  text,
  that,
  time,
  wrongShape,
} from "./shape.ts";

/** Names one life of a database: 8 bytes, 16 hex digits in memory. */
const epoch = hex(8);
const publicKey = bytes(32);
/** SHA-256, 32 bytes on the wire and 64 hex digits in memory, as protocol/keyset/transport.ts has it. */
const digest = hex(32);

/** `applied`, or the kind of the refusal, as the edge's keyset room names it. */
export type KeysetState = "applied" | { readonly refused: string };
const KEYSET_STATE: Shape<KeysetState> = {
  write: (value) => (value === "applied" ? value : { refused: value.refused }),
  read: (value, at) => {
    if (value === "applied") return ok("applied");
    const refused = isMap(value) && Object.keys(value).length === 1 ? value.refused : undefined;
    if (typeof refused !== "string" || !/^[a-z0-9-]{1,40}$/.test(refused)) {
      return wrongShape(at, '"applied" or { refused: KIND }');
    }
    return ok({ refused });
  },
};

export const BODIES = {
  /** Authority, root key. `n` rises when the keys change. The other keys are believed because the root signed this. */
  root: map({ n: integer(1), root: publicKey, keyset: publicKey, online: publicKey }),

  /** Edge → authority, signed by the `signing` key that it carries; `mac` proves the token (adoption.ts). */
  adopt: map({ signing: publicKey, agreement: publicKey, mac: bytes(32) }),
  /** Authority, online key. `root` is the signed message of kind `root`; `agreement` the authority's X25519 key for this edge. */
  "adopt-answer": map({ root: bytesUpTo(1024), agreement: publicKey, mac: bytes(32) }),

  /** Edge → authority, at connect and hourly. */
  time: map({ nonce: bytes(16) }),
  /** Authority, online key: `now` was true between the sending of `nonce` and the arrival of this. */
  "time-answer": map({ nonce: bytes(16), now: time }),

  /**
   * Edge → authority: records of one epoch, their seq strictly rising; gaps are allowed (a live lane jumps the queue).
   * `oldest` is the first seq the journal still holds: below it the authority need not ask.
   */
  evt: that(
    map({ epoch, oldest: integer(1), records: listOf(RECORD, { min: 1, max: LIMITS.batchRecords }) }),
    "records of this epoch, their seq rising",
    ({ epoch: life, records }) =>
      records.every((record, at) => record.epoch === life && record.seq > (records[at - 1]?.seq ?? 0)),
  ),
  /** Authority, online key: every record of `epoch` from 1 to `seq` is durable there. Cumulative; never goes back. */
  ack: map({ epoch, seq: integer(0) }),
  /** Authority, online key: `from` to `to`, both included, did not arrive: send them (again). */
  need: that(map({ epoch, from: integer(1), to: integer(1) }), "from before to", ({ from, to }) => from <= to),

  /**
   * Edge → authority, kept by both: the edge's journal ended with `seq`, and `hash` is its last link (chain.ts). Proves
   * every record up to there, to whoever knows the edge's key. `keyset` 0: none held.
   */
  checkpoint: map({ epoch, seq: integer(1), hash: digest, keyset: integer(0), floor: time }),
  /** Authority, online key, kept by it: the last links of its log (`place`) and of its audit (`entry`). */
  "log-checkpoint": map({ place: integer(0), log: digest, entry: integer(0), audit: digest }),

  /** Edge → authority, once per connection. `keyset` null: none held. */
  birth: map({
    software: text(40),
    session: integer(0),
    doors: listOf(id, { min: 0, max: LIMITS.doors }),
    keyset: orNull(map({ number: integer(1), digest })),
    journal: map({ epoch, oldest: integer(1), head: integer(0) }),
    clock: map({ trust: oneOf(CLOCK_TRUSTS), floor: time }),
  }),

  /** Authority, keyset key, retained: the manifest of the keyset in force (protocol/keyset/transport.ts). */
  keyset: map({
    edge: id,
    number: integer(1),
    digest,
    size: integer(1),
    chunks: listOf(digest, { min: 1, max: LIMITS.manifestChunks }),
  }),
  /** Edge → authority: what became of a keyset. `{ refused: "missing-chunk" }` asks for all chunks once more. */
  "keyset-report": map({ number: integer(1), digest, state: KEYSET_STATE }),

  /**
   * Authority, online key, never retained, always with an end: what an operator (`by`) asks of one door. `n` rises with
   * every command to this edge, so that an older one is never executed after a newer.
   */
  command: map({ n: integer(1), act: DOOR_ACT, by: id }),
  /** Edge → authority: what became of the command whose message had the id `command`, and its number. */
  "command-answer": map({ n: integer(1), command: bytes(16), outcome: ACT_OUTCOME }),
} as const;

export type MessageKind = keyof typeof BODIES;
export type BodyOf<K extends MessageKind> = ShapeOf<(typeof BODIES)[K]>;
export type EvtBatch = BodyOf<"evt">;
export type Checkpoint = BodyOf<"checkpoint">;
export type LogCheckpoint = BodyOf<"log-checkpoint">;
export type Birth = BodyOf<"birth">;
export type KeysetManifestBody = BodyOf<"keyset">;
export type KeysetReport = BodyOf<"keyset-report">;
export type RootDocument = BodyOf<"root">;
export type Command = BodyOf<"command">;
