/**
 * The keyset of this edge: held in memory and in the store, replaced by a newer one as a whole. It is read from the
 * store at the start, its signature asked again, and the last good one serves for as long as no newer one comes (d8.1).
 */
import { after, type Monotonic } from "@lintel/protocol/base/units.ts";
import type { KeysetManifestBody, KeysetReport } from "@lintel/protocol/mqtt/bodies.ts";
import { openMessage } from "@lintel/protocol/mqtt/envelope.ts";
import type { NewRecord } from "@lintel/protocol/mqtt/record.ts";
import type { HeldKeyset } from "../access/hold.ts";
import { holdKeyset } from "../access/hold.ts";
import { LIMITS as RECEIVING } from "../keyset/limits.ts";
import {
  beginReceiving,
  completeKeyset,
  judgeManifest,
  type KeysetRefusal,
  type KeysetVersion,
  missingChunks,
  openKeyset,
  type Receiving,
  takeChunk,
} from "../keyset/receive.ts";
import type { EdgeEvent } from "./events.ts";
import type { EdgeStore, StoredKeyset } from "./ports.ts";
import type { Recorder } from "./recorder.ts";
import { Refusals } from "./refusals.ts";
import { openOwnRoot } from "./root.ts";
import type { EdgeTime } from "./time.ts";

/** What is to be done towards the broker. */
export interface Asked {
  /** Hashes of pieces to be subscribed to: they are retained, so the asking brings them. */
  readonly subscribe: readonly string[];
  readonly unsubscribe: readonly string[];
  readonly reports: readonly KeysetReport[];
  readonly refused: readonly string[];
}

/** Refusals of an authority that is behind. */
const OVERTAKEN: readonly KeysetRefusal["kind"][] = ["older", "same-number"];

const NOTHING: Asked = { subscribe: [], unsubscribe: [], reports: [], refused: [] };

/** How what came becomes a keyset. */
export interface KeysetOpening {
  readonly take: typeof takeChunk;
  readonly complete: typeof completeKeyset;
  readonly open: typeof openKeyset;
}

export const KEYSET_OPENING: KeysetOpening = { take: takeChunk, complete: completeKeyset, open: openKeyset };

export interface KeysetStoreOptions {
  readonly site: string;
  readonly edge: string;
  readonly rootKey: Uint8Array;
  readonly opening: KeysetOpening;
  readonly store: EdgeStore;
  readonly recorder: Recorder;
  readonly time: EdgeTime;
  readonly tell: (event: EdgeEvent) => void;
  /** A keyset is in force from now on. */
  readonly apply: (keyset: HeldKeyset) => void;
}

export class KeysetStore {
  readonly #options: KeysetStoreOptions;
  /** The highest that was ever taken: nothing below it is, also where its bytes no longer open. */
  #version: KeysetVersion | null = null;
  #inForce = false;
  readonly #refusals = new Refusals();
  #receiving: { readonly of: Receiving; readonly message: Uint8Array; readonly root: Uint8Array } | null = null;

  constructor(options: KeysetStoreOptions) {
    this.#options = options;
  }

  get version(): KeysetVersion | null {
    return this.#version;
  }

  /** When what is missing is to be asked for again. */
  get askAt(): Monotonic | null {
    return this.#receiving?.of.askAt ?? null;
  }

  /** Puts the stored keyset in force, if it is still what was signed. */
  load(stored: StoredKeyset): void {
    const { site, edge, rootKey, opening, apply } = this.#options;
    const { number, digest } = stored;
    this.#version = { number, digest };
    const root = openOwnRoot({ site, root: stored.root, rootKey });
    const manifest = openMessage("keyset", stored.manifest, { site, edge, signer: root.keyset, now: null });
    const opened = manifest.ok ? opening.open({ site, edge }, manifest.value.body, stored.bytes) : manifest;
    if (!opened.ok) {
      this.#refuse(number, opened.error.kind);
      return;
    }
    this.#inForce = true;
    apply(holdKeyset(opened.value));
  }

  /** A manifest that the keyset key signed, for this site and edge. `message` is it as it came. */
  offer(manifest: KeysetManifestBody, message: Uint8Array, root: Uint8Array): Asked {
    const { site, edge, time } = this.#options;
    const { number, digest } = manifest;
    if (this.#receiving?.of.manifest.digest === digest) return NOTHING;
    const judged = judgeManifest(this.#version, { site, edge }, manifest);
    if (!judged.ok) {
      this.#refuse(number, judged.error.kind);
      this.#tell(manifest, judged.error.kind);
      // An authority that offers what is old does not know what is held here: a database put back from a backup.
      const held = this.#inForce && OVERTAKEN.includes(judged.error.kind) ? this.#version : null;
      const refused = { number, digest, state: { refused: judged.error.kind } };
      return { ...NOTHING, reports: held === null ? [refused] : [{ ...held, state: "applied" }, refused] };
    }
    if (judged.value === "held-already" && this.#inForce) {
      return { ...NOTHING, reports: [{ number, digest, state: "applied" }] };
    }
    const unsubscribe = this.#receiving === null ? [] : missingChunks(this.#receiving.of);
    const of = beginReceiving(manifest, new Map(), time.monotonic);
    this.#receiving = { of, message, root };
    return { ...NOTHING, subscribe: missingChunks(of), unsubscribe };
  }

  take(hash: string, bytes: Uint8Array): Asked {
    const receiving = this.#receiving;
    // A piece of a keyset that is in force already, come late.
    if (receiving === null) return NOTHING;
    const taken = this.#options.opening.take(receiving.of, hash, bytes, this.#options.time.monotonic);
    if (!taken.ok) return taken.error.kind === "unasked" ? NOTHING : { ...NOTHING, refused: [taken.error.kind] };
    this.#receiving = { ...receiving, of: taken.value };
    return missingChunks(taken.value).length > 0 ? NOTHING : this.#complete();
  }

  /** The time for the missing pieces is over: they are asked for once more, and the authority is told. */
  askAgain(): Asked {
    const receiving = this.#receiving;
    if (receiving === null) return NOTHING;
    const missing = missingChunks(receiving.of);
    if (missing.length === 0) return this.#complete();
    const { number, digest } = receiving.of.manifest;
    const askAt = after(this.#options.time.monotonic, RECEIVING.chunkWait);
    this.#receiving = { ...receiving, of: { ...receiving.of, askAt } };
    return { ...NOTHING, subscribe: missing, reports: [{ number, digest, state: { refused: "missing-chunk" } }] };
  }

  /** Subscriptions ended with the old connection. */
  reconnected(): Asked {
    return this.#receiving === null ? NOTHING : { ...NOTHING, subscribe: missingChunks(this.#receiving.of) };
  }

  #complete(): Asked {
    const { site, edge, time, opening, apply } = this.#options;
    const receiving = this.#receiving!;
    const { manifest } = receiving.of;
    const { number, digest } = manifest;
    const unsubscribe = [...new Set(manifest.chunks)];
    const complete = opening.complete({ site, edge }, receiving.of);
    if (!complete.ok) {
      this.#receiving = null;
      this.#refuse(number, complete.error.kind);
      this.#tell(manifest, complete.error.kind);
      return { ...NOTHING, unsubscribe, reports: [{ number, digest, state: { refused: complete.error.kind } }] };
    }
    const { keyset, bytes } = complete.value;
    const held = holdKeyset(keyset);
    if (!this.#keep({ number, digest, root: receiving.root, manifest: receiving.message, bytes })) {
      // The disk does not take it: what is in force stays, and this is tried again.
      const askAt = after(time.monotonic, RECEIVING.chunkWait);
      this.#receiving = { ...receiving, of: { ...receiving.of, askAt } };
      return NOTHING;
    }
    this.#receiving = null;
    this.#version = { number, digest };
    this.#inForce = true;
    apply(held);
    this.#tell(manifest, "applied");
    return { ...NOTHING, unsubscribe, reports: [{ number, digest, state: "applied" }] };
  }

  /** The keyset and the record of it, in one transaction. */
  #keep(keyset: StoredKeyset): boolean {
    const { recorder } = this.#options;
    const { number, digest } = keyset;
    const record = this.#newRecord("keyset-applied", { number, digest: digest.slice(0, 16) });
    return recorder.keep([record], [{ kind: "keyset", keyset }]);
  }

  #tell({ number, digest }: KeysetVersion, state: string): void {
    this.#options.tell({ event: "keyset", number, digest, state });
  }

  /** A broker may offer the same thing for ever: one record a minute of each kind. */
  #refuse(number: number, why: string): void {
    const { recorder, time } = this.#options;
    const count = this.#refusals.count(why, time.monotonic);
    if (count !== null) recorder.record({ records: [this.#newRecord("keyset-refused", { number, why, count })] });
  }

  #newRecord(event: NewRecord["event"], detail: NewRecord["detail"]): NewRecord {
    const { time } = this.#options;
    const nobody = { door: null, reasons: [], key: null, user: null, fingerprint: null };
    return { ...nobody, at: time.now, clock: time.trust, event, detail };
  }
}
