/**
 * The edge as a process: real store, clock, lines, broker and control socket around one box. It serves the doors of the
 * stored keyset before it has heard of anybody.
 */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InvariantViolation } from "@lintel/protocol/base/invariant.ts";
import { blameOf, type DiskBlame, diskFaultOf, sayDiskFault } from "@lintel/protocol/base/disk-fault.ts";
import { fail, ok, type Result } from "@lintel/protocol/base/result.ts";
import { between, type Monotonic } from "@lintel/protocol/base/units.ts";
import { EdgeBox } from "../box/box.ts";
import type { EdgeEvent } from "../box/events.ts";
import type { EdgeKeys, Ports } from "../box/ports.ts";
import { ControlSocket } from "./control.ts";
import { makeFolder, requireFile, tryFolder } from "./folder.ts";
import { type FolderLock, lockFolder } from "./folder-lock.ts";
import { type KeyFileError, makeKeyFile, readKeyFile } from "./key-file.ts";
import { LIMITS } from "./limits.ts";
import { MachineClock } from "./machine-clock.ts";
import { MqttBroker } from "./mqtt-broker.ts";
import { readProcessFile, removeProcessFile, writeProcessFile } from "./process-file.ts";
import { MachinePorts } from "./serial-ports.ts";
import { type OpenError, openStore, type SqliteStore } from "./store.ts";

export interface ServeOptions {
  /** The data folder; the edge's own is `edge` in it. */
  readonly data: string;
  /** Path of the KeyVault file, outside of the data folder. */
  readonly keyvault: string;
  readonly buses: ReadonlyMap<string, string>;
  readonly software: string;
  readonly onEvent: (event: EdgeEvent) => void;
}

/**
 * Each sentence says what is wrong and what to do. `unusable`: what was named is wrong. `unavailable`: it is right, and
 * cannot be had now. `forbidden`: not by this user.
 */
export interface ServeError {
  readonly kind: "in-use" | DiskBlame;
  readonly sentence: string;
}

export interface RunningEdge {
  /** Path of the control socket. */
  readonly control: string;
  /** Its id, once it is adopted. */
  readonly edge: string | null;
  /** Ends it within a second. Asked again, the same end. */
  close(): Promise<void>;
}

/** Longest that a timer of Node can be set; what lies further off is looked at again then. */
const TIMER_MAX = 2 ** 31 - 1;

export async function serveEdge(options: ServeOptions): Promise<Result<RunningEdge, ServeError>> {
  const opened = openFolder(options);
  if (!opened.ok) return opened;
  const { folder, lock, store } = opened.value;
  let edge: EdgeProcess;
  try {
    edge = new EdgeProcess(options, opened.value);
    await edge.start();
  } catch (error) {
    if (error instanceof InvariantViolation) throw error;
    store.close();
    lock.release();
    const fault = diskFaultOf(error);
    const sentence = sayDiskFault(fault, folder, { option: "--data", why: (error as Error).message });
    return fail({ kind: blameOf(fault), sentence });
  }
  return ok(edge);
}

class EdgeProcess implements RunningEdge {
  readonly #opened: Opened;
  readonly #clock = new MachineClock();
  readonly #serial: MachinePorts;
  readonly #broker: MqttBroker;
  readonly #box: EdgeBox;
  readonly #socket: ControlSocket;
  #timer: NodeJS.Timeout | null = null;
  #ending: Promise<void> | null = null;

  constructor({ buses, software, onEvent }: ServeOptions, opened: Opened) {
    this.#opened = opened;
    // What the machine still says after the end reaches nobody.
    const live = (act: () => void) => {
      if (this.#ending === null) act();
    };
    this.#serial = new MachinePorts({
      opened: (bus) => live(() => this.#box.portOpened(bus)),
      closed: (bus, why) => live(() => this.#box.portClosed(bus, why)),
      bytes: (bus, bytes) => live(() => this.#box.bytes(bus, bytes)),
    });
    this.#broker = new MqttBroker({
      connected: () => live(() => this.#box.brokerConnected()),
      closed: (refused, why) => live(() => this.#box.brokerClosed(refused, why)),
      message: (topic, payload, retained) => live(() => this.#box.brokerMessage({ topic, payload, retained })),
    });
    const ports: Ports = {
      clock: this.#clock,
      random: (count) => Uint8Array.from(randomBytes(count)),
      store: opened.store,
      keys: opened.keys,
      serial: this.#serial,
      broker: this.#broker,
      wakeAt: (at) => this.#wakeAt(at),
      tell: (event) => {
        onEvent(event);
        this.#socket.tell(event);
      },
    };
    this.#box = new EdgeBox(ports, { buses, software });
    this.#socket = new ControlSocket(opened.folder, this.#box);
  }

  get control(): string {
    return this.#socket.path;
  }

  get edge(): string | null {
    return this.#box.status().edge;
  }

  async start(): Promise<void> {
    await this.#socket.listen();
    this.#box.start();
    writeProcessFile(this.#opened.folder, { pid: process.pid, control: this.control });
  }

  close(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    const { folder, lock, store } = this.#opened;
    this.#box.stop();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#socket.close();
    this.#clock.close();
    await inTime(Promise.all([this.#broker.end(), this.#serial.closeAll()]));
    store.close();
    removeProcessFile(folder);
    lock.release();
  }

  #wakeAt(at: Monotonic): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#ending !== null) return;
    const wait = Math.ceil(Math.min(Math.max(between(this.#clock.monotonic(), at), 0), TIMER_MAX));
    this.#timer = setTimeout(() => this.#box.wake(), wait);
  }
}

interface Opened {
  readonly folder: string;
  readonly lock: FolderLock;
  readonly store: SqliteStore;
  readonly keys: EdgeKeys;
}

function openFolder({ data, keyvault }: ServeOptions): Result<Opened, ServeError> {
  const folder = join(data, "edge");
  const locked = lock(folder);
  if (!locked.ok) return locked;
  const path = join(folder, "edge.db");
  const store = openStore(path, { used: existsSync(keyvault) });
  if (!store.ok) {
    locked.value.release();
    return fail(storeRefusal(path, store.error));
  }
  const keys = openKeys(keyvault, store.value);
  if (!keys.ok) {
    store.value.close();
    locked.value.release();
    return fail(keyRefusal(keyvault, keys.error));
  }
  return ok({ folder, lock: locked.value, store: store.value, keys: keys.value });
}

/** The folder is there, takes what is written, and is this process's alone. */
function lock(folder: string): Result<FolderLock, ServeError> {
  try {
    makeFolder(folder);
    requireFile(join(folder, "lock"));
    tryFolder(folder);
    const locked = lockFolder(folder);
    if (locked.ok) return locked;
  } catch (error) {
    const fault = diskFaultOf(error);
    // A damaged lock holds nothing: the remedy for a damaged database would be too much for it.
    const damaged = `${folder}/lock is no lock file of lintel; remove it and start again`;
    const why = (error as Error).message;
    const sentence = fault === "damaged" ? damaged : sayDiskFault(fault, folder, { option: "--data", why });
    return fail({ kind: blameOf(fault), sentence });
  }
  const other = readProcessFile(folder);
  const by = other === null ? "" : ` (process ${other.pid})`;
  const sentence = `another edge runs on ${folder}${by}; end that one, or name another folder with --data`;
  return fail({ kind: "in-use", sentence });
}

function storeRefusal(path: string, error: OpenError): ServeError {
  switch (error.kind) {
    case "other-version":
      return {
        kind: "unusable",
        sentence: `${path} is of version ${error.found}, which this lintel does not read; use the lintel that wrote it, or another --data`,
      };
    case "empty":
      return {
        kind: "unusable",
        sentence: `${path} is empty, and an edge ran on it before; put back a good copy, or move it away to begin anew and adopt again`,
      };
    case "failed": {
      const { fault, why } = error;
      return { kind: blameOf(fault), sentence: sayDiskFault(fault, path, { option: "--data", why }) };
    }
  }
}

/** Keys are made at the first start alone: with others, what is in the store opens no more. */
function openKeys(path: string, store: SqliteStore): Result<EdgeKeys, KeyFileError> {
  const keys = readKeyFile(path);
  if (keys.ok || keys.error.kind !== "missing") return keys;
  const { adoption, scbks } = store.load();
  return adoption === null && scbks.length === 0 ? makeKeyFile(path) : keys;
}

function keyRefusal(path: string, error: KeyFileError): ServeError {
  const unusable = (sentence: string): ServeError => ({ kind: "unusable", sentence });
  switch (error.kind) {
    case "missing":
      return unusable(
        `the KeyVault file ${path} is missing, and this data folder belongs to it: put it back, or start with an empty folder and adopt anew`,
      );
    case "open-to-others":
      return unusable(`the KeyVault file ${path} can be used by others (mode ${error.mode}): chmod 600 it`);
    case "unreadable": {
      const { fault, why } = error;
      return { kind: blameOf(fault), sentence: sayDiskFault(fault, path, { option: "--keyvault", why }) };
    }
    case "damaged":
      return unusable(`the KeyVault file ${path} is damaged: put back the right one`);
  }
}

function inTime(work: Promise<unknown>): Promise<unknown> {
  return Promise.race([work, new Promise((late) => setTimeout(late, LIMITS.end).unref())]);
}
