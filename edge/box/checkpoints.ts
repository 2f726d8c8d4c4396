/**
 * Checkpoints: from time to time this edge signs where its journal ends. One proves every record before it, here and at
 * the authority, to whoever knows the edge's key. It comes with an alive mark, or sooner where much was recorded.
 */

import { signMessage } from "@lintel/protocol/mqtt/envelope.ts";
import { LIMITS } from "./limits.ts";
import type { Adoption, Ports, StoreChange, StoredCheckpoint } from "./ports.ts";
import type { Recorder } from "./recorder.ts";
import type { EdgeTime } from "./time.ts";

export interface CheckpointOptions {
  readonly ports: Pick<Ports, "keys" | "random" | "ed25519">;
  readonly recorder: Recorder;
  readonly time: EdgeTime;
  readonly last: StoredCheckpoint | null;
  /** Of the keyset in force; 0: none. */
  readonly keyset: () => number;
  /** A new one is durable. */
  readonly made: (message: Uint8Array) => void;
}

export class Checkpoints {
  readonly #options: CheckpointOptions;
  #last: StoredCheckpoint | null;

  constructor(options: CheckpointOptions) {
    this.#options = options;
    this.#last = options.last;
  }

  /** The newest that is durable, as it was signed. */
  get last(): Uint8Array | null {
    return this.#last?.message ?? null;
  }

  /** Much was recorded since the last: it is not to wait for the next alive mark. */
  get pressing(): boolean {
    return this.#uncovered >= LIMITS.checkpointRecords;
  }

  /** Signs the end of the journal, unless that is signed already or something waits for the disk. */
  make(adoption: Adoption): void {
    const { ports, recorder, time, keyset, made } = this.#options;
    if (this.#uncovered <= 0 || recorder.waiting) return;
    const { epoch, head: seq, hash } = recorder;
    const { site, edge } = adoption;
    const head = { site, edge, epoch, seq, t: time.now, exp: null, id: ports.random(16) };
    const body = { epoch, seq, hash, keyset: keyset(), floor: time.floor };
    const checkpoint = { seq, message: signMessage("checkpoint", head, body, ports.keys.signing, ports.ed25519) };
    const change: StoreChange = { kind: "checkpoint", checkpoint };
    if (!recorder.keep([], [change])) return;
    this.#last = checkpoint;
    made(checkpoint.message);
  }

  get #uncovered(): number {
    return this.#options.recorder.head - (this.#last?.seq ?? 0);
  }
}
