/**
 * Giving a Controller its key: an install window that an operator opened and that closes by itself (design 4). The key
 * is durable here before it is handed over; a confirmed one takes the place of the one before in one transaction.
 */
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { Secret } from "@lintel/protocol/base/secret.ts";
import { after, type Millis, type Monotonic } from "@lintel/protocol/base/units.ts";
import type { NewRecord, RecordEvent } from "@lintel/protocol/mqtt/record.ts";
import type { PdIdentity } from "@lintel/protocol/osdp/replies.ts";
import { controllerName, type Lines } from "./buses.ts";
import type { Door } from "./doors.ts";
import type { EdgeEvent } from "./events.ts";
import { LIMITS } from "./limits.ts";
import type { EdgeStore, StoredScbk } from "./ports.ts";
import type { Recorder } from "./recorder.ts";
import type { EdgeTime } from "./time.ts";
import type { Vault } from "./vault.ts";

/** OSDP 2.2: the SCBK is an AES-128 key. */
const SCBK_BYTES = 16;

export interface PairRequest {
  readonly window: Millis;
  /** A key that the Controller holds already. Null: a fresh one is handed over. */
  readonly scbk: Secret | null;
}

export type PairError =
  | { readonly kind: "pairing-already" }
  | { readonly kind: "weak-key" }
  | { readonly kind: "wrong-window" }
  | { readonly kind: "store-failed" };

interface Window {
  readonly door: Door;
  readonly scbk: Secret;
  /** Null: nobody asked, a key left over from an earlier life is tried. */
  readonly ended: ((paired: boolean) => void) | null;
}

export interface PairingOptions {
  readonly time: EdgeTime;
  readonly vault: Vault;
  readonly store: EdgeStore;
  readonly recorder: Recorder;
  readonly random: RandomBytes;
  readonly buses: () => Lines;
  readonly stored: readonly StoredScbk[];
  readonly tell: (event: EdgeEvent) => void;
}

export class Pairing {
  readonly #options: PairingOptions;
  readonly #stored = new Map<string, StoredScbk>();
  readonly #windows = new Map<string, Window>();

  constructor(options: PairingOptions) {
    this.#options = options;
    for (const stored of options.stored) this.#stored.set(stored.controller, stored);
  }

  /** The key by which a Controller is spoken to; null: it has none, and is not spoken to beyond ID and CAP. */
  scbkOf(controller: string): Secret | null {
    const sealed = this.#stored.get(controller)?.scbk ?? null;
    return sealed === null ? null : this.#open(controller, sealed);
  }

  /** Opens the window. `ended` is called once, with whether the Controller was paired. */
  open(door: Door, { window, scbk }: PairRequest, ended: (paired: boolean) => void): Result<null, PairError> {
    const controller = controllerOf(door);
    if (this.#windows.has(controller)) return fail({ kind: "pairing-already" });
    if (window < LIMITS.pairingMin || window > LIMITS.pairingMax) return fail({ kind: "wrong-window" });
    if (scbk !== null && isWeak(scbk)) return fail({ kind: "weak-key" });
    const key = scbk ?? new Secret(this.#options.random(SCBK_BYTES));
    if (!this.#keepCandidate(controller, key)) return fail({ kind: "store-failed" });
    const by = scbk !== null ? "hand" : door.state.online === true ? "rotate" : "install-window";
    this.#windows.set(controller, { door, scbk: key, ended });
    this.#note(door, "pairing-opened", { by, windowMs: window });
    this.#options.tell({ event: "pairing", door: door.id, state: "opened" });
    this.#ask(door, key, by, after(this.#options.time.monotonic, window));
    return ok(null);
  }

  /** Ends a window before its time. */
  close(door: Door): void {
    if (!this.#windows.has(controllerOf(door))) return;
    const { bus, address } = door.settings.controller;
    this.#options.buses().give(bus, { kind: "pair-end", address });
  }

  /** Keys that may have been handed over when the edge ended amid it: who holds one proves it. */
  tryCandidates(doors: readonly Door[]): void {
    for (const door of doors) {
      const controller = controllerOf(door);
      const sealed = this.#stored.get(controller)?.candidate ?? null;
      const scbk = sealed === null ? null : this.#open(controller, sealed);
      if (scbk === null || this.#windows.has(controller)) continue;
      this.#windows.set(controller, { door, scbk, ended: null });
      this.#ask(door, scbk, "hand", after(this.#options.time.monotonic, LIMITS.candidateTry));
    }
  }

  /** The Controller proved the key. */
  paired(door: Door, scbk: Secret): void {
    const controller = controllerOf(door);
    const window = this.#windows.get(controller);
    this.#windows.delete(controller);
    const sealed = this.#options.vault.seal(scbk, labelOf(controller));
    const stored: StoredScbk = { controller, scbk: sealed, candidate: null, identity: null };
    this.#stored.set(controller, stored);
    // The candidate is durable since before it was handed over: a disk that fails now loses nothing.
    this.#options.recorder.record({
      records: [this.#record(door, "paired", {})],
      changes: [{ kind: "scbk", scbk: stored }],
    });
    this.#options.tell({ event: "pairing", door: door.id, state: "paired" });
    this.#options.buses().rekey(door.settings.controller.bus);
    window?.ended?.(true);
  }

  closed(door: Door): void {
    const controller = controllerOf(door);
    const window = this.#windows.get(controller);
    if (window === undefined) return;
    this.#windows.delete(controller);
    if (window.ended === null) return;
    this.#note(door, "pairing-closed", {});
    this.#options.tell({ event: "pairing", door: door.id, state: "closed" });
    window.ended(false);
  }

  /** A session stands: which PD proved its key. Another one with the same key is worth an alarm. */
  met(door: Door, identity: PdIdentity): void {
    const controller = controllerOf(door);
    const stored = this.#stored.get(controller);
    if (stored === undefined) return;
    const { vendor, model, version, serial } = identity;
    const name = [...vendor, model, version].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const seen = `${name}-${serial.toString(16).padStart(8, "0")}`;
    if (stored.identity === seen) return;
    const next: StoredScbk = { ...stored, identity: seen };
    this.#stored.set(controller, next);
    const records =
      stored.identity === null ? [] : [this.#record(door, "bus-alarm", { what: "other-identity", identity: seen })];
    this.#options.recorder.record({ records, changes: [{ kind: "scbk", scbk: next }] });
  }

  #ask(door: Door, scbk: Secret, by: "hand" | "install-window" | "rotate", until: Monotonic): void {
    const { bus, address } = door.settings.controller;
    this.#options.buses().give(bus, { kind: "pair", address, until, scbk, by });
  }

  #keepCandidate(controller: string, key: Secret): boolean {
    const held = this.#stored.get(controller) ?? { controller, scbk: null, candidate: null, identity: null };
    const stored: StoredScbk = { ...held, candidate: this.#options.vault.seal(key, labelOf(controller)) };
    try {
      this.#options.store.commit([{ kind: "scbk", scbk: stored }]);
    } catch {
      return false;
    }
    this.#stored.set(controller, stored);
    return true;
  }

  #open(controller: string, sealed: Uint8Array): Secret | null {
    const opened = this.#options.vault.open(sealed, labelOf(controller));
    return opened.ok ? opened.value : null;
  }

  #note(door: Door, event: RecordEvent, detail: NewRecord["detail"]): void {
    this.#options.recorder.record({ records: [this.#record(door, event, detail)] });
  }

  #record(door: Door, event: RecordEvent, detail: NewRecord["detail"]): NewRecord {
    const { time } = this.#options;
    const nobody = { reasons: [], key: null, user: null, fingerprint: null };
    return { ...nobody, at: time.now, clock: time.trust, door: door.id, event, detail };
  }
}

function controllerOf({ settings: { controller } }: Door): string {
  return controllerName(controller.bus, controller.address);
}

export function labelOf(controller: string): string {
  return `lintel scbk v1 ${controller}`;
}

/** All zero, one byte repeated, or SCBK-D, which is printed in the standard (facts osdp 6). */
function isWeak(scbk: Secret): boolean {
  return scbk.use((bytes) => {
    const repeated = bytes.every((byte) => byte === bytes[0]);
    const published = bytes.every((byte, at) => byte === 0x30 + at);
    return bytes.length !== SCBK_BYTES || repeated || published;
  });
}
